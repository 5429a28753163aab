"""Processes that end when the one that started them is gone, however it ended (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15

_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent's thread that started it ends, even by SIGKILL.

    Args:
        parent: the parent's process id. If it is gone already, this process ends at once.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def leave_no_core() -> None:
    """Forbid core dumps of this process, which would hold patient data."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def name_process(name: str) -> None:
    """Give this process a name that `ps` and `top` show, of at most 15 bytes: forks are all called alike."""
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
