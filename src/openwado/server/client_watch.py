"""Notices when the client of a request goes away, so that nobody works for it any more."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive


class Waiting(Protocol):
    """What somebody waits for."""

    def abandon(self) -> None:
        """Say that nobody waits any more."""


class ClientWatch:
    """Watches the connection of one request from `begin` to `close`; what the client still sends is thrown away.

    Args:
        receive: the request's own.

    Attributes:
        gone: whether the client has gone.
    """

    def __init__(self, receive: Receive) -> None:
        self.gone = False
        self._receive = receive
        self._task: asyncio.Task[None] | None = None
        self._waiting: Waiting | None = None

    def begin(self) -> None:
        """Start watching, once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()

    @contextmanager
    def abandoning(self, waiting: Waiting) -> Iterator[None]:
        """Abandon what is waited for if the client goes away meanwhile."""
        self.begin()
        self._waiting = waiting
        if self.gone:
            waiting.abandon()
        try:
            yield
        finally:
            self._waiting = None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._waiting is not None:
            self._waiting.abandon()
