"""The text of an encapsulated PDF, page by page (ISO 32000; PS3.3 C.24.2; REQ-TXT-8)."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from openwado.document.labels import label
from openwado.document.model import Document, Paragraph, Run, Section
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf import PdfReader

    from openwado.document.labels import Language

#: Pages that are read, and characters of all of them.
PAGES_MAX: Final = 2000
CHARACTERS_MAX: Final = 20_000_000
#: Objects that are looked for in a file without a root; entries of its tables of objects.
_RECOVERY_MAX: Final = 1000
_XREF_MAX: Final = 500_000
#: Bytes that one stream may become, by whatever compression, and that are spent on one with several.
_STREAM_MAX: Final = 32 << 20
_LIMITS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        (
            "maximum_declared_stream_length",
            "array_based_stream_maximum_output_length",
            "lzw_maximum_output_length",
            "run_length_maximum_output_length",
            "zlib_maximum_output_length",
            "brotli_maximum_output_length",
        ),
        _STREAM_MAX,
    ),
    "stream_decoding_work_maximum_length": 3 * _STREAM_MAX,
    "page_tree_maximum_entries": 10 * PAGES_MAX,
    "jbig2dec_binary": None,
}


def read_portable_document(pdf: bytes, title: str, language: Language = "en") -> Document:
    """Return the text of a PDF: a section a page, a paragraph a block of lines.

    Args:
        pdf: the document.
        title: of it, as the object says. That of the PDF itself is none: its program often guessed it.
        language: of our own words.

    Raises:
        NotSupported: it is encrypted.
        CorruptObject: it cannot be read as PDF, or exceeds a bound.
    """
    with _reading():
        pages, is_cut = _pages(_opened(pdf))
    sections = tuple(
        Section(f"{label('page', language)} {number}", tuple(_paragraphs(text)), anchor=f"page-{number}")
        for number, text in enumerate(pages, 1)
    )
    notes = []
    if is_cut:
        notes.append(label("pages left out", language))
    if not any(section.nodes for section in sections):
        notes.append(label("no text in pages", language).format(count=len(sections)))
        sections = ()
    said = tuple(Paragraph((Run(note, "italic"),)) for note in notes)
    return Document(title=title, nodes=(*said, *sections))


def _opened(pdf: bytes) -> PdfReader:
    from pypdf import PdfReader  # noqa: PLC0415 -- heavy; pictures do without

    reader = PdfReader(io.BytesIO(pdf), root_object_recovery_limit=_RECOVERY_MAX, xref_stream_maximum_entries=_XREF_MAX)
    if reader.is_encrypted:
        raise NotSupported("The PDF document in this object is encrypted: its text cannot be read.")
    return reader


def _pages(reader: PdfReader) -> tuple[list[str], bool]:
    """Return the texts of the pages, and whether something was left out for its size."""
    texts: list[str] = []
    characters = 0
    pages = iter(reader.pages)
    for page in islice(pages, PAGES_MAX):
        text = page.extract_text()
        characters += len(text)
        if characters > CHARACTERS_MAX:
            return texts, True
        texts.append(text)
    return texts, next(pages, None) is not None


@contextmanager
def _reading() -> Iterator[None]:
    """Run what reads a PDF, under limits; whatever it raises is the document's fault.

    Raises:
        CorruptObject: it cannot be read.
    """
    from pypdf import apply_configuration  # noqa: PLC0415 -- as above

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is told by the answer
    try:
        with apply_configuration(**_LIMITS):
            yield
    except NotSupported:
        raise
    except Exception as error:  # noqa: BLE001 -- a document of anybody, and a library of ten thousand lines
        sentence = "The PDF document in this object cannot be read."
        raise CorruptObject(sentence, detail=type(error).__name__) from None


def _paragraphs(text: str) -> Iterator[Paragraph]:
    """Yield lines that follow one another as one paragraph, with its ends of line."""
    lines: list[str] = []
    for line in (*text.splitlines(), ""):
        words = line.replace("\0", "").rstrip()
        if words.strip():
            lines.append(words)
        elif lines:
            runs = [run for written in lines for run in (Run(written), Run("\n"))]
            yield Paragraph(tuple(runs[:-1]))
            lines = []
