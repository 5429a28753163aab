"""Chapter 6: addresses, versions, statuses, associations, transfer syntaxes and limits (PS3.2 N.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.authentication import is_asked
from openwado.config import Settings
from openwado.dicom.codecs import CODECS
from openwado.dicom.file_head import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from openwado.dicom.frame_encoders import FRAME_ENCODERS, JPEG_XL_RECOMPRESSION
from openwado.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    NEVER_SENT,
)
from openwado.dicom.undecoded import UNDECODED
from openwado.settings.limits import LimitSettings
from openwado.settings.processes import ProcessSettings
from openwado.statement.parts import paragraph, paragraphs, section, table
from openwado.statement.setting_rows import setting_rows

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

#: Statuses that no error makes.
_GOOD: Final = (200, 206, 304)
#: Statuses of the listener, before a request is one.
_LISTENER: Final = (431,)
_NO_SETTING: Final = frozenset({"title"})


def communication(words: Wording, situation: Situation) -> Section:
    """Return the chapter."""
    return section(
        words,
        "6",
        "communication",
        _http(words, situation),
        _statuses(words, situation),
        _associations(words, situation),
        _transfer_syntaxes(words, situation),
        _limits(words, situation),
    )


def _http(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    scheme = "https" if settings.tls_certificate else "http"
    rows = [
        (situation.facts.methods, settings.wado_path, words("addresses.wado"), words("common.yes")),
        ("POST", "/studies, /studies/{study}", words("addresses.store"), words.yes(is_so=settings.stow)),
        (situation.facts.methods, "/, /studies/...", words("addresses.page"), words.yes(is_so=settings.page)),
        (situation.facts.methods, "/statement", words("addresses.statement"), words("common.yes")),
        ("DELETE", "/studies/{study}...", words("addresses.delete"), words.yes(is_so=is_asked(settings))),
        ("POST", "/links", words("addresses.links"), words.yes(is_so=bool(settings.access_link_keys))),
        (situation.facts.methods, "/health, /ready", words("addresses.health"), words("common.yes")),
        (situation.facts.methods, "/metrics", words("addresses.metrics"), words.yes(is_so=settings.metrics)),
    ]
    port = str(settings.port or words("http.any_port"))
    base = f"{scheme}://{settings.host}:{port}{settings.wado_path}"
    persistent = [f"HTTP/{version}" for version in situation.facts.http_versions if version.startswith("1.")]
    http2 = "http2" if settings.tls_certificate and settings.http2 else "no_http2"
    return section(
        words,
        "6.1",
        "http",
        paragraph(words("http.base", base=base)),
        table(words, "http", "method path what here", rows),
        paragraph(words("http.versions", versions=", ".join(persistent))),
        *paragraphs(words, "http", http2, "connections"),
        table(words, "http", "setting in_use default what", setting_rows(words, situation, _HTTP_SETTINGS), "settings"),
    )


_HTTP_SETTINGS: Final = (
    *("host", "port", "wado_path", "page", "workers", "keep_alive", "shutdown_grace", "cache_max_age"),
    *("cors_credentials", "http2", "head_timeout", "stall_timeout", "tls_handshake_timeout"),
)


def _statuses(words: Wording, situation: Situation) -> Section:
    good = [(str(status), words(f"statuses.t{status}"), words(f"statuses.s{status}"), "-") for status in _GOOD]
    bad = [
        (
            str(fact.status),
            fact.title,
            words(f"statuses.{fact.cause}"),
            words("statuses.temporary" if fact.temporary else "statuses.permanent"),
        )
        for fact in situation.facts.statuses
    ]
    before = [
        (str(status), words(f"statuses.t{status}"), words(f"statuses.s{status}"), words("statuses.permanent"))
        for status in _LISTENER
    ]
    rows = sorted((*good, *bad, *before), key=lambda row: row[0])
    return section(
        words,
        "6.2",
        "statuses",
        *paragraphs(words, "statuses", "what"),
        table(words, "statuses", "status title condition lasting", rows),
        *paragraphs(words, "statuses", "body", "not_used"),
    )


def _associations(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    properties = [
        (words("associations.title"), settings.ae_title.strip()),
        (words("associations.port"), str(settings.dicom_port) if settings.dicom_port else words("associations.none")),
        (words("associations.role"), words("associations.acceptor")),
        (words("associations.context"), "1.2.840.10008.3.1.1.1"),
        (words("associations.pdu"), str(situation.facts.maximum_length)),
        (words("associations.many"), str(settings.max_associations)),
        (words("associations.asynchronous"), words("common.no")),
        (words("associations.class_uid"), IMPLEMENTATION_CLASS_UID),
        (words("associations.version"), IMPLEMENTATION_VERSION_NAME),
        (words("associations.called"), words.yes(is_so=settings.match_called_ae_title)),
        (words("associations.calling"), words.yes(is_so=bool(settings.dicom_peers))),
        (words("associations.tls"), words.yes(is_so=bool(settings.dicom_tls_certificate))),
        (words("associations.peer_certificates"), words.yes(is_so=bool(settings.dicom_tls_ca))),
        (words("associations.revoked"), words.yes(is_so=bool(settings.dicom_tls_crl))),
    ]
    rejections = [
        (str(fact.result), str(fact.source), str(fact.reason), words.term(fact.words))
        for fact in situation.facts.rejections
    ]
    timeouts = [name for name in Settings.__struct_fields__ if name.startswith("dicom_") and name.endswith("_timeout")]
    return section(
        words,
        "6.3",
        "associations",
        *paragraphs(words, "associations", "on" if settings.dicom_port else "off"),
        table(words, "associations", "property value", properties),
        *paragraphs(words, "associations", "presentation"),
        table(words, "associations", "result source reason condition", rejections, "rejections"),
        table(words, "associations", "setting in_use default what", setting_rows(words, situation, timeouts), "times"),
    )


def _transfer_syntaxes(words: Wording, situation: Situation) -> Section:
    received = situation.facts.received_syntaxes
    every = {uid: codec.name for uid, codec in CODECS.items()} | {uid: one.name for uid, one in UNDECODED.items()}
    rows = [
        (name, uid, words.yes(is_so=uid in received), _decoded(words, uid), _sent(words, uid))
        for uid, name in every.items()
    ]
    return section(
        words,
        "6.4",
        "syntaxes",
        *paragraphs(words, "syntaxes", "what", "sent", "fallback", "deflated"),
        table(words, "syntaxes", "transfer_syntax uid received drawn sent", rows),
    )


def _decoded(words: Wording, uid: str) -> str:
    if uid in UNDECODED:
        return words.term(UNDECODED[uid].reason)
    codec = CODECS[uid]
    limit = f" ({words.term(codec.limit)})" if codec.limit else ""
    return words("syntaxes.by_video" if codec.form == "video" else "common.yes") + limit


def _sent(words: Wording, uid: str) -> str:
    """Return how an object can leave in a transfer syntax."""
    if uid in NEVER_SENT:
        return words("syntaxes.never")
    if uid == EXPLICIT_VR_LITTLE_ENDIAN:
        return words("syntaxes.usual")
    if uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        return words("syntaxes.asked")
    if uid == JPEG_XL_RECOMPRESSION:
        return words("syntaxes.recompressed")
    encoder = FRAME_ENCODERS.get(uid)
    return words("syntaxes.as_stored") if encoder is None else words.term(encoder.quality_scale)


def _limits(words: Wording, situation: Situation) -> Section:
    own = (*LimitSettings.__annotations__, *ProcessSettings.__annotations__)
    named = [name for name in Settings.__struct_fields__ if name.startswith("max_")]
    names = [name for name in dict.fromkeys((*named, *own)) if name not in _NO_SETTING]
    return section(
        words,
        "6.5",
        "limits",
        *paragraphs(words, "limits", "running" if situation.is_running else "not_running"),
        table(words, "limits", "setting in_use default what", setting_rows(words, situation, names)),
    )
