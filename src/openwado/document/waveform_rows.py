"""Channels one below another, in lines as long as the page: as many lines and pages as they need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_plan import (
    HEIGHT,
    PAGES_MAX,
    TOP,
    TRACE_LEFT,
    TRACE_WIDTH,
    PagePlan,
    Subject,
    TimeAxis,
)
from openwado.document.waveform_scale import Scale, common_gain, fitting_scale, potential_scale, spread_of
from openwado.document.waveform_trace import Strip, survey
from openwado.document.waveform_units import millivolts

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Most channels below one another.
_CHANNELS_MAX: Final = 24
#: Between lines, with the labels of the time axis.
_GAP: Final = 6.0
_LEAST_HEIGHT: Final = 5.0
#: How far a trace may reach into the next row, as a part of the row's height.
_REACH: Final = 0.5
#: A square of millimetre paper.
_SQUARE: Final = 5.0
#: Two of them: the line of no voltage is then on one.
_SQUARES: Final = 10.0
#: A line of which so small a part is needed is left out.
_LACKING: Final = 0.01

_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How channels stand on pages.

    Attributes:
        channels: of one page, below one another.
        height: of a row.
        lines: of a page.
        speed: mm for a second.
    """

    channels: tuple[int, ...]
    height: float
    lines: int
    speed: float

    @property
    def line(self) -> float:
        """Seconds of a line."""
        return TRACE_WIDTH / self.speed

    @property
    def line_height(self) -> float:
        """From the top of a line to the top of the next."""
        return self.height * len(self.channels) + _GAP

    def pages(self, duration: float) -> int:
        """How many pages it takes."""
        return max(1, ceil((duration / self.line - _LACKING) / self.lines))


def row_plans(subject: Subject, channels: tuple[int, ...]) -> Iterator[PagePlan]:
    """Yield pages; those of the same time, with different channels, follow one another.

    Args:
        subject: what is drawn.
        channels: from 0.
    """
    parts = ceil(len(channels) / _CHANNELS_MAX)
    size = ceil(len(channels) / parts)
    duration = subject.group.duration
    layouts = [_layout(subject, channels[start : start + size]) for start in range(0, len(channels), size)]
    slowest = min(layout.speed for layout in layouts)
    layouts = [_Layout(one.channels, one.height, one.lines, slowest) for one in layouts]
    lines = min(layout.lines for layout in layouts)
    layouts = [_Layout(one.channels, one.height, lines, slowest) for one in layouts]
    shown = min(duration, layouts[0].line * lines * PAGES_MAX)
    scales = _scales(subject, layouts, shown)
    for page in range(min(layouts[0].pages(duration), PAGES_MAX)):
        start = page * lines * layouts[0].line
        for layout in layouts:
            yield _plan(subject, layout, scales, start)


def _layout(subject: Subject, channels: tuple[int, ...]) -> _Layout:
    """Return how channels stand: at the usual speed, or the first at which they do not take too many pages."""
    kind = subject.kind
    height = max(_LEAST_HEIGHT, min(kind.row_height, (HEIGHT - _GAP) / len(channels)))
    if kind.has_paper and height >= _SQUARE:
        height -= height % (_SQUARES if height >= _SQUARES else _SQUARE)
    lines = max(1, int(HEIGHT // (height * len(channels) + _GAP)))
    for speed in kind.speeds:
        layout = _Layout(channels, height, lines, speed)
        if layout.pages(subject.group.duration) <= kind.pages:
            break
    needed = ceil(subject.group.duration / layout.line - _LACKING)
    if needed < lines and not kind.has_paper:  # what is short has higher rows
        lines = max(1, needed)
        height = min(2 * kind.row_height, (HEIGHT / lines - _GAP) / len(channels))
    return _Layout(channels, height, lines, layout.speed)


def _scales(subject: Subject, layouts: list[_Layout], shown: float) -> dict[int, Scale]:
    """Return the scale of each channel, the same on all pages: common to potentials where that is the custom."""
    group, gains = subject.group, subject.kind.gains
    heights = {channel: layout.height for layout in layouts for channel in layout.channels}
    spreads = {channel: spread_of(survey(group, channel, 0.0, shown)) for channel in heights}
    potentials = [channel for channel in heights if millivolts(group.channels[channel]) is not None]
    demands = [
        (
            (spreads[one].above + spreads[one].below) * (millivolts(group.channels[one]) or 1.0),
            subject.kind.share * heights[one],
        )
        for one in potentials
    ]
    gain = common_gain(gains, demands) if gains else 0.0
    return {
        channel: potential_scale(
            group.channels[channel],
            spreads[channel],
            gain,
            height if subject.kind.has_paper and height >= _SQUARES else 0,
        )
        if gains and channel in potentials
        else fitting_scale(group.channels[channel], spreads[channel], height)
        for channel, height in heights.items()
    }


def _plan(subject: Subject, layout: _Layout, scales: dict[int, Scale], start: float) -> PagePlan:
    duration = subject.group.duration
    strips: list[Strip] = []
    axes, papers = [], []
    for line in range(layout.lines):
        begin = start + line * layout.line
        if line and begin > duration - _LACKING * layout.line:
            break
        top = TOP + line * layout.line_height
        ends = (top, top + layout.height * len(layout.channels))
        times = (begin, min(begin + layout.line, max(duration, begin)))
        for row, channel in enumerate(layout.channels):
            strips.append(_strip(subject, layout, (row, channel), scales[channel], (times, ends)))
        axes.append(TimeAxis(begin, begin + layout.line, TRACE_LEFT, layout.speed, ends[1]))
        if subject.kind.has_paper:
            papers.append(ends)
    end = min(duration, axes[-1].stop)
    return PagePlan(subject, tuple(strips), tuple(axes), start, end, layout.speed, "", tuple(papers))


def _strip(
    subject: Subject, layout: _Layout, there: tuple[int, int], scale: Scale, extent: tuple[_Pair, _Pair]
) -> Strip:
    """Return a strip; there: row and channel; extent: seconds, and upper and lower end of the line."""
    (row, channel), (times, ends) = there, extent
    top = ends[0] + row * layout.height
    return Strip(
        channel=channel,
        start=times[0],
        stop=times[1],
        left=TRACE_LEFT,
        speed=layout.speed,
        top=top,
        height=layout.height,
        scale=scale,
        upper=max(ends[0], top - _REACH * layout.height),
        lower=min(ends[1], top + (1 + _REACH) * layout.height),
        label=subject.channel_label(channel),
    )
