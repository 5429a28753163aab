"""Objects that are no images: a report about the CT, and an ECG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import BasicTextSRStorage, CTImageStorage, TwelveLeadECGWaveformStorage

from openwado.samples.attributes import Sample, Series, Study, code, composite, sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: The report's sections: code value and heading; code value and meaning of its text; the text. Invented; about nobody.
SECTIONS = (
    ("121060", "History", "121060", "History", "Drawn by arithmetic for the samples of openwado; there is no patient."),
    (
        "121070",
        "Findings",
        "121071",
        "Finding",
        "A dense, sharply bounded focus with a dark margin lies in the left hemisphere, largest in slice 4. 示例文字。",
    ),
    ("121076", "Conclusions", "121077", "Conclusion", "The phantom looks as it was drawn."),
)
#: Leads, their MDC codes, and how strongly P, Q, R, S and T show in them, mV.
LEADS = (
    ("Lead I", "2:1", (0.08, -0.04, 0.70, -0.10, 0.18)),
    ("Lead II", "2:2", (0.14, -0.08, 1.20, -0.18, 0.30)),
    ("Lead III", "2:61", (0.06, -0.04, 0.50, -0.08, 0.12)),
    ("aVR", "2:62", (-0.11, 0.06, -0.95, 0.14, -0.24)),
    ("aVL", "2:63", (0.02, 0.00, 0.20, -0.02, 0.04)),
    ("aVF", "2:64", (0.10, -0.06, 0.85, -0.13, 0.21)),
    ("V1", "2:3", (0.05, 0.00, 0.25, -0.90, -0.06)),
    ("V2", "2:4", (0.06, 0.00, 0.45, -1.30, 0.30)),
    ("V3", "2:5", (0.07, -0.02, 0.80, -0.85, 0.38)),
    ("V4", "2:6", (0.08, -0.05, 1.35, -0.45, 0.36)),
    ("V5", "2:7", (0.09, -0.07, 1.25, -0.20, 0.30)),
    ("V6", "2:8", (0.09, -0.07, 0.95, -0.08, 0.22)),
)
#: When each wave comes after the beat's start, and how long it lasts, s.
WAVES = ((0.16, 0.025), (0.285, 0.009), (0.310, 0.011), (0.336, 0.011), (0.56, 0.045))
SAMPLING_FREQUENCY, SECONDS, BEAT = 500, 10, 0.86


def report(study: Study, images: Series) -> Iterator[Sample]:
    """Yield a Basic Text SR in UTF-8 that refers to the fifth object of a CT series."""
    series = Series(study, 3, "SR", "Report")
    dataset = composite(series, BasicTextSRStorage, 1)
    dataset.CompletionFlag, dataset.VerificationFlag = "COMPLETE", "UNVERIFIED"
    dataset.ReferencedPerformedProcedureStepSequence = Sequence()
    dataset.PerformedProcedureCodeSequence = Sequence()
    dataset.CurrentRequestedProcedureEvidenceSequence = _evidence(images, 5)
    dataset.ValueType, dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
    dataset.ConceptNameCodeSequence = code("18748-4", "LN", "Diagnostic imaging report")
    sections = [_section(*section) for section in SECTIONS]
    sections[1].ContentSequence.append(_image(images, 5))
    dataset.ContentSequence = Sequence([_observer(), *sections])
    yield sample(series, dataset)


def _evidence(images: Series, instance_number: int) -> Sequence:
    reference = _reference(images, instance_number)
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID = images.series_instance_uid
    series.ReferencedSOPSequence = Sequence([reference])
    study.StudyInstanceUID = images.study.study_instance_uid
    study.ReferencedSeriesSequence = Sequence([series])
    return Sequence([study])


def _reference(images: Series, instance_number: int) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = CTImageStorage
    reference.ReferencedSOPInstanceUID = images.sop_instance_uid(instance_number)
    return reference


def _item(relationship: str, value_type: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    return item


def _observer() -> Dataset:
    item = _item("HAS OBS CONTEXT", "PNAME")
    item.ConceptNameCodeSequence = code("121008", "DCM", "Person Observer Name")
    item.PersonName = "Sample^Observer"
    return item


def _section(value: str, heading: str, text_value: str, text_meaning: str, text: str) -> Dataset:
    container = _item("CONTAINS", "CONTAINER")
    container.ConceptNameCodeSequence = code(value, "DCM", heading)
    container.ContinuityOfContent = "SEPARATE"
    paragraph = _item("CONTAINS", "TEXT")
    paragraph.ConceptNameCodeSequence = code(text_value, "DCM", text_meaning)
    paragraph.TextValue = text
    container.ContentSequence = Sequence([paragraph])
    return container


def _image(images: Series, instance_number: int) -> Dataset:
    item = _item("CONTAINS", "IMAGE")
    item.ReferencedSOPSequence = Sequence([_reference(images, instance_number)])
    return item


def electrocardiogram(study: Study) -> Iterator[Sample]:
    """Yield a 12-lead ECG: 10 s at 500 Hz, 16 bit."""
    series = Series(study, 2, "ECG", "12 leads at rest")
    dataset = composite(series, TwelveLeadECGWaveformStorage, 1)
    dataset.AcquisitionDateTime = study.date + study.time
    dataset.AcquisitionContextSequence = Sequence()
    samples = _samples()
    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = len(LEADS), len(samples)
    group.SamplingFrequency = SAMPLING_FREQUENCY
    group.MultiplexGroupLabel = "RHYTHM"
    group.ChannelDefinitionSequence = Sequence([_channel(name, value) for name, value, _ in LEADS])
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.add_new("WaveformData", "OW", samples.tobytes())
    dataset.WaveformSequence = Sequence([group])
    yield sample(series, dataset)


def _channel(name: str, value: str) -> Dataset:
    """Return one channel's definition (C.10.9): 1 microvolt a step."""
    channel = Dataset()
    channel.ChannelSourceSequence = code(value, "MDC", name)
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = 1.0, 1.0
    channel.ChannelSensitivityUnitsSequence = code("uV", "UCUM", "microvolt")
    channel.ChannelBaseline, channel.ChannelTimeSkew = 0, 0
    channel.WaveformBitsStored = 16
    return channel


def _samples() -> NDArray[np.int16]:
    """Return microvolts, shape (samples, leads)."""
    time = np.arange(SAMPLING_FREQUENCY * SECONDS) / SAMPLING_FREQUENCY
    within = np.mod(time, BEAT)[:, None]
    shapes = np.concatenate([np.exp(-(((within - middle) / width) ** 2)) for middle, width in WAVES], axis=1)
    strengths = np.array([wave for _, _, wave in LEADS]).T
    hum = np.random.default_rng(801).normal(0, 0.006, (len(time), len(LEADS)))
    sway = 0.03 * np.sin(2 * np.pi * 0.25 * time)[:, None]
    return np.asarray(np.rint((shapes @ strengths + hum + sway) * 1000), dtype="<i2")
