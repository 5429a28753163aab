"""Sections 5.1 to 5.4: the URI service, its parameters, and how the answer is chosen (PS3.18 ch. 9; legacy ch. 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.protocol.category import ObjectCategory
from openwado.protocol.media import MAXIMUM_ENTRIES, MAXIMUM_LENGTH, default_media_type
from openwado.protocol.parameters import (
    ANNOTATION_EXTENSIONS,
    ANNOTATION_KEYWORDS,
    EVERY_PARAMETER,
    EXTENSIONS,
    PARAMETERS,
    REFUSED_WHERE_OFF,
)
from openwado.statement.parts import listing, paragraph, paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.protocol.parameters import Parameter
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

_RESULTS: Final = ("dicom", "picture", "animation", "video", "text", "presentation")
_REQUEST_FIELDS: Final = (
    *("accept", "accept_charset", "accept_language", "range", "if_none_match", "authorization", "origin"),
    *("request_id", "forwarded"),
)
_RESPONSE_FIELDS: Final = (
    *("content_type", "content_length", "content_location", "content_disposition", "content_range", "etag"),
    *("cache_control", "vary", "warning", "retry_after", "server_timing"),
)


def uri_service(words: Wording, situation: Situation) -> tuple[Section, ...]:
    """Return the sections."""
    return (
        _transactions(words, situation),
        _parameters(words, situation),
        _combinations(words),
        _selection(words, situation),
    )


def _transactions(words: Wording, situation: Situation) -> Section:
    rows = [
        (words(f"services.{name}"), clause, words(f"transactions.{name}"))
        for name, clause in (("retrieve_dicom", "PS3.18 9.4"), ("retrieve_rendered", "PS3.18 9.5"))
    ]
    return section(
        words,
        "5.1",
        "transactions",
        *paragraphs(words, "transactions", "what", path=situation.settings.wado_path, methods=situation.facts.methods),
        table(words, "transactions", "transaction clause what", rows),
        *paragraphs(words, "transactions", "one_object"),
    )


def _parameters(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    is_on = {"bitDepth": settings.bit_depth_parameter, "explain": settings.explain_parameter}
    own = [
        (
            row.name,
            words.term(row.form),
            words.term(row.absent),
            words.yes(is_so=is_on[row.name]),
            _where_off(words, row),
        )
        for row in EXTENSIONS
    ]
    return section(
        words,
        "5.2",
        "parameters",
        *paragraphs(words, "parameters", "what"),
        table(words, "parameters", "parameter value absent clauses", [_parameter(words, row) for row in PARAMETERS]),
        *paragraphs(words, "parameters", "unknown", "wrong", "partners"),
        table(words, "parameters", "parameter value absent switched_on switched_off", own, "own"),
        paragraph(
            words(
                "parameters.annotation",
                words=", ".join(sorted(ANNOTATION_KEYWORDS)),
                more=", ".join(sorted(ANNOTATION_EXTENSIONS)),
                is_on=words.yes(is_so=settings.annotation_extensions),
            )
        ),
    )


def _parameter(words: Wording, row: Parameter) -> tuple[str, ...]:
    absent = words("parameters.required") if row.required else words.term(row.absent)
    return (row.name, words.term(row.form), absent, ", ".join(row.clauses))


def _where_off(words: Wording, row: Parameter) -> str:
    return words("parameters.refused" if row.name in REFUSED_WHERE_OFF else "parameters.ignored")


def _combinations(words: Wording) -> Section:
    rows = [
        (row.name, *(words.term(getattr(row.beside, result).value) for result in _RESULTS)) for row in EVERY_PARAMETER
    ]
    heads = "parameter " + " ".join(f"beside_{result}" for result in _RESULTS)
    return section(
        words,
        "5.3",
        "combinations",
        *paragraphs(words, "combinations", "what"),
        table(words, "combinations", heads, rows),
        *paragraphs(words, "combinations", "images_only", "picture_only"),
    )


def _selection(words: Wording, situation: Situation) -> Section:
    defaults = [
        (words(f"columns.{category.name.lower()}"), default_media_type(category)) for category in ObjectCategory
    ]
    steps = ("content_type", "not_covered", "none_left", "accept", "wildcard", "nothing")
    fields = [
        (words(f"fields.{field}_name"), words(f"fields.{kind}"), words(f"fields.{field}"))
        for kind, names in (("request", _REQUEST_FIELDS), ("response", _RESPONSE_FIELDS))
        for field in names
    ]
    return section(
        words,
        "5.4",
        "selection",
        table(words, "selection", "category default", defaults, "defaults"),
        *paragraphs(words, "selection", "steps"),
        listing(words(f"selection.{step}", entries=MAXIMUM_ENTRIES, length=MAXIMUM_LENGTH) for step in steps),
        *paragraphs(words, "selection", "q"),
        table(words, "selection", "field direction what", fields, "fields"),
        *paragraphs(words, "selection", "cors" if situation.settings.cors_origins else "no_cors"),
    )
