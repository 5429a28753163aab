"""A beating heart by ultrasound: four chambers in a sector of speckle, blood in colour, an ECG line below."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.tag import Tag
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from openwado.samples.attributes import Sample, Series, Study, composite, describe_pixels, encapsulated, sample
from openwado.samples.shapes import blur, capsule, cover, ellipse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.shapes import Plane

ROWS, COLUMNS, FRAMES = 480, 640, 20
FRAME_TIME = 50.0  # ms
#: The sector: where it starts on the picture, how far it reaches (pixels), and half its opening (radians).
APEX_ROW, APEX_COLUMN, REACH, OPENING = 14, 320, 400, 0.72
RANGES, ANGLES = 330, 210


@dataclass(frozen=True, slots=True)
class Heart:
    """One moment of the heart, on the sector's own grid of range and angle.

    Attributes:
        echo: how strongly each place answers, 0 … 1.
        velocity: of the blood towards the probe, -1 … 1, where it is measured.
    """

    echo: Plane
    velocity: Plane


def ultrasound(study: Study) -> Iterator[Sample]:
    """Yield one cine loop: 20 colour frames 640 x 480, JPEG baseline with YBR_FULL_422, 50 ms a frame."""
    series = Series(study, 1, "US", "Four chambers, colour flow")
    frames = list(_frames())
    dataset = composite(series, UltrasoundMultiFrameImageStorage, 1)
    describe_pixels(dataset, frames[0], "YBR_FULL_422", bits_stored=8)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "", "0011"]
    dataset.NumberOfFrames = FRAMES
    dataset.FrameIncrementPointer = Tag("FrameTime")
    dataset.FrameTime = FRAME_TIME
    dataset.CineRate = round(1000 / FRAME_TIME)
    dataset.BurnedInAnnotation = "NO"
    encoded = [
        bytes(imagecodecs.jpeg8_encode(frame, level=86, colorspace="rgb", outcolorspace="ycbcr", subsampling="422"))
        for frame in frames
    ]
    native_length = sum(frame.nbytes for frame in frames)
    dataset.LossyImageCompression, dataset.LossyImageCompressionMethod = "01", "ISO_10918_1"
    dataset.LossyImageCompressionRatio = round(native_length / sum(len(frame) for frame in encoded), 1)
    encapsulated(dataset, encoded)
    yield sample(series, dataset, JPEGBaseline8Bit)


def _frames() -> Iterator[NDArray[np.uint8]]:
    """Yield the finished pictures, RGB."""
    inside, place = _scan_conversion()
    speckle = [_speckle(seed) for seed in (601, 602, 603)]
    turbulence = blur(speckle[0].real, 3.0)
    turbulence /= turbulence.std()
    screen = _screen()
    for number in range(FRAMES):
        phase = 2 * np.pi * number / FRAMES
        heart = _heart(phase)
        eddies = np.float32(1.0) + np.float32(0.22) * np.roll(turbulence, -number * RANGES // FRAMES, axis=0)
        amplitude = np.abs(speckle[0] + 0.55 * (np.cos(phase) * speckle[1] + np.sin(phase) * speckle[2]))
        grey = np.clip(0.62 + 0.24 * np.log(heart.echo * amplitude + np.float32(0.012)), 0, 1)
        picture = screen.copy()
        picture[inside] = _coloured(place.look_up(grey), place.look_up(heart.velocity * eddies))
        _draw_trace(picture, number)
        yield picture


@dataclass(frozen=True, slots=True)
class _Place:
    """Where each pixel of the sector is on the grid of range and angle: four neighbours and their weights."""

    indices: tuple[NDArray[np.intp], ...]
    weights: tuple[Plane, ...]

    def look_up(self, plane: Plane) -> Plane:
        flat = plane.ravel()
        total = np.zeros(self.indices[0].shape, dtype=np.float32)
        for index, weight in zip(self.indices, self.weights, strict=True):
            total += flat[index] * weight
        return total


def _scan_conversion() -> tuple[NDArray[np.bool_], _Place]:
    row, column = np.indices((ROWS, COLUMNS), dtype=np.float32)
    distance = np.hypot(row - APEX_ROW, column - APEX_COLUMN)
    angle = np.arctan2(column - APEX_COLUMN, row - APEX_ROW)
    inside = (np.abs(angle) < OPENING) & (distance < REACH) & (distance > 12)  # noqa: PLR2004 -- the probe's face
    along = distance[inside] / REACH * (RANGES - 2)
    across = (angle[inside] / OPENING + 1) / 2 * (ANGLES - 2)
    first, left = along.astype(np.intp), across.astype(np.intp)
    down, right = along - first, across - left
    corner = first * ANGLES + left
    indices = (corner, corner + 1, corner + ANGLES, corner + ANGLES + 1)
    weights = ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right)
    return inside, _Place(indices, tuple(weight.astype(np.float32) for weight in weights))


def _speckle(seed: int) -> NDArray[np.complex64]:
    """Return interference of many small echoes: fine along the beam, wide across it."""
    random = np.random.default_rng(seed)
    parts = [
        blur(random.standard_normal((RANGES, ANGLES * 2), dtype=np.float32), 1.1)[:, ::2] for _ in ("real", "imaginary")
    ]
    field = parts[0] + 1j * parts[1]
    smoothed = field + np.roll(field, 1, axis=1) * 0.7
    return np.asarray(smoothed / np.abs(smoothed).mean(), dtype=np.complex64)


def _grid() -> tuple[Plane, Plane, Plane]:
    """Return x (to the right), y (away from the probe) and the distance, in units of the sector's reach."""
    distance = np.linspace(0, 1, RANGES, dtype=np.float32)[:, None]
    angle = np.linspace(-OPENING, OPENING, ANGLES, dtype=np.float32)
    return distance * np.sin(angle), distance * np.cos(angle), np.broadcast_to(distance, (RANGES, ANGLES))


