"""Mask subtraction of a presentation state as a value (PS3.3 C.7.6.10, C.11.13; RR-33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

MASK_SUBTRACTION: Final = 0x00286100
_OPERATION, _MASK_FRAMES, _AVERAGING = 0x00286101, 0x00286110, 0x00286112
_SUBPIXEL_SHIFT, _TID_OFFSET = 0x00286114, 0x00286120
_FARTHEST_SHIFT: Final = 1000.0
#: Frames that are averaged at most.
_FRAMES_MAX: Final = 256


class ShiftedRegion(msgspec.Struct, frozen=True):
    """A part of the frame that has a shift of the mask of its own (C.11.19).

    Attributes:
        vertices: row and column of each, from 1; closed by itself; () for the whole frame.
        shift: rows and columns, as of `MaskSubtraction`.
    """

    vertices: tuple[tuple[int, int], ...]
    shift: tuple[float, float]


class MaskSubtraction(msgspec.Struct, frozen=True):
    """What is subtracted from a frame.

    Attributes:
        masks: numbers of the frames whose mean is subtracted, from 1.
        contrasts: numbers of the frames whose mean it is subtracted from.
        regions: how the mask is shifted in parts of the frame: down, and to the left; later ones over earlier ones.
        share: of the mask that is subtracted, 0 … 1.
    """

    masks: tuple[int, ...]
    contrasts: tuple[int, ...]
    regions: tuple[ShiftedRegion, ...] = ()
    share: float = 1.0


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
    item = attributes.first_item(MASK_SUBTRACTION)
    return None if item is None else subtraction_of(item, frame_number, number_of_frames)


def subtraction_of(
    item: Attributes, frame_number: int, number_of_frames: int, first_contrast: int | None = None
) -> MaskSubtraction | None:
    """Return what an item subtracts from a frame; None if nothing is.

    Args:
        item: of the Mask Subtraction Sequence.
        frame_number: from 1.
        number_of_frames: of the image.
        first_contrast: number of the frame that REV_TID counts back from; None where it may not be used (C.11.13).

    Raises:
        NotSupported: the operation is not applied.
        CorruptObject: it names frames that the image does not have.
    """
    operation = item.text(_OPERATION).upper()
    offset = next(iter(item.integers(_TID_OFFSET, signed=True)), 1)
    if operation == "AVG_SUB":
        masks = item.integers(_MASK_FRAMES)[:_FRAMES_MAX]
    elif operation == "TID":
        masks = (frame_number - offset,)
    elif operation == "REV_TID" and first_contrast is not None:
        masks = ((first_contrast - offset) - (frame_number - first_contrast),)
    elif operation == "NONE":
        return None
    else:
        raise NotSupported(
            "Of mask operations in presentation states AVG_SUB and TID are applied, and in XA/XRF ones REV_TID over "
            "one range of frames.",
            parameter="presentationUID",
        )
    if operation != "AVG_SUB" and not 1 <= masks[0] <= number_of_frames:
        return None  # the first frames have nothing before them
    if not masks or not all(1 <= number <= number_of_frames for number in masks):
        raise CorruptObject("The mask of the presentation state is made of frames that the image does not have.")
    count = min(max(item.integer(_AVERAGING) or 1, 1), _FRAMES_MAX)
    contrasts = tuple(range(frame_number, min(frame_number + count, number_of_frames + 1)))
    shift = shift_of(item)
    return MaskSubtraction(tuple(masks), contrasts, (ShiftedRegion((), shift),) if any(shift) else ())


def shift_of(item: Attributes) -> tuple[float, float]:
    """Return Mask Sub-pixel Shift: rows down and columns to the left; nothing if it is not there.

    Raises:
        CorruptObject: it leads out of the image.
    """
    shift = item.decimals(_SUBPIXEL_SHIFT)[:2]
    down, left = (shift[0] or 0.0, shift[1] or 0.0) if len(shift) == 2 else (0.0, 0.0)  # noqa: PLR2004 -- two axes
    if max(abs(down), abs(left)) > _FARTHEST_SHIFT:
        raise CorruptObject("The mask of the presentation state is shifted out of the image.")
    return down, left
