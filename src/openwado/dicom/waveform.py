"""Waveforms: multiplex groups of channels that were sampled together (PS3.3 C.10.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.dicom.coded_entry import CodedEntry, first_code
from openwado.dicom.readable import readable
from openwado.dicom.waveform_annotation import Annotation, read_annotations
from openwado.dicom.waveform_samples import CHANNELS_MAX, Samples, check_size, read_samples, stored_limit
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes

#: Multiplex groups of one object: more are refused.
GROUPS_MAX: Final = 64
#: Hz: no recorder is slower or faster.
_FREQUENCIES: Final = (1e-4, 1e9)

_SOP_CLASS_UID, _WAVEFORM_SEQUENCE = 0x00080016, 0x54000100
_TIME_OFFSET, _ORIGINALITY, _GROUP_LABEL = 0x00181068, 0x003A0004, 0x003A0020
_NUMBER_OF_CHANNELS, _NUMBER_OF_SAMPLES, _FREQUENCY = 0x003A0005, 0x003A0010, 0x003A001A
_CHANNELS, _CHANNEL_LABEL, _STATUS, _SOURCE = 0x003A0200, 0x003A0203, 0x003A0205, 0x003A0208
_SENSITIVITY, _UNITS, _CORRECTION, _BASELINE = 0x003A0210, 0x003A0211, 0x003A0212, 0x003A0213
_TIME_SKEW, _SAMPLE_SKEW, _OFFSET, _BITS_STORED = 0x003A0214, 0x003A0215, 0x003A0218, 0x003A021A
_MINIMUM, _MAXIMUM = 0x54000110, 0x54000112
_LOW, _HIGH, _NOTCH = 0x003A0220, 0x003A0221, 0x003A0222


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel (C.10.9.1.4).

    Attributes:
        label: Channel Label (003A,0203), "" where there is none.
        source: the lead, sensor or site (003A,0208).
        status: Channel Status (003A,0205), () where nothing is told.
        sensitivity: units of one step of a sample (003A,0210); None for arbitrary units.
        units: of it (003A,0211).
        correction: Channel Sensitivity Correction Factor (003A,0212).
        baseline: value of a sample of 0, units (003A,0213).
        skew: seconds from the group's first sample time to this channel's, with its offset (003A,0214; 0215; 0218).
        bits_stored: (003A,021A).
        minimum, maximum: that a stored sample can be (5400,0110; 5400,0112); None where it is not told.
        low, high, notch: frequencies of filters, Hz (003A,0220 … 0222); None for none.
    """

    label: str = ""
    source: CodedEntry | None = None
    status: tuple[str, ...] = ()
    sensitivity: float | None = None
    units: CodedEntry | None = None
    correction: float = 1.0
    baseline: float = 0.0
    skew: float = 0.0
    bits_stored: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    low: float | None = None
    high: float | None = None
    notch: float | None = None

    @property
    def name(self) -> str:
        """What the channel is called: its label, else its source."""
        return self.label or (self.source.words if self.source else "")


