"""Frames one after the other: that they go together, and how long each is shown in the ticks of a format (RR-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.render.raster import Raster


def in_one_shape(frames: Iterable[tuple[Raster, float]]) -> Iterator[tuple[Raster, float]]:
    """Yield frames, with the milliseconds that each is shown, as long as they go together.

    Raises:
        CorruptObject: one has not the shape or the depth of the first, or there are none.
    """
    first: tuple[object, ...] | None = None
    for raster, duration_ms in frames:
        shape = (*raster.pixels.shape, raster.bits)
        if first is None:
            first = shape
        if shape != first:
            raise CorruptObject("The frames of this object are not of one size, depth and number of colours.")
        yield raster, duration_ms
    if first is None:
        raise CorruptObject("This object has no frames to show.")


class Delays:
    """Whole ticks for one duration after the other: what rounding takes from one frame the next ones get.

    A frame that the format makes longer or shorter than it should be is not made up for: others would be wrong too.

    Args:
        tick_ms: milliseconds of a tick.
        least: ticks of a frame.
        most: ticks of a frame.
    """

    __slots__ = ("_least", "_most", "_owed", "_tick_ms")

    def __init__(self, tick_ms: float, least: int, most: int) -> None:
        self._tick_ms = tick_ms
        self._least = least
        self._most = most
        self._owed = 0.0

    def ticks(self, duration_ms: float) -> int:
        """Return the ticks of the next frame."""
        wanted = duration_ms / self._tick_ms + self._owed
        nearest = round(wanted)
        ticks = min(max(nearest, self._least), self._most)
        self._owed = wanted - ticks if ticks == nearest else 0.0
        return ticks
