"""What must hold of settings beyond each one's own type, and can be said without a look at anything else."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from openwado.settings.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openwado.settings.audit import AuditSettings

#: First parts of paths that the page and the endpoints of the server use.
_TAKEN: Final = frozenset({"health", "links", "metrics", "ready", "statement", "static", "studies"})

#: Where * stands for all addresses; and where a network is written without bits of a host.
_ALL_ADDRESSES: Final = frozenset({"metrics_readers", "request_id_proxies"})
_EXACT_NETWORKS: Final = frozenset({"access_proxies", "audit_domain"})

#: Settings that mean something only beside others: all of these. What a switch has turned off is not looked at: it is
#: turned off because of such a fault at times.
_COMPANIONS: Final = {
    "tls_key": ("tls_certificate",),
    "tls_client_ca": ("tls_certificate",),
    "tls_client_crl": ("tls_certificate", "tls_client_ca"),
    "dicom_tls_key": ("dicom_tls_certificate",),
    "dicom_tls_ca": ("dicom_tls_certificate",),
    "dicom_tls_crl": ("dicom_tls_certificate", "dicom_tls_ca"),
    "access_proxy_user_header": ("access_proxies",),
    "audit_syslog_key": ("audit_syslog_certificate",),
}
_SWITCHES: Final = {"dicom_": "dicom_port", "audit_": "audit"}

#: An origin as Content-Security-Policy takes it, with a star for all names below one, and a port.
_ANCESTOR: Final = re.compile(
    r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5}|:\*)?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?|\*"
)

_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")


def _wado_path(settings: AuditSettings) -> Iterator[Fault]:
    first = settings.wado_path.split("/")[1]
    if first in _TAKEN:
        yield Fault("wado_path", f"it cannot be under /{first}: that is taken")


def _origins(settings: AuditSettings) -> Iterator[Fault]:
    for number, origin in enumerate(settings.cors_origins):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            right = "write scheme and host, such as https://viewer.example, or *"
            yield Fault("cors_origins", f"{origin!r} is no origin; {right}", number)
    if "*" in settings.cors_origins and settings.cors_credentials:
        right = "* cannot stand beside cors_credentials: name the origins instead"
        yield Fault("cors_origins", right, beside=("cors_credentials",))


def _networks(settings: AuditSettings) -> Iterator[Fault]:
    for name in ("metrics_readers", "request_id_proxies", "trusted_proxies", "access_proxies", "audit_domain"):
        if not _is_on(settings, name):
            continue
        for number, text in enumerate(getattr(settings, name)):
            try:
                if text != "*" or name not in _ALL_ADDRESSES:
                    ip_network(text, strict=name in _EXACT_NETWORKS)
            except ValueError:
                right = f"{text!r} is no address and no network such as 192.0.2.0/24{_without_host(text)}"
                yield Fault(name, right, number)


def _ancestors(settings: AuditSettings) -> Iterator[Fault]:
    for number, origin in enumerate(settings.frame_ancestors):
        if _ANCESTOR.fullmatch(origin) is None:
            right = "write scheme and host, such as https://ris.example, or *"
            yield Fault("frame_ancestors", f"{origin!r} is no origin; {right}", number)


def _without_host(text: str) -> str:
    """Return how a network is written that has bits of a host."""
    try:
        return f" (is {ip_network(text, strict=False)} meant?)"
    except ValueError:
        return ""


def _is_on(settings: AuditSettings, name: str) -> bool:
    return all(getattr(settings, switch) for start, switch in _SWITCHES.items() if name.startswith(start))


def _companions(settings: AuditSettings) -> Iterator[Fault]:
    for name, others in _COMPANIONS.items():
        if not (_is_on(settings, name) and getattr(settings, name)):
            continue
        if absent := [other for other in others if not getattr(settings, other)]:
            yield Fault(name, f"it needs {' and '.join(absent)} beside it", beside=others)


#: What must hold beyond each setting's own type.
CHECKS: Final[tuple[Callable[[AuditSettings], Iterable[Fault]], ...]] = (
    _wado_path,
    _origins,
    _ancestors,
    _networks,
    _companions,
)
