"""Client certificates: the TLS layer has checked who vouches for them; here it is said who they are of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from openwado.access.credentials import InvalidCredentials
from openwado.settings.faults import Fault, Row, missing, refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_REMEMBERED: Final = 256


class Certificate(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the settings: one of subject, dns_name and fingerprint says which certificate is meant.

    Attributes:
        name: whose it is.
        roles: of its owner.
        subject: the whole subject, as RFC 4514 writes it, such as CN=ward-7,O=Example Hospital.
        dns_name: a DNS name of its subject alternative names.
        fingerprint: SHA-256 of it, 64 hexadecimal digits, with or without colons.
    """

    name: str = ""
    roles: tuple[str, ...] = ()
    subject: str = ""
    dns_name: str = ""
    fingerprint: str = ""

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        yield from missing(self, "name", "roles")
        others = ("dns_name", "fingerprint")
        if sum(bool(getattr(self, name)) for name in ("subject", *others)) != 1:
            yield Fault("subject", "give one of subject, dns_name and fingerprint", beside=others)
        if self.fingerprint and not _FINGERPRINT.fullmatch(_plain(self.fingerprint)):
            yield Fault("fingerprint", "it is 64 hexadecimal digits")


class Identity(msgspec.Struct, frozen=True):
    """What a certificate says, and the time for which it says it, seconds since 1970."""

    subject: str
    dns_names: tuple[str, ...]
    fingerprint: str
    begins: float
    ends: float


class Certificates:
    """The certificates that are taken.

    Args:
        rows: of the settings.

    Raises:
        ValueError: one of them cannot be.
    """

    def __init__(self, rows: Iterable[Certificate]) -> None:
        given = tuple(rows)
        refuse_rows(given)
        self._rows = tuple(msgspec.structs.replace(row, fingerprint=_plain(row.fingerprint)) for row in given)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def find(self, pem: str, now: float) -> Certificate:
        """Return whose certificate it is.

        Args:
            pem: the peer's own certificate; whoever took the connection has checked it.
            now: seconds since 1970.

        Raises:
            InvalidCredentials: it is nobody's, or not of this time.
        """
        identity = _identity(pem)
        if not identity.begins <= now < identity.ends:
            raise InvalidCredentials("The client certificate has expired, or is not valid yet.")
        for row in self._rows:
            if _is_of(row, identity):
                return row
        raise InvalidCredentials("The client certificate is not known.")


def _plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "").lower()


def _is_of(row: Certificate, identity: Identity) -> bool:
    if row.subject:  # a certificate may have an empty one, and so do rows that go by something else
        return row.subject == identity.subject
    if row.dns_name:
        return row.dns_name.lower() in identity.dns_names
    return row.fingerprint == identity.fingerprint


@lru_cache(maxsize=_REMEMBERED)
def _identity(pem: str) -> Identity:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        names: list[str] = []
        for extension in certificate.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                names = extension.value.get_values_for_type(x509.DNSName)
        subject = certificate.subject.rfc4514_string()
    except (ValueError, x509.DuplicateExtension) as error:
        raise InvalidCredentials("The client certificate cannot be read.") from error
    return Identity(
        subject=subject,
        dns_names=tuple(name.lower() for name in names),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        begins=certificate.not_valid_before_utc.timestamp(),
        ends=certificate.not_valid_after_utc.timestamp(),
    )
