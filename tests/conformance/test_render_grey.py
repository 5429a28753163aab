"""The grey pipeline without presentation state (PS3.5 8.1.1; PS3.3 C.7.5.1.1.2, C.11; section 13.1 and 13.3)."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, LookupTable, Palette, Picture, StoredWindow
from openwado.errors import BadRequest, CorruptObject, NotSupported
from openwado.protocol.category import families
from openwado.render import voi_lut
from openwado.render.display_ready import SOP_CLASSES
from openwado.render.pipeline import render
from openwado.render.presentation import Presentation, resolve_presentation
from openwado.render.voi_lut import ActualRange, VoiWindow

if TYPE_CHECKING:
    from numpy.typing import NDArray

VECTORS = Path(__file__).resolve().parent.parent / "data" / "voi-vectors.csv"


def vectors() -> list[dict[str, str]]:
    """Return the rows of the given windowing vectors."""
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(
    cells: NDArray[Any],
    grey: FrameAttributes = FrameAttributes(),  # noqa: B008 -- a frozen value
    *,
    bits: int | None = None,
    high_bit: int | None = None,
    signed: bool = False,
    photometric_interpretation: str = "MONOCHROME2",
    **picture: Any,  # noqa: ANN401 -- fields of Picture, passed on
) -> tuple[Frame, Picture]:
    """Return a frame of grey cells and the picture record that says so."""
    cells = np.atleast_2d(cells)
    bits = bits or cells.dtype.itemsize * 8
    high_bit = bits - 1 if high_bit is None else high_bit
    image_pixel = ImagePixel(
        cells.shape[0],
        cells.shape[1],
        1,
        photometric_interpretation,
        cells.dtype.itemsize * 8,
        bits,
        high_bit,
        int(signed),
        0,
        1,
        "PixelData",
    )
    frame = Frame(cells, photometric_interpretation, bits, high_bit, int(signed))
    return frame, Picture(image_pixel, grey, **picture)


def resolved(picture: Picture, window: tuple[float, float] | None = None) -> Presentation:
    """Return the presentation of a whole image."""
    return resolve_presentation(picture, picture.frame_attributes, window=window, region=None, rows=None, columns=None)


def drawn(frame: Frame, picture: Picture, window: tuple[float, float] | None = None) -> list[int]:
    """Return the display values of a frame, one after the other."""
    levels: list[int] = render(frame, resolved(picture, window)).pixels.ravel().tolist()
    return levels


@pytest.mark.parametrize(
    "row", vectors(), ids=lambda row: f"{row['function']}-{row['center']}-{row['width']}-{row['x']}"
)
def test_rr_20_window_functions_as_real_numbers(row: dict[str, str]) -> None:
    """RR-20: each function gives the vector's value before rounding."""
    value = np.array([float(row["x"])])
    display = voi_lut.apply(value, VoiWindow(float(row["center"]), float(row["width"]), row["function"]))
    assert display[0] == pytest.approx(float(row["y"]), abs=1e-6)


@pytest.mark.parametrize(
    "row", vectors(), ids=lambda row: f"{row['function']}-{row['center']}-{row['width']}-{row['x']}"
)
def test_rr_20_window_functions_through_the_table(row: dict[str, str]) -> None:
    """RR-20: the picture of a stored value is the vector's byte; fractions come from the slope of the rescale."""
    quarters = round(float(row["x"]) * 4)
    window = StoredWindow(float(row["center"]), float(row["width"]))
    grey = FrameAttributes(0.25, 0.0, windows=(window,), voi_lut_function=row["function"])
    frame, picture = make(np.array([quarters], np.int64).astype(np.uint16), grey, signed=True)
    assert drawn(frame, picture) == [int(row["y_uint8_half_up"])]


@pytest.mark.parametrize(
    "row", vectors(), ids=lambda row: f"{row['function']}-{row['center']}-{row['width']}-{row['x']}"
)
def test_rr_20_window_functions_without_table(row: dict[str, str]) -> None:
    """RR-3, RR-20: float pixels give the same bytes."""
    window = StoredWindow(float(row["center"]), float(row["width"]))
    grey = FrameAttributes(windows=(window,), voi_lut_function=row["function"])
    frame, picture = make(np.array([float(row["x"])], np.float64), grey)
    assert drawn(frame, picture) == [int(row["y_uint8_half_up"])]


