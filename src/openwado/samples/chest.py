"""A chest radiograph: what X-rays leave behind a body made of ellipses, drawn as thicknesses that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.sequence import Sequence
from pydicom.uid import DigitalXRayImageStorageForPresentation, JPEGLosslessSV1

from openwado.samples.attributes import Sample, Series, Study, code, composite, describe_pixels, encapsulated, sample
from openwado.samples.shapes import blur, capsule, cover, depth_in_ellipse, ellipse, grid, noise, tube

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.shapes import Plane

ROWS, COLUMNS = 1500, 1200
#: The body is drawn at half the size and then enlarged; grain comes at full size.
REDUCTION = 2


def chest(study: Study) -> Iterator[Sample]:
    """Yield one DX image: 1500 x 1200, 12 bit, MONOCHROME1, JPEG lossless (first-order prediction)."""
    series = Series(study, 1, "DX", "Chest PA")
    dataset = composite(series, DigitalXRayImageStorageForPresentation, 1)
    cells = _cells()
    describe_pixels(dataset, cells, "MONOCHROME1", bits_stored=12)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", ""]
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.BodyPartExamined, dataset.ViewPosition, dataset.ImageLaterality = "CHEST", "PA", "U"
    dataset.AnatomicRegionSequence = code("43799004", "SCT", "Chest")
    dataset.PatientOrientation = ["L", "F"]
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    dataset.PresentationLUTShape = "INVERSE"
    dataset.LossyImageCompression, dataset.BurnedInAnnotation = "00", "NO"
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    dataset.DetectorType, dataset.ImagerPixelSpacing = "DIRECT", [0.28, 0.28]
    dataset.AcquisitionContextSequence = Sequence()
    encapsulated(dataset, [bytes(imagecodecs.jpeg8_encode(cells, lossless=True, predictor=1, bitspersample=12))])
    yield sample(series, dataset, JPEGLosslessSV1)


def _cells() -> NDArray[np.uint16]:
    """Return stored values: high where much radiation came through (MONOCHROME1 shows that dark)."""
    thickness = _body()
    evened = thickness - np.float32(0.30) * blur(thickness, 45)
    full = blur(np.repeat(np.repeat(evened, REDUCTION, axis=0), REDUCTION, axis=1), 1.2)
    shown = 1 / (1 + np.exp((full - np.float32(0.92)) * np.float32(2.35)))
    grain = noise(ROWS, COLUMNS, 0.7, seed=501) * (np.float32(0.004) + np.float32(0.006) * (1 - shown))
    values = (shown + grain) * 3900 + 60
    return np.asarray(np.clip(np.rint(values), 0, 4095), dtype=np.uint16)


def _body() -> Plane:
    """Return how much matter lies behind each point, in absorption lengths."""
    x, y = grid(ROWS // REDUCTION, COLUMNS // REDUCTION)
    x, y = x * np.float32(0.90), y * np.float32(0.93) + np.float32(0.04)
    lungs = _lungs(x, y)
    thickness = np.float32(1.55) * _trunk(x, y)
    thickness -= lungs * (np.float32(1.02) + np.float32(0.05) * noise(x.shape[0], x.shape[1], 40, seed=502))
    thickness += _middle(x, y) + _below(x, y) * (1 - np.float32(0.6) * lungs)
    thickness += (
        np.float32(0.40)
        * _vessels(x.shape)
        * lungs
        * (1 - np.float32(0.7) * cover(y - 0.12, 0.2) * cover(0.36 - np.abs(x - 0.16), 0.2))
    )
    thickness += _ribs(x, y) + _shoulders(x, y)
    return np.asarray(np.maximum(thickness, 0), dtype=np.float32)


def _trunk(x: Plane, y: Plane) -> Plane:
    """Return the wall of the body: thick in the middle, thin at its edge; neck and arms above."""
    chest_wall = np.sqrt(np.clip(depth_in_ellipse(x, y, (0.0, 0.45), (0.93, 1.75)), 0, None) + np.float32(1e-4))
    neck = cover(0.26 + 0.9 * np.clip(y + 0.98, 0, None) - np.abs(x), 0.10)
    arms = ellipse(np.abs(x), y, (1.02, 0.05), (0.20, 0.95), turn=-0.10, softness=0.06)
    below_neck = cover(y + 1.02 - 0.35 * np.maximum(np.abs(x) - 0.25, 0), 0.12)
    return np.asarray(np.minimum(chest_wall * 2.1, 1.0) * np.maximum(below_neck, neck) + 0.35 * arms, dtype=np.float32)


def _lungs(x: Plane, y: Plane) -> Plane:
    """Return the air: two lungs, cut off by the domes of the diaphragm and by the heart."""
    side = np.abs(x)
    lung = cover(depth_in_ellipse(side, y, (0.405, 0.02), (0.345, 0.88), turn=-0.09), 0.10)
    dome = cover(_dome(x) - y, 0.022)
    apex = cover(y + 0.86 + 0.55 * (side - 0.36) ** 2, 0.10)
    return np.asarray(lung * dome * apex, dtype=np.float32)


def _middle(x: Plane, y: Plane) -> Plane:
    """Return heart, great vessels, windpipe and spine."""
    heart = ellipse(x, y, (0.150, 0.34), (0.31, 0.235), turn=0.62, softness=0.05)
    heart = np.maximum(heart, ellipse(x, y, (-0.03, 0.27), (0.165, 0.27), softness=0.05))
    waist = np.float32(0.105) + np.float32(0.03) * np.sin(4 * y) + np.float32(0.05) * np.clip(y + 0.1, 0, 1)
    stalk = cover(waist - np.abs(x - 0.012), 0.06) * cover(0.5 - y, 0.3)
    knob = ellipse(x, y, (0.085, -0.33), (0.085, 0.095), softness=0.035)
    windpipe = cover(0.042 - np.abs(x - 0.010), 0.03) * cover(-0.18 - y, 0.08)
    bronchi = capsule(np.abs(x), y, (0.02, -0.20), (0.15, -0.07), 0.026, softness=0.02)
    spine = cover(0.082 - np.abs(x), 0.03)
    joints = np.float32(0.70) + np.float32(0.30) * cover(np.abs(np.sin((y + 0.05) * 15)) - 0.15, 0.22)
    soft_parts = np.maximum(np.maximum(heart * np.float32(0.92), stalk * np.float32(0.80)), knob * np.float32(0.75))
    return np.asarray(
        0.74 * soft_parts + 0.26 * spine * joints - 0.42 * np.maximum(windpipe, 0.8 * bronchi), dtype=np.float32
    )


def _dome(x: Plane) -> Plane:
    """Return the height of the diaphragm: higher on the picture's left, above the liver."""
    left = cover(x, 0.25)
    side = np.abs(x)
    return np.asarray(0.55 + 0.07 * left + 0.85 * (side - 0.38) ** 2 - 0.10 * cover(0.14 - side, 0.2), dtype=np.float32)


