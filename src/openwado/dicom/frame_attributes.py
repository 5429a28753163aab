"""What decides how a frame looks, from the data set or its functional groups (PS3.3 C.7.6.16, C.11; RR-18 … RR-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.display_shutter import read_display_shutter
from openwado.dicom.lookup_tables import read_lookup_table
from openwado.dicom.picture_record import FrameAttributes, LookupTable, StoredWindow

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
_PIXEL_INTENSITY_RELATIONSHIP: Final = 0x00281040

_FUNCTIONS: Final = frozenset({"LINEAR", "LINEAR_EXACT", "SIGMOID"})
_ALTERNATIVES_MAX: Final = 64


class Holders(NamedTuple):
    """What holds the attributes of a frame: for each macro its functional group item, else the data set.

    Attributes:
        modality: rescale or Modality LUT (Pixel Value Transformation, C.7.6.16.2.9).
        voi: windows or VOI LUTs (Frame VOI LUT, C.7.6.16.2.10).
        shutter: the display shutter (Frame Display Shutter, C.7.6.16.2.16).
        properties: Pixel Intensity Relationship (Frame Pixel Data Properties, C.8.19.6.4).
    """

    modality: Attributes
    voi: Attributes
    shutter: Attributes
    properties: Attributes


def read_frame_attributes(holders: Holders, image_pixel: ImagePixel) -> FrameAttributes:
    """Return the frame attributes in force.

    Args:
        holders: what holds them.
        image_pixel: says how large the image is, and the sign of what a Modality LUT maps first.

    Raises:
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    voi = holders.voi
    signed = image_pixel.pixel_representation == 1
    item = holders.modality.first_item(_MODALITY_LUT_SEQUENCE)
    table = read_lookup_table(item, signed=signed) if item is not None else None
    # Both may not stand together (C.11.1); where they do, the rescale is a filler, mostly 1 and 0.
    slope, intercept = _rescale(holders.modality) if table is None else (None, 0.0)
    function = voi.text(_VOI_LUT_FUNCTION).upper()
    function = function if function in _FUNCTIONS else "LINEAR"
    return FrameAttributes(
        rescale_slope=slope,
        rescale_intercept=intercept,
        modality_lut=table,
        windows=_windows(voi, function),
        voi_lut_function=function,
        voi_luts=_voi_luts(voi),
        display_shutter=read_display_shutter(holders.shutter, image_pixel),
        pixel_intensity_relationship=holders.properties.text(_PIXEL_INTENSITY_RELATIONSHIP).upper(),
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


def _voi_luts(voi: Attributes) -> tuple[LookupTable, ...]:
    tables: list[LookupTable] = []
    for item in voi.items(_VOI_LUT_SEQUENCE):
        table = read_lookup_table(item, signed=False)
        if table is not None:
            tables.append(table)
        if len(tables) == _ALTERNATIVES_MAX:
            break
    return tuple(tables)
