"""Where audit messages go (PS3.15 A.5)."""

from __future__ import annotations

from typing import ClassVar

from openwado.settings.access import AccessSettings


class AuditSettings(AccessSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where audit messages go (PS3.15 A.5)."""

    title: ClassVar[str] = "Audit"
