"""Two charts without a word: colours in RLE, and greys in a deflated object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from openwado.samples.attributes import Sample, Series, Study, composite, describe_pixels, encapsulated, native, sample
from openwado.samples.shapes import cover, grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.samples.shapes import Plane

ROWS, COLUMNS = 480, 640
GREY_SIZE = 512


def charts(study: Study) -> Iterator[Sample]:
    """Yield a colour chart (RGB, RLE) and a grey chart (12 bit, deflated)."""
    series = Series(study, 2, "OT", "Charts")
    colours = _colours()
    dataset = composite(series, SecondaryCaptureImageStorage, 1)
    dataset.ConversionType = "SYN"
    describe_pixels(dataset, colours, "RGB", bits_stored=8)
    encapsulated(dataset, [_run_lengths(colours)])
    yield sample(series, dataset, RLELossless)

    greys = _greys()
    dataset = composite(series, MultiFrameGrayscaleWordSecondaryCaptureImageStorage, 2)
    dataset.ConversionType, dataset.BurnedInAnnotation = "SYN", "NO"
    describe_pixels(dataset, greys, "MONOCHROME2", bits_stored=12)
    dataset.NumberOfFrames = 1
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    native(dataset, greys)
    yield sample(series, dataset, DeflatedExplicitVRLittleEndian)


def _run_lengths(cells: NDArray[np.uint8]) -> bytes:
    """Return an RLE frame: a header of 64 bytes and a segment of PackBits rows for each sample (PS3.5 G.3-G.5)."""
    segments = []
    for plane in np.moveaxis(cells, -1, 0):
        data = b"".join(bytes(imagecodecs.packbits_encode(row.tobytes())) for row in plane)
        segments.append(data + bytes(len(data) % 2))
    offsets = np.zeros(16, dtype="<u4")
    offsets[0] = len(segments)
    offsets[1 : len(segments) + 1] = np.cumsum([64, *(len(segment) for segment in segments[:-1])])
    return offsets.tobytes() + b"".join(segments)


def _colours() -> NDArray[np.uint8]:
    """Return bars of colour, a wheel of hues, and steps of grey."""
    x, y = grid(ROWS, COLUMNS)
    picture = np.full((ROWS, COLUMNS, 3), 0.16, dtype=np.float32)
    bars = np.array(
        [[0.75] * 3, [0.75, 0.75, 0], [0, 0.75, 0.75], [0, 0.75, 0], [0.75, 0, 0.75], [0.75, 0, 0], [0, 0, 0.75]]
    )
    picture[:96] = bars[np.arange(COLUMNS) * len(bars) // COLUMNS]
    steps = np.arange(COLUMNS) * 16 // COLUMNS / 15
    picture[ROWS - 72 :] = steps[:, None]
    picture[ROWS - 84 : ROWS - 72] = np.linspace(0, 1, COLUMNS)[:, None]
    wheel = cover(0.66 - np.hypot(x, y + 0.05), 0.008)[..., None]
    picture += wheel * (_wheel(x, y + 0.05) - picture)
    _patches(picture)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _wheel(x: Plane, y: Plane) -> Plane:
    """Return all hues around the middle, pale inside and full outside, in 24 sectors and 6 rings."""
    hue = np.floor((np.arctan2(y, x) / (2 * np.pi) + 0.5) * 24) / 24
    saturation = np.clip(np.floor(np.hypot(x, y) / 0.66 * 6 + 1) / 6, 0, 1)[..., None]
    parts = np.abs(np.mod(hue[..., None] * 6 + np.array([0.0, 4.0, 2.0]), 6) - 3) - 1
    return np.asarray(1 - saturation * (1 - np.clip(parts, 0, 1)), dtype=np.float32)


def _patches(picture: Plane) -> None:
    """Put patches of skin, tissue and sky tones at both sides, 4 on each."""
    tones = (
        ((0.45, 0.32, 0.26), (0.76, 0.58, 0.50), (0.36, 0.48, 0.61), (0.34, 0.42, 0.26)),
        ((0.62, 0.15, 0.18), (0.86, 0.42, 0.40), (0.93, 0.80, 0.55), (0.38, 0.24, 0.42)),
    )
    for column, side in zip((18, COLUMNS - 78), tones, strict=True):
        for number, tone in enumerate(side):
            row = 116 + number * 68
            picture[row : row + 56, column : column + 60] = tone


def _greys() -> NDArray[np.uint16]:
    """Return a zone plate (rings that get finer) in a frame of grey steps."""
    x, y = grid(GREY_SIZE, GREY_SIZE)
    radius = np.hypot(x, y)
    rings = 0.5 + 0.5 * np.cos(np.float32(GREY_SIZE * 0.36) * radius**2)
    plane = np.where(radius < 0.80, rings, 0.30)  # noqa: PLR2004 -- the rings' edge
    steps = np.arange(GREY_SIZE) * 16 // GREY_SIZE / 15
    band = 44
    plane[:band], plane[-band:] = steps, steps[::-1]
    plane[:, :band], plane[:, -band:] = steps[::-1, None], steps[:, None]
    low = np.hypot(np.abs(x) - 0.62, np.abs(y) - 0.62) < 0.12  # noqa: PLR2004 -- four discs, hard to see
    plane[low] += np.float32(0.02)
    return np.asarray(np.rint(np.clip(plane, 0, 1) * 4095), dtype=np.uint16)
