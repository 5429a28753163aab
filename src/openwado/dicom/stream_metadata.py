"""Compressed streams without what is not needed to decode them: comments, application data, trailing bytes (AN-6)."""

from __future__ import annotations

import re
from typing import Final

from openwado.dicom.jpeg2000_stream import codestream_of
from openwado.errors import CorruptObject

_JPEG_FAMILY: Final = frozenset(
    f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 52, 53, 54, 55, 56, 57, 70, 80, 81)
)
_JPEG_2000_FAMILY: Final = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203))

#: Transfer syntaxes whose streams can be stripped.
STRIPPABLE: Final = _JPEG_FAMILY | _JPEG_2000_FAMILY

_MARKER: Final = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
#: JPEG-LS puts a zero bit after 0xFF: a marker is followed by a byte of at least 0x80 (ISO 14495-1 A.1).
_JPEG_LS_MARKER: Final = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
#: What decoding needs (ISO 10918-1 table B.1): frames, tables, scans, restarts; of JPEG-LS its frame and parameters.
_NEEDED: Final = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)}) - {0xC8}
_LS_FRAME, _LS_PARAMETERS = 0xF7, 0xF8
_LS_FAMILY: Final = frozenset({"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"})
#: How colour is transformed: Adobe (ISO 10918-6 6.5.3), and HP's for JPEG-LS.
_COLOR_TRANSFORMS: Final = {0xEE: b"Adobe", 0xE8: b"mrfx"}
_TRANSFORM_BYTES: Final = 12

_SOC, _SOT, _SOD = b"\xff\x4f", b"\xff\x90", b"\xff\x93"
#: Marker segments that decoding needs (ISO 15444-1 table A.2, 15444-15 A): lists of lengths change, and are left out.
_JPEG_2000_NEEDED: Final = frozenset(
    b"\xff" + bytes([low]) for low in b"\x50\x51\x52\x53\x56\x59\x5c\x5d\x5e\x5f\x60\x61\x63"
)
#: End Of Codestream: no such bytes stand in packets, but they may be the number of one (SOP; ISO 15444-1 A.8.1).
_END_OF_CODESTREAM: Final = re.compile(rb"(?<!\xff\x91\x00\x04)(?<!\xff\x91\x00\x04.)\xff\xd9", re.DOTALL)
_EOC: Final = b"\xff\xd9"
_SOT_BYTES: Final = 12


def without_metadata(stream: bytes, transfer_syntax_uid: str) -> bytes:
    """Return a stream that decodes to the same samples and holds nothing else.

    Args:
        stream: of one frame.
        transfer_syntax_uid: one of `STRIPPABLE`.

    Raises:
        CorruptObject: it is not built as it should be.
    """
    try:
        if transfer_syntax_uid in _JPEG_FAMILY:
            return _jpeg(stream, is_ls=transfer_syntax_uid in _LS_FAMILY)
        return _jpeg_2000(codestream_of(stream))
    except (IndexError, ValueError):
        raise CorruptObject("The compressed stream of this frame is not built as it should be.") from None


def _jpeg(stream: bytes, *, is_ls: bool) -> bytes:
    """Copy the segments that matter and the entropy-coded data between them, up to End Of Image."""
    kept = [b"\xff\xd8"]
    place = stream.index(b"\xff\xd8") + 2
    marker_pattern = _JPEG_LS_MARKER if is_ls else _MARKER
    while True:
        if stream[place] != 0xFF:  # noqa: PLR2004 -- a marker is due
            raise ValueError(place)
        while stream[place + 1] == 0xFF:  # noqa: PLR2004 -- fill bytes
            place += 1
        marker = stream[place + 1]
        if marker == _END:
            return b"".join([*kept, b"\xff\xd9"])
        if marker == _START:
            raise ValueError(place)
        length = int.from_bytes(stream[place + 2 : place + 4], "big")
        segment = stream[place : place + 2 + length]
        if length < 2 or len(segment) != length + 2:  # noqa: PLR2004 -- the length counts itself
            raise ValueError(place)
        kept.append(_segment(marker, segment, is_ls=is_ls))
        place += 2 + length
        if marker == _SCAN:
            following = marker_pattern.search(stream, place)
            if following is None:
                raise ValueError(place)
            kept.append(stream[place : following.start()])
            place = following.start()


def _segment(marker: int, segment: bytes, *, is_ls: bool) -> bytes:
    """Return what of a segment is needed: nothing of comments, application data and what is reserved."""
    if marker in _NEEDED or (is_ls and marker in (_LS_FRAME, _LS_PARAMETERS)):
        return segment
    name = _COLOR_TRANSFORMS.get(marker)
    if name is None or not segment[4:].startswith(name):
        return b""
    body = segment[4 : 4 + _TRANSFORM_BYTES]
    return segment[:2] + (len(body) + 2).to_bytes(2, "big") + body


def _jpeg_2000(codestream: bytes) -> bytes:
    """Copy the headers without comments, and the tile parts."""
    if not codestream.startswith(_SOC):
        raise ValueError
    kept, place = _header(codestream, 2, _SOT)
    parts = [_SOC, kept]
    while codestream[place : place + 2] == _SOT:
        length = int.from_bytes(codestream[place + 6 : place + 10], "big")
        header, data = _header(codestream, place + _SOT_BYTES, _SOD)
        end = place + length if length else _end_of(codestream, data)
        body = header + codestream[data:end]
        start = codestream[place : place + 6] + (_SOT_BYTES + len(body)).to_bytes(4, "big")
        parts += [start + codestream[place + 10 : place + _SOT_BYTES], body]
        place = end
    return b"".join([*parts, _EOC])


def _end_of(codestream: bytes, data: int) -> int:
    """Return where the last tile-part ends, of which only its start is said: whatever follows is no picture."""
    found = _END_OF_CODESTREAM.search(codestream, data)
    if found is None:
        raise ValueError(data)
    return found.start()


def _header(codestream: bytes, place: int, until: bytes) -> tuple[bytes, int]:
    """Return the needed marker segments up to a marker, and where that marker is."""
    kept = []
    while codestream[place : place + 2] != until:
        length = int.from_bytes(codestream[place + 2 : place + 4], "big")
        if codestream[place] != 0xFF or length < 2:  # noqa: PLR2004 -- a marker, and a length that counts itself
            raise ValueError(place)
        segment = codestream[place : place + 2 + length]
        if segment[:2] in _JPEG_2000_NEEDED:
            kept.append(segment)
        place += 2 + length
    return b"".join(kept), place
