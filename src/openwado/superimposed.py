"""The images that a presentation state may blend with another, found in the archive (RR-43)."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.advanced_blending import advanced_blending
from openwado.dicom.blending import Reference, blending_sets, place_in, references_of
from openwado.dicom.readable import readable
from openwado.dicom.reader import parse
from openwado.dicom.state_kinds import ADVANCED_BLENDING
from openwado.errors import Gone, NotFound, NotSupported
from openwado.jobs import SuperimposedImage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance
    from openwado.dicom.advanced_blending import BlendInput
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Instance

#: Frames of a set, and of all sets together, among which the nearest one is looked for.
CANDIDATES_MAX, ALL_CANDIDATES_MAX = 512, 2048


def superimposed_images(
    archive: Archive, state: IndexedInstance, image: Instance, frame_number: int
) -> tuple[SuperimposedImage, ...]:
    """Return the frames that may be blended with one.

    Images that are not here are left out; they may be in other studies.

    Args:
        archive: where they are.
        state: the blending, or advanced blending, state.
        image: that is asked for.
        frame_number: its frame, from 1.

    Raises:
        BadRequest: the state does not name it, or not as the one that a picture is made of.
        CorruptObject: the state cannot be read.
        NotSupported: there are more than are looked at, or the state is not applied.
    """
    with readable("The presentation state"), archive.open(state) as stored:
        attributes = parse(stored).attributes
        if state.instance.sop_class_uid == ADVANCED_BLENDING:
            return _inputs(archive, attributes, image, frame_number)
        return _superimposed(archive, attributes, image.sop_instance_uid, frame_number)


def _superimposed(
    archive: Archive, attributes: Attributes, object_uid: str, frame_number: int
) -> tuple[SuperimposedImage, ...]:
    """Return those of the superimposed set: of two sets of the same length the one in the same place."""
    sets = blending_sets(attributes)
    underlying, superimposed = references_of(sets.underlying), references_of(sets.superimposed)
    place = place_in(underlying, object_uid, frame_number)
    if len(underlying) == len(superimposed) and not superimposed[place].frames:
        superimposed = superimposed[place : place + 1]
    if len(underlying) == len(superimposed) == 1:
        same = tuple(islice(_images(archive, superimposed[0], only=frame_number), 1))
        if same:
            return same
    return _few(chain.from_iterable(_images(archive, reference) for reference in superimposed))


def _inputs(
    archive: Archive, attributes: Attributes, image: Instance, frame_number: int
) -> tuple[SuperimposedImage, ...]:
    """Return those of the inputs that the image itself is not in."""
    blending = advanced_blending(attributes)
    own = blending.inputs_with(image, frame_number)
    found: list[SuperimposedImage] = []
    for each in blending.inputs.values():
        if each.number not in own:
            images = _few(chain.from_iterable(_images(archive, reference) for reference in _references(archive, each)))
            found += (msgspec.structs.replace(frame, input_number=each.number) for frame in images)
        if len(found) > ALL_CANDIDATES_MAX:
            raise _too_many(ALL_CANDIDATES_MAX)
    return tuple(found)


def _references(archive: Archive, each: BlendInput) -> Iterable[Reference]:
    """Return the images of an input: those that it names, else all that are in the series."""
    if each.references:
        return each.references
    uids = archive.members(each.series_uid, CANDIDATES_MAX + 1)
    return (Reference(each.study_uid, each.series_uid, uid, ()) for uid in uids)


def _few(frames: Iterator[SuperimposedImage]) -> tuple[SuperimposedImage, ...]:
    """Return frames: the nearest of the first ones of many might be far from the nearest of all."""
    found = tuple(islice(frames, CANDIDATES_MAX + 1))
    if len(found) > CANDIDATES_MAX:
        raise _too_many(CANDIDATES_MAX)
    return found


def _too_many(most: int) -> NotSupported:
    return NotSupported(f"An image is not blended with one of more than {most} frames.", parameter="presentationUID")


def _images(archive: Archive, reference: Reference, only: int | None = None) -> Iterator[SuperimposedImage]:
    """Yield the frames of an image that a set names, or only one of them."""
    try:
        located = archive.locate(reference.study_uid, reference.series_uid, reference.object_uid)
    except (NotFound, Gone):
        return
    count = located.instance.number_of_frames
    for number in reference.frames or range(1, count + 1):
        if 1 <= number <= count and only in (None, number):
            entry, _ = archive.frame(located, number)
            yield SuperimposedImage(located.instance, entry, number)
