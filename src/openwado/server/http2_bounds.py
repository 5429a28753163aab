"""How much of what costs work and asks for nothing a client may send over HTTP/2.

Streams that are opened and reset at once (CVE-2023-44487), pings, settings, empty frames: each is cheap to send, and
has to be dealt with. Buckets of tokens: who sends a lot for long is sent away, with ENHANCE_YOUR_CALM (RFC 9113 10.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

#: Tokens at first, and at the most; and how many come back each second: for streams that the client resets, …
_RESETS: Final = (200, 20)

#: … and for all frames that move nothing on.
_IDLE_FRAMES: Final = (1000, 100)

#: Frames of that kind that each frame of data sent may be answered with: a window for the stream, and one for all.
_FOR_EACH_SENT: Final = 2

#: A frame of data with fewer bytes moves nothing on.
SMALL_DATA: Final = 64


class TooMuch(Exception):  # noqa: N818 -- a state of the connection
    """The client has sent too much of something; the message says of what."""


@dataclass(slots=True)
class Bucket:
    """Tokens that are taken, and come back with time.

    Attributes:
        capacity: most tokens.
        per_second: how many come back.
    """

    capacity: float
    per_second: float
    _tokens: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._tokens = self.capacity

    def take(self, count: int, now: float) -> bool:
        """Take tokens; return whether there were enough.

        Args:
            count: how many.
            now: any clock, seconds.
        """
        self._tokens = (
            min(self.capacity, self._tokens + (now - self._at) * self.per_second) if self._at else self._tokens
        )
        self._at = now
        self._tokens -= count
        return self._tokens >= 0

    def give(self, count: int) -> None:
        """Give tokens back."""
        self._tokens = min(self.capacity, self._tokens + count)


class Bounds:
    """Those of one connection."""

    def __init__(self) -> None:
        self._resets = Bucket(*_RESETS)
        self._idle_frames = Bucket(*_IDLE_FRAMES)

    def reset(self, now: float) -> None:
        """Count a stream that the client has reset, or that was none to answer.

        Raises:
            TooMuch: there are too many of them.
        """
        if not self._resets.take(1, now):
            raise TooMuch("streams for nothing")

    def idle_frames(self, count: int, now: float) -> None:
        """Count frames that move nothing on.

        Raises:
            TooMuch: there are too many of them.
        """
        if not self._idle_frames.take(count, now):
            raise TooMuch("frames that ask for nothing")

    def sent(self) -> None:
        """Count a frame of data that was sent."""
        self._idle_frames.give(_FOR_EACH_SENT)
