"""Notices when the client of a request goes away, so that nobody works for it any more."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive

    from openwado.server.render_ticket import Ticket


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
        self._ticket: Ticket | None = None

    def begin(self) -> None:
        """Start watching, once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()

    @contextmanager
    def abandoning(self, ticket: Ticket) -> Iterator[None]:
        """Abandon a ticket if the client goes away meanwhile."""
        self.begin()
        self._ticket = ticket
        if self.gone:
            ticket.abandon()
        try:
            yield
        finally:
            self._ticket = None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._ticket is not None:
            self._ticket.abandon()
