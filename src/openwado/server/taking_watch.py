"""Whether a client takes what it asked for: a connection whose client does not comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio

#: What a client has to take within the time of a stall, or all there is, bytes.
_TAKEN_IN_TIME: Final = 1 << 20


class TakingWatch:
    """Watches one connection, where it is told to.

    Args:
        loop: of the connection.
        stall_seconds: in which its client has to take something.
    """

    __slots__ = ("_loop", "_stall_seconds", "_timer", "_transport")

    def __init__(self, loop: asyncio.AbstractEventLoop, stall_seconds: float) -> None:
        self._loop = loop
        self._stall_seconds = stall_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._transport: Any = None

    def begin(self, transport: asyncio.Transport) -> None:
        """Abort a connection if its client does not take what waits for it."""
        self.end()
        self._transport = transport
        if left := transport.get_write_buffer_size():
            self._timer = self._loop.call_later(self._stall_seconds, self._look, left)

    def end(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, before: int) -> None:
        self._timer = None
        if self._transport.get_write_buffer_size() > max(0, before - _TAKEN_IN_TIME):
            self._transport.abort()
        else:
            self.begin(self._transport)
