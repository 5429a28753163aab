"""Pictures made larger and smaller: averages, interpolation, and what must not happen on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, LookupTable, Palette, Picture, StoredWindow
from openwado.render import resample
from openwado.render.cover import cover as covering
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

if TYPE_CHECKING:
    from numpy.typing import NDArray


def drawn(
    cells: NDArray[Any],
    rows: int | None,
    columns: int | None,
    window: tuple[float, float],
    *,
    bits: int | None = None,
    signed: bool = False,
    padding: tuple[int, int] | None = None,
    palette: Palette | None = None,
) -> NDArray[Any]:
    """Return the picture of a grey image with a window."""
    bits = bits or cells.dtype.itemsize * 8
    rows_stored, columns_stored = cells.shape
    cell_bits = cells.dtype.itemsize * 8
    image_pixel = ImagePixel(
        rows_stored, columns_stored, 1, "MONOCHROME2", cell_bits, bits, bits - 1, int(signed), 0, 1, "PixelData"
    )
    grey = FrameAttributes(windows=(StoredWindow(*window),))
    picture = Picture(image_pixel, grey, palette, padding)
    presentation = resolve_presentation(picture, grey, window=None, region=None, rows=rows, columns=columns)
    return render(Frame(cells, "MONOCHROME2", bits, bits - 1, int(signed)), presentation).pixels


def mean_over(values: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    """Return the mean of the area under each pixel of a smaller picture."""
    weights = cover(values.shape[0], rows) @ values.astype(float) @ cover(values.shape[1], columns).T
    return np.asarray(weights)


@pytest.mark.parametrize("cell_type", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
@pytest.mark.parametrize(("rows", "columns"), [(192, 200), (100, 384), (64, 64), (48, 96), (24, 96), (96, 1)])
def test_smaller_is_the_mean_of_what_it_covers(cell_type: type, rows: int, columns: int) -> None:
    """A picture made smaller has in each pixel the mean of the area under it: even noise, to the rounding."""
    noise: NDArray[Any] = (np.random.default_rng(5).random((192, 384)) * 200).astype(cell_type)
    resized = resample.resize(noise, rows, columns).astype(float)
    assert np.abs(resized - mean_over(noise, rows, columns)).max() <= 1.25


@pytest.mark.parametrize("cell_type", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
@pytest.mark.parametrize(("rows", "columns"), [(40, 90), (47, 95), (7, 11), (3, 3), (1, 1)])
def test_halving_first_changes_little(cell_type: type, rows: int, columns: int) -> None:
    """Where halves are averaged first, which is much faster, a picture is within three levels of the exact mean."""
    y, x = np.mgrid[0:192, 0:384]
    scene: NDArray[Any] = (100 + 80 * np.sin(x / 7) * np.cos(y / 5) + np.where(x > 200, 20, 0)).astype(cell_type)
    resized = resample.resize(scene, rows, columns).astype(float)
    assert np.abs(resized - mean_over(scene, rows, columns)).max() <= 3


def cover(size: int, wanted: int) -> NDArray[np.float64]:
    """Return how much each pixel of an axis counts in each of fewer pixels."""
    edges = np.linspace(0, size, wanted + 1)
    places = np.arange(size)
    overlap = np.minimum(edges[1:, None], places + 1) - np.maximum(edges[:-1, None], places)
    return np.asarray(np.clip(overlap, 0, 1) * wanted / size)


@pytest.mark.parametrize("shape", [(4, 4), (8, 16), (16, 4), (32, 32)])
def test_whole_factors_are_exact(shape: tuple[int, int]) -> None:
    """Where the factor is whole the mean is exact to the rounding, also when it is reached by halves."""
    values = np.random.default_rng(6).integers(0, 4096, (64, 64), dtype=np.uint16)
    rows, columns = shape
    expected = values.reshape(rows, 64 // rows, columns, 64 // columns).mean(axis=(1, 3))
    assert np.abs(resample.resize(values, rows, columns) - expected).max() <= 1.5


@pytest.mark.parametrize("window", [(2048, 4096), (2048, 40), (2048, 1)])
@pytest.mark.parametrize("signed", [False, True])
def test_overshoot_is_clamped(window: tuple[float, float], *, signed: bool) -> None:
    """Interpolation beyond an edge of the range stays black or white and never wraps, signed or not."""
    low, high = (-32768, 32767) if signed else (0, 65535)
    values = np.full((8, 8), low, np.int64)
    values[:, 4:] = high
    cells = values.astype(np.int16 if signed else np.uint16).view(np.uint16)
    pixels = drawn(cells, None, 64, window, signed=signed).astype(int)
    assert (np.diff(pixels, axis=1) >= -1).all()
    assert (pixels[:, :16] == 0).all()
    assert (pixels[:, -16:] == 255).all()


def test_overshoot_of_twelve_bits_is_clamped_by_the_window() -> None:
    """Twelve signed bits may overshoot into the unused ones; the picture stays monotone."""
    values = np.full((8, 8), -2048, np.int16)
    values[:, 4:] = 2047
    pixels = drawn(values.view(np.uint16) & 0xFFF, None, 64, (0, 4096), bits=12, signed=True).astype(int)
    assert pixels.min() == 0
    assert pixels.max() == 255
    assert (np.diff(pixels, axis=1) >= 0).all()


def test_values_are_averaged_before_they_are_windowed() -> None:
    """A narrow window shows the mean of what is under a pixel, not the mean of what the window clipped."""
    cells = np.array([[0, 0, 0, 400]] * 4, np.uint16)
    assert drawn(cells, 1, 1, (100.5, 2.0)).tolist() == [[128]]


def test_masks_are_smooth() -> None:
    """A mask of 0 and 1 made smaller has greys at its edges."""
    cells = np.array([[0, 1], [1, 1]], np.uint8)
    assert drawn(cells, 1, 1, (1, 2), bits=1).tolist() == [[191]]


def test_wide_cells_are_averaged_in_full() -> None:
    """Cells of 32 bits keep differences of one when they are averaged."""
    cells = np.array([[2**31, 2**31 + 1]] * 2, np.uint32)
    assert drawn(cells, 1, 1, (2**31 + 1, 2.0)).tolist() == [[128]]


def test_padding_does_not_bleed() -> None:
    """RR-17: padding mixed into its neighbours makes them darker at most, never a value of its own making."""
    cells = np.full((16, 16), 1000, np.uint16)
    cells[:, 8:] = 65535
    pixels = drawn(cells, None, 7, (1000.5, 2000), padding=(65535, 65535)).astype(int)
    assert pixels.max() <= 128
    assert (pixels[:, :3] == 128).all()
    assert (pixels[:, 4:] == 0).all()


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_does_not_bleed(nothing: float) -> None:
    """RR-3: one NaN costs its own pixel only."""
    cells = np.full((16, 16), 0.5, np.float32)
    cells[3, 3] = nothing
    pixels = drawn(cells, None, 8, (1.0, 2.0))
    assert pixels[1, 1] < 128
    assert (np.delete(pixels.ravel(), 9) == 128).all()


def test_a_supplemental_palette_is_applied_before_resampling() -> None:
    """RR-14: grey and coloured values are not averaged as numbers."""
    red, none = (LookupTable(200, 8, np.array(entry, "<u2").tobytes()) for entry in ([255], [0]))
    cells = np.array([[0, 200], [0, 200]], np.uint8)
    pixels = drawn(cells, 1, 1, (128, 256), palette=Palette(red, none, none))
    assert pixels.tolist() == [[[128, 0, 0]]]


def test_one_axis_grows_while_the_other_shrinks() -> None:
    """RR-22: where pixels are far from square an axis may grow while the other shrinks; both are done well."""
    rng = np.random.default_rng(7)
    values = rng.integers(0, 256, (8, 64), dtype=np.uint8)
    resized = resample.resize(values, 32, 8)
    assert resized.shape == (32, 8)
    down = resample.resize(values, 8, 8)
    assert np.abs(down.astype(float) - values.reshape(8, 8, 8).mean(axis=2)).max() <= 1
    assert np.abs(resized.mean(axis=0) - down.mean(axis=0)).max() < 12


def test_frames_of_any_layout_are_drawn() -> None:
    """Read-only frames, and frames that lie in memory column by column, give the same picture."""
    cells = np.random.default_rng(8).integers(0, 4096, (40, 60), dtype=np.uint16)
    expected = drawn(cells, None, 30, (2048, 4096))
    read_only = np.frombuffer(cells.tobytes(), np.uint16).reshape(40, 60)
    for same in (read_only, np.asfortranarray(cells), np.repeat(cells, 2, axis=1)[:, ::2]):
        assert np.array_equal(drawn(same, None, 30, (2048, 4096)), expected)
        assert np.array_equal(drawn(same, None, None, (2048, 4096)), drawn(cells, None, None, (2048, 4096)))


@pytest.mark.parametrize("size", [100, 200, 300])
def test_noise_of_interpolation_decides_nothing(size: int) -> None:
    """RR-20: a flat frame whose value is the threshold of its window stays flat at any size."""
    cells = np.full((16, 16), 128, np.uint8)
    assert np.array_equal(np.unique(drawn(cells, size, None, (128.5, 1.0))), [0])
    assert np.array_equal(np.unique(drawn(cells, size, None, (127.5, 1.0))), [255])


def test_what_covers_never_overshoots() -> None:
    """RR-23: an enlarged overlay has soft edges between the image and white, never beyond either."""
    bits = np.zeros((8, 8), np.bool_)
    bits[2:6, 2:6] = True
    enlarged = covering(np.full((40, 40), 200, np.uint8), bits, (255,))
    assert enlarged.min() == 200
    assert enlarged[20, 20] == 255
    assert (enlarged[0] == 200).all()
