"""A stored JPEG stream as a file that any reader shows, without decoding it (ISO 10918-1 B.2; REQ-URI-8.2.8-5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from openwado.dicom.jpeg_stream import JpegStream, read_jpeg_header, read_segments
from openwado.errors import CorruptObject

_BASELINE = 0xC0
_START_OF_SCAN = 0xDA
_QUANTIZATION = 0xDB
_HUFFMAN = 0xC4
_RESTART_INTERVAL = 0xDD
_KEPT = frozenset({_BASELINE, _START_OF_SCAN, _QUANTIZATION, _HUFFMAN, _RESTART_INTERVAL})
#: APP0 … APP15 and COM.
_COMMENTS = frozenset({*range(0xE0, 0xF0), 0xFE})
_SCAN_MARKER = b"\xff\xda"
_START_OF_IMAGE, _END_OF_IMAGE = b"\xff\xd8", b"\xff\xd9"
#: JFIF 1.02, square pixels, no thumbnail.
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"
#: In entropy-coded data 0xFF is followed by a stuffed zero, or is part of a restart marker, with others 0xFF before it.
_MARKER = re.compile(rb"\xff(?:\xff*[^\x00\xd0-\xd7\xff]|\xff+\x00)")
#: As `_MARKER`, where no restart interval is defined: then no restart marker may stand there.
_MARKER_OR_RESTART = re.compile(rb"\xff(?:\xff*[^\x00\xff]|\xff+\x00)")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_RESTARTS = 8
#: Headers remembered, and bytes of the longest.
_HEADERS, _LONGEST_REMEMBERED = 64, 4096
_BYTE_BITS = 8
_COEFFICIENTS = 64
_LONGEST_CODE = 16
_LAST_TABLE = 3
#: Spectral selection and successive approximation of a sequential scan (B.2.3).
_SEQUENTIAL = bytes((0, 63, 0))
#: Largest symbol of a DC table of 8-bit samples (F.1.2.1.2).
_LARGEST_DIFFERENCE = 11
_LUMA_SAMPLING = frozenset({(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)})
_CHROMA_SAMPLING = ((1, 1), (1, 1))


@dataclass(frozen=True, slots=True)
class InterchangeFile:
    """A JFIF file around stored entropy-coded data.

    Attributes:
        content: the file. Of the stored stream's application data and comments nothing is in it.
        rows, columns: of the image.
        components: 1 (grey) or 3 (YCbCr).
        quantization: the table of each component, 64 steps in zigzag order.
    """

    content: bytes
    rows: int
    columns: int
    components: int
    quantization: tuple[bytes, ...]


class _NotPlainError(Exception):
    """The stream is not what every reader of JPEG files reads, and reads in the same way."""


@dataclass(slots=True)
class _Segments:
    """The segments that a decoder needs, and what they hold."""

    kept: list[bytes] = field(default_factory=list)
    quantization: dict[int, bytes] = field(default_factory=dict)
    huffman: set[int] = field(default_factory=set)
    frame: bytes = b""
    scan: bytes = b""
    restart_interval: int = 0
    stop: int = len(_START_OF_IMAGE)


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands before the entropy-coded data: as it was, up to `stop`, and as it will be."""

    stop: int
    content: bytes
    stream: JpegStream
    quantization: tuple[bytes, ...]
    has_restarts: bool


def interchange_file(data: bytes, photometric_interpretation: str) -> InterchangeFile | None:
    """Return a stored stream as a file, its entropy-coded data untouched.

    Only what any reader decodes to the same picture as `decoders.decode_jpeg8`: baseline, 8 bits, one scan, grey or
    YCbCr (by RR-11), all tables there and well formed, an End Of Image marker. A JFIF header takes the place of all
    application segments and comments: they may turn the picture (Exif), name another colour space, or hold words.

    Args:
        data: the stream of one frame.
        photometric_interpretation: of the object, for streams that do not name their colour space.

    Returns:
        None for any other stream.
    """
    header = _header_of(data, photometric_interpretation)
    if header is None:
        return None
    stop = _end_of(data, header.stop, has_restarts=header.has_restarts)
    if stop is None or (header.has_restarts and not _are_in_order(data, header.stop, stop)):
        return None
    return InterchangeFile(
        content=b"".join((header.content, memoryview(data)[header.stop : stop])),
        rows=header.stream.rows,
        columns=header.stream.columns,
        components=len(header.stream.component_ids),
        quantization=header.quantization,
    )


def _header_of(data: bytes, photometric_interpretation: str) -> _Header | None:
    """Read a header, or remember it: the frames of a series mostly share one."""
    scan = data.find(_SCAN_MARKER)
    if scan < 0 or scan + 4 > len(data):
        return None
    stop = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
    if stop <= _LONGEST_REMEMBERED:
        header = _remembered(data[:stop], photometric_interpretation)
        if header is not None:
            return header
    return _read_header(data, photometric_interpretation)  # the first scan may be that of a thumbnail in a comment


