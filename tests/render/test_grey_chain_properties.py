"""The grey chain against its formulae written out plainly, over anything a header may say (RR-1, RR-17 … RR-21)."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import FrameAttributes, LookupTable, Picture, StoredWindow
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation

Values = NDArray[np.float64]

TIE = 1e-9
"""Display values nearer than this to a half may round either way: the last bit of a formula decides."""


def plain_values(cells: NDArray[Any], bits: int, high_bit: int, *, signed: bool) -> Values:
    """RR-1, with Python integers."""
    values = []
    for cell in cells.ravel().tolist():
        value = (cell >> (high_bit + 1 - bits)) & (2**bits - 1)
        values.append(value - 2**bits if signed and value >= 2 ** (bits - 1) else value)
    return np.array(values, float)


def plain_table(values: Values, table: LookupTable) -> Values:
    """RR-12's clamp rule."""
    entries = np.frombuffer(table.entries, "<u2")
    places = [min(max(int(np.floor(value + 0.5)) - table.first_mapped, 0), len(entries) - 1) for value in values]
    return np.array([entries[place] for place in places], float)


def plain_window(values: Values, center: float, width: float, function: str) -> Values:
    """RR-20, branch by branch."""
    display = []
    for x in values:
        if function == "SIGMOID":
            y = 255 / (1 + float(np.exp(min(700.0, -4 * (x - center) / width))))
        elif function == "LINEAR":
            if x <= center - 0.5 - (width - 1) / 2:
                y = 0.0
            elif x > center - 0.5 + (width - 1) / 2:
                y = 255.0
            else:
                y = ((x - (center - 0.5)) / (width - 1) + 0.5) * 255
        elif x <= center - width / 2:
            y = 0.0
        elif x > center + width / 2:
            y = 255.0
        else:
            y = ((x - center) / width + 0.5) * 255
        display.append(y)
    return np.array(display)


@st.composite
def formats(draw: st.DrawFn) -> tuple[int, int, int, bool]:
    """Draw cell bits, bits stored, high bit and sign that do not contradict each other."""
    cell_bits = draw(st.sampled_from([8, 16, 32]))
    bits = draw(st.integers(1, cell_bits))
    high_bit = draw(st.integers(bits - 1, cell_bits - 1))
    return cell_bits, bits, high_bit, draw(st.booleans())


numbers = st.floats(-5000, 5000, allow_nan=False).map(lambda number: round(number, 3))
tables = st.builds(
    LookupTable,
    first_mapped=st.integers(-300, 300),
    bits=st.just(12),
    entries=st.lists(st.integers(0, 4095), min_size=1, max_size=40).map(
        lambda entries: np.array(entries, "<u2").tobytes()
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    sample_format=formats(),
    cells=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=24),
    slope=st.none() | st.sampled_from([1.0, 0.5, -1.0, 5e-6, -0.25, 3.774114]),
    intercept=st.sampled_from([0.0, -1024.0, 0.125]),
    modality_lut=st.none() | tables,
    center=numbers,
    width=st.floats(1, 5000).map(lambda number: round(number, 3)),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    voi_lut=st.none() | tables,
    padding=st.none() | st.tuples(st.integers(-200, 200), st.integers(0, 50)).map(lambda ends: (ends[0], sum(ends))),
    inverse=st.booleans(),
)
def test_the_grey_chain_is_its_formulae(  # noqa: PLR0917 -- one argument a thing that varies
    sample_format: tuple[int, int, int, bool],
    cells: list[int],
    slope: float | None,
    intercept: float,
    modality_lut: LookupTable | None,
    center: float,
    width: float,
    function: str,
    voi_lut: LookupTable | None,
    padding: tuple[int, int] | None,
    inverse: bool,  # noqa: FBT001 -- drawn
) -> None:
    """Tables and direct evaluation give the byte that the formulae give, for every format, LUT, window and padding."""
    cell_bits, bits, high_bit, signed = sample_format
    stored = np.array([[cell & (2**cell_bits - 1) for cell in cells]], f"u{cell_bits // 8}")
    grey = FrameAttributes(
        slope,
        intercept if slope is not None else 0.0,
        modality_lut if slope is None else None,
        (StoredWindow(center, width),),
        function,
        () if voi_lut is None else (voi_lut,),
    )
    name = "MONOCHROME1" if inverse else "MONOCHROME2"
    image_pixel = ImagePixel(1, len(cells), 1, name, cell_bits, bits, high_bit, int(signed), 0, 1, "PixelData")
    picture = Picture(image_pixel, grey, padding=padding)
    presentation = resolve_presentation(picture, grey, window=None, region=None, rows=None, columns=None)
    drawn = render(Frame(stored, name, bits, high_bit, int(signed)), presentation).pixels.ravel()

    values = plain_values(stored, bits, high_bit, signed=signed)
    modality = values
    if slope is not None:
        modality = values * slope + intercept
    elif modality_lut is not None:
        modality = plain_table(values, modality_lut)
    if voi_lut is not None:
        display = plain_table(modality, voi_lut) / 4095 * 255
    else:
        display = plain_window(modality, center, width, function)
    if inverse:
        display = 255 - display
    expected = np.floor(display + 0.5)
    if padding is not None:
        expected[(values >= padding[0]) & (values <= padding[1])] = 0
    surely = np.abs(display + 0.5 - np.round(display + 0.5)) > TIE
    assert np.array_equal(drawn[surely], expected[surely])
    assert (np.abs(drawn.astype(int) - expected) <= 1).all()


@settings(max_examples=60, deadline=None)
@given(
    sample_format=formats().filter(lambda one: one[0] <= 16),
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
