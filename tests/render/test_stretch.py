"""Stretches of images that reach beyond them, or end within a pixel (RR-40, REQ-URI-8.2.9-7)."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from openwado.render import resample, stretch
from openwado.render.stretch import Stretch, stretched

PIXELS = np.random.default_rng(1).integers(0, 256, (40, 50), np.uint8)


@pytest.fixture(params=[False, True], ids=["made", "never made"])
def bounded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Make stretches with nothing to spare, so that what is outside of an image is never made."""
    if request.param:
        monkeypatch.setattr(stretch, "_BAND_CELLS", 1)
        monkeypatch.setattr(stretch, "_MANY", 0)
    return bool(request.param)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("size", [(90, 110), (45, 55), (30, 200), (270, 29), (31, 37), (331, 333)])
def test_rr_40_it_is_the_picture_of_an_image_with_black_around(size: tuple[int, int], *, color: bool) -> None:
    """RR-40: the same as if the image had been put on black, cut and resampled, but for rounding."""
    pixels = np.stack([PIXELS, 255 - PIXELS, PIXELS // 2], axis=-1) if color else PIXELS
    top, left, bottom, right = -20, -33, 70, 77
    pad = [(20, 30), (33, 27)] + [(0, 0)] * color
    whole = resample.resize(np.pad(pixels, pad).astype(np.float32), *size)
    shown = stretched(
        pixels,
        Stretch(top, bottom, (bottom - top) / size[0], size[0]),
        Stretch(left, right, (right - left) / size[1], size[1]),
    )
    assert shown.dtype == np.uint8
    assert shown.shape == whole.shape
    np.testing.assert_allclose(shown, np.clip(whole, 0, 255), atol=2)


@pytest.mark.usefixtures("bounded")
def test_rr_40_much_smaller_ones_are_means() -> None:
    """RR-40: an area many times larger than its picture is averaged over each pixel, wherever its pixels begin."""
    pixels = np.repeat(np.repeat(PIXELS[:39, :49], 4, axis=0), 4, axis=1)
    shown = stretched(pixels, Stretch(-44, 256, 20.0, 15), Stretch(-104, 296, 20.0, 20))
    whole = np.pad(pixels, ((44, 100), (104, 100)))[:300, :400]
    means = whole.reshape(15, 20, 20, 20).mean(axis=(1, 3))
    assert np.abs(shown - means).mean() < 4
    assert np.abs(shown[5:9, 8:14] - means[5:9, 8:14]).max() < 25


@pytest.mark.usefixtures("bounded")
def test_rr_40_beside_the_image_all_is_black() -> None:
    """RR-40: an area that has nothing of the image is black, whatever the scale."""
    for count in (3, 30, 300):
        shown = stretched(PIXELS, Stretch(100, 130, 30 / count, count), Stretch(-60, -30, 30 / count, count))
        assert shown.shape == (count, count)
        assert not shown.any()


@pytest.mark.usefixtures("bounded")
def test_req_uri_8_2_9_7_what_is_cropped_is_the_beginning_of_the_whole() -> None:
    """REQ-URI-8.2.9-7: the part that is kept is what it would be in the whole, also where it repeats the edge."""
    whole = resample.resize(PIXELS.astype(np.float32), 400, 500)
    part = stretched(PIXELS, Stretch(0, 40, 0.1, 37), Stretch(0, 50, 0.1, 500))
    np.testing.assert_allclose(part, np.clip(whole[:37], 0, 255), atol=1.01)
    whole = resample.resize(PIXELS.astype(np.float32), 25, 31)
    part = stretched(PIXELS, Stretch(0, 40, 40 / 25, 13), Stretch(0, 50, 50 / 31, 20))
    np.testing.assert_allclose(part, whole[:13, :20], atol=1.01)


def test_rr_40_memory_follows_the_picture() -> None:
    """RR-40: neither an area of a million pixels a side nor its corner of the image is made whole."""
    pixels = np.full((2000, 2000), 90, np.uint8)
    tracemalloc.start()
    shown = stretched(pixels, Stretch(-(10**6), 10**6, 5000.0, 400), Stretch(-(10**6), 10**6, 5000.0, 400))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert shown.max() == pytest.approx(90 * 0.4 * 0.4, abs=1)
    assert peak < 100 << 20
