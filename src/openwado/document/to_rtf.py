r"""Documents as Rich Text Format 1.9: ASCII, every other character as \uN, no object, no link that leaves it."""

from __future__ import annotations

import re
from itertools import chain, groupby, pairwise
from typing import TYPE_CHECKING, Final

from openwado.document.blocks import Drawing, Heading, Passage, Rows, Words
from openwado.document.document_blocks import blocks_of
from openwado.document.labels import fact_value, label
from openwado.document.plain_text import cleaned
from openwado.document.wording import code_words, flag_words, patient_of
from openwado.render.text_direction import is_right_to_left, levels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.document.blocks import Block
    from openwado.document.labels import Language
    from openwado.document.model import Document

#: A4 with its margins, the width within them, and one level of depth, in twips.
_PAGE: Final = r"\paperw11906\paperh16838\margl1134\margr1134\margt1134\margb1134"
_WIDTH: Final = 9638
_STEP: Final = 284
#: Width of a letter or digit that no word of a table is torn apart for, and of both edges of a cell, in twips.
_LETTER, _CELL_EDGES = 125, 170
_DEEPEST: Final = 12
#: Fonts by number: \f0 for all, \f1 what a reader takes for ideographs, \f2 for code.
_FONTS: Final = (
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fswiss\fcharset134 SimSun;}{\f2\fmodern\fcharset0 Courier New;}}"
)
#: Colours by number: 1 of what is less important, 2 of warnings, 3 of lines of tables, 4 of heads of tables.
_COLOURS: Final = (
    r"{\colortbl;\red90\green90\blue90;\red176\green32\blue16;\red176\green176\blue176;\red236\green239\blue243;}"
)
_STYLES: Final = (
    r"{\stylesheet{\s0\fs20 Normal;}{\s1\outlinelevel0\fs30\b heading 1;}"
    r"{\s2\outlinelevel1\fs26\b heading 2;}{\s3\outlinelevel2\fs22\b heading 3;}{\s4\outlinelevel3\fs20\b heading 4;}}"
)
_SIZES: Final = {1: 30, 2: 26, 3: 22, 4: 20}
_SIZE: Final = 20
_RUNS: Final = {
    "name": r"\b\ab ",
    "relation": r"\cf1 ",
    "bold": r"\b\ab ",
    "italic": r"\i ",
    "underline": r"\ul ",
    "sub": r"\sub ",
    "sup": r"\super ",
    "code": r"\f2 ",
}
_SPECIAL: Final = re.compile(r"[^ -\[\]-z|~]")
_WRITTEN: Final = {"\n": "\\line ", "\\": "\\\\", "{": "\\{", "}": "\\}"}
#: Columns of a table that have room on a page: what is beyond stands in the last one.
_COLUMNS_MAX: Final = 20
#: Rows of a table that stays on one page, if the reader of RTF can do that.
_ROWS_WHOLE: Final = 12


def rtf_of(document: Document, language: Language) -> Iterator[str]:
    """Yield a document as RTF, a paragraph at a time.

    Args:
        document: what it says.
        language: of our own words.
    """
    title = cleaned(document.title) or label("untitled", language)
    yield r"{\rtf1\ansi\ansicpg1252\uc1\deff0" + f"{_FONTS}{_COLOURS}{_STYLES}\n"
    yield r"{\info{\title " + escaped(title.replace("\n", " ")) + "}}\n"
    yield _PAGE + r"\f0\fs20\afs20\viewkind1" + "\n" + _footer(title, patient_of(document), language)
    yield from _head(document, title, language)
    is_empty = True
    for block, after in pairwise(chain(blocks_of(document, language), (None,))):
        is_empty = False
        if block is not None:
            is_name = isinstance(block, Passage) and block.leads
            yield from _block(block, is_kept=is_name or isinstance(after, Rows))
    if is_empty:
        yield _paragraph(Passage((Words(label("no content", language)),)))
    yield "}\n"


def escaped(text: str) -> str:
    r"""Return a clean text so that a reader of RTF shows just that: signed numbers of UTF-16 (\uN)."""
    return _SPECIAL.sub(lambda found: _WRITTEN.get(found[0]) or _unicode(found[0]), text)


def _unicode(character: str) -> str:
    pair = character.encode("utf-16-le", "replace")
    units = [int.from_bytes(pair[at : at + 2], "little", signed=True) for at in range(0, len(pair), 2)]
    return "".join(f"\\u{unit}?" for unit in units)


