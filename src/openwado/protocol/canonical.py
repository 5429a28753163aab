"""One way to write each request: for Content-Location, entity tags and caches (PS3.18 8.4.2, 8.5)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, get_args
from urllib.parse import quote

from openwado.protocol.category import ObjectCategory
from openwado.protocol.charset import CharsetRange, iana_name
from openwado.protocol.grammar import write_decimal
from openwado.protocol.media import ResultKind, is_lossy
from openwado.protocol.parameters import EVERY_PARAMETER, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.protocol.negotiate import Representation
    from openwado.protocol.request import WadoRequest

#: What transferSyntax has no effect with: the default, and the two that are never sent (REQ-URI-8.2.11-1).
_DEFAULT_TRANSFER_SYNTAXES = frozenset({"1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"})

#: Bits of a grey level where bitDepth is absent.
DEFAULT_BIT_DEPTH = 8

_WHOLE_IMAGE = (0.0, 0.0, 1.0, 1.0)

#: Bytes of the digest in an entity tag.
_DIGEST_SIZE = 16

# What stays readable: the slash of media types, commas in lists. Other values need no encoding.
_READABLE = "/,"


def canonical_query(request: WadoRequest, representation: Representation, *, charset: str | None = None) -> str:
    """Return the query that names exactly one rendition, whatever headers come with it.

    requestType stands first, then the three UIDs, then contentType with the selected type, then in the order of the
    parameter table those parameters that have an effect on it, with canonical numbers. It parses to a request with the
    same effect. It holds the object's own UIDs: beside anonymize=yes it is not to be shown (AN-10).

    Args:
        request: as `check_frame_number` returned it.
        representation: what was selected for it.
        charset: the character set of a text or DICOM result, where it was chosen by more than the query (such as
            Accept-Charset); None writes what the query itself asks for.
    """
    if charset is not None:
        representation = replace(representation, charset=None)
        request = replace(request, charset=(CharsetRange(charset, 1.0),))
    pairs = ["requestType=WADO"]
    for name, write in _WRITERS_BY_KIND[representation.kind]:
        value = write(request, representation)
        if value:
            pairs.append(f"{name}={value}")
    return "&".join(pairs)


def rendition_key(instance_version: str, query: str, *, renderer_version: str) -> str:
    """Return a strong entity tag, quotes included, for one rendition (RFC 9110 8.8.3; REQ-WEB-8.5-3).

    Args:
        instance_version: of all stored bytes that the rendition is made of.
        query: as `canonical_query` returned it.
        renderer_version: of the program and of all settings that change what it makes.
    """
    text = f"{instance_version}\0{renderer_version}\0{query}"
    return f'"{blake2b(text.encode(), digest_size=_DIGEST_SIZE).hexdigest()}"'


def _content_type(request: WadoRequest, representation: Representation) -> str:
    del request
    own = iana_name(representation.charset) if representation.charset else None
    named = f"{representation.media_type};charset={own}" if own else representation.media_type
    return quote(named, safe=_READABLE)


def _charset(request: WadoRequest, representation: Representation) -> str | None:
    """Write the known names with their q; those that are not known are passed over in any choice."""
    del representation
    best: dict[str, float] = {}
    for entry in request.charset or ():
        name = iana_name(entry.name)
        if name is not None:
            best[name] = max(entry.q, best.get(name, 0.0))
    named = ",".join(name if q == 1 else f"{name};q={q:g}" for name, q in sorted(best.items()))
    return quote(named, safe=_READABLE)


def _transfer_syntax(request: WadoRequest, representation: Representation) -> str | None:
    del representation
    return None if request.transfer_syntax in _DEFAULT_TRANSFER_SYNTAXES else request.transfer_syntax


def _region(request: WadoRequest, representation: Representation) -> str | None:
    del representation
    if request.region is None:
        return None
    numbers = (request.region.xmin, request.region.ymin, request.region.xmax, request.region.ymax)
    return None if numbers == _WHOLE_IMAGE else ",".join(map(write_decimal, numbers))


def _frame_number(request: WadoRequest, representation: Representation) -> str | None:
    """Write the frame of a still, where the object has several (D-06); a single-frame image has no need of it."""
    if representation.frame_number is None:
        return None
    is_single = request.frame_number is None and representation.category is ObjectCategory.SINGLE_FRAME
    return None if is_single else str(representation.frame_number)


def _image_quality(request: WadoRequest, representation: Representation) -> str | None:
    """Write the quality where it acts: on lossy types, and on lossy transfer syntaxes (REQ-URI-8.2.8-2 and -3)."""
    acts = representation.kind == "dicom" or is_lossy(representation.media_type)
    return str(request.image_quality) if acts and request.image_quality is not None else None


_WRITERS: dict[str, Callable[[WadoRequest, Representation], str | None]] = {
    "explain": lambda _request, _: None,  # it names no rendition
    "studyUID": lambda request, _: request.study_uid,
    "seriesUID": lambda request, _: request.series_uid,
    "objectUID": lambda request, _: request.object_uid,
    "contentType": _content_type,
    "charset": _charset,
    "anonymize": lambda request, _: "yes" if request.anonymize else None,
    "transferSyntax": _transfer_syntax,
    "annotation": lambda request, _: ",".join(request.annotation or ()),
    "rows": lambda request, _: str(request.rows or ""),
    "columns": lambda request, _: str(request.columns or ""),
    "region": _region,
    "windowCenter": lambda request, _: write_decimal(request.window.center) if request.window else None,
    "windowWidth": lambda request, _: write_decimal(request.window.width) if request.window else None,
    "frameNumber": _frame_number,
    "imageQuality": _image_quality,
    "presentationUID": lambda request, _: request.presentation.object_uid if request.presentation else None,
    "presentationSeriesUID": lambda request, _: request.presentation.series_uid if request.presentation else None,
    "bitDepth": lambda request, _: None if request.bit_depth == DEFAULT_BIT_DEPTH else str(request.bit_depth),
}

_ACTING = (Standing.ALLOWED, Standing.LOSSY_ONLY)

# For each kind of result, the parameters that act on it, in the order in which they are written.
_WRITERS_BY_KIND = {
    kind: tuple(
        (row.name, _WRITERS[row.name])
        for row in EVERY_PARAMETER
        if row.name != "requestType" and row.beside.kind(kind) in _ACTING
    )
    for kind in get_args(ResultKind)
}
