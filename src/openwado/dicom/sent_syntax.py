"""In which transfer syntax an object leaves (PS3.18 8.2.11 legacy, 8.7.3; D-11, D-12, D-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.codecs import CODECS
from openwado.dicom.frame_encoders import (
    ENCODED,
    FRAME_ENCODERS,
    JPEG_XL_RECOMPRESSION,
    LOSSLESS_QUALITY,
    why_not_encoded,
)
from openwado.dicom.stream_metadata import STRIPPABLE
from openwado.dicom.stream_syntax import is_video
from openwado.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    NEVER_SENT,
)

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance


def effective_transfer_syntax(requested: str | None, instance: Instance, *, anonymize: bool = False) -> str:
    """Return the transfer syntax in which an object leaves (REQ-URI-6.3.1.3-1, 8.2.11-1 … -6; D-11, D-12).

    Args:
        requested: transferSyntax as asked for: None, a UID, or "*" for whatever is stored.
        instance: the object's record.
        anonymize: whether it is anonymized: of some compressed streams nobody can say what else is in them.
    """
    stored = instance.transfer_syntax_uid
    encapsulated = instance.pixels is not None and instance.pixels.encapsulated
    if requested in ("*", stored) and stored not in NEVER_SENT:
        said = stored in CODECS if not encapsulated else stored in STRIPPABLE or stored in FRAME_ENCODERS
        if not anonymize or said:
            return stored
    elif requested == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN and not is_video(stored):
        return requested
    elif requested is not None and requested in ENCODED:
        recompression = requested == JPEG_XL_RECOMPRESSION and anonymize
        if not recompression and not is_video(stored) and not why_not_encoded(requested, instance):
            return requested
    return EXPLICIT_VR_LITTLE_ENDIAN


def leaves_as(
    requested: str | None, image_quality: int | None, instance: Instance, *, anonymize: bool
) -> tuple[str, int | None]:
    """Return the transfer syntax in which an object leaves, and the quality where it acts on that one (TR-6).

    Args:
        requested: as of `effective_transfer_syntax`.
        image_quality: as asked for.
        instance: the object's record.
        anonymize: as of `effective_transfer_syntax`.
    """
    target = effective_transfer_syntax(requested, instance, anonymize=anonymize)
    encoder = FRAME_ENCODERS.get(target)
    if encoder is None or requested != target or instance.picture is None:
        return target, None
    acting = encoder.steered_by(image_quality, instance.picture.image_pixel.pixel_representation)
    return target, None if acting == LOSSLESS_QUALITY and target == instance.transfer_syntax_uid else acting
