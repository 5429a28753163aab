"""Fonts of a PDF: of each only what a document's characters need, as HarfBuzz cuts it out, in two weights.

fpdf2 could do that by itself, with fontTools: seconds for one font of ideographs, and more for a bold one.
"""

from __future__ import annotations

import io
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import uharfbuzz
from fpdf.enums import TextDirection
from fpdf.fonts import HarfBuzzFont, TTFFont

from openwado.render.fonts import FONTS, shaping_face

if TYPE_CHECKING:
    from fpdf import FPDF

_WEIGHTS: Final = {False: 400, True: 700}
#: What a part of a letter stands for: nothing that is seen (ZERO WIDTH SPACE), as no reader takes it for a letter then.
_NOTHING: Final = "\u200b"
_DIRECTIONS: Final = {False: TextDirection.LTR, True: TextDirection.RTL}


class EmbeddedFont(TTFFont):
    """A font in memory."""

    __slots__ = ()

    @property
    def hbfont(self) -> Any:  # noqa: ANN401 -- uharfbuzz has no types
        """The font for shaping."""
        if not self._hbfont:
            data: Any = self.ttffile
            self._hbfont = HarfBuzzFont(uharfbuzz.Face(uharfbuzz.Blob(data.getvalue())))
        return self._hbfont


def embedded_font(pdf: FPDF, number: int, characters: frozenset[int], *, bold: bool) -> EmbeddedFont:
    """Add a font to a file.

    Args:
        pdf: the file.
        number: of the font.
        characters: code points of all that may be written.
        bold: whether its weight is that of headings, if it has several.
    """
    face = shaping_face(number)
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(characters)
    wanted.pin_all_axes_to_default(face)
    if any(axis.tag == "wght" for axis in face.axis_infos):
        wanted.pin_axis_location(face, "wght", _WEIGHTS[bold])
    data: Any = io.BytesIO(bytes(uharfbuzz.subset(face, wanted).blob.data))  # as good as a file
    name = f"f{number}{'b' if bold else ''}"
    font = EmbeddedFont(pdf, data, name, "")
    font.name += "-Bold" if bold else ""
    pdf.fonts[name] = font
    return font


def has_weights(number: int) -> bool:
    """Say whether a font has a bold weight."""
    return FONTS[number][1].endswith("wght].ttf")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph; lengths are thousandths of the size.

    Attributes:
        text: its code in the file's font, escaped for a string.
        carries: whether it stands for characters; others are parts of one that does.
        width: that the file says it has.
        advance: how far the pen goes.
        dx, dy: where it stands from the pen: to the right, and upwards.
    """

    text: str
    carries: bool
    width: float
    advance: float
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Shaped:
    """Glyphs from left to right, and how far they move the pen."""

    glyphs: tuple[Glyph, ...]
    advance: float


def shape(font: TTFFont, text: str, language: str | None, *, rtl: bool) -> Shaped:
    """Return the glyphs of a run, which become part of the file's font.

    One glyph of each cluster carries its characters, so that whoever copies the text gets them; the rest carry none.
    """
    # Signs alone have no script; those of ideographs stand elsewhere in their square in each language.
    script = "Hani" if language is not None and not any(map(str.isalpha, text)) else None
    how = {"features": {}, "fragment_direction": _DIRECTIONS[rtl], "script": script, "language": language}
    infos, positions = font.perform_harfbuzz_shaping(text, 1, how)
    carried = _carried(text, [int(info.cluster) for info in infos], [position.x_advance for position in positions])
    glyphs = []
    for at, (info, position) in enumerate(zip(infos, positions, strict=True)):
        name = font.ttfont.getGlyphName(info.codepoint)
        width = round(font.scale * font.ttfont["hmtx"].metrics[name][0])
        characters = carried.get(at, "")
        glyph = font.subset.get_glyph(info.codepoint, tuple(map(ord, characters or _NOTHING)), name, width)
        code = font.subset.pick_glyph(glyph) if glyph is not None else None
        if code is not None:
            lengths = (font.scale * length for length in (position.x_advance, position.x_offset, position.y_offset))
            glyphs.append(Glyph(font.escape_text(chr(code)), bool(characters), width, *lengths))
    return Shaped(tuple(glyphs), sum(glyph.advance for glyph in glyphs))


def _carried(text: str, clusters: list[int], advances: list[int]) -> dict[int, str]:
    """Return which glyph carries which characters: the widest those of a letter and its marks."""
    starts = sorted({start for start in clusters if start == 0 or unicodedata.category(text[start])[0] != "M"} | {0})
    widest: dict[int, int] = {}
    for at, cluster in enumerate(clusters):
        start = starts[bisect_right(starts, cluster) - 1]
        if start not in widest or advances[at] > advances[widest[start]]:
            widest[start] = at
    ends = [*starts[1:], len(text)]
    return {widest[start]: text[start:end] for start, end in zip(starts, ends, strict=True) if start in widest}
