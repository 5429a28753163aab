"""Frames to animated GIF and PNG, read back by Pillow and by ffprobe."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import subprocess
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from moving_pictures import colored, drifting, peak_mebibytes, shown
from openwado.errors import BadRequest, CorruptObject, NotAcceptable
from openwado.render.adaptive_palette import index_colors
from openwado.render.animation import ANIMATION_ENCODERS, animate
from openwado.render.frame_sequence import Delays
from openwado.render.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MEDIA_TYPES = tuple(ANIMATION_ENCODERS)
RANDOM = np.random.default_rng(28)


def animation(pictures: Sequence[NDArray[np.uint8]], durations_ms: Sequence[float], media_type: str) -> bytes:
    """Return an animation."""
    return b"".join(animate(shown(pictures, durations_ms), media_type, len(pictures)))


def read_back(data: bytes) -> list[tuple[NDArray[np.uint8], float]]:
    """Return the frames as Pillow composes them, in RGB, with their milliseconds."""
    with Image.open(io.BytesIO(data)) as image:
        return [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]


def moving_square(number: int) -> NDArray[np.uint8]:
    """Return still noise of all 256 levels over which a square moves."""
    picture = np.random.default_rng(1).integers(0, 256, (80, 90), dtype=np.uint8)
    picture[20:40, 3 * number : 3 * number + 20] = 7 + number
    return picture


GREY_SEQUENCES = {
    "noise": [RANDOM.integers(0, 256, (55, 57), dtype=np.uint8) for _ in range(4)],
    "drifting": [drifting(number, 60, 80) for number in range(5)],
    "few pixels change": [moving_square(number) for number in range(6)],
    "nothing changes": [moving_square(0)] * 4,
    "single pixels": [np.array([[level]], np.uint8) for level in (0, 255, 255, 1)],
    "3 by 5": [RANDOM.integers(0, 256, (3, 5), dtype=np.uint8) for _ in range(4)],
    "511 by 513": [drifting(number, 511, 513) for number in range(3)],
    "half of it flickers": [
        np.where(np.indices((16, 32))[1] < 17, number % 2 * 9, 40).astype(np.uint8) for number in range(4)
    ],
    "all levels change": [np.tile(np.roll(np.arange(256), number), (3, 1)).astype(np.uint8) for number in range(3)],
}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("name", GREY_SEQUENCES)
def test_grey_is_exact(name: str, media_type: str) -> None:
    """Every frame comes back as it was, all of them, also those that change nothing."""
    pictures = GREY_SEQUENCES[name]
    found = read_back(animation(pictures, [100] * len(pictures), media_type))
    assert len(found) == len(pictures)
    for picture, (pixels, duration) in zip(pictures, found, strict=True):
        assert duration == 100
        assert np.array_equal(pixels, np.repeat(picture[..., np.newaxis], 3, axis=2))


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_colours(media_type: str) -> None:
    """PNG keeps colours; GIF keeps up to 256 that change, whatever other frames have, and comes near to more."""
    few = [np.stack([moving_square(number) // 2] * 3, axis=-1) for number in range(4)]
    for number, picture in enumerate(few):
        picture[50:60, 10 * number : 10 * number + 30] = (255, number, 0)
    for picture, (pixels, _) in zip(few, read_back(animation(few, [40] * 4, media_type)), strict=True):
        assert np.array_equal(pixels, picture)
    many = [colored(number, 60, 80) for number in range(4)]
    for picture, (pixels, _) in zip(many, read_back(animation(many, [40] * 4, media_type)), strict=True):
        assert np.abs(pixels.astype(int) - picture).max() <= (0 if media_type != "image/gif" else 4)


def test_apng_keeps_sixteen_bits(tmp_path: Path) -> None:
    """Grey of 16 bits is exact in PNG, and refused for GIF."""
    pictures = [RANDOM.integers(0, 65536, (9, 11)).astype(np.uint16) for _ in range(3)]
    frames = [(Raster(picture), 40.0) for picture in pictures]
    (tmp_path / "deep").write_bytes(b"".join(animate(frames, "image/apng", 3)))
    decoded = ffmpeg(tmp_path / "deep", "apng", "gray16le")
    assert np.array_equal(np.frombuffer(decoded, "<u2").reshape(3, 9, 11), np.array(pictures))
    with pytest.raises(BadRequest, match="bitDepth=16"):
        next(animate(frames, "image/gif", 3))


def ffmpeg(path: Path, form: str, pixel_format: str) -> bytes:
    """Return all frames of a file as ffmpeg decodes them."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    output = ["-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", pixel_format, "-"]
    command = ["ffmpeg", "-v", "error", "-f", form, "-i", str(path), *output]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def packets(path: Path) -> list[dict[str, Any]]:
    """Return what ffprobe says about the packets of a file."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ["ffprobe", "-v", "error", "-show_packets", "-of", "json", str(path)]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    found: list[dict[str, Any]] = json.loads(printed)["packets"]
    return found


@pytest.mark.parametrize(
    ("durations_ms", "delays"),
    [
        ([100 / 3] * 6, [3, 4, 3, 3, 4, 3]),
        ([33.33] * 4, [3, 4, 3, 3]),
        ([100] * 3, [10] * 3),
        ([40, 80, 120.4, 19], [4, 8, 12, 2]),
        ([5000] * 2, [500] * 2),
        ([1000 / 60] * 4, [2] * 4),
        ([1, 1, 40], [2, 2, 4]),
        ([1e9, 10_000], [65535, 1000]),
    ],
)
def test_gif_delays(durations_ms: list[float], delays: list[int], tmp_path: Path) -> None:
    """Delays are whole hundredths of a second, at least two, and what is rounded off is carried on (RR-28)."""
    pictures = [np.full((2, 2), number, np.uint8) for number in range(len(durations_ms))]
    data = animation(pictures, durations_ms, "image/gif")
    assert [round(duration / 10) for _, duration in read_back(data)] == delays
    assert b"NETSCAPE2.0\x03\x01\0\0\0" in data
    (tmp_path / "gif").write_bytes(data)
    assert len(packets(tmp_path / "gif")) == len(delays)


@pytest.mark.parametrize("durations_ms", [[100 / 3] * 6, [100] * 2, [40, 80, 120.4], [5000, 0.2]])
def test_apng_delays(durations_ms: list[float]) -> None:
    """Delays are milliseconds; what is rounded off is carried on."""
    pictures = [np.full((2, 2), number, np.uint8) for number in range(len(durations_ms))]
    found = [duration for _, duration in read_back(animation(pictures, durations_ms, "image/apng"))]
    assert list(itertools.accumulate(found)) == pytest.approx(list(itertools.accumulate(durations_ms)), abs=1)
    assert min(found) >= 1


@given(st.lists(st.floats(20, 60_000), max_size=200))
def test_nothing_is_lost_by_rounding(durations_ms: list[float]) -> None:
    """After every frame the sum of the delays is the sum of the durations, to half a hundredth of a second."""
    delays = Delays(10, 2, 65535)
    total, shown_for = 0.0, 0
    for duration_ms in durations_ms:
        total += duration_ms
        shown_for += 10 * delays.ticks(duration_ms)
        assert abs(shown_for - total) <= 5 + 1e-3


@given(st.lists(st.floats(0.01, 1e12), max_size=50))
def test_delays_stay_in_bounds(durations_ms: list[float]) -> None:
    """No duration leads to a delay that the format cannot have, or changes later ones by more than one tick."""
    delays = Delays(10, 2, 65535)
    for duration_ms in durations_ms:
        ticks = delays.ticks(duration_ms)
        assert 2 <= ticks <= 65535
        assert abs(ticks - min(max(duration_ms / 10, 2), 65535)) <= 1


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_frames_that_change_nothing_cost_little(media_type: str) -> None:
    """A thousand more of the same frame add less than 90 bytes each."""
    picture = RANDOM.integers(0, 256, (100, 100), dtype=np.uint8)
    for still in (picture, np.stack([picture, 255 - picture, picture], axis=-1)):
        one = len(animation([still], [40], media_type))
        assert len(animation([still] * 1001, [40] * 1001, media_type)) - one < 90_000


def test_pieces_leave_as_frames_come() -> None:
    """The first piece is there after the first frame, and never more than two frames are held."""
    made: list[weakref.ref[Raster]] = []

    def frames() -> Iterator[tuple[Raster, float]]:
        for number in range(6):
            assert sum(frame() is not None for frame in made) <= 2
            raster = HeldRaster(np.full((8, 8), number, np.uint8))
            made.append(weakref.ref(raster))
            yield raster, 40.0

    pieces = animate(frames(), "image/gif", 6)
    assert next(pieces).startswith(b"GIF89a")
    assert next(pieces)[:2] == b"\x21\xf9"
    assert len(made) == 1
    assert len(list(pieces)) == 6


class HeldRaster(Raster):
    """A raster that can be watched."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_frames_that_do_not_go_together(media_type: str) -> None:
    """Frames of another size, none, too few or too many end the animation with an error, as does their own."""
    one, other = np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)
    for pictures, count in (([one, other], 2), ([], 0), ([one], 2), ([one] * 3, 2)):
        with pytest.raises(CorruptObject):
            list(animate(shown(pictures, [40] * len(pictures)), media_type, count))

    def broken() -> Iterator[tuple[Raster, float]]:
        yield Raster(one), 40.0
        raise CorruptObject("This frame cannot be decoded.")

    with pytest.raises(CorruptObject, match="decoded"):
        list(animate(broken(), media_type, 2))


def test_what_is_not_made() -> None:
    """Other types are refused with those that are made; a GIF has at most 65535 columns."""
    with pytest.raises(NotAcceptable) as refused:
        animate(iter(()), "image/webp", 1)
    assert refused.value.available == MEDIA_TYPES
    wide = np.zeros((1, 65536), np.uint8)
    with pytest.raises(BadRequest, match="columns"):
        next(animate(shown([wide], [40]), "image/gif", 1))


def test_fewer_colours_can_be_asked_for() -> None:
    """A palette of 255 leaves the last colour free."""
    picture = RANDOM.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    indexes, palette = index_colors(picture, 255)
    assert indexes.max() <= 254
    assert not palette[255].any()


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_memory_is_flat(media_type: str) -> None:
    """2,000 frames take no more memory than 50."""
    assert peak_mebibytes(media_type, 2000) < peak_mebibytes(media_type, 50) + 8
