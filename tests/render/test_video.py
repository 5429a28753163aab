"""Frames to MP4 and MPEG-2, read back by ffprobe and ffmpeg."""

from __future__ import annotations

import builtins
import io
import json
import shutil
import subprocess
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moving_pictures import colored, drifting, peak_mebibytes, shown
from openwado.errors import BadRequest, CorruptObject, NotAcceptable, NotSupported, RenderFailed
from openwado.render import video
from openwado.render.mp4_file import write_movie_first
from openwado.render.raster import Raster
from openwado.render.video import encode_video, video_types
from openwado.render.video_cadence import MPEG_2_RATES, MPEG_2_SAMPLES_A_SECOND, AnyTime, AtRate
from openwado.render.video_codecs import VIDEO_CODECS, usable_codecs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

pytest.importorskip("av", reason="the package av is not installed")
MP4, MPEG = "video/mp4", "video/mpeg"
EVEN = {MP4: 2, MPEG: 1}


def encoded(
    pictures: Sequence[NDArray[np.uint8]], durations_ms: Sequence[float], media_type: str, quality: int | None = None
) -> bytes:
    """Return a video."""
    out = io.BytesIO()
    encode_video(shown(pictures, durations_ms), media_type, quality, out)
    return out.getvalue()


def run(program: str, *arguments: str) -> bytes:
    """Return what one of the independent readers prints."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([program, "-v", "error", *arguments], capture_output=True, check=True, timeout=120)
    return done.stdout


def probed(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what ffprobe says about the stream and about each packet."""
    found = json.loads(run("ffprobe", "-show_streams", "-show_packets", "-of", "json", str(path)))
    return found["streams"][0], found["packets"]


def decoded(path: Path, shape: tuple[int, ...], *, even: int = 1) -> NDArray[np.uint8]:
    """Return all frames as ffmpeg decodes them, of the shape of a picture."""
    rows, columns = (-(-side // even) * even for side in shape[:2])
    pixel_format, channels = ("gray", ()) if len(shape) == 2 else ("rgb24", (3,))
    scaling = ["-vsync", "passthrough", "-sws_flags", "accurate_rnd+full_chroma_int+bitexact"]
    data = run("ffmpeg", "-i", str(path), *scaling, "-f", "rawvideo", "-pix_fmt", pixel_format, "-")
    return np.frombuffer(data, np.uint8).reshape(-1, rows, columns, *channels)[:, : shape[0], : shape[1]]


def psnr(found: NDArray[np.uint8], pictures: Sequence[NDArray[np.uint8]]) -> float:
    """Return the peak signal-to-noise ratio in dB; see that levels are right on average."""
    errors = found.astype(float) - np.array(pictures)
    assert abs(errors.mean()) < 1
    return float(10 * np.log10(255**2 / max((errors**2).mean(), 1e-9)))


def test_both_types_are_made() -> None:
    """With the package there are both types, and the codecs are those that its libraries have."""
    assert video_types() == (MP4, MPEG)
    assert usable_codecs()[MP4].encoder == "libx264"


@pytest.mark.parametrize("picture", [drifting, colored])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (5, 2), (16, 16), (511, 513)])
@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_pictures_come_back(media_type: str, size: tuple[int, int], picture: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """Frames are near to what they were, also of odd sizes; H.264 repeats the last row and column where it must."""
    pictures = [picture(number, *size) for number in range(6)]
    path = tmp_path / "video"
    path.write_bytes(encoded(pictures, [40] * 6, media_type))
    stream, _ = probed(path)
    even = EVEN[media_type]
    assert (stream["height"], stream["width"]) == tuple(-(-side // even) * even for side in size)
    found = decoded(path, pictures[0].shape, even=even)
    assert len(found) == 6
    assert psnr(found, pictures) >= (35 if min(size) > 100 else 28)


@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_levels_are_right(media_type: str, tmp_path: Path) -> None:
    """All 256 levels come back, black and white exactly, and grey has no tint; the stream says what its levels mean."""
    ramp = np.repeat(np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16), 16, axis=0), 16, axis=1)
    path = tmp_path / "video"
    path.write_bytes(encoded([ramp] * 3, [40] * 3, media_type, 100))
    found = decoded(path, (256, 256, 3))[1].astype(int)
    assert np.abs(found - ramp[..., np.newaxis]).max() <= 3
    assert np.ptp(found, axis=2).max() == 0
    assert found[8, 8, 0] == 0
    assert found[-8, -8, 0] == 255
    stream, _ = probed(path)
    assert (stream["color_range"], stream["color_primaries"], stream["pix_fmt"]) == ("tv", "bt709", "yuv420p")
    matrix, transfer = ("bt709", "iec61966-2-1") if media_type == MP4 else ("bt470bg", "bt709")
    assert (stream["color_space"], stream["color_transfer"]) == (matrix, transfer)


@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_colours_are_right(media_type: str, tmp_path: Path) -> None:
    """Pure colours come back within three levels."""
    for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (37, 200, 90)):
        picture = np.full((32, 48, 3), color, np.uint8)
        path = tmp_path / "video"
        path.write_bytes(encoded([picture] * 2, [40] * 2, media_type, 100))
        assert np.abs(decoded(path, picture.shape).astype(int) - picture).max() <= 3


