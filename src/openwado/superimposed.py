"""The images that a blending presentation state may lay over another, found in the archive (RR-43)."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from openwado.dicom.blending import blending_sets, place_in, references_of
from openwado.dicom.readable import readable
from openwado.dicom.reader import parse
from openwado.errors import Gone, NotFound
from openwado.jobs import SuperimposedImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance
    from openwado.dicom.blending import Reference

#: Frames among which the nearest one is looked for.
CANDIDATES_MAX = 512


def superimposed_images(
    archive: Archive, state: IndexedInstance, object_uid: str, frame_number: int
) -> tuple[SuperimposedImage, ...]:
    """Return the frames that may lie over one: of two sets of the same length the one in the same place.

    Images that are not here are left out; they may be in other studies.

    Args:
        archive: where they are.
        state: the blending state.
        object_uid: of the underlying image.
        frame_number: its frame, from 1.

    Raises:
        BadRequest: the state does not name it as an underlying one.
        CorruptObject: the state cannot be read.
    """
    with readable("The presentation state"), archive.open(state) as stored:
        sets = blending_sets(parse(stored).attributes)
        underlying, superimposed = references_of(sets.underlying), references_of(sets.superimposed)
    place = place_in(underlying, object_uid, frame_number)
    if len(underlying) == len(superimposed) and not superimposed[place].frames:
        superimposed = superimposed[place : place + 1]
    if len(underlying) == len(superimposed) == 1:
        same = tuple(islice(_images(archive, superimposed[0], only=frame_number), 1))
        if same:
            return same
    found = chain.from_iterable(_images(archive, reference) for reference in superimposed)
    return tuple(islice(found, CANDIDATES_MAX))


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
