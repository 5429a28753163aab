"""What an index needs of a database: statements of `sql`, alone or in transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class UnusableIndex(Unavailable):
    """The database cannot serve as an index, and waiting does not help: `detail` says why, for the operator."""

    def __init__(self, detail: str) -> None:
        super().__init__("The index of this server cannot be used.", retry_after=60, detail=detail)


class Collision(Exception):  # noqa: N818 -- an event
    """Another transaction has written the same row meanwhile: this one has to be done again."""


class Transaction(Protocol):
    """What is done in one transaction; values stand where the statement has question marks."""

    @property
    def longest_key(self) -> int:
        """How many bytes of a file's key can be looked up."""

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Return what a statement selects or returns."""

    def row(self, statement: str, *values: object) -> Any:  # noqa: ANN401 -- a row is what the statement selects
        """Return the first row, None where there is none."""

    def locked(self, statement: str, *values: object) -> Any:  # noqa: ANN401 -- as above
        """Return the first row, as it stays until the transaction ends: others that would change it wait."""

    def execute(self, statement: str, *values: object) -> None:
        """Do what returns nothing."""

    def queue(self, name: str) -> None:
        """Wait until no other transaction that has queued for a name goes on, and let others wait for this one."""


class Database(Protocol):
    """A database, shared by any number of processes and threads, also after a fork."""

    @property
    def is_remote(self) -> bool:
        """Whether a statement may take so long that no event loop should wait for it."""

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Return what a statement selects; nothing where no column can hold a value that is asked for.

        Raises:
            Unavailable: it cannot be read at the moment.
        """

    def transaction(self, work: Callable[[Transaction], T], *, durable: bool = False) -> T:
        """Do work in one transaction: all of it or nothing.

        Args:
            work: may be called again where another transaction was in its way.
            durable: whether what it did survives a power cut once this returns.

        Raises:
            Unavailable: it cannot be written at the moment; nothing of this was.
        """

    def close(self) -> None:
        """Close this process's connections."""
