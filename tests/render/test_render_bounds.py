"""How much memory a picture takes: bounded by the frame and the picture, not by the numbers in between."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, Picture, StoredWindow
from openwado.render.adaptive_palette import index_colors
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROWS, COLUMNS = 1600, 2000
PIXELS = ROWS * COLUMNS


def peak(task: Callable[[], object]) -> int:
    """Return the most bytes that were allocated at once while a task ran; OpenCV's arrays count as well."""
    tracemalloc.start()
    try:
        task()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("cells", "name", "columns", "bytes_a_pixel"),
    [
        (np.ones((ROWS, COLUMNS), np.uint16), "MONOCHROME2", None, 2),
        (np.ones((ROWS, COLUMNS), np.uint16), "MONOCHROME2", 400, 2),
        (np.ones((ROWS, COLUMNS), np.uint32), "MONOCHROME2", None, 2),
        (np.ones((ROWS, COLUMNS), np.uint32), "MONOCHROME2", 400, 4),
        (np.ones((ROWS, COLUMNS), np.float64), "MONOCHROME2", None, 2),
        (np.ones((ROWS, COLUMNS), np.float64), "MONOCHROME2", 400, 4),
        (np.ones((ROWS, COLUMNS, 3), np.uint8), "YBR_FULL", None, 5),
        (np.ones((ROWS, COLUMNS, 3), np.uint16), "RGB", 400, 5),
    ],
)
def test_memory_is_bounded(cells: NDArray[Any], name: str, columns: int | None, bytes_a_pixel: int) -> None:
    """Besides the frame a picture takes a few bytes a pixel, whatever the cells are."""
    samples = 3 if cells.ndim == 3 else 1
    bits = cells.dtype.itemsize * 8
    image_pixel = ImagePixel(ROWS, COLUMNS, samples, name, bits, bits, bits - 1, 0, 0, 1, "PixelData")
    grey = FrameAttributes(windows=(StoredWindow(1, 3),))
    presentation = resolve_presentation(
        Picture(image_pixel, grey), grey, window=None, region=None, rows=None, columns=columns
    )
    frame = Frame(cells, name, bits, bits - 1, 0)
    assert peak(lambda: render(frame, presentation)) < bytes_a_pixel * PIXELS + 8_000_000


def test_a_region_costs_what_it_shows() -> None:
    """A small region of a large frame is not paid for as a large one."""
    image_pixel = ImagePixel(ROWS, COLUMNS, 1, "MONOCHROME2", 32, 32, 31, 0, 0, 1, "PixelData")
    grey = FrameAttributes(windows=(StoredWindow(1, 3),))
    presentation = resolve_presentation(
        Picture(image_pixel, grey), grey, window=None, region=(0.5, 0.5, 0.51, 0.51), rows=40, columns=None
    )
    frame = Frame(np.ones((ROWS, COLUMNS), np.uint32), "MONOCHROME2", 32, 31, 0)
    assert peak(lambda: render(frame, presentation)) < 1_000_000


def test_a_palette_for_noise_is_bounded() -> None:
    """A picture in which every pixel has its own colour is reduced with bounded memory."""
    pixels = np.random.default_rng(9).integers(0, 256, (500, 500, 3), dtype=np.uint8)
    assert peak(lambda: index_colors(pixels)) < 90_000_000
