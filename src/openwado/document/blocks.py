"""What pages are made of, from top to bottom: a document whose nesting has become depth."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import msgspec

from openwado.document.plain_text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator


_WRITTEN = re.compile(">([^<>]+)<")


class Words(msgspec.Struct, frozen=True, gc=False):
    """A piece of a passage.

    Attributes:
        text: clean: line feeds are its only controls.
        style: "", name, relation, bold, italic, underline, sub, sup or code.
        address: "", or # and the anchor of a block.
    """

    text: str
    style: str = ""
    address: str = ""


class Heading(msgspec.Struct, frozen=True):
    """A heading: level 1 of a part of the document, 2 and 3 below it; identifier: of the content item that it names."""

    text: str
    level: int
    depth: int = 0
    anchor: str = ""
    identifier: str = ""


class Passage(msgspec.Struct, frozen=True):
    """Words that run on in lines.

    Attributes:
        words: in order.
        depth: of its indentation.
        mark: what stands before them, such as a number.
        anchor: where links lead, "" for nowhere.
        leads: whether it is the name of what follows, and so stays on its page.
    """

    words: tuple[Words, ...]
    depth: int = 0
    mark: str = ""
    anchor: str = ""
    leads: bool = False

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(words.text for words in self.words)

    @property
    def plain(self) -> str:
        """All of them where no letters are raised: a power stands behind a caret, for ten to the ninth is not 109."""
        return "".join(f"^{part.text}" if _is_power(part) else part.text for part in self.words)


class Rows(msgspec.Struct, frozen=True):
    """Rows of cells, all of one length; a cell may have several lines."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    depth: int = 0
    caption: str = ""


class Drawing(msgspec.Struct, frozen=True):
    """A drawing, as SVG, and what it shows."""

    svg: str
    caption: str
    depth: int = 0


def _is_power(part: Words) -> bool:
    return part.style == "sup" and part.text.lstrip("+-\u2212")[:1].isdecimal()


Block = Heading | Passage | Rows | Drawing


def plain(text: str, depth: int = 0, mark: str = "") -> Passage:
    """Return a passage of one style."""
    return Passage((Words(cleaned(text)),), depth, mark)


def even_rows(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], depth: int, caption: str) -> Rows:
    """Return rows of clean cells that are all as long as the longest."""
    width = max(map(len, (head, *rows)), default=0)
    even = tuple(tuple(map(cleaned, row)) + ("",) * (width - len(row)) for row in rows)
    return Rows(tuple(map(cleaned, head)) + ("",) * (width - len(head)) if head else (), even, depth, cleaned(caption))


def texts_of(block: Block) -> Iterator[str]:
    """Yield all texts of a block."""
    match block:
        case Heading():
            yield block.text
        case Passage():
            yield block.mark
            yield from (words.text for words in block.words)
        case Rows():
            yield block.caption
            yield from (cell for row in (block.head, *block.rows) for cell in row)
        case Drawing():
            yield block.caption
            yield from words_of(block)


def words_of(drawing: Drawing) -> Iterator[str]:
    """Yield what is written in a drawing."""
    yield from (cleaned(unescape(found)) for found in _WRITTEN.findall(drawing.svg))
