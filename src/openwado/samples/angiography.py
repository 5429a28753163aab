"""Coronary arteries by X-rays: contrast medium fills them frame by frame, in the round field of the collimator."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import XRayAngiographicImageStorage

from openwado.samples.attributes import Sample, Series, Study, code, composite, describe_pixels, native, sample
from openwado.samples.coronaries import MOUTH, beside_narrowing, filled, left_coronary_tree, smooth_curve
from openwado.samples.shapes import blur, cover, depth_in_ellipse, distance_to_line, ellipse, grid, noise, tube

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.coronaries import Vessel
    from openwado.samples.shapes import Plane, Point

SIZE, FRAMES = 400, 8
FRAME_TIME = 125.0  # ms
#: At the detector, and in the heart, which lies that much nearer to the source; mm.
IMAGER_PIXEL_SPACING, MAGNIFICATION = 0.35, 1.4
PIXEL_SPACING = IMAGER_PIXEL_SPACING / MAGNIFICATION
#: The open field, in pixels counted from 1: a circle, cut flat above and below.
CENTER, RADIUS = 200, 196
LEFT, RIGHT, UPPER, LOWER = 5, 395, 27, 374
#: Stored value where nothing is in the way, and what one absorption length takes from it.
AIR, GAIN = 1000, 330
#: Absorption lengths of a unit of `grid`, filled with contrast medium.
CONTRAST = 13.0
SCALE_BAR, TICK = 20, 5  # mm
#: Column and row, from 0, of the scale bar's left end: between two pixels, so that it is two wide.
BAR_LEFT, BAR_FOOT = 19.5, 390.5


def angiography(study: Study) -> Iterator[Sample]:
    """Yield one XA object: 8 frames 400 x 400, 10 bit, LOG, with a display shutter and two overlay planes."""
    series = Series(study, 3, "XA", "Left coronary arteries, RAO caudal")
    dataset = composite(series, XRayAngiographicImageStorage, 1)
    tree = left_coronary_tree()
    cells = np.stack(list(_frames(tree)))
    describe_pixels(dataset, cells[0], "MONOCHROME2", bits_stored=10)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    dataset.PatientOrientation = ["LA", "FP"]
    dataset.BodyPartExamined = "HEART"
    dataset.AnatomicRegionSequence = code("41801008", "SCT", "Coronary artery")
    dataset.NumberOfFrames = FRAMES
    dataset.FrameIncrementPointer = Tag("FrameTime")
    dataset.FrameTime = FRAME_TIME
    dataset.CineRate = dataset.RecommendedDisplayFrameRate = round(1000 / FRAME_TIME)
    _intensity(dataset)
    dataset.WindowCenter, dataset.WindowWidth = 550, 740
    dataset.LossyImageCompression, dataset.BurnedInAnnotation, dataset.CalibrationImage = "00", "NO", "NO"
    _technique(dataset)
    _shutter(dataset)
    _overlay(dataset, 0x6000, _measures(tree), "G", "20 mm and calipers")
    _overlay(dataset, 0x6002, _region(), "R", "Muscle between the arteries")
    native(dataset, cells)
    yield sample(series, dataset)


def _intensity(dataset: Dataset) -> None:
    """Say that values are logarithms, and put in the Modality LUT back to intensity: no step of display (RR-18)."""
    dataset.PixelIntensityRelationship = "LOG"
    values = np.arange(1024)
    intensity = np.rint(65535 * np.exp((values - values[-1]) / GAIN)).astype("<u2")
    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [len(intensity), 0, 16], "US"
    table.add_new(0x00283006, "OW", intensity.tobytes())
    dataset.ModalityLUTSequence = Sequence([table])


def _technique(dataset: Dataset) -> None:
    """Fill the contrast/bolus, X-ray acquisition and XA positioner modules (C.7.6.4, C.8.7.2, C.8.7.5)."""
    dataset.ContrastBolusAgent = "Iodine, drawn"
    dataset.ContrastBolusRoute = "Intra-arterial"
    dataset.KVP, dataset.RadiationSetting, dataset.RadiationMode = 78, "GR", "PULSED"
    dataset.XRayTubeCurrent, dataset.ExposureTime, dataset.AveragePulseWidth = 640, 48, 6
    dataset.Grid, dataset.FieldOfViewShape = "IN", "ROUND"
    dataset.FieldOfViewDimensions = round(2 * RADIUS * IMAGER_PIXEL_SPACING)
    dataset.ImagerPixelSpacing = [IMAGER_PIXEL_SPACING, IMAGER_PIXEL_SPACING]
    dataset.PixelSpacing = [PIXEL_SPACING, PIXEL_SPACING]
    dataset.PixelSpacingCalibrationType = "GEOMETRY"
    dataset.PixelSpacingCalibrationDescription = "In the middle of the heart"
    dataset.DistanceSourceToDetector, dataset.DistanceSourceToPatient = 1050, 750
    dataset.EstimatedRadiographicMagnificationFactor = MAGNIFICATION
    dataset.PositionerMotion = "STATIC"
    dataset.PositionerPrimaryAngle, dataset.PositionerSecondaryAngle = -30, -20


def _shutter(dataset: Dataset) -> None:
    """Fill the display shutter module (C.7.6.11): what both shapes leave open is seen."""
    dataset.ShutterShape = ["CIRCULAR", "RECTANGULAR"]
    dataset.CenterOfCircularShutter, dataset.RadiusOfCircularShutter = [CENTER, CENTER], RADIUS
    dataset.ShutterLeftVerticalEdge, dataset.ShutterRightVerticalEdge = LEFT, RIGHT
    dataset.ShutterUpperHorizontalEdge, dataset.ShutterLowerHorizontalEdge = UPPER, LOWER
    dataset.ShutterPresentationValue = 0


def _frames(tree: list[Vessel]) -> Iterator[NDArray[np.uint16]]:
    """Yield stored values: the logarithm of what comes through, so that thicknesses add up and more is darker."""
    background, puff = _chest() + _catheter(), _puff()
    for number in range(FRAMES):
        time = number * FRAME_TIME / 1000
        squeeze = float(np.sin(np.pi * np.clip((time - 0.1) / 0.5, 0, 1)) ** 2)
        vessels = filled(tree, 0.85 + 1.9 * time, squeeze, SIZE)
        spilled = puff * np.float32(np.clip(time / 0.2, 0, 1) * np.clip(1.3 - time, 0, 1))
        blush = blur(vessels, 11) * np.float32(np.clip(time - 0.3, 0, 1))
        absorbed = background + np.float32(CONTRAST) * (vessels + blush + spilled)
        absorbed = blur(absorbed, 0.7) + _grain(absorbed, 910 + number)
        yield np.asarray(np.clip(np.rint(AIR - GAIN * absorbed), 0, 1023), dtype=np.uint16)


def _puff() -> Plane:
    """Return the medium that flows back from the mouth of the artery into the root of the aorta."""
    x, y = grid(SIZE, SIZE)
    return np.float32(0.022) * ellipse(x, y, (MOUTH[0] - 0.05, MOUTH[1]), (0.10, 0.13), turn=-0.3, softness=0.16)


def _grain(absorbed: Plane, seed: int) -> Plane:
    """Return the noise of counted quanta: the fewer come through, the more the logarithm scatters."""
    return noise(SIZE, SIZE, 0.55, seed) * np.float32(0.016) * np.exp(absorbed / 2)


def _chest() -> Plane:
    """Return how much matter lies before and behind the heart, in absorption lengths."""
    x, y = grid(SIZE, SIZE)
    matter = np.float32(0.62) + np.float32(0.10) * x * x + np.float32(0.12) * y
    matter = matter + 0.40 * ellipse(x, y, (0.10, 0.12), (0.86, 0.62), turn=0.42, softness=0.24)
    matter += 0.30 * cover(0.30 - np.abs(x + 0.86 + 0.10 * y), 0.16) * (0.82 + 0.18 * cover(np.sin(9.5 * y + 1.2), 0.9))
    matter += 0.16 * ellipse(x, y, (-0.46, -0.62), (0.24, 0.52), turn=0.16, softness=0.18)
    matter += _ribs(x, y)
    dome = y - np.float32(0.66) - np.float32(0.30) * (x - 0.28) ** 2 + np.float32(0.04) * np.sin(3 * x)
    matter += 0.50 * cover(dome, 0.05) + 0.35 * np.clip(dome, 0, 1)
    matter += 0.022 * noise(SIZE, SIZE, 14, seed=902) + 0.014 * noise(SIZE, SIZE, 4, seed=903)
    return np.asarray(matter + 2.2 * (1 - cover(_field(x, y), 0.03)), dtype=np.float32)


def _field(x: Plane, y: Plane) -> Plane:
    """Return the depth inside of the collimator, a little wider than the shutter."""
    unit = SIZE / 2
    across, down = x * unit + unit + 0.5 - CENTER, y * unit + unit + 0.5
    inside = np.minimum(RADIUS - np.hypot(across, down - CENTER), np.minimum(down - UPPER, LOWER - down))
    return np.asarray((inside + 2.5) / unit, dtype=np.float32)


def _ribs(x: Plane, y: Plane) -> Plane:
    """Return ribs: four behind, falling to the right, and two in front, rising, fainter and less sharp."""
    total = np.zeros_like(x)
    for number in range(4):
        behind = y + 0.98 - 0.47 * number - 0.30 * (x + 0.9) + 0.10 * (x + 0.2) ** 2
        total += 0.085 * tube(behind, 0.088)
    for number in range(2):
        front = y - 0.02 - 0.62 * number + 0.42 * x - 0.12 * x * x
        total += 0.05 * tube(front, 0.105)
    return blur(np.asarray(total, dtype=np.float32), 1.5)


def _catheter() -> Plane:
    """Return the catheter: down the aorta, round a bend, into the mouth of the left artery."""
    x, y = grid(SIZE, SIZE)
    axis, _ = smooth_curve(
        np.array([(-0.44, -1.10), (-0.56, -0.84), (-0.635, -0.57), (-0.575, -0.42), (-0.47, -0.39), MOUTH])
    )
    distance = np.min([distance_to_line(x, y, start, end) for start, end in pairwise(axis[::8])], axis=0)
    return 0.40 * tube(distance, 0.019)


def _measures(tree: list[Vessel]) -> NDArray[np.bool_]:
    """Return a scale bar below the field, and two crosses with a line along the narrowing."""
    left, foot = BAR_LEFT, BAR_FOOT
    bits = _line((left, foot), (left + SCALE_BAR / PIXEL_SPACING, foot), 1.0)
    for number in range(SCALE_BAR // TICK + 1):
        at, is_end = left + number * TICK / PIXEL_SPACING, number % (SCALE_BAR // TICK) == 0
        bits |= _line((at, foot - (9 if is_end else 5)), (at, foot), 1.0)
    first, last = (
        (round((x + 1) * SIZE / 2 - 0.5), round((y + 1) * SIZE / 2 - 0.5)) for x, y in beside_narrowing(tree)
    )
    bits |= _line(first, last, 0.6)
    for x, y in (first, last):
        bits |= _line((x - 6, y), (x + 6, y), 0.6) | _line((x, y - 6), (x, y + 6), 0.6)
    return bits


def _line(start: Point, end: Point, half_width: float) -> NDArray[np.bool_]:
    """Return which pixels are nearer than half a width to the line between two points, columns and rows from 0."""
    row, column = np.indices((SIZE, SIZE), dtype=np.float32)
    return np.asarray(distance_to_line(column, row, start, end) < half_width)


def _region() -> NDArray[np.bool_]:
    """Return a part of the heart's muscle between two large vessels."""
    x, y = grid(SIZE, SIZE)
    return depth_in_ellipse(x, y, (0.37, 0.40), (0.085, 0.14), turn=0.2) > 0


