"""Mask subtraction of a presentation state as a value (PS3.3 C.7.6.10, C.11.13; RR-33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

_MASK_SUBTRACTION: Final = 0x00286100
_OPERATION, _MASK_FRAMES, _AVERAGING = 0x00286101, 0x00286110, 0x00286112
_SUBPIXEL_SHIFT, _TID_OFFSET = 0x00286114, 0x00286120
_FARTHEST_SHIFT: Final = 1000.0
#: Frames that are averaged at most.
_FRAMES_MAX: Final = 256


class MaskSubtraction(msgspec.Struct, frozen=True):
    """What is subtracted from a frame.

    Attributes:
        masks: numbers of the frames whose mean is subtracted, from 1.
        contrasts: numbers of the frames whose mean it is subtracted from.
        shift: rows and columns that the mask is shifted by: down, and to the left.
    """

    masks: tuple[int, ...]
    contrasts: tuple[int, ...]
    shift: tuple[float, float] = (0.0, 0.0)


def read_mask_subtraction(attributes: Attributes, frame_number: int, number_of_frames: int) -> MaskSubtraction | None:
    """Return what is subtracted from a frame; None if nothing is.

    Args:
        attributes: of the state.
        frame_number: from 1.
        number_of_frames: of the image.

    Raises:
        NotSupported: the operation is none of AVG_SUB and TID.
        CorruptObject: it names frames that the image does not have.
    """
    item = attributes.first_item(_MASK_SUBTRACTION)
    if item is None:
        return None
    operation = item.text(_OPERATION).upper()
    contrasts: tuple[int, ...] = (frame_number,)
    if operation == "AVG_SUB":
        masks = item.integers(_MASK_FRAMES)[:_FRAMES_MAX]
        count = min(max(item.integer(_AVERAGING) or 1, 1), _FRAMES_MAX)
        contrasts = tuple(range(frame_number, min(frame_number + count, number_of_frames + 1)))
    elif operation == "TID":
        offset = next(iter(item.integers(_TID_OFFSET, signed=True)), 1)
        masks = (frame_number - offset,)
        if not 1 <= masks[0] <= number_of_frames:  # the first frames have nothing before them
            return None
    elif operation == "NONE":
        return None
    else:
        raise NotSupported(
            "Of mask operations in presentation states AVG_SUB and TID are applied.", parameter="presentationUID"
        )
    if not masks or not all(1 <= number <= number_of_frames for number in masks):
        raise CorruptObject("The mask of the presentation state is made of frames that the image does not have.")
    shift = item.decimals(_SUBPIXEL_SHIFT)[:2]
    down, left = (shift[0] or 0.0, shift[1] or 0.0) if len(shift) == 2 else (0.0, 0.0)  # noqa: PLR2004 -- two axes
    if max(abs(down), abs(left)) > _FARTHEST_SHIFT:
        raise CorruptObject("The mask of the presentation state is shifted out of the image.")
    return MaskSubtraction(tuple(masks), contrasts, (down, left))