@pytest.mark.parametrize(
    ("cell", "bits", "high_bit", "signed", "value"),
    [
        (0xF123, 12, 11, False, 0x123),  # an old overlay in the upper bits
        (0xF123, 12, 11, True, 0x123),
        (0x0FFF, 12, 11, True, -1),  # the sign not copied up
        (0xFFFF, 12, 11, True, -1),  # and copied
        (0x7800, 12, 11, True, -2048),
        (0xABCD, 12, 15, False, 0xABC),  # the sample at the top of the cell, garbage below
        (0xABCD, 12, 15, True, 0xABC - 4096),
        (0xBBCD, 10, 12, False, 889),  # garbage on both sides
        (0xBBCD, 10, 12, True, 889 - 1024),
        (0x8000, 16, 15, True, -32768),
        (0xFFFF, 16, 15, False, 65535),
    ],
)
@pytest.mark.parametrize("cell_type", [np.uint16, np.uint32])
def test_rr_1_only_the_stored_bits_count(
    cell: int, bits: int, high_bit: int, *, signed: bool, value: int, cell_type: type
) -> None:
    """RR-1: shift by High Bit, mask by Bits Stored, sign by Pixel Representation, whatever the other bits hold."""
    grey = FrameAttributes(windows=(StoredWindow(value, 1),))  # black up to value - 0.5, white above
    frame, picture = make(np.array([cell], cell_type), grey, bits=bits, high_bit=high_bit, signed=signed)
    assert drawn(frame, picture) == [255]
    assert drawn(frame, picture, (value + 1, 1)) == [0]


def test_rr_1_bytes_signed() -> None:
    """RR-1: eight signed bits go from -128 to 127."""
    grey = FrameAttributes(windows=(StoredWindow(0, 256),))
    frame, picture = make(np.array([128, 255, 0, 127], np.uint8), grey, signed=True)
    assert drawn(frame, picture) == [0, 127, 128, 255]


def test_rr_1_more_than_16_bits_in_cells_of_32() -> None:
    """RR-1: 24 bits stored in 32 are read without their unused bits."""
    grey = FrameAttributes(windows=(StoredWindow(2**23, 2**24),))
    frame, picture = make(np.array([0xFF000000, 0x00FFFFFF, 0xAB800000], np.uint32), grey, bits=24)
    assert drawn(frame, picture) == [0, 255, 128]


@pytest.mark.parametrize(("bits", "high_bit"), [(12, 10), (12, 16), (17, 16), (0, 0)])
def test_rr_1_a_contradiction_is_refused(bits: int, high_bit: int) -> None:
    """RR-1: bits that no cell has cannot be read."""
    frame, picture = make(np.zeros((2, 2), np.uint16))
    broken = Frame(frame.cells, "MONOCHROME2", bits, high_bit, 0)
    with pytest.raises(CorruptObject):
        render(broken, resolved(picture))


def test_rr_2_one_bit_is_black_and_white() -> None:
    """RR-20a: with one bit stored 0 is black and 1 is white, whatever the modality."""
    frame, picture = make(np.array([0, 1, 1, 0], np.uint8), bits=1, modality="SEG")
    assert drawn(frame, picture) == [0, 255, 255, 0]


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_rr_3_what_is_no_number_is_padding(real: type) -> None:
    """RR-3: NaN and infinity are black and have no say in the range."""
    frame, picture = make(np.array([np.nan, 0.25, 0.5, 1.25, np.inf, -np.inf], real))
    assert drawn(frame, picture) == [0, 0, 64, 255, 0, 0]


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (None, [0, 128, 255, 255]),
        ((300, 300), [0, 128, 255, 0]),
        ((300, 301), [0, 128, 0, 0]),
        ((0, 0), [0, 128, 255, 255]),
    ],
)
def test_rr_17_padding_is_black(padding: tuple[int, int] | None, expected: list[int]) -> None:
    """RR-17: values of the padding range, both ends included, are background."""
    grey = FrameAttributes(windows=(StoredWindow(128, 256),))
    frame, picture = make(np.array([0, 128, 301, 300], np.uint16), grey, padding=padding)
    assert drawn(frame, picture) == expected


def test_rr_17_padding_of_monochrome1_is_black_too() -> None:
    """RR-17: where the smallest value is white, padding is still black."""
    grey = FrameAttributes(windows=(StoredWindow(128, 256),))
    cells = np.array([0, 255, 64], np.uint16)
    frame, picture = make(cells, grey, photometric_interpretation="MONOCHROME1", padding=(0, 0))
    assert drawn(frame, picture) == [0, 0, 191]


