"""A `ByteSource` looked at in blocks, with bounds on how much of it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.dicom.reader import ReadLimits
    from openwado.dicom.source import ByteSource

#: Bytes of the longest element header (PS3.5 7.1.2).
HEADER_MAX: Final = 12

_BLOCK: Final = 1 << 16


class Unreadable(Exception):  # noqa: N818 -- a state of the bytes
    """The bytes cannot be read, or only beyond a limit; reason: a short countable phrase."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BlockReader:
    """Reads bytes near each other without asking the source for each of them.

    Bytes that are read again count once towards the limit for headers.

    Attributes:
        source: what is read.
        size: bytes in it.
        limits: the bounds.
        base: where `data` starts.
        data: the block read last.
    """

    __slots__ = ("_headers", "_high", "_spent", "base", "data", "limits", "size", "source")

    def __init__(self, source: ByteSource, limits: ReadLimits) -> None:
        self.source = source
        self.size = source.size
        self.limits = limits
        self.base = 0
        self.data = b""
        self._headers = 0
        self._high = 0
        self._spent = 0

    def index(self, position: int) -> int:
        """Return where the header at `position` is in `data`, whole unless the source ends within it.

        Raises:
            Unreadable: more is read, or more headers are looked at, than the limits allow.
        """
        self._headers += 1
        if self._headers > self.limits.headers:
            raise Unreadable("too many elements")
        index = position - self.base
        if index >= 0 and index + HEADER_MAX <= len(self.data):
            return index
        self.data = self._load(position, _BLOCK)
        self.base = position
        return 0

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes; fewer than length only where the source ends.

        Raises:
            Unreadable: more is read than the limit for headers allows.
        """
        start = offset - self.base
        if start >= 0 and start + length <= len(self.data):
            return self.data[start : start + length]
        return self._load(offset, length)

    def _load(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        end = offset + length
        if end > self._high:
            self._spent += end - max(offset, self._high)
            self._high = end
            if self._spent > self.limits.header_bytes:
                raise Unreadable("header too large")
        return self.source.read_at(offset, length) if length else b""
