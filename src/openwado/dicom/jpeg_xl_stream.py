"""How big a JPEG XL image is (ISO 18181-1 clause 9 and D.2, ISO 18181-2), read before decoding."""

from __future__ import annotations

import struct

from openwado.errors import CorruptObject

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_HEADER_BYTES = 16
#: Width from height, by the ratio code (D.2): numerator, denominator.
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_SIZE_BITS = (9, 13, 18, 30)


def read_jpeg_xl_size(data: bytes) -> tuple[int, int]:
    """Return rows and columns of a JPEG XL image, bare or in a container.

    Raises:
        CorruptObject: it is no JPEG XL image.
    """
    header = _codestream_start(data)
    if header[:2] != _CODESTREAM or len(header) < 3:  # noqa: PLR2004 -- signature and the first size byte
        raise CorruptObject("The compressed stream of this frame is no JPEG XL codestream.")
    bits = int.from_bytes(header[2:].ljust(_HEADER_BYTES, b"\0"), "little")
    small, bits = bits & 1, bits >> 1
    rows, bits = _size(bits, small=bool(small))
    ratio, bits = bits & 7, bits >> 3
    if ratio:
        numerator, denominator = _RATIOS[ratio]
        return rows, rows * numerator // denominator
    return rows, _size(bits, small=bool(small))[0]


def _size(bits: int, *, small: bool) -> tuple[int, int]:
    """Read one extent; return it and the bits after it (LSB first)."""
    if small:
        return ((bits & 31) + 1) * 8, bits >> 5
    width = _SIZE_BITS[bits & 3]
    bits >>= 2
    return (bits & ((1 << width) - 1)) + 1, bits >> width


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
