"""Which media types there are of objects that are no images (PS3.18 8.7.4; sections 5 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.protocol.category import ObjectCategory

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance

_DICOM: Final = "application/dicom"
#: Types that are texts, so that a character set is chosen for them.
TEXT_TYPES: Final = frozenset({"text/html", "text/plain", "text/xml", "text/rtf"})
#: Of structured reports, of waveforms, and of all else that is no image, the default first.
REPORT_TYPES: Final = ("text/html", "text/plain", "text/xml", "application/pdf", "text/rtf", _DICOM)
WAVEFORM_TYPES: Final = (_DICOM, "text/html", "image/svg+xml", "image/png", "application/pdf", "text/plain")
TREE_TYPES: Final = (_DICOM, "text/html", "text/plain")
#: What is made of encapsulated documents besides the document itself.
MADE_OF_ENCAPSULATED: Final = {"text/xml": ("text/html", "text/plain"), "application/pdf": ("text/plain",)}


def document_types(instance: Instance, category: ObjectCategory) -> tuple[str, ...]:
    """Return the media types of an object that is no image, best first (sections 5 and 10).

    The legacy text names those of reports; the others are extensions, which it allows ("may also support other types").
    """
    if category is ObjectCategory.SR:
        return REPORT_TYPES
    if category is ObjectCategory.ENCAPSULATED:
        own = instance.encapsulated.media_type if instance.encapsulated is not None else ""
        return (_DICOM, own, *MADE_OF_ENCAPSULATED.get(own, ())) if own else (_DICOM,)
    return WAVEFORM_TYPES if instance.has_waveform else TREE_TYPES


def is_native(instance: Instance, media_type: str) -> bool:
    """Say whether a media type is that of the document that an object encapsulates."""
    return instance.encapsulated is not None and instance.encapsulated.media_type == media_type
