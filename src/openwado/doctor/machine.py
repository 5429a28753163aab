"""Whether the machine is fit: its clock, ports, memory, and how many files may be open."""

from __future__ import annotations

import ctypes
import resource
import ssl
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from openwado.assemble import share_of_cores
from openwado.dicom.formatting import counted
from openwado.doctor.finding import Finding
from openwado.machine import memory
from openwado.server.expiry import certificates_in
from openwado.server.listening import CannotListen, open_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings

#: No clock that is right says less.
_THIS_PROGRAM: Final = datetime(2026, 11, 1, tzinfo=UTC)

#: What the kernel says of a clock that nothing sets right (adjtimex, TIME_ERROR), and bytes of its description.
_UNSYNCHRONIZED, _TIMEX_BYTES = 5, 512

_FEW_FILES: Final = 4096
_MIB: Final = 1 << 20


def machine(settings: Settings) -> Iterator[Finding]:
    """Look at the machine."""
    yield _clock()
    yield _port("port", settings.host, settings.port, is_http=True, certificate=settings.tls_certificate)
    if settings.dicom_port:
        yield _port("dicom_port", settings.dicom_host or settings.host, settings.dicom_port, is_http=False)
    yield _files()
    yield _memory(settings)


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now < _THIS_PROGRAM:
        return Finding("fault", "clock", f"It says {now:%Y-%m-%d %H:%M} UTC, which cannot be.", "Set it, best by NTP.")
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state == _UNSYNCHRONIZED:
        text = f"{now:%Y-%m-%d %H:%M:%S} UTC; nothing keeps it right."
        return Finding("warning", "clock", text, "Run an NTP client: links expire and audit messages count by it.")
    return Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, local time {time.strftime('%H:%M:%S %Z')}.")


def _port(setting: str, host: str, port: int, *, is_http: bool, certificate: str = "") -> Finding:
    try:
        for listener in open_sockets(host, port):
            listener.close()
    except CannotListen as error:
        if is_http and _answers(host, port, certificate):
            return Finding("ok", setting, f"A server answers at port {port} of {host or 'all addresses'}.")
        mend = "Stop the other program, or choose another one; ports below 1024 need a right of their own."
        return Finding("fault" if is_http else "warning", setting, str(error).split(" Stop ")[0], mend)
    return Finding("ok", setting, f"Port {port} of {host or 'all addresses'} is free." if port else "Any free one.")


def _answers(host: str, port: int, certificate: str) -> bool:
    """Say whether a server of this program answers there, over TLS if there is a file with its certificate.

    One that wants a certificate first says no more than its own: it ends the connection after the handshake.
    """
    local = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- what the setting may say
    unverified = ssl._create_unverified_context()  # noqa: S323, SLF001 -- it names the host, and nothing is told
    connection = (
        HTTPSConnection(local, port, timeout=3, context=unverified)
        if certificate
        else HTTPConnection(local, port, timeout=3)
    )
    shown: bytes | None = None
    try:
        connection.connect()
        if isinstance(connection.sock, ssl.SSLSocket):
            shown = connection.sock.getpeercert(binary_form=True)
        connection.request("GET", "/health")
        return b"render_processes" in connection.getresponse().read(1000)
    except (ssl.SSLError, ConnectionError):
        return shown is not None and shown == _first_certificate(certificate)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _first_certificate(path: str) -> bytes | None:
    try:
        return certificates_in(Path(path).read_bytes())[0].public_bytes(Encoding.DER)
    except (OSError, ValueError):  # told where certificates are looked at
        return None


def _files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        text = f"A process may have {hard} files and connections open."
        return Finding(
            "warning", "open files", text, f"Allow {_FEW_FILES} or more: ulimit -n, LimitNOFILE= of systemd."
        )
    return Finding("ok", "open files", "Enough may be open.")


def _memory(settings: Settings) -> Finding:
    total = memory() // _MIB
    workers, each = share_of_cores(settings)
    most = workers * (settings.cache_memory + each * settings.render_memory)
    http, render = (
        counted(workers, "HTTP process", "HTTP processes"),
        counted(each, "render process", "render processes"),
    )
    text = f"{http} with {render} each; at worst {most} MiB; there are {total} MiB."
    if most > total:
        return Finding("warning", "memory", text, "Lower render_memory, render_processes or workers, or add memory.")
    return Finding("ok", "memory", text)