def _footer(title: str, patient: str, language: Language) -> str:
    """Return what every page bears: the title, whose document it is, and the number of the page."""
    page, pages = (r"{\field{\*\fldinst " + field + r"}{\fldrslt 1}}" for field in ("PAGE", "NUMPAGES"))
    text = title.replace("\n", " ")
    side = r"\rtlpar" if is_right_to_left(text) else r"\ltrpar"
    start = rf"{{\footer\pard{side}\qc{_sized(16)}\cf1 {_turned(text, 16)}"
    start += f" - {_turned(patient, 16)}" if patient else ""
    return f"{start} - {escaped(label('page', language))} {page} / {pages}\\par}}\n"


def _head(document: Document, title: str, language: Language) -> Iterator[str]:
    """Yield title, flags and facts."""
    if document.shown_code is not None and document.shown_code.value:
        title = cleaned(code_words(document.shown_code))
    yield _heading(title, 1, 0, "")
    if document.subtitle:
        yield _paragraph(Passage((Words(cleaned(document.subtitle), "relation"),)))
    for flag in document.flags:
        colour = r"\cf2\b " if flag.is_warning else r"\b "
        yield r"\pard\sa40{" + colour + escaped(cleaned(flag_words(flag, language))) + "}\\par\n"
    for group in document.groups:
        yield _heading(label(group.label, language), 3, 0, "")
        for fact in group.facts:
            name, value = label(fact.label, language), cleaned(fact_value(fact, language))
            yield _paragraph(Passage((Words(f"{name}: ", "name"), Words(value))), value)
    yield r"{\pard\brdrb\brdrs\brdrw5\brdrcf3\sa80\fs8\par}" + "\n"


def _block(block: Block, *, is_kept: bool) -> Iterator[str]:
    """Yield a block; a line that is kept stays on the page of what follows it, as headings do."""
    match block:
        case Heading():
            yield _heading(block.text, block.level + 1, block.depth, block.anchor)
        case Passage():
            yield _paragraph(block, is_kept=is_kept)
        case Rows():
            yield from _rows(block)
        case Drawing():
            yield _paragraph(Passage((Words(f"[{block.caption}]", "relation"),), block.depth))


def _heading(text: str, level: int, depth: int, anchor: str) -> str:
    level = min(level, max(_SIZES))
    style = rf"\s{level}\outlinelevel{level - 1}\keepn\sb200\sa80{_side(text, depth)}{_sized(_SIZES[level])}\b\ab "
    return r"{\pard" + style + _bookmark(anchor) + _turned(text, _SIZES[level], bold=True) + "\\par}\n"


def _paragraph(passage: Passage, side: str = "", *, is_kept: bool = False) -> str:
    """Return a paragraph, which runs as its words do, or as `side` does; kept, it stays on the page of the next.

    What a named value does not hold in its first line goes on a step further in.
    """
    words, mark = passage.words, passage.mark
    text = side or "".join(part.text for part in words if part.style != "relation")
    hangs = not mark and passage.depth < _DEEPEST and any(part.style == "name" for part in words)
    before = rf"\fi-{_STEP} {escaped(mark)}\tab " if mark else rf"\fi-{_STEP} " if hangs else " "
    keep = r"\keepn" if is_kept else ""
    start = rf"{{\pard\plain\f0{_sized(_SIZE)}{keep}\sa40{_side(text, passage.depth + hangs)}"
    return start + before + _bookmark(passage.anchor) + "".join(map(_run, words)) + "\\par}\n"


def _sized(half_points: int) -> str:
    """Return the size of letters, also of scripts that run to the left or join."""
    return rf"\rtlch\afs{half_points}\ltrch\fs{half_points}"


def _side(text: str, depth: int) -> str:
    """Return indentation and direction of a paragraph: at its beginning, which may be its right side."""
    indent = _STEP * min(depth, _DEEPEST)
    return rf"\rtlpar\qr\ri{indent}" if is_right_to_left(text) else rf"\ltrpar\ql\li{indent}"


def _run(words: Words) -> str:
    style = _RUNS.get(words.style, "")
    text = _turned(words.text, bold=words.style in ("name", "bold"))
    shown = f"{{{style}{text}}}" if style else text
    if not words.address:
        return shown
    target = _bookmark_name(words.address.removeprefix("#"))
    return r"{\field{\*\fldinst HYPERLINK \\l " + f'"{target}"' + r"}{\fldrslt " + shown + "}}"


