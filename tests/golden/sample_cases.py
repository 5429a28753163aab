"""Golden cases of section 13.1: what bits are stored values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.case import Case, Variant, variants
from golden.image import CT, DX, SEGMENTATION, grey_image, real_image, scene
from golden.plain import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

#: Bits Allocated, Bits Stored and High Bit that objects of all ages have.
LAYOUTS = {
    "8_of_8": (8, 8, 7),
    "5_of_8_in_the_middle": (8, 5, 6),
    "12_of_16": (16, 12, 11),
    "12_of_16_on_top": (16, 12, 15),
    "10_of_16_in_the_middle": (16, 10, 12),
    "16_of_16": (16, 16, 15),
    "24_of_32": (32, 24, 23),
    "32_of_32": (32, 32, 31),
    "20_of_32_on_top": (32, 20, 31),
    "40_of_64": (64, 40, 39),
    "64_of_64": (64, 64, 63),
}


def sample_cases() -> Iterator[Case]:
    """Yield the cases."""
    clause = "RR-1, RR-2, RR-20a: stored bits anywhere in their cells, garbage around them, from black to white"
    for name, bits in LAYOUTS.items():
        yield from variants(f"rr_1_{name}", clause, partial(_layout, bits))
    yield from variants(
        "rr_1_window",
        "RR-1, RR-20: a window in stored values, something else in the bits above",
        lambda variant: grey_image(
            scene(-2000 if variant.signed else 0, 2000 if variant.signed else 4000),
            CT,
            variant.photometric,
            signed=variant.signed,
            garbage=0xA000,
            WindowCenter=500,
            WindowWidth=1500,
        ),
    )
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        for number in (1, 2, 3):
            yield Case(
                f"rr_2_single_bits_frame_{number}_{photometric.lower()}",
                "RR-2: single bits, frames not padded to bytes; RR-20a: 0 is black and 1 is white, before polarity",
                partial(_single_bits, photometric),
                Request(frame_number=number),
            )
    for kind in (np.float32, np.float64):
        clause = "RR-3, RR-20a: what is no number is black and has no say in the range"
        yield Case(f"rr_3_{kind.__name__}", clause, partial(_reals, kind))
    clause = "RR-3, RR-20: a window of the request acts on floats; a width of 1 is a ramp of 0.0 … 1.0"
    yield Case("rr_3_float32_window", clause, partial(_reals, np.float32), Request(window=(0.75, 1)))


def _layout(bits: tuple[int, int, int], variant: Variant) -> Dataset:
    """Return an image of a class that shows its possible range: a wrong bit, sign or range shows at once."""
    low = -(2 ** (bits[1] - 1)) if variant.signed else 0
    values = scene(low, low + 2 ** bits[1] - 1)
    garbage = np.array([place * 0x9E3779B97F4A7C15 for place in range(values.size)], object).reshape(values.shape)
    return grey_image(values, DX, variant.photometric, bits=bits, signed=variant.signed, garbage=garbage)


def _single_bits(photometric: str) -> Dataset:
    """Return three frames of 63 bits: the second starts in the eighth byte, the third in the sixteenth."""
    frame, row, column = np.mgrid[0:3, 0:9, 0:7]
    letters = ((row * column + row + frame) % 3 == 0).astype(int)
    dataset = grey_image(letters, SEGMENTATION, photometric, bits=(1, 1, 0))
    dataset.PixelData += b"\xff\xff\xff\xff"  # excess padding is tolerated
    return dataset


def _reals(kind: type[np.floating[Any]]) -> Dataset:
    values = scene(-1000, 1000).astype(kind) * kind(1e-3)
    values[2:5, 10:20] = np.nan
    values[6, 12:20], values[7, 12:20] = np.inf, -np.inf
    return real_image(values)
