"""Single pictures of stored video streams: each is the one that was put in (RR-28a, REQ-URI-8.2.7)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from openwado.dicom import video_frames
from openwado.dicom.codecs import decode_frame
from openwado.dicom.source import BytesSource
from openwado.dicom.video_frames import decode_video_frame
from openwado.dicom.video_stream import video_entry
from openwado.errors import BadRequest, CorruptObject, NotSupported, WadoError
from video_clips import COLUMNS, COUNT, FORMS, GROUP, H264, H265, MPEG2, ROWS, clip, in_pieces, picture

if TYPE_CHECKING:
    from dicom.conftest import ObjectMaker, Stored

pytest.importorskip("av", reason="needs the extra 'video'")

#: First, last, and around the borders of groups.
NUMBERS = (1, 2, 3, GROUP - 1, GROUP, GROUP + 1, GROUP + 2, 2 * GROUP, 2 * GROUP + 1, COUNT - 1, COUNT)


def distance(stored: Stored, number: int, count: int = 1) -> float:
    """Return the peak signal to noise ratio, dB, of decoded frames and the pictures that were encoded."""
    worst = 99.0
    for following in range(number, number + count):
        frame = decode_video_frame(stored.source, stored.instance, following)
        error = frame.cells.astype(float) - picture(following)
        worst = min(worst, float(10 * np.log10(255**2 / max((error**2).mean(), 1e-9))))
    return worst


@pytest.mark.parametrize("open_groups", [True, False])
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_each_frame_is_the_one_that_was_encoded(
    make: ObjectMaker, transfer_syntax: str, form: str, b_frames: int, *, open_groups: bool
) -> None:
    """Each frame is the one that was encoded: RR-28a."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form, b_frames=b_frames, open_groups=open_groups)])
    for number in NUMBERS:
        frame = decode_frame(stored.source, stored.instance, stored.entries[number - 1])
        assert frame.photometric_interpretation == "RGB"
        assert frame.cells.shape == (ROWS, COLUMNS, 3)
        assert distance(stored, number) > 27, number  # the next picture is 5 levels brighter and has moved


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_frames_next_to_each_other_are_told_apart(make: ObjectMaker, transfer_syntax: str, form: str) -> None:
    """Frames next to each other are told apart."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form)])
    for number in NUMBERS:
        cells = decode_video_frame(stored.source, stored.instance, number).cells.astype(float)
        errors = [((cells - picture(other)) ** 2).mean() for other in range(1, COUNT + 1)]
        assert int(np.argmin(errors)) + 1 == number


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_fragments_make_no_difference(make: ObjectMaker, transfer_syntax: str, form: str) -> None:
    """Fragments make no difference."""
    stream = clip(transfer_syntax, form)
    whole, parted = (make.video(transfer_syntax, fragments) for fragments in ([stream], in_pieces(stream, 998)))
    for number in (1, GROUP, COUNT):
        one, other = (decode_video_frame(stored.source, stored.instance, number).cells for stored in (whole, parted))
        assert np.array_equal(one, other)


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_long_groups_are_counted_through(
    make: ObjectMaker, monkeypatch: pytest.MonkeyPatch, transfer_syntax: str, form: str
) -> None:
    """Long groups are counted through."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form)])
    directly = [decode_video_frame(stored.source, stored.instance, number).cells for number in NUMBERS]
    monkeypatch.setattr(video_frames, "_WAITING_MAX", 0)
    for number, cells in zip(NUMBERS, directly, strict=True):
        assert np.array_equal(decode_video_frame(stored.source, stored.instance, number).cells, cells)