@pytest.mark.parametrize(
    "durations_ms",
    [
        [100 / 3] * 7,
        [33.33] * 7,
        [1001 / 30] * 7,
        [100] * 5,
        [40] * 5,
        [1000 / 60] * 9,
        [5000] * 2,
        [10_000] * 2,
        [100, 20, 700, 33.3, 1500, 40],
        [1] * 30,
        [40],
    ],
)
def test_timing(durations_ms: list[float], tmp_path: Path) -> None:
    """MP4 shows each frame once, from its time to the next; MPEG-2 repeats frames so that the whole is right."""
    pictures = [drifting(number, 16, 16) for number in range(len(durations_ms))]
    starts = np.cumsum([0, *durations_ms]) / 1000
    path = tmp_path / "video"
    path.write_bytes(encoded(pictures, durations_ms, MP4))
    stream, packets = probed(path)
    assert [float(packet["pts_time"]) for packet in packets] == pytest.approx(list(starts[:-1]), abs=1e-5)
    assert float(stream["duration"]) == pytest.approx(starts[-1], abs=1e-5)
    assert len(decoded(path, (16, 16))) == len(pictures)

    path.write_bytes(encoded(pictures, durations_ms, MPEG))
    stream, _ = probed(path)
    rate = Fraction(stream["r_frame_rate"])
    assert rate in MPEG_2_RATES
    assert abs(len(decoded(path, (16, 16))) / float(rate) - starts[-1]) <= 0.501 / float(rate)


@pytest.mark.parametrize("media_type", [MP4, MPEG])
@pytest.mark.parametrize("duration_ms", [1000 / 60, 40, 300, 999, 1500])
def test_a_key_frame_starts_every_second(duration_ms: float, media_type: str, tmp_path: Path) -> None:
    """No more than a second lies between key frames, or one frame where frames are longer."""
    count = 1 + int(3000 / duration_ms)
    path = tmp_path / "video"
    path.write_bytes(encoded([drifting(number, 32, 32) for number in range(count)], [duration_ms] * count, media_type))
    entries = "frame=key_frame" if media_type == MPEG else "frame=key_frame,pkt_pts_time,best_effort_timestamp_time"
    frames = json.loads(run("ffprobe", "-show_frames", "-show_entries", entries, "-of", "json", str(path)))["frames"]
    if media_type == MPEG:
        rate = Fraction(probed(path)[0]["r_frame_rate"])
        keys = [float(number / rate) for number, frame in enumerate(frames) if frame["key_frame"]]
    else:
        keys = [float(frame["best_effort_timestamp_time"]) for frame in frames if frame["key_frame"]]
    assert keys[0] == 0
    assert len(keys) >= min(count, 3)
    assert np.diff(keys).max() <= max(1.0, duration_ms / 1000 if media_type == MP4 else 0) + 1e-4


