"""Stored JPEG streams as files: which of them any reader shows alike, and what is in such a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from corpus_files import catalog, opened
from openwado.dicom.decoders import decode_jpeg8
from openwado.dicom.frames import read_frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.jpeg_interchange import interchange_file
from openwado.dicom.reader import NotAnObject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

COLORS: NDArray[np.uint8] = cv2.GaussianBlur(
    np.random.default_rng(5).integers(0, 255, (40, 56, 3), np.uint8), (5, 5), 2
).astype(np.uint8)
GREY = np.ascontiguousarray(COLORS[..., 1])


def made(cells: NDArray[Any], **options: Any) -> bytes:  # noqa: ANN401 -- Pillow's own options
    """Return a JPEG stream made by Pillow."""
    file = io.BytesIO()
    Image.fromarray(cells).save(file, "JPEG", quality=85, **options)
    return file.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """Return a marker segment."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def after_start(stream: bytes, inserted: bytes) -> bytes:
    """Return a stream with something right after its Start Of Image marker."""
    return stream[:2] + inserted + stream[2:]


def entropy(stream: bytes) -> bytes:
    """Return what comes after the (only) scan header."""
    scan = stream.rindex(b"\xff\xda")
    return stream[scan + 2 + int.from_bytes(stream[scan + 2 : scan + 4], "big") :]


def image_pixel(cells: NDArray[Any], photometric: str) -> ImagePixel:
    """Return the description of an image of 8 bits."""
    samples = 3 if cells.ndim == 3 else 1
    return ImagePixel(cells.shape[0], cells.shape[1], samples, photometric, 8, 8, 7, 0, 0, 1, "PixelData")


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", None])
@pytest.mark.parametrize("dressing", ["jfif", "bare", "exif", "thumbnail", "padded", "restarts"])
def test_req_uri_8_2_8_5_plain_streams_become_files(subsampling: str | None, dressing: str) -> None:
    """REQ-URI-8.2.8-5: baseline streams are handed on whole, with a JFIF header in place of all words and hints."""
    cells = GREY if subsampling is None else COLORS
    options: dict[str, Any] = {} if subsampling is None else {"subsampling": subsampling}
    if dressing == "restarts":
        options["restart_marker_blocks"] = 2
    stream = made(cells, **options)
    if dressing != "jfif":
        stream = stream[:2] + stream[20:]  # without the JFIF segment
    if dressing == "exif":
        turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
        stream = after_start(stream, segment(0xE1, turned) + segment(0xFE, b"Doe^Jane"))
    if dressing == "thumbnail":
        stream = after_start(stream, segment(0xE1, b"Exif\0\0" + made(cells[:8, :8])))
    if dressing == "padded":
        stream += b"\0"
    found = interchange_file(stream, "YBR_FULL_422" if cells.ndim == 3 else "MONOCHROME2")
    assert found is not None
    assert (found.rows, found.columns, found.components) == (40, 56, 1 if cells.ndim == 2 else 3)
    assert found.content.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0")
    assert found.content.endswith(b"\xff\xd9")
    assert entropy(found.content) == entropy(stream).rstrip(b"\0")
    assert b"Exif" not in found.content
    assert b"Doe" not in found.content
    _check_readers(found.content, stream, image_pixel(cells, "YBR_FULL_422" if cells.ndim == 3 else "MONOCHROME2"))


def _check_readers(content: bytes, stream: bytes, pixel: ImagePixel) -> None:
    """See that readers of files show what the stored stream is decoded to."""
    expected = decode_jpeg8(stream, pixel).cells
    assert np.array_equal(imagecodecs.jpeg8_decode(content), expected)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), expected)


def _without(marker: int) -> Callable[[bytes], bytes]:
    def cut(stream: bytes) -> bytes:
        place = stream.index(bytes((0xFF, marker)))
        return stream[:place] + stream[place + 2 + int.from_bytes(stream[place + 2 : place + 4], "big") :]

    return cut


def _changed(at: bytes, offset: int, value: int) -> Callable[[bytes], bytes]:
    def change(stream: bytes) -> bytes:
        place = stream.index(at) + offset
        return stream[:place] + bytes((value,)) + stream[place + 1 :]

    return change


