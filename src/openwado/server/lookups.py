"""Where questions to the index are asked: at once, or in threads where the index is on another machine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

A = TypeVar("A")
T = TypeVar("T")

#: Questions that one process asks at the same time; more wait. As many as there are connections to a database.
_THREADS = 8


class Lookups:
    """Asks the index.

    A look-up in a file of this machine takes some microseconds, less than handing it to a thread. Elsewhere it may take
    long, and nobody else's answer shall wait for it.

    Args:
        in_threads: whether the index is elsewhere.
    """

    def __init__(self, *, in_threads: bool) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "lookup") if in_threads else None

    @property
    def in_threads(self) -> bool:
        """Whether the index is elsewhere."""
        return self._threads is not None

    async def run(self, work: Callable[[], T]) -> T:
        """Return what a function that asks the index returns."""
        if self._threads is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def asking(self, work: Callable[[A], T]) -> Callable[[A], Coroutine[None, None, T]]:
        """Return a function that asks the index as one that can be awaited."""

        async def ask(argument: A) -> T:
            return await self.run(partial(work, argument))

        return ask

    def close(self) -> None:
        """Ask nothing more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


#: Asks at once.
HERE = Lookups(in_threads=False)
