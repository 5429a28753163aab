"""How long a client of HTTP/2 is waited for.

Answers share a connection, so that each of a hundred may get no more than the hundredth part of what a slow client
takes. Two things are asked of it: that it takes a MiB altogether in the time of a stall, whosever bytes they are; and
that no answer waits for so long and gets next to nothing, while the others have had their turns twice over.
"""

from __future__ import annotations

from typing import Final

from openwado.server.http2_frames import MOST_STREAMS

#: Bytes given to the connection at once: then others have their turn.
TURN_BYTES: Final = 1 << 16

#: Bytes that a client has to take within the time of a stall, of all answers together …
_OF_ALL: Final = 1 << 20

#: … and of each, …
_OF_ONE: Final = _OF_ALL // MOST_STREAMS

#: … before so many were sent of others while it waited. In bytes and not in time only: at the rate of the slowest
#: client that is waited for, a hundred turns take six times as long as a stall may.
_PASSED_OVER: Final = 2 * MOST_STREAMS * TURN_BYTES


class Patience:
    """With the client, of one answer. Only what is spent in waiting for the client counts.

    Args:
        seconds: time of a stall.
        moved: bytes that the connection has taken so far.
    """

    __slots__ = ("_moved", "_passed", "_seconds", "_stalled", "_taken", "_waited")

    def __init__(self, seconds: float, moved: int) -> None:
        self._seconds = seconds
        self._moved = moved
        self._stalled = self._waited = 0.0
        self._taken = self._passed = 0

    @property
    def left(self) -> float:
        """Seconds after which it is to be looked at again."""
        stalled = self._seconds - self._stalled
        return min(stalled, self._seconds - self._waited) if self._waited < self._seconds else stalled

    def took(self, count: int) -> None:
        """Note bytes of the answer that were sent."""
        self._taken += count
        if self._taken >= _OF_ONE:
            self._taken, self._passed, self._waited = 0, 0, 0.0

    def waited(self, seconds: float, passed: int) -> None:
        """Note that the client was waited for.

        Args:
            seconds: how long.
            passed: bytes of others that were sent meanwhile.
        """
        self._stalled += seconds
        self._waited += seconds
        self._passed += passed

    def is_over(self, moved: int) -> bool:
        """Say whether the client has had its time.

        Args:
            moved: bytes that the connection has taken so far.
        """
        if moved - self._moved >= _OF_ALL:
            self._moved, self._stalled = moved, 0.0
        if self._stalled >= self._seconds:
            return True
        return self._waited >= self._seconds and self._passed >= _PASSED_OVER