def test_rr_17_padding_is_tested_on_stored_values() -> None:
    """RR-17: signed padding is found before rescale, not after."""
    grey = FrameAttributes(1.0, 2000.0, windows=(StoredWindow(128, 256),))
    cells = np.array([-2000, -1872, -1745], np.int16).view(np.uint16)
    frame, picture = make(cells, grey, signed=True, padding=(-2000, -1900))
    assert drawn(frame, picture) == [0, 128, 255]


def test_rr_17_padding_has_no_say_in_the_range() -> None:
    """RR-20a: the actual range is that of image data only."""
    frame, picture = make(np.array([0, 100, 150, 200], np.uint16), modality="CT", padding=(0, 0))
    assert drawn(frame, picture) == [0, 0, 128, 255]


def colored(first: int) -> Palette:
    """Return a supplemental palette of one red entry."""
    red, black = (LookupTable(first, 8, bytes((level, 0))) for level in (255, 0))
    return Palette(red, black, black)


def test_rr_14_what_is_coloured_has_no_say_in_the_range() -> None:
    """RR-14, RR-20a: the actual range of grey values ends where a supplemental palette begins."""
    frame, picture = make(np.array([0, 500, 1000, 60000], np.uint16), modality="CT", palette=colored(60000))
    pixels = render(frame, resolved(picture)).pixels.reshape(-1, 3).tolist()
    assert pixels == [[0, 0, 0], [128, 128, 128], [255, 255, 255], [255, 0, 0]]


def test_rr_14_wide_cells_with_a_supplemental_palette_are_refused() -> None:
    """RR-14: what cannot be coloured is refused with a sentence, not drawn grey."""
    frame, picture = make(np.array([0, 1], np.uint32), modality="CT", palette=colored(1))
    with pytest.raises(NotSupported):
        render(frame, resolved(picture))


def test_rr_27_a_picture_with_colours_has_eight_bits() -> None:
    """RR-27: sixteen bits are for grey pictures; that they have no effect is said."""
    _, picture = make(np.array([0, 1], np.uint16), palette=colored(1))
    view: dict[str, Any] = {"window": None, "region": None, "rows": None, "columns": None}
    presentation = resolve_presentation(picture, picture.frame_attributes, **view, bit_depth=16)
    assert presentation.bit_depth == 8
    assert presentation.warnings


def test_rr_20a_a_frame_of_one_value() -> None:
    """RR-20a: a frame of one value is black; beside padding, which is black, it is white: both are to be told apart."""
    cells = np.array([7, 7, 7], np.uint16)
    assert drawn(*make(cells, modality="CT")) == [0, 0, 0]
    assert drawn(*make(np.array([0, 7, 7], np.uint16), modality="CT", padding=(0, 0))) == [0, 255, 255]


@pytest.mark.parametrize("slope", [5e-6, 1.0, 1e7])
def test_rr_18_a_slope_of_any_size(slope: float) -> None:
    """RR-18: a tiny PET slope is neither clamped nor a reason for a huge table."""
    frame, picture = make(np.array([0, 16384, 32767], np.uint16), FrameAttributes(slope, 0.0), modality="PT")
    assert drawn(frame, picture) == [0, 128, 255]


def test_rr_18_a_negative_slope_inverts() -> None:
    """RR-18: the slope's sign is kept."""
    grey = FrameAttributes(-1.0, 255.0, windows=(StoredWindow(128, 256),))
    frame, picture = make(np.array([0, 100, 255], np.uint16), grey)
    assert drawn(frame, picture) == [255, 155, 0]


def test_rr_18_a_negative_slope_inverts_the_possible_range() -> None:
    """RR-20a: identity over the possible range has its ends the right way round under a negative slope."""
    frame, picture = make(np.array([0, 255], np.uint8), FrameAttributes(-2.0, 3.0), modality="DX")
    assert drawn(frame, picture) == [255, 0]


def test_rr_18_fractions_survive_the_rescale() -> None:
    """RR-18: a value of 0.5 is not rounded before it is windowed."""
    grey = FrameAttributes(0.5, 0.0, windows=(StoredWindow(0.5, 1.0),), voi_lut_function="LINEAR_EXACT")
    frame, picture = make(np.array([0, 1, 2], np.uint16), grey)
    assert drawn(frame, picture) == [0, 128, 255]


