"""Waveforms as documents: the drawing, what is said about it, and how its channels were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.document.head import head_groups, kind_of_object
from openwado.document.labels import label
from openwado.document.model import Document, Figure, Node, Paragraph, Run, Section, Table
from openwado.document.waveform_drawing import Drawing
from openwado.document.waveform_leads import lead_name
from openwado.document.waveform_svg import svg_of
from openwado.document.waveform_units import (
    annotation_name,
    annotation_times,
    annotation_value,
    filter_words,
    notch_words,
    number_words,
    time_words,
    unit_words,
)

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.waveform import Channel, MultiplexGroup, Waveform
    from openwado.dicom.waveform_annotation import Annotation
    from openwado.document.labels import Language

#: Times of one annotation that its row names.
_TIMES_MAX = 8


def document_of(waveform: Waveform, attributes: Attributes, drawing: Drawing, language: Language) -> Document:
    """Return waveforms as a document: a figure for each page, annotations and channels as tables."""
    figures = tuple(
        Figure(svg_of(Drawing(drawing.title, drawing.language, (page,))), f"{drawing.title}, {number}")
        for number, page in enumerate(drawing.pages, 1)
    )
    sections: list[Node] = [Section(label("waveforms", language), figures)]
    if waveform.annotations:
        sections.append(Section(label("annotations", language), _annotations(waveform, language)))
    channels = tuple(_channels(group, number, language) for number, group in enumerate(waveform.groups, 1))
    sections.append(Section(label("channels", language), channels))
    return Document(
        title=drawing.title,
        kind=kind_of_object(attributes),
        groups=head_groups(attributes),
        nodes=tuple(sections),
    )


def _annotations(waveform: Waveform, language: Language) -> tuple[Node, ...]:
    keys = ("annotation", "value", "channel", "position")
    rows = tuple(_annotation(one, waveform, language) for one in waveform.annotations)
    table = Table(tuple(label(key, language) for key in keys), rows)
    if not waveform.annotations_left_out:
        return (table,)
    words = label("n annotations more", language).format(waveform.annotations_left_out)
    return (table, Paragraph((Run(words),)))


def _annotation(annotation: Annotation, waveform: Waveform, language: Language) -> tuple[str, ...]:
    number = next((group for group, _ in annotation.channels if 1 <= group <= len(waveform.groups)), 1)
    times = annotation_times(annotation, waveform.groups[number - 1])
    shown = ", ".join(map(time_words, times[:_TIMES_MAX])) + ("..." if len(times) > _TIMES_MAX else "")
    where = " ".join(filter(None, (annotation.range_type, shown or ", ".join(annotation.times[:_TIMES_MAX]))))
    leads = ", ".join(_lead(waveform, *pair, language) for pair in annotation.channels)
    return annotation_name(annotation), annotation_value(annotation), leads, where


def _lead(waveform: Waveform, group: int, channel: int, language: Language) -> str:
    """Return what a pair of group and channel numbers means."""
    is_here = 1 <= group <= len(waveform.groups)
    before = f"{group}/" if len(waveform.groups) > 1 else ""
    if not channel:
        return before + label("all channels", language)
    if is_here and channel <= len(waveform.groups[group - 1].channels):
        return before + (lead_name(waveform.groups[group - 1].channels[channel - 1]) or str(channel))
    return f"{group}/{channel}"


def _channels(group: MultiplexGroup, number: int, language: Language) -> Table:
    keys = ("channel", "source", "sensitivity", "baseline", "filters", "notch filter", "bits", "status")
    facts = (
        f"{label('multiplex group', language)} {number}",
        group.label,
        f"{label('sampling frequency', language)} {group.frequency:g} Hz",
        f"{label('samples', language)} {group.length}",
        f"{label('duration', language)} {time_words(group.duration)}",
    )
    rows = [_channel(channel, place, language) for place, channel in enumerate(group.channels, 1)]
    told = [at for at in range(len(keys)) if any(row[at] for row in rows)]
    return Table(
        tuple(label(keys[at], language) for at in told),
        tuple(tuple(row[at] for at in told) for row in rows),
        "; ".join(filter(None, facts)),
    )


def _channel(channel: Channel, place: int, language: Language) -> tuple[str, ...]:
    unit = unit_words(channel.units)
    if channel.sensitivity is None:
        sensitivity, baseline = label("arbitrary units", language), ""
    else:
        step = number_words(channel.sensitivity * channel.correction)
        sensitivity, baseline = f"{step} {unit}".strip(), f"{number_words(channel.baseline)} {unit}".strip()
    return (
        lead_name(channel) or str(place),
        channel.source.words if channel.source else "",
        sensitivity,
        baseline,
        filter_words(channel),
        notch_words(channel),
        str(channel.bits_stored or ""),
        ", ".join(channel.status),
    )
