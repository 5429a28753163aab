"""Chapter 7: who asks, secured connections, audit, de-identification, and hostile input (PS3.2 N.7; PS3.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.access.rights import RIGHTS
from openwado.authentication import WAYS
from openwado.dicom.burned_in import MODALITIES_WITH_TEXT
from openwado.dicom.deidentify import DUMMIES, METHOD
from openwado.statement.parts import listing, paragraph, paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

_HOSTILE: Final = ("bounds", "processes", "sandbox", "strings", "answers")
_DEIDENTIFIED: Final = ("uids", "dates", "texts", "inserted", "pixels", "rules", "refused", "originals", "tags")


def security(words: Wording, situation: Situation) -> Section:
    """Return the chapter."""
    return section(
        words,
        "7",
        "security",
        _access(words, situation),
        _transport(words, situation),
        _audit(words, situation),
        _deidentification(words, situation),
        _hostile(words, situation),
    )


def _access(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    used = [name for name in WAYS if getattr(settings, name)]
    state = "asked" if used else "open_to_all" if settings.insecure_no_auth else "nobody"
    rows = [(words(f"ways.{name}"), words.yes(is_so=name in used)) for name in WAYS]
    rights = [(right, words(f"rights.{right}")) for right in RIGHTS]
    return section(
        words,
        "7.1",
        "access",
        *paragraphs(words, "access", state, "rules", "hidden"),
        paragraph(words("access.public", addresses=", ".join(situation.facts.public_addresses))),
        table(words, "access", "way in_use", rows, "ways"),
        table(words, "access", "right what", rights, "rights"),
    )


def _transport(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    client = "none" if not settings.tls_client_ca else settings.tls_client_certificates
    rows = [
        (words("transport.http"), words.yes(is_so=bool(settings.tls_certificate))),
        (words("transport.minimum"), f"TLS {settings.tls_minimum_version}"),
        (words("transport.client"), words(f"transport.client_{client}")),
        (words("transport.revoked"), words.yes(is_so=bool(settings.tls_client_crl))),
        (words("transport.dicom"), words.yes(is_so=bool(settings.dicom_tls_certificate))),
        (words("transport.hsts"), str(settings.hsts_max_age)),
    ]
    return section(
        words,
        "7.2",
        "transport",
        paragraph(words("transport.what", ciphers=situation.facts.tls_ciphers)),
        table(words, "transport", "property value", rows),
        *paragraphs(words, "transport", "certificates"),
    )


def _audit(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    rows = [
        (words("audit.on"), words.yes(is_so=settings.audit)),
        (words("audit.required"), words.yes(is_so=settings.audit_required)),
        (words("audit.sent"), words.yes(is_so=bool(settings.audit_syslog))),
        (words("audit.keyed"), words.yes(is_so=bool(settings.audit_chain_key))),
    ]
    return section(
        words,
        "7.3",
        "audit",
        *paragraphs(words, "audit", "what", "events"),
        table(words, "audit", "property value", rows),
    )


def _deidentification(words: Wording, situation: Situation) -> Section:
    values = {
        "method": METHOD,
        "modalities": ", ".join(sorted(MODALITIES_WITH_TEXT)),
        "rules": len(situation.settings.burned_in_rules),
        "shared": words.yes(is_so=bool(situation.settings.deidentification_key)),
    }
    return section(
        words,
        "7.4",
        "deidentification",
        *paragraphs(words, "deidentification", "what"),
        listing(words(f"deidentification.{key}", **values) for key in _DEIDENTIFIED),
        table(words, "deidentification", "vr dummy", sorted(DUMMIES.items()), "dummies"),
    )


def _hostile(words: Wording, situation: Situation) -> Section:
    return section(
        words,
        "7.5",
        "hostile",
        listing(words(f"hostile.{key}", sandbox=situation.settings.render_sandbox) for key in _HOSTILE),
    )
