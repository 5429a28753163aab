"""Until when files with certificates and revocation lists hold, for those who have to renew them in time."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openwado.config import Settings

_LISTS: Final = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)

#: Certificates as OpenSSL reads them: a trusted one has what it is trusted for behind it.
_CERTIFICATES: Final = re.compile(
    rb"-----BEGIN (?P<kind>X509 |TRUSTED |)CERTIFICATE-----(?P<held>.+?)-----END (?P=kind)CERTIFICATE-----", re.DOTALL
)

#: In DER, from here on a length is in as many bytes as the lower bits say.
_LONG_LENGTH: Final = 0x80

#: When a list that names no end ends.
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """For how long one certificate or revocation list holds.

    Attributes:
        issuer: whose list it is; None for certificates.
        begin: when it begins to.
        end: when it ends.
    """

    issuer: x509.Name | None
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ExpiringFile:
    """A file that a setting names.

    Attributes:
        setting: which.
        path: of the file.
        is_list: whether it holds revocation lists, else certificates.
    """

    setting: str
    path: Path
    is_list: bool = False

    def spans(self) -> list[Span]:
        """Return for how long each thing in it holds.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds nothing that expires.
        """
        held = self.path.read_bytes()
        if self.is_list:
            found = [
                Span(one.issuer, one.last_update_utc, one.next_update_utc or _NEVER) for one in revocation_lists(held)
            ]
        else:
            found = [Span(None, one.not_valid_before_utc, one.not_valid_after_utc) for one in certificates_in(held)]
        if not found:
            raise ValueError("nothing in it expires")
        return found


def end_of(spans: Iterable[Span], now: datetime) -> datetime:
    """Return when the first thing of a file expires (RFC 5280 4.1.2.5, 5.1.2.5).

    Of several lists of one authority OpenSSL takes one that holds, so that the one that does so longest counts; a list
    that has not begun counts only where there is no other.

    Args:
        spans: of the file; one at least.
        now: what lists have begun by.
    """
    ends = []
    lists: dict[x509.Name, list[Span]] = {}
    for span in spans:
        if span.issuer is None:
            ends.append(span.end)
        else:
            lists.setdefault(span.issuer, []).append(span)
    for own in lists.values():
        begun = [span for span in own if span.begin <= now]
        ends.append(max(span.end for span in begun or own))
    return min(ends)


def begin_of(spans: Iterable[Span]) -> datetime:
    """Return when all of a file holds: every certificate, and a list of every authority."""
    begins: dict[x509.Name, datetime] = {}
    latest = datetime.min.replace(tzinfo=UTC)
    for span in spans:
        if span.issuer is None:
            latest = max(latest, span.begin)
        else:
            begins[span.issuer] = min(begins.get(span.issuer, span.begin), span.begin)
    return max([latest, *begins.values()])


class Ends:
    """When files expire, for those who ask often: a file is read again when it has changed.

    Args:
        files: these.
    """

    def __init__(self, files: Sequence[ExpiringFile]) -> None:
        self._files = files
        self._known: dict[str, tuple[tuple[int, int, int], list[Span]]] = {}

    def now(self) -> Iterator[tuple[str, float]]:
        """Give settings, and when what their files hold expires, seconds since 1970.

        What cannot be read just now, or holds nothing that expires, is left out.
        """
        now = datetime.now(UTC)
        for file in self._files:
            with suppress(OSError):
                spans = self._spans(file)
                if spans and (end := end_of(spans, now)) != _NEVER:
                    yield file.setting, end.timestamp()

    def _spans(self, file: ExpiringFile) -> list[Span]:
        """Return what a file holds, nothing where it is damaged."""
        status = file.path.stat()  # before it is read: what changes meanwhile is read once more
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if (known := self._known.get(file.setting)) is not None and known[0] == stamp:
            return known[1]
        spans: list[Span] = []
        with suppress(ValueError):
            spans = file.spans()
        self._known[file.setting] = stamp, spans
        return spans


def revocation_lists(held: bytes) -> list[x509.CertificateRevocationList]:
    """Return the revocation lists in a PEM file.

    Raises:
        ValueError: one of them is damaged.
    """
    return [x509.load_pem_x509_crl(found) for found in _LISTS.findall(held)]


def certificates_in(held: bytes) -> list[x509.Certificate]:
    """Return the certificates in a PEM file, in their order, also those that OpenSSL calls trusted.

    Raises:
        ValueError: one of them is damaged, or there is none.
    """
    found = [_first(base64.b64decode(match["held"])) for match in _CERTIFICATES.finditer(held)]
    if not found:
        raise ValueError("there is no certificate in it")
    return [x509.load_der_x509_certificate(one) for one in found]


def _first(der: bytes) -> bytes:
    """Return the first thing in DER without what comes behind it (X.690 8.1.3)."""
    length_bytes = der[1] - _LONG_LENGTH if len(der) > 1 and der[1] > _LONG_LENGTH else 0
    length = int.from_bytes(der[2 : 2 + length_bytes], "big") if length_bytes else int.from_bytes(der[1:2], "big")
    return der[: 2 + length_bytes + length]


def expiring_files(settings: Settings) -> Iterator[ExpiringFile]:
    """Give the files that are in use and expire."""
    if settings.tls_certificate:
        yield from _named(tls_certificate=settings.tls_certificate)
        yield from _named(is_list=True, tls_client_crl=settings.tls_client_crl)
    if settings.dicom_port:
        yield from _named(dicom_tls_certificate=settings.dicom_tls_certificate)
        yield from _named(is_list=True, dicom_tls_crl=settings.dicom_tls_crl)
    if settings.audit:
        yield from _named(audit_syslog_certificate=settings.audit_syslog_certificate)


def _named(*, is_list: bool = False, **files: str) -> Iterator[ExpiringFile]:
    for setting, path in files.items():
        if path:
            yield ExpiringFile(setting, Path(path), is_list)
