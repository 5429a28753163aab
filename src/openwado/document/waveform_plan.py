"""Which stretch of which channel stands where: pages before they are drawn. All lengths in millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.document.labels import label
from openwado.document.waveform_leads import lead_name

if TYPE_CHECKING:
    from openwado.dicom.waveform import MultiplexGroup, Waveform
    from openwado.document.labels import Language
    from openwado.document.waveform_kinds import Kind
    from openwado.document.waveform_trace import Strip

#: A4, landscape.
PAGE_WIDTH, PAGE_HEIGHT = 297.0, 210.0
#: Where waveforms may be: 53 and 30 large squares.
LEFT, RIGHT = 16.0, 281.0
TOP, HEIGHT = 43.0, 150.0
BOTTOM: Final = TOP + HEIGHT
#: Where traces start: before them stand the calibration pulse, names and labels of axes.
TRACE_LEFT: Final = 31.0
TRACE_WIDTH: Final = RIGHT - TRACE_LEFT
#: Pages of one object: what has no room on them is not drawn, and a sentence says so.
PAGES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """One multiplex group that is drawn.

    Attributes:
        waveform: the object.
        group: of its groups.
        number: of the group, from 1, as annotations count.
        kind: how it is drawn.
        language: of our words.
    """

    waveform: Waveform
    group: MultiplexGroup
    number: int
    kind: Kind
    language: Language

    def say(self, key: str) -> str:
        """Return our word for something."""
        return label(key, self.language)

    def channel_label(self, channel: int) -> str:
        """Return what is written at a channel: its name, else its number; and what is wrong with it."""
        told = self.group.channels[channel]
        name = lead_name(told) or f"{self.say('channel')} {channel + 1}"
        wrong = ", ".join(status for status in told.status if status not in ("", "OK"))
        return f"{name} ({wrong})" if wrong else name


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A line below traces with times.

    Attributes:
        start, stop: seconds.
        left: where `start` is.
        speed: mm for a second.
        y: of the line.
    """

    start: float
    stop: float
    left: float
    speed: float
    y: float


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One page.

    Attributes:
        subject: what is drawn on it.
        strips: the traces.
        axes: of time.
        start, stop: seconds of the group that it shows.
        speed: mm for a second.
        note: key of a sentence about the order of the leads, "" for none.
        papers: upper and lower ends of millimetre paper.
    """

    subject: Subject
    strips: tuple[Strip, ...]
    axes: tuple[TimeAxis, ...]
    start: float
    stop: float
    speed: float
    note: str = ""
    papers: tuple[tuple[float, float], ...] = ()
