"""Where the objects are that a report refers to, as far as this archive has them (REQ-TXT-4)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from openwado.document.model import Place
from openwado.errors import Gone, NotFound, Unavailable
from openwado.produce import producible_types
from openwado.protocol.category import categorize
from openwado.protocol.media import default_media_type

if TYPE_CHECKING:
    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance
    from openwado.dicom.instance import Instance

#: Objects that are looked up for one report: each costs a look into the index, and at the file.
LOOKED_UP_MAX = 400


def referenced_places(archive: Archive, report: Instance) -> dict[str, Place]:
    """Return where the objects are that a report names as its evidence, by SOP Instance UID (PS3.3 C.17.2).

    Args:
        archive: what is looked into; also what is not in it has a place, as the report says.
        report: its record.

    Raises:
        Unavailable: the index cannot be read at the moment; nobody is told then that something is not there.
    """
    places: dict[str, Place] = {}
    for evidence in report.evidence:
        parents = evidence.study_instance_uid, evidence.series_instance_uid
        for uid in evidence.sop_instance_uids:
            places[uid] = Place(*parents)
            if len(places) > LOOKED_UP_MAX:
                continue
            with suppress(NotFound, Gone):
                found = _found(archive, parents, uid)
                if found is not None:
                    places[uid] = _place(found.instance)
    return places


def _found(archive: Archive, parents: tuple[str, str], uid: str) -> IndexedInstance | None:
    """Return the record of an object; also where its bytes cannot be read at the moment, for it is there."""
    try:
        return archive.locate(*parents, uid) if all(parents) else archive.locate_anywhere(uid)
    except Unavailable:
        found = archive.recorded(uid)
    if found is None or (all(parents) and parents != _parents(found.instance)):
        return None
    return found


def _parents(instance: Instance) -> tuple[str, str]:
    return instance.study_instance_uid, instance.series_instance_uid


def _place(found: Instance) -> Place:
    category = categorize(
        family=found.family,
        number_of_frames=found.number_of_frames,
        transfer_syntax_uid=found.transfer_syntax_uid,
        time_based=found.time_based,
        frame_number=None,
    )
    types = producible_types(found, category)
    drawn = found.picture is not None and "image/jpeg" in types
    pixel = found.picture.image_pixel if found.picture is not None else None
    return Place(
        found.study_instance_uid,
        found.series_instance_uid,
        drawn=drawn,
        rows=pixel.rows if pixel is not None else 0,
        columns=pixel.columns if pixel is not None else 0,
        number_of_frames=found.number_of_frames,
        here=True,
        media_type="text/html" if "text/html" in types else default_media_type(category),
    )
