"""TLS of the DICOM way in: the non-downgrading profile of BCP 195 (PS3.15 B.12)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from openwado.config import SettingsError

if TYPE_CHECKING:
    from openwado.config import Settings

#: With TLS 1.2, only forward secrecy and authenticated encryption (RFC 9325 4.2); those of TLS 1.3 all have both.
_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL"


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Return how connections are secured, None where they are not.

    Raises:
        SettingsError: a file is missing, or does not hold what it should.
    """
    certificate, key, authorities = settings.dicom_tls_certificate, settings.dicom_tls_key, settings.dicom_tls_ca
    if not certificate:
        if key or authorities:
            raise SettingsError("Settings: dicom_tls_key and dicom_tls_ca need dicom_tls_certificate beside them.")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(_CIPHERS)
    try:
        context.load_cert_chain(certificate, key or None, password=_no_password)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"Settings: dicom_tls_certificate and dicom_tls_key are no PEM certificate with its key: {_words(error)}."
        ) from error
    if authorities:
        try:
            context.load_verify_locations(authorities)
        except (OSError, ValueError) as error:
            raise SettingsError(f"Settings: dicom_tls_ca holds no PEM certificates: {_words(error)}.") from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody is there to type the password."""
    raise ValueError("the key is encrypted")


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
