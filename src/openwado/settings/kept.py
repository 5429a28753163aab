"""Renditions that are kept to be sent again, and those made ahead."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.confidentiality import ConfidentialitySettings
from openwado.settings.kinds import CountOrNone


class KeptSettings(ConfidentialitySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Renditions that are kept to be sent again, and those made ahead."""

    title: ClassVar[str] = "Kept pictures"

    cache: Annotated[
        bool,
        Meta(description="Whether pictures that were made are kept, to be sent again to whoever asks for the same."),
    ] = True
    cache_memory: Annotated[
        CountOrNone, Meta(description="Most memory of each HTTP process for such pictures, MiB.")
    ] = 64
    cache_disk: Annotated[
        CountOrNone,
        Meta(description="Most room on disk for them, in the data folder, MiB; 0 keeps none there."),
    ] = 1024
    cache_files: Annotated[
        CountOrNone,
        Meta(
            description="Most room on disk for animations, videos and documents of more than 1 MiB, each a file in the "
            "data folder, MiB; 0 keeps none."
        ),
    ] = 2048
    cache_shared: Annotated[
        str,
        Meta(
            description="Bucket in which several servers share what their render processes have made, written as for "
            "`store` (docs/scaling.md). Empty: none."
        ),
    ] = ""
    prefetch: Annotated[
        Annotated[int, Meta(ge=0, le=16)],
        Meta(
            description="Pictures made ahead for a client that walks through frames or a series, where they are kept, "
            "need a render process, and one has nothing else to do; 0 makes none."
        ),
    ] = 2
