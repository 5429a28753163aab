"""Choosing 256 colours for a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from openwado.render.adaptive_palette import MATCHED, index_colors

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def photograph(rows: int, columns: int) -> NDArray[np.uint8]:
    """Return a picture of many soft colours, and one green pixel."""
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(12).normal(0, 2, (rows, columns, 3))
    planes = [180 + 60 * np.sin(x / 40), 120 + 70 * np.cos(y / 30) * np.sin(x / 90), 100 + 50 * np.sin((x + y) / 50)]
    pixels = np.clip(np.stack(planes, axis=-1) + noise, 0, 255).astype(np.uint8)
    pixels[7, 9] = (0, 255, 0)
    return pixels


def squared_error(pixels: NDArray[np.uint8], reduced: NDArray[np.uint8]) -> float:
    """Return the mean of the squared differences."""
    return float(np.mean((pixels.astype(float) - reduced) ** 2))


def test_the_palette_is_better_than_a_median_cut() -> None:
    """A picture of many colours has at most 70 % of the squared error that Pillow's median cut leaves."""
    pixels = photograph(240, 320)
    indexes, palette = index_colors(pixels)
    other = Image.fromarray(pixels).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    assert squared_error(pixels, palette[indexes]) < 0.7 * squared_error(pixels, np.asarray(other.convert("RGB")))


def test_a_rare_colour_far_from_all_others_is_kept() -> None:
    """One green pixel among thousands of others stays as green as it is."""
    indexes, palette = index_colors(photograph(240, 320))
    assert np.abs(palette[indexes[7, 9]].astype(int) - (0, 255, 0)).max() <= 2


def test_colours_beyond_what_is_matched_one_by_one_are_near() -> None:
    """Noise of more colours than are matched one by one is off by no more than the nearest and a cell."""
    pixels = np.random.default_rng(13).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > MATCHED
    indexes, palette = index_colors(pixels)
    some, taken = pixels[::40, ::40].astype(int), palette[indexes][::40, ::40].astype(int)
    nearest = np.sqrt(((some[:, :, None] - palette.astype(int)) ** 2).sum(axis=-1).min(axis=-1))
    cell = np.sqrt(3 * 3**2)
    assert (np.sqrt(((some - taken) ** 2).sum(axis=-1)) <= nearest + 2 * cell).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(257, 3000), st.integers(1, 256), st.sampled_from([1, 30, 20_000]))
def test_any_colours_are_reduced(seed: int, count: int, spread: int, most: int) -> None:
    """However colours lie, crowded or scattered, rare or frequent, none gets one from outside their range."""
    rng = np.random.default_rng(seed)
    colors = rng.integers(0, spread, (count, 3)).astype(np.uint8)
    times = rng.integers(1, most + 1, count)
    times[10:] = 1
    pixels = np.repeat(colors, times, axis=0)[np.newaxis]
    indexes, palette = index_colors(pixels)
    assert np.abs(palette[indexes].astype(int) - pixels).max() < spread
