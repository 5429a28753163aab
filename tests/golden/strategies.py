"""Random objects and requests for property tests; anything that headers may say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from golden.grey_cases import FUNCTIONS
from golden.image import CR, CT, DX, ENHANCED_XA, MR, NM, SC, SEGMENTATION, US, XA, image_head, real_image, table_item
from golden.plain import Choices, Request
from golden.plain_grey import possible_range, voi_input_is_signed
from golden.plain_samples import stored_values

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PHOTOMETRICS = st.sampled_from(["MONOCHROME1", "MONOCHROME2"])

#: Slopes as objects have them: none, tiny, negative, with more digits than a float.
SLOPES = st.sampled_from(
    ["1", "1", "0.5", "-1", "0.000005", "-0.25", "3.774114", "12", "-0.0078125", "0.1"]
) | st.floats(-50, 50).filter(lambda slope: abs(slope) > 1e-4).map(lambda slope: f"{slope:.8g}")

#: Native transfer syntaxes: the picture is the same in each.
SYNTAXES = st.sampled_from(
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)

CHOICES = st.builds(
    Choices,
    prefer_window=st.booleans(),
    presentation_lut_shape_wins=st.booleans(),
    draw_overlays=st.sampled_from([True, True, False]),
    apply_display_shutters=st.sampled_from([True, True, False]),
)


def decimal(number: float) -> float:
    """Return a number that a decimal string of 16 characters holds exactly."""
    return float(f"{number:.9g}")


@st.composite
def layouts(draw: st.DrawFn, *, most: int = 64) -> tuple[int, int, int]:
    """Draw Bits Allocated, Bits Stored and High Bit that do not contradict each other."""
    allocated = draw(st.sampled_from([bits for bits in (8, 16, 16, 16, 1, 32, 64) if bits <= most]))
    stored = draw(st.integers(1, allocated))
    return allocated, stored, draw(st.integers(stored - 1, allocated - 1))


@st.composite
def pixel_bytes(draw: st.DrawFn, length: int) -> bytes:
    """Draw native pixel data: simple ones, or noise, in which each value there can be turns up."""
    if draw(st.booleans()):
        data = draw(st.binary(min_size=length, max_size=length))
    else:
        data = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).bytes(length)
    return data + bytes(length % 2)


@st.composite
def grey_heads(draw: st.DrawFn, *, most_bits: int = 64, frames: int = 1) -> Dataset:
    """Draw an image of one sample a pixel with any bits in its cells, and nothing said about display."""
    bits = draw(layouts(most=most_bits))
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 9)))
    sop_class = draw(st.sampled_from([CT, DX, MR, CR, SC, US, XA, ENHANCED_XA, NM, SEGMENTATION, "1.2.3.4"]))
    dataset = image_head(sop_class, draw(PHOTOMETRICS), shape, bits, signed=draw(st.booleans()))
    length = -(-frames * shape[0] * shape[1] * bits[0] // 8)
    dataset.PixelData = draw(pixel_bytes(length))
    dataset["PixelData"].VR = "OB" if bits[0] <= 8 else "OW"
    if frames > 1:
        dataset.NumberOfFrames = frames
    return dataset


@st.composite
def real_heads(draw: st.DrawFn) -> Dataset:
    """Draw an image of float32 or float64 cells, some of them no numbers, around any level."""
    kind = draw(st.sampled_from([np.float32, np.float64]))
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 6)))
    level = draw(st.sampled_from([0.0, 0.0, 1.0, -4e-9, 1e6, 3e15]))
    extent = draw(st.sampled_from([1.0, 1.0, 1000.0, 1e-3, 1e-12, 1e20]))
    reals = st.floats(-1, 1, width=32).map(lambda part: level + part * extent)
    nothings = st.sampled_from([math.nan, math.inf, -math.inf])
    count = shape[0] * shape[1]
    values = draw(st.lists(st.one_of(reals, reals, reals, nothings), min_size=count, max_size=count))
    return real_image(np.array(values, kind).reshape(shape))


@st.composite
def stored_numbers(draw: st.DrawFn, dataset: Dataset) -> int:
    """Draw a value that a cell of 16 bits could store; mostly one that the first frame does."""
    ends = possible_range(dataset, None, None)
    low, high = int(max(ends.lowest, -32768)), int(min(ends.highest, 32767 if ends.lowest < 0 else 65535))
    there: list[int] = sorted({value for value in stored_values(dataset, 1) if low <= value <= high})
    if there and draw(st.integers(0, 3)) > 0:
        return there[draw(st.integers(0, len(there) - 1))]
    return draw(st.integers(low, high))


@st.composite
def paddings(draw: st.DrawFn, dataset: Dataset) -> dict[str, int]:
    """Draw Pixel Padding Value, and maybe Range Limit."""
    attributes = {"PixelPaddingValue": draw(stored_numbers(dataset))}
    if draw(st.booleans()):
        attributes["PixelPaddingRangeLimit"] = draw(stored_numbers(dataset))
    return attributes


@st.composite
def tables(draw: st.DrawFn, lowest: float, highest: float, *, signed: bool) -> Dataset:
    """Draw a LUT item whose first value mapped is near a range, within what its sign allows."""
    least, most = (-32768, 32767) if signed else (0, 65535)
    low, high = (min(max(int(end), least), most) for end in (lowest, highest))
    first = draw(st.integers(max(low - 20, least), min(high + 20, most)))
    bits = draw(st.integers(8, 16))
    entries = draw(st.lists(st.integers(0, 2**bits - 1), min_size=2, max_size=40))
    return table_item(entries, first=first, bits=bits, byte_packed=bits == 8 and draw(st.booleans()))


@st.composite
def transformations(draw: st.DrawFn, dataset: Dataset) -> dict[str, Any]:
    """Draw a rescale, a Modality LUT, or neither."""
    kind = draw(st.sampled_from(["none", "rescale", "lut"]))
    if kind == "rescale":
        intercept = draw(st.sampled_from([0.0, -1024.0, 0.125, 33000.0]) | st.floats(-3000, 3000).map(decimal))
        return {"RescaleSlope": draw(SLOPES), "RescaleIntercept": intercept}
    if kind == "lut":
        ends = possible_range(dataset, None, None)
        lut = draw(tables(ends.lowest, ends.highest, signed=dataset.PixelRepresentation == 1))
        return {"ModalityLUTSequence": [lut]}
    return {}


@st.composite
def windows(draw: st.DrawFn, lowest: float, highest: float, function: str) -> tuple[float, float]:
    """Draw center and width near a range of values after the Modality LUT."""
    extent = max(highest - lowest, 1e-6)
    center = lowest + draw(st.floats(-0.2, 1.2)) * extent
    width = draw(st.sampled_from([1.0, 0.5, 0.1, 0.01, 1.5])) * extent
    if draw(st.booleans()):
        center, width = float(round(center)), float(round(width))
    least = 1 if function == "LINEAR" else 1e-4
    return decimal(center), decimal(max(width, least))


@st.composite
def vois(draw: st.DrawFn, dataset: Dataset, frame_number: int, rescale: Any, table: Any) -> dict[str, Any]:  # noqa: ANN401 -- as the model has them
    """Draw windows and VOI LUTs: both, one of them, or neither."""
    ends = possible_range(dataset, rescale, table)
    attributes: dict[str, Any] = {}
    function = draw(st.sampled_from([*FUNCTIONS, ""]))
    if function:
        attributes["VOILUTFunction"] = function
    if draw(st.booleans()):
        pairs = [draw(windows(ends.lowest, ends.highest, function or "LINEAR")) for _ in range(draw(st.integers(1, 2)))]
        attributes["WindowCenter"], attributes["WindowWidth"] = (list(numbers) for numbers in zip(*pairs, strict=True))
    if draw(st.booleans()):
        signed = voi_input_is_signed(dataset, frame_number)
        attributes["VOILUTSequence"] = [draw(tables(ends.lowest, ends.highest, signed=signed)) for _ in range(2)]
    return attributes


@st.composite
def regions(draw: st.DrawFn) -> tuple[str, str, str, str] | None:
    """Draw a region, or none."""
    if draw(st.booleans()):
        return None
    xmin, xmax = sorted(draw(st.lists(st.integers(0, 10000), min_size=2, max_size=2, unique=True)))
    ymin, ymax = sorted(draw(st.lists(st.integers(0, 10000), min_size=2, max_size=2, unique=True)))
    return f"{xmin / 10000}", f"{ymin / 10000}", f"{xmax / 10000}", f"{ymax / 10000}"


@st.composite
def requests(draw: st.DrawFn, *, frames: int = 1) -> Request:
    """Draw what a request says, but a window."""
    return Request(
        frame_number=draw(st.integers(1, frames)), region=draw(regions()), bit_depth=draw(st.sampled_from([8, 8, 16]))
    )