def _read_header(data: bytes, photometric_interpretation: str) -> _Header | None:
    try:
        stream = read_jpeg_header(data)
        _check_frame(stream, photometric_interpretation)
        segments = _read_segments(data)
        quantization = _tables_of(segments, stream)
    except (_NotPlainError, CorruptObject, IndexError):
        return None
    if segments.stop > len(data):
        return None
    return _Header(
        stop=segments.stop,
        content=b"".join((_START_OF_IMAGE, _JFIF, *segments.kept)),
        stream=stream,
        quantization=quantization,
        has_restarts=segments.restart_interval > 0,
    )


_remembered = lru_cache(maxsize=_HEADERS)(_read_header)


def _check_frame(stream: JpegStream, photometric_interpretation: str) -> None:
    if stream.frame_marker != _BASELINE or stream.precision != _BYTE_BITS or 0 in (stream.rows, stream.columns):
        raise _NotPlainError
    if not stream.sampling or stream.sampling[0] not in _LUMA_SAMPLING:
        raise _NotPlainError
    if len(stream.sampling) == 1:
        return
    if stream.sampling[1:] != _CHROMA_SAMPLING or len(set(stream.component_ids)) < len(stream.component_ids):
        raise _NotPlainError
    if not stream.is_ycbcr(photometric_interpretation):
        raise _NotPlainError


def _read_segments(data: bytes) -> _Segments:
    header = _Segments()
    for marker, place, body in read_segments(data):
        # A marker without a segment before this one, or a length that is none: decoders refuse them.
        if data[header.stop : place].strip(b"\xff") or data[place + 2 : place + 4] != (2 + len(body)).to_bytes(
            2, "big"
        ):
            raise _NotPlainError
        header.stop = place + 4 + len(body)
        if marker in _COMMENTS:
            continue
        if marker not in _KEPT or (marker == _BASELINE and header.frame):
            raise _NotPlainError
        if marker == _BASELINE:
            header.frame = body
        elif marker == _QUANTIZATION:
            _read_quantization(header, body)
        elif marker == _HUFFMAN:
            _read_huffman(header, body)
        elif marker == _RESTART_INTERVAL:
            header.restart_interval = _read_restart_interval(body)
        elif marker == _START_OF_SCAN:
            header.scan = body
        header.kept.append(data[place : header.stop])
    return header


def _read_quantization(header: _Segments, body: bytes) -> None:
    for start in range(0, len(body), 1 + _COEFFICIENTS):
        steps = body[start + 1 : start + 1 + _COEFFICIENTS]
        if body[start] > _LAST_TABLE or len(steps) < _COEFFICIENTS or 0 in steps:
            raise _NotPlainError
        header.quantization[body[start]] = steps


def _read_restart_interval(body: bytes) -> int:
    if len(body) != 2:  # noqa: PLR2004 -- one number of two bytes (B.2.4.4)
        raise _NotPlainError
    return int.from_bytes(body, "big")


def _read_huffman(header: _Segments, body: bytes) -> None:
    """Note the tables, if their codes fit into their lengths (C.2) and their symbols into 8-bit samples (F.1.2)."""
    place = 0
    while place < len(body):
        table, counts = body[place], body[place + 1 : place + 1 + _LONGEST_CODE]
        symbols = body[place + 1 + _LONGEST_CODE : place + 1 + _LONGEST_CODE + sum(counts)]
        if table & 0xEE or len(counts) < _LONGEST_CODE or not symbols or len(symbols) < sum(counts):
            raise _NotPlainError
        # The codes of each length as parts of all codes; the one of nothing but ones is never used.
        used = accumulate(count << (_LONGEST_CODE - length) for length, count in enumerate(counts, 1))
        if max(used) >= 1 << _LONGEST_CODE or (table & 0x10 == 0 and max(symbols) > _LARGEST_DIFFERENCE):
            raise _NotPlainError
        header.huffman.add(table)
        place += 1 + _LONGEST_CODE + len(symbols)


def _tables_of(header: _Segments, stream: JpegStream) -> tuple[bytes, ...]:
    """Return the quantization table of each component; all its tables are there, and one scan has all components."""
    count = len(stream.component_ids)
    frame, scan = header.frame, header.scan
    selectors = scan[1 : 1 + 2 * count]
    if scan[0] != count or tuple(selectors[::2]) != stream.component_ids or scan[1 + 2 * count :] != _SEQUENTIAL:
        raise _NotPlainError
    for tables in selectors[1::2]:
        if not header.huffman >= {tables >> 4, 0x10 | tables & 15}:
            raise _NotPlainError
    numbers = frame[8 : 8 + 3 * count : 3]
    if len(frame) != 6 + 3 * count or not header.quantization.keys() >= set(numbers):
        raise _NotPlainError
    return tuple(header.quantization[number] for number in numbers)


def _end_of(data: bytes, start: int, *, has_restarts: bool) -> int | None:
    """Return where the entropy-coded data and the End Of Image marker right after them end; None if they do not."""
    marker = (_MARKER if has_restarts else _MARKER_OR_RESTART).search(data, start)
    if marker is None or not marker.group().endswith(_END_OF_IMAGE) or marker.start() == start:
        return None
    return marker.end()


def _are_in_order(data: bytes, start: int, stop: int) -> bool:
    """Say whether restart markers stand in their order: readers show others in different ways."""
    found = _RESTART.finditer(data, start, stop)
    return all(marker.group()[1] == 0xD0 + number % _RESTARTS for number, marker in enumerate(found))
