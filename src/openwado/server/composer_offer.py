"""What one object can be asked for, by the very tables that answer requests: types, and what stands beside each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from openwado.dicom.formatting import uid_name
from openwado.dicom.frame_encoders import ENCODED
from openwado.dicom.sent_syntax import effective_transfer_syntax
from openwado.dicom.stream_syntax import is_video
from openwado.dicom.transfer_syntaxes import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
from openwado.documents import TEXT_TYPES, is_native
from openwado.motion_requests import CHANGING
from openwado.protocol.category import categorize
from openwado.protocol.charset import CHARACTER_SETS
from openwado.protocol.media import DICOM, is_lossy, kind_of
from openwado.protocol.negotiate import LOSSY_TRANSFER_SYNTAXES
from openwado.protocol.parameters import (
    ANNOTATION_EXTENSIONS,
    ANNOTATION_KEYWORDS,
    ANNOTATION_SWITCH,
    EVERY_PARAMETER,
    EXTENSION_BY_NAME,
    Standing,
)
from openwado.render.encode import PICTURE_ENCODERS
from openwado.server.page_tiles import media_types

if TYPE_CHECKING:
    from openwado.access.rights import Rights
    from openwado.dicom.instance import Instance
    from openwado.protocol.media import ResultKind

#: What of an object an answer shows.
Scope = Literal["frame", "frames", "object"]

#: How a page shows an answer: a picture, a player, a frame of its own, or a link to it.
Shows = Literal["image", "video", "document", "link"]

#: Photometric interpretations that windows act on.
GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})

#: Parameters that an object's own page has controls for, in the order of the table; the others say which object it is.
CONTROLLED: Final = tuple(
    row.name for row in EVERY_PARAMETER if row.name != "requestType" and not row.required and row.name != "explain"
)

#: What browsers draw, and what they play.
_DRAWN: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/apng", "image/webp", "image/svg+xml"})
_PLAYED: Final = frozenset({"video/mp4", "video/H265"})
_READ: Final = frozenset({"text/html", "text/plain", "text/xml", "application/pdf"})


@dataclass(frozen=True, slots=True)
class MediaOffer:
    """A media type that an object can be had in.

    Attributes:
        media_type: as contentType names it.
        scope: one frame, all of them, or the object.
        kind: of result.
        shows: how a page shows it.
        off: by parameter: why it has no place beside this type, a key of the words.
    """

    media_type: str
    scope: Scope
    kind: ResultKind
    shows: Shows
    off: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyntaxOffer:
    """A transfer syntax that an object can be had in: its UID, or *, its name, and whether it may lose something."""

    value: str
    name: str
    lossy: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What an object can be asked for.

    Attributes:
        media: types, those of a frame first.
        syntaxes: transfer syntaxes beside the default one.
        charsets: names of character sets.
        keywords: of annotation.
        bit_depths: of grey levels; () where there is no choice.
    """

    media: tuple[MediaOffer, ...]
    syntaxes: tuple[SyntaxOffer, ...]
    charsets: tuple[str, ...]
    keywords: tuple[str, ...]
    bit_depths: tuple[int, ...]


def offer_of(instance: Instance, rights: Rights | None, extensions: frozenset[str], *, has_states: bool) -> Offer:
    """Return what an object can be asked for.

    Args:
        instance: its record.
        rights: of who asks, on it; None: all.
        extensions: parameters of our own that are switched on.
        has_states: whether there are presentation states for it.
    """
    words = ANNOTATION_KEYWORDS | (ANNOTATION_EXTENSIONS if ANNOTATION_SWITCH in extensions else frozenset())
    return Offer(
        media=tuple(_media(instance, rights, extensions, has_states=has_states)),
        syntaxes=_syntaxes(instance),
        charsets=("UTF-8", *(row.name for row in CHARACTER_SETS if row.name != "UTF-8")),
        keywords=tuple(sorted(words)),
        bit_depths=(8, 16) if "bitDepth" in extensions and is_grey(instance) else (),
    )


def is_grey(instance: Instance) -> bool:
    """Say whether windows act on the pictures of an object."""
    picture = instance.picture
    return picture is not None and picture.image_pixel.photometric_interpretation in GREY


