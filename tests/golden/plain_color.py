"""Colours by the letter of section 13.2: one pixel at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.plain_samples import color_samples
from golden.plain_tables import palette_byte, palette_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from golden.plain_tables import Table

Color = tuple[int, int, int]


def color_pixels(dataset: Dataset, frame_number: int) -> NDArray[np.int64]:
    """RR-15: samples of a colour image to RGB, 0 … 255; no grey step has a part in it."""
    samples = color_samples(dataset, frame_number)
    space, bits = dataset.PhotometricInterpretation, dataset.BitsStored
    pixels = np.empty(samples.shape, np.int64)
    for place in np.ndindex(samples.shape[:2]):
        pixels[place] = to_rgb(space, tuple(samples[place]), bits)
    return pixels


def to_rgb(photometric_interpretation: str, samples: Color, bits: int) -> Color:
    """RR-7, RR-9: RGB of 8 bits; clamped to 2^n - 1, which is white, and rounded half up once, at the end."""
    white = 2**bits - 1
    color: tuple[float, float, float] = samples
    if photometric_interpretation in ("YBR_FULL", "YBR_FULL_422"):
        color = full_range(*samples, 2 ** (bits - 1))
    elif photometric_interpretation == "YBR_PARTIAL_422":
        color = partial_range(*samples)
    red, green, blue = (_rounded(min(max(value, 0), white) * 255 / white) for value in color)
    return red, green, blue


def full_range(y: int, cb: int, cr: int, middle: int) -> tuple[float, float, float]:
    """RR-7: for n bits 128 is replaced by 2^(n-1)."""
    return (
        y + 1.402 * (cr - middle),
        y - 0.344136 * (cb - middle) - 0.714136 * (cr - middle),
        y + 1.772 * (cb - middle),
    )


def partial_range(y: int, cb: int, cr: int) -> tuple[float, float, float]:
    """RR-9: Y 16 … 235, chroma 16 … 240."""
    grey = 1.1644 * (y - 16)
    return (
        grey + 1.5960 * (cr - 128),
        grey - 0.3917 * (cb - 128) - 0.8130 * (cr - 128),
        grey + 2.0173 * (cb - 128),
    )


def palette_pixels(values: NDArray[Any], dataset: Dataset) -> NDArray[np.int64]:
    """RR-12: stored values to palette colours."""
    palette = palette_of(dataset)
    return np.array([palette_color(value, palette) for value in values.ravel()]).reshape(*values.shape, 3)


def palette_color(value: int, palette: tuple[Table, Table, Table]) -> Color:
    """RR-12: the three tables at one stored value."""
    red, green, blue = (palette_byte(table, value) for table in palette)
    return red, green, blue


def srgb_of_lab(lab: Color) -> Color:
    """RR-42: 16-bit CIELab, D50, to sRGB: XYZ of D50, Bradford to D65, sRGB matrix and gamma, clipped."""
    lightness, a, b = lab[0] / 65535 * 100, lab[1] * 255 / 65535 - 128, lab[2] * 255 / 65535 - 128
    fy = (lightness + 16) / 116
    white_d50, white_d65 = np.array([0.96422, 1.0, 0.82521]), np.array([0.95047, 1.0, 1.08883])
    xyz = white_d50 * [_uncompressed(fraction) for fraction in (fy + a / 500, fy, fy - b / 200)]
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    adapted = np.linalg.inv(bradford) @ np.diag((bradford @ white_d65) / (bradford @ white_d50)) @ bradford @ xyz
    to_linear = np.array(
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    )
    red, green, blue = (_rounded(_gamma(min(max(float(part), 0.0), 1.0)) * 255) for part in to_linear @ adapted)
    return red, green, blue


def _uncompressed(fraction: float) -> float:
    return fraction**3 if fraction > 6 / 29 else 3 * (6 / 29) ** 2 * (fraction - 4 / 29)


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
