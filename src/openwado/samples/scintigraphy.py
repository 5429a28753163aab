"""A skeleton by scintigraphy, seen from before and behind, in the colours of glowing iron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import NuclearMedicineImageStorage

from openwado.samples.attributes import Sample, Series, Study, code, composite, describe_pixels, native, sample
from openwado.samples.shapes import blur, capsule, cover, depth_in_ellipse, ellipse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.shapes import Plane

ROWS, COLUMNS = 768, 288


def scintigraphy(study: Study) -> Iterator[Sample]:
    """Yield one NM object: two whole-body frames, 8 bit, PALETTE COLOR with 16-bit palette entries."""
    series = Series(study, 1, "NM", "Skeleton, whole body")
    dataset = composite(series, NuclearMedicineImageStorage, 1)
    cells = np.stack([_view(from_behind=False), _view(from_behind=True)])
    describe_pixels(dataset, cells[0], "PALETTE COLOR", bits_stored=8)
    dataset.NumberOfFrames = 2
    dataset.FrameIncrementPointer = [Tag("EnergyWindowVector"), Tag("DetectorVector")]
    dataset.EnergyWindowVector, dataset.NumberOfEnergyWindows = [1, 1], 1
    dataset.DetectorVector, dataset.NumberOfDetectors = [1, 2], 2
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"]
    dataset.PixelSpacing = [2.4, 2.4]
    dataset.CountsAccumulated, dataset.ActualFrameDuration = int(cells.sum()), 900000
    dataset.WholeBodyTechnique = "1PS"
    _technique(dataset)
    _palette(dataset)
    native(dataset, cells)
    yield sample(series, dataset)


def _technique(dataset: Dataset) -> None:
    """Fill the NM orientation, isotope and detector modules (C.8.4)."""
    dataset.PatientOrientationCodeSequence = code("102538003", "SCT", "recumbent")
    dataset.PatientGantryRelationshipCodeSequence = code("102541007", "SCT", "feet-first")
    window = Dataset()
    window.EnergyWindowName = "Tc99m"
    dataset.EnergyWindowInformationSequence = Sequence([window])
    dataset.RadiopharmaceuticalInformationSequence = Sequence()
    detectors = []
    for meaning, value in (("anterior", "399348003"), ("posterior", "399276003")):
        detector = Dataset()
        detector.CollimatorType = "PARA"
        detector.ViewCodeSequence = code(value, "SCT", meaning)
        detectors.append(detector)
    dataset.DetectorInformationSequence = Sequence(detectors)


def _palette(dataset: Dataset) -> None:
    """Put in 256 colours from black over red and orange to white (C.7.6.3.1.5-6)."""
    heat = np.linspace(0, 1, 256)
    channels = {
        "Red": np.clip(heat * 2.2, 0, 1) ** 0.9,
        "Green": np.clip((heat - 0.30) * 1.75, 0, 1) ** 1.1,
        "Blue": np.clip((heat - 0.72) * 3.4, 0, 1) + 0.30 * np.exp(-(((heat - 0.16) / 0.11) ** 2)),
    }
    for colour, values in channels.items():
        entries = np.clip(np.rint(values * 65535), 0, 65535).astype("<u2")
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", entries.tobytes())


def _view(*, from_behind: bool) -> NDArray[np.uint8]:
    """Return counts, shown as bright as 8 bits allow."""
    unit = COLUMNS / 2
    x = np.broadcast_to((np.arange(COLUMNS, dtype=np.float32) + 0.5 - COLUMNS / 2) / unit, (ROWS, COLUMNS))
    y = np.broadcast_to((np.arange(ROWS, dtype=np.float32)[:, None] + 0.5) / unit, (ROWS, COLUMNS))
    side = np.abs(x)
    counts = 0.045 * _flesh(side, y) + _bones(side, y, from_behind=from_behind)
    counts += _organs(-x if from_behind else x, y, from_behind=from_behind)
    smooth = blur(np.maximum(counts, 0), 2.6)
    counted = np.random.default_rng(702 if from_behind else 701).poisson(smooth * 90 + 0.15).astype(np.float32)
    shown = blur(counted, 0.9) / 90
    return np.asarray(np.rint(np.sqrt(np.clip(shown / 1.25, 0, 1)) * 255), dtype=np.uint8)


def _flesh(side: Plane, y: Plane) -> Plane:
    trunk = ellipse(side, y, (0.0, 1.65), (0.52, 0.95), softness=0.08)
    legs = np.maximum(
        capsule(side, y, (0.24, 2.3), (0.22, 3.6), 0.20, softness=0.06),
        capsule(side, y, (0.21, 3.6), (0.20, 4.8), 0.13, softness=0.06),
    )
    arms = capsule(side, y, (0.62, 1.15), (0.80, 2.6), 0.10, softness=0.05)
    head = ellipse(side, y, (0.0, 0.45), (0.25, 0.34), softness=0.05)
    return np.maximum(np.maximum(trunk, legs), np.maximum(arms, head))


def _bones(side: Plane, y: Plane, *, from_behind: bool) -> Plane:
    behind = 1.0 if from_behind else 0.55
    before = 0.35 if from_behind else 0.85
    skull = depth_in_ellipse(side, y, (0.0, 0.42), (0.215, 0.27))
    total = 0.30 * cover(skull, 0.03) + 0.32 * cover(0.03 - np.abs(skull - 0.03), 0.03)
    total += 0.35 * ellipse(side, y, (0.0, 0.68), (0.10, 0.06), softness=0.03)
    segments = 0.75 + 0.25 * cover(np.abs(np.sin(y * 26)) - 0.35, 0.3)
    spine = cover(0.062 - side, 0.03) * cover(y - 0.74, 0.05) * cover(2.34 - y, 0.08)
    total += behind * 0.85 * spine * segments
    total += before * 0.55 * cover(0.045 - side, 0.02) * cover(y - 1.02, 0.05) * cover(1.55 - y, 0.05)
    total += _ribs(side, y, behind, before)
    total += 0.40 * capsule(side, y, (0.06, 1.00), (0.44, 0.95), 0.022, softness=0.02)
    total += behind * 0.35 * ellipse(side, y, (0.36, 1.24), (0.10, 0.20), turn=0.15, softness=0.05)
    total += _pelvis(side, y, behind)
    return np.asarray(total + _limbs(side, y), dtype=np.float32)


def _ribs(side: Plane, y: Plane, behind: float, before: float) -> Plane:
    total = np.zeros_like(side)
    for number in range(10):
        width = 0.28 + 0.22 * float(np.sin(0.35 + 0.24 * number))
        reach = np.clip(side / width, 0, 1)
        inside = cover(width - side, 0.02)
        course = 0.98 + 0.098 * number + 0.17 * reach**2 - 0.03 * np.sin(np.pi * reach)
        total += behind * 0.40 * inside * cover(0.016 - np.abs(y - course), 0.02)
        if number < 7:  # noqa: PLR2004 -- the lower ones end before the front
            front = 1.02 + 0.085 * number + 0.30 * reach**1.5
            total += before * 0.26 * inside * cover(0.016 - np.abs(y - front), 0.02)
        total += (
            0.25
            * cover(0.02 - np.abs(side - width + 0.01), 0.02)
            * cover(0.05 - np.abs(y - 1.14 - 0.098 * number), 0.04)
        )
    return total


def _pelvis(side: Plane, y: Plane, behind: float) -> Plane:
    wing = depth_in_ellipse(side, y, (0.24, 2.30), (0.19, 0.17), turn=-0.5)
    total = 0.30 * cover(wing, 0.04) + 0.35 * cover(0.025 - np.abs(wing - 0.02), 0.03)
    total += behind * 0.75 * capsule(side, y, (0.10, 2.24), (0.13, 2.42), 0.030, softness=0.03)
    total += behind * 0.5 * ellipse(side, y, (0.0, 2.42), (0.09, 0.13), softness=0.04)
    ring = np.abs(np.hypot(side - 0.11, (y - 2.62) * 0.9) - 0.07)
    return np.asarray(total + 0.35 * cover(0.020 - ring, 0.02), dtype=np.float32)


def _limbs(side: Plane, y: Plane) -> Plane:
    total = np.zeros_like(side)
    pieces = (
        ((0.52, 1.05), (0.55, 1.08), 0.060, 0.60),  # shoulder
        ((0.56, 1.12), (0.66, 1.78), 0.030, 0.30),  # upper arm
        ((0.67, 1.82), (0.68, 1.84), 0.040, 0.35),  # elbow
        ((0.68, 1.88), (0.78, 2.38), 0.024, 0.26),  # forearm
        ((0.80, 2.45), (0.82, 2.66), 0.050, 0.22),  # hand
        ((0.30, 2.52), (0.31, 2.54), 0.055, 0.50),  # hip
        ((0.34, 2.60), (0.22, 3.48), 0.040, 0.30),  # thigh
        ((0.21, 3.56), (0.21, 3.64), 0.078, 0.48),  # knee
        ((0.21, 3.72), (0.19, 4.62), 0.034, 0.28),  # shin
        ((0.19, 4.70), (0.19, 4.74), 0.050, 0.42),  # ankle
        ((0.19, 4.82), (0.24, 5.02), 0.050, 0.30),  # foot
    )
    for start, end, width, heat in pieces:
        total = np.maximum(total, heat * capsule(side, y, start, end, width, softness=0.03))
    return total


def _organs(x: Plane, y: Plane, *, from_behind: bool) -> Plane:
    """Return kidneys, bladder and one place that glows more than it should; x grows to the body's left."""
    kidneys = ellipse(np.abs(x), y, (0.21, 1.93), (0.062, 0.105), turn=-0.2, softness=0.03)
    bladder = ellipse(x, y, (0.0, 2.66), (0.085, 0.065), softness=0.04)
    focus = ellipse(x, y, (0.235, 3.02), (0.035, 0.075), softness=0.03)
    depth = 0.65 if from_behind else 0.25
    return np.asarray(depth * kidneys + (0.45 if from_behind else 1.0) * bladder + 1.0 * focus, dtype=np.float32)
