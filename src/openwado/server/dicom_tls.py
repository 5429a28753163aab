"""TLS of the DICOM way in: the non-downgrading profile of BCP 195 (PS3.15 B.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.config import SettingsError
from openwado.server.tls import Certificates, TlsFiles

if TYPE_CHECKING:
    from openwado.config import Settings


def dicom_certificates(settings: Settings) -> Certificates | None:
    """Return what connections are secured with, None where they are not.

    Raises:
        SettingsError: a file is missing, or does not hold what it should.
    """
    certificate, key, authorities = settings.dicom_tls_certificate, settings.dicom_tls_key, settings.dicom_tls_ca
    if not certificate:
        if key or authorities:
            raise SettingsError("Settings: dicom_tls_key and dicom_tls_ca need dicom_tls_certificate beside them.")
        if settings.dicom_tls_crl:
            raise SettingsError("Settings: dicom_tls_crl needs dicom_tls_certificate and dicom_tls_ca beside it.")
        return None
    return Certificates(
        TlsFiles(certificate, key, authorities, settings.dicom_tls_crl, requires_client=True, prefix="dicom_tls")
    )