def test_imagequality_is_a_scale() -> None:
    """Better quality never has fewer bytes, and the default is 90."""
    pictures = [drifting(number, 128, 128) ^ np.uint8(number) for number in range(4)]
    for media_type in (MP4, MPEG):
        sizes = [len(encoded(pictures, [40] * 4, media_type, quality)) for quality in (1, 20, 40, 60, 75, 85, 98, 100)]
        assert sizes == sorted(sizes)
        assert sizes[0] < sizes[-1] / 2
        assert encoded(pictures, [40] * 4, media_type) == encoded(pictures, [40] * 4, media_type, 90)


def test_mp4_can_be_started_and_is_the_same_each_time() -> None:
    """What describes it comes before its samples, and it names neither time nor encoder."""
    pictures = [drifting(number, 64, 64) for number in range(5)]
    data = encoded(pictures, [40] * 5, MP4)
    assert data.index(b"ftyp") < data.index(b"moov") < data.index(b"mdat")
    assert not any(name in data for name in (b"x264", b"Lav", b"free"))
    assert encoded(pictures, [40] * 5, MP4) == data
    assert encoded(pictures, [40] * 5, MPEG) == encoded(pictures, [40] * 5, MPEG)


def test_the_older_codec_makes_mp4_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there is no H.264 encoder MPEG-4 part 2 stands in, at any size and time."""
    older = next(codec for codec in VIDEO_CODECS if codec.encoder == "mpeg4")
    monkeypatch.setattr(video, "usable_codecs", lambda: MappingProxyType({MP4: older}))
    pictures = [drifting(number, 51, 33) for number in range(4)]
    path = tmp_path / "video"
    path.write_bytes(encoded(pictures, [100 / 3, 700, 5000, 40], MP4))
    stream, packets = probed(path)
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("mpeg4", 33, 51)
    assert [float(packet["pts_time"]) for packet in packets] == pytest.approx([0, 0.03333, 0.73333, 5.73333], abs=2e-5)
    assert psnr(decoded(path, (51, 33)), pictures) >= 35


def test_without_the_package_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is optional: without it there are no types, and a sentence for who asks."""
    real = builtins.__import__

    def missing(name: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        if name.partition(".")[0] == "av":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    usable_codecs.cache_clear()
    try:
        assert video_types() == ()
        with pytest.raises(NotAcceptable, match="not made here"):
            encode_video(iter(()), MP4, None, io.BytesIO())
    finally:
        usable_codecs.cache_clear()


@pytest.mark.parametrize(
    ("media_type", "shape", "parameter"),
    [
        (MPEG, (8, 1921), "columns"),
        (MPEG, (1153, 8), "rows"),
        (MP4, (1, 16385), "columns"),
        (MP4, (8000, 8000), "rows"),
    ],
)
def test_sizes_beyond_the_levels(media_type: str, shape: tuple[int, int], parameter: str) -> None:
    """What no decoder has to play is refused, with what can be asked for."""
    with pytest.raises(NotSupported, match="ask for fewer") as refused:
        encoded([np.zeros(shape, np.uint8)], [40], media_type)
    assert refused.value.parameter == parameter


@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_frames_that_do_not_go_together(media_type: str) -> None:
    """Frames of another size or depth, or none, are errors; an error of the frames is handed on."""
    one = np.zeros((16, 16), np.uint8)
    with pytest.raises(CorruptObject, match="one size"):
        encoded([one, np.zeros((16, 18), np.uint8)], [40] * 2, media_type)
    with pytest.raises(CorruptObject, match="no frames"):
        encoded([], [], media_type)
    with pytest.raises(BadRequest, match="bitDepth=16"):
        encode_video(iter([(Raster(one.astype(np.uint16)), 40.0)]), media_type, None, io.BytesIO())

    def broken() -> Iterator[tuple[Raster, float]]:
        yield Raster(one), 40.0
        raise CorruptObject("This frame cannot be decoded.")

    with pytest.raises(CorruptObject, match="decoded"):
        encode_video(broken(), media_type, None, io.BytesIO())


@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_a_sink_that_fails_ends_it(media_type: str) -> None:
    """A full disk or a client that has gone ends the encoding at once."""

    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _data: object) -> NoReturn:
            raise OSError("no room")

    made = 0

    def frames() -> Iterator[tuple[Raster, float]]:
        nonlocal made
        for made in range(200):
            yield Raster(drifting(made, 256, 256)), 40.0

    with pytest.raises(OSError, match="no room"):
        encode_video(frames(), media_type, None, Full())
    assert media_type == MP4 or made < 150


