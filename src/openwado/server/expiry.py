"""Until when files with certificates and revocation lists hold, for those who have to renew them in time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openwado.config import Settings

_LISTS: Final = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


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

    def expires(self) -> datetime:
        """Return when the first of what it holds expires (RFC 5280 4.1.2.5, 5.1.2.5), in UTC.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds nothing that expires.
        """
        held = self.path.read_bytes()
        if not self.is_list:
            return min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(held))
        ends = [found.next_update_utc for found in revocation_lists(held)]
        return min(end for end in ends if end is not None)


def revocation_lists(held: bytes) -> list[x509.CertificateRevocationList]:
    """Return the revocation lists in a PEM file.

    Raises:
        ValueError: one of them is damaged.
    """
    return [x509.load_pem_x509_crl(found) for found in _LISTS.findall(held)]


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
