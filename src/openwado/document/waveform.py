"""Waveform objects as drawings and documents: an extension of the service (PS3.18 8.7.3 names none for them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.readable import readable
from openwado.dicom.waveform import read_waveform
from openwado.document.waveform_document import document_of
from openwado.document.waveform_layout import drawing_of
from openwado.document.waveform_pdf import pdf_of
from openwado.document.waveform_plan import PAGES_MAX
from openwado.document.waveform_png import png_of
from openwado.document.waveform_svg import svg_of

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Document
    from openwado.document.waveform_drawing import Drawing

#: Pages of what has no pages, above one another: bounds of bytes and pixels.
STACKED_MAX: Final = 4


def waveform_svg(attributes: Attributes, language: Language) -> str:
    """Return a waveform object as SVG: its first pages above one another, in millimetres.

    Raises:
        CorruptObject: it has no waveforms that can be read.
        NotSupported: it has more than this server draws.
    """
    return svg_of(_drawn(attributes, language, STACKED_MAX))


def waveform_png(attributes: Attributes, language: Language) -> bytes:
    """Return a waveform object as PNG: its first pages above one another, 8 pixels to a millimetre.

    Raises:
        CorruptObject: it has no waveforms that can be read.
        NotSupported: it has more than this server draws.
    """
    return png_of(_drawn(attributes, language, STACKED_MAX))


def waveform_pdf(attributes: Attributes, language: Language) -> bytes:
    """Return a waveform object as PDF, on A4.

    Raises:
        CorruptObject: it has no waveforms that can be read.
        NotSupported: it has more than this server draws.
    """
    return pdf_of(_drawn(attributes, language, PAGES_MAX))


def waveform_document(attributes: Attributes, language: Language) -> Document:
    """Return a waveform object as a document: the drawing, annotations and channels.

    Raises:
        CorruptObject: it has no waveforms that can be read.
        NotSupported: it has more than this server draws.
    """
    waveform = read_waveform(attributes)
    with readable("The waveform object"):
        drawing = drawing_of(waveform, attributes, language, STACKED_MAX)
        return document_of(waveform, attributes, drawing, language)


def _drawn(attributes: Attributes, language: Language, pages: int) -> Drawing:
    waveform = read_waveform(attributes)
    with readable("The waveform object"):
        return drawing_of(waveform, attributes, language, pages)
