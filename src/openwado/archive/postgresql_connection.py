"""A connection to PostgreSQL on which nobody waits for ever, also where the server stands still.

No setting of libpq or of the server is enough for that: the kernel of a server that is stopped goes on to acknowledge
what it is sent, and the server itself does not come to look at its clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator

R = TypeVar("R")


class Silent(psycopg.OperationalError):
    """The server did not answer in time; what it was asked last may still be done. The connection is closed."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection whose statements have an end.

    There is no cancelling: a server that stands still cannot be asked to, and one that works ends by its own
    statement_timeout, which is shorter.

    Attributes:
        seconds: longest time until a statement is answered in full.
    """

    #: While it is made there is nothing to wait for but what connect_timeout bounds.
    seconds: float = 60.0

    def wait(self, gen: Generator[Any, Any, R], *arguments: Any, **named: Any) -> R:  # noqa: ANN401 -- psycopg's own
        """Wait for the end of what is under way.

        Raises:
            Silent: it did not come in time.
        """
        try:
            return super().wait(_timed(gen, self.seconds), *arguments, **named)
        except Silent:
            self.close()
            raise


def _timed(steps: Generator[Any, Any, R], seconds: float) -> Generator[Any, Any, R]:
    """Do the steps of a statement; psycopg takes the next at each sign of the server, and else ten times a second."""
    deadline: Final = time.monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if time.monotonic() > deadline:
                raise Silent(f"no answer within {seconds:g} seconds")
            wanted = steps.send(ready)
    except StopIteration as ended:
        result: R = ended.value
        return result
