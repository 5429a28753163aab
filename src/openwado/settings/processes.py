"""Processes that decode and draw, and what each may use."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kept import KeptSettings
from openwado.settings.kinds import CountOrNone, Seconds


class ProcessSettings(KeptSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Processes that decode and draw, and what each may use."""

    title: ClassVar[str] = "Render processes"

    render_processes: Annotated[
        CountOrNone,
        Meta(description="Render processes of each HTTP process; 0 shares the processor cores out among them."),
    ] = 0
    render_deadline: Annotated[Seconds, Meta(description="Longest time for one picture or frame, seconds.")] = 30.0
    render_memory: Annotated[
        Annotated[int, Meta(ge=64)], Meta(description="Most memory of one render process, MiB.")
    ] = 2048
    render_queue: Annotated[
        CountOrNone, Meta(description="Requests that may wait for a render process; more get 503.")
    ] = 64
