"""Display Shutter: only a part of the image is to be seen (RR-25; PS3.3 C.7.6.11, C.7.6.16.2.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.render import cielab
from openwado.render.cover import cover
from openwado.render.viewport import vertical_stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.picture_record import DisplayShutter
    from openwado.render.viewport import Viewport

P_VALUE_MAXIMUM = 65535


def apply(
    pixels: NDArray[Any], shutter: DisplayShutter | None, viewport: Viewport, pixel_aspect: tuple[float, float] | None
) -> NDArray[Any]:
    """Return a picture whose shuttered parts have the shutter's value.

    Args:
        pixels: display values of the whole output, grey (rows, columns) or RGB (rows, columns, 3).
        shutter: None: all is open.
        viewport: which piece of the image the picture shows.
        pixel_aspect: vertical and horizontal extent of a pixel: circles are round on the patient, not in pixels.
    """
    if shutter is None:
        return pixels
    return cover(pixels, ~open_part(shutter, viewport, pixel_aspect), _values(pixels, shutter))


def open_part(
    shutter: DisplayShutter, viewport: Viewport, pixel_aspect: tuple[float, float] | None = None
) -> NDArray[np.bool_]:
    """Return where the piece of an image that a viewport shows is open: inside every shape, the edges included."""
    rows = np.arange(viewport.top, viewport.bottom)[:, np.newaxis] + 1
    columns = np.arange(viewport.left, viewport.right)[np.newaxis, :] + 1
    shown = np.ones((rows.size, columns.size), np.bool_)
    if shutter.rectangle is not None:
        left, right, upper, lower = shutter.rectangle
        shown &= (rows >= upper) & (rows <= lower) & (columns >= left) & (columns <= right)
    if shutter.circle is not None:
        row, column, radius = shutter.circle
        stretch = float(vertical_stretch(pixel_aspect))
        if _meets(row, radius / stretch, viewport.source_rows) and _meets(column, radius, viewport.source_columns):
            shown &= ((rows - row) * stretch) ** 2 + (columns - column) ** 2 <= radius**2
    if shutter.polygon:
        shown &= _polygon(shutter.polygon, viewport)
    return shown


def _meets(center: int, radius: float, extent: int) -> bool:
    """Say whether a circle lies at least in part on 1 … extent: one beside the image would hide all of it."""
    return center + radius >= 1 and center - radius <= extent


def _polygon(vertices: tuple[tuple[int, int], ...], viewport: Viewport) -> NDArray[np.bool_]:
    """Return the inside of a polygon with its outline: pixels whose centres are in it or on it, counted from 1.

    A side reaches exactly as far as its line does, wherever the image is cut, so that regions tile. Where sides cross
    each other, what is inside of an odd number of turns is inside.
    """
    rows, columns = viewport.bottom - viewport.top, viewport.right - viewport.left
    turns = np.zeros((rows, columns + 1), np.bool_)  # where inside turns into outside and back, from the left
    outline = np.zeros((rows, columns), np.bool_)
    for start, end in zip(vertices, (*vertices[1:], vertices[0]), strict=True):
        (upper, first), (lower, last) = sorted((start, end))
        upper, lower = upper - 1 - viewport.top, lower - 1 - viewport.top
        first, last = first - 1 - viewport.left, last - 1 - viewport.left
        if upper == lower:
            if 0 <= upper < rows:
                outline[upper, max(0, first) : max(0, last + 1)] = True
            continue
        down = np.arange(max(0, upper), min(rows, lower + 1))
        across = first + (down - upper) * float(last - first) / (lower - upper)
        left_of = np.floor(across)
        on_line = (across == left_of) & (across >= 0) & (across < columns)
        outline[down[on_line], across[on_line].astype(np.intp)] = True
        turn = np.clip(left_of + 1, 0, columns).astype(np.intp)
        below = down < lower  # a vertex counts for one of the two sides that meet in it
        turns[down[below], turn[below]] ^= True
    inside: NDArray[np.bool_] = np.logical_xor.accumulate(turns, axis=1)[:, :columns]
    return inside | outline


def _values(pixels: NDArray[Any], shutter: DisplayShutter) -> tuple[int, ...]:
    """Return the value of what is shuttered: a P-Value for grey, CIELab for colour."""
    if pixels.ndim == 2:  # noqa: PLR2004 -- grey
        return (min(shutter.presentation_value, P_VALUE_MAXIMUM) >> (16 - pixels.dtype.itemsize * 8),)
    if shutter.presentation_color is None:
        return (0, 0, 0)
    return cielab.to_srgb(shutter.presentation_color)
