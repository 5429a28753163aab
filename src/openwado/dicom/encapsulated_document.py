"""The document inside an encapsulated document object: where it is, and of which type (PS3.3 C.24.2)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from openwado.dicom.instance import EncapsulatedDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.attributes import Attributes

ENCAPSULATED_DOCUMENT: Final = 0x00420011
_MEDIA_TYPE: Final = 0x00420012
_DOCUMENT_LENGTH: Final = 0x00420015

#: What (0042,0012) says, to the type that the document is sent as (PS3.3 C.24.2, and what is found).
NATIVE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/pdf": "application/pdf",
        "application/x-pdf": "application/pdf",
        "text/xml": "text/xml",
        "application/xml": "text/xml",
        "application/cda+xml": "text/xml",
        "application/x-hl7-cda-level-one+xml": "text/xml",
        "model/stl": "model/stl",
        "model/x.stl-binary": "model/stl",
        "model/x.stl-ascii": "model/stl",
        "application/sla": "model/stl",
        "application/vnd.ms-pki.stl": "model/stl",
        "model/obj": "model/obj",
        "model/mtl": "model/mtl",
    }
)
#: What (0042,0012) says where it says nothing: the SOP Class decides then.
_UNSAID: Final = frozenset({"", "application/octet-stream"})
#: Types by SOP Class (PS3.4 B.5; PS3.3 A.45.1, A.45.2, A.85).
_TYPES_BY_SOP_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
        "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
        "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
        "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
        "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
    }
)

#: How much of each end of a document is looked at.
_END: Final = 1024
_STL_HEAD: Final = 84
_STL_TRIANGLE: Final = 50
_END_OF_PDF: Final = re.compile(rb"%%EOF[ \t\r\n]*\0")
#: How texts of units of 16 or 32 bits begin, in which NUL bytes are parts of characters (XML 1.0 F.1).
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0")


def locate_document(attributes: Attributes, sop_class_uid: str) -> EncapsulatedDocument | None:
    """Return where an encapsulated document is; None where there is none, or none that is there in one piece.

    Args:
        attributes: of the data set.
        sop_class_uid: of the object.
    """
    element = attributes.elements.get(ENCAPSULATED_DOCUMENT)
    if element is None or element.undefined or not element.length:
        return None
    media_type = _media_type(attributes, sop_class_uid)
    said = attributes.integer(_DOCUMENT_LENGTH)
    length = element.length
    if said is not None and 0 < said <= length:
        length = said
    else:
        length -= _padding(attributes, media_type)
    return EncapsulatedDocument(media_type, element.value_offset, length)


def _media_type(attributes: Attributes, sop_class_uid: str) -> str:
    written = attributes.text(_MEDIA_TYPE).partition(";")[0].strip().lower()
    if written in _UNSAID:
        return _TYPES_BY_SOP_CLASS.get(sop_class_uid, "")
    return NATIVE_TYPES.get(written, "")


def _padding(attributes: Attributes, media_type: str) -> int:
    """Return how many bytes at the end are no part of the document: 1 only where its syntax shows it (REQ-TXT-6)."""
    element = attributes.elements[ENCAPSULATED_DOCUMENT]
    end_length = min(element.length, _END)
    head = attributes.blocks.read(element.value_offset, end_length)
    tail = attributes.blocks.read(element.value_offset + element.length - end_length, end_length)
    shows = _SHOWS_PADDING.get(media_type)
    return int(shows is not None and tail.endswith(b"\0") and shows(head, tail, element.length))


def _shows_in_pdf(_head: bytes, tail: bytes, _length: int) -> bool:
    """Nothing but ends of line follows %%EOF (ISO 32000 7.5.5)."""
    last = tail.rfind(b"%%EOF")
    return last >= 0 and _END_OF_PDF.fullmatch(tail, last) is not None


def _shows_in_text(head: bytes, _tail: bytes, _length: int) -> bool:
    """No text has a NUL character; a NUL byte may be half of one of UTF-16, whose documents are even anyway."""
    return not head.startswith(_WIDE)


def _shows_in_stl(head: bytes, tail: bytes, length: int) -> bool:
    """A binary file is as long as its number of triangles says; else it is a text that starts with its name."""
    triangles = int.from_bytes(head[_STL_HEAD - 4 : _STL_HEAD], "little")
    said = _STL_HEAD + _STL_TRIANGLE * triangles
    if said in (length, length - 1):
        return said == length - 1
    return head.lstrip().lower().startswith(b"solid") and b"endsolid" in tail.lower()


_SHOWS_PADDING: Final[Mapping[str, Callable[[bytes, bytes, int], bool]]] = MappingProxyType(
    {
        "application/pdf": _shows_in_pdf,
        "text/xml": _shows_in_text,
        "model/stl": _shows_in_stl,
        "model/obj": _shows_in_text,
        "model/mtl": _shows_in_text,
    }
)
