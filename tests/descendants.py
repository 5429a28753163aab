"""Processes below another one, by the names that they give themselves."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def named_descendants(process: int, name: str) -> list[int]:
    """Return the ids of processes below one that have a name; processes and threads that end meanwhile are left out."""
    found = []
    for child in _children(process):
        with suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{child}/comm").read_text().strip() == name:
                found.append(child)
        found += named_descendants(child, name)
    return found


def _children(process: int) -> list[int]:
    """Return the processes that the threads of one have started."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                children += map(int, (thread / "children").read_text().split())
    return children