def test_rr_18_modality_lut_clamps_its_index() -> None:
    """RR-18: values outside the Modality LUT take its first or last entry."""
    table = LookupTable(-2, 16, np.array([10, 20, 30], "<u2").tobytes())
    grey = FrameAttributes(modality_lut=table, windows=(StoredWindow(128, 256),))
    cells = np.array([-100, -2, -1, 0, 100], np.int16).view(np.uint16)
    frame, picture = make(cells, grey, signed=True)
    assert drawn(frame, picture) == [10, 10, 20, 30, 30]


@pytest.mark.parametrize(
    ("modality", "relationship", "expected"),
    [
        ("XA", "LOG", [0, 100, 255]),
        ("RF", "DISP", [0, 100, 255]),
        ("XA", "LIN", [255, 155, 0]),
        ("XA", "", [255, 155, 0]),
        ("DX", "LOG", [255, 155, 0]),
    ],
)
def test_rr_18_x_ray_intensity_is_no_display_step(modality: str, relationship: str, expected: list[int]) -> None:
    """RR-18: the Modality LUT of LOG and DISP data of XA and XRF leads away from display and is skipped."""
    grey = FrameAttributes(-1.0, 255.0, windows=(StoredWindow(128, 256),), pixel_intensity_relationship=relationship)
    frame, picture = make(np.array([0, 100, 255], np.uint16), grey, modality=modality)
    assert drawn(frame, picture) == expected


def test_rr_19_the_voi_lut_comes_before_the_window() -> None:
    """RR-19: of several stored choices the first VOI LUT is taken, else the first window; a request overrides both."""
    first = LookupTable(0, 8, np.array([7, 8, 9], "<u2").tobytes())
    second = LookupTable(0, 8, np.array([70, 80, 90], "<u2").tobytes())
    windows = (StoredWindow(128, 256), StoredWindow(1, 1))
    cells = np.array([0, 1, 2], np.uint16)
    assert drawn(*make(cells, FrameAttributes(windows=windows, voi_luts=(first, second)))) == [7, 8, 9]
    assert drawn(*make(cells, FrameAttributes(windows=windows))) == [0, 1, 2]
    assert drawn(*make(cells, FrameAttributes(windows=windows, voi_luts=(first,))), (1, 1)) == [0, 255, 255]


def test_rr_20_voi_lut_full_scale_is_what_its_bits_allow() -> None:
    """RR-20: a 12-bit VOI LUT that ends at 2048 ends at mid grey."""
    table = LookupTable(10, 12, np.array([0, 1024, 2048], "<u2").tobytes())
    frame, picture = make(np.array([0, 10, 11, 12, 99], np.uint16), FrameAttributes(voi_luts=(table,)))
    assert drawn(frame, picture) == [0, 0, 64, 128, 128]


def test_rr_20_voi_lut_takes_the_nearest_entry() -> None:
    """RR-20: a value between two entries goes to the nearest, halves upwards, also below zero."""
    table = LookupTable(-2, 8, np.array([1, 2, 3, 4], "<u2").tobytes())
    grey = FrameAttributes(0.25, 0.0, voi_luts=(table,))
    cells = np.array([-7, -6, -5, -2, -1, 1, 2], np.int16).view(np.uint16)
    frame, picture = make(cells, grey, signed=True)
    # -1.75 -1.5 -1.25 -0.5 -0.25 0.25 0.5 -> -2 -1 -1 0 0 0 1
    assert drawn(frame, picture) == [1, 2, 2, 3, 3, 3, 4]


@pytest.mark.parametrize(
    ("signed", "grey", "modality", "first"),
    [
        (False, FrameAttributes(), "CT", 64536),
        (True, FrameAttributes(), "CT", -1000),
        (False, FrameAttributes(1.0, -1024.0), "CT", -1000),
        (False, FrameAttributes(-0.5, 0.0), "CT", -1000),
        (True, FrameAttributes(1.0, 32768.0), "CT", 64536),
        (True, FrameAttributes(modality_lut=LookupTable(0, 8, b"\1\0")), "CT", 64536),
        (False, FrameAttributes(1.0, -1024.0, pixel_intensity_relationship="LOG"), "XA", 64536),  # no display step
    ],
)
def test_rr_20_the_first_value_mapped_is_signed_where_values_can_be(
    grey: FrameAttributes, modality: str, first: int, *, signed: bool
) -> None:
    """RR-20: signed if values after the Modality LUT that takes part in display can be negative, else not."""
    table = LookupTable(64536, 8, np.array([1, 2], "<u2").tobytes())
    _, picture = make(
        np.zeros(2, np.uint16), msgspec.structs.replace(grey, voi_luts=(table,)), signed=signed, modality=modality
    )
    found = resolved(picture).voi_lut
    assert isinstance(found, LookupTable)
    assert found.first_mapped == first


