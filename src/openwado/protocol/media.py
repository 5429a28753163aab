"""Media types: their table by category (PS3.18 ch. 7 of the legacy text), and how ranges of them are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from openwado.errors import BadRequest
from openwado.protocol.category import ObjectCategory
from openwado.protocol.list_syntax import TCHARS, read_quality, split_unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping

ResultKind = Literal["dicom", "picture", "animation", "video", "text"]

#: How much the legacy text asks of a server: the category's default (which is required too), shall, should, may.
Level = Literal["default", "shall", "should", "may"]

DICOM = "application/dicom"

#: Longer values are refused in contentType and cut in an Accept header.
MAXIMUM_LENGTH = 2048
MAXIMUM_ENTRIES = 64

_TYPE = re.compile(rf"({TCHARS})/({TCHARS})")
# Clients write type=application/dicom without the quotes that its slash needs; that is read.
_PARAMETER = re.compile(rf'({TCHARS})=(?:({TCHARS}(?:/{TCHARS})?)|"((?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*)")')
_ESCAPE = re.compile(r"\\(.)")

#: What old clients write for a registered type.
_MISSPELT = {("image", "jpg"): ("image", "jpeg")}


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of contentType or of an Accept header.

    Attributes:
        type: lower case, or "*".
        subtype: lower case, or "*".
        parameters: (name, value) pairs before q, names lower case.
        q: 0 … 1.
    """

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()
    q: float = 1.0

    @property
    def is_anything(self) -> bool:
        """Whether this is `*/*`."""
        return self.type == "*"


#: What an absent or unusable Accept header means (D-01).
ANYTHING = (MediaRange("*", "*"),)


@dataclass(frozen=True, slots=True)
class MediaType:
    """A row of the media type table (section 5).

    Attributes:
        name: as registered.
        kind: of result; of one frame where `animates`.
        legacy: how much the legacy text (ISO 17432) asks for it by category; categories not named do not list it.
        animates: made of several frames it is an animation.
        lossy: imageQuality acts on it (REQ-URI-8.2.8-2).
    """

    name: str
    kind: ResultKind
    legacy: Mapping[ObjectCategory, Level]
    animates: bool = False
    lossy: bool = False


def _levels(
    single: Level | None = None, multi: Level | None = None, sr: Level | None = None, other: Level | None = None
) -> dict[ObjectCategory, Level]:
    """Return a row's levels; video is inside Multi-frame, encapsulated documents inside Other (D-18)."""
    columns = (
        (ObjectCategory.SINGLE_FRAME, single),
        (ObjectCategory.MULTI_FRAME, multi),
        (ObjectCategory.VIDEO, multi),
        (ObjectCategory.SR, sr),
        (ObjectCategory.ENCAPSULATED, other),
        (ObjectCategory.OTHER, other),
    )
    return {category: level for category, level in columns if level is not None}


#: All types that a WADO table names, and the native ones of encapsulated documents.
MEDIA_TYPES = (
    MediaType(DICOM, "dicom", _levels(single="shall", multi="default", sr="shall", other="default")),
    MediaType("image/jpeg", "picture", _levels(single="default"), lossy=True),
    MediaType("image/gif", "picture", _levels(single="should", multi="may"), animates=True),
    MediaType("image/png", "picture", _levels(single="should")),
    MediaType("image/jp2", "picture", _levels(single="should"), lossy=True),
    MediaType("image/jph", "picture", _levels(), lossy=True),
    MediaType("image/jxl", "picture", _levels(), animates=True, lossy=True),
    MediaType("video/mpeg", "video", _levels(multi="may"), lossy=True),
    MediaType("video/mp4", "video", _levels(), lossy=True),
    MediaType("video/H265", "video", _levels(), lossy=True),
    MediaType("text/html", "text", _levels(sr="default")),
    MediaType("text/plain", "text", _levels(sr="shall")),
    MediaType("text/xml", "text", _levels(sr="should")),
    MediaType("application/pdf", "text", _levels(sr="should")),
    MediaType("text/rtf", "text", _levels(sr="should")),
    MediaType("application/x-hl7-cda-level-one+xml", "text", _levels(sr="should")),
    MediaType("model/stl", "text", _levels()),
    MediaType("model/obj", "text", _levels()),
    MediaType("model/mtl", "text", _levels()),
)

#: Types of ours that no WADO table names, where their kind does not follow from the name (REQ-WEB-8.7.4-2).
EXTENSIONS = (
    MediaType("image/webp", "picture", _levels(), animates=True, lossy=True),
    MediaType("image/apng", "picture", _levels(), animates=True),
)

_BY_NAME = {row.name.lower(): row for row in (*MEDIA_TYPES, *EXTENSIONS)}

_DEFAULTS = {
    category: next(row.name for row in MEDIA_TYPES if row.legacy.get(category) == "default")
    for category in ObjectCategory
}


def default_media_type(category: ObjectCategory) -> str:
    """Return the type that objects of a category are sent in when nothing else is asked for (D-04, D-18)."""
    return _DEFAULTS[category]


