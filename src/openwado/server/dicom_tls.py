"""TLS of the DICOM way in: the non-downgrading profile of BCP 195 (PS3.15 B.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.server.tls import TlsFiles

if TYPE_CHECKING:
    from openwado.config import Settings


def dicom_tls_files(settings: Settings) -> TlsFiles:
    """Return what connections are secured with, where there is a certificate."""
    return TlsFiles(
        settings.dicom_tls_certificate,
        settings.dicom_tls_key,
        settings.dicom_tls_ca,
        settings.dicom_tls_crl,
        requires_client=True,
        prefix="dicom_tls",
    )