def test_rr_20_an_empty_lut_is_a_corrupt_object() -> None:
    """A look-up table without entries is refused with a sentence, not with a crash."""
    frame, picture = make(np.zeros(3, np.uint16), FrameAttributes(voi_luts=(LookupTable(0, 8, b""),)))
    with pytest.raises(CorruptObject):
        drawn(frame, picture)


def test_req_uri_8_2_5_4_a_window_counts_in_values_after_rescale() -> None:
    """REQ-URI-8.2.5-4: windowCenter and windowWidth of a CT are Hounsfield units."""
    frame, picture = make(np.array([864, 865, 1064, 1264], np.uint16), FrameAttributes(1.0, -1024.0), modality="CT")
    assert drawn(frame, picture, (40, 400)) == [0, 1, 128, 255]


def test_req_uri_8_2_5_5_a_window_uses_the_function_of_the_image() -> None:
    """REQ-URI-8.2.5-5: the image's own VOI LUT Function is used with a requested window."""
    cells = np.array([0, 39, 239], np.uint16)
    assert drawn(*make(cells), (40, 400)) == [102, 127, 255]
    assert drawn(*make(cells, FrameAttributes(voi_lut_function="LINEAR_EXACT")), (40, 400)) == [102, 127, 254]
    assert drawn(*make(cells, FrameAttributes(voi_lut_function="SIGMOID")), (40, 400)) == [102, 127, 224]


@pytest.mark.parametrize(
    ("function", "width", "allowed"),
    [
        ("LINEAR", 1.0, True),
        ("LINEAR", 0.99, False),
        ("LINEAR", -400.0, False),
        ("LINEAR_EXACT", 0.01, True),
        ("LINEAR_EXACT", 0.0, False),
        ("SIGMOID", 0.01, True),
        ("SIGMOID", -1.0, False),
        ("LINEAR", float("nan"), False),
        ("SIGMOID", float("inf"), False),
    ],
)
def test_req_uri_8_2_5_3_the_least_window_width(function: str, width: float, *, allowed: bool) -> None:
    """REQ-URI-8.2.5-3: LINEAR needs a width of 1, the others more than 0; the answer names windowWidth."""
    frame, picture = make(np.array([0, 1], np.uint16), FrameAttributes(voi_lut_function=function))
    if allowed:
        assert drawn(frame, picture, (0.5, width)) == [0, 255]
        return
    with pytest.raises(BadRequest) as refused:
        resolved(picture, (40, width))
    assert refused.value.parameter == "windowWidth"


IDENTITY = [0, 10, 20]
ACTUAL = [0, 128, 255]


@pytest.mark.parametrize(
    ("modality", "shape", "expected"),
    [
        ("CT", "", ACTUAL),
        ("MR", "", ACTUAL),
        ("PT", "", ACTUAL),
        ("NM", "", ACTUAL),
        ("CR", "", ACTUAL),
        ("MR", "IDENTITY", ACTUAL),
        ("CR", "IDENTITY", IDENTITY),
        ("DX", "", IDENTITY),
        ("MG", "", IDENTITY),
        ("IO", "", IDENTITY),
        ("US", "", IDENTITY),
        ("XA", "", IDENTITY),
        ("OP", "", IDENTITY),
        ("ES", "", IDENTITY),
        ("OT", "", IDENTITY),
        ("", "", IDENTITY),
    ],
)
def test_rr_20a_an_object_without_voi(modality: str, shape: str, expected: list[int]) -> None:
    """RR-20a: values that are display values by their IOD keep their possible range, others get their actual one."""
    frame, picture = make(np.array([0, 10, 20], np.uint8), modality=modality, presentation_lut_shape=shape)
    assert drawn(frame, picture) == expected


