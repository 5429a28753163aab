"""What a JPEG 2000 or HTJ2K codestream says about itself (ISO 15444-1 annex A), read before decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_OF_CODESTREAM = b"\xff\x4f"
_END_OF_CODESTREAM = b"\xff\xd9"
_SIZ = 0xFF51
_COD = 0xFF52
_QCD = 0xFF5C
_START_OF_TILE_PART = 0xFF90
_TILE_PART = b"\xff\x90"
#: Bytes of the header of a tile-part without data.
_SHORTEST_TILE_PART = 14
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_SIZ_FIXED = struct.Struct(">HIIIIIIIIH")
_HIGH_THROUGHPUT = 0x4000
_PART_2 = 0x8000
_MAXIMUM_TILES = 65535
_MAXIMUM_COMPONENTS = 4
_MAXIMUM_LEVELS = 32
#: Of a code block's extent, less 2 (ISO 15444-1 table A.18).
_MAXIMUM_BLOCK_EXPONENT = 8
_NO_STYLE = 0x1F
_TO_THE_END = 0
_LONG_LENGTH = 1


@dataclass(frozen=True, slots=True)
class Jpeg2000Stream:
    """The main header of one codestream.

    Attributes:
        rows: lines of the image area.
        columns: samples of a line.
        components: how many.
        precision: bits of a sample of the first component, 1 … 38.
        signed: whether its samples are two's complement.
        subsampled: whether some components have fewer samples than others.
        component_transform: whether the multiple component transform is used: decoding gives RGB (RR-10).
        reversible: whether the 5-3 wavelet is used, so that nothing need be lost.
        high_throughput: whether blocks may be coded as ISO 15444-15 says.
        part_2: whether extensions of ISO 15444-2 are used.
        levels: how often the image is halved: there is one resolution more.
        displaced: whether the image area starts elsewhere than where the reference grid does.
    """

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool
    subsampled: bool
    component_transform: bool
    reversible: bool
    high_throughput: bool
    part_2: bool
    levels: int
    displaced: bool


def codestream_of(data: bytes) -> bytes:
    """Return the codestream without the JP2 boxes that PS3.5 A.4.4 forbids but some encoders leave around it.

    Raises:
        CorruptObject: there are boxes, but no codestream in them.
    """
    if not data.startswith(_JP2_SIGNATURE):
        return data
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        header = 8
        if length == _LONG_LENGTH and place + 16 <= len(data):
            length = int.from_bytes(data[place + 8 : place + 16], "big")
            header = 16
        if kind == b"jp2c":
            return data[place + header :] if length == _TO_THE_END else data[place + header : place + length]
        if length < header:
            break
        place += length
    raise CorruptObject("The JPEG 2000 file of this frame holds no codestream.")


def is_ended(codestream: bytes) -> bool:
    """Return whether a codestream ends with its End Of Codestream marker, but for padding (PS3.5 A.4)."""
    return codestream.rstrip(b"\0").endswith(_END_OF_CODESTREAM)


def is_whole(codestream: bytes) -> bool:
    """Return whether all tile-parts of a codestream are there, one after the other, and then its end (A.4.2)."""
    place = 2
    while place + 4 <= len(codestream) and codestream[place : place + 2] != _TILE_PART:
        place += 2 + int.from_bytes(codestream[place + 2 : place + 4], "big")
    while codestream[place : place + 2] == _TILE_PART:
        length = int.from_bytes(codestream[place + 6 : place + 10], "big")
        if length == _TO_THE_END:
            return is_ended(codestream)
        if length < _SHORTEST_TILE_PART:
            return False
        place += length
    return codestream[place : place + 2] == _END_OF_CODESTREAM


def read_jpeg2000_stream(codestream: bytes) -> Jpeg2000Stream:
    """Read the main header of a codestream.

    Args:
        codestream: from its Start Of Codestream marker on.

    Raises:
        CorruptObject: it has no header that can be read, more than 65535 tiles or more than 4 components.
    """
    if codestream[:2] != _START_OF_CODESTREAM:
        raise CorruptObject("The compressed stream of this frame is no JPEG 2000 codestream.")
    segments = dict(_segments(codestream))
    size, coding = segments.get(_SIZ, b""), segments.get(_COD, b"")
    if not size or len(coding) < 10:  # noqa: PLR2004 -- SGcod and SPcod up to the wavelet
        raise CorruptObject("The JPEG 2000 codestream of this frame has no complete main header.")
    return _stream(size, coding, segments.get(_QCD, b""))


def _stream(size: bytes, coding: bytes, quantization: bytes) -> Jpeg2000Stream:
    if len(size) < _SIZ_FIXED.size + 3:
        raise CorruptObject("The JPEG 2000 codestream of this frame ends within its header.")
    fields = _SIZ_FIXED.unpack_from(size)
    capabilities, right, bottom, left, top, tile_columns, tile_rows, tile_left, tile_top, components = fields
    if not 1 <= components <= _MAXIMUM_COMPONENTS:
        raise CorruptObject(f"The JPEG 2000 codestream of this frame has {components} components.")
    first_right, first_bottom = tile_left + tile_columns, tile_top + tile_rows
    if not (tile_left <= left < min(right, first_right) and tile_top <= top < min(bottom, first_bottom)):
        raise CorruptObject("The JPEG 2000 codestream of this frame has an image area outside its tiles, or none.")
    if coding[5] > _MAXIMUM_LEVELS or max(coding[6:8]) > _MAXIMUM_BLOCK_EXPONENT:
        raise CorruptObject("The JPEG 2000 codestream of this frame has impossible coding parameters.")
    if not _is_quantized(quantization, coding[5]):  # OpenJPEG would guess, OpenJPH read beyond the segment
        raise CorruptObject("The JPEG 2000 codestream of this frame lacks step sizes of subbands.")
    tiles = -(-(right - tile_left) // tile_columns) * -(-(bottom - tile_top) // tile_rows)
    if not 1 <= tiles <= _MAXIMUM_TILES:
        raise CorruptObject(f"The JPEG 2000 codestream of this frame has {tiles} tiles.")
    samples = size[_SIZ_FIXED.size :]
    sample = samples[0]
    return Jpeg2000Stream(
        rows=bottom - top,
        columns=right - left,
        components=components,
        precision=(sample & 0x7F) + 1,
        signed=bool(sample & 0x80),
        subsampled=len(set(zip(samples[1::3], samples[2::3], strict=False))) > 1,
        component_transform=coding[4] == 1,
        reversible=coding[9] == 1,
        high_throughput=bool(capabilities & _HIGH_THROUGHPUT),
        part_2=bool(capabilities & _PART_2),
        levels=coding[5],
        displaced=bool(left or top),
    )


def _is_quantized(quantization: bytes, levels: int) -> bool:
    """Return whether a QCD segment holds the step sizes of all subbands, or the one that others derive from (A.6.4)."""
    style = quantization[0] & 0x1F if quantization else _NO_STYLE
    needed = {0: 3 * levels + 1, 1: 2, 2: 2 * (3 * levels + 1)}.get(style)
    return needed is not None and len(quantization) > needed


def _segments(codestream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and body of every segment of the main header, as far as it is there."""
    place = 2
    while place + 4 <= len(codestream):
        marker, length = struct.unpack_from(">HH", codestream, place)
        if marker == _START_OF_TILE_PART:
            return
        if marker < 0xFF00 or length < 2:  # noqa: PLR2004 -- no segment
            raise CorruptObject("The JPEG 2000 codestream of this frame has something else where a marker must be.")
        yield marker, codestream[place + 4 : place + 2 + length]
        place += 2 + length
