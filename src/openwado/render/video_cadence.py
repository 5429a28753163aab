"""When the frames of a video start: at any time, or at a rate that a format allows (RR-28)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

MPEG_2_RATES: Final = (
    Fraction(24),
    Fraction(25),
    Fraction(30),
    Fraction(24000, 1001),
    Fraction(30000, 1001),
    Fraction(50),
    Fraction(60),
    Fraction(60000, 1001),
)
"""Frames a second that MPEG-2 knows (ISO/IEC 13818-2 6.3.3), the preferred ones first."""

MPEG_2_SAMPLES_A_SECOND: Final = 62_668_800
"""Luminance samples a second of Main Profile at High Level (ISO/IEC 13818-2 table 8-13)."""

#: Rates that fit durations equally well, to this part of them, are equally good.
_AS_GOOD: Final = 1e-4


class Showing(NamedTuple):
    """One showing of a frame: the tick it starts at, and how many it lasts."""

    start: int
    ticks: int


class Cadence(Protocol):
    """Turns the durations of frames into ticks.

    Attributes:
        tick: seconds of a tick.
    """

    tick: Fraction

    def showings(self, duration_ms: float) -> Iterator[Showing]:
        """Yield how often, when and how long the next frame is shown."""


class AnyTime:
    """Frames that start when they should, to the tick, and are shown once.

    Args:
        tick: seconds of a tick.
    """

    def __init__(self, tick: Fraction) -> None:
        self.tick = tick
        self._tick_ms = float(tick * 1000)
        self._total_ms = 0.0
        self._next = 0

    def showings(self, duration_ms: float) -> Iterator[Showing]:
        """Yield when and how long the next frame is shown; a tick at least."""
        self._total_ms += duration_ms
        start, self._next = self._next, max(round(self._total_ms / self._tick_ms), self._next + 1)
        yield Showing(start, self._next - start)


class AtRate:
    """Frames that are repeated at one of the rates of MPEG-2, so that the whole is right to half a frame of the rate.

    A frame that is shorter than half of one of the rate may be left out.

    Args:
        first_ms: duration of the first frame: the rate is chosen so that it, or a multiple, comes nearest to this.
        samples: luminance samples of a frame, no more than the level allows at the lowest rate.
    """

    def __init__(self, first_ms: float, samples: int) -> None:
        able = [rate for rate in MPEG_2_RATES if rate * samples <= MPEG_2_SAMPLES_A_SECOND]
        self.tick = 1 / min(able, key=lambda rate: round(_misfit(first_ms, rate) / _AS_GOOD))
        self._tick_ms = float(self.tick * 1000)
        self._total_ms = 0.0
        self._next = 0

    def showings(self, duration_ms: float) -> Iterator[Showing]:
        """Yield the next frame as often as it is repeated; the first one once at least."""
        self._total_ms += duration_ms
        start, self._next = self._next, max(round(self._total_ms / self._tick_ms), self._next, 1)
        for tick in range(start, self._next):
            yield Showing(tick, 1)


def _misfit(duration_ms: float, rate: Fraction) -> float:
    """Return how far frames of a rate are from a duration, as a part of it."""
    ticks = duration_ms / 1000 * float(rate)
    return abs(ticks - max(round(ticks), 1)) / ticks
