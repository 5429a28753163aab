"""Sections of the head: CT with a bleeding that comes and goes, MR in two contrasts, and PET."""

from __future__ import annotations

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from openwado.samples.attributes import (
    Sample,
    Series,
    Study,
    code,
    composite,
    describe_pixels,
    encapsulated,
    native,
    place_in_space,
    sample,
)
from openwado.samples.head import HeadSection, head_rest, head_section
from openwado.samples.shapes import blur, grid, noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.shapes import Plane

#: Hounsfield units.
CT_NUMBERS = {
    "skin": 35,
    "fat": -85,
    "compact bone": 1250,
    "spongy bone": 620,
    "fluid": 7,
    "grey matter": 39,
    "white matter": 28,
    "falx": 52,
    "nuclei": 37,
    "plexus": 140,
    "swelling": 17,
    "lesion rim": 62,
    "lesion": 72,
}
#: Signal, 0 … 1.
T1_SIGNAL = {
    "skin": 0.48,
    "fat": 0.95,
    "compact bone": 0.06,
    "spongy bone": 0.34,
    "fluid": 0.14,
    "grey matter": 0.44,
    "white matter": 0.68,
    "falx": 0.20,
    "nuclei": 0.50,
    "plexus": 0.36,
    "swelling": 0.40,
    "lesion rim": 0.88,
    "lesion": 0.30,
}
T2_SIGNAL = {
    "skin": 0.30,
    "fat": 0.62,
    "compact bone": 0.04,
    "spongy bone": 0.28,
    "fluid": 0.97,
    "grey matter": 0.50,
    "white matter": 0.33,
    "falx": 0.14,
    "nuclei": 0.38,
    "plexus": 0.58,
    "swelling": 0.72,
    "lesion rim": 0.22,
    "lesion": 0.60,
}
#: Standardized uptake values.
UPTAKE = {
    "skin": 0.7,
    "compact bone": 0.5,
    "fluid": 0.9,
    "grey matter": 8.6,
    "white matter": 3.0,
    "falx": 2.0,
    "nuclei": 9.4,
    "plexus": 1.0,
    "swelling": 2.2,
    "lesion rim": 11.5,
    "lesion": 5.5,
}

CT_PADDING = -2000
CT_LEVELS = tuple(0.02 + 0.1 * number for number in range(9))
MR_LEVELS = (0.08, 0.26, 0.44)
PET_LEVELS = (0.10, 0.34, 0.58)
HEAD_HALF_HEIGHT = 95.0  # mm


def ct(study: Study) -> Iterator[Sample]:
    """Yield a CT series: 9 sections 512 x 512, signed 16 bit, native, with rescale, windows and padding."""
    series = Series(study, 1, "CT", "Head 5 mm")
    for number, level in enumerate(CT_LEVELS, start=1):
        dataset = composite(series, CTImageStorage, number)
        cells = _ct_cells(head_section(512, level), number)
        describe_pixels(dataset, cells, "MONOCHROME2", bits_stored=16)
        place_in_space(
            dataset, frame=study.name, pixel_spacing=0.45, slice_thickness=5.0, height=level * HEAD_HALF_HEIGHT
        )
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.BodyPartExamined = "HEAD"
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
        dataset.PixelPaddingValue = CT_PADDING
        dataset.WindowCenter, dataset.WindowWidth = [40, 600], [80, 2800]
        dataset.WindowCenterWidthExplanation = ["BRAIN", "BONE"]
        dataset.KVP, dataset.AcquisitionNumber, dataset.ConvolutionKernel = 120, 1, "soft"
        native(dataset, cells)
        yield sample(series, dataset)


def _ct_cells(section: HeadSection, number: int) -> NDArray[np.int16]:
    """Return stored values: Hounsfield units + 1024, with padding outside the round field of view."""
    size = section.brain_depth.shape[0]
    numbers = section.paint({tissue: float(value) for tissue, value in CT_NUMBERS.items()}, -1000.0)
    numbers += head_rest(size) * (np.float32(-120) - numbers)
    hardening = 9 * np.exp(-np.maximum(section.brain_depth, 0) / np.float32(0.05)) * (section.brain_depth > 0)
    grain = noise(size, size, 0.8, seed=100 + number)
    numbers = blur(numbers, 0.8) + hardening + grain * np.float32(3.2)
    x, y = grid(size, size)
    cells: NDArray[np.int16] = np.asarray(np.clip(np.rint(numbers + 1024), 0, 4095), dtype=np.int16)
    cells[np.hypot(x, y) > 1] = CT_PADDING
    return cells