def test_interlaced_pictures_are_counted_through(make: ObjectMaker) -> None:
    """Interlaced pictures are counted through."""
    stored = make.video(H264, [clip(H264, "mpegts", interlaced=True)])
    assert all(distance(stored, number) > 27 for number in NUMBERS)


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_a_frame_that_the_stream_does_not_hold_is_a_bad_request(
    make: ObjectMaker, transfer_syntax: str, form: str
) -> None:
    """A frame that the stream does not hold is a bad request: REQ-URI-8.2.7-2."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form)], NumberOfFrames=COUNT + 60)
    entry = video_entry(stored.instance, COUNT + 1)
    with pytest.raises(BadRequest, match=f"holds {COUNT}") as caught:
        decode_frame(stored.source, stored.instance, entry)
    assert caught.value.parameter == "frameNumber"
    with pytest.raises(BadRequest):
        decode_video_frame(stored.source, stored.instance, COUNT + 60)
    with pytest.raises(BadRequest):
        decode_video_frame(stored.source, stored.instance, 0)


class Counted(BytesSource):
    """Bytes that count how many of them are read."""

    read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes."""
        data = super().read_at(offset, length)
        self.read += len(data)
        return data


def test_the_index_of_an_mp4_file_leads_to_a_late_picture(make: ObjectMaker) -> None:
    """The index of an MP4 file leads to a late picture."""
    size = (256, 256)
    stored = make.video(H264, [clip(H264, "mp4", size=size, noise=True)], Rows=size[0], Columns=size[1])
    source = Counted(stored.source.read_at(0, stored.source.size))
    frame = decode_video_frame(source, stored.instance, COUNT - 1)
    assert abs(float(np.median(frame.cells.astype(int))) - 20 - 5 * (COUNT - 1) - 15) < 5
    assert source.size > 1 << 20
    assert source.read < 0.8 * source.size  # two groups of four, and the index


def test_the_last_picture_of_an_object_that_is_cut_off_is_not_guessed(make: ObjectMaker) -> None:
    """The last picture of an object that is cut off is not guessed."""
    for transfer_syntax, form in FORMS[:5]:
        whole = make.video(transfer_syntax, [clip(transfer_syntax, form)])
        size = whole.source.size - 60
        cut_off = make.read(whole.source.read_at(0, size))
        for number in range(1, COUNT + 1):
            try:
                assert distance(cut_off, number) > 27, number
            except (BadRequest, CorruptObject):
                assert number > COUNT - 6


