"""Threads that take objects in."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

import pytest

from openwado.server.intake_threads import IntakeThreads


def test_work_goes_to_the_thread_that_was_busy_last() -> None:
    """One piece after the other is all done by one thread, however many there may be."""

    async def names() -> set[str]:
        threads = IntakeThreads(8)
        await asyncio.gather(*(threads.run(partial(time.sleep, 0.05)) for _ in range(8)))
        found = {(await threads.run(threading.current_thread)).name for _ in range(50)}
        threads.close()
        return found

    assert len(asyncio.run(names())) == 1


def test_what_comes_while_all_are_busy_is_done_in_its_turn() -> None:
    """No more work is under way at a time than there are threads, and all of it is done."""
    busy, most, lock = 0, 0, threading.Lock()

    def work(number: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.002)
        with lock:
            busy -= 1
        return number

    async def results() -> list[int]:
        threads = IntakeThreads(3)
        found = await asyncio.gather(*(threads.run(partial(work, number)) for number in range(40)))
        threads.close()
        return found

    assert asyncio.run(results()) == list(range(40))
    assert most == 3


def test_errors_and_cancellation_leave_the_threads_at_work() -> None:
    """Whoever waits hears of an error; a job nobody waits for any more is done, and the thread takes the next."""

    async def check() -> None:
        threads = IntakeThreads(1)
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        cancelled = threads.run(partial(time.sleep, 0.05))
        cancelled.cancel()
        assert await asyncio.wait_for(threads.run(lambda: "next"), 5) == "next"
        threads.close()

    asyncio.run(check())
