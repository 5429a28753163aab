"""Frames to an animated PNG, one after the other (PNG third edition, 11.3.6): exact, also at 16 bits, with profile."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from openwado.render.changed_area import changed_area
from openwado.render.encode import encode
from openwado.render.frame_sequence import Delays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.render.changed_area import ChangedArea
    from openwado.render.raster import Raster

#: Ticks of a second; the most that a frame can have.
_TICKS_A_SECOND: Final = 1000
_MOST_TICKS: Final = 65535
_SIGNATURE_BYTES: Final = 8
_FOR_EVER: Final = 0


def animated_png(frames: Iterable[tuple[Raster, float]], number_of_frames: int) -> Iterator[bytes]:
    """Yield the bytes of an animated PNG that is played for ever; of each frame only the rectangle that changes.

    Args:
        frames: pictures of one shape, and milliseconds that each is shown.
        number_of_frames: that there are: the file says it first.
    """
    delays = Delays(1000 / _TICKS_A_SECOND, 1, _MOST_TICKS)
    previous: Raster | None = None
    sequence = 0
    for raster, duration_ms in frames:
        area = changed_area(previous, raster)
        profile = raster.icc_profile if previous is None else b""
        still = encode(replace(raster, pixels=area.pixels, icc_profile=profile), "image/png", None)
        ticks = delays.ticks(duration_ms)
        if previous is None:
            yield _head(still, number_of_frames)
        pieces = [_control(sequence, area, ticks)]
        sequence += 1
        for kind, content in _chunks(still):
            if kind != b"IDAT":
                continue
            if previous is None:
                pieces.append(_chunk(kind, content))
            else:
                pieces.append(_chunk(b"fdAT", struct.pack(">I", sequence) + content))
                sequence += 1
        yield b"".join(pieces)
        previous = raster
    yield _chunk(b"IEND", b"")


def _head(still: bytes, number_of_frames: int) -> bytes:
    """Return what stands before the pixels of a still, and that it is the first of so many frames."""
    described = [_chunk(kind, content) for kind, content in _chunks(still) if kind not in (b"IDAT", b"IEND")]
    animation = _chunk(b"acTL", struct.pack(">II", number_of_frames, _FOR_EVER))
    return b"".join([still[:_SIGNATURE_BYTES], *described, animation])


def _control(sequence: int, area: ChangedArea, ticks: int) -> bytes:
    """Return where and how long a frame is shown: over the one before it, whose pixels it replaces."""
    rows, columns = area.pixels.shape[:2]
    fields = (sequence, columns, rows, area.left, area.top, ticks, _TICKS_A_SECOND, 0, 0)
    return _chunk(b"fcTL", struct.pack(">IIIIIHHBB", *fields))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk."""
    place = _SIGNATURE_BYTES
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        yield kind, png[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