def mr(study: Study) -> Iterator[Sample]:
    """Yield two MR series of 3 sections 320 x 320, 12 bit: T1 in JPEG-LS, T2 in JPEG 2000, both lossless."""
    contrasts = (
        ("T1 横断位 axial", T1_SIGNAL, (450.0, 9.0), JPEGLSLossless),
        ("T2 横断位 axial", T2_SIGNAL, (4200.0, 98.0), JPEG2000Lossless),
    )
    for number, (description, signal, (repetition, echo), transfer_syntax) in enumerate(contrasts, start=1):
        series = Series(study, number, "MR", description)
        for instance_number, level in enumerate(MR_LEVELS, start=1):
            dataset = composite(series, MRImageStorage, instance_number)
            cells = _mr_cells(head_section(320, level), signal, seed=200 + 10 * number + instance_number)
            describe_pixels(dataset, cells, "MONOCHROME2", bits_stored=12)
            height = level * HEAD_HALF_HEIGHT
            place_in_space(dataset, frame=study.name, pixel_spacing=0.72, slice_thickness=4.0, height=height)
            _mr_technique(dataset, repetition, echo)
            dataset.WindowCenter, dataset.WindowWidth = 1500, 3000
            encapsulated(dataset, [_lossless(cells, transfer_syntax)])
            yield sample(series, dataset, transfer_syntax)


def _mr_technique(dataset: Dataset, repetition_time: float, echo_time: float) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    dataset.BodyPartExamined = "BRAIN"
    dataset.ScanningSequence, dataset.SequenceVariant, dataset.ScanOptions = "SE", "NONE", ""
    dataset.MRAcquisitionType, dataset.EchoTrainLength = "2D", 1
    dataset.RepetitionTime, dataset.EchoTime = repetition_time, echo_time
    dataset.MagneticFieldStrength = 3


def _mr_cells(section: HeadSection, signal: dict[str, float], seed: int) -> NDArray[np.uint16]:
    """Return stored values: signal with the coil's shading, and noise as a magnitude has it."""
    size = section.brain_depth.shape[0]
    x, y = grid(size, size)
    plane = blur(section.paint(signal, 0.0), 0.6)
    shading = 1 - np.float32(0.16) * (x * x + y * y) + np.float32(0.07) * x
    real = plane * shading + noise(size, size, 0.5, seed) * np.float32(0.016)
    imaginary = noise(size, size, 0.5, seed + 1000) * np.float32(0.016)
    return np.asarray(np.clip(np.rint(np.hypot(real, imaginary) * 2900), 0, 4095), dtype=np.uint16)


def _lossless(cells: NDArray[np.uint16], transfer_syntax: str) -> bytes:
    if transfer_syntax == JPEGLSLossless:
        return bytes(imagecodecs.jpegls_encode(cells))
    return bytes(imagecodecs.jpeg2k_encode(cells, codecformat="j2k", bitspersample=12, reversible=True))


def pet(study: Study) -> Iterator[Sample]:
    """Yield a PET series: 3 sections 128 x 128 in Explicit VR Big Endian, with a tiny rescale slope."""
    series = Series(study, 2, "PT", "Head uptake")
    for number, level in enumerate(PET_LEVELS, start=1):
        dataset = composite(series, PositronEmissionTomographyImageStorage, number)
        uptake = _uptake(head_section(128, level), number)
        slope = float(f"{float(uptake.max()) / 32767:.6g}")
        cells = np.clip(np.rint(uptake / slope), 0, 32767).astype(np.int16)
        describe_pixels(dataset, cells, "MONOCHROME2", bits_stored=16)
        height = level * HEAD_HALF_HEIGHT
        place_in_space(dataset, frame=study.name, pixel_spacing=1.8, slice_thickness=3.0, height=height)
        dataset.RescaleIntercept, dataset.RescaleSlope = 0, slope
        dataset.WindowCenter, dataset.WindowWidth = 5.0, 10.0
        _pet_technique(dataset, number)
        native(dataset, cells, byte_order=">")
        yield sample(series, dataset, ExplicitVRBigEndian)


def _uptake(section: HeadSection, number: int) -> Plane:
    """Return standardized uptake values, blurred and counted as a scanner does."""
    size = section.brain_depth.shape[0]
    sharp = blur(section.paint(UPTAKE, 0.02), 1.5)
    counts = np.random.default_rng(300 + number).poisson(np.maximum(sharp, 0) * 60).astype(np.float32) / 60
    return np.maximum(blur(counts, 0.8), 0).reshape(size, size)


def _pet_technique(dataset: Dataset, number: int) -> None:
    """Fill the PET series, isotope and image modules (C.8.9)."""
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.BodyPartExamined = "BRAIN"
    dataset.Units, dataset.SUVType, dataset.CountsSource = "GML", "BW", "EMISSION"
    dataset.SeriesType, dataset.NumberOfSlices = ["STATIC", "IMAGE"], len(PET_LEVELS)
    dataset.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    dataset.DecayCorrection, dataset.DecayFactor = "START", 1
    dataset.CollimatorType = "NONE"
    dataset.FrameReferenceTime, dataset.ActualFrameDuration = 300000, 600000
    dataset.ImageIndex = number
    dataset.PatientOrientationCodeSequence = code("102538003", "SCT", "recumbent")
    dataset.PatientGantryRelationshipCodeSequence = code("102540008", "SCT", "headfirst")
    isotope = Dataset()
    isotope.RadionuclideCodeSequence = code("77004003", "SCT", "^18^Fluorine")
    dataset.RadiopharmaceuticalInformationSequence = Sequence([isotope])
