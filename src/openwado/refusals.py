"""Why an image has no picture, beside the sentence that it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.codecs import CODECS, why_undecoded
from openwado.errors import NotAcceptable

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance


def with_reason(error: NotAcceptable, instance: Instance) -> NotAcceptable:
    """Say why an image has no picture, where that is known."""
    uid = instance.transfer_syntax_uid
    reason = instance.undrawable
    if not reason and instance.family == "image" and instance.pixels is None:
        reason = "This image cannot be drawn: it holds no pixel data."
    elif not reason and instance.family == "image" and uid not in CODECS:
        reason = f"This image cannot be drawn: its transfer syntax {uid} cannot be decoded{why_undecoded(uid)}."
    if not reason:
        return error
    return NotAcceptable(f"{reason} {error.public}", available=error.available, parameter=error.parameter)