def _heart(phase: float) -> Heart:
    """Return the heart at a phase: 0 is full, pi is empty."""
    x, y, distance = _grid()
    full = float(np.cos(phase))
    lean = x - np.float32(0.10) * (y - np.float32(0.55))
    left = ellipse(lean, y, (0.115, 0.47 + 0.008 * full), (0.118 + 0.022 * full, 0.205 + 0.018 * full), softness=0.03)
    right = ellipse(lean, y, (-0.135, 0.50), (0.088 + 0.014 * full, 0.165 + 0.014 * full), softness=0.03)
    left_atrium = ellipse(lean, y, (0.105, 0.835), (0.125 - 0.012 * full, 0.115 - 0.016 * full), softness=0.03)
    right_atrium = ellipse(lean, y, (-0.135, 0.815), (0.115 - 0.010 * full, 0.110 - 0.014 * full), softness=0.03)
    passage = ellipse(np.abs(lean + 0.010), y, (0.125, 0.69), (0.048 * (0.55 + 0.45 * full), 0.085), softness=0.02)
    blood = np.maximum(np.maximum(np.maximum(left, right), np.maximum(left_atrium, right_atrium)), passage)
    muscle = ellipse(lean, y, (0.0, 0.60), (0.325 + 0.010 * full, 0.425), softness=0.05)
    sac = muscle - ellipse(lean, y, (0.0, 0.60), (0.305 + 0.010 * full, 0.405), softness=0.05)
    fade = np.float32(1.0) - np.float32(0.45) * distance
    echo = (
        np.float32(0.11) + np.float32(0.34) * muscle + np.float32(0.95) * sac + np.float32(0.5) * cover(0.10 - y, 0.08)
    )
    echo = echo * (1 - np.float32(0.975) * blood) + _valves(lean, y, full)
    velocity = _flow(lean, y, phase) * np.maximum(np.maximum(left, left_atrium), passage)
    return Heart(np.asarray(echo * fade, dtype=np.float32), velocity)


def _valves(x: Plane, y: Plane, full: float) -> Plane:
    """Return the leaflets between the chambers: open downwards flow while the heart fills."""
    swing = 0.5 + 0.5 * full
    total = np.zeros_like(x)
    for hinge, tip in ((0.015, 0.085), (0.215, 0.140), (-0.045, -0.115), (-0.225, -0.160)):
        opened = hinge + (tip - hinge) * (1 - 0.62 * swing)
        total = np.maximum(total, capsule(x, y, (hinge, 0.685), (opened, 0.690 - 0.085 * swing), 0.007, softness=0.012))
    return np.asarray(0.9 * total, dtype=np.float32)


