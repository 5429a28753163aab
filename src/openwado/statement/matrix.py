"""Section 8.4: every requirement with what is declared of it, and the tests that show it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from openwado.document.model import Cell, Grid, Paragraph, Run
from openwado.protocol.decisions import DECISIONS
from openwado.statement.parts import paragraph, paragraphs, section
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
    said = words("common.comma").join(
        words("matrix.count", status=words(f"matrix.{_key(status)}"), number=counts[status]) for status in STATUSES
    )
    grids = [_grid(words, group) for group in _GROUPS]
    return section(
        words,
        number,
        "matrix",
        *paragraphs(words, "matrix", "what"),
        paragraph(words("matrix.counts", counts=said, all=len(requirements()))),
        *grids,
    )


def _grid(words: Wording, group: str) -> Grid:
    """Return the requirements of a group, the tests as code."""
    head = tuple(_cell(words(f"columns.{key}"), is_head=True) for key in ("number", "requirement", "declared", "tests"))
    rows = (_row(words, row) for row in requirements() if _group(row.id) == group)
    return Grid((head, *rows), words(f"matrix.group_{_key(group)}"))


def _cell(*lines: str, style: str = "", is_head: bool = False) -> Cell:
    return Cell(tuple(Paragraph((Run(line, style),)) for line in lines), is_head=is_head)


def _row(words: Wording, row: Requirement) -> tuple[Cell, ...]:
    at = 0 if words.language == "en" else 1
    wording, remark = row.wording[at], row.remark[at]
    decision = DECISIONS.get(row.id)
    if decision is not None:
        wording, remark = words.term(decision.point), words.term(decision.iso)
    status = words(f"matrix.{_key(row.status)}")
    declared = (status, remark) if remark else (status,)
    return (_cell(row.id), _cell(wording), _cell(*declared), _cell(*map(_short, row.tests), style="code"))


def _short(test: str) -> str:
    """Return a test by its module and its name."""
    return test.removeprefix("tests/").replace(".py::", "::")


def _group(number: str) -> str:
    return next(group for group in _GROUPS if number.startswith(f"{group}-"))


def _key(name: str) -> str:
    return name.lower().replace("-", "_")
