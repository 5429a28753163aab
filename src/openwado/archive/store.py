"""Where the bytes of objects are: the interface of every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

    from openwado.dicom.instance import Stamp


class StoredObject(Protocol):
    """One object, opened: its bytes stay readable until it is closed, even if it is replaced meanwhile."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end of the object."""

    def stamp(self) -> Stamp:
        """Return size and times as they are now."""

    def fileno(self) -> int | None:
        """Return a descriptor of a file that holds just these bytes, None where there is no such file."""

    def close(self) -> None:
        """Let go of it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Store(Protocol):
    """A place where objects are kept by key."""

    def stamp(self, key: str) -> Stamp | None:
        """Return size and times of an object, None if it is not there (any more)."""

    def open(self, key: str) -> StoredObject:
        """Open an object for reading.

        Raises:
            FileNotFoundError: it is not there (any more).
            OSError: it cannot be read.
        """
