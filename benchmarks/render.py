"""Our render and encode against a plain numpy and Pillow way of the same, as ratios: `python benchmarks/render.py`."""

from __future__ import annotations

import io
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, Picture, StoredWindow
from openwado.render.encode import encode
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROUNDS = 9


def anatomy(rows: int, columns: int, highest: int) -> NDArray[np.uint16]:
    """Return stored values with soft shades, edges and noise, 0 … highest."""
    y, x = np.mgrid[0:rows, 0:columns]
    inside = ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2) < 0.16
    shades = 0.35 + 0.2 * np.sin(x / columns * 21) * np.cos(y / rows * 17) + 0.3 * inside
    noise = np.random.default_rng(0).normal(0, 0.01, (rows, columns))
    values: NDArray[np.uint16] = (np.clip(shades + noise, 0, 1) * highest).astype(np.uint16)
    return values


def ours(cells: NDArray[np.uint16], picture: Picture, columns: int | None) -> bytes:
    """Make the JPEG as the server does."""
    image_pixel = picture.image_pixel
    presentation = resolve_presentation(
        picture, picture.frame_attributes, window=None, region=None, rows=None, columns=columns
    )
    frame = Frame(cells, "MONOCHROME2", image_pixel.bits_stored, image_pixel.high_bit, image_pixel.pixel_representation)
    return encode(render(frame, presentation), "image/jpeg", None)


def plain(cells: NDArray[np.uint16], picture: Picture, columns: int | None) -> bytes:
    """Make the JPEG step by step: sign, rescale, window, Lanczos, encode."""
    stored: NDArray[Any] = cells.view(np.int16) if picture.image_pixel.pixel_representation else cells
    window = picture.frame_attributes.windows[0]
    values = stored * (picture.frame_attributes.rescale_slope or 1.0) + picture.frame_attributes.rescale_intercept
    display = ((values - (window.center - 0.5)) / (window.width - 1) + 0.5) * 255
    image = Image.fromarray(np.floor(np.clip(display, 0, 255) + 0.5).astype(np.uint8))
    if columns is not None:
        image = image.resize((columns, round(image.height * columns / image.width)), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90)
    return data.getvalue()


def fastest(task: Callable[[], bytes]) -> float:
    """Return the shortest of some rounds, seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    scan = ImagePixel(512, 512, 1, "MONOCHROME2", 16, 16, 15, 1, 0, 1, "PixelData")
    radiograph = ImagePixel(3000, 2500, 1, "MONOCHROME2", 16, 12, 11, 0, 0, 1, "PixelData")
    cases = [
        (
            "CT 512x512, 16 bits -> JPEG",
            Picture(scan, FrameAttributes(1.0, -1024.0, None, (StoredWindow(40, 400),))),
            None,
        ),
        (
            "DX 3000x2500, 12 bits -> 512-column JPEG",
            Picture(radiograph, FrameAttributes(windows=(StoredWindow(2048, 4096),))),
            512,
        ),
    ]
    print("| picture | ours, ms | numpy and Pillow, ms | ratio |")
    print("|---|---|---|---|")
    for name, picture, columns in cases:
        cells = anatomy(picture.image_pixel.rows, picture.image_pixel.columns, 2500)
        fast = fastest(partial(ours, cells, picture, columns))
        slow = fastest(partial(plain, cells, picture, columns))
        print(f"| {name} | {fast * 1e3:.2f} | {slow * 1e3:.2f} | {slow / fast:.1f} |")


if __name__ == "__main__":
    main()