@pytest.mark.parametrize(
    ("sop_class", "shape", "bits", "expected"),
    [
        ("1.1", "", 16, IDENTITY),  # DX for presentation
        ("1.1.1", "IDENTITY", 16, ACTUAL),  # … for processing: raw
        ("1", "", 16, ACTUAL),  # CR: nothing says that it is ready for display
        ("1", "INVERSE", 16, IDENTITY),
        ("4.1", "IDENTITY", 16, ACTUAL),  # Enhanced MR always carries the shape: it is no promise
        ("7", "", 16, ACTUAL),  # Secondary Capture
        ("7", "", 8, IDENTITY),
        ("7", "IDENTITY", 16, IDENTITY),
        ("12.1", "", 16, IDENTITY),
        ("66.4", "", 16, IDENTITY),
        ("481.2", "", 16, ACTUAL),
    ],
)
def test_rr_20a_the_sop_class_decides(sop_class: str, shape: str, bits: int, expected: list[int]) -> None:
    """RR-20a: the SOP Class says whether values are display values, whatever Modality says beside it."""
    frame, picture = make(
        np.array([0, 10, 20], np.uint16) * (1 if bits == 8 or expected is ACTUAL else 257),
        bits=bits,
        modality="CT" if expected is IDENTITY else "US",
        sop_class_uid=f"1.2.840.10008.5.1.4.1.1.{sop_class}",
        presentation_lut_shape=shape,
    )
    assert drawn(frame, picture) == expected


def test_rr_20a_every_image_class_has_a_rule() -> None:
    """RR-20a: no grey SOP Class of the category table is left to chance."""
    color_only = {"4.3", "7.4", "81.1", "82.1"}
    root = "1.2.840.10008.5.1.4.1.1."
    images = {uid.removeprefix(root) for uid, family in families().items() if family == "image"}
    assert images
    assert images - color_only <= {uid.removeprefix(root) for uid in SOP_CLASSES}


def test_rr_20_a_window_of_a_float_map_is_no_threshold() -> None:
    """RR-20: a map of 0.0 … 1.0 under its window 0.5/1.0 is a ramp: the half and the one are those of whole numbers."""
    grey = FrameAttributes(windows=(StoredWindow(0.5, 1.0),))
    frame, picture = make(np.array([0.0, 0.25, 0.5, 1.0], np.float32), grey)
    image_pixel = msgspec.structs.replace(picture.image_pixel, element="FloatPixelData")
    picture = msgspec.structs.replace(picture, image_pixel=image_pixel)
    assert drawn(frame, picture) == [0, 64, 128, 255]
    assert drawn(frame, picture, (0.25, 0.5)) == [0, 128, 255, 255]


def test_rr_29_a_fractional_segmentation_ends_at_its_maximum() -> None:
    """RR-29: Maximum Fractional Value (0062,000E) is white, whatever else the cells could hold."""
    frame, picture = make(np.array([0, 50, 100], np.uint8), modality="SEG", white_value=100)
    assert drawn(frame, picture) == [0, 128, 255]


def test_rr_20a_the_possible_range_follows_bits_stored() -> None:
    """RR-20a: identity takes 0 … 4095 of 12 bits, and -2048 … 2047 of signed ones, to black … white."""
    assert drawn(*make(np.array([0, 2048, 4095], np.uint16), bits=12, modality="DX")) == [0, 128, 255]
    cells = np.array([-2048, 0, 2047], np.int16).view(np.uint16)
    assert drawn(*make(cells, bits=12, signed=True, modality="DX")) == [0, 128, 255]


def test_rr_20a_the_possible_range_of_a_modality_lut_is_that_of_its_bits() -> None:
    """RR-20a: after a Modality LUT of 12 bits white is 4095, whatever its entries are."""
    table = LookupTable(0, 12, np.array([0, 2048, 4095, 100], "<u2").tobytes())
    frame, picture = make(np.array([0, 1, 2, 3], np.uint8), FrameAttributes(modality_lut=table), modality="DX")
    assert drawn(frame, picture) == [0, 128, 255, 6]


def test_rr_20a_secondary_captures_deeper_than_bytes_are_never_black() -> None:
    """RR-20a: 16-bit captures of unknown origin without VOI get their actual range."""
    frame, picture = make(np.array([0, 10, 20], np.uint16), modality="OT")
    assert drawn(frame, picture) == ACTUAL


