"""Processes that end with the tests: also where these are killed, none is left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path


#: Ends at once where the process that asked for it was gone before the kernel was told; else it becomes the command.
_IF_STILL_THERE = '[ "$PPID" = "$0" ] || exit 1; exec "$@"'


def bound(
    command: Sequence[str | Path], *, end: signal.Signals = signal.SIGKILL, account: str | None = None
) -> list[str]:
    """Return a command whose process the kernel ends when the thread that started it is no more (PR_SET_PDEATHSIG).

    It stays one process: its number and its signals are those of the command. Start it from the process that asks,
    from a thread that lives as long as it is wanted, as pytest's own does.

    Args:
        command: the program and its arguments.
        end: the signal it is sent; one that it can catch where it has processes below it that it has to end.
        account: another one to run it as.
    """
    program = shutil.which("setpriv")
    if program is None:
        pytest.fail("setpriv is not installed (Debian: util-linux)")
    words = [program, "--pdeathsig", end.name.removeprefix("SIG")]
    if account is not None:
        entry = pwd.getpwnam(account)
        words += ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--init-groups"]
    return [*words, "--", "/bin/sh", "-c", _IF_STILL_THERE, str(os.getpid()), *map(str, command)]


class Freezable:
    """A server that can be made to stand still."""

    __slots__ = ()

    process: subprocess.Popen[bytes] | None

    def freeze(self) -> None:
        """Have it stand still: connections are taken, and nothing comes."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
