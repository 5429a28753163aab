"""Whether certificates and revocation lists hold, and for how long; who can read private keys."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.doctor.finding import Finding
from openwado.server.expiry import begin_of, certificates_in, end_of, expiring_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings
    from openwado.server.expiry import ExpiringFile, Span

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
            spans = file.spans()
        except (OSError, ValueError) as error:
            yield _unreadable(file.setting, file.path, error)
            continue
        yield _list_until(file, spans, now) if file.is_list else _until(file, spans, now)
        if file.is_list:
            yield from _without_list(file, spans, _LISTS[file.setting], settings)
    for key, certificate in _KEYS.items():
        yield from _key(key, getattr(settings, key) or getattr(settings, certificate))


def _unreadable(setting: str, path: Path, error: OSError | ValueError) -> Finding:
    if isinstance(error, OSError):
        text = f"{path} cannot be read: {error.strerror}."
        return Finding("fault", setting, text, "Give it to the user who runs the server.")
    text = f"{path} holds nothing that can be read."
    return Finding("fault", setting, text, "Put the PEM file there that the authority has given.")


def _until(file: ExpiringFile, spans: list[Span], now: datetime) -> Finding:
    begin, end = begin_of(spans), end_of(spans, now)
    if begin > now:
        text = f"{file.path.name} holds from {begin:%Y-%m-%d %H:%M} UTC on only."
        return Finding("fault", file.setting, text, "Use the former certificate until then, and see the clock.")
    if end <= now:
        text = f"{file.path.name} expired at {end:%Y-%m-%d %H:%M} UTC."
        return Finding("fault", file.setting, text, "Renew it; a running server reads the new file by itself.")
    until = f"{file.path.name}: until {end:%Y-%m-%d %H:%M} UTC."
    if end <= now + _SOON:
        return Finding("warning", file.setting, until, "Renew it; a running server reads the new file by itself.")
    return Finding("ok", file.setting, until)


def _list_until(file: ExpiringFile, spans: list[Span], now: datetime) -> Finding:
    """Tell of revocation lists; of their end when it has come only, for they live for days, or hours."""
    begin, end = begin_of(spans), end_of(spans, now)
    if begin > now:
        text = f"{file.path.name} holds from {begin:%Y-%m-%d %H:%M} UTC on only."
        mend = "Put the former list there as well, and see the clock; until then who shows a certificate is refused."
        return Finding("fault", file.setting, text, mend)
    if end <= now:
        mend = "Put the authority's newest list there; until then all who show a certificate are refused."
        return Finding("fault", file.setting, f"{file.path.name} expired at {end:%Y-%m-%d %H:%M} UTC.", mend)
    return Finding("ok", file.setting, f"{file.path.name}: until {end:%Y-%m-%d %H:%M} UTC.")


def _without_list(file: ExpiringFile, spans: list[Span], setting: str, settings: Settings) -> Iterator[Finding]:
    """Name authorities of which there is no list: whom they vouch for is refused."""
    path = Path(getattr(settings, setting))
    try:
        authorities = certificates_in(path.read_bytes())
    except (OSError, ValueError) as error:
        yield _unreadable(setting, path, error)
        return
    issuers = {span.issuer for span in spans}
    for authority in authorities:
        if authority.subject not in issuers:
            text = f"{file.path.name} has no list of {authority.subject.rfc4514_string()}."
            mend = "Add it; until then all whose certificates are by that authority are refused."
            yield Finding("fault", file.setting, text, mend)


def _key(setting: str, name: str) -> Iterator[Finding]:
    if not name:
        return
    try:
        mode = Path(name).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):  # told among the settings
        return
    except OSError as error:
        yield _unreadable(setting, Path(name), error)
        return
    if stat.S_ISREG(mode) and mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"{name} holds a private key, and everybody on this machine can read it."
        yield Finding("warning", setting, text, f"chmod o= {name}")
