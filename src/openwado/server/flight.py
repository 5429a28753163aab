"""One piece of work for all who ask for it at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from openwado.server.render_ticket import ClientGone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

T = TypeVar("T")


class Seat(Generic[T]):
    """One request's place in a flight; await it for what the flight brings.

    Args:
        left: called once when nobody sits here any more.
    """

    def __init__(self, left: Callable[[Seat[T]], None]) -> None:
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.future.add_done_callback(lambda _: left(self))

    def __await__(self) -> Generator[object, None, T]:
        return self.future.__await__()

    def abandon(self) -> None:
        """Say that nobody waits here any more: whoever awaits the seat gets `ClientGone`."""
        if not self.future.done():
            self.future.set_exception(ClientGone())
            self.future.exception()  # seen: nobody need await it


class Flight(Generic[T]):
    """Work that is under way. When the last seat is left it is given up.

    Args:
        work: the work.
        landed: called when it is done, failed or given up.
    """

    def __init__(self, work: Coroutine[object, object, T], landed: Callable[[], None]) -> None:
        self._seats: set[Seat[T]] = set()
        self._landed: Callable[[], None] | None = landed
        self._task: asyncio.Task[T] | None = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._land)

    def board(self) -> Seat[T]:
        """Take a seat."""
        seat: Seat[T] = Seat(self._left)
        self._seats.add(seat)
        return seat

    def _left(self, seat: Seat[T]) -> None:
        self._seats.discard(seat)
        if not self._seats and self._task is not None and not self._task.done():
            self._tell()  # at once: whoever asks from now on gets work that is not given up
            self._task.cancel()

    def _land(self, task: asyncio.Task[T]) -> None:
        self._task = None  # what it brings goes with those who sit here
        if task.cancelled():
            for seat in tuple(self._seats):  # the server stops
                seat.future.cancel()
            return
        self._tell()
        error = task.exception()
        for seat in tuple(self._seats):
            if seat.future.done():
                continue
            if error is None:
                seat.future.set_result(task.result())
            else:
                seat.future.set_exception(error)

    def _tell(self) -> None:
        """Say once that it is over."""
        landed, self._landed = self._landed, None
        if landed is not None:
            landed()
