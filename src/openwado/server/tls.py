"""TLS of both ways in, as BCP 195 (RFC 9325) wants it, from files that are read again when they change.

Left to OpenSSL, whose choice is that of BCP 195: the curves (X25519, P-256 and stronger). Session tickets are off:
their keys would have to be changed regularly (RFC 9325 3.4), and each HTTP process has its own, so that few would help.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.config import SettingsError, of_fault, refuse
from openwado.observe.log import event
from openwado.settings.faults import Fault
from openwado.settings.files import why_not_read

if TYPE_CHECKING:
    from collections.abc import Iterator

#: With TLS 1.2, only forward secrecy and authenticated encryption (RFC 9325 4.2); those of TLS 1.3 all have both. Keys
#: of RSA with at least 2048 bits, nothing that is signed with SHA-1.
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:@SECLEVEL=2"

_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

#: Least time between two looks at the files, seconds.
LOOK_SECONDS: Final = 1.0

_logger = logging.getLogger("openwado.server")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where certificates are, and what is asked of the other side.

    Attributes:
        certificate: file with the own certificate and those that vouch for it (PEM).
        key: file with its private key; "" where the certificate's file has it.
        client_authorities: file with certificates of those who vouch for the other side; "": nothing is asked of it.
        revocation_lists: file with the certificates that they have revoked (RFC 5280 5); "": none.
        requires_client: whether the other side must have a certificate of theirs, or may.
        minimum_version: oldest version of TLS, "1.2" or "1.3".
        protocols: names of what may be spoken inside, the best first (ALPN, RFC 7301); none where there is no choice.
        prefix: that the settings' names begin with, for what is said about them.
    """

    certificate: str
    key: str = ""
    client_authorities: str = ""
    revocation_lists: str = ""
    requires_client: bool = True
    minimum_version: str = "1.2"
    protocols: tuple[str, ...] = ()
    prefix: str = "tls"


def offered(*, http2: bool) -> tuple[str, ...]:
    """Return the protocols offered for HTTP, by their names of ALPN."""
    return ("h2", "http/1.1") if http2 else ("http/1.1",)


class Certificates:
    """What connections are secured with; new ones always with what the files hold.

    Args:
        files: these.

    Raises:
        SettingsError: a file is missing, or does not hold what it should.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._seen = self._stamps()
        self._context = tls_context(files)
        self._looked = time.monotonic()

    def context(self) -> ssl.SSLContext:
        """Return what to secure a connection with now.

        Files that have changed are read; what does not fit together (yet) is looked at again when it changes once
        more, and what was before stays in use.
        """
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            with self._lock:
                self._looked = now
                self._look()
        return self._context

    def _look(self) -> None:
        stamps = self._stamps()
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            self._context = tls_context(self._files)
        except SettingsError as error:
            _logger.error(event("certificates not read", detail=str(error)))  # noqa: TRY400 -- the sentence says it all
        else:
            _logger.info(event("certificates read", which=self._files.prefix))

    def _stamps(self) -> tuple[object, ...]:
        files = self._files
        names = (files.certificate, files.key, files.client_authorities, files.revocation_lists)
        return tuple(_stamp(name) for name in names if name)


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Return how connections are secured.

    Raises:
        SettingsError: a file is missing, or does not hold what it should.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[files.minimum_version]
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_ciphers(CIPHERS)
    if files.protocols:
        context.set_alpn_protocols(list(files.protocols))
    if files.revocation_lists and not files.client_authorities:
        raise of_fault(Fault(f"{_client(files)}_crl", f"it needs {_client(files)}_ca beside it"))
    refuse(_filled(context, files))
    return context


def tls_faults(files: TlsFiles) -> list[Fault]:
    """Return what is wrong with files; also with those that mean nothing without a certificate."""
    return list(_filled(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), files))


def _filled(context: ssl.SSLContext, files: TlsFiles) -> Iterator[Fault]:
    """Have a context use files; give what is wrong with them."""
    certificate, key = f"{files.prefix}_certificate", f"{files.prefix}_key"
    unreadable = [
        Fault(name, f"the file cannot be read: {why}")
        for name, file in ((certificate, files.certificate), (key, files.key))
        if (why := why_not_read(file))
    ]
    yield from unreadable
    try:
        if files.certificate and not unreadable:
            context.load_cert_chain(files.certificate, files.key or None, password=_no_password)
    except (OSError, ValueError) as error:
        yield Fault(certificate, f"this and {key} are no PEM certificate with its key: {_words(error)}", beside=(key,))
    if files.client_authorities:
        yield from _ask_client(context, files, f"{_client(files)}_ca")
    if files.revocation_lists:
        yield from _mind_revocation(context, files, f"{_client(files)}_crl", f"{_client(files)}_ca")


def _client(files: TlsFiles) -> str:
    """Return what the settings' names begin with that are about the other side."""
    return "dicom_tls" if files.prefix == "dicom_tls" else "tls_client"


def _ask_client(context: ssl.SSLContext, files: TlsFiles, name: str) -> Iterator[Fault]:
    try:
        context.load_verify_locations(files.client_authorities)
    except (OSError, ValueError) as error:
        yield Fault(name, f"it holds no PEM certificates: {_words(error)}")
    context.verify_mode = ssl.CERT_REQUIRED if files.requires_client else ssl.CERT_OPTIONAL


def _mind_revocation(context: ssl.SSLContext, files: TlsFiles, name: str, authorities: str) -> Iterator[Fault]:
    """Refuse certificates that are revoked, or of an authority whose list is missing or has expired."""
    trusted = context.cert_store_stats()["x509"]
    try:
        context.load_verify_locations(files.revocation_lists)
    except (OSError, ValueError) as error:
        how = "it holds no PEM revocation lists (`openssl crl -inform DER` makes them of others)"
        yield Fault(name, f"{how}: {_words(error)}")
        return
    stored = context.cert_store_stats()
    if not stored["crl"]:
        yield Fault(name, "it holds no revocation list")
    if stored["x509"] != trusted:  # they would be trusted like the authorities
        yield Fault(name, f"it holds certificates; those belong into {authorities}")
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN


def refusal(error: BaseException) -> str:
    """Return why a connection could not be secured, in OpenSSL's words, for logs."""
    reason = getattr(error, "reason", None) or type(error).__name__
    detail = getattr(error, "verify_message", "")
    return f"{reason}: {detail}" if detail else str(reason)


def _stamp(name: str) -> tuple[int, int, int] | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_ctime_ns, found.st_ino, found.st_size


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody is there to type the password."""
    raise ValueError("the key is encrypted")


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
