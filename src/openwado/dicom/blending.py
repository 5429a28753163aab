"""Blending presentation states: two sets of images, one in colours over the other (PS3.3 A.33.4, C.11.14; RR-43)."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.state_references import (
    REFERENCED_IMAGES,
    REFERENCED_INSTANCE,
    REFERENCED_SERIES,
    SERIES_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    frames_of,
)
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

BLENDING_SEQUENCE: Final = 0x00700402
_POSITION, _OPACITY = 0x00700405, 0x00700403
_REGISTRATION: Final = 0x00700404
#: Images of a set that are looked at.
_REFERENCES_MAX: Final = 2000


class Reference(NamedTuple):
    """An image of a set: the UIDs of its study, series and object, and which frames; () for all."""

    study_uid: str
    series_uid: str
    object_uid: str
    frames: tuple[int, ...]


class BlendingSets(NamedTuple):
    """What is blended.

    Attributes:
        underlying: the item of the grey set, with its own LUTs.
        superimposed: the item of the coloured one.
        opacity: of the coloured one, 0 … 1.
    """

    underlying: Attributes
    superimposed: Attributes
    opacity: float


def blending_sets(attributes: Attributes) -> BlendingSets:
    """Return both sets of a blending state.

    Raises:
        CorruptObject: one of them is missing, or the opacity is none.
        NotSupported: they have to be registered first.
    """
    items = {item.text(_POSITION).upper(): item for item in attributes.items(BLENDING_SEQUENCE)}
    opacity = attributes.decimal(_OPACITY)
    if "UNDERLYING" not in items or "SUPERIMPOSED" not in items or opacity is None or not 0 <= opacity <= 1:
        raise CorruptObject("The blending presentation state does not say what is blended, and how.")
    if attributes.first_item(_REGISTRATION) is not None:
        raise NotSupported(
            "Blending presentation states that refer to a registration are not applied.", parameter="presentationUID"
        )
    return BlendingSets(items["UNDERLYING"], items["SUPERIMPOSED"], opacity)


def is_underlying(item: Attributes) -> bool:
    """Say whether a set is the one below."""
    return item.text(_POSITION).upper() == "UNDERLYING"


def references_of(item: Attributes) -> tuple[Reference, ...]:
    """Return the images of a set, in order."""
    study = item.text(STUDY_INSTANCE_UID)
    found = chain.from_iterable(
        image_references(study, series.text(SERIES_INSTANCE_UID), series) for series in item.items(REFERENCED_SERIES)
    )
    return tuple(islice(found, _REFERENCES_MAX))


def image_references(study_uid: str, series_uid: str, holder: Attributes) -> tuple[Reference, ...]:
    """Return the images that a Referenced Image Sequence names.

    Args:
        study_uid: of their study.
        series_uid: of their series.
        holder: has the sequence.
    """
    found = (
        Reference(study_uid, series_uid, image.text(REFERENCED_INSTANCE), frames_of(image))
        for image in holder.items(REFERENCED_IMAGES)
    )
    return tuple(islice(found, _REFERENCES_MAX))


def place_in(references: tuple[Reference, ...], object_uid: str, frame_number: int) -> int:
    """Return where a frame stands in a set, from 0.

    Raises:
        BadRequest: it is not in it (REQ-URI-8.2.9-11).
    """
    for place, reference in enumerate(references):
        if reference.object_uid == object_uid and (not reference.frames or frame_number in reference.frames):
            return place
    raise BadRequest(
        "The blending presentation state does not name this image as an underlying one.", parameter="presentationUID"
    )
