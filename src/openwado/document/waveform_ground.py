"""What lies below and beside traces: millimetre paper, calibration pulses, axes of values and of time."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.document.waveform_drawing import Ink, Mark, Strokes, Text, text_width
from openwado.document.waveform_plan import LEFT, RIGHT, TRACE_LEFT
from openwado.document.waveform_scale import nice_step
from openwado.document.waveform_units import number_words, time_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from openwado.document.waveform_plan import PagePlan, TimeAxis
    from openwado.document.waveform_trace import Strip

SMALL: Final = 2.4
#: Large squares of the paper, in small ones: 1 mm.
_SQUARE: Final = 5
#: Width of a calibration pulse and of the lines beside it, mm: 200 ms and 100 ms at 25 mm/s.
_PULSE, _REST = 5.0, 2.5
#: Between labels of times, mm; and how many steps 1, 2, 5, 10 … there are for seconds, beyond which minutes count.
_TIMES_APART: Final = 18.0
_CLOCK_STEPS: Final = (10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_TICK: Final = 1.0


def paper(upper: float, lower: float) -> Iterator[Strokes]:
    """Yield millimetre paper between two heights: fine lines each millimetre, strong ones every fifth."""
    width, height = round(RIGHT - LEFT), floor(lower - upper + 1e-6)
    for ink, is_strong, stroke in ((Ink.FINE_GRID, False, 0.1), (Ink.GRID, True, 0.16)):
        across = [
            _line(LEFT, upper + y, RIGHT, upper + y) for y in range(height + 1) if (y % _SQUARE == 0) is is_strong
        ]
        along = [
            _line(LEFT + x, upper, LEFT + x, upper + height)
            for x in range(width + 1)
            if (x % _SQUARE == 0) is is_strong
        ]
        yield Strokes((*across, *along), ink, stroke)


def pulse(strip: Strip) -> Iterator[Mark]:
    """Yield the calibration pulse before a strip: as high as 1 mV is."""
    gain = strip.scale.gain
    if gain is None:
        return
    middle = strip.middle - strip.scale.rest
    left = strip.left - _PULSE - 2 * _REST
    xs = np.cumsum((left, _REST, 0, _PULSE, 0, _REST))
    ys = middle - np.array((0, 0, gain, gain, 0, 0))
    yield Strokes((np.column_stack((xs, ys)),), Ink.TRACE, 0.25)


def value_axis(strip: Strip) -> Iterator[Mark]:
    """Yield an axis before a strip: labelled ticks, and a fine line through the strip at each."""
    ticks = strip.scale.ticks
    if not ticks:
        yield Strokes((_line(strip.left, strip.middle, RIGHT, strip.middle),), Ink.RULE, 0.1)
        return
    heights = [strip.middle - float(strip.scale.heights(np.array(tick))) for tick in ticks]
    yield Strokes(tuple(_line(strip.left, y, RIGHT, y) for y in heights), Ink.RULE, 0.1)
    outer = [_line(strip.left - _TICK, y, strip.left, y) for y in heights]
    yield Strokes((*outer, _line(strip.left, heights[0], strip.left, heights[-1])), Ink.TEXT, 0.15)
    for tick, y in zip(ticks, heights, strict=True):
        yield Text(strip.left - _TICK - 0.5, y + 0.9, number_words(tick), SMALL, Ink.QUIET, "end")


def time_axis(axis: TimeAxis, tops: Iterable[float], *, has_lines: bool) -> Iterator[Mark]:
    """Yield a time axis below traces.

    Args:
        axis: where it is.
        tops: the top of the traces above it: the first is taken.
        has_lines: whether lines go up through the traces: not on millimetre paper.
    """
    step = _time_step(axis)
    times = [number * step for number in range(ceil(axis.start / step - 1e-6), floor(axis.stop / step + 1e-6) + 1)]
    xs = [axis.left + (time - axis.start) * axis.speed for time in times]
    yield Strokes((_line(axis.left, axis.y, RIGHT, axis.y),), Ink.QUIET, 0.12)
    yield Strokes(tuple(_line(x, axis.y, x, axis.y + _TICK) for x in xs) or (_dot(axis),), Ink.QUIET, 0.15)
    top = next(iter(tops), axis.y)
    if has_lines and xs:
        yield Strokes(tuple(_line(x, top, x, axis.y) for x in xs), Ink.RULE, 0.1)
    for x, time in zip(xs, times, strict=True):
        words = time_words(round(time, 9))
        half = text_width(words, SMALL) / 2
        yield Text(min(x, RIGHT - half), axis.y + 3.6, words, SMALL, Ink.QUIET, "middle")


def _time_step(axis: TimeAxis) -> float:
    seconds = axis.stop - axis.start
    most = max(1, floor((axis.stop - axis.start) * axis.speed / _TIMES_APART))
    least = seconds / most
    if axis.stop <= _CLOCK_STEPS[3] or least <= 5:  # noqa: PLR2004 -- seconds below which steps are decimal
        return nice_step(seconds, most)
    return next((float(step) for step in _CLOCK_STEPS if step >= least), nice_step(seconds, most))


def is_first_of_row(strip: Strip) -> bool:
    """Say whether nothing but the margin is before a strip."""
    return abs(strip.left - TRACE_LEFT) < 1e-6  # noqa: PLR2004 -- mm


def boundaries(plan: PagePlan) -> Iterator[Strokes]:
    """Yield the short strokes between leads that stand beside one another."""
    lines = [
        _line(strip.left, strip.middle - 2.5, strip.left, strip.middle + 2.5)
        for strip in plan.strips
        if not is_first_of_row(strip)
    ]
    if lines:
        yield Strokes(tuple(lines), Ink.TRACE, 0.2)


def _line(x1: float, y1: float, x2: float, y2: float) -> NDArray[np.float64]:
    return np.array(((x1, y1), (x2, y2)))


def _dot(axis: TimeAxis) -> NDArray[np.float64]:
    return _line(axis.left, axis.y, axis.left, axis.y + _TICK)