def test_an_encoder_that_fails_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that does not start is an error with a public sentence; what it said goes to the log."""
    wrong = type(VIDEO_CODECS[0])(
        **{name: getattr(VIDEO_CODECS[0], name) for name in VIDEO_CODECS[0].__struct_fields__}
        | {"options": MappingProxyType({"preset": "no such preset"})}
    )
    monkeypatch.setattr(video, "usable_codecs", lambda: MappingProxyType({MP4: wrong}))
    with pytest.raises(RenderFailed, match="could not be encoded") as failed:
        encoded([np.zeros((16, 16), np.uint8)], [40], MP4)
    assert failed.value.detail


def test_files_that_are_no_movies() -> None:
    """Whatever a file holds, moving its movie box ends."""
    pictures = [drifting(number, 16, 16) for number in range(2)]
    good = encoded(pictures, [40] * 2, MP4)
    for data in (b"", b"\0\0\0\1ftyp", bytes(64), good[:40], good[:-8], b"\0\0\0\1moov" + bytes(8)):
        with pytest.raises(RenderFailed) if b"mdat" not in data else pytest.MonkeyPatch.context():
            write_movie_first(io.BytesIO(data), io.BytesIO())


@given(st.lists(st.floats(1, 60_000), min_size=1, max_size=60))
def test_times_of_any_frames(durations_ms: list[float]) -> None:
    """Ticks start where the last ones ended, and the total is right to half a tick."""
    cadence = AnyTime(Fraction(1, 90000))
    showings = [showing for duration_ms in durations_ms for showing in cadence.showings(duration_ms)]
    assert len(showings) == len(durations_ms)
    end = 0
    for start, ticks in showings:
        assert start == end
        assert ticks >= 1
        end = start + ticks
    assert abs(end / 90 - sum(durations_ms)) <= 0.5 / 90 + 1e-6


@given(st.lists(st.floats(1, 5000), min_size=1, max_size=40), st.integers(1, 1920 * 1152))
def test_times_at_a_rate(durations_ms: list[float], samples: int) -> None:
    """Repeated frames are one after the other, as many as the total asks for, at a rate that the level allows."""
    cadence = AtRate(durations_ms[0], samples)
    rate = 1 / cadence.tick
    assert rate in MPEG_2_RATES
    assert rate * samples <= MPEG_2_SAMPLES_A_SECOND
    starts = [showing.start for duration_ms in durations_ms for showing in cadence.showings(duration_ms)]
    assert starts == list(range(len(starts)))
    assert abs(len(starts) - max(sum(durations_ms) / 1000 * float(rate), 1)) <= 0.5 + 1e-6


@pytest.mark.parametrize("media_type", [MP4, MPEG])
def test_memory_is_flat(media_type: str) -> None:
    """2,000 frames take no more memory than 50."""
    assert peak_mebibytes(media_type, 2000) < peak_mebibytes(media_type, 50) + 8
