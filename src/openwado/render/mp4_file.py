"""An MP4 file with what describes it before its samples, so that a player can start while it arrives (ISO 14496-12)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np

from openwado.errors import RenderFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_BYTES: Final = 8
_LARGE_HEADER_BYTES: Final = 16
#: Boxes that are on the way to the chunk offsets (8.1 … 8.7).
_PARENTS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
#: Boxes of chunk offsets: bytes from their start to the offsets, and how these are stored (8.7.5).
_OFFSETS: Final = {b"stco": (16, ">u4"), b"co64": (16, ">u8")}
_LARGEST_MOVIE: Final = 256 << 20
_COPIED_AT_ONCE: Final = 1 << 20


class _Readable(Protocol):
    """A file that can be read anywhere."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def read(self, length: int = -1, /) -> bytes: ...


class _Writable(Protocol):
    """What is written to, piece after piece."""

    def write(self, data: bytes, /) -> int: ...


class _Box(NamedTuple):
    """A box: its type, where it starts, bytes of its header, bytes of all of it."""

    kind: bytes
    start: int
    header: int
    size: int


def write_movie_first(file: _Readable, out: _Writable) -> None:
    """Copy an MP4 file whose samples come first, with the movie box before them.

    Args:
        file: the file, which can be read anywhere.
        out: what the copy is written to.

    Raises:
        RenderFailed: it is no such file.
    """
    boxes = {box.kind: box for box in _top_boxes(file)}
    kinds, movie_box = boxes.get(b"ftyp"), boxes.get(b"moov")
    samples = boxes.get(b"mdat")
    if kinds is None or samples is None or movie_box is None or movie_box.size > _LARGEST_MOVIE:
        raise RenderFailed("The video could not be written.", detail=f"boxes {sorted(boxes)}")
    movie = bytearray(_part(file, movie_box))
    _move_chunks(movie, kinds.size + movie_box.size - samples.start)
    out.write(_part(file, kinds))
    out.write(bytes(movie))
    _copy(file, samples, out)


def _top_boxes(file: _Readable) -> Iterator[_Box]:
    start = 0
    while True:
        file.seek(start)
        box = _box(file.read(_LARGE_HEADER_BYTES), 0)
        if box is None:
            return
        yield box._replace(start=start)
        start += box.size


def _box(data: bytes | bytearray, start: int) -> _Box | None:
    """Return the box that starts somewhere; None if there is none."""
    if len(data) < start + _HEADER_BYTES:
        return None
    size, kind = struct.unpack_from(">I4s", data, start)
    header = _HEADER_BYTES
    if size == 1 and len(data) >= start + _LARGE_HEADER_BYTES:
        header = _LARGE_HEADER_BYTES
        (size,) = struct.unpack_from(">Q", data, start + _HEADER_BYTES)
    return _Box(kind, start, header, size) if size >= header else None


def _move_chunks(movie: bytearray, distance: int) -> None:
    """Say in a movie box that all samples are so many bytes further on."""
    start = 0
    while (box := _box(movie, start)) is not None:
        if box.kind in _OFFSETS:
            before, stored = _OFFSETS[box.kind]
            offsets = np.frombuffer(movie, stored, (box.size - before) // int(stored[-1]), start + before)
            if int(offsets.max(initial=0)) + distance > np.iinfo(offsets.dtype).max:
                raise RenderFailed("The video is larger than its file can be.")
            offsets += np.array(distance, offsets.dtype)
        start += box.header if box.kind in _PARENTS else box.size


def _part(file: _Readable, box: _Box) -> bytes:
    file.seek(box.start)
    return file.read(box.size)


def _copy(file: _Readable, box: _Box, out: _Writable) -> None:
    """Copy a box, which is the last but one of the file, piece by piece."""
    file.seek(box.start)
    left = box.size
    while left and (piece := file.read(min(left, _COPIED_AT_ONCE))):
        out.write(piece)
        left -= len(piece)
