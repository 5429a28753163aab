"""How long the steps of one answer took, and what was decided: for metrics, traces, `Server-Timing` and explain=1."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openwado.observe.stages import Notes, Stage

if TYPE_CHECKING:
    from typing import TypeVar

    from openwado.server.render_ticket import Ticket

    T = TypeVar("T")


@dataclass(slots=True)
class Timing:
    """Of one answer; all times are seconds of `time.perf_counter`.

    Attributes:
        began: when the request came.
        kind: what it is for, one of `observe.metrics.REQUEST_TYPES`.
        source: where the rendition came from, one of `observe.metrics.CACHE_RESULTS`; "" if there was none.
        index: how long it took to understand the request.
        queue: how long jobs waited.
        produce: how long they took.
        total: how long it took until the header was ready.
        notes: the stages, and remarks of those who did the work.
    """

    began: float = field(default_factory=time.perf_counter)
    kind: str = "wado"
    source: str = ""
    index: float = 0.0
    queue: float = 0.0
    produce: float = 0.0
    total: float = 0.0
    notes: Notes = field(default_factory=Notes)

    @property
    def cached(self) -> bool:
        """Whether the rendition had been made before."""
        return self.source in _MADE_BEFORE

    def note(self, name: str, began: float, seconds: float) -> None:
        """Note a stage, or more of it."""
        known = self.notes.stages.get(name)
        if known is None:
            self.notes.stages[name] = Stage(name, began, seconds)
        else:
            known.seconds += seconds

    def understood(self, began: float) -> None:
        """Note that the request has been understood since a time: what was not looking up was negotiating."""
        now = time.perf_counter()
        self.index = now - self.began
        located, known = self.notes.stages.get("locate"), self.notes.stages.get("negotiate")
        others = (located.seconds if located is not None else 0.0) + (known.seconds if known is not None else 0.0)
        self.note("negotiate", began, max(0.0, now - self.began - others) if known is None else 0.0)

    def worked(self, ticket: Ticket, notes: Notes | None) -> None:
        """Note what a job of the pool took.

        Args:
            ticket: of the job, done.
            notes: of the render process.
        """
        self.queue += ticket.queue_seconds
        self.produce += ticket.work_seconds
        self.note("queue", ticket.submitted, ticket.queue_seconds)
        if ticket.started:
            self.note("produce", ticket.started, ticket.work_seconds)
        if notes is not None:
            self.merge(notes)

    def merge(self, notes: Notes) -> None:
        """Add what others have noted."""
        for stage in notes.stages.values():
            self.note(stage.name, stage.began, stage.seconds)
        for subject, text in notes.remarks.items():
            self.notes.remarks.setdefault(subject, text)

    def write(self) -> bytes:
        """Return the value of `Server-Timing`, milliseconds; `cache` is there if the rendition had been made before."""
        return (
            f"index;dur={self.index * 1000:.2f}, queue;dur={self.queue * 1000:.2f}, "
            f"produce;dur={self.produce * 1000:.2f}, total;dur={self.total * 1000:.2f}"
            f"{', cache;desc=hit' if self.cached else ''}"
        ).encode()


#: Sources of renditions that were not made for this request, nor while it waited.
_MADE_BEFORE = frozenset({"memory", "disk", "file", "shared", "waited"})
