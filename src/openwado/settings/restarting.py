"""Which settings a running server does not take up when it reads them again."""

from __future__ import annotations

from typing import Final

from openwado.settings.audit import AuditSettings

#: What is opened or made once, before the first process starts. All others are taken up on SIGHUP.
NEEDS_RESTART: Final = frozenset(
    {"host", "port", "workers", "dicom_host", "dicom_port", "data", "index", "store", "metrics"}
) | frozenset(AuditSettings.__annotations__) - {"title"}
