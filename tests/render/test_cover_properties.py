"""Random overlay planes and display shutters beside the plain model of the clauses (RR-23 … RR-25)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.cover_strategies import overlaid, plain_images, shutters
from golden.image import NM, grey_image, packed, with_attributes
from golden.overlay import with_embedded_overlay
from golden.plain_samples import cells_of
from golden.produced import check_picture
from golden.strategies import CHOICES, SYNTAXES, grey_heads, requests

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_overlay_planes_lie_where_the_clause_says(data: st.DataObject) -> None:
    """RR-23: planes of any size, origin, type, group and frames, on grey and colour, whole or cut to a region."""
    frames = data.draw(st.sampled_from([1, 1, 3]))
    dataset = data.draw(overlaid(data.draw(plain_images(frames=frames))))
    check_picture(dataset, data.draw(requests(frames=frames)), data.draw(CHOICES), data.draw(SYNTAXES))


def fill_with_signs(dataset: Dataset) -> None:
    """Copy the highest stored bit to all bits above it, as many writers do (RR-1)."""
    above = 2**dataset.BitsAllocated - 2 ** (dataset.HighBit + 1)
    cells = [
        cell | above if cell >> dataset.HighBit & 1 else cell & ~above
        for number in (1, 2)
        for cell in cells_of(dataset, number)
    ]
    dataset.PixelData = packed(cells, (dataset.BitsAllocated,) * 2 + (dataset.BitsAllocated - 1,))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_embedded_planes_are_unused_bits(data: st.DataObject) -> None:
    """RR-24: any bit of the cells, whatever surrounds the stored ones; none inside of them, none that is the sign."""
    dataset = data.draw(grey_heads(most_bits=32, frames=2).filter(lambda drawn: drawn.BitsAllocated > 1))
    position = data.draw(st.integers(0, dataset.BitsAllocated - 1))
    with_embedded_overlay(dataset, position, kind=data.draw(st.sampled_from("GGR")))
    if data.draw(st.integers(0, 4)) == 0:
        dataset[0x6000, 0x0100].value = dataset.BitsAllocated // 2
    if data.draw(st.booleans()):
        fill_with_signs(dataset)
    check_picture(dataset, data.draw(requests(frames=2)), data.draw(CHOICES))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_shutters_hide_what_the_clause_says(data: st.DataObject) -> None:
    """RR-25: shapes of any place and size together, round ones on pixels of any shape; CIELab colours within one."""
    dataset = with_attributes(data.draw(plain_images()), data.draw(shutters()))
    if data.draw(st.booleans()):
        data.draw(overlaid(dataset))
    tolerance = 1 if dataset.SamplesPerPixel == 3 else 0
    check_picture(dataset, data.draw(requests()), data.draw(CHOICES), tolerance=tolerance)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), factor=st.integers(2, 4), size=st.tuples(st.integers(1, 5), st.integers(1, 5)))
def test_covers_of_smaller_pictures_have_their_share(data: st.DataObject, factor: int, size: tuple[int, int]) -> None:
    """RR-23, RR-25: at a whole factor, a pixel that is covered in part takes its share of the cover, within one."""
    rows, columns = size
    values = np.arange(rows * columns).reshape(rows, columns) * 9 + 20
    blocks = np.repeat(np.repeat(values, factor, axis=0), factor, axis=1)
    dataset = grey_image(blocks, NM, bits=(8, 8, 7), WindowCenter=128, WindowWidth=256)
    if data.draw(st.booleans()):
        data.draw(overlaid(dataset))
    else:
        with_attributes(dataset, data.draw(shutters()))
    request = replace(data.draw(requests()), region=None)
    request = replace(request, rows=rows, columns=data.draw(st.none() | st.just(columns)))
    check_picture(dataset, request, tolerance=1)
