"""Where the bytes of objects are: the interface of every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from openwado.archive.incoming import Incoming
    from openwado.dicom.instance import Stamp


class UnreadableError(OSError):
    """The bytes of a kept object cannot be had at the moment: its store does not answer."""


class MissingObjectError(UnreadableError):
    """The bytes of a kept object are not where they must be: the store is away, or has been damaged."""


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


def nobody_wants() -> bool:
    """Say that what is to be erased is not wanted."""
    return False


class KeptStore(Store, Protocol):
    """A place where the archive keeps objects itself, under keys made of their bytes (`kept_objects`).

    Attributes:
        is_remote: whether reading takes longer than from a disk.
        incoming: folder of this machine where objects are gathered before they are put here.
    """

    is_remote: bool
    incoming: Path

    def stamp(self, key: str) -> Stamp:
        """Return what stands for size and times of an object (`kept_stamp`); nothing is looked at."""

    def put(self, incoming: Incoming) -> None:
        """Keep an object: when this returns, it is on stable storage, whole, under its key.

        What is there already is written again, for it may be damaged.

        Raises:
            OSError: it cannot be; then nothing has changed.
        """

    def is_there(self, key: str) -> bool:
        """Say whether an object is there, where that costs next to nothing; else True."""

    def erase(self, key: str, is_wanted: Callable[[], bool] = ...) -> bool:
        """Take an object away; it may be gone already.

        Args:
            key: of the object.
            is_wanted: whether it is to stay after all: it may have come in again. Asked when nobody can find it any
                more, where that can be; it is there again then.

        Returns:
            Whether it is gone.

        Raises:
            OSError: it cannot be, or the store is away.
        """

    def keys(self) -> Iterator[tuple[str, float]]:
        """Give the key of every object that is there, in order, and when it was put there, seconds since 1970.

        Raises:
            OSError: they cannot be listed.
        """

    def close(self) -> None:
        """Let go of everything."""
