"""The choice of a representation (PS3.18 8.1.5, ch. 6-7 of the legacy text; 8.7.8 of today's; sections 5.1 and 11)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from openwado.errors import BadRequest, NotAcceptable
from openwado.protocol.category import ObjectCategory
from openwado.protocol.media import ANYTHING, DICOM, ResultKind, default_media_type, kind_of, parse_accept
from openwado.protocol.parameters import EVERY_PARAMETER, PICTURE_ONLY, Standing

if TYPE_CHECKING:
    from openwado.protocol.media import MediaRange
    from openwado.protocol.request import WadoRequest

# How well an entry fits a media type, the most specific last (RFC 9110 12.5.1).
_NO_FIT, _ANYTHING, _ANY_SUBTYPE, _OTHER_PARAMETERS, _EXACT = range(5)

_STILL = "image/jpeg"

_ROOT = "1.2.840.10008.1.2.4."

#: Transfer syntaxes whose encoding loses something, so that imageQuality can steer it (PS3.5 annex A; TR-2, TR-6).
LOSSY_TRANSFER_SYNTAXES = frozenset(
    [f"{_ROOT}{number}" for number in (50, 51, 52, 53, 54, 55, 56, 59, 60, 61, 62, 63, 64, 81, 91, 93, 112, 203)]
    + [f"{_ROOT}{number}{form}" for number in range(100, 107) for form in ("", ".1")]
    + [f"{_ROOT}{number}" for number in (107, 108)]
)

_REFUSED = {
    kind: tuple(row.name for row in EVERY_PARAMETER if row.beside.kind(kind) is Standing.REFUSED)
    for kind in get_args(ResultKind)
}
_LOSSY_ONLY = {
    kind: tuple(row.name for row in EVERY_PARAMETER if row.beside.kind(kind) is Standing.LOSSY_ONLY)
    for kind in get_args(ResultKind)
}
#: Choices remembered: the requests of a page are mostly alike in this.
_REMEMBERED = 256

_IMAGES_ONLY = frozenset(row.name for row in EVERY_PARAMETER if row.images_only)


@dataclass(frozen=True, slots=True)
class Representation:
    """What will be sent.

    Attributes:
        media_type: as the caller named it.
        kind: of result.
        frame_number: the frame that a still picture shows, from 1; None for whole objects.
        category: of the object as the request addresses it.
        charset: the charset parameter that the request puts on this media type, for text; else None.
    """

    media_type: str
    kind: ResultKind
    frame_number: int | None
    category: ObjectCategory
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """What an answer was decided by: the request and its Accept, what could be made, and what was chosen."""

    request: WadoRequest
    accept: str | None
    producible: tuple[str, ...]
    representation: Representation


def quality_of(media_type: str, parameters: tuple[tuple[str, str], ...], ranges: tuple[MediaRange, ...]) -> float:
    """Return the q that a list gives to a media type: that of the entry that fits it most specifically.

    An entry with parameters that the type does not have still fits, but gives way to one without (REQ-URI-8.1.5-3); an
    entry that says otherwise about a parameter that it does have does not fit.

    Args:
        media_type: such as text/html.
        parameters: of the variant in question, names lower case.
        ranges: as `parse_accept` or `parse_content_type` return them.

    Returns:
        0 … 1, where 0 means not acceptable or not named.
    """
    return _weigh(media_type, parameters, ranges)[0]


def _weigh(
    media_type: str, parameters: tuple[tuple[str, str], ...], ranges: tuple[MediaRange, ...]
) -> tuple[float, int]:
    """Return the q of the best fitting entry and how well it fits; of equally fitting entries, the highest q."""
    top_level, _, subtype = media_type.lower().partition("/")
    best, quality = _NO_FIT, 0.0
    for entry in ranges:
        fit = _fit(top_level, subtype, parameters, entry)
        if fit > best or (fit == best != _NO_FIT and entry.q > quality):
            best, quality = fit, entry.q
    return quality, best


def _fit(top_level: str, subtype: str, parameters: tuple[tuple[str, str], ...], entry: MediaRange) -> int:
    """Return how well an entry fits; `_EXACT` and one more for each parameter that is the same."""
    if entry.type == "*":
        return _ANYTHING
    if entry.type != top_level or entry.subtype not in (subtype, "*"):
        return _NO_FIT
    if entry.subtype == "*":
        return _ANY_SUBTYPE
    own = dict(parameters)
    if any(own.get(name, value) != value for name, value in entry.parameters):
        return _NO_FIT
    known = all(name in own for name, _ in entry.parameters)
    return _EXACT + len(entry.parameters) if known else _OTHER_PARAMETERS


def select_representation(
    request: WadoRequest, category: ObjectCategory, producible: tuple[str, ...], accept: str | None
) -> Representation:
    """Choose what to send (section 5.1 as ISO 17432 reads; D-02 … D-06; REQ-URI-8.1.5-4, REQ-WEB-8.7.8.1-1 and -2).

    Where contentType is given and Accept names multipart types only, which other services send, it counts as `*/*`.

    Args:
        request: as `check_frame_number` returned it.
        category: of the object as the request addresses it.
        producible: the media types that can be made of it in this category, best first.
        accept: the Accept header field, None where absent.

    Raises:
        NotAcceptable: nothing producible is acceptable.
    """
    accepted = parse_accept(accept)
    if request.content_type is not None:
        if all(entry.type == "multipart" for entry in accepted):
            accepted = ANYTHING
        listed = request.content_type
        media_type = _by_content_type(listed, accepted, category, producible)
    else:
        listed = accepted
        media_type = _by_accept(accepted, category, producible, wants_picture=_wants_picture(request, category))
    if media_type is None:
        raise NotAcceptable(
            f"This object cannot be had in a media type that the request accepts. "
            f"It can be had as: {', '.join(producible) or 'nothing at all'}.",
            available=producible,
            parameter="Accept" if request.content_type is None else "contentType",
        )
    kind = kind_of(media_type, category)
    return Representation(
        media_type=media_type,
        kind=kind,
        frame_number=(request.frame_number or 1) if kind == "picture" and category.is_image else None,
        category=category,
        charset=_charset_of(media_type, listed) if kind == "text" else None,
    )


@lru_cache(maxsize=_REMEMBERED)
def _by_content_type(
    listed: tuple[MediaRange, ...],
    accepted: tuple[MediaRange, ...],
    category: ObjectCategory,
    producible: tuple[str, ...],
) -> str | None:
    """Return the producible type with the best q in contentType that Accept covers (D-02), None if there is none."""
    default = default_media_type(category)
    weights = [_weigh(media_type, (), listed) for media_type in producible]
    ranked = [
        (quality, media_type == default, -order, media_type)
        for order, (media_type, (quality, _)) in enumerate(zip(producible, weights, strict=True))
        if quality > 0 and quality_of(media_type, (), accepted) > 0
    ]
    if ranked:
        return max(ranked)[-1]
    if category is ObjectCategory.SR and not any(quality > 0 for quality, _ in weights):  # D-05
        refused = _weigh(default, (), listed)[1] != _NO_FIT
        if default in producible and not refused and quality_of(default, (), accepted) > 0:
            return default
    return None


@lru_cache(maxsize=_REMEMBERED)
def _by_accept(
    accepted: tuple[MediaRange, ...], category: ObjectCategory, producible: tuple[str, ...], *, wants_picture: bool
) -> str | None:
    """Return the type that Accept alone selects (D-04), None if there is none.

    `*/*` means the category's default (REQ-WEB-8.7.7-1). Parameters of pictures ask for a picture (section 11); where
    Accept takes application/dicom only, that is selected all the same, and refused for standing beside them.
    """
    default = _STILL if wants_picture else default_media_type(category)
    if all(entry.is_anything for entry in accepted):
        return default if default in producible and quality_of(default, (), accepted) > 0 else None
    pictures = tuple(name for name in producible if name != DICOM) if wants_picture else ()
    for candidates in (pictures, producible):
        ranked = [
            (quality, fit != _ANYTHING, media_type == default, -order, media_type)
            for order, media_type in enumerate(candidates)
            for quality, fit in (_weigh(media_type, (), accepted),)
            if quality > 0
        ]
        if ranked:
            return max(ranked)[-1]
    return None


def _wants_picture(request: WadoRequest, category: ObjectCategory) -> bool:
    """Say whether parameters ask for a picture of an image where contentType is absent (section 11)."""
    if not category.is_image:
        return False
    steers_picture = request.image_quality is not None and request.transfer_syntax is None
    return steers_picture or not PICTURE_ONLY.isdisjoint(request.present)


def _charset_of(media_type: str, listed: tuple[MediaRange, ...]) -> str | None:
    """Return the charset parameter of the entry with the best q that names a type (REQ-WEB-8.8.5-1)."""
    top_level, _, subtype = media_type.lower().partition("/")
    naming = [entry for entry in listed if (entry.type, entry.subtype) == (top_level, subtype)]
    best = max(naming, key=lambda entry: entry.q, default=None)
    return dict(best.parameters).get("charset") if best is not None else None


def check_combination(request: WadoRequest, representation: Representation) -> None:
    """Refuse parameters that may not stand beside what was selected (section 11).

    Raises:
        BadRequest: for the first of them in the order of the parameter table.
    """
    kind = representation.kind
    for name in _REFUSED[kind]:
        if name in request.present and (representation.category.is_image or name not in _IMAGES_ONLY):
            raise BadRequest(
                f"{name} may not stand beside {representation.media_type}: {_remedy(name, kind)}.", parameter=name
            )
    for name in _LOSSY_ONLY[kind]:
        if name in request.present and request.transfer_syntax not in LOSSY_TRANSFER_SYNTAXES:
            raise BadRequest(
                f"{name} may stand beside {representation.media_type} only with a transferSyntax that names a lossy "
                "transfer syntax.",
                parameter=name,
            )


def _remedy(name: str, kind: ResultKind) -> str:
    if name not in PICTURE_ONLY and kind != "dicom" and name != "imageQuality":
        return f"leave it out, or ask for contentType={DICOM}"
    if kind == "dicom":
        return "leave it out, or ask for a picture such as contentType=image/jpeg"
    return "leave it out: it is for pictures only"
