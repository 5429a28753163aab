"""The text of encapsulated PDFs (PS3.3 C.24.2; REQ-TXT-8), and what hostile ones may not do."""

from __future__ import annotations

import contextlib
import io
import random
import time
import zlib
from typing import TYPE_CHECKING

import pypdf
import pytest
from fpdf import FPDF

from corpus_files import as_read, catalog
from openwado.document import portable_document
from openwado.document.model import Paragraph, Section
from openwado.document.portable_document import read_portable_document
from openwado.errors import CorruptObject, NotSupported, WadoError

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.document.model import Document


def written(*pages: str) -> bytes:
    """Return a PDF with a text on each page."""
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for page in pages:
        made.add_page()
        made.multi_cell(0, text=page)
    return bytes(made.output())


def text_of(document: Document) -> str:
    """Return all text, headings too."""
    words = []
    for node in document.nodes:
        if isinstance(node, Section):
            words.append(node.heading)
        for paragraph in node.nodes if isinstance(node, Section) else (node,):
            assert isinstance(paragraph, Paragraph)
            words.append("".join(run.text for run in paragraph.runs))
    return "\n".join(words)


def bomb(length: int) -> bytes:
    """Return a PDF whose only page has a content stream of so many bytes, compressed twice."""
    stream = zlib.compress(zlib.compress(b"BT /F1 9 Tf (x) Tj ET\n".ljust(length, b" "), 9), 9)
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    file = b"%PDF-1.7\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(file))
    return file + head + table + end


def test_each_page_is_a_section() -> None:
    """Lines that follow one another are one paragraph; the title is the object's."""
    document = read_portable_document(written("Befund: Größe 12 mm\nohne Befund", "zweite Seite"), "Report")
    assert document.title == "Report"
    assert text_of(document) == "Page 1\nBefund: Größe 12 mm\nohne Befund\nPage 2\nzweite Seite"
    (first, _) = document.nodes
    assert isinstance(first, Section)
    assert first.anchor == "page-1"


def test_pages_without_text_say_so() -> None:
    """A scanned document is pictures: the sentence says how many."""
    text = text_of(read_portable_document(written("", ""), "t"))
    assert text == "The pages of this document (2) are pictures without text. The document itself shows them."


def test_encrypted_documents_are_refused() -> None:
    """Also those that open without a password: their text is not for everybody."""
    for password in ("secret", ""):
        writer = pypdf.PdfWriter(io.BytesIO(written("secret text")))
        writer.encrypt(password, "owner", algorithm="RC4-128")
        file = io.BytesIO()
        writer.write(file)
        with pytest.raises(NotSupported, match="encrypted"):
            read_portable_document(file.getvalue(), "t")


@pytest.mark.parametrize(
    "pdf", [b"", b"%PDF-1.4", b"no pdf at all", b"%PDF-1.4\n" + b"1 0 obj\n" * 1000, b"\0" * 100_000, b"[" * 100_000]
)
def test_what_is_no_pdf_is_refused(pdf: bytes) -> None:
    """The sentence shows nothing of the document."""
    with pytest.raises(CorruptObject) as refused:
        read_portable_document(pdf, "t")
    assert refused.value.public == "The PDF document in this object cannot be read."


def test_bombs_are_refused() -> None:
    """A stream that becomes too long is not inflated to its end."""
    assert text_of(read_portable_document(bomb(1000), "t")) == "Page 1\nx"
    file = bomb(100 << 20)
    started = time.monotonic()
    with pytest.raises(CorruptObject):
        read_portable_document(file, "t")
    assert time.monotonic() - started < 10


def test_pages_and_characters_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out is said."""
    pdf = written(*(f"text {number}" for number in range(5)))
    with monkeypatch.context() as patch:
        patch.setattr(portable_document, "PAGES_MAX", 3)
        text = text_of(read_portable_document(pdf, "t"))
    assert text.startswith("This document is longer than is shown.")
    assert ("text 2" in text, "text 3" in text) == (True, False)
    monkeypatch.setattr(portable_document, "CHARACTERS_MAX", 14)
    text = text_of(read_portable_document(pdf, "t"))
    assert text.startswith("This document is longer than is shown.")
    assert ("text 1" in text, "text 2" in text) == (True, False)


def test_broken_documents_give_text_or_a_public_error() -> None:
    """Whatever bytes are changed or cut."""
    good = written("a text that is to be found", "another")
    chance = random.Random(20261126)  # noqa: S311 -- to be repeated, not secret
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        end = chance.randrange(len(data)) if chance.random() < 0.3 else len(data)
        with contextlib.suppress(WadoError):
            read_portable_document(bytes(data[:end]), "t")


@pytest.mark.corpus
def test_the_text_of_a_given_document(corpus: Path) -> None:
    """A real brochure."""
    (path,) = (path for path, row in catalog(corpus).items() if row["sop_class"] == "Encapsulated PDF Storage")
    data = (corpus / path).read_bytes()
    place = as_read(data).instance.encapsulated
    assert place is not None
    text = text_of(read_portable_document(data[place.offset : place.offset + place.length], "t"))
    assert "What is DICOM?" in text
    assert "Page 2" in text
