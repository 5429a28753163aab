"""Documents as PDF (ISO 32000-1): A4 pages with embedded fonts, selectable text and an outline.

The same document is the same bytes: there is no time of day and no random number in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openwado.document.labels import Language
    from openwado.document.model import Document


def pdf_of(document: Document, language: Language) -> bytes:
    """Return a document as PDF.

    Args:
        document: what it says.
        language: of our own words.
    """
    from openwado.document.pdf_writer import PdfWriter  # noqa: PLC0415 -- takes seconds: only who writes PDF waits

    return PdfWriter(document, language).written()