def _turned(text: str, size: int = _SIZE, *, bold: bool = False) -> str:
    """Return a text whose stretches that run to the left say so, and anew how large and whether bold they are."""
    # digits among letters that run to the left are taken for such letters: both sizes are told of every stretch
    rtl = rf"\ltrch\b\rtlch\ab\afs{size}" if bold else rf"\rtlch\afs{size}"
    ltr = rf"\rtlch\ab\afs{size}\ltrch\b\fs{size}" if bold else rf"\rtlch\afs{size}\ltrch\fs{size}"
    turn = (ltr, rtl)
    lines = []
    for line in text.split("\n"):
        found = levels(line)
        if not any(found):
            lines.append(escaped(line))
            continue
        stretches = groupby(zip(line, found, strict=True), lambda each: each[1] % 2)
        lines.append(
            "".join(
                rf"{{{turn[odd]} {escaped(''.join(character for character, _ in stretch))}}}"
                for odd, stretch in stretches
            )
        )
    return r"\line ".join(lines)


def _bookmark(anchor: str) -> str:
    name = _bookmark_name(anchor)
    return rf"{{\*\bkmkstart {name}}}{{\*\bkmkend {name}}}" if anchor else ""


def _bookmark_name(anchor: str) -> str:
    """Return a name of forty letters, digits and underlines at most, which is what readers take."""
    return "a" + re.sub(r"[^0-9A-Za-z]", "_", anchor)[:39]


def _rows(rows: Rows) -> Iterator[str]:
    """Yield a table, whose columns are as wide as what is in them needs."""
    if rows.caption:
        yield _paragraph(Passage((Words(rows.caption, "bold"),), rows.depth), is_kept=True)
    every = (rows.head, *rows.rows) if rows.head else rows.rows
    if not every or not every[0]:
        return
    indent = _STEP * min(rows.depth, _DEEPEST)
    edges = _edges([_narrowed(row) for row in every], indent)
    for number, row in enumerate(every):
        is_head = number == 0 and bool(rows.head)
        is_kept = is_head or (len(every) <= _ROWS_WHOLE and number < len(every) - 1)
        yield _row(_narrowed(row), edges, indent, is_head=is_head, is_kept=is_kept)
    yield "\\pard\\par\n"


def _narrowed(row: Sequence[str]) -> list[str]:
    if len(row) <= _COLUMNS_MAX:
        return list(row)
    return [*row[: _COLUMNS_MAX - 1], "\n".join(filter(None, row[_COLUMNS_MAX - 1 :]))]


def _edges(every: Sequence[Sequence[str]], indent: int) -> list[int]:
    """Return the right edges of columns: parts of the width by the longest text in each, with room for its words."""
    columns = list(zip(*every, strict=True))
    longest = [min(max(len(line) for cell in cells for line in cell.split("\n")), 60) + 4 for cells in columns]
    words = [max((len(word) for cell in cells for word in cell.split()), default=0) for cells in columns]
    room = _WIDTH - indent
    needed = [word * _LETTER + _CELL_EDGES for word in words]
    if sum(needed) >= room:  # nothing fits: as much for each as it is long
        needed = [0] * len(needed)
    spare, total = room - sum(needed), sum(longest)
    widths = [least + spare * length // total for least, length in zip(needed, longest, strict=True)]
    return [indent + sum(widths[: at + 1]) for at in range(len(widths))]


def _row(cells: Sequence[str], edges: Sequence[int], indent: int, *, is_head: bool, is_kept: bool) -> str:
    border = "".join(rf"\clbrdr{side}\brdrs\brdrw5\brdrcf3" for side in "tlbr")
    shade = r"\clcbpat4" if is_head else ""
    definition = "".join(rf"{border}{shade}\cellx{edge}" for edge in edges)
    weight = (r"\keepn" if is_kept else "") + (r"\b\ab" if is_head else r"\b0\ab0")
    texts = []
    for cell in cells:
        side = r"\rtlpar\qr" if is_right_to_left(cell) else r"\ltrpar\ql"
        texts.append(rf"\pard\intbl{side}{weight}{{{_turned(cell, bold=is_head)}}}\cell" + "\n")
    head = r"\trhdr" if is_head else ""
    return rf"\trowd\trgaph80\trleft{indent}{head}\trkeep{definition}" + "\n" + "".join(texts) + "\\row\n"
