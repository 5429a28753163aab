"""What an object says of itself once something of its pixels was lost (PS3.3 C.7.6.1.1.5, C.7.6.1.1.3; TR-2)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from openwado.dicom.explicit_element import code_item, explicit_element, explicit_header, item, text_element
from openwado.dicom.revision import Both, Verdict

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.frame_encoders import FrameEncoder
    from openwado.dicom.instance import Instance
    from openwado.dicom.revision import Change, Revision, Scope

_IMAGE_TYPE: Final = 0x00080008
_FRAME_TYPE: Final = 0x00089007
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00081150, 0x00081155
DERIVATION_DESCRIPTION: Final = 0x00082111
_SOURCE_IMAGE_SEQUENCE: Final = 0x00082112
_PURPOSE_OF_REFERENCE: Final = 0x0040A170
_DERIVATION_CODE_SEQUENCE: Final = 0x00089215
_LOSSY, _RATIO, _METHOD = 0x00282110, 0x00282112, 0x00282114
_REFERENCED_SERIES, _REFERENCED_INSTANCES, _SERIES_INSTANCE_UID = 0x00081115, 0x0008114A, 0x0020000E
_SHARED_FUNCTIONAL_GROUPS: Final = 0x52009229
_PER_FRAME_FUNCTIONAL_GROUPS: Final = 0x52009230
#: Smallest and largest values of the image and the series: no longer exact.
_EXTREMES: Final = (0x00280106, 0x00280107, 0x00280108, 0x00280109)
_DESCRIPTION_MAX: Final = 1024
_UUID_BYTES: Final = 16


def derived_uid(sop_instance_uid: str, transfer_syntax_uid: str, image_quality: int | None) -> str:
    """Return the UID of what is derived by lossy compression: the same one each time (PS3.5 B.2)."""
    text = f"lossy\0{sop_instance_uid}\0{transfer_syntax_uid}\0{image_quality}"
    return f"2.25.{int.from_bytes(sha256(text.encode()).digest()[:_UUID_BYTES], 'big')}"


def lossy_elements(
    attributes: Attributes, encoder: FrameEncoder, ratio: float, uid: str, description: bytes
) -> dict[int, bytes]:
    """Return the elements that change, whole, by tag.

    Args:
        attributes: of the data set, as stored.
        encoder: what has encoded.
        ratio: of native bytes to encoded ones.
        uid: the new SOP Instance UID.
        description: the Derivation Description so far.
    """
    ratios = (*attributes.texts(_RATIO), f"{ratio:.6g}")
    methods = (*attributes.texts(_METHOD), encoder.method)
    image_type = ("DERIVED", *(attributes.texts(_IMAGE_TYPE)[1:] or ("PRIMARY",)))
    added = f"Lossy compression: {encoder.name}, ratio {ratio:.1f}".encode()
    before = description.strip(b" \0")
    description = before + b"; " + added if before and len(before) + len(added) + 2 <= _DESCRIPTION_MAX else added
    description += b" " * (len(description) % 2)
    return {
        0x00080018: text_element(0x00080018, "UI", uid),
        _IMAGE_TYPE: text_element(_IMAGE_TYPE, "CS", "\\".join(image_type)),
        DERIVATION_DESCRIPTION: explicit_element(DERIVATION_DESCRIPTION, "ST", description),
        _LOSSY: text_element(_LOSSY, "CS", "01"),
        _RATIO: text_element(_RATIO, "DS", "\\".join(ratios)),
        _METHOD: text_element(_METHOD, "CS", "\\".join(methods)),
        **dict.fromkeys((tag for tag in _EXTREMES if tag in attributes), b""),
    }


class DerivedFrames:
    """A scope that calls frames derived in their functional groups (PS3.3 C.7.6.16: Frame Type, C.8.16.1.1)."""

    def inner(self, attributes: Attributes) -> Scope:
        """Return the same for an item."""
        del attributes
        return self

    def change(self, tag: int, vr: str) -> Change:
        """Change Frame Type alone."""
        del vr
        return _derived if tag == _FRAME_TYPE else Verdict.KEPT


def with_derived_frames(attributes: Attributes, scope: Scope | None) -> Scope | None:
    """Return a scope that also calls frames derived, where there are functional groups.

    Args:
        attributes: of the data set.
        scope: what is decided besides.
    """
    if _SHARED_FUNCTIONAL_GROUPS not in attributes and _PER_FRAME_FUNCTIONAL_GROUPS not in attributes:
        return scope
    return DerivedFrames() if scope is None else Both(scope, DerivedFrames())


def _derived(value: bytes) -> bytes:
    changed = b"\\".join([b"DERIVED", *value.strip(b" \0").split(b"\\")[1:]])
    return changed + b" " * (len(changed) % 2)


def lossy_items(attributes: Attributes, instance: Instance, revision: Revision) -> dict[int, bytes]:
    """Return what is appended to sequences, by tag: where the object came from, and how it was derived."""
    purpose = code_item("121320", "DCM", "Uncompressed predecessor")
    source = item(
        text_element(_SOP_CLASS_UID, "UI", instance.sop_class_uid),
        text_element(_SOP_INSTANCE_UID, "UI", revision.uid_of(instance.sop_instance_uid)),
        explicit_header(_PURPOSE_OF_REFERENCE, "SQ", len(purpose)) + purpose,
    )
    referenced = {}
    if _SHARED_FUNCTIONAL_GROUPS in attributes:  # such objects list what they refer to (PS3.3 C.12.2)
        instances = item(
            text_element(_SOP_CLASS_UID, "UI", instance.sop_class_uid),
            text_element(_SOP_INSTANCE_UID, "UI", revision.uid_of(instance.sop_instance_uid)),
        )
        referenced[_REFERENCED_SERIES] = item(
            explicit_header(_REFERENCED_INSTANCES, "SQ", len(instances)) + instances,
            text_element(_SERIES_INSTANCE_UID, "UI", revision.uid_of(instance.series_instance_uid)),
        )
    return {
        **referenced,
        _SOURCE_IMAGE_SEQUENCE: source,
        _DERIVATION_CODE_SEQUENCE: code_item("113040", "DCM", "Lossy Compression"),
    }
