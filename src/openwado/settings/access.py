"""Who asks, how they prove it, and what they may see and do."""

from __future__ import annotations

from typing import ClassVar

from openwado.settings.transport import TransportSettings


class AccessSettings(TransportSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks, how they prove it, and what they may see and do."""

    title: ClassVar[str] = "Who may see what"
