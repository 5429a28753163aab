"""Objects as lists of the web page show them: a picture, or what stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.dicom.formatting import sop_class_name
from openwado.produce import producible_types
from openwado.protocol.category import categorize
from openwado.protocol.grammar import read_uid
from openwado.server.problem_sentences import translated

if TYPE_CHECKING:
    from openwado.archive.index import InstanceRow, SeriesRow
    from openwado.dicom.instance import Description, Instance
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

#: The box that thumbnails have to fit, pixels.
THUMBNAIL = 256


@dataclass(frozen=True, slots=True)
class Tile:
    """An object in a list.

    Attributes:
        page: address of the object's own page.
        label: its number in the series, "" where it has none.
        alternative: what the picture shows, in words.
        thumbnail: WADO URL of the picture, "" where it cannot be drawn.
        kind: what kind of object it is, for objects without a picture.
        reason: why there is no picture.
        frames: such as "20 frames"; "" for one or none.
        dicom: WADO URL of the object itself, "" where no request can name it.
        current: whether it is the one whose page this is.
    """

    page: str
    label: str
    alternative: str
    thumbnail: str
    kind: str
    reason: str
    frames: str
    dicom: str
    current: bool = False


def can_be_asked_for(instance: Instance) -> bool:
    """Say whether a WADO request can name an object: broken ones have UIDs that the service refuses."""
    try:
        for uid in (instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid):
            read_uid(uid)
    except ValueError:
        return False
    return True


def media_types(instance: Instance, frame_number: int | None = None) -> tuple[str, ...]:
    """Return what an object, or a frame of it, can be had as, by the very table that answers requests."""
    if not can_be_asked_for(instance):
        return ()
    category = categorize(
        family=instance.family,
        number_of_frames=instance.number_of_frames,
        transfer_syntax_uid=instance.transfer_syntax_uid,
        time_based=instance.time_based,
        frame_number=frame_number,
    )
    return producible_types(instance, category)


def can_be_drawn(instance: Instance) -> bool:
    """Say whether there is a picture of an object."""
    return "image/jpeg" in media_types(instance, 1)


def document_type(instance: Instance) -> str:
    """Return the media type in which an object is best read, "" where there is none."""
    types = media_types(instance)
    return next((name for name in ("text/html", "application/pdf", "text/plain") if name in types), "")


def why_not(say: Wording, instance: Instance) -> str:
    """Return why there is no picture of an object."""
    if not can_be_asked_for(instance):
        return say("broken uids")
    if document_type(instance):
        return say("opens as document")
    if instance.family != "image":
        return say("no image")
    if instance.pixels is None:
        return translated(instance.undrawable, say.language)[0] or say("no pixels")
    return translated(instance.undrawable, say.language)[0] or say("not decoded")


def frame_of(instance: Instance, frame_number: int | None) -> int | None:
    """Return the frame number to put into a WADO URL: None for single-frame images."""
    return frame_number if instance.number_of_frames > 1 else None


def thumbnail(links: Links, instance: Instance, frame_number: int | None = None) -> str:
    """Return the WADO URL of an object's small picture, "" where it cannot be drawn.

    Args:
        links: of the request.
        instance: the object.
        frame_number: None for the frame in the middle.
    """
    if not can_be_drawn(instance):
        return ""
    frame = frame_of(instance, frame_number or (instance.number_of_frames + 1) // 2)
    return links.wado(instance, "image/jpeg", rows=THUMBNAIL, columns=THUMBNAIL, frame_number=frame)


def tile_of(say: Wording, links: Links, row: InstanceRow, *, current: bool = False) -> Tile:
    """Return an object as a tile."""
    instance, description = row.instance, row.description
    small = thumbnail(links, instance)
    many = instance.number_of_frames > 1
    return Tile(
        page=links.instance(instance),
        label="" if description.instance_number is None else str(description.instance_number),
        alternative=words_for(say, description, sop_class_name(instance.sop_class_uid)),
        thumbnail=small,
        kind="" if small else sop_class_name(instance.sop_class_uid),
        reason="" if small else why_not(say, instance),
        frames=say("n frames", n=instance.number_of_frames) if many else "",
        dicom=links.wado(instance, "application/dicom") if can_be_asked_for(instance) else "",
        current=current,
    )


def words_for(say: Wording, description: Description, kind: str, *, numbered: bool = True) -> str:
    """Return what an object is, without a word about the patient: for `alt`."""
    number = (
        say("object number", n=str(description.instance_number))
        if numbered and description.instance_number is not None
        else ""
    )
    said = ", ".join(part for part in (description.series_description, number) if part)
    return f"{description.modality or kind}: {said}" if said else description.modality or kind


def face_of(say: Wording, links: Links, series: list[SeriesRow]) -> tuple[str, str]:
    """Return thumbnail and words of the first series that has a picture, else two empty texts."""
    for row in series:
        if row.representative is not None and (small := thumbnail(links, row.representative)):
            kind = sop_class_name(row.representative.sop_class_uid)
            return small, words_for(say, row.description, kind, numbered=False)
    return "", ""
