"""Blending presentation states: two sets of images, one in colours over the other (PS3.3 A.33.4, C.11.14; RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

BLENDING: Final = "1.2.840.10008.5.1.4.1.1.11.4"

BLENDING_SEQUENCE: Final = 0x00700402
_POSITION, _OPACITY = 0x00700405, 0x00700403
_REGISTRATION: Final = 0x00700404
_STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E
_REFERENCED_SERIES, _REFERENCED_IMAGES = 0x00081115, 0x00081140
_REFERENCED_INSTANCE, _REFERENCED_FRAMES = 0x00081155, 0x00081160
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
    study = item.text(_STUDY_INSTANCE_UID)
    found = [
        Reference(
            study,
            series.text(_SERIES_INSTANCE_UID),
            image.text(_REFERENCED_INSTANCE),
            tuple(int(number) for number in image.decimals(_REFERENCED_FRAMES) if number is not None),
        )
        for series in item.items(_REFERENCED_SERIES)
        for image in series.items(_REFERENCED_IMAGES)
    ]
    return tuple(found[:_REFERENCES_MAX])


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