def _same_identifiers(stream: bytes) -> bytes:
    frame, scan, cells = stream.index(b"\xff\xc0"), stream.rindex(b"\xff\xda"), bytearray(stream)
    for number in range(3):
        cells[frame + 10 + 3 * number] = cells[scan + 5 + 2 * number] = 1
    return bytes(cells)


def _in_entropy(inserted: bytes) -> Callable[[bytes], bytes]:
    def insert(stream: bytes) -> bytes:
        place = len(stream) - len(entropy(stream)) + 20
        return stream[:place] + inserted + stream[place:]

    return insert


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda s: s[:-2], id="no end"),
        pytest.param(lambda s: s[: len(s) // 2], id="cut off"),
        pytest.param(lambda s: s[: s.rindex(b"\xff\xda") + 4], id="cut off in the scan header"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda s: b"\xff" + s, id="fill bytes before"),
        pytest.param(lambda s: s[:-2] + b"\xff\xda\0\0\xff\xd9", id="another scan"),
        pytest.param(lambda s: s[:-40] + b"\xff\xc4" + s[-38:], id="a marker in the data"),
        pytest.param(_without(0xDB), id="no quantization table"),
        pytest.param(_without(0xC4), id="no Huffman table"),
        pytest.param(_changed(b"\xff\xdb", 10, 0), id="a step of zero"),
        pytest.param(_changed(b"\xff\xdb", 4, 0x10), id="steps of 16 bits"),
        pytest.param(_changed(b"\xff\xc4", 5, 200), id="more codes than bits"),
        pytest.param(_changed(b"\xff\xc4", 21 + 8, 17), id="a difference of 17 bits"),
        pytest.param(_changed(b"\xff\xc0", 1, 0xC1), id="extended"),
        pytest.param(_changed(b"\xff\xc0", 4, 12), id="12 bits"),
        pytest.param(_changed(b"\xff\xc0", 11, 0x33), id="odd sampling"),
        pytest.param(_changed(b"\xff\xc0", 11, 0), id="no sampling"),
        pytest.param(_changed(b"\xff\xc0", 9, 0), id="no components"),
        pytest.param(_same_identifiers, id="components of one name"),
        pytest.param(lambda s: after_start(s, b"\xff\xd8"), id="two starts"),
        pytest.param(lambda s: after_start(s, b"\xff\xdb\0\0"), id="a length that is none"),
        pytest.param(lambda s: after_start(s, b"\xff\xdd\0\3\1"), id="half a restart interval"),
        pytest.param(_in_entropy(b"\xff\xd0"), id="a restart without an interval"),
        pytest.param(_in_entropy(b"\xff\xff\0"), id="fill bytes among the data"),
        pytest.param(_in_entropy(b"\xff\xdc\0\4\0\x28"), id="a number of lines"),
        pytest.param(_in_entropy(b"\xff\xd8"), id="a start among the data"),
        pytest.param(_changed(b"\xff\xc0", 12, 3), id="a table that is not there"),
        pytest.param(lambda s: s[: s.rindex(b"\xff\xda") + 13] + b"\x20" + s[s.rindex(b"\xff\xda") + 14 :], id="Se"),
    ],
)
def test_what_readers_may_not_show_alike_is_not_handed_on(spoil: Callable[[bytes], bytes]) -> None:
    """REQ-URI-8.2.8-5: a stream that is not whole, not baseline or not well formed is left to the decoder to judge."""
    stream = made(COLORS, subsampling="4:2:0")
    assert interchange_file(stream, "YBR_FULL_422") is not None
    spoiled = spoil(stream)
    assert spoiled != stream
    assert interchange_file(spoiled, "YBR_FULL_422") is None


def test_progressive_and_several_scans_are_not_handed_on() -> None:
    """REQ-URI-8.2.8-5: progressive streams are valid files, but no baseline."""
    assert interchange_file(made(COLORS, progressive=True), "YBR_FULL") is None


