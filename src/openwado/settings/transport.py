"""How HTTP is carried, and what headers say about security."""

from __future__ import annotations

from typing import ClassVar

from openwado.settings.observation import ObservationSettings


class TransportSettings(ObservationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How HTTP is carried, and what headers say about security."""

    title: ClassVar[str] = "TLS and HTTP/2"
