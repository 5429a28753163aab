"""What the page of a cine needs to play it: which frames one round shows, and for how long each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.dicom.frame_timing import DEFAULT_TIMING

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance

#: Frames whose times are told one by one, where they differ: more are shown for their mean.
TOLD_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Cine:
    """A cine to play.

    Attributes:
        first, last: numbers of the frames of one round.
        sweep: whether a round goes back, too.
        durations: milliseconds that every frame is shown, or one number for each frame of the object.
        count: of the pictures of one round.
        rate: pictures a second, in words.
    """

    first: int
    last: int
    sweep: bool
    durations: float | list[float]
    count: int
    rate: str


def cine_of(instance: Instance) -> Cine | None:
    """Return how to play an object, None where it does not move."""
    count = instance.number_of_frames
    timing = instance.timing or DEFAULT_TIMING
    if count <= 1 or timing.length(count) <= 1:
        return None
    order = timing.order(count)
    durations = timing.durations_ms(count)
    mean = round(sum(durations) / count, 3)
    same = count > TOLD_MAX or max(durations) - min(durations) < 1e-3  # noqa: PLR2004 -- milliseconds, as they are told
    return Cine(
        first=min(order),
        last=max(order),
        sweep=timing.sweep,
        durations=mean if same else [round(duration, 3) for duration in durations],
        count=len(order),
        rate=f"{1000 / mean:.3g}",
    )
