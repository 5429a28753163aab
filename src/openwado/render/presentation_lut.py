"""Presentation LUT: what is black and what is white (RR-21; PS3.3 C.11.6, PS3.4 N.2.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from openwado.dicom.picture_record import LookupTable
from openwado.render.lookup_table import entries_at, full_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PresentationLut = Literal["INVERSE"] | LookupTable
"""INVERSE, or a table of the whole range of what comes before to P-Values (C.11.6.1.1; RR-35)."""


def chosen(photometric_interpretation: str, shape: str = "", *, shape_wins: bool = False) -> PresentationLut | None:
    """Return the polarity of an image without presentation state, None for identity.

    MONOCHROME1 means that the smallest value is white. Presentation LUT Shape of an image restates that (C.8.11.3), so
    it is never applied on top.

    Args:
        photometric_interpretation: MONOCHROME1 or MONOCHROME2.
        shape: Presentation LUT Shape (2050,0020), "" if absent.
        shape_wins: where both contradict each other, the shape is believed and not Photometric Interpretation.
    """
    if shape_wins and shape in SHAPES:
        return SHAPES[shape]
    return "INVERSE" if photometric_interpretation == "MONOCHROME1" else None


def apply(display: NDArray[np.float64], lut: PresentationLut | None, white: float = 255.0) -> NDArray[np.float64]:
    """Return display values 0.0 … white after the Presentation LUT."""
    if lut is None:
        return display
    if isinstance(lut, LookupTable):
        last = len(lut.entries) // 2 - 1
        indexes = np.rint(np.clip(display, 0.0, white) * (last / white)) + lut.first_mapped
        return entries_at(indexes, lut).astype(np.float64) * (white / full_scale(lut))
    return white - display


SHAPES: Mapping[str, PresentationLut | None] = {"IDENTITY": None, "INVERSE": "INVERSE"}
"""Presentation LUT Shape by its defined term (C.11.6.1.2); LIN OD is for films only."""