def _overlay(dataset: Dataset, group: int, bits: NDArray[np.bool_], kind: str, description: str) -> None:
    """Add an overlay plane (C.9.2) just as large as what is drawn, for all frames: its origin counts from 1."""
    top, left = (int(np.flatnonzero(bits.any(axis=axis))[0]) for axis in (1, 0))
    drawn = bits[top:, left:]
    drawn = drawn[: np.flatnonzero(drawn.any(axis=1))[-1] + 1, : np.flatnonzero(drawn.any(axis=0))[-1] + 1]
    data = np.packbits(drawn, bitorder="little").tobytes()
    base = group << 16
    dataset.add_new(base | 0x0010, "US", drawn.shape[0])
    dataset.add_new(base | 0x0011, "US", drawn.shape[1])
    dataset.add_new(base | 0x0022, "LO", description)
    dataset.add_new(base | 0x0040, "CS", kind)
    dataset.add_new(base | 0x0050, "SS", [top + 1, left + 1])
    dataset.add_new(base | 0x0100, "US", 1)
    dataset.add_new(base | 0x0102, "US", 0)
    if kind == "R":
        dataset.add_new(base | 0x1301, "IS", int(bits.sum()))
    dataset.add_new(base | 0x3000, "OW", data + bytes(len(data) % 2))
