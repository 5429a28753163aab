"""The printed twelve-lead electrocardiogram: three rows of four leads, 2.5 s each, and a rhythm strip of lead II."""

from __future__ import annotations

from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_leads import RHYTHM, TWELVE
from openwado.document.waveform_plan import (
    BOTTOM,
    PAGES_MAX,
    TOP,
    TRACE_LEFT,
    TRACE_WIDTH,
    PagePlan,
    Subject,
    TimeAxis,
)
from openwado.document.waveform_scale import common_gain, potential_scale, spread_of
from openwado.document.waveform_trace import Strip, survey
from openwado.document.waveform_units import millivolts

if TYPE_CHECKING:
    from collections.abc import Iterator

#: mm for a second: the only speed at which 2.5 s of four leads have room beside one another.
_SPEED: Final = 25.0
_ROWS, _COLUMNS = 3, 4
#: Height of a row with and without a rhythm strip below, and where the first begins, mm: lines of no voltage on large
#: squares.
_HEIGHTS: Final = {True: 35.0, False: 50.0}
_FIRST: Final = {True: 7.5, False: 0.0}
_PAGE: Final = TRACE_WIDTH / _SPEED
_COLUMN: Final = _PAGE / _COLUMNS
#: mm for a millivolt, where the kind of object has no custom of its own.
_GAINS: Final = (10.0, 5.0, 2.5, 1.0, 0.5)
#: A recording that lacks no more than this, in seconds, of a page still fills it.
_LACKING: Final = 0.05
#: How far a trace may reach into the next row, as a part of the row's height.
_REACH: Final = 0.6


def twelve_lead_plans(subject: Subject, leads: dict[str, int]) -> Iterator[PagePlan]:
    """Yield pages of 10 s.

    Leads stand one after another in time, as they are printed; those of a recording shorter than a page all start with
    its first sample.

    Args:
        subject: what is drawn.
        leads: channels by lead.
    """
    duration = subject.group.duration
    gain = _gain(subject, leads)
    pages = max(1, ceil((duration - _LACKING) / _PAGE))
    for number in islice(range(pages), PAGES_MAX):
        start = number * _PAGE
        yield _plan(subject, leads, start, gain)


def _gain(subject: Subject, leads: dict[str, int]) -> float:
    shown = min(subject.group.duration, _PAGE * PAGES_MAX)
    channels = subject.group.channels
    demands = []
    for place, lead in enumerate(TWELVE):
        factor = millivolts(channels[leads[lead]]) or 1.0
        spread = spread_of(survey(subject.group, leads[lead], 0.0, shown))
        middle = TOP + _FIRST[True] + (place % _ROWS + 0.5) * _HEIGHTS[True]
        demands += [
            (spread.above * factor, min(middle - TOP, (0.5 + _REACH) * _HEIGHTS[True])),
            (spread.below * factor, (0.5 + _REACH) * _HEIGHTS[True]),
        ]
    return common_gain(subject.kind.gains or _GAINS, demands)


def _plan(subject: Subject, leads: dict[str, int], start: float, gain: float) -> PagePlan:
    duration = subject.group.duration
    is_sequential = duration - start > _PAGE - _LACKING
    has_rhythm = duration - start > _COLUMN
    height, first = _HEIGHTS[has_rhythm], TOP + _FIRST[has_rhythm]
    strips = []
    for place, lead in enumerate(TWELVE):
        column, row = divmod(place, _ROWS)
        begin = start + column * _COLUMN if is_sequential else start
        left = TRACE_LEFT + column * _COLUMN * _SPEED
        there = (left, first + row * height, height)
        strips.append(_strip(subject, leads[lead], (begin, begin + _COLUMN), there, gain))
    if has_rhythm:
        there = (TRACE_LEFT, first + _ROWS * height, height)
        strips.append(_strip(subject, leads[RHYTHM], (start, start + _PAGE), there, gain))
    stop = min(start + (_PAGE if has_rhythm else _COLUMN), duration)
    axes = (TimeAxis(start, start + _PAGE, TRACE_LEFT, _SPEED, BOTTOM),) if has_rhythm else ()
    note = "leads one after another" if is_sequential else "leads from one time"
    return PagePlan(subject, tuple(strips), axes, start, stop, _SPEED, note, ((TOP, BOTTOM),))


def _strip(
    subject: Subject, channel: int, times: tuple[float, float], there: tuple[float, float, float], gain: float
) -> Strip:
    """Return a strip between two times; there: left, top and height."""
    spread = spread_of(survey(subject.group, channel, *times))
    left, top, height = there
    return Strip(
        channel=channel,
        start=times[0],
        stop=times[1],
        left=left,
        speed=_SPEED,
        top=top,
        height=height,
        scale=potential_scale(subject.group.channels[channel], spread, gain),
        upper=max(TOP, top - _REACH * height),
        lower=min(BOTTOM, top + (1 + _REACH) * height),
        label=subject.channel_label(channel),
    )
