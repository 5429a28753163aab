"""What this process may have of its machine: processor cores, and memory.

A container or a service often has less than the machine: its control groups say so (Linux: cgroup v2 `cpu.max` and
`memory.max`, in version 1 `cpu.cfs_quota_us` and `memory.limit_in_bytes`). A group has no more than those above it.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOUNTED: Final = Path("/sys/fs/cgroup")
_MINE: Final = Path("/proc/self/cgroup")


def cores(mounted: Path = _MOUNTED, mine: Path = _MINE) -> int:
    """Return how many processor cores are worth a process each: 1 or more.

    Args:
        mounted: where control groups are.
        mine: the file that names those of this process.
    """
    share = float(len(os.sched_getaffinity(0)))
    for folder in _groups("cpu", mounted, mine):
        share = min(share, _quota(folder))
    return max(1, math.ceil(share))


def memory(mounted: Path = _MOUNTED, mine: Path = _MINE) -> int:
    """Return how many bytes of memory there are for this process; arguments as above."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for folder in _groups("memory", mounted, mine):
        for name in ("memory.max", "memory.limit_in_bytes"):
            total = min(total, _number(_words(folder / name), 0) or total)
    return total


def _groups(controller: str, mounted: Path, mine: Path) -> Iterator[Path]:
    """Yield the folders of this process's group and of those above it, as far as they are seen here."""
    try:
        lines = mine.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            top = mounted
        elif controller in controllers.split(","):
            top = mounted / controller
        else:
            continue
        # In a container the path may be one of the machine's, and the top the container's own group.
        group = top / path.lstrip("/")
        yield group
        yield from (parent for parent in group.parents if parent.is_relative_to(top))


def _quota(folder: Path) -> float:
    """Return the cores that a group may use, infinity if it says nothing of them."""
    words = _words(folder / "cpu.max") or _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
    quota, period = _number(words, 0), _number(words, 1)
    return quota / period if quota and period else math.inf


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _number(words: list[str], place: int) -> int | None:
    """Return a number above 0; None for what says that there is no limit (`max`, -1), and where there is no word."""
    text = words[place] if place < len(words) else ""
    return int(text) or None if text.isdecimal() else None
