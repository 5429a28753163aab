"""Whether certificates and revocation lists hold, and for how long; who can read private keys."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from openwado.doctor.finding import Finding
from openwado.server.expiry import expiring_files, revocation_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings
    from openwado.server.expiry import ExpiringFile

#: Time before its end at which a certificate should be renewed by now.
_SOON: Final = timedelta(days=21)

#: Settings with private keys, and where the key is if they are empty.
_KEYS: Final = {
    "tls_key": "tls_certificate",
    "dicom_tls_key": "dicom_tls_certificate",
    "audit_syslog_key": "audit_syslog_certificate",
}

#: Settings with revocation lists, and whose they should be.
_LISTS: Final = {"tls_client_crl": "tls_client_ca", "dicom_tls_crl": "dicom_tls_ca"}


def certificates(settings: Settings) -> Iterator[Finding]:
    """Look at the files with certificates, lists and keys; none are none to look at."""
    now = datetime.now(UTC)
    for file in expiring_files(settings):
        try:
            yield _until(file, now)
            if file.is_list:
                yield from _without_list(file, Path(getattr(settings, _LISTS[file.setting])))
        except OSError as error:
            text = f"{file.path} cannot be read: {error.strerror}."
            yield Finding("fault", file.setting, text, "Give it to the user who runs the server.")
        except ValueError:
            text = f"{file.path} holds nothing that can be read."
            yield Finding("fault", file.setting, text, "Put the PEM file there that the authority has given.")
    for key, certificate in _KEYS.items():
        yield from _key(key, getattr(settings, key) or getattr(settings, certificate))


def _until(file: ExpiringFile, now: datetime) -> Finding:
    end = file.expires()
    until = f"{file.path.name}: until {end:%Y-%m-%d %H:%M} UTC."
    if file.is_list:
        if end <= now:
            mend = "Put the authority's newest list there; until then all who show a certificate are refused."
            return Finding("fault", file.setting, f"{file.path.name} expired at {end:%Y-%m-%d %H:%M} UTC.", mend)
        return Finding("ok", file.setting, until)
    begin = max(found.not_valid_before_utc for found in x509.load_pem_x509_certificates(file.path.read_bytes()))
    if begin > now:
        text = f"{file.path.name} holds from {begin:%Y-%m-%d %H:%M} UTC on only."
        return Finding("fault", file.setting, text, "Use the former certificate until then, and see the clock.")
    if end <= now:
        text = f"{file.path.name} expired at {end:%Y-%m-%d %H:%M} UTC."
        return Finding("fault", file.setting, text, "Renew it; a running server reads the new file by itself.")
    if end <= now + _SOON:
        return Finding("warning", file.setting, until, "Renew it; a running server reads the new file by itself.")
    return Finding("ok", file.setting, until)


def _without_list(file: ExpiringFile, authorities: Path) -> Iterator[Finding]:
    """Name authorities of which there is no list: whom they vouch for is refused."""
    issuers = {found.issuer for found in revocation_lists(file.path.read_bytes())}
    for authority in x509.load_pem_x509_certificates(authorities.read_bytes()):
        if authority.subject not in issuers:
            text = f"{file.path.name} has no list of {authority.subject.rfc4514_string()}."
            mend = "Add it; until then all whose certificates are by that authority are refused."
            yield Finding("fault", file.setting, text, mend)


def _key(setting: str, name: str) -> Iterator[Finding]:
    if name and Path(name).is_file() and Path(name).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"{name} holds a private key, and everybody on this machine can read it."
        yield Finding("warning", setting, text, f"chmod o= {name}")
