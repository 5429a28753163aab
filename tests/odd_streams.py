"""Streams that no encoder at hand writes, put together byte by byte: subsampled lossless JPEG and JPEG 2000."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Plane = NDArray[Any]
    Factors = tuple[int, int]

_CATEGORIES = 17
_CODE_BITS = 5


def lossless_jpeg(planes: Sequence[Plane], sampling: Sequence[Factors]) -> bytes:
    """Return 8-bit planes as ISO 10918-1 annex H codes them: predictor 1, interleaved, every code 5 bits long.

    Args:
        planes: one a component, each of its own size.
        sampling: horizontal and vertical sampling factor of each.
    """
    widest, highest = max(across for across, _ in sampling), max(down for _, down in sampling)
    rows, columns = planes[list(sampling).index((widest, highest))].shape
    count = len(planes)
    frame = struct.pack(">BHHB", 8, rows, columns, count) + b"".join(
        bytes([number, across << 4 | down, 0]) for number, (across, down) in enumerate(sampling, 1)
    )
    table = bytes([0, *(_CATEGORIES if bits == _CODE_BITS else 0 for bits in range(1, 17)), *range(_CATEGORIES)])
    scan = bytes([count]) + b"".join(bytes([number, 0]) for number in range(1, count + 1)) + bytes([1, 0, 0])
    differences = [_differences(plane.astype(int)) for plane in planes]
    codes = "".join(
        _code(int(difference[row * down + y, column * across + x]))
        for row in range(rows // highest)
        for column in range(columns // widest)
        for difference, (across, down) in zip(differences, sampling, strict=True)
        for y in range(down)
        for x in range(across)
    )
    codes += "1" * (-len(codes) % 8)
    coded = int(codes, 2).to_bytes(len(codes) // 8, "big").replace(b"\xff", b"\xff\0")
    return (
        b"\xff\xd8" + _segment(0xFFC3, frame) + _segment(0xFFC4, table) + _segment(0xFFDA, scan) + coded + b"\xff\xd9"
    )


def subsampled_jpeg2000(codestreams: Sequence[bytes], sampling: Sequence[Factors]) -> bytes:
    """Return one codestream of components that were coded alone, the first one in full size.

    Args:
        codestreams: one a component, of one tile, one layer, one precinct a resolution and the same coding style.
        sampling: horizontal and vertical distance of samples of each (XRsiz, YRsiz).
    """
    heads, coded = zip(*(_divided(codestream) for codestream in codestreams), strict=True)
    size = heads[0][0xFF51]
    samples = b"".join(
        bytes([head[0xFF51][36], across, down]) for head, (across, down) in zip(heads, sampling, strict=True)
    )
    main = b"\xff\x4f" + _segment(0xFF51, size[:34] + struct.pack(">H", len(codestreams)) + samples)
    for marker, body in heads[0].items():
        if marker == 0xFF52:  # components one after the other
            main += _segment(marker, body[:1] + b"\x04" + body[2:])
        elif marker not in (0xFF51, 0xFF64):
            main += _segment(marker, body)
    tile = b"".join(coded)
    return main + _segment(0xFF90, struct.pack(">HIBB", 0, len(tile) + 14, 0, 1)) + b"\xff\x93" + tile + b"\xff\xd9"


def with_lines_defined_later(stream: bytes, frame_marker: int) -> bytes:
    """Return a JPEG stream whose number of lines is told by a DNL segment behind its scan (ISO 10918-1 B.2.5)."""
    place = stream.index(bytes([0xFF, frame_marker])) + 5
    end = stream.rindex(b"\xff\xd9")
    lines = _segment(0xFFDC, stream[place : place + 2])
    return stream[:place] + b"\0\0" + stream[place + 2 : end] + lines + stream[end:]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def _differences(plane: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return differences to the sample on the left, or above where there is none (ISO 10918-1 H.1.2.1)."""
    differences = np.diff(plane, axis=1, prepend=plane[:, :1])
    differences[1:, 0] = np.diff(plane[:, 0])
    differences[0, 0] = plane[0, 0] - 128
    return differences


def _code(difference: int) -> str:
    bits = abs(difference).bit_length()
    value = difference if difference > 0 else difference + (1 << bits) - 1
    return f"{bits:0{_CODE_BITS}b}" + (f"{value:0{bits}b}" if bits else "")


def _divided(codestream: bytes) -> tuple[dict[int, bytes], bytes]:
    """Return the segments of the main header by marker, and the packets."""
    segments, place = {}, 2
    while codestream[place : place + 2] != b"\xff\x90":
        marker, length = struct.unpack_from(">HH", codestream, place)
        segments[marker] = codestream[place + 4 : place + 2 + length]
        place += 2 + length
    return segments, codestream[codestream.index(b"\xff\x93", place) + 2 : codestream.rindex(b"\xff\xd9")]
