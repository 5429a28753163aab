"""Drawings of waveforms as PDF: vectors and texts, the same bytes each time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_drawing import CAPS, Strokes, Text
from openwado.render.fonts import font_files
from openwado.render.typeface import is_drawable

if TYPE_CHECKING:
    from fpdf import FPDF

    from openwado.document.waveform_drawing import Drawing, Mark

#: Points of a millimetre.
_POINTS: Final = 72 / 25.4
#: No date of its own: the same object makes the same bytes.
_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: White around letters, mm.
_GROUND: Final = 0.3


def pdf_of(drawing: Drawing) -> bytes:
    """Return a drawing as PDF, a page of it as a page, at its own size."""
    pdf = _started(drawing)
    for page in drawing.pages:
        pdf.add_page(format=(min(page.width, page.height), max(page.width, page.height)))
        for mark in page.marks:
            _draw(pdf, mark)
    return bytes(pdf.output())


def _started(drawing: Drawing) -> FPDF:
    from fpdf import FPDF  # noqa: PLC0415 -- only who writes PDF needs it

    width, height = drawing.pages[0].width, drawing.pages[0].height
    orientation = "landscape" if width > height else "portrait"
    pdf = FPDF(orientation=orientation, unit="mm", format=(min(width, height), max(width, height)))
    pdf.set_creation_date(_NO_DATE)
    pdf.set_title(_drawable(drawing.title))
    pdf.set_lang(drawing.language)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    words = {mark.words for page in drawing.pages for mark in page.marks if isinstance(mark, Text)}
    names = []
    for number, file in enumerate(font_files("".join(sorted(words)))):
        names.append(f"type{number}")
        pdf.add_font(names[-1], fname=file)
    pdf.set_fallback_fonts(names[1:], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True)
    pdf.set_font(names[0])
    return pdf


def _draw(pdf: FPDF, mark: Mark) -> None:
    if isinstance(mark, Strokes):
        pdf.set_draw_color(*mark.ink.value)
        pdf.set_line_width(mark.width)
        for line in mark.lines:
            pdf.polyline([(x, y) for x, y in line.tolist()])
        return
    words = _drawable(mark.words)
    if not words.strip():
        return
    if mark.has_ground:
        pdf.set_fill_color(255, 255, 255)
        top, bottom = mark.y - CAPS * mark.size - _GROUND, mark.y + _GROUND
        pdf.rect(mark.left - _GROUND, top, mark.width + 2 * _GROUND, bottom - top, style="F")
    _write(pdf, mark, words)


def _write(pdf: FPDF, text: Text, words: str) -> None:
    """Write a line of text: a cell whose base line is where the text's is."""
    pdf.set_font_size(text.size * _POINTS)
    pdf.current_font_is_set_on_page = False  # which a text in several fonts before may have changed
    pdf.set_text_color(*text.ink.value)
    pdf.set_xy(text.left, text.y - 0.8 * text.size)  # a cell's base line: half its height and 0.3 of the size
    pdf.cell(w=max(text.width, 0.1), h=text.size, text=words)


def _drawable(words: str) -> str:
    """Return a text without what no font here has, and without control characters."""
    shown = (one if one == " " or (one.isprintable() and is_drawable(one)) else "\ufffd" for one in words)
    return "".join(" " if one == "\ufffd" and not is_drawable(one) else one for one in shown)
