"""Objects made into documents: which reader and which writer (section 10).

All of it is heavy to import, so that it is only by whoever makes documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.coded_entry import first_code
from openwado.dicom.parts import FileSpan
from openwado.dicom.readable import readable
from openwado.dicom.reader import parse
from openwado.document.attribute_listing import html_of_listing, read_listing
from openwado.document.attribute_tree import read_attribute_tree
from openwado.document.clinical_document import read_clinical_document
from openwado.document.encoding import encoded
from openwado.document.head import head_groups, kind_of_object
from openwado.document.model import Flag
from openwado.document.portable_document import read_portable_document
from openwado.document.structured_report import read_report
from openwado.document.to_html import html_of
from openwado.document.to_pdf import pdf_of
from openwado.document.to_rtf import rtf_of
from openwado.document.to_text import text_of
from openwado.document.to_xml import xml_of
from openwado.document.waveform import waveform_document, waveform_pdf, waveform_png, waveform_svg
from openwado.errors import CorruptObject, NotSupported
from openwado.jobs import Rendition
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.reader import Parsed
    from openwado.dicom.source import ByteSource
    from openwado.document.model import Document
    from openwado.jobs import DocumentJob

_DOCUMENT_TITLE, _CONCEPT_NAME = 0x00420010, 0x0040A043
#: Bytes behind the last element that are looked at.
_LOOKED_AT: Final = 4096
#: Largest document that is read for making another of it, bytes.
_LARGEST_READ: Final = 256 << 20
#: Bytes of it that are handed on at once.
_PIECE: Final = 1 << 20


def make_document(job: DocumentJob, stored: ByteSource) -> Rendition:
    """Do a job.

    Raises:
        WadoError: the object cannot be read, its text does not fit the character set, or there is no room for it.
    """
    with readable("The object"):
        if job.native:
            return _native(job, stored)
        if job.attributes:
            return _listing(job, stored)
        parsed = parse(stored)
        attributes = parsed.attributes
        if job.instance.has_waveform and job.media_type in _DRAWERS:
            return _spooled(job.media_type, (_DRAWERS[job.media_type](attributes, job),))
        document = _document(job, attributes)
        if job.instance.family == "text" and _is_cut_off(parsed):
            flag = Flag("damaged", is_warning=True)
            document = msgspec.structs.replace(document, flags=(flag, *document.flags))
    if job.media_type == "application/pdf":
        return _spooled(job.media_type, (pdf_of(document, job.language),))
    pieces = _WRITERS[job.media_type](document, job)
    return _spooled(f"{job.media_type};charset={job.charset}", encoded(pieces, job.charset))


def _spooled(media_type: str, pieces: Iterable[bytes]) -> Rendition:
    """Return pieces, as they come, as a rendition."""
    spool = Spool()
    for piece in pieces:
        spool.write(piece)
    return Rendition.of_spool(media_type, spool)


_DRAWERS: Final = {
    "image/svg+xml": lambda attributes, job: waveform_svg(attributes, job.language).encode(),
    "image/png": lambda attributes, job: waveform_png(attributes, job.language),
    "application/pdf": lambda attributes, job: waveform_pdf(attributes, job.language),
}
_WRITERS: Final = {
    "text/html": lambda document, job: html_of(document, job.language, job.charset),
    "text/plain": lambda document, job: text_of(document, job.language),
    "text/xml": lambda document, job: xml_of(document, job.charset),
    "text/rtf": lambda document, job: rtf_of(document, job.language),
}


def _listing(job: DocumentJob, stored: ByteSource) -> Rendition:
    """List all attributes, for a page to put into its frame."""
    tail = job.instance.pixels.tail_offset if job.instance.pixels is not None else None
    listing = read_listing(stored, job.language, tail)
    return _spooled(job.media_type, encoded(html_of_listing(listing, job.language), "UTF-8"))


def _native(job: DocumentJob, stored: ByteSource) -> Rendition:
    """Hand on the document; of a deflated object it is not there in one piece."""
    document = job.instance.encapsulated
    if document is None:
        raise NotSupported("This object holds no document.")
    if not job.instance.deflated:
        return Rendition(job.media_type, (FileSpan(document.offset, document.length),))
    inflated = parse(stored).source
    starts = range(0, document.length, _PIECE)
    pieces = (inflated.read_at(document.offset + at, min(_PIECE, document.length - at)) for at in starts)
    return _spooled(job.media_type, pieces)


def _document(job: DocumentJob, attributes: Attributes) -> Document:
    instance = job.instance
    if instance.family == "encapsulated" and instance.encapsulated is not None:
        return _encapsulated(attributes, job)
    if instance.has_waveform:
        return waveform_document(attributes, job.language)
    if instance.family == "text":
        return read_report(attributes, job.places)
    return _headed(read_attribute_tree(attributes, "", job.language), attributes)


def _is_cut_off(parsed: Parsed) -> bool:
    """Say whether something that is no padding follows what was read: an element longer than the bytes left."""
    if parsed.pixel_data is not None:
        return False
    rest = parsed.source.read_at(parsed.head_end, min(parsed.source.size - parsed.head_end, _LOOKED_AT))
    return bool(rest.strip(b"\0"))


def _encapsulated(attributes: Attributes, job: DocumentJob) -> Document:
    document = job.instance.encapsulated
    if document is None or document.length > _LARGEST_READ:
        raise NotSupported("The document is too large to be read.")
    content = attributes.blocks.read(document.offset, document.length)
    if len(content) != document.length:
        raise CorruptObject("The encapsulated document is cut off.")
    title = _title(attributes)
    if document.media_type == "text/xml":
        return _headed(read_clinical_document(content, job.language), attributes, title)
    return _headed(read_portable_document(content, title, job.language), attributes)


def _title(attributes: Attributes) -> str:
    """Return what an object calls its document, in words or as a code; "" where it does not (PS3.3 C.24.2)."""
    character_set = attributes.character_set()
    code = first_code(attributes, _CONCEPT_NAME, character_set)
    return attributes.decoded_text(_DOCUMENT_TITLE, character_set) or (code.words if code is not None else "")


def _headed(document: Document, attributes: Attributes, title: str = "") -> Document:
    """Return a document under the head and title that its object gives it, where it has none of its own."""
    return msgspec.structs.replace(
        document,
        kind=document.kind or kind_of_object(attributes),
        groups=document.groups or head_groups(attributes),
        title=document.title or title or kind_of_object(attributes),
    )
