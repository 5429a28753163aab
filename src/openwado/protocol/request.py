"""One request as a value (PS3.18 8.1-8.2 of the legacy text; 9.1.2 of today's), and how it is read from a query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from openwado.errors import BadRequest
from openwado.protocol.parameters import (
    ANNOTATION_EXTENSIONS,
    ANNOTATION_KEYWORDS,
    ANNOTATION_SWITCH,
    EXTENSION_BY_NAME,
    PARAMETER_BY_NAME,
    PARAMETERS,
    REFUSED_BESIDE_PRESENTATION,
    REFUSED_WHERE_OFF,
    Parameter,
    Plus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.protocol.charset import CharsetRange
    from openwado.protocol.media import MediaRange

#: Characters of client text that a warning may echo.
_MAXIMUM_ECHO = 64

_BAD_TRIPLET = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLUS_OUTSIDE_NAME = re.compile(r"(?<![!#$%&'*\-.^_`|~0-9A-Za-z])\+|\+(?![!#$%&'*\-.^_`|~0-9A-Za-z])")
_ALWAYS_KNOWN = PARAMETER_BY_NAME | {name: EXTENSION_BY_NAME[name] for name in REFUSED_WHERE_OFF}
_REQUIRED = tuple(parameter.name for parameter in PARAMETERS if parameter.required)
_PAIRED = tuple((parameter.name, parameter.partner) for parameter in PARAMETERS if parameter.partner is not None)


@dataclass(frozen=True, slots=True)
class Region:
    """Part of an image, as fractions of its width and height (9.3): 0 <= xmin < xmax <= 1, likewise y."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float


@dataclass(frozen=True, slots=True)
class Window:
    """Window center and width in values after the Modality LUT (9.4; PS3.3 C.11.2.1.2)."""

    center: float
    width: float


@dataclass(frozen=True, slots=True)
class PresentationReference:
    """Which presentation state to apply: presentationSeriesUID and presentationUID (9.7)."""

    series_uid: str
    object_uid: str


@dataclass(frozen=True, slots=True)
class WadoRequest:
    """All parameters of one request, each in its own type; None where absent.

    Attributes:
        study_uid, series_uid, object_uid: the three UIDs as sent.
        content_type: entries of contentType in order, None if absent.
        charset: entries of charset in order, None if absent.
        anonymize: anonymize=yes was given.
        transfer_syntax: a UID, or "*".
        annotation: the known keywords asked for, sorted, without duplicates; None if the parameter is absent.
        rows, columns: the box that the picture has to fit, pixels.
        region: part of the image.
        window: window center and width.
        frame_number: from 1.
        image_quality: 1 … 100.
        presentation: the presentation state.
        bit_depth: bits of a grey level, 8 or 16 (an extension, RR-27).
        explain: why the answer is as it is, instead of it (an extension).
        present: names of all supported parameters that the query carries, in the spelling of the standard.
        warnings: texts for `Warning: 299`, e.g. unknown annotation words.
    """

    study_uid: str
    series_uid: str
    object_uid: str
    content_type: tuple[MediaRange, ...] | None = None
    charset: tuple[CharsetRange, ...] | None = None
    anonymize: bool = False
    transfer_syntax: str | None = None
    annotation: tuple[str, ...] | None = None
    rows: int | None = None
    columns: int | None = None
    region: Region | None = None
    window: Window | None = None
    frame_number: int | None = None
    image_quality: int | None = None
    presentation: PresentationReference | None = None
    bit_depth: int = 8
    explain: bool = False
    present: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def parse_request(query: str, extensions: frozenset[str] = frozenset()) -> WadoRequest:
    """Read a request (section 3; PS3.18 8.1-8.2 of the legacy text, 8.3 and 9.1.2 of today's).

    Args:
        query: the query component as it came, percent-encoded, without the question mark. Pairs are joined by `&` only.
        extensions: names of those `EXTENSIONS` that are switched on; the others are unknown like any other name; and
            `ANNOTATION_SWITCH` if annotation knows `ANNOTATION_EXTENSIONS`.

    Raises:
        BadRequest: a parameter is missing, given twice, malformed, out of range, without its partner, or beside one
            that it can never stand beside. It names the parameter.
    """
    known = _ALWAYS_KNOWN
    if extensions:
        known = _ALWAYS_KNOWN | {name: row for name, row in EXTENSION_BY_NAME.items() if name in extensions}
    given, unknown = _split(query, known)
    for name in REFUSED_WHERE_OFF:
        if name in given and name not in extensions:
            raise BadRequest(f"{name} is not answered here: leave it out.", parameter=name)
    if "requestType" not in given:
        raise BadRequest(
            "requestType is missing: a request has requestType=WADO, studyUID, seriesUID and objectUID, spelt so.",
            parameter="requestType",
        )
    values = {name: _read(known[name], raw) for name, raw in given.items()}
    _check_together(values)
    words = ANNOTATION_KEYWORDS | (ANNOTATION_EXTENSIONS if ANNOTATION_SWITCH in extensions else frozenset())
    return _assemble(values, unknown, words)