def _below(x: Plane, y: Plane) -> Plane:
    """Return what lies under the diaphragm, with the stomach's bubble of air."""
    below = cover(y - _dome(x), 0.10)
    bubble = ellipse(x, y, (0.36, 0.80), (0.14, 0.075), turn=-0.1, softness=0.04)
    return np.asarray(0.62 * below - 0.62 * bubble, dtype=np.float32)


def _ribs(x: Plane, y: Plane) -> Plane:
    """Return the ribs: nine pairs behind, falling outwards, and their fainter front ends."""
    side = np.abs(x)
    total = np.zeros_like(x)
    edge = np.float32(0.76) - np.float32(0.30) * np.clip(-(y + 0.35), 0, None) ** 1.1
    within = cover(edge - side, 0.03) * cover(side - 0.07, 0.04)
    front_within = cover(edge - side, 0.03) * cover(side - 0.30, 0.10)
    for number in range(9):
        start = -0.80 + 0.155 * number
        reach = side / np.float32(0.76)
        behind = start - 0.07 * np.sin(np.pi * np.clip(reach, 0, 1)) + (0.05 + 0.028 * number) * reach**2.6
        total += 0.20 * within * tube(y - behind, 0.030)
        if number < 7:  # noqa: PLR2004 -- the lower ones end before the front
            front = start + 0.40 + 0.05 * number - (0.44 - 0.02 * number) * reach**1.7 + 0.03
            total += 0.11 * front_within * tube(y - front, 0.034)
    return np.asarray(total, dtype=np.float32)


