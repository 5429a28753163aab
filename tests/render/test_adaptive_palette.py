"""Choosing 256 colours for a picture."""

from __future__ import annotations

import numpy as np
import pytest

from openwado.render.adaptive_palette import index_colors


@pytest.mark.parametrize("count", [1, 2, 255, 256])
def test_few_colours_are_kept(count: int) -> None:
    """Up to 256 colours come back exactly."""
    rng = np.random.default_rng(count)
    colors = np.arange(count) * 65521 % (1 << 24)
    rgb = np.stack([colors >> 16, colors >> 8 & 255, colors & 255], axis=-1).astype(np.uint8)
    pixels = rgb[rng.integers(0, count, (50, 60))]
    indexes, palette = index_colors(pixels)
    assert palette.shape == (256, 3)
    assert np.array_equal(palette[indexes], pixels)


def test_each_colour_takes_the_nearest_of_the_palette() -> None:
    """With more than 256 colours no pixel has a colour while the palette holds one that is nearer."""
    pixels = np.random.default_rng(10).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    indexes, palette = index_colors(pixels)
    distances = ((pixels[:, :, None].astype(int) - palette.astype(int)) ** 2).sum(axis=-1)
    taken = np.take_along_axis(distances, indexes[..., None].astype(int), axis=-1)[..., 0]
    assert np.array_equal(taken, distances.min(axis=-1))


def test_a_grey_ramp_beside_colours_stays_smooth() -> None:
    """An ultrasound picture, mostly grey with some colours, keeps its greys within six levels."""
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (200, 256, 3))
    hues = np.stack([*np.meshgrid(np.arange(0, 256, 8), np.arange(0, 256, 8)), np.full((32, 32), 40)], axis=-1)
    pixels = ramp.copy()
    pixels[:32, :32] = hues
    indexes, palette = index_colors(pixels)
    difference = np.abs(palette[indexes].astype(int) - pixels)[40:]
    assert difference.max() <= 6
