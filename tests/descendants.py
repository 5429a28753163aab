"""Processes below another one, by the names that they give themselves."""

from __future__ import annotations

from pathlib import Path


def named_descendants(process: int, name: str) -> list[int]:
    """Return the ids of processes below one that have a name."""
    found = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            if Path(f"/proc/{child}/comm").read_text().strip() == name:
                found.append(child)
            found += named_descendants(child, name)
    return found
