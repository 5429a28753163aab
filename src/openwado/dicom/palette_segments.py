"""Segmented palettes expanded (PS3.3 C.7.9.2; RR-13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DISCRETE: Final = 0
_LINEAR: Final = 1
_INDIRECT: Final = 2
_OFFSET_BYTES: Final = 4


def expand_segments(words: Sequence[int], count: int, *, entry_bytes: int) -> list[int]:
    """Return the entries that segments stand for; fewer than `count` where they are malformed.

    Args:
        words: the segmented data as words of the entry size; a pad word may follow.
        count: entries wanted.
        entry_bytes: 1 or 2: bytes of a word.
    """
    entries: list[int] = []
    place: int | None = 0
    while place is not None and place + 2 < len(words) and len(entries) < count:
        if words[place] == _INDIRECT:
            place = _indirect(words, place, entries, count, entry_bytes)
        else:
            place = _direct(words, place, entries)
    return entries[:count]


def _direct(words: Sequence[int], place: int, entries: list[int]) -> int | None:
    """Expand a discrete or linear segment; return where the next one is, None if this one is malformed."""
    opcode, length = words[place], words[place + 1]
    start = place + 2
    if length == 0:  # stands for nothing, and would let a short table take long
        return None
    if opcode == _DISCRETE and start + length <= len(words):
        entries.extend(words[start : start + length])
        return start + length
    if opcode == _LINEAR and entries:
        entries.extend(_line(entries[-1], words[start], length))
        return start + 1
    return None


def _line(first: int, last: int, length: int) -> list[int]:
    """Return the entries after `first` on a straight line to `last`, rounded half up."""
    if first == last:
        return [last] * length
    base, rise, whole = 2 * first * length + length, 2 * (last - first), 2 * length
    return [(base + rise * step) // whole for step in range(1, length + 1)]


def _indirect(words: Sequence[int], place: int, entries: list[int], count: int, entry_bytes: int) -> int | None:
    """Expand the segments that an indirect one points to, which may not be indirect themselves."""
    end = place + 2 + _OFFSET_BYTES // entry_bytes
    if end > len(words):
        return None
    offset = sum(word << 8 * entry_bytes * index for index, word in enumerate(words[place + 2 : end]))
    copied: int | None = offset // entry_bytes
    for _ in range(words[place + 1]):
        if copied is None or copied + 2 >= len(words) or words[copied] == _INDIRECT:
            return None
        copied = _direct(words, copied, entries)
        if len(entries) >= count:
            break
    return end
