"""Colour images (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5-6, C.7.6.19; section 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, LookupTable, Palette, Picture, StoredWindow
from openwado.errors import CorruptObject, NotSupported
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING_GREY = FrameAttributes()


def drawn(
    cells: NDArray[Any],
    photometric_interpretation: str,
    *,
    bits: int | None = None,
    high_bit: int | None = None,
    signed: bool = False,
    grey: FrameAttributes = NOTHING_GREY,
    window: tuple[float, float] | None = None,
    columns: int | None = None,
    **picture: Any,  # noqa: ANN401 -- fields of Picture, passed on
) -> NDArray[Any]:
    """Return the RGB values of an image; cells have the shape (rows, columns[, samples])."""
    width = cells.dtype.itemsize * 8
    bits = bits or width
    high_bit = bits - 1 if high_bit is None else high_bit
    samples = cells.shape[2] if cells.ndim == 3 else 1
    image_pixel = ImagePixel(
        cells.shape[0],
        cells.shape[1],
        samples,
        photometric_interpretation,
        width,
        bits,
        high_bit,
        int(signed),
        0,
        1,
        "PixelData",
    )
    record = Picture(image_pixel, grey, **picture)
    presentation = resolve_presentation(record, grey, window=window, region=None, rows=None, columns=columns)
    frame = Frame(cells, photometric_interpretation, bits, high_bit, int(signed))
    return render(frame, presentation).pixels


def table(entries: list[int], *, first_mapped: int = 0, bits: int = 8) -> LookupTable:
    """Return a look-up table."""
    return LookupTable(first_mapped, bits, np.array(entries, "<u2").tobytes())


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((76, 85, 255), (254, 0, 0)),
        ((150, 44, 21), (0, 255, 1)),
        ((29, 255, 107), (0, 0, 254)),
        ((0, 128, 128), (0, 0, 0)),
        ((77, 128, 128), (77, 77, 77)),
        ((255, 128, 128), (255, 255, 255)),
    ],
)
def test_rr_7_full_range_ybr(ybr: tuple[int, int, int], rgb: tuple[int, int, int]) -> None:
    """RR-7: the vectors of the inverse transformation, within one; grey exactly."""
    result = drawn(np.array([[ybr]], np.uint8), "YBR_FULL")[0, 0].astype(int)
    allowed = 0 if ybr[1:] == (128, 128) else 1
    assert np.abs(result - rgb).max() <= allowed


def test_rr_7_every_full_range_ybr_value() -> None:
    """RR-7: over the whole cube no value is more than one from the formula, and hardly any differs at all."""
    axis = np.arange(0, 256, 5, dtype=np.uint8)
    ybr = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(axis.size, -1, 3)
    luma, blue, red = (ybr[..., index].astype(float) for index in range(3))
    exact = np.stack(
        [
            luma + 1.402 * (red - 128),
            luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128),
            luma + 1.772 * (blue - 128),
        ],
        axis=-1,
    )
    expected = np.clip(np.floor(exact + 0.5), 0, 255).astype(int)
    difference = np.abs(drawn(ybr, "YBR_FULL").astype(int) - expected)
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.001


@pytest.mark.parametrize("bits", [9, 12, 16])
def test_rr_7_more_bits_than_eight(bits: int) -> None:
    """RR-7: for n bits chroma is centred on 2^(n-1), and white is 2^n-1."""
    middle, white = 1 << (bits - 1), (1 << bits) - 1
    ybr = np.array([[(0, middle, middle), (white, middle, middle), (middle, middle, white)]], np.uint16)
    pixels = drawn(ybr, "YBR_FULL", bits=bits)[0].tolist()
    assert pixels[:2] == [[0, 0, 0], [255, 255, 255]]
    assert pixels[2][0] == 255
    assert abs(pixels[2][1] - 37) <= 1
    assert pixels[2][2] == 128


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((82, 90, 240), (255, 0, 0)),
        ((145, 54, 34), (0, 255, 0)),
        ((41, 240, 110), (0, 0, 255)),
    ],
)
def test_rr_9_partial_range_ybr(ybr: tuple[int, int, int], rgb: tuple[int, int, int]) -> None:
    """RR-9: luma of 16 … 235 is black … white; the primaries come back within two (their YBR is rounded)."""
    for name in ("YBR_PARTIAL_422", "YBR_PARTIAL_420"):
        result = drawn(np.array([[ybr]], np.uint8), name)[0, 0].astype(int)
        assert np.abs(result - rgb).max() <= 2


@pytest.mark.parametrize("name", ["RGB", "YBR_RCT", "YBR_ICT"])
def test_rr_10_what_a_codestream_decoded_to_is_rgb(name: str) -> None:
    """RR-10: the transformations inside a codestream are undone by its decoder and not again."""
    cells = np.array([[(1, 2, 3), (250, 128, 0)]], np.uint8)
    assert drawn(cells, name).tolist() == cells.tolist()


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_rgb_of_more_bits_is_scaled_by_bits_stored(bits: int) -> None:
    """Sixteen-bit colour is scaled by bits stored; unused bits take no part (RR-1)."""
    white = (1 << bits) - 1
    garbage = 0 if bits == 16 else 1 << bits
    cells = np.array([[(garbage, white, white // 2 + garbage)]], np.uint16)
    result = drawn(cells, "RGB", bits=bits)[0, 0].tolist()
    assert result == [0, 255, int(np.floor((white // 2) * 255 / white + 0.5))]


def test_rgb_that_says_it_is_signed() -> None:
    """The smallest value of a signed colour sample counts as none of that colour."""
    cells = np.array([[(-128, 0, 127)]], np.int8).view(np.uint8)
    assert drawn(cells, "RGB", signed=True)[0, 0].tolist() == [0, 128, 255]


def test_rr_12_palette_of_bytes() -> None:
    """RR-12: values look up red, green and blue, clamped to the first and last entry."""
    palette = Palette(
        table([1, 2, 3], first_mapped=5), table([4, 5, 6], first_mapped=5), table([7, 8, 9], first_mapped=5)
    )
    pixels = drawn(np.array([[0, 5, 6, 7, 200]], np.uint8), "PALETTE COLOR", palette=palette)
    assert pixels[0].tolist() == [[1, 4, 7], [1, 4, 7], [2, 5, 8], [3, 6, 9], [3, 6, 9]]


def test_rr_12_palette_of_words() -> None:
    """RR-12: sixteen-bit entries fill the full range: the upper byte counts."""
    words = table([0x0000, 0x80FF, 0xFFFF], bits=16)
    palette = Palette(words, words, table([0x1234, 0x5678, 0x9ABC], bits=16))
    pixels = drawn(np.array([[0, 1, 2]], np.uint16), "PALETTE COLOR", palette=palette)
    assert pixels[0].tolist() == [[0, 0, 0x12], [0x80, 0x80, 0x56], [255, 255, 0x9A]]


def test_rr_12_palette_that_says_16_bits_and_means_8() -> None:
    """RR-12: where no entry of a 16-bit palette is above 255, entries are bytes."""
    low = table([0, 128, 255], bits=16)
    pixels = drawn(np.array([[0, 1, 2]], np.uint8), "PALETTE COLOR", palette=Palette(low, low, low))
    assert pixels[0, :, 0].tolist() == [0, 128, 255]
    high = table([0, 128, 256], bits=16)
    pixels = drawn(np.array([[0, 1, 2]], np.uint8), "PALETTE COLOR", palette=Palette(low, low, high))
    assert pixels[0, :, 2].tolist() == [0, 0, 1]


def test_rr_12_signed_palette_indexes() -> None:
    """RR-12: the first mapped value is signed where Pixel Representation is; unused bits take no part."""
    ramp = table([10, 20, 30, 40], first_mapped=-2)
    cells = np.array([[0xF7FE, 0x0FFF, 0xA000, 0x0001]], np.uint16)  # 12 bits: 2046 (far above), -1, 0, 1
    pixels = drawn(cells, "PALETTE COLOR", bits=12, signed=True, palette=Palette(ramp, ramp, ramp))
    assert pixels[0, :, 0].tolist() == [40, 20, 30, 40]


def test_rr_12_colours_are_averaged_not_indexes() -> None:
    """Two neighbours of a palette image average to the mean of their colours."""
    palette = Palette(table([200, 0, 0, 100]), table([0, 255, 255, 50]), table([0, 255, 255, 0]))
    pixels = drawn(np.array([[0, 3], [0, 3]], np.uint8), "PALETTE COLOR", palette=palette, columns=1)
    assert pixels.tolist() == [[[150, 25, 0]]]


def test_a_palette_image_without_palette_is_refused() -> None:
    """PALETTE COLOR without palette is a corrupt object, one with 32-bit indexes is not supported."""
    with pytest.raises(CorruptObject):
        drawn(np.zeros((1, 1), np.uint8), "PALETTE COLOR")
    ramp = table([0, 1])
    with pytest.raises(NotSupported):
        drawn(np.zeros((1, 1), np.uint32), "PALETTE COLOR", palette=Palette(ramp, ramp, ramp))


def test_rr_14_supplemental_palette() -> None:
    """RR-14: values from the first mapped one on have the palette's colour, those below go the grey way."""
    red, none = table([255, 128], first_mapped=100), table([0, 0], first_mapped=100)
    grey = FrameAttributes(windows=(StoredWindow(50, 100),))
    cells = np.array([[0, 99, 100, 101, 300]], np.uint16)
    pixels = drawn(cells, "MONOCHROME2", grey=grey, palette=Palette(red, none, none))
    assert pixels[0].tolist() == [[0, 0, 0], [255, 255, 255], [255, 0, 0], [128, 0, 0], [128, 0, 0]]


