"""Documents as Markdown (CommonMark, with the tables of GitHub): all that they say, and nothing of it is markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.document.blocks import Drawing, Heading, Passage, Rows
from openwado.document.document_blocks import blocks_of
from openwado.document.labels import fact_value, label
from openwado.document.plain_text import cleaned
from openwado.document.wording import code_words, flag_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.document.blocks import Block, Words
    from openwado.document.labels import Language
    from openwado.document.model import Document

#: What means something wherever it stands, what does at the beginning of a line, and after a number there.
_SIGNS: Final = re.compile(r"([\\`*_\[\]<|~#]|&(?=#?\w+;))")
_BEGINNING: Final = re.compile(r"^(\s*)([>+=-])")
_NUMBER: Final = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_LOWEST_HEADING: Final = 6
#: Indentation of a list within a list: as wide as the mark of a numbered one.
_STEP: Final = "   "
_MARKS: Final = {"bold": "**", "title": "**", "name": "**", "italic": "*", "relation": "*"}


def markdown_of(document: Document, language: Language) -> Iterator[str]:
    """Yield a document as Markdown, block by block, each with line feeds.

    Args:
        document: what it says.
        language: of our own words.
    """
    yield from _head(document, language)
    blocks = list(blocks_of(document, language))
    meant = frozenset(words.address[1:] for block in blocks if isinstance(block, Passage) for words in block.words)
    before: Block | None = None
    deepest = 0
    for block in blocks:
        is_entry = isinstance(block, Passage) and _is_entry(block)
        depth = min(block.depth, deepest + 1) if is_entry else 0
        if not (is_entry and isinstance(before, Passage) and _is_entry(before)):
            yield "\n"
        yield from _block(block, depth, meant)
        before, deepest = block, depth
    if not blocks:
        yield f"\n{escaped(label('no content', language))}\n"


def escaped(text: str) -> str:
    """Return a text whose signs are none of Markdown's, in one line where it has several."""
    return "<br>".join(_SIGNS.sub(r"\\\1", line.strip()) for line in text.split("\n"))


def _begun(written: str) -> str:
    """Return what a line begins with, so that it begins no list, quotation or rule."""
    return _NUMBER.sub(r"\1\\\2", _BEGINNING.sub(r"\1\\\2", written))


def _head(document: Document, language: Language) -> Iterator[str]:
    code = document.shown_code
    title = code_words(code) if code is not None and code.value else document.title
    yield f"# {escaped(cleaned(title)) or label('untitled', language)}\n"
    if document.kind:
        yield f"\n{_begun(escaped(cleaned(document.kind)))}\n"
    if document.flags:
        yield "\n"
    for flag in document.flags:
        words = _begun(escaped(cleaned(flag_words(flag, language))))
        yield f"- {f'**{words}**' if flag.is_warning else words}\n"
    for group in document.groups:
        yield f"\n**{escaped(label(group.label, language))}**\n\n"
        for fact in group.facts:
            yield f"- {_begun(escaped(label(fact.label, language)))}: {escaped(cleaned(fact_value(fact, language)))}\n"


def _is_entry(passage: Passage) -> bool:
    """Say whether a passage is a line of a list: one with a mark, or below something."""
    return bool(passage.mark) or passage.depth > 0


def _block(block: Block, depth: int, meant: frozenset[str]) -> Iterator[str]:
    match block:
        case Heading():
            level = min(block.level + 1, _LOWEST_HEADING)
            yield f"{'#' * level} {_place(block.anchor, meant)}{escaped(block.text)}\n"
        case Passage():
            mark = f"{block.mark if block.mark.endswith('.') else '-'} " if depth else ""
            words = _begun("".join(map(_words, block.words)).strip())
            yield f"{_STEP * (depth - 1)}{mark}{_place(block.anchor, meant)}{words}\n"
        case Rows():
            yield from _rows(block)
        case Drawing():
            yield f"*{escaped(block.caption)}*\n"


def _place(anchor: str, meant: frozenset[str]) -> str:
    """Return what a link in the document leads to, where one does."""
    return f'<a id="{anchor}"></a>' if anchor and anchor in meant else ""


def _words(words: Words) -> str:
    if not words.text.strip():
        return words.text.replace("\n", "<br>")
    inner = words.text.strip()
    if words.style == "code":
        written = _code(inner)
    else:
        mark = _MARKS.get(words.style, "")
        written = f"{mark}{escaped(inner)}{mark}"
    if words.address:
        written = f"[{written}]({words.address})"
    begin, end = words.text[: len(words.text) - len(words.text.lstrip())], words.text[len(words.text.rstrip()) :]
    return f"{begin}{written}{end}".replace("\n", "<br>")


def _code(text: str) -> str:
    """Return a text as it is, between more grave accents than it has in a row."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _rows(rows: Rows) -> Iterator[str]:
    if rows.caption:
        yield f"**{escaped(rows.caption)}**\n\n"
    every = (rows.head, *rows.rows) if rows.head else rows.rows
    width = max(map(len, every), default=0)
    if not width:
        return
    yield _row(rows.head or ("",) * width)
    yield f"|{'---|' * width}\n"
    yield from map(_row, rows.rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |\n"
