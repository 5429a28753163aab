"""The text of PDF files that pypdf takes out of them, for tests."""

from __future__ import annotations

import io
from typing import Any

import pypdf
from pypdf.generic import NameObject


def opened_pdf(data: bytes) -> pypdf.PdfReader:
    """Return a file whose texts can be taken out."""
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    for page in reader.pages:
        for font in fonts_of(page):
            if "/DescendantFonts" in font:  # pypdf knows no other encoding of two bytes; letters are told by code
                font[NameObject("/Encoding")] = NameObject("/Identity-H")
    return reader


def fonts_of(page: pypdf.PageObject) -> list[Any]:
    """Return the fonts of a page."""
    resources: Any = page["/Resources"]
    return [font.get_object() for font in resources["/Font"].get_object().values()]
