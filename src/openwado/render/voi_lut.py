"""VOI LUT: values of the modality to display values (RR-19, RR-20; PS3.3 C.11.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from openwado.dicom.picture_record import LookupTable
from openwado.errors import BadRequest
from openwado.render.lookup_table import entries_at, full_scale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from openwado.dicom.picture_record import FrameAttributes

LARGEST_EXPONENT = 700.0
"""Beyond this exp() overflows; there the sigmoid has long been black or white."""


WORDS = 1 << 16
"""Numbers that a word can be."""


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window: center and width in values after the Modality LUT, and the function between (C.11.2.1.2-3)."""

    center: float
    width: float
    function: str = "LINEAR"


@dataclass(frozen=True, slots=True)
class ActualRange:
    """No VOI LUT: from the smallest to the largest value that the frame holds, padding left out (RR-20a)."""


@dataclass(frozen=True, slots=True)
class VoiRange:
    """No VOI LUT: lowest to black and highest to white, in values after the Modality LUT (RR-20a).

    The same straight line as LINEAR with center (lowest + highest + 1) / 2 and width highest - lowest + 1, but said
    without the ones, which would swallow ranges far below 1.

    Attributes:
        lowest, highest: values. Where both are one, all is black.
        beside_padding: that one value stands beside padding, which is black: then it is white, so as to be seen.
    """

    lowest: float
    highest: float
    beside_padding: bool = False


VoiLut = VoiWindow | VoiRange | LookupTable


def requested(center: float, width: float, function: str) -> VoiWindow:
    """Return the window that a request names, with the function of the image.

    Raises:
        BadRequest: a number is not finite, or the width is too small for the function (REQ-URI-8.2.5-3).
    """
    if not (math.isfinite(center) and math.isfinite(width)):
        raise BadRequest("windowCenter and windowWidth must be finite numbers.", parameter="windowWidth")
    if function == "LINEAR" and width < 1:
        raise BadRequest("windowWidth must be at least 1 for this image.", parameter="windowWidth")
    if width <= 0:
        raise BadRequest("windowWidth must be greater than 0.", parameter="windowWidth")
    return VoiWindow(center, width, function)


def stored(frame_attributes: FrameAttributes, *, signed: bool = False, prefer_window: bool = False) -> VoiLut | None:
    """Return what the object itself says: its first VOI LUT, else its first window, else None (RR-19).

    Args:
        frame_attributes: of the frame.
        signed: whether values of the modality can be negative, so that the first value mapped is signed (RR-20).
        prefer_window: the other way round: its first window, else its first VOI LUT.
    """
    luts, windows = frame_attributes.voi_luts, frame_attributes.windows
    if luts and not (prefer_window and windows):
        return signed_first(luts[0]) if signed else luts[0]
    if windows:
        return VoiWindow(windows[0].center, windows[0].width, frame_attributes.voi_lut_function)
    return None


def signed_first(lut: LookupTable) -> LookupTable:
    """Return a table whose first value mapped is signed (RR-20)."""
    first = lut.first_mapped
    return structs.replace(lut, first_mapped=first - WORDS) if first >= WORDS // 2 else lut


def apply(values: NDArray[np.float64], lut: VoiLut, white: float = 255.0) -> NDArray[np.float64]:
    """Return display values, 0.0 (black) … white and not yet rounded, for values of the modality.

    Args:
        values: of any shape.
        lut: the VOI LUT.
        white: the largest display value: 255 for pictures of 8 bits, 65535 for those of 16 (RR-27).

    Raises:
        CorruptObject: the table is empty.
    """
    if isinstance(lut, LookupTable):
        # Full scale is what its bits allow, not its own largest entry.
        return entries_at(values, lut).astype(np.float64) * (white / full_scale(lut))
    if isinstance(lut, VoiRange):
        return _spanned(values, lut, white)
    return FUNCTIONS.get(lut.function, linear)(values, lut.center, lut.width, white)


def linear(values: NDArray[np.float64], center: float, width: float, white: float) -> NDArray[np.float64]:
    """LINEAR (C.11.2.1.2.1): the ends of the ramp are the centres of its first and last integer value."""
    if width <= 1:
        return np.where(values > center - 0.5, white, 0.0)
    return _ramp(values, center - 0.5, width - 1, white)


def linear_exact(values: NDArray[np.float64], center: float, width: float, white: float) -> NDArray[np.float64]:
    """LINEAR_EXACT (C.11.2.1.3.2): the ramp is exactly width long."""
    return _ramp(values, center, width, white)


def sigmoid(values: NDArray[np.float64], center: float, width: float, white: float) -> NDArray[np.float64]:
    """SIGMOID (C.11.2.1.3.1)."""
    exponent = (values - center) * (-4 / width)
    np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT, out=exponent)
    return white / (1 + np.exp(exponent))


def _spanned(values: NDArray[np.float64], lut: VoiRange, white: float) -> NDArray[np.float64]:
    if lut.highest <= lut.lowest:
        return np.full_like(values, white if lut.beside_padding else 0.0)
    display = values - lut.lowest  # from one end, not from the middle, which may lie between two floats
    display *= white
    display /= lut.highest - lut.lowest
    return np.clip(display, 0.0, white, out=display)


def _ramp(values: NDArray[np.float64], middle: float, length: float, white: float) -> NDArray[np.float64]:
    # Multiply first and divide last: halves, which decide how a value is rounded, then come out exact.
    display = values - middle
    display *= white
    display /= length
    display += white / 2
    return np.clip(display, 0.0, white, out=display)


FUNCTIONS: Mapping[str, Callable[[NDArray[np.float64], float, float, float], NDArray[np.float64]]] = {
    "LINEAR": linear,
    "LINEAR_EXACT": linear_exact,
    "SIGMOID": sigmoid,
}
"""VOI LUT Function (0028,1056) by its defined term."""
