"""Bytes that are made before what goes before them is known: in memory while they are few, else in a nameless file."""

from __future__ import annotations

import tempfile
from typing import Final

#: Bytes kept in memory.
_IN_MEMORY: Final = 16 << 20


class Spool:
    """Bytes that are written once and then read. The file, if there is one, has no name and goes with this."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- closed by `close`
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            OSError: there is no room.
        """
        self._file.write(data)
        self.size += len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes that were written."""
        self._file.seek(offset)
        return self._file.read(length)

    def close(self) -> None:
        """Let go of them."""
        self._file.close()
