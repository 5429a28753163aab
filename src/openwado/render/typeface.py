"""Text as coverage: any script, by glyphs of fonts that come with the dependencies, shaped and in visual order.

Each run of one direction and one font is shaped by HarfBuzz, and its glyphs are drawn by FreeType. Which font draws a
character is the first one of `_FONTS` that has it, so nobody's name becomes boxes because of the machine it runs on.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Packages with the fonts and where they are in them, in the order in which they are asked for a character.
_FONTS: Final = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
    ("fontpkg_heebo", "files/Heebo[wght].ttf"),
    ("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf"),
    ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf"),
    ("fontpkg_noto_sans_tamil", "files/NotoSansTamil[wdth,wght].ttf"),
    ("fontpkg_noto_sans_telugu", "files/NotoSansTelugu[wdth,wght].ttf"),
    ("fontpkg_noto_sans_khmer", "files/NotoSansKhmer[wdth,wght].ttf"),
    ("cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf"),
)

#: Height of capital letters as a part of the size of the first font, to which all others are set.
_CAP_HEIGHT: Final = 0.714
#: Part of the size above and below the base line that every script stays within.
_ASCENT, _DESCENT = 1.07, 0.36
#: Bidirectional types of what is written (UAX 9, table 4).
_BIDI_TYPES: Final = frozenset({"L", "R", "AL", "EN", "ES", "ET", "AN", "CS", "NSM", "WS", "ON"})
_REMEMBERED: Final = 4096
#: What stands for a character that no font here has, or that is none.
_UNKNOWN: Final = "\ufffd"
#: Characters of a line that are looked at: more never fit on a picture, and time must not follow the text.
_LONGEST: Final = 1024
#: Characters that may have their place in the width of a capital; more are cut off before anything is drawn.
_DENSEST: Final = 4
#: What changes the form of letters beside it and has none itself: joiners, and selectors of variants.
_FORMING = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS: Final = str.maketrans("\u200c\u200d", "\u034f\u034f")
_ARABIC_LETTER_MARK: Final = "\u061c"
#: All but compatibility ideographs, which are the form that someone's name has.
_COMPOSED = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")


#: One font has one size at a time, and its library lets other threads run meanwhile.
_DRAWING = Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, drawn.

    Attributes:
        coverage: shape (rows, columns), uint8: how much of each pixel a glyph covers.
        baseline: row of the base line.
    """

    coverage: NDArray[np.uint8]
    baseline: int

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.coverage.shape[1])


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A glyph's coverage, and where it stands from the pen: to the right, and upwards."""

    coverage: NDArray[np.uint8]
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class _Face:
    """One font, opened by both libraries."""

    shaper: Any
    drawer: Any


def line_height(cap_height: int) -> int:
    """Return rows that a line of text takes, so that no two lines touch in any script."""
    size = font_size(cap_height)
    return int(round(size * _ASCENT) + round(size * _DESCENT))


def font_size(cap_height: int) -> int:
    """Return the size of the type, pixels, whose capitals are so high."""
    return max(1, round(cap_height / _CAP_HEIGHT))


def drawn_line(text: str, cap_height: int) -> Line:
    """Draw a line of text.

    Args:
        text: in logical order, of any scripts; control characters and line breaks are none of it; cut where no picture
            has room for more.
        cap_height: of capital letters, pixels.
    """
    size = font_size(cap_height)
    baseline = round(size * _ASCENT)
    glyphs = list(_placed(_printable(text), size))
    right = max((x + glyph.left + glyph.coverage.shape[1] for glyph, x, _ in glyphs), default=0)
    left = min((x + glyph.left for glyph, x, _ in glyphs), default=0)
    coverage = np.zeros((line_height(cap_height), max(right - min(left, 0), 1)), np.uint8)
    for glyph, x, y in glyphs:
        _stamp(coverage, glyph, x + glyph.left - min(left, 0), baseline - y - glyph.top)
    return Line(coverage, baseline)


def fitted_line(text: str, cap_height: int, columns: int) -> Line:
    """Draw a line of text that is no wider than so many columns: with an ellipsis where it had to be cut."""
    beginning = text[: max(_DENSEST, _DENSEST * columns // cap_height)]
    line = drawn_line(beginning, cap_height)
    if line.width <= columns and beginning == text:
        return line
    text = beginning
    shortest, longest = 0, len(text)
    while shortest < longest:  # the longest beginning that fits
        middle = (shortest + longest + 1) // 2
        if drawn_line(f"{text[:middle].rstrip()}…", cap_height).width <= columns:
            shortest = middle
        else:
            longest = middle - 1
    line = drawn_line(f"{text[:shortest].rstrip()}…", cap_height)
    return line if line.width <= columns else drawn_line("", cap_height)


def _printable(text: str) -> str:
    """Return a text as it is drawn: composed, without what would steer its direction or break it, and without boxes."""
    composed = _COMPOSED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text[:_LONGEST])
    return "".join(map(_drawable, composed))


@lru_cache(maxsize=_REMEMBERED)
def _drawable(character: str) -> str:
    """Return a character, nothing for one that nobody sees, and else a sign that there is one that is not known."""
    if _FORMING.match(character):
        return character
    is_plain = unicodedata.bidirectional(character) in _BIDI_TYPES and character != _ARABIC_LETTER_MARK
    if is_plain and (character.isspace() or _font_of(character) is not None):
        return character
    return "" if unicodedata.category(character) == "Cf" else _UNKNOWN


def is_drawable(character: str) -> bool:
    """Say whether a font here has a glyph for a character."""
    return _font_of(character) is not None


def font_files(text: str) -> tuple[str, ...]:
    """Return where the fonts are that a text is written in: the first one always, the others as its characters need."""
    numbers = {number for number in map(_font_of, set(text)) if number is not None}
    return tuple(_font_file(number) for number in sorted(numbers | {0}))


def _font_file(number: int) -> str:
    package, name = _FONTS[number]
    return str(resources.files(package).joinpath(name))


def _stamp(coverage: NDArray[np.uint8], glyph: _Glyph, column: int, row: int) -> None:
    rows, columns = glyph.coverage.shape
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + rows, coverage.shape[0]), min(column + columns, coverage.shape[1])
    if top < bottom and left < right:
        part = glyph.coverage[top - row : bottom - row, left - column : right - column]
        np.maximum(coverage[top:bottom, left:right], part, out=coverage[top:bottom, left:right])


