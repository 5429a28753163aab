"""Bytes that can be read at any place: the one thing the DICOM room asks of a store."""

from __future__ import annotations

from typing import Protocol


class ByteSource(Protocol):
    """An object's stored bytes, readable at any offset."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end of the object."""


class BytesSource:
    """Bytes in memory as a `ByteSource`: inflated data sets, tests."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end."""
        return self._data[offset : offset + length]
