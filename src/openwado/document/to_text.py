"""Documents as plain text (PS3.18 8.7.4): lines of eighty columns whose signs of our own are ASCII.

Ideographs take two columns. Depth is shown by indentation, and by a number where there is no room for more of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from wcwidth import wcwidth

from openwado.document.blocks import Drawing, Heading, Passage, Rows
from openwado.document.document_blocks import blocks_of
from openwado.document.labels import fact_value, label
from openwado.document.plain_text import cleaned, line_slices
from openwado.document.wording import code_words, flag_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.document.blocks import Block
    from openwado.document.labels import Language
    from openwado.document.model import Document

#: Columns of a line.
COLUMNS: Final = 80
#: Columns for one level of depth, and levels that are shown so.
_STEP: Final = 2
_DEEPEST: Final = 16
#: Columns between cells.
_GAP: Final = 2
_UNDERLINES: Final = {1: "=", 2: "-"}
#: Selector of pictures in the place of signs, which makes them wider (UTS 51).
_EMOJI: Final = "\ufe0f"


def text_of(document: Document, language: Language) -> Iterator[str]:
    """Yield a document as plain text, a few lines at a time, each with a line feed.

    Args:
        document: what it says.
        language: of our own words.
    """
    for line in _head(document, language):
        yield f"{line.rstrip()}\n"
    is_empty = True
    before: Block | None = None
    for block in blocks_of(document, language):
        is_empty = False
        lines = list(_lines(block))
        if _is_apart(before, block):
            lines.insert(0, "")
        before = block
        yield "".join(f"{line.rstrip()}\n" for line in lines)
    if is_empty:
        yield f"\n{label('no content', language)}\n"


def columns(text: str) -> int:
    """Return the columns that a text takes, or a few more than it takes."""
    if text.isascii():
        return len(text)
    return sum(max(wcwidth(character), character == _EMOJI) for character in text)


def _slice_columns(text: str, begin: int, end: int) -> int:
    return columns(text[begin:end])


def _head(document: Document, language: Language) -> Iterator[str]:
    """Yield title, flags and facts."""
    title = cleaned(document.title) or label("untitled", language)
    if document.shown_code is not None and document.shown_code.value:
        title = cleaned(code_words(document.shown_code))
    yield from _underlined(title, "=", "")
    if document.subtitle:
        yield from _wrapped(cleaned(document.subtitle), "", "")
    for flag in document.flags:
        yield from _wrapped(f"{'***' if flag.is_warning else '*'} {cleaned(flag_words(flag, language))}", "", "    ")
    for group in document.groups:
        yield ""
        yield from _underlined(label(group.label, language), "-", "")
        for fact in group.facts:
            yield from _wrapped(f"{label(fact.label, language)}: {cleaned(fact_value(fact, language))}", "", "    ")


def _is_apart(before: Block | None, block: Block) -> bool:
    """Say whether a block stands apart from the one before it."""
    if before is None or isinstance(block, Heading | Drawing):
        return True
    return isinstance(before, Rows | Drawing) or (isinstance(block, Rows) and not isinstance(before, Heading))


def _lines(block: Block) -> Iterator[str]:
    indent = _indent(block.depth)
    match block:
        case Heading():
            yield from _underlined(block.text, _UNDERLINES.get(block.level, ""), indent)
        case Passage():
            yield from _passage(block, indent)
        case Rows():
            yield from _rows(block, indent)
        case Drawing():
            yield from _wrapped(f"[{block.caption}]", indent, f"{indent} ")


def _indent(depth: int) -> str:
    shown = " " * (_STEP * min(depth, _DEEPEST))
    return shown if depth <= _DEEPEST else f"{shown}[{depth}] "


def _underlined(text: str, sign: str, indent: str) -> Iterator[str]:
    lines = list(_wrapped(text, indent, indent))
    yield from lines
    if sign and text.strip():
        yield " " * len(indent) + sign * max(columns(line) - len(indent) for line in lines)


def _passage(passage: Passage, indent: str) -> Iterator[str]:
    """Yield the lines of a passage; its mark stands where its depth begins."""
    text, mark = passage.plain, passage.mark
    if mark:
        hanging = " " * len(indent)
        yield from _wrapped(f"{mark} {text}", f"{indent[:-_STEP]}", hanging)
        return
    is_named = any(words.style == "name" for words in passage.words)
    yield from _wrapped(text, indent, indent + " " * _STEP if is_named else indent)


def _wrapped(text: str, indent: str, hanging: str) -> Iterator[str]:
    """Yield lines of a text: what its own lines do not hold goes on at `hanging`."""
    hanging = " " * len(hanging)
    for at, line in enumerate(text.split("\n")):
        before = indent if at == 0 or len(indent) == len(hanging) else hanging
        slices = line_slices(line, COLUMNS - len(hanging), COLUMNS - len(before), partial(_slice_columns, line))
        for begin, end in slices:
            yield before + line[begin:end]
            before = hanging


def _rows(rows: Rows, indent: str) -> Iterator[str]:
    """Yield a table: columns side by side where there is room, else its cells below each other."""
    if rows.caption:
        yield from _wrapped(rows.caption, indent, indent)
    every = (rows.head, *rows.rows) if rows.head else rows.rows
    if not every or not every[0]:
        return
    widths = [max(max(map(columns, row[at].split("\n"))) for row in every) for at in range(len(every[0]))]
    if len(indent) + sum(widths) + _GAP * (len(widths) - 1) > COLUMNS:
        yield from _one_by_one(rows, indent)
        return
    margin = " " * len(indent)
    for number, row in enumerate(every):
        yield from ((indent if number == 0 else margin) + line for line in _aligned(row, widths))
        if number == 0 and rows.head:
            yield margin + (" " * _GAP).join("-" * width for width in widths)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield the lines of a row, whose cells may have several."""
    cells = [cell.split("\n") for cell in row]
    for at in range(max(map(len, cells))):
        pieces = [(cell[at] if at < len(cell) else "", width) for cell, width in zip(cells, widths, strict=True)]
        yield (" " * _GAP).join(piece + " " * (width - columns(piece)) for piece, width in pieces)


def _one_by_one(rows: Rows, indent: str) -> Iterator[str]:
    """Yield a table row by row: a line for each cell, after the head of its column."""
    for row in rows.rows:
        mark = "- "
        for name, cell in zip(rows.head or ("",) * len(row), row, strict=True):
            if name or cell:
                yield from _wrapped(f"{mark}{name}: {cell}" if name else f"{mark}{cell}", indent, f"{indent}    ")
                mark = "  "
