"""A job's way through the pool of render processes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openwado.jobs import Rendition


class ClientGone(Exception):  # noqa: N818 -- an event, not a fault
    """Nobody waits for the answer any more."""


class Ticket:
    """One job; await it for its rendition.

    Args:
        frame: the job as it goes over the pipe.
        key: what the store knows the object by, for the log.
        seconds: longest time of the work.
        patient: whether the job belongs to an answer that is on its way already.
        on_abandoned: called when nobody waits any more.

    Attributes:
        submitted, started, finished: times of `time.perf_counter`, seconds; 0.0 for what has not been.
        timer: what ends the wait in the queue, then the work.
    """

    def __init__(
        self, frame: bytes, key: str, seconds: float, *, patient: bool, on_abandoned: Callable[[Ticket], None]
    ) -> None:
        self.frame = frame
        self.key = key
        self.seconds = seconds
        self.patient = patient
        self.submitted = time.perf_counter()
        self.started = 0.0
        self.finished = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self._on_abandoned = on_abandoned
        self._future: asyncio.Future[Rendition] = asyncio.get_running_loop().create_future()
        self._future.add_done_callback(self._look_whether_cancelled)

    def __await__(self) -> Generator[object, None, Rendition]:
        return self._future.__await__()

    @property
    def settled(self) -> bool:
        """Whether there is a rendition or an error, or nobody waits any more."""
        return self._future.done()

    @property
    def queue_seconds(self) -> float:
        """How long the job waited."""
        return max(0.0, (self.started or self.finished) - self.submitted)

    @property
    def work_seconds(self) -> float:
        """How long the work took, both ways over the pipe included."""
        return max(0.0, self.finished - self.started) if self.started else 0.0

    def abandon(self) -> None:
        """Say that nobody waits any more: whoever awaits the ticket gets `ClientGone`."""
        if not self._future.done():
            self._future.set_exception(ClientGone())
            self._on_abandoned(self)

    def give(self, rendition: Rendition) -> None:
        """Hand the rendition over."""
        self._settle()
        if not self._future.done():
            self._future.set_result(rendition)

    def fail(self, error: Exception) -> None:
        """Hand an error over."""
        self._settle()
        if not self._future.done():
            self._future.set_exception(error)

    def set_timer(self, timer: asyncio.TimerHandle | None) -> None:
        """Replace the running timer."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = timer

    def _settle(self) -> None:
        self.finished = time.perf_counter()
        self.set_timer(None)

    def _look_whether_cancelled(self, future: asyncio.Future[Rendition]) -> None:
        if future.cancelled():
            self._on_abandoned(self)
        else:
            future.exception()  # seen: nobody need await a ticket that failed
