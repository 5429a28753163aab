"""TLS of the DICOM way in: the non-downgrading profile of BCP 195 (PS3.15 B.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.server.tls import TlsFiles

if TYPE_CHECKING:
    from openwado.config import Settings


def dicom_tls_files(settings: Settings) -> TlsFiles | None:
    """Return what connections are secured with, None where they are not."""
    if not settings.dicom_tls_certificate:
        return None
    return TlsFiles(
        settings.dicom_tls_certificate,
        settings.dicom_tls_key,
        settings.dicom_tls_ca,
        settings.dicom_tls_crl,
        requires_client=True,
        prefix="dicom_tls",
    )
