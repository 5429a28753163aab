"""Waveforms are read by PS3.3 C.10.9 and C.10.10: values, gaps, annotations; what contradicts itself is refused."""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from made_waveforms import (
    AUDIO,
    annotation,
    channel,
    code,
    group,
    lead,
    measurement,
    waveform_attributes,
    waveform_file,
)
from openwado.dicom.attributes import Attributes
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.source import BytesSource
from openwado.dicom.waveform import is_waveform, read_waveform
from openwado.errors import CorruptObject, NotSupported, WadoError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

STORED = np.array([[-3, 100], [0, 50], [7, -128 + 1], [127, 2]])


def _one(item: Dataset, **attributes: object) -> NDArray[np.float64]:
    """Return the values of all channels of an object with one group."""
    read = read_waveform(waveform_attributes([item], **attributes)).groups[0]
    return np.column_stack([read.values(one) for one in range(len(read.channels))])


@pytest.mark.parametrize("interpretation", ["SB", "SS", "SL", "SV"])
@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_signed_samples_have_their_values(interpretation: str, syntax: str | None) -> None:
    """Every signed interpretation, in every native transfer syntax of little endian (C.10.9.1.5)."""
    item = group(STORED, [channel(sensitivity=2.0), channel(sensitivity=None)], interpretation=interpretation)
    attributes = {} if syntax is None else {"syntax": syntax}
    assert np.array_equal(_one(item, **attributes), STORED * (2.0, 1.0))


@pytest.mark.parametrize("interpretation", ["UB", "US", "UL", "UV"])
def test_unsigned_samples_have_their_values(interpretation: str) -> None:
    """The greatest value of an unsigned interpretation is positive (C.10.9.1.5)."""
    greatest = {"UB": 2**8, "US": 2**16, "UL": 2**32, "UV": 2**64}[interpretation] - 1
    stored = np.array([[0], [1], [greatest]], dtype=np.uint64)
    assert _one(group(stored, [channel(sensitivity=None)], interpretation=interpretation)).tolist() == [
        [0.0], [1.0], [float(greatest)],
    ]  # fmt: skip


@pytest.mark.parametrize("interpretation", ["SS", "SL", "SV", "SB"])
def test_big_endian_samples_have_their_values(interpretation: str) -> None:
    """Explicit VR Big Endian turns the bytes of samples round; single bytes in OB stay (PS3.5 7.3)."""
    item = group(STORED, [channel(sensitivity=1.0)] * 2, interpretation=interpretation)
    kind = {"SS": ">i2", "SL": ">i4", "SV": ">i8", "SB": "i1"}[interpretation]
    item["WaveformData"].value = STORED.astype(kind).tobytes()
    assert np.array_equal(_one(item, syntax=ExplicitVRBigEndian), STORED)


def test_bytes_in_words_of_big_endian_change_places() -> None:
    """8-bit samples in OW of big endian: the first is the low byte of a word (PS3.5 7.3)."""
    stored = np.array([[1], [2], [3]])
    item = group(stored, [channel(sensitivity=1.0)], interpretation="SB")
    item["WaveformData"] = pydicom.DataElement(0x54001010, "OW", bytes([2, 1, 0, 3]))
    assert _one(item, syntax=ExplicitVRBigEndian).ravel().tolist() == [1, 2, 3]


def test_an_odd_number_of_bytes_is_padded() -> None:
    """Three samples of a byte take four bytes; the last is none (C.10.9.1.7 note 1)."""
    assert _one(group(np.array([[1], [2], [3]]), [channel(sensitivity=1.0)], interpretation="SB")).shape == (3, 1)


def test_values_are_samples_by_sensitivity_and_correction_plus_baseline() -> None:
    """Value = sample x sensitivity x correction factor + baseline (C.10.9.1.4.2, (003A,0213))."""
    told = channel(sensitivity=0.5, ChannelSensitivityCorrectionFactor=3, ChannelBaseline=-10)
    assert _one(group(np.array([[2], [4]]), [told])).ravel().tolist() == [-7.0, -4.0]


def test_padding_is_no_value() -> None:
    """Samples of Waveform Padding Value are gaps (C.10.9.1.6), in every channel."""
    values = _one(group(np.array([[5, -32768], [-32768, 6]]), [channel(sensitivity=1.0)] * 2, padding=-32768))
    assert np.array_equal(values, [[5, np.nan], [np.nan, 6]], equal_nan=True)


