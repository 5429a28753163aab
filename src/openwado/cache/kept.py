"""A rendition as it is kept."""

from __future__ import annotations

import msgspec

from openwado.spool import Spool

#: What stands beside the bytes of a kept rendition, at the most; for counting.
OVERHEAD = 512


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an answer needs besides its header.

    Attributes:
        media_type: of the bytes.
        body: the bytes, or what holds them where they are many.
        warnings: texts for `Warning: 299`.
    """

    media_type: str
    body: bytes | Spool
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it counts for."""
        return (self.body.size if isinstance(self.body, Spool) else len(self.body)) + OVERHEAD
