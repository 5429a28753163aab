"""Where the stream of a video object is, and what it is kept in (PS3.5 A.4.5 … A.4.9; RR-28a)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from openwado.dicom.parts import FileSpan
from openwado.dicom.source import BytesSource
from openwado.dicom.transcode import plan_as_stored, plan_explicit_little_endian
from openwado.dicom.video_codecs import video_codec, which_types
from openwado.dicom.video_container import VIDEO_START_BYTES, container_of
from openwado.dicom.video_stream import StreamFile, read_video
from openwado.errors import CorruptObject, NotAcceptable, NotSupported
from video_clips import COUNT, FORMS, H264, H265, MPEG2, clip, in_pieces

if TYPE_CHECKING:
    from dicom.conftest import ObjectMaker, Stored

CONTAINERS = {
    "mpeg2video": "mpeg",
    "vob": "program",
    "mpegts": "transport",
    "h264": "annex b",
    "hevc": "annex b",
    "mp4": "mp4",
}
#: As long as a clip has to be for these tests: they look at its first bytes and its length.
MPEG = b"\0\0\1\xb3" + bytes(range(256)) * 8


def stream_of(stored: Stored) -> bytes:
    """Return the bytes of an object's stream."""
    return read_video(stored.source, stored.instance).file().read()


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_containers_are_told_from_their_first_bytes(transfer_syntax: str, form: str) -> None:
    """Containers are told from their first bytes."""
    pytest.importorskip("av")
    assert container_of(clip(transfer_syntax, form)[:VIDEO_START_BYTES]) == CONTAINERS[form]


@pytest.mark.parametrize("start", [b"", b"\0", b"\0\0\1", b"\0\0\1\0", b"RIFF____AVI ", b"G" + bytes(600), b"\xff\xd8"])
def test_other_bytes_are_no_container(start: bytes) -> None:
    """Other bytes are no container."""
    assert container_of(start) is None


def test_packets_with_times_before_them_are_a_transport_stream_of_their_own() -> None:
    """Packets with times before them are a transport stream of their own."""
    packet = b"\0\0\0\0G" + bytes(187)
    assert container_of(packet * 4) == "timed transport"