def _flow(x: Plane, y: Plane, phase: float) -> Plane:
    """Return the blood's velocity: filling towards the probe, then a jet back into the atrium."""
    filling, pumping = max(np.cos(phase), 0.0) ** 0.7, max(-np.cos(phase), 0.0) ** 0.7
    inflow = np.exp(-(((x - 0.115) / 0.055) ** 2) - ((y - 0.60) / 0.15) ** 2) * filling
    swirl = np.exp(-(((x - 0.19) / 0.035) ** 2) - ((y - 0.45) / 0.11) ** 2) * filling * 0.55
    outflow = np.exp(-(((x - 0.055) / 0.040) ** 2) - ((y - 0.56) / 0.13) ** 2) * pumping * 0.8
    jet = np.exp(-(((x - 0.100 - 0.10 * (y - 0.72)) / 0.030) ** 2) - ((y - 0.79) / 0.075) ** 2) * pumping
    return np.asarray(inflow - swirl - outflow - 1.1 * jet, dtype=np.float32)


def _coloured(grey: Plane, velocity: Plane) -> NDArray[np.uint8]:
    """Return RGB: grey, or the colour of the velocity where there is enough of it."""
    strength = np.clip(np.abs(velocity), 0, 1)
    shown = np.clip((strength - 0.13) / 0.05, 0, 1)[:, None]
    return np.rint((np.repeat(grey[:, None], 3, axis=1) * (1 - shown) + flow_colour(velocity) * shown) * 255).astype(
        np.uint8
    )


def flow_colour(velocity: Plane) -> Plane:
    """Return RGB (0 … 1) for velocities -1 … 1: red to yellow towards the probe, blue to cyan away from it."""
    strength = np.clip(np.abs(velocity), 0, 1)
    first = np.float32(0.30) + np.float32(0.70) * np.sqrt(strength)
    second = np.clip(strength * np.float32(1.5) - np.float32(0.45), 0, 1) * np.float32(0.9)
    third = np.float32(0.10) * strength
    towards = np.stack([first, second, third], axis=-1)
    return np.where((velocity >= 0)[..., None], towards, towards[..., ::-1]).astype(np.float32)


def _screen() -> NDArray[np.uint8]:
    """Return what stands still around the sector: a grey bar, a colour bar and depth marks."""
    picture = np.zeros((ROWS, COLUMNS, 3), dtype=np.uint8)
    ramp = np.linspace(255, 0, 120)[:, None, None]
    picture[40:160, 606:620] = ramp.astype(np.uint8)
    velocity = np.linspace(1, -1, 150, dtype=np.float32)[:, None] * np.ones((1, 14), dtype=np.float32)
    picture[190:340, 606:620] = np.rint(flow_colour(velocity) * 255).astype(np.uint8)
    for number in range(11):
        row = APEX_ROW + number * REACH // 10
        picture[row : row + 2, 30 : 42 if number % 5 == 0 else 37] = 150
    return picture


def _draw_trace(picture: NDArray[np.uint8], number: int) -> None:
    """Draw the ECG of two beats along the bottom, with a mark at this frame's time."""
    time = np.linspace(0, 2, COLUMNS - 80)
    beat = np.mod(time - 0.30, 1.0)
    line = (
        0.13 * np.exp(-(((beat - 0.30) / 0.035) ** 2))
        + 1.0 * np.exp(-(((beat - 0.50) / 0.013) ** 2))
        - 0.22 * np.exp(-(((beat - 0.47) / 0.012) ** 2))
        - 0.28 * np.exp(-(((beat - 0.535) / 0.014) ** 2))
        + 0.26 * np.exp(-(((beat - 0.76) / 0.060) ** 2))
    )
    rows = np.rint(ROWS - 22 - 30 * line).astype(int)
    for column, (above, below) in enumerate(pairwise(rows), start=40):
        picture[min(above, below) : max(above, below) + 2, column] = (70, 220, 130)
    now = 40 + round((number + 0.5) / FRAMES * (COLUMNS - 80) / 2)
    picture[ROWS - 62 : ROWS - 8, now : now + 2] = (240, 200, 70)
