"""What the page of a cine needs to play it: addresses of its video and animation, and when each frame begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from openwado.dicom.frame_timing import DEFAULT_TIMING
from openwado.server.page_tiles import media_types

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance
    from openwado.server.page_links import Links

#: Frames of the longest cine that a page plays.
FRAMES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Cine:
    """A cine to play.

    Attributes:
        video: WADO URL of a video that browsers play, "" where none can be made here.
        animation: WADO URL of an animated GIF, "" where none is made.
        count: of the pictures of one round.
        starts: when each begins, seconds, and when the round ends, as JSON.
        frames: number of the frame that each is, as JSON.
        rate: pictures a second, in words.
    """

    video: str
    animation: str
    count: int
    starts: str
    frames: str
    rate: str


def cine_of(links: Links, instance: Instance) -> Cine | None:
    """Return how to play an object, None where it does not move."""
    types = media_types(instance)
    moving = {"image/gif", "video/mp4"} & set(types)
    if instance.number_of_frames <= 1 or not moving:
        return None
    timing = instance.timing or DEFAULT_TIMING
    if not 1 < timing.length(instance.number_of_frames) <= FRAMES_MAX:
        return None
    shown = timing.round(instance.number_of_frames)
    starts = [round(start / 1000, 4) for start in accumulate(chain([0.0], (duration for _, duration in shown)))]
    return Cine(
        video=links.wado(instance, "video/mp4") if "video/mp4" in types else "",
        animation=links.wado(instance, "image/gif") if "image/gif" in types else "",
        count=len(shown),
        starts=json.dumps(starts, separators=(",", ":")),
        frames=json.dumps([number for number, _ in shown], separators=(",", ":")),
        rate=f"{len(shown) / starts[-1]:.3g}",
    )
