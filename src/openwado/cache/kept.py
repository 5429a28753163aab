"""A rendition as it is kept."""

from __future__ import annotations

import msgspec

#: What stands beside the bytes of a kept rendition, at the most; for counting.
OVERHEAD = 512


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an answer needs besides its header.

    Attributes:
        media_type: of the bytes.
        body: the bytes.
        warnings: texts for `Warning: 299`.
    """

    media_type: str
    body: bytes
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it counts for."""
        return len(self.body) + OVERHEAD
