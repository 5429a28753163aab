"""Text as coverage: any script, by glyphs of fonts that come with the dependencies, shaped and in visual order.

Each run of one direction and one font is shaped by HarfBuzz, and its glyphs are drawn by FreeType. Which font draws a
character is the first one of `fonts.FONTS` that has it: nobody's name becomes boxes because of the machine it runs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.render.fonts import drawable, face, font_beside, font_of
from openwado.render.text_direction import levels, visual_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Height of capital letters as a part of the size of the first font, to which all others are set.
_CAP_HEIGHT: Final = 0.714
#: Part of the size above and below the base line that every script stays within.
_ASCENT, _DESCENT = 1.07, 0.36
_REMEMBERED: Final = 4096
#: Characters of a line that are looked at: more never fit on a picture, and time must not follow the text.
_LONGEST: Final = 1024
#: Characters that may have their place in the width of a capital; more are cut off before anything is drawn.
_DENSEST: Final = 4

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
    return drawable(text[:_LONGEST])


def is_drawable(character: str) -> bool:
    """Say whether a font here has a glyph for a character."""
    return font_of(character) is not None


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
    for character, level in zip(text, levels(text), strict=True):
        before = runs[-1] if runs else None
        number = font_beside(before[1] if before is not None else None, character)
        if before is not None and before[2] == level and before[1] == number:
            runs[-1] = (before[0] + character, number, level)
        else:
            runs.append((character, number, level))
    for run, number, level in visual_order(runs, [level for _, _, level in runs]):
        yield run, number, level % 2 == 1


def _shaped(run: str, number: int, size: int, *, rtl: bool) -> Iterator[tuple[int, float, float, float]]:
    """Yield glyph, advance and offset of each, pixels, from left to right."""
    import uharfbuzz  # noqa: PLC0415 -- as above

    font = face(number).shaper
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

    drawer = face(number).drawer
    with _DRAWING:
        drawer.set_pixel_sizes(0, size)
        drawer.load_glyph(glyph_number, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
        slot = drawer.glyph
        bitmap = slot.bitmap
        rows = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width]
        return _Glyph(rows, slot.bitmap_left, slot.bitmap_top)
