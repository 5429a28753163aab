"""What a presentation state is called, and which images it is about: for people who choose among several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.advanced_blending import ADVANCED_BLENDING_SEQUENCE, gives_geometry
from openwado.dicom.blending import BLENDING_SEQUENCE, is_underlying
from openwado.dicom.state_references import (
    REFERENCED_IMAGES,
    REFERENCED_INSTANCE,
    REFERENCED_SERIES,
    SERIES_INSTANCE_UID,
    frames_of,
)

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Instance

_CONTENT_LABEL: Final = 0x00700080
_CONTENT_DESCRIPTION: Final = 0x00700081


class StateLabel(msgspec.Struct, frozen=True):
    """What a state is called, and what it refers to.

    Attributes:
        name: as its author has it.
        images: SOP Instance UIDs, and frames of each, () for all.
        series: Series Instance UIDs of series that it refers to as a whole.
    """

    name: str
    images: tuple[tuple[str, tuple[int, ...]], ...]
    series: tuple[str, ...] = ()

    def refers_to(self, image: Instance, frame_number: int) -> bool:
        """Say whether it is about a frame of an image."""
        named = any(
            uid == image.sop_instance_uid and (not frames or frame_number in frames) for uid, frames in self.images
        )
        return named or image.series_instance_uid in self.series


def state_label(attributes: Attributes) -> StateLabel:
    """Return the label of a state.

    Args:
        attributes: of the state.
    """
    character_set = attributes.character_set()
    description = attributes.decoded_text(_CONTENT_DESCRIPTION, character_set)
    sets = [item for item in attributes.items(BLENDING_SEQUENCE) if is_underlying(item)]
    holders = [series for holder in (attributes, *sets) for series in holder.items(REFERENCED_SERIES)]
    inputs = list(attributes.items(ADVANCED_BLENDING_SEQUENCE))
    inputs = [item for item in inputs if gives_geometry(item)] or inputs
    images = tuple(
        (reference.text(REFERENCED_INSTANCE), frames_of(reference))
        for holder in (*holders, *inputs)
        for reference in holder.items(REFERENCED_IMAGES)
    )
    whole = tuple(item.text(SERIES_INSTANCE_UID) for item in inputs if item.first_item(REFERENCED_IMAGES) is None)
    return StateLabel(description or attributes.text(_CONTENT_LABEL) or "Presentation state", images, whole)
