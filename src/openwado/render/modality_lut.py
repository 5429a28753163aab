"""Modality LUT: stored values to values of the modality, such as Hounsfield units (RR-18; PS3.3 C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.dicom.instance import LookupTable
from openwado.render.lookup_table import entries_at, full_scale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from openwado.dicom.instance import GreyAttributes, Picture

X_RAY_MODALITIES = frozenset({"XA", "RF"})
"""Where a Modality LUT of LOG or DISP data leads back to linear X-ray intensity (C.8.7.1.1.2): not a display step."""

DISPLAY_RELATIONSHIPS = frozenset({"LOG", "DISP"})


@dataclass(frozen=True, slots=True)
class Rescale:
    """A linear Modality LUT: value = stored value * slope + intercept; slope may be negative and of any size."""

    slope: float
    intercept: float


ModalityLut = Rescale | LookupTable


def chosen(picture: Picture, grey: GreyAttributes) -> ModalityLut | None:
    """Return the Modality LUT that takes part in display, None for identity."""
    if (
        picture.modality in X_RAY_MODALITIES
        and picture.pixel_intensity_relationship.strip().upper() in DISPLAY_RELATIONSHIPS
    ):
        return None
    if grey.rescale_slope is not None:
        return Rescale(grey.rescale_slope, grey.rescale_intercept)
    return grey.modality_lut


def apply(values: NDArray[np.float64], lut: ModalityLut | None) -> NDArray[np.float64]:
    """Return values of the modality for stored values, sign and fraction kept.

    Raises:
        CorruptObject: the table is empty.
    """
    if lut is None:
        return values
    if isinstance(lut, LookupTable):
        return entries_at(values, lut).astype(float)
    return values * lut.slope + lut.intercept


def possible_range(lowest: float, highest: float, lut: ModalityLut | None) -> tuple[float, float]:
    """Return the smallest and largest output that stored values from lowest to highest could have."""
    if lut is None:
        return lowest, highest
    if isinstance(lut, LookupTable):
        return 0.0, float(full_scale(lut))
    ends = (lowest * lut.slope + lut.intercept, highest * lut.slope + lut.intercept)
    return min(ends), max(ends)
