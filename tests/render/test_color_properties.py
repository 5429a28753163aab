"""Random colour images and palettes beside the plain model of the clauses (RR-1, RR-4, RR-7 … RR-15)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from golden.color_strategies import color_images, indexed_images, with_any_palette, with_segmented_palette
from golden.image import with_attributes
from golden.produced import check_picture
from golden.strategies import SYNTAXES, paddings, requests

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.uid import UID

    from golden.plain import Request


@settings(max_examples=120, deadline=None)
@given(dataset=color_images(), request=requests(), transfer_syntax=SYNTAXES)
def test_colours_are_within_one(dataset: Dataset, request: Request, transfer_syntax: UID) -> None:
    """RR-4, RR-7 … RR-9: any samples in any layout, within one: the product computes in single precision."""
    check_picture(dataset, request, transfer_syntax=transfer_syntax, tolerance=1)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_palettes_are_exact(data: st.DataObject) -> None:
    """RR-12: any indexes, signed or not, with any palette."""
    dataset = data.draw(with_any_palette(data.draw(indexed_images())))
    check_picture(dataset, data.draw(requests()), transfer_syntax=data.draw(SYNTAXES))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_segmented_palettes_are_exact(data: st.DataObject) -> None:
    """RR-13: any sequence of discrete, linear and indirect segments, of 8 or 16 bits."""
    dataset = data.draw(with_segmented_palette(data.draw(indexed_images())))
    check_picture(dataset, data.draw(requests()), transfer_syntax=data.draw(SYNTAXES))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]))
def test_supplemental_palettes_are_exact(data: st.DataObject, photometric: str) -> None:
    """RR-14, RR-17: greys below the first value mapped, colours from it on, padding in neither."""
    dataset = data.draw(with_any_palette(data.draw(indexed_images(photometric))))
    if data.draw(st.booleans()):
        with_attributes(dataset, data.draw(paddings(dataset)))
    dataset.PixelPresentation = data.draw(st.sampled_from(["COLOR", "MIXED"]))
    middle = data.draw(st.integers(-100, 5000))
    with_attributes(dataset, {"WindowCenter": middle, "WindowWidth": data.draw(st.integers(1, 4000))})
    check_picture(dataset, replace(data.draw(requests()), bit_depth=8))
