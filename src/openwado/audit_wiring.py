"""Audit from the settings: options, journals, and whose a study is."""

from __future__ import annotations

import getpass
import logging
import os
import socket
import time
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openwado.assemble import data_folder
from openwado.config import SettingsError
from openwado.errors import Unavailable
from openwado.observe.audit_connection import tls_context
from openwado.observe.audit_facts import EVENTS, Deleted
from openwado.observe.audit_journal import Journal
from openwado.observe.audit_message import AuditSource
from openwado.observe.audit_options import AuditOptions, SyslogOptions, TrailOptions
from openwado.observe.audit_participants import NO_FACTS, StudyFacts
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from openwado.archive.index import Index
    from openwado.config import Settings
    from openwado.observe.audit_facts import Agent

#: Usual ports by transport (RFC 5426, RFC 6587, RFC 5425).
_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}

_DAY: Final = 86_400

_logger = logging.getLogger("openwado.audit")


def audit_options(settings: Settings) -> AuditOptions | None:
    """Return how audit messages are made, kept and sent; None where they are not.

    Raises:
        SettingsError: a setting cannot be.
    """
    if not settings.audit:
        return None
    unknown = set(settings.audit_leave_out) - set(EVENTS)
    if unknown:
        raise SettingsError(f"Settings: audit_leave_out has {min(unknown)!r}; there are {', '.join(EVENTS)}.")
    host = socket.gethostname()
    return AuditOptions(
        folder=Path(settings.audit_folder) if settings.audit_folder else data_folder(settings) / "audit",
        source=AuditSource(
            settings.audit_source_id or f"openwado@{host}",
            settings.audit_site,
            host,
            settings.ae_title.strip() if settings.dicom_port else "",
        ),
        trail=TrailOptions(
            settings.audit_rotate_size << 20,
            settings.audit_rotate_days * _DAY,
            settings.audit_keep_days * _DAY,
            settings.audit_chain_key.encode(),
        ),
        syslog=_syslog(settings),
        window=settings.audit_window,
        most_instances=settings.audit_instances,
        failures=settings.audit_failures,
        left_out=frozenset(settings.audit_leave_out),
        domain=tuple(map(_network, settings.audit_domain)),
        required=settings.audit_required,
    )


def journal_of(settings: Settings) -> Journal | None:
    """Return where this process notes facts; None where none are noted.

    Raises:
        SettingsError: a setting cannot be, or the journal cannot be made.
    """
    options = audit_options(settings)
    if options is None:
        return None
    try:
        return Journal(options)
    except OSError as error:
        raise SettingsError(
            f"The audit journal in {options.journals} cannot be made: {error.strerror}. "
            "Without audit messages: the setting audit false."
        ) from error


def study_facts_of(index: Index) -> Callable[[str], StudyFacts]:
    """Return what says whose a study is. Where the index does not answer, the message goes without it."""

    def facts(study: str) -> StudyFacts:
        try:
            row = index.study(study)
        except (Unavailable, OSError) as error:
            _logger.warning(event("audit: the index does not say whose a study is", detail=str(error)))
            return NO_FACTS
        if row is None:
            return NO_FACTS
        said = row.description
        return StudyFacts(said.patient_id, said.patient_name, said.accession_number)

    return facts


def deletions(index: Index, agent: Agent, uids: Sequence[str]) -> list[Deleted]:
    """Return what is to be noted when objects are deleted, by study; found out before they are."""
    now = time.time()
    studies: dict[str, dict[str, list[str]]] = {}
    for uid in uids:
        found = index.find(uid)
        if found is not None and not found.gone:
            instance = found.instance
            classes = studies.setdefault(instance.study_instance_uid, {})
            classes.setdefault(instance.sop_class_uid, []).append(uid)
    facts = []
    for study, classes in studies.items():
        row = index.study(study)
        count = sum(map(len, classes.values()))
        facts.append(
            Deleted(
                time=now,
                agent=agent,
                study=study,
                whole=row is not None and row.number_of_instances <= count,
                classes=classes,
                patient_id="" if row is None else row.description.patient_id,
                patient_name="" if row is None else row.description.patient_name,
                accession="" if row is None else row.description.accession_number,
            )
        )
    return facts


def this_user() -> str:
    """Return who runs this command, with the machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def new_run() -> str:
    """Return a name for a start of the server."""
    return f"{time.time_ns()}-{os.getpid()}"


def _syslog(settings: Settings) -> SyslogOptions | None:
    if not settings.audit_syslog:
        return None
    sentence = f"Settings: audit_syslog is {settings.audit_syslog!r}; write udp, tcp or tls, such as tls://HOST:6514."
    try:
        parts = urlsplit(settings.audit_syslog)
        port = parts.port
    except ValueError as error:
        raise SettingsError(sentence) from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.username:
        raise SettingsError(sentence)
    options = SyslogOptions(
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        settings.audit_syslog_ca,
        settings.audit_syslog_certificate,
        settings.audit_syslog_key,
    )
    if options.transport == "tls":
        try:
            tls_context(options)
        except OSError as error:  # also what OpenSSL finds wrong with a file
            detail = error.strerror or str(error)
            raise SettingsError(
                f"Settings: audit_syslog_ca, _certificate and _key cannot be used: {detail}."
            ) from error
    return options


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingsError(f"Settings: audit_domain has {text!r}; write networks, such as 192.0.2.0/24.") from error
