"""Which transfer syntax compressed bytes are in, told from the bytes (PS3.5 A.4)."""

from __future__ import annotations

from typing import Final

from openwado.dicom.jpeg2000_stream import codestream_of, read_jpeg2000_stream
from openwado.dicom.jpeg_stream import JpegStream, read_jpeg_stream, whole_jpeg_stream
from openwado.errors import CorruptObject

_JPEG_START: Final = b"\xd8\xff"
_JPEG2000_START: Final = b"\xff\x4f\xff\x51"
_JP2_START: Final = b"\x00\x00\x00\x0cjP  "
_JPEG_XL_START: Final = b"\xff\x0a"
_JPEG_XL_CONTAINER: Final = b"\x00\x00\x00\x0cJXL "
_RLE_HEADER_BYTES: Final = 64
_RLE_SEGMENTS_MAX: Final = 15

_RLE_LOSSLESS: Final = "1.2.840.10008.1.2.5"
_JPEG_XL: Final = "1.2.840.10008.1.2.4.112"
#: JPEG by the second byte of the frame header's marker; .57 covers every predictor of process 14.
_JPEG: Final = {
    0xC0: "1.2.840.10008.1.2.4.50",
    0xC1: "1.2.840.10008.1.2.4.51",
    0xC2: "1.2.840.10008.1.2.4.55",
    0xC3: "1.2.840.10008.1.2.4.57",
    0xC9: "1.2.840.10008.1.2.4.52",
    0xCA: "1.2.840.10008.1.2.4.56",
}
#: JPEG 2000 by whether it is HTJ2K and whether it is reversible.
_JPEG2000: Final = {
    (False, True): "1.2.840.10008.1.2.4.90",
    (False, False): "1.2.840.10008.1.2.4.91",
    (True, True): "1.2.840.10008.1.2.4.201",
    (True, False): "1.2.840.10008.1.2.4.203",
}

#: How many bytes of a fragment are worth looking at.
START_BYTES: Final = _RLE_HEADER_BYTES
HEADER_BYTES: Final = 1 << 16


def is_video(transfer_syntax_uid: str) -> bool:
    """Return whether the pixel data are one video stream: MPEG-2, H.264, H.265, also in parts (PS3.5 A.4.5 … A.4.8)."""
    prefix, _, rest = transfer_syntax_uid.partition("1.2.840.10008.1.2.4.")
    number = rest.partition(".")[0]
    return not prefix and number.isdecimal() and 100 <= int(number) <= 108  # noqa: PLR2004 -- registered numbers


def stream_kind(start: bytes) -> str:
    """Return what a stream is by its first `START_BYTES` bytes: jpeg, jpeg2000, jpegxl, rle, or "" for none of them."""
    if start.startswith(b"\xff") and start.lstrip(b"\xff").startswith(_JPEG_START):
        return "jpeg"
    if start.startswith((_JPEG2000_START, _JP2_START)):
        return "jpeg2000"
    if start.startswith((_JPEG_XL_START, _JPEG_XL_CONTAINER)):
        return "jpegxl"
    return "rle" if _is_rle_header(start) else ""


def transfer_syntax_of(stream: bytes) -> str:
    """Return the transfer syntax that the first `HEADER_BYTES` bytes of a frame are in, "" if they do not tell.

    Of several syntaxes for one kind of stream the widest is returned.
    """
    kind = stream_kind(stream[:START_BYTES])
    if kind == "rle":
        return _RLE_LOSSLESS
    if kind == "jpegxl":
        return _JPEG_XL
    try:
        if kind == "jpeg":
            return _jpeg_syntax(read_jpeg_stream(whole_jpeg_stream(stream)))
        if kind == "jpeg2000":
            header = read_jpeg2000_stream(codestream_of(stream))
            return _JPEG2000[header.high_throughput, header.reversible]
    except CorruptObject:
        pass
    return ""


def _jpeg_syntax(header: JpegStream) -> str:
    if header.is_jpeg_ls:
        return "1.2.840.10008.1.2.4.81" if header.near else "1.2.840.10008.1.2.4.80"
    return _JPEG.get(header.frame_marker, "")


def _is_rle_header(start: bytes) -> bool:
    """Return whether bytes are an RLE header: a count, as many rising offsets from 64 on, then zeros (PS3.5 G.5)."""
    if len(start) < _RLE_HEADER_BYTES:
        return False
    count, *offsets = (int.from_bytes(start[place : place + 4], "little") for place in range(0, _RLE_HEADER_BYTES, 4))
    if not 1 <= count <= _RLE_SEGMENTS_MAX or offsets[0] != _RLE_HEADER_BYTES:
        return False
    return offsets[:count] == sorted(offsets[:count]) and not any(offsets[count:])
