"""Presentation LUT: what is black and what is white (RR-21; PS3.3 C.11.6, PS3.4 N.2.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from openwado.render.voi_lut import DISPLAY_MAXIMUM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PresentationLut = Literal["INVERSE"]


def chosen(photometric_interpretation: str) -> PresentationLut | None:
    """Return the polarity of an image without presentation state, None for identity.

    MONOCHROME1 means that the smallest value is white. Presentation LUT Shape of an image restates that (C.8.11.3), so
    it is not applied on top; where both contradict each other, Photometric Interpretation wins.
    """
    return "INVERSE" if photometric_interpretation == "MONOCHROME1" else None


def apply(display: NDArray[np.float64], lut: PresentationLut | None) -> NDArray[np.float64]:
    """Return display values 0.0 … 255.0 after the Presentation LUT."""
    if lut is None:
        return display
    return DISPLAY_MAXIMUM - display
