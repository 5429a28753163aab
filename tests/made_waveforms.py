"""Waveform objects as bytes, for tests: any samples, channels and annotations."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from openwado.dicom.reader import parse
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes

_ROOT = "1.2.840.10008.5.1.4.1.1.9."
TWELVE_LEAD, GENERAL_ECG, AMBULATORY = f"{_ROOT}1.1", f"{_ROOT}1.2", f"{_ROOT}1.3"
HEMODYNAMIC, ELECTROPHYSIOLOGY, AUDIO, PULSE = f"{_ROOT}2.1", f"{_ROOT}3.1", f"{_ROOT}4.1", f"{_ROOT}5.1"
RESPIRATION, EEG = f"{_ROOT}6.1", f"{_ROOT}7.1"

#: SCP-ECG numbers of the twelve leads, in the order in which recorders write them.
SCP_LEADS = {
    "I": 1, "II": 2, "III": 61, "aVR": 62, "aVL": 63, "aVF": 64, "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8,
}  # fmt: skip
_TYPES = {
    "SB": "i1", "UB": "u1", "MB": "u1", "AB": "u1", "SS": "i2", "US": "u2",
    "SL": "i4", "UL": "u4", "SV": "i8", "UV": "u8",
}  # fmt: skip


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """Return a code sequence of one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def channel(label: str = "", unit: str = "mV", sensitivity: float | None = 0.001, **attributes: Any) -> Dataset:  # noqa: ANN401 -- of any VR
    """Return an item of the Channel Definition Sequence; sensitivity None for arbitrary units."""
    item = Dataset()
    if label:
        item.ChannelLabel = label
    item.ChannelSourceSequence = code("1", "99OPENWADO", label or "Source")
    if sensitivity is not None:
        item.ChannelSensitivity = sensitivity
        item.ChannelSensitivityUnitsSequence = code(unit, "UCUM", unit)
        item.ChannelSensitivityCorrectionFactor, item.ChannelBaseline = 1, 0
    item.ChannelTimeSkew, item.WaveformBitsStored = 0, 16
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def lead(name: str, unit: str = "mV", sensitivity: float = 0.001) -> Dataset:
    """Return a channel of one of the twelve leads, by code."""
    item = channel(unit=unit, sensitivity=sensitivity)
    item.ChannelSourceSequence = code(f"5.6.3-9-{SCP_LEADS[name]}", "SCPECG", f"Lead {name}")
    return item


def group(
    stored: NDArray[Any],
    channels: list[Dataset],
    frequency: float = 500,
    interpretation: str = "SS",
    padding: int | None = None,
    **attributes: object,
) -> Dataset:
    """Return an item of the Waveform Sequence, its samples in little endian.

    Args:
        stored: shape (samples, channels).
        channels: their definitions.
        frequency: samples in a second.
        interpretation: Waveform Sample Interpretation.
        padding: Waveform Padding Value.
        **attributes: by keyword.
    """
    item = Dataset()
    kind = np.dtype(_TYPES[interpretation])
    item.WaveformOriginality = "ORIGINAL"
    item.NumberOfWaveformSamples, item.NumberOfWaveformChannels = stored.shape
    item.SamplingFrequency = frequency
    item.ChannelDefinitionSequence = Sequence(channels)
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = 8 * kind.itemsize, interpretation
    item["WaveformData"] = _element(0x54001010, stored.astype(kind).tobytes(), kind.itemsize)
    if padding is not None:
        item["WaveformPaddingValue"] = _element(0x5400100A, np.array(padding).astype(kind).tobytes(), kind.itemsize)
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def annotation(text: str = "", channels: tuple[int, ...] = (1, 0), **attributes: object) -> Dataset:
    """Return an item of the Waveform Annotation Sequence."""
    item = Dataset()
    if text:
        item.UnformattedTextValue = text
    item.ReferencedWaveformChannels = list(channels)
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def measurement(name: str, number: float, unit: str, channels: tuple[int, ...] = (1, 0)) -> Dataset:
    """Return an annotation with a number."""
    return annotation(
        channels=channels,
        ConceptNameCodeSequence=code(name, "99OPENWADO", name),
        NumericValue=str(number),
        MeasurementUnitsCodeSequence=code(unit, "UCUM", unit),
    )


def waveform_file(
    groups: list[Dataset],
    sop_class: str = GENERAL_ECG,
    annotations: list[Dataset] | None = None,
    syntax: str = ExplicitVRLittleEndian,
    **attributes: object,
) -> bytes:
    """Return a waveform object as a file; samples of groups in big endian are swapped by who asks for them."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), UID("1.2.3.4")
    dataset = Dataset()
    dataset.file_meta, dataset.preamble = meta, bytes(128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", "1.2.3.1.1"
    dataset.Modality, dataset.PatientName, dataset.PatientID = "ECG", "Example^Person", "4711"
    dataset.AcquisitionDateTime = "20260131093005"
    dataset.WaveformSequence = Sequence(groups)
    if annotations:
        dataset.WaveformAnnotationSequence = Sequence(annotations)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    written = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        dcmwrite(
            written,
            dataset,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=syntax != ExplicitVRBigEndian,
            enforce_file_format=True,
        )
    return written.getvalue()


def waveform_attributes(*arguments: Any, **attributes: Any) -> Attributes:  # noqa: ANN401 -- as `waveform_file`
    """Return a waveform object as the reader sees it; arguments as those of `waveform_file`."""
    return parse(BytesSource(waveform_file(*arguments, **attributes))).attributes


def heartbeats(seconds: float, frequency: float, rate: float = 72) -> NDArray[np.float64]:
    """Return a plain electrocardiogram, mV."""
    phase = (np.arange(round(seconds * frequency)) / frequency * rate / 60) % 1
    waves = ((0.15, 0.2, 0.025), (-0.12, 0.37, 0.008), (1.2, 0.4, 0.010), (-0.25, 0.43, 0.009), (0.3, 0.68, 0.045))
    return np.asarray(sum(height * np.exp(-(((phase - at) / width) ** 2) / 2) for height, at, width in waves))


def _element(tag: int, data: bytes, size: int) -> Any:  # noqa: ANN401 -- an element of pydicom
    from pydicom.dataelem import DataElement  # noqa: PLC0415 -- here only

    return DataElement(tag, "OB" if size == 1 else "OW", data + bytes(len(data) % 2))
