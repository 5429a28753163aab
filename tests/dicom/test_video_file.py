"""Stored video streams as files that can be played (RR-28a); ffprobe, another build of the library, reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from openwado.dicom import video_remuxing
from openwado.dicom.mp4_boxes import file_boxes
from openwado.dicom.parts import FileSpan, Part, read_span
from openwado.dicom.source import BytesSource
from openwado.dicom.video_file import video_parts
from openwado.errors import CorruptObject, NotAcceptable, NotSupported, WadoError
from openwado.spool import Spool
from video_clips import COUNT, FORMS, H264, H265, MPEG2, RATE, clip, in_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dicom.conftest import ObjectMaker, Stored

pytest.importorskip("av", reason="needs the extra 'video'")

needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")

MP4 = "video/mp4"
MPEG = "video/mpeg"
TO_MP4 = [(H264, "h264"), (H264, "mpegts"), (H265, "hevc"), (H265, "mpegts")]


def joined(stored: Stored, parts: Sequence[Part] | Spool) -> bytes:
    """Return what parts give, or a spool holds."""
    if isinstance(parts, Spool):
        return parts.read_at(0, parts.size)
    pieces = []
    for part in parts:
        if isinstance(part, bytes):
            pieces.append(part)
        else:
            assert isinstance(part, FileSpan)
            pieces.append(read_span(stored.source, part, 0, part.length))
    return b"".join(pieces)


def probed(path: Path, data: bytes) -> dict[str, Any]:
    """Return what ffprobe says of a file: its format, and the packets and frames of its first track of pictures."""
    path.write_bytes(data)
    command = ["ffprobe", "-v", "error", "-count_frames", "-of", "json", "-show_format", "-show_streams"]
    done = subprocess.run([*command, "-show_frames", path], capture_output=True, check=True)
    assert done.stderr == b""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("pieces", [1 << 20, 1000])
@pytest.mark.parametrize("form", ["mpeg2video", "vob", "mpegts"])
def test_mpeg_2_leaves_as_it_is_stored(make: ObjectMaker, form: str, pieces: int) -> None:
    """MPEG-2 leaves as it is stored: RR-28a."""
    stream = clip(MPEG2, form)
    stored = make.video(MPEG2, in_pieces(stream, pieces), total_length=len(stream))
    parts = video_parts(stored.source, stored.instance, MPEG)
    assert not isinstance(parts, Spool)
    assert all(isinstance(part, FileSpan) for part in parts)
    assert joined(stored, parts) == stream


@pytest.mark.parametrize("movflags", ["faststart", "frag_keyframe+empty_moov", "faststart+negative_cts_offsets"])
def test_mp4_with_its_index_in_front_leaves_as_it_is_stored(make: ObjectMaker, movflags: str) -> None:
    """MP4 with its index in front leaves as it is stored."""
    stream = moved(make, clip(H264, "mp4")) if "faststart" in movflags else clip(H264, "mp4", movflags=movflags)
    stored = make.video(H264, in_pieces(stream, 1000), total_length=len(stream))
    parts = video_parts(stored.source, stored.instance, MP4)
    assert not isinstance(parts, Spool)
    assert all(isinstance(part, FileSpan) for part in parts)
    assert joined(stored, parts) == stream


def moved(make: ObjectMaker, stream: bytes) -> bytes:
    """Return an MP4 file with its index first."""
    stored = make.video(H264, [stream], total_length=len(stream))
    return joined(stored, video_parts(stored.source, stored.instance, MP4))


@needs_ffprobe
def test_the_index_of_an_mp4_file_is_moved_to_its_front(make: ObjectMaker, tmp_path: Path) -> None:
    """The index of an MP4 file is moved to its front."""
    stream = clip(H264, "mp4", sound=True)
    stored = make.video(H264, in_pieces(stream, 1000), total_length=len(stream))
    parts = video_parts(stored.source, stored.instance, MP4)
    assert not isinstance(parts, Spool)
    assert sum(isinstance(part, bytes) for part in parts) == 1  # the index; no sample is copied
    data = joined(stored, parts)
    assert [box.kind for box in file_boxes(BytesSource(data))] == [b"ftyp", b"moov", b"free", b"mdat"]
    assert len(data) == len(stream)
    before, after = probed(tmp_path / "a.mp4", stream), probed(tmp_path / "b.mp4", data)
    for found in (before, after):
        found["format"].pop("filename")
        for frame in found["frames"]:
            frame.pop("pkt_pos")
    assert before == after


@needs_ffprobe
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(("transfer_syntax", "form"), TO_MP4)
def test_other_containers_are_put_into_mp4(
    make: ObjectMaker, tmp_path: Path, transfer_syntax: str, form: str, b_frames: int
) -> None:
    """Other containers are put into MP4."""
    stream = clip(transfer_syntax, form, b_frames=b_frames)
    stored = make.video(transfer_syntax + ".1" * (transfer_syntax == H264), in_pieces(stream, 2000))
    data = joined(stored, video_parts(stored.source, stored.instance, MP4, Fraction(1, 10)))
    assert [box.kind for box in file_boxes(BytesSource(data))][:2] == [b"ftyp", b"moov"]
    found = probed(tmp_path / "a.mp4", data)
    (track,) = found["streams"]
    assert track["codec_tag_string"] == ("avc1" if transfer_syntax == H264 else "hvc1")
    assert int(track["nb_read_frames"]) == COUNT
    assert float(track["duration"]) == pytest.approx(COUNT / RATE, abs=0.002)  # the streams say their rate
    times = [round(float(frame["pts_time"]) * RATE) for frame in found["frames"]]
    assert times == list(range(COUNT))


@needs_ffprobe
def test_the_rate_of_the_object_counts_where_the_stream_says_none(make: ObjectMaker, tmp_path: Path) -> None:
    """The rate of the object counts where the stream says none: RR-28."""
    stored = make.video(H265, [clip(H265, "hevc", timing=False)])
    for frame_time, seconds in ((Fraction(1, 10), 4), (None, 1.6), (Fraction(0), 1.6), (Fraction(10**9), 1.6)):
        data = joined(stored, video_parts(stored.source, stored.instance, MP4, frame_time))
        (track,) = probed(tmp_path / "a.mp4", data)["streams"]
        assert float(track["duration"]) == pytest.approx(seconds, abs=0.002)


@needs_ffprobe
def test_h265_that_is_named_otherwise_is_renamed(make: ObjectMaker, tmp_path: Path) -> None:
    """H.265 that is named otherwise is renamed."""
    stream = clip(H265, "mp4")
    assert b"hev1" in stream
    stored = make.video(H265, [stream])
    for media_type in (MP4, "video/H265"):
        data = joined(stored, video_parts(stored.source, stored.instance, media_type))
        found = probed(tmp_path / "a.mp4", data)
        assert found["streams"][0]["codec_tag_string"] == "hvc1"
        assert len(found["frames"]) == COUNT


@needs_ffprobe
def test_quicktime_becomes_mp4(make: ObjectMaker, tmp_path: Path) -> None:
    """QuickTime becomes MP4."""
    stored = make.video(H264, [clip(H264, "mov")])
    data = joined(stored, video_parts(stored.source, stored.instance, MP4))
    assert data[8:12] != b"qt  "
    assert len(probed(tmp_path / "a.mp4", data)["frames"]) == COUNT


@needs_ffprobe
@pytest.mark.parametrize("form", ["mpegts", "mov"])
def test_sound_comes_along(make: ObjectMaker, tmp_path: Path, form: str) -> None:
    """Sound comes along."""
    stored = make.video(H264, [clip(H264, form, sound=True)])
    data = joined(stored, video_parts(stored.source, stored.instance, MP4))
    kinds = {track["codec_type"]: track for track in probed(tmp_path / "a.mp4", data)["streams"]}
    assert kinds["audio"]["codec_name"] == "aac"
    assert float(kinds["audio"]["duration"]) == pytest.approx(COUNT / RATE, abs=0.1)
    assert int(kinds["video"]["nb_read_frames"]) == COUNT


@needs_ffprobe
def test_mpeg_2_in_mp4_becomes_a_transport_stream(make: ObjectMaker, tmp_path: Path) -> None:
    """MPEG-2 in MP4 becomes a transport stream."""
    stored = make.video(MPEG2, [clip(MPEG2, "mp4")])
    data = joined(stored, video_parts(stored.source, stored.instance, MPEG))
    assert data[0] == data[188] == 0x47
    found = probed(tmp_path / "a.ts", data)
    assert (found["streams"][0]["codec_name"], len(found["frames"])) == ("mpeg2video", COUNT)


def test_the_same_object_gives_the_same_bytes(make: ObjectMaker) -> None:
    """The same object gives the same bytes."""
    stored = make.video(H264, [clip(H264, "mpegts")])
    first, second = (joined(stored, video_parts(stored.source, stored.instance, MP4)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("transfer_syntax", "media_type"),
    [(MPEG2, MP4), (H264, MPEG), (H264, "video/H265"), (H265, MPEG), (H264, "video/webm")],
)
def test_other_types_are_not_acceptable(make: ObjectMaker, transfer_syntax: str, media_type: str) -> None:
    """Other types are not acceptable: PS3.18 8.7.4."""
    stored = make.video(transfer_syntax, [b"\0\0\1\xb3" + bytes(40)])
    with pytest.raises(NotAcceptable) as caught:
        video_parts(stored.source, stored.instance, media_type)
    assert media_type not in caught.value.available


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_objects_that_are_cut_off_are_corrupt(make: ObjectMaker, transfer_syntax: str, form: str) -> None:
    """Objects that are cut off are corrupt."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form)])
    cut_off = make.read(stored.source.read_at(0, stored.source.size - 500))
    with pytest.raises(CorruptObject, match="ends before"):
        video_parts(cut_off.source, cut_off.instance, MPEG if transfer_syntax == MPEG2 else MP4)


