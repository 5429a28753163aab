"""The grey chain beside the plain model of the clauses, over anything a header may say (RR-1, RR-17 … RR-21, RR-27)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.image import with_attributes
from golden.plain_grey import modality_of, possible_range
from golden.plain_samples import real_values
from golden.produced import check_picture
from golden.strategies import (
    CHOICES,
    SLOPES,
    grey_heads,
    paddings,
    real_heads,
    requests,
    transformations,
    vois,
    windows,
)
from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, Picture
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

TERMS = {"PresentationLUTShape": ("IDENTITY", "INVERSE"), "PixelIntensityRelationship": ("LOG", "DISP", "LIN")}


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_grey_objects_are_drawn_as_the_clauses_say(data: st.DataObject) -> None:
    """RR-1 … RR-27: any cells, padding, Modality LUT, VOI, polarity, window, region and depth: the model's picture."""
    dataset = data.draw(grey_heads())
    if data.draw(st.booleans()):
        with_attributes(dataset, data.draw(paddings(dataset)))
    with_attributes(dataset, data.draw(transformations(dataset)))
    for name, terms in TERMS.items():
        term = data.draw(st.none() | st.sampled_from(terms))
        if term:
            setattr(dataset, name, term)
    if data.draw(st.integers(0, 9)) == 0:
        dataset.SegmentationType, dataset.MaximumFractionalValue = "FRACTIONAL", data.draw(st.integers(1, 255))
    rescale, table = modality_of(dataset, 1)
    with_attributes(dataset, data.draw(vois(dataset, 1, rescale, table)))
    request = data.draw(requests())
    if data.draw(st.integers(0, 3)) == 0:
        ends = possible_range(dataset, rescale, table)
        function = dataset.get("VOILUTFunction", "LINEAR")
        request = replace(request, window=data.draw(windows(ends.lowest, ends.highest, function)))
    check_picture(dataset, request, data.draw(CHOICES))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_without_voi_the_range_is_that_of_the_clause(data: st.DataObject) -> None:
    """RR-17, RR-20a: the possible range or that of the frame, in which padding has no say, and regions none."""
    dataset = data.draw(grey_heads())
    with_attributes(dataset, data.draw(paddings(dataset)))
    with_attributes(dataset, data.draw(transformations(dataset)))
    if data.draw(st.booleans()):
        dataset.PresentationLUTShape = "IDENTITY"
    check_picture(dataset, data.draw(requests()))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_reals_are_drawn_as_the_clauses_say(data: st.DataObject) -> None:
    """RR-3, RR-18, RR-20: floats of any size, with or without rescale and window; what is no number is black."""
    dataset = data.draw(real_heads())
    if data.draw(st.booleans()):
        with_attributes(dataset, {"RescaleSlope": data.draw(SLOPES), "RescaleIntercept": data.draw(st.just(0))})
    request = data.draw(requests())
    shown = [value for value in real_values(dataset, 1) if math.isfinite(value)]
    windowed: bool = data.draw(st.booleans())
    if shown and windowed:
        request = replace(request, window=data.draw(windows(min(shown), max(shown), "LINEAR")))
    check_picture(dataset, request)


@st.composite
def formats(draw: st.DrawFn) -> tuple[int, int, int, bool]:
    """Draw cell bits, bits stored, high bit and sign that do not contradict each other."""
    cell_bits = draw(st.sampled_from([8, 16]))
    bits = draw(st.integers(1, cell_bits))
    high_bit = draw(st.integers(bits - 1, cell_bits - 1))
    return cell_bits, bits, high_bit, draw(st.booleans())


numbers = st.floats(-5000, 5000, allow_nan=False).map(lambda number: round(number, 3))


@settings(max_examples=60, deadline=None)
@given(
    sample_format=formats(),
    seed=st.integers(0, 2**32 - 1),
    window=st.tuples(numbers, st.sampled_from([1.0, 3.0, 80.0, 4000.0])),
    rows=st.integers(1, 24),
    columns=st.integers(1, 24),
)
def test_unused_bits_change_nothing_at_any_size(
    sample_format: tuple[int, int, int, bool], seed: int, window: tuple[float, float], rows: int, columns: int
) -> None:
    """RR-1: a frame with garbage around its stored bits gives the same picture as a clean one, resampled or not."""
    cell_bits, bits, high_bit, signed = sample_format
    rng = np.random.default_rng(seed)
    kind = np.dtype(f"u{cell_bits // 8}")
    below = high_bit + 1 - bits
    mask = (2**bits - 1) << below
    dirty = rng.integers(0, 2**cell_bits, (8, 12), dtype=kind)
    clean = (dirty & mask).astype(kind)
    image_pixel = ImagePixel(8, 12, 1, "MONOCHROME2", cell_bits, bits, high_bit, int(signed), 0, 1, "PixelData")
    picture = Picture(image_pixel, FrameAttributes())
    presentation = resolve_presentation(
        picture, picture.frame_attributes, window=window, region=None, rows=rows, columns=columns
    )
    first, second = (
        render(Frame(cells, "MONOCHROME2", bits, high_bit, int(signed)), presentation).pixels
        for cells in (dirty, clean)
    )
    assert np.array_equal(first, second)
