"""The most that one request may ask for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kinds import Count, CountOrNone
from openwado.settings.processes import ProcessSettings


class LimitSettings(ProcessSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that one request may ask for."""

    title: ClassVar[str] = "Limits"

    max_uri_length: Annotated[Count, Meta(description="Longest request target answered, bytes; beyond it 414.")] = 8192
    max_motion_frames: Annotated[
        Count, Meta(description="Most pictures of an animation or video; longer ones are refused with 400.")
    ] = 10_000
    max_motion_size: Annotated[
        Annotated[int, Meta(ge=1, le=2047)], Meta(description="Largest animation or video, MiB.")
    ] = 256
    max_output_pixels: Annotated[
        Count, Meta(description="Largest picture made, pixels (rows times columns); beyond it 400.")
    ] = 64_000_000
    max_decoded_pixels: Annotated[
        Count,
        Meta(
            description="Most pixels decoded for one picture, animation or video (rows times columns of each frame); a "
            "moving picture beyond it gets 400, an object with a larger frame 501."
        ),
    ] = 4_000_000_000
    plain_lane_pixels: Annotated[
        CountOrNone,
        Meta(description="Largest native frame, and largest picture, drawn in the HTTP process itself, pixels."),
    ] = 1_100_000