@dataclass(frozen=True, slots=True, eq=False)
class MultiplexGroup:
    """Channels that were sampled together.

    Attributes:
        label: Multiplex Group Label (003A,0020), "" where there is none.
        originality: ORIGINAL or DERIVED (003A,0004).
        frequency: samples of each channel in a second (003A,001A).
        time_offset: milliseconds from the reference time to the first sample (0018,1068).
        channels: in the order of the samples.
        samples: of all of them.
    """

    label: str
    originality: str
    frequency: float
    time_offset: float
    channels: tuple[Channel, ...]
    samples: Samples

    @property
    def length(self) -> int:
        """Samples of each channel."""
        return int(self.samples.stored.shape[0])

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.length / self.frequency

    def values(self, channel: int, first: int = 0, stop: int | None = None) -> NDArray[np.float64]:
        """Return values of a channel, in its units: sample times sensitivity times correction, plus baseline.

        NaN where there is no sample (C.10.9.1.6), or no finite value.

        Args:
            channel: from 0.
            first: sample to begin with.
            stop: sample to end before; None: after the last one.
        """
        stored = self.samples.values(channel, max(first, 0), self.length if stop is None else stop)
        told = self.channels[channel]
        if told.sensitivity is None:
            return stored
        with np.errstate(over="ignore", invalid="ignore"):
            values = stored * told.sensitivity * told.correction + told.baseline
        return np.where(np.isfinite(values), values, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """A waveform object.

    Attributes:
        sop_class_uid: what kind it is.
        groups: in the order in which annotations count them.
        annotations: about them (C.10.10).
        annotations_left_out: how many more there are.
    """

    sop_class_uid: str
    groups: tuple[MultiplexGroup, ...]
    annotations: tuple[Annotation, ...] = ()
    annotations_left_out: int = 0


def is_waveform(attributes: Attributes) -> bool:
    """Say whether an object has a Waveform Sequence."""
    return _WAVEFORM_SEQUENCE in attributes


def read_waveform(attributes: Attributes) -> Waveform:
    """Return the waveforms of an object.

    Raises:
        CorruptObject: there are none, or they contradict themselves.
        NotSupported: there are more than this server draws.
    """
    with readable("The waveform object"):
        groups: list[MultiplexGroup] = []
        size = 0
        for item in attributes.items(_WAVEFORM_SEQUENCE):
            if len(groups) == GROUPS_MAX:
                raise NotSupported(f"The object has more than the {GROUPS_MAX} waveforms that this server draws.")
            groups.append(_group(item, attributes.character_set(), size))
            size += groups[-1].samples.stored.size
        if not groups:
            raise CorruptObject("The object has no Waveform Sequence (5400,0100).")
        annotations, left_out = read_annotations(attributes)
        return Waveform(attributes.text(_SOP_CLASS_UID), tuple(groups), annotations, left_out)


def _group(item: Attributes, character_set: tuple[str, ...], size: int) -> MultiplexGroup:
    character_set = item.character_set() or character_set
    channels, samples = item.integer(_NUMBER_OF_CHANNELS), item.integer(_NUMBER_OF_SAMPLES)
    if not channels or not samples:
        raise CorruptObject("The waveform does not say how many channels and samples it has.")
    if channels > CHANNELS_MAX:
        raise NotSupported(f"The waveform has more than the {CHANNELS_MAX} channels that this server draws.")
    frequency = item.decimal(_FREQUENCY)
    if frequency is None or not _FREQUENCIES[0] <= frequency <= _FREQUENCIES[1]:
        raise CorruptObject("The waveform's Sampling Frequency (003A,001A) is none.")
    check_size(size + channels * samples)
    read = read_samples(item, channels, samples)
    told = [
        _channel(one, character_set, frequency, read.interpretation)
        for _, one in zip(range(channels), item.items(_CHANNELS), strict=False)
    ]
    return MultiplexGroup(
        label=item.decoded_text(_GROUP_LABEL, character_set),
        originality=item.text(_ORIGINALITY),
        frequency=frequency,
        time_offset=item.decimal(_TIME_OFFSET) or 0.0,
        channels=(*told, *[Channel()] * (channels - len(told))),
        samples=read,
    )


def _channel(item: Attributes, character_set: tuple[str, ...], frequency: float, interpretation: str) -> Channel:
    character_set = item.character_set() or character_set
    return Channel(
        label=item.decoded_text(_CHANNEL_LABEL, character_set),
        source=first_code(item, _SOURCE, character_set),
        status=item.texts(_STATUS),
        sensitivity=_number(item, _SENSITIVITY),
        units=first_code(item, _UNITS, character_set),
        correction=_told(_number(item, _CORRECTION), 1.0),
        baseline=_told(_number(item, _BASELINE), 0.0),
        skew=_skew(item, frequency),
        bits_stored=item.integer(_BITS_STORED),
        minimum=stored_limit(item, _MINIMUM, interpretation),
        maximum=stored_limit(item, _MAXIMUM, interpretation),
        low=item.decimal(_LOW),
        high=item.decimal(_HIGH) or None,
        notch=item.decimal(_NOTCH) or None,
    )


def _skew(item: Attributes, frequency: float) -> float:
    """Return when a channel's first sample was taken, seconds after the group's first sample time (C.10.9.1.4.3)."""
    seconds = item.decimal(_TIME_SKEW)
    if seconds is None:
        seconds = (item.decimal(_SAMPLE_SKEW) or 0.0) / frequency
    return seconds + (item.decimal(_OFFSET) or 0.0)


def _number(item: Attributes, tag: int) -> float | None:
    """Return a number that values are made of, None where nothing is written: a wrong scale must not be drawn.

    Raises:
        CorruptObject: what is written is no finite number.
    """
    number = item.decimal(tag)
    if number is None and item.text(tag):
        raise CorruptObject("The scale of a waveform's channel is no number.")
    return number


def _told(number: float | None, otherwise: float) -> float:
    return otherwise if number is None else number
