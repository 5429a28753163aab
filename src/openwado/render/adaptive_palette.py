"""At most 256 colours for a colour picture, chosen from the picture itself: what GIF needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLORS = 256

SAMPLED_PIXELS = 10_000
"""Pixels, evenly spread, from which the palette is made: they say which colours are frequent."""

CELL_BITS = 4
"""Bits of a channel by which colours are told apart so that a rare one, a caliper or a letter, has a say as well."""

MATCHED_COLORS = 8192
"""Distinct colours matched at a time: memory stays bounded."""


def index_colors(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Reduce a picture to 256 colours: exactly if it has no more, else each to the nearest of a palette.

    Nothing is dithered: in ultrasound the dots would look like speckle, and dark areas would seem to have texture.

    Args:
        rgb: shape (rows, columns, 3).

    Returns:
        indexes, shape (rows, columns), and the palette, shape (256, 3).
    """
    codes = rgb[..., 0].astype(np.int32) << 16 | rgb[..., 1].astype(np.int32) << 8 | rgb[..., 2]
    seen = np.zeros(1 << 24, np.bool_)
    seen[codes] = True
    distinct = np.flatnonzero(seen)
    colors = np.stack([distinct >> 16, distinct >> 8 & 255, distinct & 255], axis=1).astype(np.uint8)
    palette = np.zeros((COLORS, 3), np.uint8)
    index_of = np.zeros(1 << 24, np.uint8)
    if len(colors) <= COLORS:
        palette[: len(colors)] = colors
        index_of[distinct] = np.arange(len(colors), dtype=np.uint8)
    else:
        palette = _chosen(rgb.reshape(-1, 3), colors)
        index_of[distinct] = _nearest(colors, palette)
    return index_of[codes], palette


def _chosen(pixels: NDArray[np.uint8], distinct: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Choose a palette from evenly spread pixels and one colour of every cell of the colour cube."""
    cells = distinct >> (8 - CELL_BITS)
    keys = (cells[:, 0].astype(np.int32) << 2 * CELL_BITS) | (cells[:, 1].astype(np.int32) << CELL_BITS) | cells[:, 2]
    _, rare = np.unique(keys, return_index=True)
    spread = pixels[:: max(1, len(pixels) // SAMPLED_PIXELS)]
    points = Image.fromarray(np.concatenate([spread, distinct[rare]])[np.newaxis])
    quantized = points.quantize(COLORS, Image.Quantize.MAXCOVERAGE, kmeans=1)
    found = np.array(quantized.getpalette(), np.uint8).reshape(-1, 3)
    palette = np.zeros((COLORS, 3), np.uint8)
    palette[: len(found)] = found
    return palette


def _nearest(colors: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return for each colour the index of the palette's nearest."""
    targets = palette.astype(np.float32)
    # |c - p|² without |c|², which is the same for every p; all exact in float32.
    offsets = (targets * targets).sum(axis=1)
    found = np.empty(len(colors), np.uint8)
    for start in range(0, len(colors), MATCHED_COLORS):
        some = colors[start : start + MATCHED_COLORS].astype(np.float32)
        found[start : start + MATCHED_COLORS] = np.argmin(offsets - 2 * (some @ targets.T), axis=1)
    return found
