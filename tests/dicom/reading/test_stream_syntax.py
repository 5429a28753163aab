"""Transfer syntaxes told from streams (PS3.5 A.4)."""

from __future__ import annotations

import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from openwado.dicom.stream_syntax import is_video, stream_kind, transfer_syntax_of

IMAGE = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
STREAMS = Path(__file__).resolve().parents[2] / "data" / "jpeg"
PREFIX = "1.2.840.10008.1.2."


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (imagecodecs.jpeg8_encode(IMAGE), "4.50"),
        (b"\xff\xff" + imagecodecs.jpeg8_encode(IMAGE), "4.50"),
        (imagecodecs.ljpeg_encode(IMAGE), "4.57"),
        ((STREAMS / "arithmetic-extended-grey-8.jpg").read_bytes(), "4.52"),
        ((STREAMS / "arithmetic-progressive-grey-8.jpg").read_bytes(), "4.56"),
        (imagecodecs.jpegls_encode(IMAGE), "4.80"),
        (imagecodecs.jpegls_encode(IMAGE, level=2), "4.81"),
        (imagecodecs.jpeg2k_encode(IMAGE, codecformat="j2k", reversible=True), "4.90"),
        (imagecodecs.jpeg2k_encode(IMAGE, codecformat="j2k", level=40, reversible=False), "4.91"),
        (imagecodecs.jpeg2k_encode(IMAGE, codecformat="jp2", reversible=True), "4.90"),
        (imagecodecs.htj2k_encode(IMAGE, reversible=True), "4.201"),
        (imagecodecs.jpegxl_encode(IMAGE), "4.112"),
        (struct.pack("<16I", 3, 64, 100, 200, *[0] * 12) + bytes(200), "5"),
    ],
)
def test_streams_tell_their_transfer_syntax(stream: bytes, found: str) -> None:
    """The widest transfer syntax that a stream may be in is named."""
    assert transfer_syntax_of(stream) == PREFIX + found


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x02" + bytes(50),
        b"\xff\x4f\xff\x51" + bytes(50),
        bytes(100),
        struct.pack("<16I", 0, *[0] * 15),
        struct.pack("<16I", 1, 65, *[0] * 14),
        struct.pack("<16I", 2, 64, 60, *[0] * 13),
        struct.pack("<16I", 1, 64, 7, *[0] * 13),
        struct.pack("<16I", 16, 64, *[65] * 14),
    ],
)
def test_other_bytes_tell_nothing(stream: bytes) -> None:
    """Headers that are broken or cut off name no transfer syntax."""
    assert transfer_syntax_of(stream) == ""


def test_rle_header_must_be_whole() -> None:
    """An RLE header has 64 bytes (PS3.5 G.5)."""
    header = struct.pack("<16I", 1, 64, *[0] * 14)
    assert stream_kind(header) == "rle"
    assert stream_kind(header[:-1]) == ""


@pytest.mark.parametrize(
    ("number", "video"),
    [
        ("4.100", True),
        ("4.100.1", True),
        ("4.106.1", True),
        ("4.108", True),
        ("4.109", False),
        ("4.99", False),
        ("4.90", False),
        ("1", False),
        ("4.1000", False),
        ("4.", False),
    ],
)
def test_video_transfer_syntaxes(number: str, *, video: bool) -> None:
    """MPEG-2, H.264 and H.265 are 4.100 to 4.108, fragmentable or not."""
    assert is_video(PREFIX + number) == video
    assert not is_video("9." + PREFIX + number)