@pytest.mark.parametrize("length", [2050, 2051])
@pytest.mark.parametrize("pieces", [2051, 1024, 100])
@pytest.mark.parametrize("table", [True, False])
def test_fragments_are_one_stream(make: ObjectMaker, length: int, pieces: int, *, table: bool) -> None:
    """Fragments are one stream: PS3.5 A.4."""
    stream = MPEG[:length]
    stored = make.video(MPEG2 + ".1", in_pieces(stream, pieces), table=table, total_length=length)
    assert stream_of(stored) == stream
    video = read_video(stored.source, stored.instance)
    assert video.length == length
    assert len(video.spans) == -(-length // pieces)


@pytest.mark.parametrize("end", [b"\0\0\1\xb7", b"\0\0\1\xb9"])
def test_a_byte_behind_the_end_code_is_padding(make: ObjectMaker, end: bytes) -> None:
    """A byte behind the end code is padding: PS3.5 A.4."""
    stream = MPEG[:2051] + end
    assert stream_of(make.video(MPEG2, [stream])) == stream


def test_a_zero_that_may_belong_to_the_stream_stays(make: ObjectMaker) -> None:
    """A zero that may belong to the stream stays."""
    assert stream_of(make.video(MPEG2, [MPEG[:2051]])) == MPEG[:2051] + b"\0"


def test_the_length_that_the_object_says_is_believed_for_one_byte_only(make: ObjectMaker) -> None:
    """The length that the object says is believed for one byte only: (7FE0,0003)."""
    assert len(stream_of(make.video(MPEG2, [MPEG[:2050]], total_length=1000))) == 2050


def test_transport_streams_are_whole_packets(make: ObjectMaker) -> None:
    """Transport streams are whole packets."""
    stream = (b"G" + bytes(187)) * 9
    assert len(stream) % 2 == 0
    stored = make.video(H264, [stream, b"\0\0"])
    assert len(stream_of(stored)) == len(stream) + 2  # more than one byte is no padding
    odd = stream[:188] * 8 + b"\0"
    assert stream_of(make.video(H264, [odd])) == odd + b"\0"
    timed = (b"\0\0\0\0G" + bytes(187)) * 5
    assert stream_of(make.video(H264, [timed])) == timed


def test_an_mp4_file_of_odd_length_ends_with_its_last_box(make: ObjectMaker) -> None:
    """An MP4 file of odd length ends with its last box."""
    stream = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x0bfree\0\0\0"
    assert len(stream) % 2 == 1
    assert stream_of(make.video(H264, [stream])) == stream


def test_a_stream_of_no_known_kind_is_not_supported(make: ObjectMaker) -> None:
    """A stream of no known kind is not supported."""
    stored = make.video(MPEG2, [b"RIFF" + bytes(100)])
    with pytest.raises(NotSupported, match="none that is known"):
        read_video(stored.source, stored.instance)


def test_an_object_that_has_become_shorter_is_corrupt(make: ObjectMaker) -> None:
    """An object that has become shorter is corrupt."""
    stored = make.video(MPEG2, [MPEG])
    with pytest.raises(CorruptObject):
        read_video(BytesSource(stored.source.read_at(0, 600)), stored.instance).file().read()


def test_the_file_of_a_stream_reads_like_a_file() -> None:
    """The file of a stream reads like a file."""
    data = bytes(range(200))
    spans = (FileSpan(10, 20), FileSpan(50, 1), FileSpan(100, 60))
    expected = io.BytesIO(data[10:30] + data[50:51] + data[100:160])
    file = StreamFile(BytesSource(data), spans)
    for offset, whence, length in [
        (0, 0, 5),
        (15, 0, 10),
        (-3, 1, 2),
        (-10, 2, 100),
        (100, 0, 1),
        (0, 0, -1),
        (19, 0, 3),
    ]:
        assert file.seek(offset, whence) == expected.seek(offset, whence)
        assert file.read(length) == expected.read(length)
        assert file.tell() == expected.tell()


def test_each_video_transfer_syntax_says_what_it_leaves_as() -> None:
    """Each video transfer syntax says what it leaves as."""
    base = "1.2.840.10008.1.2.4."
    types = {number: which_types(f"{base}{number}") for number in range(99, 110)}
    assert types[100] == types[101] == ("video/mpeg",)
    assert {types[number] for number in range(102, 107)} == {("video/mp4",)}
    assert types[107] == types[108] == ("video/mp4", "video/H265")
    assert types[99] == types[109] == ()
    assert which_types(H264 + ".1") == ("video/mp4",)
    assert video_codec("1.2.840.10008.1.2.1") is None


@pytest.mark.parametrize("transfer_syntax", [MPEG2, H264 + ".1", H265])
def test_a_video_object_has_a_picture_record_and_no_frame_table(make: ObjectMaker, transfer_syntax: str) -> None:
    """A video object has a picture record and no frame table."""
    stored = make.video(transfer_syntax, [MPEG])
    instance = stored.instance
    assert instance.picture is not None
    assert (instance.number_of_frames, instance.undrawable) == (COUNT, "")
    assert instance.picture.image_pixel.photometric_interpretation == "YBR_PARTIAL_420"
    assert [entry.picture_number for entry in stored.entries] == list(range(1, COUNT + 1))
    assert len({(entry.offset, entry.length) for entry in stored.entries}) == 1


def test_a_video_object_leaves_as_it_is_stored_and_is_not_decompressed(make: ObjectMaker) -> None:
    """TR-4."""
    stored = make.video(MPEG2, [MPEG])
    assert plan_as_stored(stored.source, stored.instance) == (FileSpan(0, stored.source.size),)
    with pytest.raises(NotAcceptable, match=r"transferSyntax=\*"):
        plan_explicit_little_endian(stored.source, stored.instance, ())


def test_a_video_object_without_pixel_data_cannot_be_drawn(make: ObjectMaker) -> None:
    """A video object without pixel data cannot be drawn."""
    assert make.video(MPEG2, []).instance.picture is None
