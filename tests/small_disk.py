"""A file system with little room, for one command and what it starts: a tmpfs in a mount namespace of their own."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Mounts it, and becomes the command; it is gone with the last process that has the namespace.
_MOUNT = 'mount -t tmpfs -o mode=700,size="$0" tmpfs "$1" && shift && exec "$@"'

#: The second is for those who may not mount: a user namespace in which they may.
_WAYS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))


@functools.cache
def _way() -> tuple[str, ...] | None:
    """Return how a namespace is made here; None where it is not allowed."""
    for way in _WAYS:
        command = [*way, "/bin/sh", "-c", _MOUNT, "1m", tempfile.gettempdir(), "true"]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return way
    return None


def on_small_disk(folder: Path, size: int, command: Sequence[str | Path] = ()) -> list[str | Path]:
    """Return a command that has a file system of some bytes at a folder; it stays one process.

    Args:
        folder: which is there; from outside, look into it by `inside`.
        size: bytes.
        command: what is started; nothing: what somebody appends.
    """
    way = _way()
    if way is None:
        pytest.xfail("no file system may be mounted here")
    return [*way, "/bin/sh", "-c", _MOUNT, str(size), folder, *command]


def inside(process: int, folder: Path) -> str:
    """Return the path of a folder as a process sees it."""
    return f"/proc/{process}/root{folder}"


@contextmanager
def filled(folder: str, left: int = 0) -> Iterator[None]:
    """Have a folder's file system full, but for some bytes, until the block ends."""
    path = f"{folder}/filling"
    piece = bytes(1 << 12)
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123 -- written until there is no room
        try:
            while True:
                file.write(piece)
        except OSError:
            file.truncate(max(0, file.tell() - left))
    try:
        yield
    finally:
        Path(path).unlink()
