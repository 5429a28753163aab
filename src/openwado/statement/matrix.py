"""Section 8.4: every requirement with what is declared of it, and the tests that show it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from openwado.protocol.decisions import DECISIONS
from openwado.statement.parts import paragraph, paragraphs, section, table
from openwado.statement.requirements import STATUSES, requirements

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.requirements import Requirement
    from openwado.statement.wording import Wording

#: Groups of requirements by what their numbers begin with.
_GROUPS: Final = ("REQ-URI", "REQ-WEB", "REQ-TXT", "RR", "AN", "TR", "D")


def matrix(words: Wording, number: str) -> Section:
    """Return the section."""
    counts = Counter(row.status for row in requirements())
    said = ", ".join(f"{words(f'matrix.{_key(status)}')}: {counts[status]}" for status in STATUSES)
    tables = [
        table(words, "matrix", "number requirement declared remark tests", rows, f"group_{_key(group)}")
        for group in _GROUPS
        if (rows := [_row(words, row) for row in requirements() if _group(row.id) == group])
    ]
    return section(
        words,
        number,
        "matrix",
        *paragraphs(words, "matrix", "what"),
        paragraph(words("matrix.counts", counts=said, all=len(requirements()))),
        *tables,
    )


def _row(words: Wording, row: Requirement) -> tuple[str, ...]:
    at = 0 if words.language == "en" else 1
    wording, remark = row.wording[at], row.remark[at]
    decision = DECISIONS.get(row.id)
    if decision is not None:
        wording, remark = words.term(decision.point), words.term(decision.iso)
    return (row.id, wording, words(f"matrix.{_key(row.status)}"), remark, "\n".join(map(_short, row.tests)))


def _short(test: str) -> str:
    """Return a test by its module and its name."""
    return test.removeprefix("tests/").replace(".py::", "::")


def _group(number: str) -> str:
    return next(group for group in _GROUPS if number.startswith(f"{group}-"))


def _key(name: str) -> str:
    return name.lower().replace("-", "_")
