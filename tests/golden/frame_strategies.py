"""Random multi-frame functional groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from golden.cover_strategies import shutters
from golden.frame_cases import PROPERTIES, SHUTTER, TRANSFORMATION, VOI, groups
from golden.image import with_attributes
from golden.plain_grey import transformation_of
from golden.strategies import grey_heads, transformations, vois

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@st.composite
def transformation_attributes(draw: st.DrawFn, dataset: Dataset, _frame_number: int) -> dict[str, Any]:
    """Draw the attributes of a Pixel Value Transformation; maybe nothing but its type, which is identity."""
    return draw(transformations(dataset)) | {"RescaleType": "US"}


@st.composite
def voi_attributes(draw: st.DrawFn, dataset: Dataset, frame_number: int) -> dict[str, Any]:
    """Draw the attributes of a Frame VOI LUT; maybe nothing but an explanation."""
    drawn = draw(vois(dataset, frame_number, *transformation_of(dataset, frame_number)))
    return drawn or {"WindowCenterWidthExplanation": "NONE"}


@st.composite
def shutter_attributes(draw: st.DrawFn, _dataset: Dataset, _frame_number: int) -> dict[str, Any]:
    """Draw the attributes of a Frame Display Shutter."""
    return draw(shutters())


@st.composite
def property_attributes(draw: st.DrawFn, _dataset: Dataset, _frame_number: int) -> dict[str, Any]:
    """Draw the attributes of Frame Pixel Data Properties."""
    return {"PixelIntensityRelationship": draw(st.sampled_from(["LOG", "DISP", "LIN"]))}


MACROS = {
    TRANSFORMATION: transformation_attributes,
    VOI: voi_attributes,
    SHUTTER: shutter_attributes,
    PROPERTIES: property_attributes,
}


@st.composite
def enhanced_images(draw: st.DrawFn, *, frames: int) -> Dataset:
    """Draw an image whose attributes are in the data set, in shared groups, per frame, or anywhere of these."""
    dataset = draw(grey_heads(most_bits=16, frames=frames))
    for name in draw(st.sets(st.sampled_from(sorted(MACROS)))):
        with_attributes(dataset, draw(MACROS[name](dataset, 1)))
    dataset.SharedFunctionalGroupsSequence = [groups(draw(macros(dataset, 1)))]
    dataset.PerFrameFunctionalGroupsSequence = []
    for number in range(1, draw(st.integers(0, frames)) + 1):
        dataset.PerFrameFunctionalGroupsSequence.append(groups(draw(macros(dataset, number))))
    return dataset


@st.composite
def macros(draw: st.DrawFn, dataset: Dataset, frame_number: int) -> dict[str, dict[str, Any]]:
    """Draw the macros of a functional group."""
    names = draw(st.sets(st.sampled_from(sorted(MACROS))))
    return {name: draw(MACROS[name](dataset, frame_number)) for name in sorted(names)}