def test_mu_law_is_expanded() -> None:
    """Ends, zero and the first steps of the µ-law (ITU-T G.711 table 2), in 16 bits."""
    codes = np.array([0x00, 0x80, 0x7F, 0xFF, 0xFE, 0x7E, 0xEF, 0xF0])[:, None]
    item = group(codes, [channel(sensitivity=None)], 8000, "MB")
    assert _one(item, sop_class=AUDIO).ravel().tolist() == [-32124, 32124, 0, 0, 8, -8, 132, 120]


def test_a_law_is_expanded() -> None:
    """Ends and the first steps of the A-law (ITU-T G.711 table 1), in 16 bits."""
    codes = np.array([0xAA, 0x2A, 0xD5, 0x55, 0xD4, 0xC5])[:, None]
    item = group(codes, [channel(sensitivity=None)], 8000, "AB")
    assert _one(item, sop_class=AUDIO).ravel().tolist() == [32256, -32256, 8, -8, 24, 264]


def test_channels_say_how_they_were_recorded() -> None:
    """Label, source, units, filters, skew and status (C.10.9.1.4)."""
    told = channel(
        "Ⅱ",
        FilterLowFrequency=0.05,
        FilterHighFrequency=150,
        NotchFilterFrequency=50,
        ChannelStatus=["OK", "TEST DATA"],
    )
    told["ChannelMinimumValue"] = pydicom.DataElement(0x54000110, "OW", struct.pack("<h", -2000))
    told["ChannelMaximumValue"] = pydicom.DataElement(0x54000112, "OW", struct.pack("<h", 2000))
    del told.ChannelTimeSkew
    told.ChannelSampleSkew = 5
    item = group(STORED[:, :1], [told], 500, MultiplexGroupLabel="RHYTHM", MultiplexGroupTimeOffset=12)
    read = read_waveform(waveform_attributes([item])).groups[0]
    one = read.channels[0]
    assert (one.label, one.low, one.high, one.notch, one.skew) == ("Ⅱ", 0.05, 150.0, 50.0, 0.01)
    assert (one.minimum, one.maximum) == (-2000, 2000)
    assert one.status == ("OK", "TEST DATA")
    assert one.units is not None
    assert (one.units.value, one.bits_stored) == ("mV", 16)
    assert (read.label, read.time_offset, read.originality, read.duration) == ("RHYTHM", 12.0, "ORIGINAL", 4 / 500)


def test_annotations_are_read() -> None:
    """Texts, codes, numbers with units, places and channels (C.10.10)."""
    told = [
        annotation("心律", (1, 0)),
        measurement("QT", 400, "ms", (1, 2)),
        annotation(
            ConceptCodeSequence=code("1", "X", "Beat"),
            TemporalRangeType="MULTIPOINT",
            ReferencedSamplePositions=[1, 70_000],
        ),
        annotation(TemporalRangeType="SEGMENT", ReferencedTimeOffsets=[0.5, 1.5], AnnotationGroupNumber=3),
    ]
    read = read_waveform(waveform_attributes([group(STORED, [channel()] * 2)], annotations=told))
    text, number, beat, segment = read.annotations
    assert (text.text, text.channels) == ("心律", ((1, 0),))
    assert number.name is not None
    assert number.units is not None
    assert (number.name.meaning, number.number, number.units.value, number.channels) == ("QT", "400", "ms", ((1, 2),))
    assert beat.code is not None
    assert (beat.code.words, beat.positions, beat.range_type) == ("Beat", (1, 70_000), "MULTIPOINT")
    assert (segment.offsets, segment.group, segment.is_placed) == ((0.5, 1.5), 3, True)


def test_what_has_no_waveform_is_none() -> None:
    """An object without Waveform Sequence is no waveform, and is refused as one."""
    told = waveform_attributes([])
    attributes = Attributes(
        told.blocks, {tag: one for tag, one in told.elements.items() if tag != 0x54000100}, told.coding
    )
    assert not is_waveform(attributes)
    with pytest.raises(CorruptObject, match="no Waveform Sequence"):
        read_waveform(attributes)


