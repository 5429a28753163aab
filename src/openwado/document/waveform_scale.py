"""From values to millimetres: gains of potentials, axes of everything else."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.document.waveform_units import millivolts, unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from openwado.dicom.waveform import Channel

#: Part of a row that a trace scaled to it fills: with an axis, without, and of a potential.
_FILLED, _FILLED_ALONE, _FILLED_POTENTIAL = 0.86, 0.76, 0.98
#: Of the values of a trace, so many per cent at each end may be artefacts that do not steer the gain.
_ARTEFACTS: Final = 0.05
#: A line of no voltage is moved by whole large squares, mm.
_SQUARE: Final = 5.0
_MICROVOLTS: Final = 1000.0
#: Less than this part of the values is no difference.
_LEAST_SPAN: Final = 1e-9
_GREATEST: Final = 1e15
_LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of a channel become heights.

    Attributes:
        zero: the value at the middle of the row, units of the channel.
        per_unit: mm for a unit.
        words: the scale in words, "" where an axis says it.
        ticks: values at which an axis is labelled.
        gain: mm for a millivolt; None for what is no potential.
        rest: where no voltage is, mm above the middle.
    """

    zero: float
    per_unit: float
    words: str
    ticks: tuple[float, ...] = ()
    gain: float | None = None
    rest: float = 0.0

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return mm above the middle of the row."""
        with np.errstate(over="ignore"):
            return np.asarray((values - self.zero) * self.per_unit)


@dataclass(frozen=True, slots=True)
class Spread:
    """Values that are drawn: least, median and greatest; from the median up and down what is no artefact."""

    least: float = 0.0
    median: float = 0.0
    greatest: float = 0.0
    above: float = 0.0
    below: float = 0.0


def spread_of(values: NDArray[np.float64]) -> Spread:
    """Return how values spread; those that are no number, or beyond all measure, do not count."""
    found = values[np.abs(values) <= _GREATEST]  # a comparison with NaN is False
    if not found.size:
        return Spread()
    low, median, high = (float(one) for one in np.percentile(found, (_ARTEFACTS, 50, 100 - _ARTEFACTS)))
    return Spread(float(found.min()), median, float(found.max()), high - median, median - low)


def common_gain(gains: tuple[float, ...], demands: Iterable[tuple[float, float]]) -> float:
    """Return the first gain with which everything has room; the last where none is small enough.

    Args:
        gains: mm for a millivolt, the preferred one first.
        demands: millivolts, and the mm that they may take.
    """
    wanted = list(demands)
    return next((gain for gain in gains if all(gain * one <= room for one, room in wanted)), gains[-1])


def potential_scale(channel: Channel, spread: Spread, gain: float, moved_in: float = 0.0) -> Scale:
    """Return the scale of a potential: around its median, for recorders let no constant potential through.

    Args:
        channel: whose it is.
        spread: of its values.
        gain: mm for a millivolt.
        moved_in: height of the row in which the median is moved up or down by large squares, so that the trace is in
            its middle and the calibration pulse within it; 0 for no movement.
    """
    per_unit = gain * (millivolts(channel) or 1.0)
    squares = round((spread.below - spread.above) / 2 * per_unit / _SQUARE)
    highest = max(0, floor((moved_in / 2 - gain) / _SQUARE))
    rest = min(squares, highest) * _SQUARE if moved_in else 0.0
    return Scale(spread.median - rest / per_unit, per_unit, gain_words(gain), gain=gain, rest=rest)


def fitting_scale(channel: Channel, spread: Spread, height: float) -> Scale:
    """Return a scale with which a channel fills its row: of potentials a round gain, of all else an axis."""
    factor = millivolts(channel)
    if factor is not None:
        most = max(spread.above, spread.below) * factor
        return potential_scale(channel, spread, _round_down(_FILLED_POTENTIAL * height / 2 / max(most, _LEAST)))
    if channel.sensitivity is None:
        return _arbitrary(spread, height)
    return _axis(channel, spread, height)


def gain_words(gain: float) -> str:
    """Return a gain of potentials in words: mm/mV, or µV/mm where a millivolt has no room."""
    return f"{gain:.4g} mm/mV" if gain <= 50 else f"{_MICROVOLTS / gain:.4g} µV/mm"  # noqa: PLR2004 -- mm of a row


def nice_step(span: float, most: int) -> float:
    """Return 1, 2 or 5 times a power of ten, that a span holds no more than so many times."""
    least = span / most
    power = 10.0 ** floor(log10(least))
    return next((factor * power for factor in (1.0, 2.0, 5.0) if factor * power >= least * (1 - 1e-9)), 10 * power)


def _arbitrary(spread: Spread, height: float) -> Scale:
    """Return a scale without an axis: around 0 where the values lie on both sides of it, as of sound."""
    zero = 0.0 if spread.least <= 0 <= spread.greatest else (spread.least + spread.greatest) / 2
    most = max(spread.greatest - zero, zero - spread.least, _LEAST)
    return Scale(zero, _FILLED_ALONE * height / 2 / most, "")


def _axis(channel: Channel, spread: Spread, height: float) -> Scale:
    """Return a scale whose axis has round ends, from 0 where the values begin near it."""
    low, high = spread.least, spread.greatest
    if 0 < low < (high - low):
        low = 0.0
    if high - low <= max(abs(low), abs(high), _LEAST) * _LEAST_SPAN:
        half = max(abs(high) * 0.1, 1.0)
        low, high = low - half, high + half
    step = nice_step(high - low, max(2, round(height / 9)))
    first, last = floor(low / step), ceil(high / step)
    span = (last - first) * step
    ticks = tuple(number * step for number in range(first, last + 1))
    return Scale((first + last) / 2 * step, _FILLED * height / span, unit_words(channel.units), ticks)


def _round_down(gain: float) -> float:
    """Return the greatest 1, 2 or 5 times a power of ten that is no more."""
    if not isfinite(gain) or gain <= 0:
        return 1.0
    power = 10.0 ** floor(log10(gain))
    return next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= gain * (1 + 1e-9))
