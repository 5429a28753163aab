"""Processes that decode and draw, and what each may use."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kept import KeptSettings
from openwado.settings.kinds import Count, CountOrNone, Processes, Seconds


class ProcessSettings(KeptSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Processes that decode and draw, and what each may use."""

    title: ClassVar[str] = "Render processes"

    render_processes: Annotated[
        Processes,
        Meta(description="Render processes of each HTTP process; 0 shares the processor cores out among them."),
    ] = 0
    render_deadline: Annotated[Seconds, Meta(description="Longest time for one picture or frame, seconds.")] = 30.0
    render_memory: Annotated[
        Annotated[int, Meta(ge=64)], Meta(description="Most memory of one render process, MiB.")
    ] = 2048
    render_queue: Annotated[
        CountOrNone, Meta(description="Requests that may wait for a render process; more get 503.")
    ] = 64
    render_file_size: Annotated[
        Count, Meta(description="Largest file that a render process writes while it makes one answer, MiB.")
    ] = 8192
    render_sandbox: Annotated[
        str,
        Meta(
            pattern=r"^(auto|require|off)$",
            description="Whether render processes are kept from the network, from starting programs and from files of "
            "others (Linux: seccomp and Landlock): auto as far as the kernel can, require wholly or the server does "
            "not start, off not at all. The log says what holds (docs/limits.md).",
        ),
    ] = "auto"