_LIES: dict[str, dict[str, Any]] = {
    "more samples than bytes": {"NumberOfWaveformSamples": 5},
    "as many samples as can be written": {"NumberOfWaveformSamples": 0xFFFFFFFF},
    "more channels than bytes": {"NumberOfWaveformChannels": 3},
    "more channels than are drawn": {"NumberOfWaveformChannels": 257},
    "no channels": {"NumberOfWaveformChannels": 0},
    "no samples": {"NumberOfWaveformSamples": 0},
    "no frequency": {"SamplingFrequency": 0},
    "a negative frequency": {"SamplingFrequency": -500},
    "an endless frequency": {"SamplingFrequency": "1e300"},
    "an unknown interpretation": {"WaveformSampleInterpretation": "XX"},
    "another number of bits": {"WaveformBitsAllocated": 8},
}


@pytest.mark.parametrize("lie", _LIES)
def test_what_contradicts_itself_is_refused(lie: str) -> None:
    """Numbers that cannot be true end in a public sentence, before anything is allocated."""
    item = group(STORED, [channel()] * 2, **_LIES[lie])
    with pytest.raises((CorruptObject, NotSupported)) as refused:
        read_waveform(waveform_attributes([item]))
    assert refused.value.public.endswith(".")


@pytest.mark.parametrize("keyword", ["ChannelSensitivity", "ChannelSensitivityCorrectionFactor", "ChannelBaseline"])
@pytest.mark.parametrize("number", [b"nan ", b"1e999 ", b"much"])
def test_a_scale_that_is_no_number_is_refused(keyword: str, number: bytes) -> None:
    """No wrong scale is drawn: what is written must be a finite number."""
    item = group(STORED[:, :1], [_told(keyword)])
    file = waveform_file([item])
    marked = file.replace(b"77777777", number.ljust(8))
    assert marked != file
    with pytest.raises(CorruptObject, match="no number"):
        read_waveform(parse(BytesSource(marked)).attributes)


def _told(keyword: str) -> Dataset:
    item = channel()
    setattr(item, keyword, 77777777)
    return item


def test_a_file_cut_anywhere_is_read_or_refused() -> None:
    """No cut through a waveform object crashes the reader."""
    told = [annotation("text", TemporalRangeType="POINT", ReferencedSamplePositions=[2])]
    file = waveform_file([group(STORED, [lead("I"), channel("b")])], annotations=told)
    for length in range(400, len(file), 7):
        with suppress(WadoError, NotAnObject):
            read_waveform(parse(BytesSource(file[:length])).attributes)


def test_lengths_that_lie_are_refused() -> None:
    """A Waveform Data element that says to be longer than its item is no data."""
    file = waveform_file([group(STORED, [channel()] * 2)])
    data = struct.pack("<HH2sHI", 0x5400, 0x1010, b"OW", 0, 16)
    for length in (0, 14, 18, 0x7FFFFFFF, 0xFFFFFFFE):
        changed = file.replace(data, data[:-4] + struct.pack("<I", length))
        assert changed != file
        with pytest.raises(CorruptObject):
            read_waveform(parse(BytesSource(changed)).attributes)


def test_too_many_groups_are_refused() -> None:
    """More multiplex groups than are drawn."""
    with pytest.raises(NotSupported, match=re.escape("64")):
        read_waveform(waveform_attributes([group(STORED, [channel()] * 2)] * 65))


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    [
        "pydicom__pydicom/src/pydicom/data/test_files/waveform_ecg.dcm",
        "cornerstonejs__dicomParser/testImages/deflate/wave_dfl",
    ],
)
def test_given_waveforms_have_the_values_that_pydicom_reads(corpus: Path, path: str) -> None:
    """Physical values of every group of the given files, beside an independent reader."""
    file = corpus / "dicom" / path
    read = read_waveform(parse(BytesSource(file.read_bytes())).attributes)
    dataset = pydicom.dcmread(file)
    assert len(read.groups) == len(dataset.WaveformSequence)
    for number, one in enumerate(read.groups):
        expected = dataset.waveform_array(number)
        ours = np.column_stack([one.values(channel) for channel in range(len(one.channels))])
        is_there = ~np.isnan(ours)
        assert is_there.mean() > 0.99
        assert np.allclose(ours[is_there], expected[is_there], rtol=1e-12)
