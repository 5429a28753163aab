"""Modality LUT and VOI LUT attributes of a data set or functional group item (PS3.3 C.11.1, C.11.2; RR-18 … RR-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.instance import GreyAttributes, LookupTable, StoredWindow
from openwado.dicom.lookup_tables import read_lookup_table

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel

_RESCALE_INTERCEPT: Final = 0x00281052
_RESCALE_SLOPE: Final = 0x00281053
_MODALITY_LUT_SEQUENCE: Final = 0x00283000
_WINDOW_CENTER: Final = 0x00281050
_WINDOW_WIDTH: Final = 0x00281051
_VOI_LUT_FUNCTION: Final = 0x00281056
_VOI_LUT_SEQUENCE: Final = 0x00283010

_FUNCTIONS: Final = frozenset({"LINEAR", "LINEAR_EXACT", "SIGMOID"})
_ALTERNATIVES_MAX: Final = 64


def read_grey_attributes(modality: Attributes, voi: Attributes, image_pixel: ImagePixel) -> GreyAttributes:
    """Return the grey attributes in force.

    Args:
        modality: what holds rescale or Modality LUT: the data set or a Pixel Value Transformation item.
        voi: what holds windows or VOI LUTs: the data set or a Frame VOI LUT item.
        image_pixel: says which stored values there can be, and so the sign of what LUTs map first.

    Raises:
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    signed = image_pixel.pixel_representation == 1
    slope, intercept = _rescale(modality)
    table = None
    if slope is None:
        item = modality.first_item(_MODALITY_LUT_SEQUENCE)
        table = read_lookup_table(item, signed=signed) if item is not None else None
    function = voi.text(_VOI_LUT_FUNCTION).upper()
    function = function if function in _FUNCTIONS else "LINEAR"
    return GreyAttributes(
        rescale_slope=slope,
        rescale_intercept=intercept,
        modality_lut=table,
        windows=_windows(voi, function),
        voi_lut_function=function,
        voi_luts=_voi_luts(voi, signed=_can_be_negative(image_pixel, slope, intercept, table)),
    )


def _rescale(modality: Attributes) -> tuple[float | None, float]:
    slope = modality.decimal(_RESCALE_SLOPE)
    intercept = modality.decimal(_RESCALE_INTERCEPT)
    if slope is None and intercept is not None and not modality.text(_RESCALE_SLOPE):
        slope = 1.0  # an intercept alone still shifts
    if not slope:
        return None, 0.0
    return slope, intercept or 0.0


def _windows(voi: Attributes, function: str) -> tuple[StoredWindow, ...]:
    """Return the usable windows: LINEAR needs a width of 1, the others more than 0 (C.11.2.1.2, C.11.2.1.3)."""
    pairs = zip(voi.decimals(_WINDOW_CENTER), voi.decimals(_WINDOW_WIDTH), strict=False)
    windows = [
        StoredWindow(center, width)
        for center, width in pairs
        if center is not None and width is not None and (width >= 1 if function == "LINEAR" else width > 0)
    ]
    return tuple(windows[:_ALTERNATIVES_MAX])


def _voi_luts(voi: Attributes, *, signed: bool) -> tuple[LookupTable, ...]:
    tables: list[LookupTable] = []
    for item in voi.items(_VOI_LUT_SEQUENCE):
        table = read_lookup_table(item, signed=signed)
        if table is not None:
            tables.append(table)
        if len(tables) == _ALTERNATIVES_MAX:
            break
    return tuple(tables)


def _can_be_negative(image_pixel: ImagePixel, slope: float | None, intercept: float, table: LookupTable | None) -> bool:
    """Return whether values after the Modality LUT can be negative (RR-20)."""
    if table is not None:
        return False
    bits, signed = image_pixel.bits_stored, image_pixel.pixel_representation == 1
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if slope is None:
        return signed
    return min(lowest * slope, highest * slope) + intercept < 0
