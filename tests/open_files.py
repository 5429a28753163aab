"""What processes have open."""

from __future__ import annotations

from pathlib import Path


def open_files(process: int | str = "self") -> list[str]:
    """Return the files that a process has open; one without a name has ` (deleted)` behind what stands for it."""
    found = []
    for entry in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except OSError:  # the one that lists them
            continue
    return found


def open_below(folder: Path, process: int | str = "self") -> list[str]:
    """Return what a process has open of a folder."""
    return [name for name in open_files(process) if name.startswith(f"{folder}/")]
