"""The Image Pixel module (PS3.3 C.7.6.3) as a value."""

from __future__ import annotations

from typing import Literal

import msgspec

#: Greatest Bits Allocated that can be read; wider cells fit no integer.
BITS_ALLOCATED_MAX = 64

PixelElement = Literal["PixelData", "FloatPixelData", "DoubleFloatPixelData"]


class ImagePixel(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How the stored values of an image are laid out.

    Attributes:
        rows: 1 … 65535.
        columns: 1 … 65535.
        samples_per_pixel: 1, 3 or (retired) 4.
        photometric_interpretation: the defined term as stored, trimmed and upper case.
        bits_allocated: 1 … 64; native cells are packed without gaps (PS3.5 8.1.1), 1 or a multiple of 8 today.
        bits_stored: 1 … bits_allocated (equal to bits_allocated for float elements).
        high_bit: bits_stored - 1 in any object of today; older ones differ (RR-1).
        pixel_representation: 0 unsigned, 1 two's complement.
        planar_configuration: 0 samples interleaved, 1 plane after plane; 0 where samples_per_pixel is 1.
        number_of_frames: at least 1.
        element: which element holds the pixels.
    """

    rows: int
    columns: int
    samples_per_pixel: int
    photometric_interpretation: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    pixel_representation: int
    planar_configuration: int
    number_of_frames: int
    element: PixelElement

    @property
    def frame_bits(self) -> int:
        """Length of one native frame in bits (PS3.5 8.1.1; YBR_FULL_422 and _PARTIAL_422 hold two samples a pixel)."""
        samples = self.samples_per_pixel
        if samples == 3 and self.photometric_interpretation in ("YBR_FULL_422", "YBR_PARTIAL_422"):  # noqa: PLR2004
            samples = 2
        return self.rows * self.columns * samples * self.bits_allocated