def test_rr_17_padding_has_no_colour_of_a_supplemental_palette() -> None:
    """RR-14, RR-17: padding is no image data and black, also where its value is one that the palette colours."""
    red, none = table([255, 128], first_mapped=100), table([0, 0], first_mapped=100)
    cells = np.array([[100, 254, 255]], np.uint8)
    pixels = drawn(cells, "MONOCHROME2", palette=Palette(red, none, none), padding=(254, 255))
    assert pixels[0].tolist() == [[255, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_rr_15_colours_skip_the_grey_steps() -> None:
    """RR-15: windows, rescale and LUTs of a colour image are not applied."""
    grey = FrameAttributes(2.0, 7.0, windows=(StoredWindow(1, 1),), voi_luts=(table([9]),))
    cells = np.array([[(10, 20, 30)]], np.uint8)
    assert drawn(cells, "RGB", grey=grey, padding=(10, 10)).tolist() == cells.tolist()


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL_422", "PALETTE COLOR"])
def test_req_uri_8_2_5_8_a_window_on_colours_is_ignored_with_a_warning(name: str) -> None:
    """REQ-URI-8.2.5-8: a window has no effect on a colour image, not even a wrong one, and the answer says so."""
    samples = 1 if name == "PALETTE COLOR" else 3
    image_pixel = ImagePixel(1, 1, samples, name, 8, 8, 7, 0, 0, 1, "PixelData")
    picture = Picture(image_pixel, NOTHING_GREY)
    warned = resolve_presentation(picture, NOTHING_GREY, window=(40, 0), region=None, rows=None, columns=None)
    silent = resolve_presentation(picture, NOTHING_GREY, window=None, region=None, rows=None, columns=None)
    assert len(warned.warnings) == 1
    assert "windowCenter" in warned.warnings[0]
    assert silent.warnings == ()


@pytest.mark.parametrize(
    ("cells", "name", "error"),
    [
        (np.zeros((1, 1, 3), np.uint8), "MONOCHROME2", CorruptObject),
        (np.zeros((1, 1, 3), np.uint8), "PALETTE COLOR", CorruptObject),
        (np.zeros((1, 1, 4), np.uint8), "RGB", CorruptObject),
        (np.zeros((1, 1, 3), np.float32), "RGB", CorruptObject),
        (np.zeros((1, 1, 4), np.uint8), "CMYK", NotSupported),
        (np.zeros((1, 1, 3), np.uint8), "HSV", NotSupported),
    ],
)
def test_impossible_colours_are_refused(cells: NDArray[Any], name: str, error: type[Exception]) -> None:
    """What is no colour image, or a retired kind, is refused with a sentence."""
    with pytest.raises(error):
        drawn(cells, name)
