"""What is told about the running server."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.limits import LimitSettings


class ObservationSettings(LimitSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told about the running server."""

    title: ClassVar[str] = "Observation"

    log_level: Annotated[
        str, Meta(pattern=r"^(debug|info|warning|error)$", description="What is logged: debug, info, warning or error.")
    ] = "info"
