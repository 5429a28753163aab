"""Objects as documents: which types there are of each, and how they are made (PS3.18 8.7.4; section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.parts import FileSpan
from openwado.dicom.readable import readable
from openwado.dicom.reader import parse
from openwado.document.encoding import encoded
from openwado.document.structured_report import read_report
from openwado.document.to_html import html_of
from openwado.errors import CorruptObject, NotSupported
from openwado.jobs import Rendition
from openwado.protocol.category import ObjectCategory

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Instance
    from openwado.dicom.source import ByteSource
    from openwado.document.model import Document
    from openwado.jobs import DocumentJob

_DICOM: Final = "application/dicom"
#: Types that are texts, so that a character set is chosen for them.
TEXT_TYPES: Final = frozenset({"text/html", "text/plain", "text/xml", "text/rtf"})
#: Types whose answer depends on the language of our own words.
_REPORT: Final = ("text/html", "text/plain", "text/xml", "application/pdf", "text/rtf", _DICOM)
_WAVEFORM: Final = (_DICOM, "text/html", "image/svg+xml", "image/png", "application/pdf", "text/plain")
_TREE: Final = (_DICOM, "text/html", "text/plain")
#: What is made of encapsulated documents besides the document itself.
_OF_ENCAPSULATED: Final = {"text/xml": ("text/html", "text/plain"), "application/pdf": ("text/plain",)}
#: Largest document that is read for making another of it, bytes.
_LARGEST_READ: Final = 256 << 20


def document_types(instance: Instance, category: ObjectCategory) -> tuple[str, ...]:
    """Return the media types of an object that is no image, best first (sections 5 and 10).

    The legacy text names those of reports; the others are extensions, which it allows ("may also support other types").
    """
    if category is ObjectCategory.SR:
        return _REPORT
    if category is ObjectCategory.ENCAPSULATED:
        own = instance.encapsulated.media_type if instance.encapsulated is not None else ""
        return (_DICOM, own, *_OF_ENCAPSULATED.get(own, ())) if own else (_DICOM,)
    return _WAVEFORM if instance.has_waveform else _TREE


def is_native(instance: Instance, media_type: str) -> bool:
    """Say whether a media type is that of the document that an object encapsulates."""
    return instance.encapsulated is not None and instance.encapsulated.media_type == media_type


def make_document(job: DocumentJob, stored: ByteSource) -> Rendition:
    """Do a job.

    Raises:
        WadoError: the object cannot be read, or its text does not fit the character set.
    """
    with readable("The object"):
        if job.native:
            return _native(job, stored)
        attributes = parse(stored).attributes
        if job.instance.has_waveform and job.media_type in _DRAWERS:
            return Rendition(job.media_type, (_DRAWERS[job.media_type](attributes, job),))
        document = _document(job, attributes)
    if job.media_type == "application/pdf":
        return Rendition(job.media_type, (pdf_of(document, job.language),))
    pieces = _WRITERS[job.media_type](document, job)
    return Rendition(f"{job.media_type};charset={job.charset}", (encoded(pieces, job.charset),))


_DRAWERS: Final = {}
_WRITERS: Final = {
    "text/html": lambda document, job: html_of(document, job.language, job.charset),
}


def _native(job: DocumentJob, stored: ByteSource) -> Rendition:
    """Hand on the document; of a deflated object it is not there in one piece."""
    document = job.instance.encapsulated
    if document is None:
        raise NotSupported("This object holds no document.")
    if not job.instance.deflated:
        return Rendition(job.media_type, (FileSpan(document.offset, document.length),))
    return Rendition(job.media_type, (parse(stored).source.read_at(document.offset, document.length),))


def _document(job: DocumentJob, attributes: Attributes) -> Document:
    instance = job.instance
    if instance.family == "encapsulated" and instance.encapsulated is not None:
        return _encapsulated(attributes, instance)
    if instance.has_waveform:
        return waveform_document(attributes, job.language)
    if instance.family == "text":
        return read_report(attributes, job.places)
    return read_attribute_tree(attributes)


def _encapsulated(attributes: Attributes, instance: Instance) -> Document:
    document = instance.encapsulated
    if document is None or document.length > _LARGEST_READ:
        raise NotSupported("The document is too large to be read.")
    content = attributes.blocks.read(document.offset, document.length)
    if len(content) != document.length:
        raise CorruptObject("The encapsulated document is cut off.")
    if document.media_type == "text/xml":
        return read_clinical_document(content)
    return read_portable_document(content, attributes)
