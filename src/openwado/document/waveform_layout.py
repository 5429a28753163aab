"""Waveforms drawn: which layout each multiplex group has, and its pages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_drawing import Drawing, Ink, Mark, Page, Strokes, Text, fitted, text_width
from openwado.document.waveform_ground import boundaries, is_first_of_row, paper, pulse, time_axis, value_axis
from openwado.document.waveform_head import Head, foot_marks, head_marks, read_head
from openwado.document.waveform_kinds import kind_of
from openwado.document.waveform_leads import twelve_leads
from openwado.document.waveform_markers import Spot, markers, spots_of
from openwado.document.waveform_plan import (
    LEFT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    PAGES_MAX,
    RIGHT,
    TRACE_LEFT,
    PagePlan,
    Subject,
)
from openwado.document.waveform_rows import row_plans
from openwado.document.waveform_trace import trace
from openwado.document.waveform_twelve_leads import twelve_lead_plans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.waveform import Waveform
    from openwado.document.labels import Language
    from openwado.document.waveform_trace import Strip

_LABEL_SIZE: Final = 3.2
#: Height of a row, mm, below which names are smaller.
_LOW: Final = 9.0
_SMALL_LABEL: Final = 2.5
_TRACE_WIDTH: Final = 0.25


def drawing_of(waveform: Waveform, attributes: Attributes, language: Language, pages: int = PAGES_MAX) -> Drawing:
    """Return waveforms drawn on pages of A4, landscape.

    Args:
        waveform: what is drawn.
        attributes: of the object, for the head.
        language: of our words.
        pages: the first so many are drawn.
    """
    kind = kind_of(waveform.sop_class_uid)
    head = read_head(attributes, kind.label, language)
    subjects = [Subject(waveform, group, number, kind, language) for number, group in enumerate(waveform.groups, 1)]
    plans = list(islice((plan for subject in subjects for plan in _plans(subject)), PAGES_MAX + 1))
    shown = plans[: min(pages, PAGES_MAX)]
    left_out = len(shown) < len(plans) or plans[-1].stop < plans[-1].subject.group.duration
    spots = {
        subject.number: spots_of(subject) for subject in {plan.subject.number: plan.subject for plan in shown}.values()
    }
    drawn = [
        _page(head, plan, spots[plan.subject.number], (number, len(shown)), is_cut=left_out)
        for number, plan in enumerate(shown, 1)
    ]
    return Drawing(" ".join(filter(None, (head.title, head.when))), language, tuple(drawn))


def _plans(subject: Subject) -> Iterator[PagePlan]:
    """Yield the pages of a group: the twelve leads as they are printed, other channels in rows."""
    leads = twelve_leads(subject.group)
    channels = tuple(range(len(subject.group.channels)))
    if leads is None:
        yield from row_plans(subject, channels)
        return
    yield from twelve_lead_plans(subject, leads)
    others = tuple(channel for channel in channels if channel not in leads.values())
    if others:
        yield from row_plans(subject, others)


def _page(head: Head, plan: PagePlan, spots: tuple[Spot, ...], page: tuple[int, int], *, is_cut: bool) -> Page:
    marks: list[Mark] = []
    for upper, lower in plan.papers:
        marks += paper(upper, lower)
    for axis in plan.axes:
        tops = [strip.top for strip in plan.strips if strip.start == axis.start and strip.top < axis.y]
        marks += time_axis(axis, tops, has_lines=not plan.papers)
    for strip in plan.strips:
        marks += _before(plan, strip)
    traces, is_clipped = _traces(plan)
    marks += traces
    marks += boundaries(plan)
    marks += markers(plan, spots)
    marks += [mark for strip in plan.strips for mark in _labels(plan, strip)]
    marks += head_marks(head, plan.subject)
    say = plan.subject.say
    warnings = [say("first pages").format(page[1])] * is_cut + [say("values cut off")] * is_clipped
    marks += foot_marks(plan, page, warnings)
    return Page(PAGE_WIDTH, PAGE_HEIGHT, tuple(marks))


def _traces(plan: PagePlan) -> tuple[list[Strokes], bool]:
    marks, is_clipped = [], False
    for strip in plan.strips:
        lines, clipped = trace(plan.subject.group, strip)
        is_clipped = is_clipped or clipped
        if lines:
            marks.append(Strokes(lines, Ink.TRACE, _TRACE_WIDTH))
    return marks, is_clipped


def _before(plan: PagePlan, strip: Strip) -> Iterator[Mark]:
    """Yield what stands before a strip: a calibration pulse on paper, else an axis."""
    if plan.papers and strip.scale.gain is not None:
        if is_first_of_row(strip):
            yield from pulse(strip)
    else:
        yield from value_axis(strip)


def _labels(plan: PagePlan, strip: Strip) -> Iterator[Text]:
    """Yield the name of a channel: beside its trace where there is room for it, else above its start."""
    size = _LABEL_SIZE if strip.height >= _LOW else _SMALL_LABEL
    has_own_gain = len({one.scale.words for one in plan.strips if one.scale.gain is not None}) > 1
    room = TRACE_LEFT - LEFT - 1
    if not plan.papers and strip.scale.gain is not None and text_width(strip.label, size) <= room:
        yield Text(TRACE_LEFT - 1, strip.middle + size * 0.35, strip.label, size, anchor="end")
        if has_own_gain and strip.height >= _LOW:
            words = fitted(strip.scale.words, room, 2.2)
            yield Text(TRACE_LEFT - 1, strip.middle + size * 0.35 + 3.2, words, 2.2, Ink.QUIET, "end")
        return
    width = strip.right - strip.left - 2 if plan.note else RIGHT - strip.left - 2
    words = fitted(_worded(plan, strip, has_own_gain=has_own_gain), width, size)
    yield Text(strip.left + 1.2, strip.top + size * 1.1, words, size, has_ground=True)


def _worded(plan: PagePlan, strip: Strip, *, has_own_gain: bool) -> str:
    """Return the name of a channel with what its values are in, where no axis and no common gain says it."""
    if strip.scale.gain is None:
        unit = strip.scale.words or plan.subject.say("arbitrary units")
        return f"{strip.label} [{unit}]"
    return f"{strip.label} {strip.scale.words}" if has_own_gain else strip.label
