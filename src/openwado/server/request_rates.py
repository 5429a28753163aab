"""How many requests each client has sent lately, counted by all HTTP processes of a server together.

A bucket of tokens a client, held as one number: the time at which it is full again (the generic cell rate algorithm).
The numbers are in memory that the processes share. It has a fixed size, however many clients there are: each of them
has one cell in each of some rows, places chosen by a keyed digest of its address. Others may have the same cell in one
row, hardly in all of them: a client is held back only if all its cells say so. Two processes that count the same client
at the very same moment may count one request instead of two.
"""

from __future__ import annotations

import ctypes
import secrets
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from openwado.server.census import client_of
from openwado.server.nursery import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Rows, and cells of each: 512 KiB in all.
_ROWS, _CELLS = 4, 1 << 14

#: Bytes of a digest that choose a cell.
_PLACE_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class RequestRate:
    """How many requests one client may send.

    Attributes:
        per_second: in the long run; 0: as many as it likes.
        burst: at once.
    """

    per_second: float = 0.0
    burst: int = 1


NO_RATE: Final = RequestRate()


@dataclass(slots=True)
class RequestRates:
    """Counts them.

    Attributes:
        rate: how many there may be.
        cells: of all rows, one after the other: when a bucket is full again, a value of `time.monotonic`.
        key: of the digests.
    """

    rate: RequestRate
    cells: Any = field(default_factory=lambda: [0.0] * (_ROWS * _CELLS))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def count(self, address: str, now: float | None = None) -> float:
        """Count a request; return how many seconds it comes too early, 0 where it may be answered.

        Args:
            address: of the client.
            now: a value of `time.monotonic`, the same clock for all processes.
        """
        if now is None:
            now = time.monotonic()
        places = _places(client_of(address), self.key)
        cells = self.cells
        full_at: float = max(min(cells[place] for place in places), now)
        interval = 1 / self.rate.per_second
        early: float = full_at + interval - (now + self.rate.burst * interval)
        if early > interval * 1e-6:
            return early
        for place in places:
            cells[place] = max(cells[place], full_at + interval)
        return 0.0


@lru_cache(4096)
def _places(client: str, key: bytes) -> Sequence[int]:
    digest = blake2b(client.encode(), key=key, digest_size=_ROWS * _PLACE_BYTES).digest()
    numbers = [int.from_bytes(digest[start : start + _PLACE_BYTES]) for start in range(0, len(digest), _PLACE_BYTES)]
    return [row * _CELLS + number % _CELLS for row, number in enumerate(numbers)]


def shared_rates(rate: RequestRate) -> RequestRates | None:
    """Return what counts in memory that can be handed to processes; None where nothing is counted."""
    if not rate.per_second:
        return None
    return RequestRates(rate, CONTEXT.RawArray(ctypes.c_double, _ROWS * _CELLS))


_used: list[RequestRates] = []


def use_rates(rates: RequestRates | None) -> None:
    """Have all requests of this process counted there."""
    _used[:] = [] if rates is None else [rates]


def rates_used() -> RequestRates | None:
    """Return where requests of this process are counted, None where they are not."""
    return _used[0] if _used else None