@pytest.mark.parametrize("cell_type", [np.uint8, np.uint16, np.uint32, np.float32])
def test_rr_20a_the_range_is_that_of_the_whole_frame(cell_type: type) -> None:
    """RR-20a: regions of one frame are equally bright, so that they tile."""
    frame, picture = make(np.array([[0, 50], [100, 200]], cell_type), modality="CT")
    presentation = resolve_presentation(
        picture, picture.frame_attributes, window=None, region=(0.0, 0.5, 1.0, 1.0), rows=None, columns=None
    )
    assert render(frame, presentation).pixels.tolist() == [[128, 255]]


@pytest.mark.parametrize(
    "cells", [np.full((2, 2), value, kind) for value, kind in ((7, np.uint16), (7.5, np.float64), (6e-8, np.float64))]
)
def test_rr_20a_one_value_only_is_black(cells: NDArray[Any]) -> None:
    """RR-20a: a frame of one value has no range, and is drawn black."""
    assert drawn(*make(cells, modality="CT")) == [0, 0, 0, 0]


def test_rr_20a_padding_only_is_black() -> None:
    """RR-17, RR-20a: a frame of nothing but padding is black."""
    assert drawn(*make(np.full((2, 2), 7, np.uint16), modality="CT", padding=(7, 7))) == [0, 0, 0, 0]


def test_rr_20a_tiny_ranges_keep_their_shape() -> None:
    """RR-20a: a map of values around 1e-12 is drawn as one around 1."""
    assert drawn(*make(np.array([1e-12, 1.5e-12, 2e-12], np.float64), modality="MR")) == [0, 128, 255]


@pytest.mark.parametrize("shape", ["", "IDENTITY", "INVERSE"])
@pytest.mark.parametrize(
    ("photometric_interpretation", "expected"), [("MONOCHROME1", [255, 155, 0]), ("MONOCHROME2", [0, 100, 255])]
)
def test_rr_21_polarity_is_inverted_once(photometric_interpretation: str, shape: str, expected: list[int]) -> None:
    """RR-21: Photometric Interpretation alone decides; Presentation LUT Shape restates it or is wrong."""
    frame, picture = make(
        np.array([0, 100, 255], np.uint8),
        photometric_interpretation=photometric_interpretation,
        presentation_lut_shape=shape,
        modality="DX",
    )
    assert drawn(frame, picture) == expected


def test_rr_21_polarity_is_inverted_after_voi() -> None:
    """RR-21: MONOCHROME1 turns the windowed value round, not the stored one."""
    grey = FrameAttributes(windows=(StoredWindow(40, 400),))
    frame, picture = make(np.array([0, 239, 1000], np.uint16), grey, photometric_interpretation="MONOCHROME1")
    assert drawn(frame, picture) == [153, 0, 0]


@pytest.mark.parametrize("low", [1.0, -3e15, 6e-8])
def test_rr_20a_neighbouring_floats_are_black_and_white(low: float) -> None:
    """RR-20a: a range as narrow as floats can be is still drawn from black to white."""
    high = math.nextafter(low, math.inf)
    assert drawn(*make(np.array([low, high, low]), modality="MR")) == [0, 255, 0]


def test_presentation_says_identity_as_none() -> None:
    """PS3.4 N.2: a step with nothing to do is None, and an object without VOI says which rule is taken."""
    _, picture = make(np.zeros((2, 2), np.uint8), modality="DX")
    presentation = resolved(picture)
    steps = (presentation.padding, presentation.modality_lut, presentation.voi_lut, presentation.presentation_lut)
    assert steps == (None, None, None, None)
    _, scan = make(np.zeros((2, 2), np.uint16), modality="CT")
    assert resolved(scan).voi_lut == ActualRange()


def test_grey_cells_that_claim_to_be_colours_are_refused() -> None:
    """A frame of one sample a pixel cannot be RGB."""
    frame, picture = make(np.zeros((2, 2), np.uint8))
    with pytest.raises(CorruptObject):
        render(Frame(frame.cells, "RGB", 8, 7, 0), resolved(picture))


def test_absurd_numbers_end_in_black_or_white() -> None:
    """Hostile slopes and windows overflow to black or white without a warning or an error."""
    grey = FrameAttributes(1e308, -1e308, windows=(StoredWindow(-1e308, 1e308),))
    frame, picture = make(np.array([0, 1, 65535], np.uint16), grey)
    assert set(drawn(frame, picture)) <= {0, 128, 255}
