"""Where the document of an encapsulated document object is (PS3.3 C.24.2; REQ-TXT-6), and that waveforms are noted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from corpus_files import as_read, catalog, quietly_read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.dicom.instance import EncapsulatedDocument, Reading

PDF, CDA, STL, OBJ, MTL = (f"1.2.840.10008.5.1.4.1.1.104.{number}".encode() for number in range(1, 6))
IMPLICIT = "1.2.840.10008.1.2"


def binary_stl(triangles: int) -> bytes:
    """Return a binary STL file."""
    return b"solid binary".ljust(80, b" ") + struct.pack("<I", triangles) + bytes(50 * triangles)


@pytest.fixture
def found(read: Callable[..., Reading]) -> Callable[..., EncapsulatedDocument | None]:
    """Return a function that reads the document of an object with these bytes."""

    def found(
        document: bytes, media_type: bytes = b"", sop_class: bytes = PDF, said: int | None = None
    ) -> EncapsulatedDocument | None:
        length = None if said is None else ("UL", struct.pack("<I", said))
        reading = read(
            {
                0x00080016: ("UI", sop_class),
                0x00420011: ("OB", document),
                0x00420012: ("LO", media_type),
                0x00420015: length,
                0x7FE00010: None,
            }
        )
        return reading.instance.encapsulated

    return found


@pytest.mark.parametrize(
    ("media_type", "sop_class", "expected"),
    [
        (b"application/pdf", PDF, "application/pdf"),
        (b"APPLICATION/PDF; version=1.7", b"1.2.3", "application/pdf"),
        (b"", PDF, "application/pdf"),
        (b"", CDA, "text/xml"),
        (b"application/octet-stream", STL, "model/stl"),
        (b"", OBJ, "model/obj"),
        (b"", MTL, "model/mtl"),
        (b"", b"1.2.3", ""),
        (b"text/XML", CDA, "text/xml"),
        (b"application/xml", CDA, "text/xml"),
        (b"application/x-hl7-cda-level-one+xml", CDA, "text/xml"),
        (b"application/sla", STL, "model/stl"),
        (b"model/x.stl-binary", STL, "model/stl"),
        (b"image/svg+xml", PDF, ""),
        (b"text/html", PDF, ""),
        (b"\xff\xfe", PDF, ""),
    ],
)
def test_the_type_is_what_the_object_says_else_that_of_its_sop_class(
    found: Callable[..., EncapsulatedDocument | None], media_type: bytes, sop_class: bytes, expected: str
) -> None:
    """Only types of one table are ever said to be; a browser will never be told that a document is a page."""
    document = found(b"1234", media_type, sop_class)
    assert document is not None
    assert document.media_type == expected


@pytest.mark.parametrize(
    ("stored", "media_type", "length"),
    [
        (b"%PDF-1.4 x%%EOF\0", b"application/pdf", 15),
        (b"%PDF-1.4 x %%EOF\n\0", b"application/pdf", 17),
        (b"%PDF-1.4 x%%EOF\r\n\0", b"application/pdf", 17),
        (b"%PDF-1.4 x %%EOF\0\0", b"application/pdf", 18),
        (b"%PDF-1.4 broken \0", b"application/pdf", 18),
        (b"%PDF %%EOF then \0", b"application/pdf", 18),
        (b"<a></a>\0", b"text/xml", 7),
        (b"<a></a>\n", b"text/xml", 8),
        ("<a></a>".encode("utf-16"), b"text/xml", 16),
        ("<aa></aa>".encode("utf-16-le"), b"text/xml", 18),
        (b"v 1 2 3\0", b"model/obj", 7),
        (b"newmtl x\nKd 0 0 0\0", b"model/mtl", 17),
        (binary_stl(1), b"model/stl", 134),
        (binary_stl(0), b"model/stl", 84),
        (binary_stl(1)[:83], b"model/stl", 84),
        (b"solid a\nendsolid \0", b"model/stl", 17),
        (b"anything\0", b"application/zip", 10),
        (b"anything\0", b"", 10),
    ],
)
def test_a_trailing_nul_goes_only_where_the_syntax_shows_that_it_is_padding(
    found: Callable[..., EncapsulatedDocument | None], stored: bytes, media_type: bytes, length: int
) -> None:
    """REQ-TXT-6: without Encapsulated Document Length, a byte more is better than one that is missing."""
    document = found(stored, media_type, b"1.2.3")
    assert document is not None
    assert document.length == length


@pytest.mark.parametrize(("said", "length"), [(7, 7), (8, 8), (9, 7), (0, 7), (0xFFFFFFFF, 7), (3, 3)])
def test_the_length_that_the_object_says_counts(
    found: Callable[..., EncapsulatedDocument | None], said: int, length: int
) -> None:
    """(0042,0015) cuts the document, unless it says more than there is, or nothing."""
    document = found(b"<a></a>\0", b"text/xml", CDA, said)
    assert document is not None
    assert document.length == length


def test_the_bytes_are_where_the_record_says(
    dataset: Callable[..., bytes], part10: Callable[..., bytes], element: Callable[..., bytes]
) -> None:
    """In Implicit VR too, where the length is as long a number as in Explicit VR."""
    document = b"x" * 70_001 + b"\0"
    said = struct.pack("<I", 70_001)
    changes = {0x00080016: ("UI", OBJ), 0x00420011: ("OB", document), 0x00420015: ("UL", said), 0x7FE00010: None}
    for explicit in (True, False):
        data = part10(dataset(changes, explicit=explicit), "1.2.840.10008.1.2.1" if explicit else IMPLICIT)
        place = as_read(data).instance.encapsulated
        assert place is not None
        assert data[place.offset : place.offset + place.length] == document[:-1]
    assert as_read(part10(dataset({0x00420011: ("OB", b"")}))).instance.encapsulated is None
    fragments = element(0x00420011, "OB", b"\xfe\xff\x00\xe0\x02\x00\x00\x00ab", undefined=True)
    assert as_read(part10(dataset({0x7FE00010: None}) + fragments)).instance.encapsulated is None


def test_waveforms_are_noted(read: Callable[..., Reading]) -> None:
    """Objects with a Waveform Sequence (C.10.9) are told apart."""
    assert read({0x54000100: ("SQ", b"")}).instance.has_waveform
    assert not read({}).instance.has_waveform


@pytest.mark.corpus
def test_documents_of_given_objects(corpus: Path) -> None:
    """The document of a real object begins and ends as its type does; one whose element is empty has none."""
    rows = catalog(corpus).items()
    found = {}
    for path in (path for path, row in rows if row["category"].startswith("encapsulated")):
        data = (corpus / path).read_bytes()
        place = as_read(data).instance.encapsulated
        document = data[place.offset : place.offset + place.length] if place else b""
        assert document == (quietly_read(data).EncapsulatedDocument or b""), path
        found[place.media_type if place else ""] = (document[:5], document[-5:])
    assert found == {"application/pdf": (b"%PDF-", b"%%EOF"), "": (b"", b"")}
