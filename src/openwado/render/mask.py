"""Mask subtraction: what has changed since before the contrast medium came (PS3.3 C.7.6.10; RR-33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.dicom.frame import Frame
from openwado.errors import CorruptObject, NotSupported
from openwado.render import modality_lut, samples
from openwado.render.resample import LONGEST_WARPED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from openwado.render.modality_lut import ModalityLut

#: Bits of a frame of floats (PS3.3 C.7.6.24).
_FLOAT_BITS = 64


def subtracted(
    contrasts: Iterable[Frame], masks: Iterable[Frame], shift: tuple[float, float], modality: ModalityLut | None
) -> Frame:
    """Return the mean of frames less the mean of masks, after the Modality LUT, as a frame of signed values.

    Args:
        contrasts: frames that it is subtracted from.
        masks: frames that are subtracted.
        shift: of the mask: rows downwards and columns to the left; what comes in at the edges is the edge.
        modality: applied to each.

    Raises:
        CorruptObject: frames are not all of one size.
    """
    contrast, mask = _mean(contrasts, modality), _mean(masks, modality)
    if contrast.shape != mask.shape or contrast.ndim > 2:  # noqa: PLR2004 -- grey
        raise CorruptObject("The frames of this object are not all of one size.")
    if any(shift):
        down, left = shift
        matrix = np.array([[1, 0, -left], [0, 1, down]], float)
        mask = _shifted(mask, matrix)
    return Frame(contrast - mask, "MONOCHROME2", _FLOAT_BITS, _FLOAT_BITS - 1, 1)


def _shifted(mask: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    size = mask.shape[::-1]
    if max(size) > LONGEST_WARPED:
        raise NotSupported("Masks of images as long as this one are not shifted.", parameter="presentationUID")
    moved: NDArray[Any] = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved


def _mean(frames: Iterable[Frame], modality: ModalityLut | None) -> NDArray[np.float64]:
    total: NDArray[np.float64] | None = None
    count = 0
    for count, frame in enumerate(frames, 1):  # noqa: B007 -- one after the other: there may be hundreds
        cells: NDArray[Any] = samples.read(frame.cells, samples.format_of(frame)).astype(np.float64)
        values = modality_lut.apply(cells, modality)
        if total is not None and total.shape != values.shape:
            raise CorruptObject("The frames of this object are not all of one size.")
        total = values if total is None else total + values
    if total is None:
        raise CorruptObject("There is nothing to subtract from.")
    return total / count
