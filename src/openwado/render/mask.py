"""Mask subtraction: what has changed since before the contrast medium came (PS3.3 C.7.6.10, C.11.19; RR-33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.dicom.picture_record import DisplayShutter
from openwado.errors import CorruptObject, NotSupported
from openwado.render import display_shutter, modality_lut, samples
from openwado.render.resample import LONGEST_WARPED
from openwado.render.viewport import Viewport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.mask_subtraction import MaskSubtraction, ShiftedRegion
    from openwado.render.modality_lut import ModalityLut

    #: A frame, and the Modality LUT that it has.
    FrameAndLut = tuple[Frame, ModalityLut | None]


def subtracted(
    contrasts: Iterable[FrameAndLut], masks: Iterable[FrameAndLut], mask: MaskSubtraction
) -> NDArray[np.float64]:
    """Return the mean of frames less the mean of masks, after their Modality LUTs.

    A mask that stays visible is subtracted in part: nothing of it where all of it is visible (C.8.19.7.1).

    Args:
        contrasts: frames that it is subtracted from.
        masks: frames that are subtracted.
        mask: how they are shifted, and how much of them is subtracted.

    Raises:
        CorruptObject: frames are not all of one size.
        NotSupported: the mask is too long to be shifted.
    """
    contrast = mean(contrasts)
    if not mask.share:
        return contrast
    taken = mean(masks)
    if contrast.shape != taken.shape:
        raise CorruptObject("The frames of this object are not all of one size.")
    return contrast - mask.share * _shifted(taken, mask.regions)


def mean(frames: Iterable[FrameAndLut]) -> NDArray[np.float64]:
    """Return the mean of grey frames after their Modality LUTs.

    Raises:
        CorruptObject: frames are not all of one size, or not grey.
    """
    total: NDArray[np.float64] | None = None
    count = 0
    for count, (frame, modality) in enumerate(frames, 1):  # noqa: B007 -- one after the other: there may be hundreds
        values = modality_lut.apply(stored_values(frame).astype(np.float64), modality)
        if total is not None and total.shape != values.shape:
            raise CorruptObject("The frames of this object are not all of one size.")
        total = values if total is None else total + values
    if total is None or total.ndim > 2:  # noqa: PLR2004 -- grey
        raise CorruptObject("There is nothing to subtract from.")
    return total / count


def stored_values(frame: Frame) -> NDArray[Any]:
    """Return the stored values of a grey frame, in rows and columns."""
    cells = frame.cells[..., 0] if frame.cells.ndim == 3 and frame.cells.shape[2] == 1 else frame.cells  # noqa: PLR2004 -- axes
    return samples.read(cells, samples.format_of(frame))


def _shifted(mask: NDArray[np.float64], regions: tuple[ShiftedRegion, ...]) -> NDArray[np.float64]:
    """Return a mask as it is moved in each region; what comes in at the edges is the edge."""
    if regions and max(mask.shape) > LONGEST_WARPED:
        raise NotSupported("Masks of images as long as this one are not shifted.", parameter="presentationUID")
    rows, columns = mask.shape
    shown = mask
    for region in regions:
        down, left = region.shift
        matrix = np.array([[1, 0, -left], [0, 1, down]], float)
        moved: NDArray[Any] = cv2.warpAffine(
            mask, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        if region.vertices:
            whole = Viewport(rows, columns, 0, 0, columns, rows, rows, columns)
            moved = np.where(display_shutter.open_part(DisplayShutter(polygon=region.vertices), whole), moved, shown)
        shown = moved
    return shown
