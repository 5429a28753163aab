"""Which way text runs, also between brackets and beside characters that have no direction."""

from __future__ import annotations

import pytest

from openwado.render.text_direction import is_right_to_left, levels, visual_order

ALEF, BET = "\u05d0", "\u05d1"


@pytest.mark.parametrize(("text", "expected"), [
    (f"a{ALEF}b", [0, 1, 0]),
    (f"{ALEF} (b c)", [1, 1, 1, 2, 2, 2, 1]),
    (f"{ALEF} b (c) {BET}", [1, 1, 2, 2, 2, 2, 2, 1, 1]),
    (f"a ({ALEF}) b", [0, 0, 0, 1, 0, 0, 0]),
    (f"a ({ALEF} b) c", [0, 0, 0, 1, 0, 0, 0, 0, 0]),
    (f"{ALEF} [b) c]", [1, 1, 1, 2, 2, 2, 2, 1]),
    (f"{ALEF}\u200d{BET}", [1, 1, 1]),
    (f"{ALEF}\U0002fa1e\u202e\u2029{BET}", [1, 1, 1, 1, 1]),
    ("(" * 70 + ALEF, [1] * 71),
    ("plain (text)", [0] * 12),
    ("", []),
])  # fmt: skip
def test_brackets_go_with_what_they_hold(text: str, expected: list[int]) -> None:
    """As UAX 9, N0 has it: both of a pair alike; what is no text counts as neutral."""
    assert levels(text) == expected


def test_a_paragraph_runs_as_its_first_letter() -> None:
    """Digits and signs before it are none (P2)."""
    assert is_right_to_left(f"12 (a) {ALEF}") is False
    assert is_right_to_left(f"12 ({ALEF}) a") is True
    assert is_right_to_left("12 \u0661") is False


def test_stretches_are_seen_from_left_to_right() -> None:
    """Each level is turned within the one below it (L2)."""
    assert visual_order(["a", "B", "1", "C", "d"], [0, 1, 2, 1, 0]) == ["a", "C", "1", "B", "d"]