@pytest.mark.parametrize("where", [0.1, 0.5, 0.95])
@pytest.mark.parametrize(("transfer_syntax", "form"), [*TO_MP4, (H264, "mp4"), (H265, "mp4")])
def test_streams_that_are_cut_off_or_damaged_give_an_error_or_a_file(
    make: ObjectMaker, transfer_syntax: str, form: str, where: float
) -> None:
    """Streams that are cut off or damaged give an error or a file."""
    stream = clip(transfer_syntax, form)
    place = int(len(stream) * where)
    for hostile in (stream[:place], stream[:place] + bytes(600) + stream[place:], stream[:place] + b"\xff" * 9000):
        stored = make.video(transfer_syntax, [hostile])
        try:
            data = joined(stored, video_parts(stored.source, stored.instance, MP4))
        except WadoError:
            continue
        assert len(data) < 4 * len(hostile) + (1 << 20)


def test_a_box_that_is_longer_than_the_file_is_corrupt(make: ObjectMaker) -> None:
    """A box that is longer than the file is corrupt."""
    stored = make.video(H264, [b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\xff\xffmoov" + bytes(500)])
    with pytest.raises(CorruptObject, match="cut off"):
        video_parts(stored.source, stored.instance, MP4)


def test_boxes_in_boxes_without_end_are_corrupt(make: ObjectMaker) -> None:
    """Boxes in boxes without end are corrupt."""
    inner = b""
    for _ in range(3000):
        inner = (len(inner) + 8).to_bytes(4, "big") + b"moov" + inner
    stored = make.video(H264, [b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08mdat" + inner])
    with pytest.raises(CorruptObject):
        video_parts(stored.source, stored.instance, MP4)


def test_chunk_offsets_beyond_their_box_are_corrupt(make: ObjectMaker) -> None:
    """Chunk offsets beyond their box are corrupt."""
    stream = clip(H264, "mp4")
    place = stream.index(b"stco") + 8
    hostile = stream[:place] + b"\xff\xff\xff\xff" + stream[place + 4 :]
    stored = make.video(H264, [hostile])
    with pytest.raises(CorruptObject):
        video_parts(stored.source, stored.instance, MP4)


def test_streams_that_are_too_long_for_memory_are_not_put_into_mp4(
    make: ObjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams that are too long for memory are not put into MP4."""
    stored = make.video(H264, [clip(H264, "mpegts")])
    monkeypatch.setattr(video_remuxing, "LONGEST_REMUXED", 1000)
    with pytest.raises(NotSupported, match=r"transferSyntax=\*"):
        video_parts(stored.source, stored.instance, MP4)


def test_a_file_that_grows_too_long_is_given_up(make: ObjectMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows too long is given up."""
    stored = make.video(H264, [clip(H264, "h264")])
    monkeypatch.setattr(video_remuxing, "_OVERHEAD", -4000)
    with pytest.raises(NotSupported):
        video_parts(stored.source, stored.instance, MP4)
