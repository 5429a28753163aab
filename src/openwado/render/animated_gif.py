"""Frames to an animated GIF, one after the other (GIF89a; REQ-URI-8.1.5; RR-28)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from openwado.render.adaptive_palette import COLORS, index_colors
from openwado.render.changed_area import changed_area
from openwado.render.encode import gif_of_indexes
from openwado.render.frame_sequence import Delays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from openwado.render.changed_area import ChangedArea
    from openwado.render.raster import Raster

TICK_MS: Final = 10.0
"""GIF counts time in 1/100 s."""

LEAST_TICKS: Final = 2
"""Shorter delays are taken by players for a mistake, and played at ten frames a second."""

_MOST_TICKS: Final = 65535
_FOR_EVER: Final = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_TRAILER: Final = b"\x3b"
_TABLE_FLAG: Final = 0x80
_RESOLUTION: Final = 0x70
#: Leave the frame in place for the next one to be drawn over it.
_KEEP: Final = 1 << 2
_TRANSPARENT: Final = 1
#: What `gif_of_indexes` writes before the code size and the blocks of its one picture: screen, 256 colours, picture.
_BEFORE_BLOCKS: Final = 13 + 3 * COLORS + 10
_GREYS: Final = np.repeat(np.arange(COLORS, dtype=np.uint8), 3).tobytes()


class _Painted(NamedTuple):
    """A part of a frame in the colours of a table.

    Attributes:
        indexes: into the table, C-contiguous.
        table: three bytes a colour, a power of two of them.
        transparent: the index of pixels that stay as they were; None if there are none.
    """

    indexes: NDArray[np.uint8]
    table: bytes
    transparent: int | None = None


def animated_gif(frames: Iterable[tuple[Raster, float]], _number_of_frames: int) -> Iterator[bytes]:
    """Yield the bytes of an animated GIF that is played for ever.

    Grey is exact. Colour is exact up to 256 colours that change in a frame, else the nearest of 256; what does not
    change keeps the colours that it has. Of each frame only the rectangle that differs from the one before is written,
    so that it has one pixel where nothing does.

    Args:
        frames: pictures of one shape, 8 bits a value, and milliseconds that each is shown.
        _number_of_frames: that there are; GIF does not say it.
    """
    delays = Delays(TICK_MS, LEAST_TICKS, _MOST_TICKS)
    previous: Raster | None = None
    shared = b""
    for raster, duration_ms in frames:
        area = changed_area(previous, raster)
        painted = _painted(area)
        if previous is None:
            shared = painted.table
            rows, columns = raster.pixels.shape[:2]
            flags = _TABLE_FLAG | _RESOLUTION | _size_code(shared)
            yield struct.pack("<6sHHBBB", b"GIF89a", columns, rows, flags, 0, 0) + shared + _FOR_EVER
        yield _frame(area, painted, delays.ticks(duration_ms), own_table=painted.table != shared)
        previous = raster
    yield _TRAILER


def _frame(area: ChangedArea, painted: _Painted, ticks: int, *, own_table: bool) -> bytes:
    rows, columns = painted.indexes.shape
    transparent = painted.transparent
    flags = _KEEP if transparent is None else _KEEP | _TRANSPARENT
    control = struct.pack("<3sBHBB", b"\x21\xf9\x04", flags, ticks, transparent or 0, 0)
    table = painted.table if own_table else b""
    table_flags = _TABLE_FLAG | _size_code(table) if table else 0
    place = struct.pack("<BHHHHB", 0x2C, area.left, area.top, columns, rows, table_flags)
    blocks = gif_of_indexes(painted.indexes)[_BEFORE_BLOCKS : -len(_TRAILER)]
    return control + place + table + blocks


def _painted(area: ChangedArea) -> _Painted:
    """Give the pixels of an area colours of a table; if most are as they were, those stay."""
    mostly_same = 2 * np.count_nonzero(area.changed) < area.changed.size
    pixels: NDArray[np.uint8] = area.pixels.astype(np.uint8, copy=False)
    if pixels.ndim == 2:  # noqa: PLR2004 -- grey
        return _painted_grey(pixels, area.changed if mostly_same else None)
    if not mostly_same:
        indexes, palette = index_colors(pixels)
        return _Painted(indexes, _table(palette, int(indexes.max()) + 1))
    changed = pixels[area.changed]
    transparent = 0
    indexes = np.zeros(area.changed.shape, np.uint8)
    palette = np.zeros((COLORS, 3), np.uint8)
    if len(changed):
        found, palette = index_colors(changed[np.newaxis], COLORS - 1)
        transparent = int(found.max()) + 1
        indexes[:] = transparent
        indexes[area.changed] = found[0]
    return _Painted(indexes, _table(palette, transparent + 1), transparent)


def _painted_grey(pixels: NDArray[np.uint8], changed: NDArray[np.bool_] | None) -> _Painted:
    """Take grey levels as indexes; what stays as it was gets one that nothing else has, if there is one."""
    if changed is None:
        return _Painted(pixels, _GREYS)
    used = np.bincount(pixels[changed], minlength=COLORS)
    free = int(used.argmin())
    if used[free]:
        return _Painted(pixels, _GREYS)
    return _Painted(np.where(changed, pixels, np.uint8(free)), _GREYS, free)


def _table(palette: NDArray[np.uint8], used: int) -> bytes:
    """Return the first colours of a palette, as many as there can be in a table: 2, 4 … 256."""
    return palette[: max(2, 1 << (used - 1).bit_length())].tobytes()


def _size_code(table: bytes) -> int:
    """Return how a table's size is written: n for 2**(n + 1) colours."""
    return (len(table) // 3).bit_length() - 2