def _split(query: str, known: Mapping[str, Parameter]) -> tuple[dict[str, str], int]:
    """Return the raw values of supported parameters, and the number of others (REQ-URI-A.1-1, REQ-WEB-8.3-1 and -3)."""
    if not (query.isascii() and query.isprintable()) or _BAD_TRIPLET.search(query):
        raise BadRequest(
            "The query is malformed: write every character outside of printable ASCII, and % itself, as % and two "
            "hexadecimal digits."
        )
    given: dict[str, str] = {}
    unknown = 0
    for pair in query.split("&"):
        name, _, raw = pair.partition("=")
        if "%" in name:
            name = _decode(name, None)
        if name in given:
            raise BadRequest(f"{name} is given more than once: give it once.", parameter=name)
        if name in known:
            given[name] = raw
        elif pair:
            unknown += 1
            _decode(raw, None)
    return given, unknown


def _decode(raw: str, name: str | None) -> str:
    """Return text with its %HH read as UTF-8; `name` is the parameter to blame."""
    if "%" not in raw:
        return raw
    try:
        value = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest(f"{name or 'The query'} is malformed: its %HH are not UTF-8.", parameter=name) from None
    if name is not None and not value.isprintable():
        raise BadRequest(
            f"{name} holds a control character: send the value alone, without NUL padding.", parameter=name
        )
    return value


def _read(parameter: Parameter, raw: str) -> object:
    """Return one value, read by the parameter's own reader."""
    value = raw
    if "+" in value:  # a space in form coding: dropped at the ends (REQ-URI-8.1-0)
        value = value.strip("+")
        if parameter.plus is Plus.SPACE:
            value = value.replace("+", " ")
    value = _decode(value, parameter.name)
    if "+" in value and parameter.plus is Plus.IN_NAME:
        value = _PLUS_OUTSIDE_NAME.sub(" ", value)
    try:
        return parameter.read(value)
    except ValueError:
        raise BadRequest(f"{parameter.name} must be {parameter.form}.", parameter=parameter.name) from None


def _check_together(values: dict[str, object]) -> None:
    """Refuse what is incomplete, and what can never stand beside presentationUID (REQ-URI-8.2.5-1, -6, 8.2.9-1, -9)."""
    for name in _REQUIRED:
        if name not in values:
            raise BadRequest(
                f"{name} is missing: a request has requestType=WADO, studyUID, seriesUID and objectUID.", parameter=name
            )
    for name, partner in _PAIRED:
        if name in values and partner not in values:
            raise BadRequest(f"{partner} is missing: give {name} and {partner} both, or neither.", parameter=partner)
    if "presentationUID" in values:
        for name in REFUSED_BESIDE_PRESENTATION:
            if name in values:
                raise BadRequest(f"{name} may not stand beside presentationUID: leave one of them out.", parameter=name)


def _assemble(values: dict[str, Any], unknown: int, known_words: frozenset[str]) -> WadoRequest:
    """Return the request made of values that were read and checked."""
    words: tuple[str, ...] | None = values.get("annotation")
    region = values.get("region")
    return WadoRequest(
        study_uid=values["studyUID"],
        series_uid=values["seriesUID"],
        object_uid=values["objectUID"],
        content_type=values.get("contentType"),
        charset=values.get("charset"),
        anonymize=values.get("anonymize", False),
        transfer_syntax=values.get("transferSyntax"),
        annotation=None if words is None else tuple(word for word in words if word in known_words),
        rows=values.get("rows"),
        columns=values.get("columns"),
        region=None if region is None else Region(*region),
        window=Window(values["windowCenter"], values["windowWidth"]) if "windowCenter" in values else None,
        frame_number=values.get("frameNumber"),
        image_quality=values.get("imageQuality"),
        presentation=PresentationReference(values["presentationSeriesUID"], values["presentationUID"])
        if "presentationUID" in values
        else None,
        bit_depth=values.get("bitDepth", 8),
        explain=values.get("explain", False),
        present=frozenset(values),
        warnings=_warnings(words or (), unknown, known_words),
    )


def _warnings(words: tuple[str, ...], unknown: int, known_words: frozenset[str]) -> tuple[str, ...]:
    """Return what to say about things that were ignored (REQ-URI-8.2.1-5, REQ-WEB-8.3-1)."""
    warnings: list[str] = []
    ignored = [word for word in words if word not in known_words]
    if ignored:
        names = ", ".join(ignored)
        shown = names if len(names) <= _MAXIMUM_ECHO else f"{len(ignored)} of them"
        warnings.append(f"annotation: keywords that are not known here were ignored: {shown}")
    if unknown:
        warnings.append(f"query parameters that are not known here were ignored: {unknown}")
    return tuple(warnings)
