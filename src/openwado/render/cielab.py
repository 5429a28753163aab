"""CIELab colours of attributes as sRGB (PS3.3 C.10.7.1.1; RR-25, RR-42)."""

from __future__ import annotations

import numpy as np

_LIGHTNESS_SCALE = 100 / 65535
_CHROMA_SCALE = 255 / 65535
_CHROMA_ZERO = 128.0
_WHITE_D50 = np.array([0.9642, 1.0, 0.8249])
_EPSILON = 6 / 29

#: XYZ of D50 to linear sRGB: Bradford adaptation to D65, then the primaries of IEC 61966-2-1, as one matrix.
_TO_LINEAR = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_LINEAR_END = 0.0031308


def to_srgb(lab: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return red, green and blue, 0 … 255, for L*, a* and b* as 16-bit values; clipped where sRGB has no such colour.

    Args:
        lab: 0 … 65535 each: L* 0 … 100, a* and b* -128 … 127 (0x8080 is 0).
    """
    lightness = lab[0] * _LIGHTNESS_SCALE
    a, b = (value * _CHROMA_SCALE - _CHROMA_ZERO for value in lab[1:])
    middle = (lightness + 16) / 116
    ratios = np.array([middle + a / 500, middle, middle - b / 200])
    xyz = _WHITE_D50 * np.where(ratios > _EPSILON, ratios**3, 3 * _EPSILON**2 * (ratios - 4 / 29))
    linear = np.clip(_TO_LINEAR @ xyz, 0.0, 1.0)
    encoded = np.where(linear <= _LINEAR_END, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.floor(encoded * 255 + 0.5).astype(int).tolist()
    return red, green, blue
