"""What stands above waveforms, and below them: whose they are, what is said about them, speed, gain and filters."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.formatting import date_time
from openwado.document.head import head_groups
from openwado.document.labels import fact_value, label
from openwado.document.waveform_drawing import Ink, Mark, Text, fitted, wrapped
from openwado.document.waveform_leads import lead_name
from openwado.document.waveform_markers import channels_meant, concerns
from openwado.document.waveform_plan import LEFT, PAGE_WIDTH, RIGHT
from openwado.document.waveform_units import (
    annotation_name,
    annotation_value,
    annotation_words,
    filter_words,
    notch_words,
    time_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.waveform_annotation import Annotation
    from openwado.document.labels import Language
    from openwado.document.waveform_plan import PagePlan, Subject

TITLE_SIZE, NAME_SIZE, SIZE, SMALL = 4.0, 4.0, 2.8, 2.6
#: Base lines: of the title, and of the first line below it.
_TITLE_Y, _FIRST_Y, _LINE = 11.0, 17.5, 4.5
_LINES: Final = 6
#: Columns: whose it is, measurements (two columns), statements.
_FACTS_WIDTH: Final = 82.0
#: Facts that stand in one line where they have room.
_FACTS: Final = (
    ("patient id",),
    ("birth date", "sex", "age"),
    ("study description", "accession number"),
    ("referring physician",),
    ("institution", "device"),
)
_MEASURES_X, _MEASURE_WIDTH = (102.0, 148.0), 41.0
_STATEMENTS_X: Final = 195.0
_FOOT_Y: Final = 200.8
#: Different filters, and leads without one, that are written down at the foot; beyond, the table has them.
_FILTERS_MAX: Final = 3
_BETWEEN: Final = " \u00b7 "
_ACQUISITION_DATE_TIME: Final = 0x0008002A


class Head(NamedTuple):
    """What stands at the top of each page.

    Attributes:
        title: what it is.
        when: it was recorded.
        name: of the patient.
        lines: of facts.
    """

    title: str
    when: str
    name: str
    lines: tuple[str, ...]


def read_head(attributes: Attributes, kind: str, language: Language) -> Head:
    """Return the head of pages.

    Args:
        attributes: of the object.
        kind: label of what it is.
        language: of our words.
    """
    facts = {fact.label: fact_value(fact, language) for group in head_groups(attributes) for fact in group.facts}
    when = date_time(attributes.text(_ACQUISITION_DATE_TIME)) or facts.get("content date", "")
    said = [[f"{label(one, language)}: {facts[one]}" for one in line if facts.get(one)] for line in _FACTS]
    name = facts.get("name", label("no name", language))
    return Head(label(kind, language), when, name, _lines(said))


def _lines(said: list[list[str]]) -> tuple[str, ...]:
    """Return lines of facts: those that belong together in one; where that is too long, apart, or all as they fit."""
    together = [_BETWEEN.join(facts) for facts in said if facts]
    apart = [line for facts in said if facts for line in _in_one_or_apart(facts)]
    for lines in (together, apart, _packed(chain.from_iterable(said))):
        if len(lines) < _LINES and all(map(_has_room, lines)):
            return tuple(lines)
    return tuple(apart if len(apart) < _LINES else together)


def _in_one_or_apart(facts: list[str]) -> list[str]:
    line = _BETWEEN.join(facts)
    return [line] if _has_room(line) else facts


def _packed(facts: Iterable[str]) -> list[str]:
    """Return lines of as many facts each as have room, in order."""
    lines: list[str] = []
    for fact in facts:
        if lines and _has_room(f"{lines[-1]}{_BETWEEN}{fact}"):
            lines[-1] += f"{_BETWEEN}{fact}"
        else:
            lines.append(fact)
    return lines


def _has_room(line: str) -> bool:
    return fitted(line, _FACTS_WIDTH, SIZE) == line


def head_marks(head: Head, subject: Subject) -> Iterator[Mark]:
    """Yield the head of a page."""
    yield Text(LEFT, _TITLE_Y, fitted(head.title, 130, TITLE_SIZE), TITLE_SIZE)
    yield Text(RIGHT, _TITLE_Y, fitted(head.when, 120, TITLE_SIZE), TITLE_SIZE, anchor="end")
    yield Text(LEFT, _FIRST_Y, fitted(head.name, _FACTS_WIDTH, NAME_SIZE), NAME_SIZE)
    for number, line in enumerate(head.lines[: _LINES - 1], 1):
        yield Text(LEFT, _FIRST_Y + number * _LINE, fitted(line, _FACTS_WIDTH, SIZE), SIZE, Ink.QUIET)
    measures, statements = _said(subject)
    yield from _measure_marks(measures, subject)
    yield from _statement_marks(statements, subject)


def _said(subject: Subject) -> tuple[list[Annotation], list[Annotation]]:
    """Return measurements and statements about a group that have no place in time.

    Measurements of single channels stand there only where there are none of all.
    """
    found = [one for one in subject.waveform.annotations if concerns(one, subject.number) and not one.is_placed]
    measures = [one for one in found if one.number]
    of_all = [one for one in measures if channels_meant(one, subject.number) is None]
    statements = [one for one in found if not one.number and annotation_words(one)]
    return of_all or measures, statements


def _measure_marks(measures: list[Annotation], subject: Subject) -> Iterator[Mark]:
    room = _LINES * len(_MEASURES_X)
    shown = measures if len(measures) <= room else measures[: room - 1]
    for number, one in enumerate(shown):
        column, line = divmod(number, _LINES)
        left, y = _MEASURES_X[column], _FIRST_Y + line * _LINE
        value = fitted(annotation_value(one), _MEASURE_WIDTH / 2, SIZE)
        text = Text(left + _MEASURE_WIDTH, y, value, SIZE, anchor="end")
        yield text
        channels = channels_meant(one, subject.number) or ()
        leads = [lead_name(subject.group.channels[at]) for at in channels if at < len(subject.group.channels)]
        name = " ".join(filter(None, (*leads[:1], annotation_name(one))))
        yield Text(left, y, fitted(name, _MEASURE_WIDTH - text.width - 2, SIZE), SIZE, Ink.QUIET)
    if len(shown) < len(measures):
        words = subject.say("n further").format(len(measures) - len(shown))
        yield Text(_MEASURES_X[1], _FIRST_Y + (_LINES - 1) * _LINE, words, SIZE, Ink.QUIET)


def _statement_marks(statements: list[Annotation], subject: Subject) -> Iterator[Mark]:
    width = RIGHT - _STATEMENTS_X
    lines: list[str] = []
    for number, one in enumerate(statements):
        added = wrapped(annotation_words(one), width, SIZE, _LINES)
        if len(lines) + len(added) > _LINES - (number < len(statements) - 1):
            lines = [*lines[: _LINES - 1], subject.say("n further").format(len(statements) - number)]
            break
        lines += added
    for number, line in enumerate(lines):
        yield Text(_STATEMENTS_X, _FIRST_Y + number * _LINE, line, SIZE)


def foot_marks(plan: PagePlan, page: tuple[int, int], warnings: list[str]) -> Iterator[Mark]:
    """Yield the foot of a page.

    Args:
        plan: of it.
        page: its number, and how many there are.
        warnings: what a reader must know: what is not drawn.
    """
    subject = plan.subject
    yield Text(LEFT, _FOOT_Y, fitted(_technique(plan), RIGHT - LEFT, SMALL), SMALL)
    shown = subject.say("shown").format(*map(time_words, (plan.start, plan.stop, subject.group.duration)))
    derived = subject.say("derived") if subject.group.originality == "DERIVED" else ""
    number = f"{subject.say('multiplex group')} {subject.number}" if len(subject.waveform.groups) > 1 else ""
    parts = (" ".join(filter(None, (number, subject.group.label))), derived, shown)
    pages = subject.say("page of").format(*page)
    words = _BETWEEN.join(filter(None, (*parts, subject.say(plan.note) if plan.note else "")))
    yield Text(LEFT, _FOOT_Y + 3.8, fitted(words, RIGHT - LEFT - 40, SMALL), SMALL, Ink.QUIET)
    yield Text(RIGHT, _FOOT_Y + 3.8, pages, SMALL, Ink.QUIET, "end")
    if warnings:
        yield Text(LEFT, _FOOT_Y + 7.6, fitted(" ".join(warnings), PAGE_WIDTH - 2 * LEFT, SMALL), SMALL, Ink.MARKER)


def _technique(plan: PagePlan) -> str:
    """Return speed, gain, filters and sampling of a page."""
    subject = plan.subject
    channels = [subject.group.channels[number] for number in sorted({strip.channel for strip in plan.strips})]
    gains = {strip.scale.words for strip in plan.strips if strip.scale.gain is not None}
    filters = _filters(subject, [(lead_name(channel), filter_words(channel)) for channel in channels])
    notches = _filters(subject, [(lead_name(channel), notch_words(channel)) for channel in channels])
    parts = (
        f"{plan.speed:.4g} mm/s",
        *(gains if len(gains) == 1 else ()),
        filters,
        f"{subject.say('notch filter')} {notches}" if notches else "",
        f"{subject.say('sampling frequency')} {subject.group.frequency:g} Hz",
    )
    return _BETWEEN.join(filter(None, parts))


def _filters(subject: Subject, told: list[tuple[str, str]]) -> str:
    """Return the filters of a page, and which leads have none stored: that need not mean that they have none.

    Args:
        subject: of the page.
        told: leads and their filters in words, "" where none is stored.
    """
    filters = list(dict.fromkeys(words for _, words in told if words))
    if not filters:
        return ""
    said = " / ".join(filters) if len(filters) <= _FILTERS_MAX else subject.say("several filters")
    without = [lead for lead, words in told if not words]
    if not without:
        return said
    is_listed = len(without) <= _FILTERS_MAX and all(without)
    more = f"{', '.join(without)}: {subject.say('not stored')}" if is_listed else subject.say("where stored")
    return f"{said} ({more})"