def kind_of(media_type: str, category: ObjectCategory) -> ResultKind:
    """Return what kind of result a media type is for objects of a category.

    Types outside of the table (extensions) are pictures, videos or texts by their top-level type. What is made of an
    object that is no image is a text to all parameters, also where it is drawn: none of a picture's act on it (D-15).
    """
    row = _BY_NAME.get(media_type.lower())
    if not category.is_image and media_type.lower() != DICOM:
        return "text"
    if row is None:
        top_level = media_type.partition("/")[0].lower()
        return "picture" if top_level == "image" else "video" if top_level == "video" else "text"
    if row.animates and category is not ObjectCategory.SINGLE_FRAME:
        return "animation"
    return row.kind


def is_lossy(media_type: str) -> bool:
    """Say whether imageQuality acts on a media type (REQ-URI-8.2.8-2)."""
    row = _BY_NAME.get(media_type.lower())
    return row is not None and row.lossy


def _read_entry(text: str) -> MediaRange:
    """Return one entry of a list of media ranges; what follows q is no part of it (RFC 9110 12.5.1)."""
    pieces = split_unquoted(text, ";")
    named = _TYPE.fullmatch(pieces[0].strip(" \t"))
    if named is None:
        raise ValueError(text)
    types = (named[1].lower(), named[2].lower())
    if ("*" in types[0] and types != ("*", "*")) or ("*" in types[1] and types[1] != "*"):
        raise ValueError(text)
    parameters: list[tuple[str, str]] = []
    quality: float | None = None
    for piece in filter(None, (piece.strip(" \t") for piece in pieces[1:])):
        pair = _PARAMETER.fullmatch(piece)
        if pair is None:
            raise ValueError(text)
        name = pair[1].lower()
        value = pair[2] or _ESCAPE.sub(r"\1", pair[3] or "")
        if name == "q" and quality is None:
            quality = read_quality(value)
        elif quality is None:
            parameters.append((name, value))
    top_level, subtype = _MISSPELT.get(types, types)
    return MediaRange(top_level, subtype, tuple(parameters), 1.0 if quality is None else quality)


@lru_cache(maxsize=256)
def parse_content_type(value: str) -> tuple[MediaRange, ...]:
    """Return the entries of a contentType parameter (REQ-URI-8.1.5-1 … -3, 5.1).

    Args:
        value: decoded; `image/jpg` is read as image/jpeg.

    Raises:
        BadRequest: it is malformed or too long, has wildcards, mixes application/dicom with other types (D-03), or
            gives a type a media type parameter that it may not have here.
    """
    entries = split_unquoted(value, ",") if len(value) <= MAXIMUM_LENGTH else []
    if not 0 < len(entries) <= MAXIMUM_ENTRIES:
        raise BadRequest(
            f"contentType is too long: give at most {MAXIMUM_ENTRIES} media types in {MAXIMUM_LENGTH} characters.",
            parameter="contentType",
        )
    try:
        ranges = tuple(_read_entry(entry) for entry in entries)
    except ValueError as error:
        raise BadRequest(
            "contentType is malformed: give media types such as image/jpeg, separated by commas, each with an optional "
            ";q= from 0 to 1 with at most three decimals.",
            parameter="contentType",
        ) from error
    _check_content_type(ranges)
    return ranges


def _check_content_type(ranges: tuple[MediaRange, ...]) -> None:
    for entry in ranges:
        if "*" in (entry.type, entry.subtype):
            raise BadRequest(
                "contentType takes no wildcards: name each media type, such as image/jpeg, or leave contentType out.",
                parameter="contentType",
            )
        names = {name for name, _ in entry.parameters}
        is_dicom = (entry.type, entry.subtype) == ("application", "dicom")
        if "transfer-syntax" in names or (is_dicom and "charset" in names):
            raise BadRequest(
                "contentType takes no transfer-syntax parameter, and no charset parameter with application/dicom: "
                "use the query parameters transferSyntax and charset.",
                parameter="contentType",
            )
        if is_dicom and any((other.type, other.subtype) != ("application", "dicom") for other in ranges):
            raise BadRequest(
                "contentType may name either application/dicom or rendered media types, not both.",
                parameter="contentType",
            )


def parse_accept(header: str | None) -> tuple[MediaRange, ...]:
    """Return the usable entries of an Accept header field (RFC 9110 12.5.1; REQ-WEB-8.7.7-2).

    Args:
        header: the field's value; several fields joined by commas. None where absent. Invalid entries are left out, and
            so is what goes beyond `MAXIMUM_LENGTH` characters or `MAXIMUM_ENTRIES` entries.

    Returns:
        The entries in order; `*/*` alone where there are none (D-01).
    """
    if not header:
        return ANYTHING
    if len(header) > MAXIMUM_LENGTH:
        header = header[:MAXIMUM_LENGTH].rpartition(",")[0]
    return _parse_accept(header)


@lru_cache(maxsize=256)
def _parse_accept(header: str) -> tuple[MediaRange, ...]:
    ranges: list[MediaRange] = []
    for entry in split_unquoted(header, ",")[:MAXIMUM_ENTRIES]:
        try:
            ranges.append(_read_entry(entry))
        except ValueError:
            continue
    return tuple(ranges) or ANYTHING
