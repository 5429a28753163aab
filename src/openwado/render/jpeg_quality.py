"""The scale of imageQuality for JPEG: libjpeg's, from the standard's example tables (REQ-URI-8.2.8-4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: ISO 10918-1 table K.1, in zigzag order.
LUMINANCE = (
    *(16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40),
    *(26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51),
    *(56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87),
    *(95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99),
)

#: ISO 10918-1 table K.2, in zigzag order.
CHROMINANCE = (
    *(17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99),
    *(99,) * 48,
)

_HALF_WAY = 50


@lru_cache(maxsize=256)
def quantization_of(quality: int, example: tuple[int, ...]) -> bytes:
    """Return the table that an encoder uses at a quality.

    Args:
        quality: 1 … 100.
        example: `LUMINANCE` or `CHROMINANCE`.
    """
    percent = 5000 // quality if quality < _HALF_WAY else 200 - 2 * quality
    return bytes(min(max((step * percent + 50) // 100, 1), 255) for step in example)


def gains_nothing(quality: int, quantization: Sequence[bytes]) -> bool:
    """Say whether encoding again at a quality would keep every step of a stream as fine as it is, or make it finer.

    Then it could only add errors, and no bytes would be saved. Whatever is true for a quality is true above it.

    Args:
        quality: 1 … 100.
        quantization: the table of each component, 64 steps in zigzag order; the first is luminance.
    """
    return all(
        ours <= theirs
        for number, table in enumerate(quantization)
        for ours, theirs in zip(quantization_of(quality, CHROMINANCE if number else LUMINANCE), table, strict=True)
    )
