"""What a JPEG XL image says about itself (ISO 18181-1 clause 9 and annex D, ISO 18181-2), read before decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from openwado.errors import CorruptObject

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_HEADER_BYTES = 64
#: Width from height, by the ratio code (D.2): numerator, denominator.
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}

#: How a number is coded in four ways (9.2.2): for each its least value and how many bits are added.
_Coding = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
_EXTENT: _Coding = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW_EXTENT: _Coding = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_EIGHTHS: _Coding = ((16, 0), (32, 0), (1, 5), (33, 9))
_INTEGER_BITS: _Coding = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: _Coding = ((32, 0), (16, 0), (24, 0), (1, 6))
_EXTRA_CHANNELS: _Coding = ((0, 0), (1, 0), (2, 4), (1, 12))


@dataclass(frozen=True, slots=True)
class JpegXlStream:
    """The header of one image.

    Attributes:
        rows: of the image as it is coded.
        columns: likewise.
        precision: bits of a sample.
        xyb: whether colours are coded as XYB: such a stream is lossy.
    """

    rows: int
    columns: int
    precision: int
    xyb: bool


class _Bits:
    """Reads a header bit by bit, the least significant one first; zeros follow its end."""

    def __init__(self, header: bytes) -> None:
        self._bits = int.from_bytes(header, "little")

    def take(self, count: int) -> int:
        value = self._bits & ((1 << count) - 1)
        self._bits >>= count
        return value

    def number(self, coding: _Coding) -> int:
        least, count = coding[self.take(2)]
        return least + self.take(count)


def read_jpeg_xl_stream(data: bytes) -> JpegXlStream:
    """Read the header of a JPEG XL image, bare or in a container.

    Raises:
        CorruptObject: it is no JPEG XL image, or an animation.
    """
    header = _codestream_start(data)
    if header[:2] != _CODESTREAM or len(header) < 3:  # noqa: PLR2004 -- signature and the first size byte
        raise CorruptObject("The compressed stream of this frame is no JPEG XL codestream.")
    bits = _Bits(header[2:])
    rows, columns = _size(bits)
    if bits.take(1):  # all else is as usual
        return JpegXlStream(rows, columns, precision=8, xyb=True)
    if bits.take(1):
        _skip_extra_fields(bits)
    precision = _precision(bits)
    bits.take(1)  # whether 16 bits are enough for decoding
    return JpegXlStream(rows, columns, precision, xyb=bits.number(_EXTRA_CHANNELS) == 0 and bits.take(1) == 1)


def _size(bits: _Bits) -> tuple[int, int]:
    """Read rows and columns (D.2)."""
    small = bits.take(1)
    rows = (bits.take(5) + 1) * 8 if small else bits.number(_EXTENT)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = _RATIOS[ratio]
        return rows, rows * numerator // denominator
    return rows, (bits.take(5) + 1) * 8 if small else bits.number(_EXTENT)


def _skip_extra_fields(bits: _Bits) -> None:
    """Pass over orientation, intrinsic size and preview (D.3); an animation is no frame."""
    bits.take(3)
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        preview = _PREVIEW_EIGHTHS if bits.take(1) else _PREVIEW_EXTENT
        bits.number(preview)
        if not bits.take(3):
            bits.number(preview)
    if bits.take(1):
        raise CorruptObject("The JPEG XL image of this frame is an animation.")


def _precision(bits: _Bits) -> int:
    """Read the bits of a sample (D.3.2)."""
    if not bits.take(1):
        return bits.number(_INTEGER_BITS)
    precision = bits.number(_FLOAT_BITS)
    bits.take(4)  # of the exponent
    return precision


def _codestream_start(data: bytes) -> bytes:
    """Return the first bytes of the codestream, which a container keeps in `jxlc` or the first `jxlp` box."""
    if not data.startswith(_CONTAINER):
        return data[:_HEADER_BYTES]
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        header = 8
        if length == 1 and place + 16 <= len(data):
            length = int.from_bytes(data[place + 8 : place + 16], "big")
            header = 16
        if kind in (b"jxlc", b"jxlp"):
            start = place + header + (4 if kind == b"jxlp" else 0)
            return data[start : start + _HEADER_BYTES]
        if length < header:
            break
        place += length
    return b""
