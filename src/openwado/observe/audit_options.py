"""How audit messages are made, kept and sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from openwado.observe.audit_message import AuditSource


@dataclass(frozen=True, slots=True)
class TrailOptions:
    """How the audit trail is kept.

    Attributes:
        rotate_bytes: size of a file from which on another one is begun.
        rotate_seconds: age of a file from which on another one is begun.
        keep_seconds: age from which on a file that was sent is removed; 0: never.
        key: of the chain of digests, b"" for none.
    """

    rotate_bytes: int = 64 << 20
    rotate_seconds: float = 86_400.0
    keep_seconds: float = 0.0
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SyslogOptions:
    """Where messages are sent.

    Attributes:
        transport: udp, tcp or tls.
        host, port: of the receiver.
        ca: file with the certificates (PEM) of those who vouch for it; "": those that the system trusts.
        certificate, key: files (PEM) of our own for it; "": none, and: in the certificate's file.
    """

    transport: str
    host: str
    port: int
    ca: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """All of it.

    Attributes:
        folder: where journals, the trail and notes about it are.
        source: who reports.
        trail: how it is kept.
        syslog: where messages are sent; None: nowhere.
        window: seconds for which facts are gathered to one message; 0: each is one.
        most_instances: named in one message.
        failures: failed authentications of one agent in a window that are an alert; 0: none is.
        left_out: names of events (`audit_facts.EVENTS`) that are not told.
        domain: networks of the security domain; (): everything is inside.
        required: whether there are no answers while nothing can be written.
    """

    folder: Path
    source: AuditSource
    trail: TrailOptions = TrailOptions()
    syslog: SyslogOptions | None = None
    window: float = 60.0
    most_instances: int = 300
    failures: int = 5
    left_out: frozenset[str] = frozenset()
    domain: tuple[IPv4Network | IPv6Network, ...] = ()
    required: bool = False

    @property
    def journals(self) -> Path:
        """The folder of the processes' journals."""
        return self.folder / "journal"

    @property
    def trails(self) -> Path:
        """The folder of the trail's files."""
        return self.folder / "trail"
