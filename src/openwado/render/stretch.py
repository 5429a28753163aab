"""A stretch of an image at another size, where it does not begin and end with whole pixels, or lies beside the image.

What is outside of the image is black, and is made only where it is little: a stretch may be many times larger than what
it becomes. The filters are those of `resample`: means downwards, bicubic upwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from openwado.render import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Cells that are resampled at a time: memory stays bounded.
_BAND_CELLS: Final = 1 << 21
#: Sharpness of the bicubic filter, OpenCV's.
_SHARPNESS: Final = -0.75
#: By how much what is made may be more than the image and the picture.
_MANY: Final = 4
#: Pixels beside a cut that have a share in what is interpolated before it.
_MARGIN: Final = 2
#: Part of a pixel of the image that nobody sees.
_TINY: Final = 1e-6
_TAPS: Final = (-1, 0, 1, 2)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an axis, and what it becomes.

    Attributes:
        start, stop: the pixels that may take part, stop excluded; may lie outside of the image. Whole, but where it
            has been halved.
        step: pixels of the image for each of the picture, counted from start.
        count: pixels of the picture.
    """

    start: float
    stop: float
    step: float
    count: int

    def halved(self) -> Stretch:
        """Return it in an image of half the size."""
        return Stretch(self.start / 2, self.stop / 2, self.step / 2, self.count)

    @property
    def used(self) -> int:
        """Pixels of the image, from start on, that have a share in the picture."""
        return min(math.ceil(self.stop - self.start), math.ceil(self.step * self.count) + _MARGIN)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is shown."""
        return abs(self.step * self.count - (self.stop - self.start)) < _TINY


def stretched(pixels: NDArray[Any], rows: Stretch, columns: Stretch) -> NDArray[Any]:
    """Return a picture of a part of an image.

    Args:
        pixels: shape (rows, columns) or (rows, columns, 3), unsigned integers.
        rows: what is shown of its rows.
        columns: what is shown of its columns.
    """
    bound = max(_MANY * pixels.shape[0] * pixels.shape[1], _MANY * rows.count * columns.count, _BAND_CELLS)
    if max(rows.used * columns.used, rows.used / rows.step * columns.used / columns.step) <= bound:
        piece = _on_black(pixels, rows, columns)
        if rows.is_whole and columns.is_whole:
            return resample.resize(piece, rows.count, columns.count)
        return _by_factors(piece, rows, columns)
    while min(rows.step, columns.step) >= 4:  # noqa: PLR2004 -- as `resample` does
        pixels, rows, columns = _halved(pixels), rows.halved(), columns.halved()
    dtype = pixels.dtype
    if rows.step > columns.step:  # what shrinks most comes first
        return _along_columns(_along_rows(pixels, rows, np.dtype(np.float32)), columns, dtype)
    return _along_rows(_along_columns(pixels, columns, np.dtype(np.float32)), rows, dtype)


def _on_black(pixels: NDArray[Any], rows: Stretch, columns: Stretch) -> NDArray[Any]:
    """Return the pixels that have a share; those that the image does not have are black."""
    top, left = math.floor(rows.start), math.floor(columns.start)
    bottom, right = top + rows.used, left + columns.used
    inner = pixels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if inner.shape[:2] == (rows.used, columns.used):
        return np.ascontiguousarray(inner)
    piece: NDArray[Any] = np.zeros((rows.used, columns.used, *pixels.shape[2:]), pixels.dtype)
    down, across = max(-top, 0), max(-left, 0)
    piece[down : down + inner.shape[0], across : across + inner.shape[1]] = inner
    return piece


def _by_factors(piece: NDArray[Any], rows: Stretch, columns: Stretch) -> NDArray[Any]:
    """Resample a piece that ends within a pixel of the picture: by the steps, not by sizes."""
    down, across = 1 / rows.step, 1 / columns.step
    if min(down, across) < 1:
        piece = cv2.resize(piece, None, fx=min(across, 1), fy=min(down, 1), interpolation=cv2.INTER_AREA)
    if max(down, across) > 1:
        piece = cv2.resize(piece, None, fx=max(across, 1), fy=max(down, 1), interpolation=cv2.INTER_CUBIC)
    return piece[: rows.count, : columns.count]


def _halved(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return means of two by two; where an odd row or column has no other one there is black."""
    rows, columns = pixels.shape[:2]
    if rows % 2 or columns % 2:
        pixels = np.pad(pixels, [(0, rows % 2), (0, columns % 2), *[(0, 0)] * (pixels.ndim - 2)])
    halved: NDArray[Any] = cv2.resize(
        np.ascontiguousarray(pixels), (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA
    )
    return halved


def _along_columns(values: NDArray[Any], columns: Stretch, dtype: np.dtype[Any]) -> NDArray[Any]:
    return _along_rows(values.swapaxes(0, 1), columns, dtype).swapaxes(0, 1)


def _along_rows(values: NDArray[Any], rows: Stretch, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Resample the first axis, a part of the second at a time."""
    resampled: NDArray[Any] = np.empty((rows.count, *values.shape[1:]), dtype)
    width = max(1, _BAND_CELLS // max(len(values), rows.count))
    for left in range(0, values.shape[1], width):
        band = values[:, left : left + width]
        found = _means(band, rows) if rows.step > 1 else _bicubic(band, rows)
        if dtype.kind == "u":
            found = np.clip(np.rint(found), 0, np.iinfo(dtype).max)
        resampled[:, left : left + width] = found
    return resampled


def _means(values: NDArray[Any], rows: Stretch) -> NDArray[Any]:
    """Return means over each step: differences of the integral, which does not grow outside of the image."""
    first = max(math.floor(rows.start), 0)
    last = max(min(math.ceil(rows.stop), len(values)), first)
    integral = np.zeros((last - first + 1, *values.shape[1:]))
    np.cumsum(values[first:last], axis=0, out=integral[1:])
    edges = np.clip(rows.start + rows.step * np.arange(rows.count + 1) - first, 0, last - first)
    whole = np.minimum(edges.astype(np.intp), max(last - first - 1, 0))
    share = (edges - whole).reshape(-1, *[1] * (values.ndim - 1))
    at_edges = integral[whole] * (1 - share) + integral[np.minimum(whole + 1, last - first)] * share
    means: NDArray[Any] = np.diff(at_edges, axis=0) / rows.step
    return means


def _bicubic(values: NDArray[Any], rows: Stretch) -> NDArray[Any]:
    """Interpolate between pixel centres; what is beyond the stretch repeats its last pixel, as in `resample`."""
    places = rows.start + (np.arange(rows.count) + 0.5) * rows.step - 0.5
    below = np.floor(places).astype(np.intp)
    interpolated = np.zeros((rows.count, *values.shape[1:]), np.float32)
    for tap in _TAPS:
        at = np.clip(below + tap, int(rows.start), int(rows.stop) - 1)
        weight = _weight(np.abs(places - (below + tap))) * ((at >= 0) & (at < len(values)))
        taken = values[np.clip(at, 0, len(values) - 1)]
        interpolated += weight.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1)) * taken
    return interpolated


def _weight(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of a pixel at a distance of less than two pixels (Keys' kernel)."""
    a, x = _SHARPNESS, distance
    return np.where(x <= 1, ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a)