def _shoulders(x: Plane, y: Plane) -> Plane:
    """Return collar bones, shoulder blades and the heads of the arms."""
    side = np.abs(x)
    collar = np.float32(-0.66) - np.float32(0.22) * (side - 0.08) - np.float32(0.035) * np.sin((side - 0.08) * 8.5)
    collars = tube(y - collar, 0.032) * cover(side - 0.08, 0.02) * cover(0.78 - side, 0.03)
    blade_edge = depth_in_ellipse(side, y, (0.80, -0.32), (0.17, 0.40), turn=0.22)
    blades = cover(blade_edge, 0.02) * np.float32(0.10) + tube(blade_edge, 0.016) * np.float32(0.12)
    arm = ellipse(side, y, (0.97, -0.66), (0.11, 0.12), softness=0.02)
    shaft = capsule(side, y, (1.00, -0.58), (1.06, 0.5), 0.062, softness=0.02)
    return np.asarray(0.22 * collars + blades + 0.42 * np.maximum(arm, shaft), dtype=np.float32)


def _vessels(shape: tuple[int, ...]) -> Plane:
    """Return the lungs' vessels: trees that branch out from the two hila."""
    plane: Plane = np.zeros(shape, dtype=np.float32)
    unit = min(shape) / 2
    random = np.random.default_rng(503)
    for sign in (-1.0, 1.0):
        stack = [((sign * 0.13, 0.02), turn, 0.17, 0.024) for turn in (-1.35, -0.75, -0.2, 0.35, 0.85, 1.25)]
        while stack:
            start, turn, length, width = stack.pop()
            end = (start[0] + sign * length * float(np.cos(turn)), start[1] + length * float(np.sin(turn)))
            _draw_vessel(plane, unit, start, end, width)
            if width > 0.0042:  # noqa: PLR2004 -- thinner ones are not seen
                for bend in (-0.36, 0.34):
                    stray = float(random.uniform(-0.22, 0.22))
                    stack.append((end, turn + bend + stray, length * float(random.uniform(0.68, 0.92)), width * 0.66))
    return blur(plane, 1.2)


def _draw_vessel(plane: Plane, unit: float, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    """Add one piece of a vessel, in the part of the plane that it touches."""
    rows, columns = plane.shape
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1] - 0.06, end[1] - 0.06))
    first_row = max(int((top - width) * unit + rows / 2), 0)
    first_column = max(int((left - width) * unit + columns / 2), 0)
    window = plane[
        first_row : max(int((bottom + width) * unit + rows / 2) + 2, 0),
        first_column : max(int((right + width) * unit + columns / 2) + 2, 0),
    ]
    if not window.size:
        return
    y, x = np.indices(window.shape, dtype=np.float32)
    x = (x + first_column + 0.5 - columns / 2) / unit
    y = (y + first_row + 0.5 - rows / 2) / unit + np.float32(0.06)
    run, rise = end[0] - start[0], end[1] - start[1]
    along = np.clip(((x - start[0]) * run + (y - start[1]) * rise) / max(run * run + rise * rise, 1e-9), 0, 1)
    distance = np.hypot(x - start[0] - along * run, y - start[1] - along * rise)
    np.maximum(window, np.sqrt(np.clip(1 - (distance / width) ** 2, 0, 1)) * width * 40, out=window)