def shows(media_type: str) -> Shows:
    """Return how a page shows an answer of a media type."""
    if media_type in _DRAWN:
        return "image"
    if media_type in _PLAYED:
        return "video"
    return "document" if media_type in _READ else "link"


def _media(
    instance: Instance, rights: Rights | None, extensions: frozenset[str], *, has_states: bool
) -> list[MediaOffer]:
    many = instance.family == "image" and instance.number_of_frames > 1
    found: list[tuple[str, Scope]] = []
    if many:
        found += [(name, "frame") for name in media_types(instance, 1) if name != DICOM]
        moving = [name for name in media_types(instance) if _kind(instance, name, None) in ("animation", "video")]
        found += [(name, "frames") for name in moving]
    else:
        found += [(name, "object") for name in media_types(instance) if name != DICOM]
    if rights is not None and "view" not in rights:
        found.clear()
    if media_types(instance) and (rights is None or not rights.isdisjoint({"native", "anonymized"})):
        found.append((DICOM, "object"))
    return [
        MediaOffer(
            name,
            scope,
            _kind(instance, name, 1 if scope == "frame" else None),
            shows(name),
            dict(_off(instance, name, scope, extensions, has_states=has_states)),
        )
        for name, scope in found
    ]


def _kind(instance: Instance, media_type: str, frame_number: int | None) -> ResultKind:
    category = categorize(
        family=instance.family,
        number_of_frames=instance.number_of_frames,
        transfer_syntax_uid=instance.transfer_syntax_uid,
        time_based=instance.time_based,
        frame_number=frame_number,
    )
    return kind_of(media_type, category)


def _off(
    instance: Instance, media_type: str, scope: Scope, extensions: frozenset[str], *, has_states: bool
) -> list[tuple[str, str]]:
    """Return parameters that have no place beside a type, with the reason."""
    kind = _kind(instance, media_type, 1 if scope == "frame" else None)
    off: dict[str, str] = {}
    for row in EVERY_PARAMETER:
        if row.name not in CONTROLLED or row.name == "contentType":
            continue
        standing = row.beside.kind(kind)
        if standing in (Standing.REFUSED, Standing.WITHOUT_EFFECT):
            off[row.name] = _STANDINGS[standing]
        elif row.name in EXTENSION_BY_NAME and row.name not in extensions:
            off[row.name] = "off not here"
    off |= dict.fromkeys(_needless(instance, media_type, kind, scope), "off no effect")
    if kind in ("picture", "animation", "video"):
        if not is_grey(instance):
            off |= {"windowCenter": "off colour", "windowWidth": "off colour", "bitDepth": "off colour"}
        if not has_states:
            off |= {"presentationUID": "off no state", "presentationSeriesUID": "off no state"}
        if kind == "video" and is_video(instance.transfer_syntax_uid):
            off |= dict.fromkeys(CHANGING, "off stored video")
        if scope == "frames":
            off["frameNumber"] = "off all frames"
    return sorted(off.items())


def _needless(instance: Instance, media_type: str, kind: ResultKind, scope: Scope) -> list[str]:
    """Return parameters that are taken beside a type, and change nothing of it."""
    found = []
    if kind in ("picture", "animation") and not is_lossy(media_type):
        found.append("imageQuality")
    encoder = PICTURE_ENCODERS.get(media_type)
    if encoder is not None and max(encoder.bit_depths) == min(encoder.bit_depths):
        found.append("bitDepth")
    if kind == "text" and (media_type not in TEXT_TYPES or is_native(instance, media_type)):
        found.append("charset")
    if scope == "object" and instance.number_of_frames <= 1:
        found.append("frameNumber")
    return found


_STANDINGS: Final = {Standing.REFUSED: "off refused", Standing.WITHOUT_EFFECT: "off no effect"}


def _syntaxes(instance: Instance) -> tuple[SyntaxOffer, ...]:
    """Return those that the object really leaves in when they are asked for."""
    asked = (DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, *ENCODED)
    able = [uid for uid in asked if effective_transfer_syntax(uid, instance) == uid]
    found = [("*", uid_name(effective_transfer_syntax("*", instance))), *((uid, uid_name(uid)) for uid in able)]
    return tuple(SyntaxOffer(uid, name, uid in LOSSY_TRANSFER_SYNTAXES) for uid, name in found)