@pytest.mark.parametrize(
    ("size", "matrix", "full_range"),
    [
        ((ROWS, COLUMNS), 0, False),  # BT.601 by its size
        ((ROWS, COLUMNS), 5, False),
        ((ROWS, COLUMNS), 1, False),
        ((ROWS, COLUMNS), 1, True),
        ((ROWS, COLUMNS), 5, True),
        ((720, 1280), 1, False),
        ((720, 1280), 5, False),  # said, so not by its size
    ],
)
def test_colors_are_those_of_the_stream(
    make: ObjectMaker, size: tuple[int, int], matrix: int, *, full_range: bool
) -> None:
    """Colors are those of the stream: ITU-T H.273."""
    stream = clip(H264, "mp4", count=2, size=size, matrix=matrix, full_range=full_range)
    stored = make.video(H264, [stream], Rows=size[0], Columns=size[1])
    cells = decode_video_frame(stored.source, stored.instance, 1).cells
    expected = picture(1, *size)
    rows, columns = size
    places = [(2, 2), (rows // 4 + 4, 18), (rows // 2 + 4, 18), (rows // 2 + 4, columns - 4)]
    for place in places:
        assert np.abs(cells[place].astype(int) - expected[place]).max() <= 4, place


def test_a_large_stream_that_names_no_matrix_is_bt_709(make: ObjectMaker) -> None:
    """A large stream that names no matrix is BT.709."""
    size = (720, 1280)
    stream = clip(MPEG2, "vob", count=1, size=size)  # encoded by BT.601
    stored = make.video(MPEG2, [stream], Rows=size[0], Columns=size[1])
    cells = decode_video_frame(stored.source, stored.instance, 1).cells
    assert np.abs(cells[200, 18].astype(int) - picture(1, *size)[200, 18]).max() > 4


def test_streams_of_ten_bits_are_shown_with_eight(make: ObjectMaker) -> None:
    """Streams of ten bits are shown with eight."""
    stored = make.video(
        "1.2.840.10008.1.2.4.108", [clip(H265, "mp4", ten_bits=True)], BitsAllocated=16, BitsStored=10, HighBit=9
    )
    assert all(distance(stored, number) > 27 for number in (1, GROUP, COUNT))
    assert decode_video_frame(stored.source, stored.instance, 1).bits_stored == 8


def test_objects_that_say_they_are_grey_are_grey(make: ObjectMaker) -> None:
    """Objects that say they are grey are grey."""
    stored = make.video(H264, [clip(H264, "mp4")], SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2")
    frame = decode_video_frame(stored.source, stored.instance, 4)
    assert frame.photometric_interpretation == "MONOCHROME2"
    assert frame.cells.shape == (ROWS, COLUMNS)
    assert abs(int(np.median(frame.cells.astype(int))) - int(picture(4)[0, 0, 0])) <= 1


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_streams_that_are_cut_off_give_what_is_whole_or_an_error(
    make: ObjectMaker, transfer_syntax: str, form: str
) -> None:
    """Streams that are cut off give what is whole or an error."""
    stream = clip(transfer_syntax, form)
    for length in (600, 1200, len(stream) // 2, len(stream) - 40):
        stored = make.video(transfer_syntax, [stream[:length]])
        for number in (1, COUNT // 2, COUNT):
            try:
                shown = distance(stored, number)
            except WadoError:
                continue
            # H.265 streams do not tell that their last slice is cut off, nor does their decoder
            assert shown > 20 or form == "hevc", (length, number)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_damaged_streams_give_an_error_or_a_picture(
    make: ObjectMaker, transfer_syntax: str, form: str, seed: int
) -> None:
    """Damaged streams give an error or a picture."""
    random = np.random.default_rng(seed)
    data = bytearray(clip(transfer_syntax, form))
    for place in random.integers(16 if seed else len(data) // 2, len(data), 30):
        data[place] = random.integers(256)
    stored = make.video(transfer_syntax, [bytes(data)])
    for number in (1, COUNT // 2, COUNT):
        try:
            frame = decode_video_frame(stored.source, stored.instance, number)
        except WadoError:
            continue
        assert frame.cells.dtype == np.uint8


@pytest.mark.parametrize("start", [b"\0\0\1\xb3", b"\0\0\1\xba", b"\0\0\0\1\x67", b"\0\0\0\x10ftypisom\0\0\0\0", b"G"])
def test_garbage_is_an_error(make: ObjectMaker, start: bytes) -> None:
    """Garbage is an error."""
    data = np.random.default_rng(1).integers(0, 256, 50_000, np.uint8).tobytes()
    for transfer_syntax in (MPEG2, H264, H265):
        stored = make.video(transfer_syntax, [start + data])
        with pytest.raises((CorruptObject, NotSupported, BadRequest)):
            decode_video_frame(stored.source, stored.instance, 1)


@pytest.mark.parametrize(("transfer_syntax", "form"), FORMS)
def test_streams_of_another_size_than_the_object_are_refused_unseen(
    make: ObjectMaker, transfer_syntax: str, form: str
) -> None:
    """Streams of another size than the object are refused unseen: RR-5."""
    stored = make.video(transfer_syntax, [clip(transfer_syntax, form)], Rows=16, Columns=16)
    with pytest.raises(CorruptObject, match="the object says 16 x 16"):
        decode_video_frame(stored.source, stored.instance, 1)


def test_streams_of_another_codec_than_the_object_says_are_refused(make: ObjectMaker) -> None:
    """Streams of another codec than the object says are refused."""
    stored = make.video(H265, [clip(H264, "mp4")])
    with pytest.raises(CorruptObject, match=r"H\.265"):
        decode_video_frame(stored.source, stored.instance, 1)


def test_without_the_library_frames_are_not_supported(make: ObjectMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library frames are not supported."""
    stored = make.video(H264, [clip(H264, "mp4")])
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(NotSupported, match="cannot read video streams"):
        decode_video_frame(stored.source, stored.instance, 1)
