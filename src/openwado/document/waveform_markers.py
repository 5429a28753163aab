"""Annotations that have a place in time, drawn at it (PS3.3 C.10.10.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.document.waveform_drawing import Ink, Mark, Strokes, Text, fitted, text_width
from openwado.document.waveform_units import annotation_times, annotation_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.dicom.waveform_annotation import Annotation
    from openwado.document.waveform_plan import PagePlan, Subject
    from openwado.document.waveform_trace import Strip

#: Places of annotations that are drawn, of a group and on a page: the table has them all.
_SPOTS_MAX, _PAGE_MAX = 20_000, 2000
_SIZE: Final = 2.2
_LONGEST: Final = 40.0
#: Between texts beside one another.
_APART: Final = 1.0
#: Strokes at a point, and at the ends of a stretch.
_POINT, _END = 3.0, 1.0
#: Rows that have room for words above strokes, mm; elsewhere they stand beside them.
_HIGH: Final = 25.0
_BESIDE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of an annotation.

    Attributes:
        start, stop: seconds; the same for a point.
        channels: from 0; None for all.
        annotation: what it says.
    """

    start: float
    stop: float
    channels: frozenset[int] | None
    annotation: Annotation


def spots_of(subject: Subject) -> tuple[Spot, ...]:
    """Return the places of all annotations of a multiplex group."""
    return tuple(islice(_spots(subject), _SPOTS_MAX))


def concerns(annotation: Annotation, group: int) -> bool:
    """Say whether an annotation is about a multiplex group, from 1: one that names none is about all."""
    return not annotation.channels or any(number == group for number, _ in annotation.channels)


def channels_meant(annotation: Annotation, group: int) -> frozenset[int] | None:
    """Return the channels of a group that an annotation is about, from 0; None for all (C.10.10.1.1)."""
    meant = frozenset(channel - 1 for number, channel in annotation.channels if number == group)
    return None if not meant or -1 in meant else meant


def _spots(subject: Subject) -> Iterator[Spot]:
    duration = subject.group.duration
    for annotation in subject.waveform.annotations:
        times = annotation_times(annotation, subject.group)
        if not times or not concerns(annotation, subject.number):
            continue
        channels = channels_meant(annotation, subject.number)
        match annotation.range_type:
            case "SEGMENT" | "MULTISEGMENT":
                pairs = list(zip(times[::2], times[1::2], strict=False))
            case "BEGIN":
                pairs = [(times[0], duration)]
            case "END":
                pairs = [(0.0, times[0])]
            case _:
                pairs = [(time, time) for time in times]
        for start, stop in pairs:
            yield Spot(min(start, stop), max(start, stop), channels, annotation)


def markers(plan: PagePlan, spots: tuple[Spot, ...]) -> Iterator[Mark]:
    """Yield strokes at the places on a page, and the words of those that have room."""
    lines: list[NDArray[np.float64]] = []
    texts: list[Text] = []
    taken: dict[int, float] = {}
    shown = (spot for spot in spots if spot.start <= plan.stop and spot.stop >= plan.start)
    for spot in sorted(islice(shown, _PAGE_MAX), key=_start):
        for strip in _strips(plan, spot):
            lines += _strokes(strip, spot)
            is_free = strip.at(max(spot.start, strip.start)) > taken.get(id(strip), -1.0)
            text = _text(strip, spot) if is_free else None
            if text is not None:
                texts.append(text)
                taken[id(strip)] = text.left + text.width + _APART
    if lines:
        yield Strokes(tuple(lines), Ink.MARKER, 0.15)
    yield from texts


def _start(spot: Spot) -> float:
    return spot.start


def _strips(plan: PagePlan, spot: Spot) -> list[Strip]:
    """Return the strips that show a place: of what is about all channels, the lowest of each time."""
    found = [
        strip
        for strip in plan.strips
        if (spot.channels is None or strip.channel in spot.channels)
        and strip.start <= spot.stop
        and spot.start < strip.stop
    ]
    if spot.channels is None:
        lowest = max((strip.top for strip in found), default=0.0)
        return [strip for strip in found if strip.top == lowest]
    return found


def _strokes(strip: Strip, spot: Spot) -> list[NDArray[np.float64]]:
    bottom = strip.top + strip.height - 1.0
    if spot.start == spot.stop:
        x = strip.at(spot.start)
        return [np.array(((x, bottom - min(_POINT, strip.height / 4)), (x, bottom)))]
    left, right = strip.at(max(spot.start, strip.start)), strip.at(min(spot.stop, strip.stop))
    ends = [left] * (spot.start >= strip.start) + [right] * (spot.stop <= strip.stop)
    bar = np.array(((left, bottom), (right, bottom)))
    return [bar, *(np.array(((x, bottom - _END), (x, bottom + _END / 2))) for x in ends)]


def _text(strip: Strip, spot: Spot) -> Text | None:
    """Return the words at a place: above its stroke in a high row, else beside it."""
    left = strip.at(max(spot.start, strip.start))
    bottom = strip.top + strip.height - 1.6
    if strip.height >= _HIGH:
        bottom -= _POINT
    elif spot.start == spot.stop:
        left += _BESIDE
    words = fitted(annotation_words(spot.annotation), min(_LONGEST, strip.right - left), _SIZE)
    if text_width(words, _SIZE) <= 0 or strip.right - left <= _SIZE:
        return None
    return Text(left, bottom, words, _SIZE, Ink.MARKER, has_ground=True)
