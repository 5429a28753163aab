"""The decisions between editions are one table (section 1)."""

from __future__ import annotations

from openwado.protocol.decisions import DECISIONS


def test_section_1_all_decisions_are_there() -> None:
    """D-01 … D-20 each stand once, in order, with what was decided."""
    assert list(DECISIONS) == [f"D-{number:02}" for number in range(1, 21)]
    assert all(decision.point and decision.iso for decision in DECISIONS.values())


def test_section_0_switched_decisions() -> None:
    """Section 0: those that no single behaviour serves say what today's text asks for."""
    switched = {number for number, decision in DECISIONS.items() if decision.is_switched}
    assert switched == {"D-03", "D-04", "D-05", "D-07", "D-08", "D-11", "D-15", "D-18"}
