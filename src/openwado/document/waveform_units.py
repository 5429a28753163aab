"""Units of channels and annotations, numbers and times as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.dicom.coded_entry import CodedEntry
    from openwado.dicom.waveform import Channel, MultiplexGroup
    from openwado.dicom.waveform_annotation import Annotation

#: Units of UCUM, as people write them (CID 3082).
_SHOWN: Final = {
    "uV": "µV",
    "us": "µs",
    "mm[Hg]": "mmHg",
    "cm[H2O]": "cmH₂O",
    "{H.B.}/min": "/min",
    "{B}/min": "/min",
    "Cel": "°C",
    "deg": "°",
    "Ohm": "Ω",
    "{beats}/min": "/min",
    "1": "",
    "[arb'U]": "",
}
#: Potentials: millivolts of a unit, by its code and by its meaning.
_MILLIVOLTS: Final = {
    "V": 1e3,
    "mV": 1.0,
    "uV": 1e-3,
    "nV": 1e-6,
    "volt": 1e3,
    "millivolt": 1.0,
    "microvolt": 1e-3,
    "nanovolt": 1e-6,
}
_MINUTE, _HOUR = 60, 3600


def millivolts(channel: Channel) -> float | None:
    """Return how many millivolts a unit of a channel is, None where it is no potential."""
    if channel.sensitivity is None or channel.units is None:
        return None
    code, meaning = channel.units.value, channel.units.meaning.lower().rstrip("s")
    return _MILLIVOLTS.get(code) or _MILLIVOLTS.get(meaning)


def unit_words(units: CodedEntry | None) -> str:
    """Return a unit as people write it, "" for none."""
    if units is None:
        return ""
    return _SHOWN.get(units.value, units.value if units.scheme == "UCUM" else units.words)


def annotation_name(annotation: Annotation) -> str:
    """Return what an annotation is about, "" where it does not say."""
    name = annotation.name.words if annotation.name else ""
    return f"{name} ({annotation.modifier.words})" if name and annotation.modifier else name


def annotation_value(annotation: Annotation) -> str:
    """Return what an annotation says: a text, a coded statement, a number with its unit."""
    number = f"{annotation.number} {unit_words(annotation.units)}".strip() if annotation.number else ""
    code = annotation.code.words if annotation.code else ""
    return " ".join(filter(None, (" ".join(annotation.text.split()), code, number)))


def annotation_words(annotation: Annotation) -> str:
    """Return an annotation in one line."""
    return " ".join(filter(None, (annotation_name(annotation), annotation_value(annotation))))


def annotation_times(annotation: Annotation, group: MultiplexGroup) -> tuple[float, ...]:
    """Return where an annotation is, seconds after the group's first sample (C.10.10.1.2; positions count from 1)."""
    return annotation.offsets or tuple((position - 1) / group.frequency for position in annotation.positions)


def number_words(number: float) -> str:
    """Return a number, short."""
    return f"{number:.6g}".replace("-", "\u2212")


def time_words(seconds: float) -> str:
    """Return a time or duration: seconds below a minute, else hours, minutes and seconds."""
    if seconds < _MINUTE:
        return f"{seconds:.4g} s"
    whole = int(seconds)
    part = f"{seconds - whole:.3f}"[1:].rstrip("0").rstrip(".")
    clock = f"{whole // _MINUTE % _MINUTE:02d}:{whole % _MINUTE:02d}{part}"
    return f"{whole // _HOUR}:{clock}" if whole >= _HOUR else clock.removeprefix("0")


def notch_words(channel: Channel) -> str:
    """Return the frequency that a channel's notch filter takes out, "" where none is told."""
    return f"{channel.notch:g} Hz" if channel.notch else ""


def filter_words(channel: Channel) -> str:
    """Return the band that a channel's filters let through, "" where none is told."""
    low, high = channel.low, channel.high
    if low and high:
        return f"{low:g}\u2013{high:g} Hz"
    if high:
        return f"\u2264 {high:g} Hz"
    return f"\u2265 {low:g} Hz" if low else ""
