"""Audit from the settings: what can be, what cannot, and what is meant by it."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from openwado.audit_wiring import audit_options, journal_of
from openwado.config import SettingsError, load

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_made_where_audit_is_off(tmp_path: Path) -> None:
    """Off by default: no options, no journal, no folder."""
    settings = load(data=str(tmp_path))
    assert audit_options(settings) is None
    assert journal_of(settings) is None
    assert not list(tmp_path.iterdir())


def test_what_settings_mean(tmp_path: Path) -> None:
    """Units are turned into bytes and seconds; ports and names that are not given are the usual ones."""
    settings = load(
        data=str(tmp_path),
        audit=True,
        audit_syslog="tcp://logs.example",
        audit_rotate_size=2,
        audit_keep_days=3,
        audit_domain=("192.0.2.0/24",),
        audit_leave_out=("query",),
    )
    options = audit_options(settings)
    assert options is not None
    assert options.folder == tmp_path / "audit"
    assert options.syslog is not None
    assert (options.syslog.transport, options.syslog.host, options.syslog.port) == ("tcp", "logs.example", 601)
    assert (options.trail.rotate_bytes, options.trail.rotate_seconds, options.trail.keep_seconds) == (
        2 << 20,
        86_400,
        3 * 86_400,
    )
    assert options.domain == (ip_network("192.0.2.0/24"),)
    assert options.left_out == {"query"}
    assert options.source.source_id == f"openwado@{socket.gethostname()}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"audit_syslog": "http://somewhere"},
        {"audit_syslog": "udp://:514"},
        {"audit_syslog": "tls://host:99999"},
        {"audit_syslog": "tcp://user@host"},
        {"audit_syslog": "tls://host", "audit_syslog_ca": "/nowhere.pem"},
        {"audit_leave_out": ("everything",)},
        {"audit_domain": ("here",)},
        {"audit_folder": "/proc/nowhere"},
    ],
)
def test_what_cannot_be_is_named(wrong: dict[str, Any], tmp_path: Path) -> None:
    """Each setting that cannot be is named in one sentence before anything is started."""
    with pytest.raises(SettingsError, match="audit"):
        journal_of(load(data=str(tmp_path), audit=True, **wrong))
