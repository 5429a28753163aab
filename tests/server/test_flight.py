"""One piece of work for all who ask for it at the same time."""

from __future__ import annotations

import asyncio

import pytest

from openwado.server.flight import Flight
from openwado.server.render_ticket import ClientGone


class Work:
    """Work that waits until it is told to go on; counts how it ended."""

    def __init__(self, result: int | Exception = 7) -> None:
        self.begun = 0
        self.given_up = 0
        self.go = asyncio.Event()
        self.result = result

    async def do(self) -> int:
        """Do it."""
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def test_work_is_done_once_for_all() -> None:
    """Everybody who asks while it is under way gets the one result, and whoever leaves takes it from nobody."""

    async def check() -> None:
        work, landed = Work(), []
        flight = Flight(work.do(), lambda: landed.append(1))
        seats = [flight.board() for _ in range(5)]
        await asyncio.sleep(0)
        seats[1].abandon()
        work.go.set()
        assert [await seat for place, seat in enumerate(seats) if place != 1] == [7, 7, 7, 7]
        with pytest.raises(ClientGone):
            await seats[1]
        assert (work.begun, work.given_up, landed) == (1, 0, [1])

    asyncio.run(check())


def test_an_error_reaches_all() -> None:
    """Everybody hears of the same error."""

    async def check() -> None:
        work = Work(ValueError("broken"))
        flight = Flight(work.do(), lambda: None)
        seats = [flight.board() for _ in range(3)]
        work.go.set()
        for seat in seats:
            with pytest.raises(ValueError, match="broken"):
                await seat

    asyncio.run(check())


def test_work_that_nobody_waits_for_is_given_up() -> None:
    """When the last one has gone, or was cancelled, the work is cancelled, and is over for who asks next at once."""

    async def check() -> None:
        work, landed = Work(), []
        flight = Flight(work.do(), lambda: landed.append(1))
        first, second = flight.board(), flight.board()

        async def wait() -> int:
            return await second

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        first.abandon()
        await asyncio.sleep(0)
        assert not landed
        waiting.cancel()
        for _ in range(4):
            await asyncio.sleep(0)
        assert landed
        assert (work.begun, work.given_up) == (1, 1)

    asyncio.run(check())


def test_who_asks_right_after_it_was_given_up_gets_new_work() -> None:
    """Giving up is known before the work has ended, so nobody boards what is being cancelled."""

    async def check() -> None:
        first, second, landed = Work(), Work(), asyncio.Event()
        seat = Flight(first.do(), landed.set).board()
        await asyncio.sleep(0)
        seat.abandon()
        await landed.wait()
        assert first.given_up == 0, "it has not ended yet"
        again = Flight(second.do(), lambda: None)
        second.go.set()
        assert await again.board() == 7
        assert (first.given_up, second.given_up) == (1, 0)

    asyncio.run(check())


def test_who_comes_as_the_last_one_leaves_keeps_the_work() -> None:
    """Work is given up only where nobody has boarded before the last one's leaving is seen."""

    async def check() -> None:
        work = Work()
        flight = Flight(work.do(), lambda: None)
        seat = flight.board()
        await asyncio.sleep(0)
        seat.abandon()
        other = flight.board()
        work.go.set()
        assert await other == 7
        assert (work.begun, work.given_up) == (1, 0)

    asyncio.run(check())
