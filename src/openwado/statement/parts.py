"""Sections, paragraphs and tables of the statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.document.model import Entries, Paragraph, Run, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.document.model import Node
    from openwado.statement.wording import Wording

#: What stands between grave accents in a sentence is code.
_CODE: Final = re.compile(r"`([^`]+)`")


def section(words: Wording, number: str, group: str, *nodes: Node) -> Section:
    """Return a section.

    Args:
        words: say its heading, the sentence `heading` of its group.
        number: of it, such as 5.2.
        group: of its sentences.
        nodes: in it.
    """
    return Section(f"{number} {words(f'{group}.heading')}", nodes, anchor=f"s{number.replace('.', '-')}")


def paragraph(text: str) -> Paragraph:
    """Return a paragraph; what stands between grave accents is code."""
    pieces = _CODE.split(text)
    return Paragraph(tuple(Run(piece, "code" if at % 2 else "") for at, piece in enumerate(pieces) if piece))


def paragraphs(words: Wording, group: str, *keys: str, **values: object) -> tuple[Paragraph, ...]:
    """Return several sentences of a group as paragraphs."""
    return tuple(paragraph(words(f"{group}.{key}", **values)) for key in keys)


def listing(texts: Iterable[str]) -> Entries:
    """Return a list of sentences."""
    return Entries(tuple((paragraph(text),) for text in texts))


def table(words: Wording, group: str, heads: str, rows: Iterable[tuple[str, ...]], caption: str = "") -> Table:
    """Return a table.

    Args:
        words: say its heads.
        group: of the sentences with them; those that are none there are in the group `columns`.
        heads: their keys, separated by blanks.
        rows: of cells.
        caption: key of the sentence above it; "" for none.
    """
    head = tuple(words(f"columns.{key}") for key in heads.split())
    return Table(head, tuple(rows), words(f"{group}.{caption}") if caption else "")
