"""Which media types there are of objects that are no images (PS3.18 8.7.4; sections 5 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.protocol.category import ObjectCategory

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance

_DICOM: Final = "application/dicom"
#: Types that are texts, so that a character set is chosen for them.
TEXT_TYPES: Final = frozenset({"text/html", "text/plain", "text/xml", "text/rtf"})
_REPORT: Final = ("text/html", "text/plain", "text/xml", "application/pdf", "text/rtf", _DICOM)
_WAVEFORM: Final = (_DICOM, "text/html", "image/svg+xml", "image/png", "application/pdf", "text/plain")
_TREE: Final = (_DICOM, "text/html", "text/plain")
#: What is made of encapsulated documents besides the document itself.
_OF_ENCAPSULATED: Final = {"text/xml": ("text/html", "text/plain"), "application/pdf": ("text/plain",)}


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