def test_grey_without_sampling_is_not_handed_on() -> None:
    """REQ-URI-8.2.8-5: what the decoder refuses is no file either, also where there is but one component."""
    for value in (0, 0x01, 0x55):
        assert interchange_file(_changed(b"\xff\xc0", 11, value)(made(GREY)), "MONOCHROME2") is None


def test_restarts_out_of_order_are_not_handed_on() -> None:
    """REQ-URI-8.2.8-5: readers go on in different ways where a restart marker is missing."""
    stream = made(GREY, restart_marker_blocks=2)
    assert interchange_file(stream, "MONOCHROME2") is not None
    assert interchange_file(stream.replace(b"\xff\xd1", b"\xff\xd2", 1), "MONOCHROME2") is None


@pytest.mark.parametrize("end", [b"\xff\xff\xd9", b"\xff\xff\xff\xd9"])
def test_ps3_5_a_4_fill_bytes_before_the_end_are_handed_on(end: bytes) -> None:
    """PS3.5 A.4: a stream may be made even by 0xFF before its End Of Image marker."""
    stream = made(GREY)[:-2] + end
    found = interchange_file(stream, "MONOCHROME2")
    assert found is not None
    _check_readers(found.content, stream, image_pixel(GREY, "MONOCHROME2"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_spoiled_header_never_fails_and_never_lies(data: st.DataObject) -> None:
    """REQ-URI-8.2.8-5: whatever bytes a header has, there is no error, and a file only where the decoder reads it too.

    Its pixels are then those that the decoder makes of the stored stream.
    """
    stream = bytearray(data.draw(st.sampled_from([made(COLORS, subsampling="4:2:0"), made(GREY)])))
    head = len(stream) - len(entropy(bytes(stream)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(2, head - 1))
        stream[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    photometric = data.draw(st.sampled_from(["YBR_FULL_422", "MONOCHROME2", "RGB"]))
    found = interchange_file(bytes(stream), photometric)
    if found is not None and found.rows * found.columns <= 1 << 22:
        cells = np.empty((found.rows, found.columns, 3) if found.components == 3 else (found.rows, found.columns), "u1")
        _check_readers(found.content, bytes(stream), image_pixel(cells, photometric))


@pytest.mark.parametrize(
    ("photometric", "prefix", "ids", "expected"),
    [
        ("RGB", b"", b"\1\2\3", False),
        ("YBR_FULL", b"", b"\1\2\3", True),
        ("YBR_FULL", b"", b"RGB", False),
        ("YBR_FULL", segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), b"\1\2\3", False),
        ("RGB", segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"), b"\1\2\3", True),
    ],
)
def test_rr_11_only_ycbcr_is_handed_on(photometric: str, prefix: bytes, ids: bytes, *, expected: bool) -> None:
    """RR-11: a file of three components is YCbCr, so a stream that holds RGB is none."""
    stream = made(COLORS, subsampling="4:4:4")
    stream = stream[:2] + prefix + stream[20:]
    frame, scan = stream.index(b"\xff\xc0"), stream.rindex(b"\xff\xda")
    cells = bytearray(stream)
    for number in range(3):
        cells[frame + 10 + 3 * number] = cells[scan + 5 + 2 * number] = ids[number]
    assert (interchange_file(bytes(cells), photometric) is not None) is expected


@pytest.mark.corpus
def test_given_streams_show_alike(corpus: Path) -> None:
    """REQ-URI-8.2.8-5: of every given JPEG stream that is handed on, readers show what the decoder makes of it."""
    count = 0
    for name, row in catalog(corpus).items():
        if row["transfer_syntax_uid"] not in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"):
            continue
        try:
            found = opened((corpus / name).read_bytes())
        except NotAnObject:
            continue
        if found.instance.picture is None or found.instance.pixels is None:
            continue
        pixel = found.picture.image_pixel
        stream = read_frame(found.source, found.instance, found.entry(1))
        file = interchange_file(stream, pixel.photometric_interpretation)
        if file is not None and file.components == pixel.samples_per_pixel:
            _check_readers(file.content, stream, pixel)
            count += 1
    assert count >= 15
