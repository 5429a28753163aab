"""Renditions in memory."""

from __future__ import annotations

from openwado.cache.kept import OVERHEAD, Kept
from openwado.cache.memory import LARGEST_PART, MemoryCache

ENTRY = 1000 + OVERHEAD


def kept(size: int = 1000, fill: bytes = b"x") -> Kept:
    """Return a rendition of so many bytes."""
    return Kept("image/jpeg", fill * size)


def test_what_was_used_last_stays() -> None:
    """The least recently used rendition is given up first, and never more than fits is kept."""
    cache = MemoryCache(10 * ENTRY)
    for number in range(10):
        cache.put(b"%d" % number, kept())
    assert cache.get(b"0") is not None
    cache.put(b"10", kept())
    assert cache.get(b"1") is None
    assert cache.get(b"0") is not None
    assert cache.size == 10 * ENTRY


def test_one_rendition_does_not_drive_out_all_others() -> None:
    """A rendition larger than a part of the whole is not kept, and costs none of the others."""
    cache = MemoryCache(LARGEST_PART * ENTRY)
    cache.put(b"small", kept())
    cache.put(b"large", kept(1001))
    assert cache.get(b"large") is None
    assert cache.get(b"small") is not None


def test_the_same_key_counts_once() -> None:
    """A rendition put again takes the place of the first."""
    cache = MemoryCache(10 * ENTRY)
    cache.put(b"a", kept())
    cache.put(b"a", kept(500, b"y"))
    assert cache.size == 500 + OVERHEAD
    assert cache.get(b"a") == kept(500, b"y")
