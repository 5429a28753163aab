"""Samples as lines: no more points than the paper shows, none lost that stands out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.waveform import MultiplexGroup
    from openwado.document.waveform_scale import Scale

#: Width of a column of paper of which the least and the greatest sample are drawn, mm: a pixel of our pictures.
COLUMN: Final = 0.125
#: Samples that are looked at in one go.
_AT_ONCE: Final = 1 << 20
#: Columns that the spread of a channel is taken from.
_SURVEYED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of one channel on a page.

    Attributes:
        channel: from 0.
        start, stop: seconds after the group's first sample.
        left: where it starts, mm.
        speed: mm for a second.
        top, height: of its row, mm.
        scale: of its values.
        upper, lower: beyond which nothing is drawn, mm from the top of the page.
        label: of the channel.
    """

    channel: int
    start: float
    stop: float
    left: float
    speed: float
    top: float
    height: float
    scale: Scale
    upper: float
    lower: float
    label: str

    @property
    def middle(self) -> float:
        """Where the value `scale.zero` is, mm."""
        return self.top + self.height / 2

    @property
    def right(self) -> float:
        """Where it ends, mm."""
        return self.at(self.stop)

    def at(self, seconds: float) -> float:
        """Return where a time is, mm."""
        return self.left + (seconds - self.start) * self.speed


def trace(group: MultiplexGroup, strip: Strip) -> tuple[tuple[NDArray[np.float64], ...], bool]:
    """Return the lines of a strip, each of shape (points, 2) in mm, and whether something was cut off.

    A line ends where samples are missing.
    """
    skew = group.channels[strip.channel].skew
    first, stop = sample_range(group, strip.channel, strip.start, strip.stop)
    step = max(1, floor(COLUMN / strip.speed * group.frequency))
    positions, values = reduced(group, strip.channel, (first, stop), step)
    x = strip.left + (positions / group.frequency + skew - strip.start) * strip.speed
    y = strip.middle - strip.scale.heights(values)
    kept = np.clip(y, strip.upper, strip.lower)
    return _pieces(np.column_stack((x, kept))), bool((kept != y)[~np.isnan(y)].any())


def survey(group: MultiplexGroup, channel: int, start: float, stop: float) -> NDArray[np.float64]:
    """Return values of a channel between two times, in seconds: the extremes of stretches where they are many."""
    first, last = sample_range(group, channel, start, stop)
    return reduced(group, channel, (first, last), max(1, (last - first) // _SURVEYED))[1]


def sample_range(group: MultiplexGroup, channel: int, start: float, stop: float) -> tuple[int, int]:
    """Return the first sample of a channel at or after a time, and the one after the last at or before another."""
    skew = group.channels[channel].skew
    limit = group.length
    first = ceil(min(max((start - skew) * group.frequency - 1e-6, 0), limit))
    last = floor(min(max((stop - skew) * group.frequency + 1e-6, -1), limit - 1))
    return first, max(first, last + 1)


def reduced(
    group: MultiplexGroup, channel: int, samples: tuple[int, int], step: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return sample positions from 0 and values: of each `step` samples the least and the greatest in their order.

    Args:
        group: of the channel.
        channel: from 0.
        samples: the first, and the one after the last.
        step: samples of a column; up to 2 are all kept.
    """
    first, stop = samples
    step = min(step, _AT_ONCE, max(stop - first, 1))
    if step <= 2:  # noqa: PLR2004 -- least and greatest are all there is
        return np.arange(first, stop), group.values(channel, first, stop)
    positions, values = [], []
    size = _AT_ONCE // step * step
    for begin in range(first, stop, size):
        part = group.values(channel, begin, min(begin + size, stop))
        places = _extremes(part, step)
        positions.append(places + begin)
        values.append(part[places])
    if not positions:
        return np.arange(0), np.zeros(0)
    return np.concatenate(positions), np.concatenate(values)


def _extremes(values: NDArray[np.float64], step: int) -> NDArray[np.int64]:
    """Return where the least and the greatest value of each column are, in order; the rest is a shorter column."""
    padded = np.pad(values, (0, -len(values) % step), constant_values=np.nan).reshape(-1, step)
    is_missing = np.isnan(padded)
    least = np.where(is_missing, np.inf, padded).argmin(1)
    greatest = np.where(is_missing, -np.inf, padded).argmax(1)
    both = np.sort(np.column_stack((least, greatest)), 1) + np.arange(len(padded))[:, None] * step
    return np.minimum(both.reshape(-1), len(values) - 1)


def _pieces(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return stretches without gaps; a single sample becomes a short stroke."""
    is_there = ~np.isnan(points[:, 1])
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_there, [False])).astype(np.int8)))
    pieces = [points[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(piece if len(piece) > 1 else np.vstack((piece, piece + np.array((COLUMN, 0.0)))) for piece in pieces)
