"""Renditions in the memory of one process, the least recently used of them given up first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openwado.cache.kept import Kept

#: One rendition takes no more than this part of the whole, so that a few large ones do not drive out all others.
LARGEST_PART = 8


class MemoryCache:
    """Bounded in bytes.

    Args:
        bound: bytes of all that is kept.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self.size = 0

    def get(self, key: bytes) -> Kept | None:
        """Return what is kept under a key."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: bytes, kept: Kept) -> None:
        """Keep a rendition, unless it is too large."""
        if kept.size > self._bound // LARGEST_PART:
            return
        replaced = self._kept.pop(key, None)
        self.size += kept.size - (replaced.size if replaced is not None else 0)
        self._kept[key] = kept
        while self.size > self._bound:
            _, given_up = self._kept.popitem(last=False)
            self.size -= given_up.size
