"""Which way text runs: levels of characters, and the order in which stretches of a line are seen (UAX 9)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_Run = TypeVar("_Run")

#: The first character that may run to the left.
_HEBREW: Final = "\u0590"
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSING: Final = frozenset(_BRACKETS.values())
#: Brackets within brackets, with more of which none is paired (BD16).
_DEEPEST: Final = 63
#: What types mean beside brackets, once weak ones are resolved (N0).
_STRONG: Final = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
#: Bidirectional types of what is written (table 4).
WRITTEN_TYPES: Final = frozenset({"L", "R", "AL", "EN", "ES", "ET", "AN", "CS", "NSM", "WS", "ON"})
#: What goes with the letter before it, and what goes with nothing.
_JOINER: Final = "\u034f"
_NEUTRAL: Final = "\ufffd"


def is_right_to_left(text: str) -> bool:
    """Say whether a paragraph runs to the left: its first letter does (UAX 9, P2 and P3)."""
    if text.isascii():
        return False
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def levels(text: str) -> list[int]:
    """Return levels of the characters of a paragraph: even ones run to the right, odd ones to the left."""
    if all(character < _HEBREW for character in text):
        return [0] * len(text)
    from bidi import algorithm  # noqa: PLC0415 -- only for such texts

    storage = algorithm.get_empty_storage()
    storage["base_level"] = algorithm.get_base_level(text)
    storage["base_dir"] = "LR"[storage["base_level"]]
    algorithm.get_embedding_levels("".join(map(_known, text)), storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], "LR"[storage["base_level"]])
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    return [found["level"] for found in storage["chars"]]


@lru_cache(maxsize=4096)
def _known(character: str) -> str:
    """Return a character, or one that has a direction instead of what the library drops or does not know."""
    if character in "\u200c\u200d":
        return _JOINER
    return character if unicodedata.bidirectional(character) in WRITTEN_TYPES else _NEUTRAL


def _resolve_brackets(characters: list[dict[str, Any]], base: str) -> None:
    """Give both brackets of a pair one direction (N0): the base's if anything in them has it, else that before them."""
    strong = base
    passed = 0
    for opening, closing in _bracket_pairs(characters):
        inside = {_STRONG.get(found["type"]) for found in characters[opening + 1 : closing]} - {None}
        for found in characters[passed:opening]:
            strong = _STRONG.get(found["type"], strong)
        passed = opening
        if inside:
            kind = base if base in inside else strong
            characters[opening]["type"] = characters[closing]["type"] = kind


def _bracket_pairs(characters: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return where brackets open and close (BD16), in the order in which they open."""
    pairs = []
    waiting: list[tuple[str, int]] = []
    for at, found in enumerate(characters):
        sign = found["ch"]
        if sign in _BRACKETS:
            if len(waiting) == _DEEPEST:
                return []
            waiting.append((_BRACKETS[sign], at))
        elif sign in _CLOSING:
            while any(sign == closing for closing, _ in waiting):
                closing, opening = waiting.pop()
                if closing == sign:
                    pairs.append((opening, at))
                    break
    return sorted(pairs)


def visual_order(runs: Sequence[_Run], run_levels: Sequence[int]) -> list[_Run]:
    """Return the stretches of a line from left to right, where each has one level (UAX 9, L2)."""
    order = list(zip(runs, run_levels, strict=True))
    for floor in range(max(run_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            stop = start
            while stop < len(order) and order[stop][1] >= floor:
                stop += 1
            order[start:stop] = reversed(order[start:stop])
            start = max(stop, start + 1)
    return [run for run, _ in order]
