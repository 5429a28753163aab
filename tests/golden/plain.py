"""What a picture has to be, from nothing but the clauses of sections 13.1 to 13.3: slow, plain, and not the product's.

Nothing of the product is imported here, and no decoder: the bytes of native pixel data are taken apart bit by bit.
Where a clause says "proposed", that is what is done. Choices that the standard leaves to a server are `Choices`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.plain_color import color_pixels, palette_color, palette_pixels
from golden.plain_covers import overlay_mask, pixel_aspect, shutter_color, shutter_grey, shutter_mask
from golden.plain_grey import HALF, Grey, grey_of
from golden.plain_samples import grey_samples
from golden.plain_tables import palette_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

TIE = 1e-9
"""Part of white by which a real display value may be off a half and still be rounded either way: the order of the
operations of a formula decides then."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the standard leaves to a server."""

    prefer_window: bool = False
    presentation_lut_shape_wins: bool = False
    draw_overlays: bool = True
    apply_display_shutters: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says about the picture.

    Attributes:
        frame_number: from 1.
        window: center and width.
        region: xmin, ymin, xmax, ymax as decimals.
        rows, columns: the box; the region has to be an exact integer multiple of what they ask for.
        bit_depth: 8 or 16.
    """

    frame_number: int = 1
    window: tuple[float, float] | None = None
    region: tuple[str, str, str, str] | None = None
    rows: int | None = None
    columns: int | None = None
    bit_depth: int = 8


WHOLE = Request()
"""The first frame as it is."""

STANDARD = Choices()
"""What a server does that was not told otherwise."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A picture as it has to be.

    Attributes:
        pixels: uint8 or uint16, shape (rows, columns) or (rows, columns, 3).
        ties: shape (rows, columns): where the value before rounding is a half, to the last bits of a formula.
    """

    pixels: NDArray[Any]
    ties: NDArray[np.bool_]


def expected(dataset: Dataset, request: Request = WHOLE, choices: Choices = STANDARD) -> Expected:
    """Draw a frame in the stage order of section 13: grey or colour, shutter, overlays, region, scale."""
    pixels, ties = _image(dataset, request, choices)
    is_grey = pixels.ndim == 2
    white = 2**request.bit_depth - 1 if is_grey else 255
    number = request.frame_number
    if choices.apply_display_shutters:
        value = shutter_grey(dataset, number, white) if is_grey else shutter_color(dataset, number)
        pixels[shutter_mask(dataset, number)] = value
    if choices.draw_overlays:
        pixels[overlay_mask(dataset, number)] = white  # RR-23: white at full opacity
    top, bottom, left, right = box_of(dataset, request.region)
    pixels, ties = pixels[top:bottom, left:right], ties[top:bottom, left:right]
    down, across = factors(bottom - top, right - left, request, aspect_stretch(dataset))
    if down * across > 1:
        pixels, ties = averaged(pixels, down, across), ties[::down, ::across]
    return Expected(pixels.astype(np.uint8 if white == 255 else np.uint16), ties)


def _image(dataset: Dataset, request: Request, choices: Choices) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Draw all of a frame, nothing laid over it yet; and say where its values are ties."""
    no_ties = np.zeros((dataset.Rows, dataset.Columns), np.bool_)
    if dataset.SamplesPerPixel == 3:
        return color_pixels(dataset, request.frame_number), no_ties
    values = grey_samples(dataset, request.frame_number)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return palette_pixels(values, dataset), no_ties
    supplemental = dataset.get("PixelPresentation") in ("COLOR", "MIXED")
    grey = grey_of(
        dataset,
        request.frame_number,
        values.ravel(),
        window=request.window,
        white=255 if supplemental else 2**request.bit_depth - 1,
        prefer_window=choices.prefer_window,
        shape_wins=choices.presentation_lut_shape_wins,
    )
    distinct: set[Any] = set(values.ravel())
    shown = {value: grey.display(value) for value in distinct}
    # RR-20: the final floor(y + 1/2); y is never outside of black … white.
    levels = _spread({value: math.floor(y + HALF) for value, y in shown.items()}, values)
    ties = _spread(
        {value: abs(float(y - math.floor(y)) - 0.5) < TIE * grey.white for value, y in shown.items()}, values
    )
    return (_supplemented(dataset, values, levels, grey) if supplemental else levels), ties


def _spread(table: dict[float, int], values: NDArray[Any]) -> NDArray[Any]:
    """Return what a table says of each value, in the shape of the values."""
    return np.array([table[value] for value in values.ravel()]).reshape(values.shape)


def _supplemented(dataset: Dataset, values: NDArray[Any], levels: NDArray[Any], grey: Grey) -> NDArray[np.int64]:
    """RR-14: stored values from the first mapped one on have a palette colour, those below go the grey way."""
    palette = palette_of(dataset)
    pixels = []
    for value, level in zip(values.ravel(), levels.ravel(), strict=True):
        colored = value >= palette[0].first and not grey.is_padding(value)  # RR-17: padding is no image data
        pixels.append(palette_color(value, palette) if colored else (level, level, level))
    return np.array(pixels).reshape(*values.shape, 3)


def box_of(dataset: Dataset, region: tuple[str, str, str, str] | None) -> tuple[int, int, int, int]:
    """Section 9.3: x0 = floor(xmin * C + 1/2) and so on, not outside of the image, never empty."""
    xmin, ymin, xmax, ymax = (Fraction(number) for number in region or ("0", "0", "1", "1"))
    left = min(math.floor(xmin * dataset.Columns + HALF), dataset.Columns - 1)
    top = min(math.floor(ymin * dataset.Rows + HALF), dataset.Rows - 1)
    right = max(math.floor(xmax * dataset.Columns + HALF), left + 1)
    bottom = max(math.floor(ymax * dataset.Rows + HALF), top + 1)
    return top, bottom, left, right


def aspect_stretch(dataset: Dataset) -> Fraction:
    """RR-22: by how much the height is scaled so that pixels are square, if they are more than 0.1 % off."""
    ratio = Fraction(pixel_aspect(dataset))
    return ratio if abs(ratio - 1) > Fraction(1, 1000) else Fraction(1)


def factors(height: int, width: int, request: Request, stretch: Fraction) -> tuple[int, int]:
    """Section 9.2: how many rows and columns of the region become one of the picture; whole numbers only."""
    ratios = []
    if request.columns is not None:
        ratios.append(Fraction(request.columns, width))
    if request.rows is not None:
        ratios.append(request.rows / (height * stretch))
    if not ratios:
        return 1, 1
    down, across = 1 / (stretch * min(ratios)), 1 / min(ratios)
    assert down.denominator == across.denominator == 1, "only exact integer factors are plain"
    return int(down), int(across)


def averaged(pixels: NDArray[Any], down: int, across: int) -> NDArray[np.int64]:
    """The mean of each block, halves upwards."""
    rows, columns = pixels.shape[0] // down, pixels.shape[1] // across
    blocks = pixels.reshape(rows, down, columns, across, -1).astype(np.float64)
    means: NDArray[np.int64] = np.floor(blocks.mean(axis=(1, 3)) + 0.5).astype(np.int64)
    return means.reshape(rows, columns, *pixels.shape[2:])
