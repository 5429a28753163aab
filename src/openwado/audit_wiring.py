"""Audit from the settings: options, journals, and whose a study is."""

from __future__ import annotations

import getpass
import logging
import os
import socket
import time
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openwado.assemble import data_folder
from openwado.config import SettingsError, refuse
from openwado.errors import Unavailable
from openwado.observe.audit_connection import tls_context
from openwado.observe.audit_facts import EVENTS
from openwado.observe.audit_journal import Journal
from openwado.observe.audit_message import AuditSource
from openwado.observe.audit_options import AuditOptions, SyslogOptions, TrailOptions
from openwado.observe.audit_participants import NO_FACTS, StudyFacts
from openwado.observe.log import event
from openwado.settings.faults import Fault
from openwado.settings.files import why_not_read, why_not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.archive.index import Index
    from openwado.config import Settings

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
    refuse(audit_faults(settings))
    host = socket.gethostname()
    return AuditOptions(
        folder=audit_folder(settings),
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
        domain=tuple(map(ip_network, settings.audit_domain)),
        required=settings.audit_required,
    )


def audit_faults(settings: Settings) -> Iterator[Fault]:
    """Give what is wrong with the settings of audit messages, where they are on."""
    if not settings.audit:
        return
    for number, name in enumerate(settings.audit_leave_out):
        if name not in EVENTS:
            yield Fault("audit_leave_out", f"{name!r} is no event; there are {', '.join(EVENTS)}", number)
    if settings.audit_syslog:
        yield from _syslog_faults(settings)


def folder_faults(settings: Settings) -> Iterator[Fault]:
    """Say so where the trail cannot be kept."""
    if settings.audit and (why := why_not_written(audit_folder(settings))):
        text = f"nothing can be written in {audit_folder(settings)}: {why}; without audit messages: audit false"
        yield Fault("audit_folder", text)


def audit_folder(settings: Settings) -> Path:
    """Return where the trail is kept."""
    return Path(settings.audit_folder) if settings.audit_folder else data_folder(settings) / "audit"


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
    """Return how messages are sent; None where they are not.

    Raises:
        ValueError: it is no address of a receiver.
    """
    if not settings.audit_syslog:
        return None
    parts = urlsplit(settings.audit_syslog)
    port = parts.port
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.username:
        raise ValueError("no address of a receiver")
    return SyslogOptions(
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        settings.audit_syslog_ca,
        settings.audit_syslog_certificate,
        settings.audit_syslog_key,
    )


def _syslog_faults(settings: Settings) -> Iterator[Fault]:
    unreadable = [
        Fault(name, f"the file cannot be read: {error}")
        for name in ("audit_syslog_ca", "audit_syslog_certificate", "audit_syslog_key")
        if (error := why_not_read(getattr(settings, name)))
    ]
    yield from unreadable
    try:
        options = _syslog(settings)
    except ValueError:
        yield Fault("audit_syslog", "it names no receiver; write udp, tcp or tls, such as tls://HOST:6514")
        return
    if options is None or options.transport != "tls":
        return
    wrong = {fault.setting for fault in unreadable}
    pair = "this and audit_syslog_key are no PEM certificate with its key"
    for name, text, part in (
        ("audit_syslog_ca", "it holds no PEM certificates", replace(options, certificate="", key="")),
        ("audit_syslog_certificate", pair, replace(options, ca="")),
    ):
        if name in wrong or (name == "audit_syslog_certificate" and "audit_syslog_key" in wrong):
            continue
        try:
            tls_context(part)
        except OSError as error:  # also what OpenSSL finds wrong with a file
            yield Fault(name, f"{text}: {error.strerror or error}")
