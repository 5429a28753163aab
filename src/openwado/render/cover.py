"""Covering parts of a picture with one value: what shutters and overlay planes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.render import resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from openwado.render.viewport import Viewport


def cover(pixels: NDArray[Any], mask: NDArray[np.bool_], values: Sequence[int]) -> NDArray[Any]:
    """Return a picture with a value wherever a mask is set.

    Where the picture has another size than the mask, a pixel that is covered in part takes its share of the value.

    Args:
        pixels: shape (rows, columns) or (rows, columns, 3), unsigned integers; not changed.
        mask: of the piece of the image that the picture shows, in pixels of the image.
        values: one for grey, three for RGB.
    """
    if not mask.any():
        return pixels
    covered = pixels.copy()
    value = np.array(values, pixels.dtype) if pixels.ndim == 3 else pixels.dtype.type(values[0])  # noqa: PLR2004 -- RGB
    if mask.shape == pixels.shape[:2]:
        covered[mask] = value
        return covered
    share = np.clip(resample.resize(mask.astype(np.float32), *pixels.shape[:2]), 0, 1)
    touched = share > 0
    weight = share[touched] if pixels.ndim == 2 else share[touched][:, np.newaxis]  # noqa: PLR2004 -- grey
    mixed = pixels[touched] * (1 - weight) + value * weight
    covered[touched] = np.floor(mixed + np.float32(0.5)).astype(pixels.dtype)
    return covered


def placed(bits: NDArray[np.bool_], top: int, left: int, viewport: Viewport) -> NDArray[np.bool_]:
    """Return a mask of the piece that a viewport shows, with bits set where they lie on it.

    Args:
        bits: shape (rows, columns).
        top: row of the image, from 0, of the first bit; may be negative.
        left: its column, likewise.
        viewport: the piece.
    """
    mask = np.zeros((viewport.bottom - viewport.top, viewport.right - viewport.left), np.bool_)
    rows, from_rows = _overlap(top - viewport.top, bits.shape[0], mask.shape[0])
    columns, from_columns = _overlap(left - viewport.left, bits.shape[1], mask.shape[1])
    mask[rows, columns] = bits[from_rows, from_columns]
    return mask


def _overlap(start: int, count: int, size: int) -> tuple[slice, slice]:
    """Return where `count` places from `start` on lie within `size` places, and which of them do."""
    first, last = max(start, 0), min(start + count, size)
    last = max(first, last)
    return slice(first, last), slice(first - start, last - start)
