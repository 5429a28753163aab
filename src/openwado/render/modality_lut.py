"""Modality LUT: stored values to values of the modality, such as Hounsfield units (RR-18; PS3.3 C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.dicom.picture_record import LookupTable
from openwado.render.display_ready import SOP_CLASSES
from openwado.render.lookup_table import entries_at, full_scale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from openwado.dicom.picture_record import FrameAttributes, Picture

X_RAY_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.12.1",  # X-Ray Angiographic
        "1.2.840.10008.5.1.4.1.1.12.1.1",
        "1.2.840.10008.5.1.4.1.1.12.2",  # X-Ray Radiofluoroscopic
        "1.2.840.10008.5.1.4.1.1.12.2.1",
    }
)
"""Where a Modality LUT of LOG or DISP data leads back to linear X-ray intensity (C.8.7.1.1.2): not a display step."""

X_RAY_MODALITIES = frozenset({"XA", "RF"})
"""The same, for retired and private SOP Classes."""

DISPLAY_RELATIONSHIPS = frozenset({"LOG", "DISP"})


@dataclass(frozen=True, slots=True)
class Rescale:
    """A linear Modality LUT: value = stored value * slope + intercept; slope may be negative and of any size."""

    slope: float
    intercept: float


ModalityLut = Rescale | LookupTable


def chosen(picture: Picture, frame_attributes: FrameAttributes) -> ModalityLut | None:
    """Return the Modality LUT that takes part in display, None for identity."""
    is_for_display = frame_attributes.pixel_intensity_relationship in DISPLAY_RELATIONSHIPS
    known = picture.sop_class_uid in SOP_CLASSES
    is_x_ray = picture.sop_class_uid in X_RAY_CLASSES if known else picture.modality in X_RAY_MODALITIES
    if is_x_ray and is_for_display:
        return None
    if frame_attributes.rescale_slope is not None:
        return Rescale(frame_attributes.rescale_slope, frame_attributes.rescale_intercept)
    return frame_attributes.modality_lut


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