def _placed(text: str, size: int) -> Iterator[tuple[_Glyph, int, int]]:
    """Yield glyphs and where the pen is for each, from left to right."""
    pen = 0.0
    for run, number, rtl in _runs(text):
        for glyph_number, advance, dx, dy in _shaped(run, number, size, rtl=rtl):
            yield _glyph(number, glyph_number, size), round(pen + dx), round(dy)
            pen += advance


def _runs(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield stretches of one font and one direction in visual order, each in logical order (UAX 9, L2)."""
    runs: list[tuple[str, int, int]] = []  # text, font, level
    for character, level in _levels(text):
        number = _font_of(character)
        if number is None:
            number = runs[-1][1] if runs and character.isspace() else 0
        before = runs[-1] if runs else None
        if before is not None and before[2] == level and _continues(before[1], number, character):
            runs[-1] = (before[0] + character, before[1], level)
        else:
            runs.append((character, number, level))
    highest = max((level for _, _, level in runs), default=0)
    for floor in range(highest, 0, -1):
        start = 0
        while start < len(runs):
            stop = start
            while stop < len(runs) and runs[stop][2] >= floor:
                stop += 1
            runs[start:stop] = reversed(runs[start:stop])
            start = max(stop, start + 1)
    for run, number, level in runs:
        yield run, number, level % 2 == 1


def _continues(before: int, number: int, character: str) -> bool:
    """Say whether a character whose font is `number` belongs to the stretch before it, of its font."""
    if before == number or _FORMING.match(character):
        return True
    return not character.isalnum() and _has(before, character)


def _levels(text: str) -> list[tuple[str, int]]:
    """Return characters with their levels: even ones run to the right, odd ones to the left (UAX 9)."""
    if all(character < "\u0590" for character in text):
        return [(character, 0) for character in text]
    from bidi import algorithm  # noqa: PLC0415 -- only for such texts

    storage = algorithm.get_empty_storage()
    storage["base_level"] = algorithm.get_base_level(text)
    storage["base_dir"] = "LR"[storage["base_level"]]
    algorithm.get_embedding_levels(text.translate(_JOINERS), storage)  # which it would drop; marks go with letters
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    return [(character, found["level"]) for character, found in zip(text, storage["chars"], strict=True)]


@lru_cache(maxsize=_REMEMBERED)
def _font_of(character: str) -> int | None:
    """Return the number of the first font that has a character, None if none does."""
    return next((number for number in range(len(_FONTS)) if _has(number, character)), None)


@lru_cache(maxsize=_REMEMBERED)
def _has(number: int, character: str) -> bool:
    return bool(_face(number).drawer.get_char_index(character))


@lru_cache(maxsize=len(_FONTS))
def _face(number: int) -> _Face:
    import freetype  # noqa: PLC0415 -- only who writes on pictures needs them
    import uharfbuzz  # noqa: PLC0415 -- as above

    path = _font_file(number)
    return _Face(uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path))), freetype.Face(path))


def _shaped(run: str, number: int, size: int, *, rtl: bool) -> Iterator[tuple[int, float, float, float]]:
    """Yield glyph, advance and offset of each, pixels, from left to right."""
    import uharfbuzz  # noqa: PLC0415 -- as above

    font = _face(number).shaper
    scale = size / font.face.upem
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    uharfbuzz.shape(font, buffer)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        yield info.codepoint, position.x_advance * scale, position.x_offset * scale, position.y_offset * scale


@lru_cache(maxsize=_REMEMBERED)
def _glyph(number: int, glyph_number: int, size: int) -> _Glyph:
    import freetype  # noqa: PLC0415 -- as above

    drawer = _face(number).drawer
    with _DRAWING:
        drawer.set_pixel_sizes(0, size)
        drawer.load_glyph(glyph_number, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
        slot = drawer.glyph
        bitmap = slot.bitmap
        rows = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width]
        return _Glyph(rows, slot.bitmap_left, slot.bitmap_top)
