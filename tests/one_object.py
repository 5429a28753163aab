"""A store of one object in memory that knows what was read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from openwado.dicom.instance import Stamp

if TYPE_CHECKING:
    from openwado.dicom.source import ByteSource


class OneObject:
    """A source of bytes, and a store whose only key is "key".

    Attributes:
        size: bytes that there are.
        lengths: of what was read, in order.
    """

    def __init__(self, source: ByteSource, *, missing: int = 0) -> None:
        self._source = source
        self.size = source.size - missing
        self.lengths: list[int] = []

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes and count them."""
        self.lengths.append(length)
        return self._source.read_at(offset, min(length, self.size - offset))

    def stamp(self, key: str = "key") -> Stamp:
        """Return the stamp of an object that nobody changes."""
        assert key == "key"
        return Stamp(self.size, 0, 0, 0)

    def open(self, key: str) -> Self:
        """Return the one object."""
        assert key == "key"
        return self

    def fileno(self) -> None:
        """Return no descriptor: there is no file."""

    def close(self) -> None:
        """Keep it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Keep it."""
