"""How long the client of an answer is waited for: by whoever sends it, or by the server below."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Scope

#: Extension of a scope: the server below bounds the time for each answer itself, and says here if it was over.
BOUNDED: Final = "openwado.bounded"


@dataclass(slots=True)
class Bounded:
    """One answer.

    Attributes:
        is_broken_off: whether the client has taken too long.
    """

    is_broken_off: bool = False


@asynccontextmanager
async def time_to_take(scope: Scope, seconds: float) -> AsyncIterator[None]:
    """Bound the time in which a piece of an answer is sent, unless the server below does.

    Where answers share a connection, only that can know whose fault it is that one of them waits.

    Args:
        scope: of the request.
        seconds: longest time.

    Raises:
        TimeoutError: the client has not taken it.
    """
    bounded: Bounded | None = scope.get("extensions", {}).get(BOUNDED)
    if bounded is None:
        async with asyncio.timeout(seconds):
            yield
        return
    yield
    if bounded.is_broken_off:
        raise TimeoutError
