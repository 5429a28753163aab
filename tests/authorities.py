"""Certificates for tests: an authority, and what it vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Authority:
    """One authority, with its files in a folder.

    Attributes:
        ca: it.
        folder: where the files are.
    """

    ca: trustme.CA
    folder: Path

    @property
    def certificate(self) -> Path:
        """The file with its own certificate."""
        path = self.folder / "ca.pem"
        if not path.exists():
            self.ca.cert_pem.write_to_path(str(path))
        return path

    def issue(
        self, name: str = "server", *, common_name: str | None = None, lives: timedelta = timedelta(days=90)
    ) -> Path:
        """Write a certificate for this machine, with its key, into one file; a new one each time."""
        path = self.folder / f"{name}.pem"
        issued = self.ca.issue_cert(*NAMES, common_name=common_name, not_after=datetime.now(UTC) + lives)
        fresh = path.with_suffix(".new")
        issued.private_key_and_cert_chain_pem.write_to_path(str(fresh))
        fresh.replace(path)
        return path

    def revoke(
        self,
        *certificates: Path,
        name: str = "revoked",
        lives: timedelta = timedelta(hours=1),
        begins: timedelta = timedelta(days=-1),
    ) -> Path:
        """Write a list of the certificates that are revoked, all of them; a list may have lived, or begin later."""
        now = datetime.now(UTC)
        key = load_pem_private_key(self.ca.private_key_pem.bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        authority = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        made = x509.CertificateRevocationListBuilder(authority.subject, now + begins, now + lives)
        for path in certificates:
            number = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now - timedelta(hours=2))
            made = made.add_revoked_certificate(entry.build())
        path = self.folder / f"{name}.crl"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
        return fresh.replace(path)

    def trusting(self, shown: Path | None = None) -> ssl.SSLContext:
        """Return TLS of a client that trusts this authority, and shows a certificate if one is given."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if shown is not None:
            context.load_cert_chain(shown)
        return context


def authority(folder: Path) -> Authority:
    """Return a new authority with its files in a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Authority(trustme.CA(), folder)
