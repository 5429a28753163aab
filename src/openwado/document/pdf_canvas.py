"""Text of any script on pages of PDF: embedded fonts, shaped where letters change with those beside them.

fpdf2 writes the file. Where glyphs stand is found here: its own layout shapes every word of every script, several
times, which takes minutes for a long report.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fpdf import FPDF
from fpdf.fonts import SubsetMap

from openwado.document.pdf_fonts import Shaped, embedded_font, has_weights, shape
from openwado.document.pdf_runs import (
    BOLD_STYLES,
    IDEOGRAPHS,
    is_shaped,
    language_of_ideographs,
    logical_runs,
    visual_runs,
)

if TYPE_CHECKING:
    from openwado.document.labels import Language
    from openwado.document.pdf_fonts import EmbeddedFont
    from openwado.document.pdf_runs import Run, Styles

#: Parts of the size: the stroke that makes letters bold whose font has one weight, and how far italic ones lean.
_STROKE: Final = 0.03
_LEAN: Final = 0.2
#: Size of letters above and below the line, and where they stand, as parts of the size.
_SMALL: Final = 0.7
_RISES: Final = {"sub": -0.15, "sup": 0.35}
_COLOURS: Final = {"relation": "0.4", "warning": "0.69 0.13 0.06"}
_REMEMBERED: Final = 20_000
#: A time of no day: the same document is the same bytes.
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Canvas(FPDF):
    """Pages, in points from their upper left corner.

    Args:
        characters: all that may be written.
        language: of our own words.
    """

    def __init__(self, characters: frozenset[str], language: Language) -> None:
        super().__init__(unit="pt", format="A4")
        self.set_auto_page_break(auto=False)
        self.set_creation_date(_NEVER)
        self.set_lang(language)
        self._characters = frozenset(map(ord, characters))
        self._ideographs = language_of_ideographs(characters, language)
        self._faces: dict[tuple[int, bool], EmbeddedFont] = {}
        self._widths: dict[tuple[str, bool], float] = {}
        self._shapes: dict[tuple[str, int, bool, bool], Shaped] = {}

    def measure(self, text: str, *, bold: bool = False) -> float:
        """Return the width of a stretch of drawable text for a size of one point."""
        width = self._widths.get((text, bold))
        if width is None:
            style = "bold" if bold else ""
            stretches = (
                [(text, 0, 0, style)] if text.isascii() else logical_runs(text, ((len(text), style),), [0] * len(text))
            )
            width = sum(map(self._advance, stretches))
            if len(self._widths) < _REMEMBERED:
                self._widths[text, bold] = width
        return width

    def write_line(
        self, text: str, styles: Styles, place: tuple[float, float], size: float, *, rtl: bool = False
    ) -> None:
        """Write a line of drawable text.

        Args:
            text: without line feeds, in logical order.
            styles: of its parts.
            place: where it begins on its base line: its left end, or its right end where `rtl` is set.
            size: of letters, points.
            rtl: whether its paragraph runs to the left.
        """
        runs = visual_runs(text, styles, rtl=rtl)
        x, y = place
        if rtl:
            x -= size * sum(map(self._advance, runs))
        written = []
        for run in runs:
            style = run[3]
            shown = size * (_SMALL if style in _RISES else 1)
            written.append(self._run(run, (x, y - _RISES.get(style, 0) * size), shown))
            width = shown * self._advance(run)
            if style == "underline":
                written.append(f"ET {x:.2f} {self.h - y - size * 0.12:.2f} {width:.2f} {size * 0.05:.2f} re f BT")
            x += width
        self._out(f"q BT {' '.join(written)} ET Q")

    def fill(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """Fill a rectangle."""
        self._out(f"q {grey:.2f} g {x:.2f} {self.h - y - height:.2f} {width:.2f} {height:.2f} re f Q")

    def family(self, number: int) -> str:
        """Return the name by which fpdf2 knows a font."""
        return self._font(number, bold=False).fontkey

    def finished(self) -> bytes:
        """Return the file."""
        try:
            return bytes(self.output())
        finally:  # what fpdf2 remembers by font would be kept for ever
            SubsetMap.pick.cache_clear()
            SubsetMap.get_glyph.cache_clear()

    def _run(self, run: Run, place: tuple[float, float], size: float) -> str:
        """Return the operators that show a run (ISO 32000-1, 9.4)."""
        text, number, level, style = run
        colour = _COLOURS.get(style, "0")
        operator = "rg" if " " in colour else "g"
        is_stroked = style in BOLD_STYLES and not has_weights(number)
        weight = f"{colour} {operator.upper()} 2 Tr {size * _STROKE:.2f} w" if is_stroked else "0 Tr"
        lean = _LEAN if style == "italic" else 0
        font = self._font(number, bold=style in BOLD_STYLES)
        shown = self._moved(run, place, size) if level % 2 or is_shaped(text, number) else font.encode_text(text)
        return (
            f"{colour} {operator} {weight} {self._set_font_for_page(font, size, wrap_in_text_object=False)} "
            f"1 0 {lean} 1 {place[0]:.2f} {self.h - place[1]:.2f} Tm {shown}"
        )

    def _moved(self, run: Run, place: tuple[float, float], size: float) -> str:
        """Return glyphs that HarfBuzz chose, each moved from where its width would put it (ISO 32000-1, 9.4.4).

        Dots and marks come last: letters stand side by side then, for whoever takes the text out of the file.
        """
        letters: list[str] = []
        marks: list[str] = []
        pen = 0.0
        for glyph in self._shaped(run).glyphs:
            if glyph.carries and not glyph.dy:
                rest = glyph.width - glyph.advance + glyph.dx
                letters.append(f"){-glyph.dx:.0f}({glyph.text}){rest:.0f}(" if glyph.dx or rest else glyph.text)
            else:
                x, y = place[0] + (pen + glyph.dx) * size / 1000, place[1] - glyph.dy * size / 1000
                marks.append(f"1 0 0 1 {x:.2f} {self.h - y:.2f} Tm ({glyph.text}) Tj")
                letters += [f"){-glyph.advance:.0f}("] if glyph.advance else []
            pen += glyph.advance
        shown = f"[({''.join(letters)})] TJ"
        if run[1] == IDEOGRAPHS or not run[2] % 2:
            return _said(run[0], " ".join([shown, *marks])) if marks else shown
        return (
            f"{shown} {_said('', ' '.join(marks))}" if marks else shown
        )  # the letters of such a run say it themselves

    def _advance(self, run: Run) -> float:
        """Return how far a run moves the pen, for a size of one point."""
        text, number, level, style = run
        if level % 2 or (number != IDEOGRAPHS and is_shaped(text, number)):
            return self._shaped(run).advance / 1000
        widths = self._font(number, bold=style in BOLD_STYLES).cw
        return sum(widths[ord(character)] for character in text) / 1000

    def _shaped(self, run: Run) -> Shaped:
        text, number, level, style = run
        bold, rtl = style in BOLD_STYLES, level % 2 == 1
        found = self._shapes.get((text, number, bold, rtl))
        if found is None:
            language = self._ideographs if number == IDEOGRAPHS else None
            found = shape(self._font(number, bold=bold), text, language, rtl=rtl)
            if len(self._shapes) < _REMEMBERED:
                self._shapes[text, number, bold, rtl] = found
        return found

    def _font(self, number: int, *, bold: bool) -> EmbeddedFont:
        """Return a font, which becomes part of the file when it is first asked for."""
        key = (number, bold and has_weights(number))
        found = self._faces.get(key)
        if found is None:
            found = self._faces[key] = embedded_font(self, number, self._characters, bold=key[1])
        return found


def _said(text: str, operators: str) -> str:
    """Return operators with the text that they show as a whole (14.9.4)."""
    return f"/Span <</ActualText <FEFF{text.encode('utf-16-be').hex()}>>> BDC {operators} EMC"
