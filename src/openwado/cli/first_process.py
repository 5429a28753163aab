"""Process 1 of a container: it hands signals on to the command, and takes leave of processes that have lost theirs.

The kernel keeps every signal from process 1 that it has no handler for, so that a server which is still starting could
not be stopped; and it makes process 1 the parent of whoever outlives its own, who would stay a zombie.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_HANDED_ON: Final = frozenset(
    {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
)

#: What a shell adds to the number of the signal that a command died of.
_DIED: Final = 128


def stand_aside() -> None:
    """Go on in a child where this is process 1, which stays for the rest and ends as the child does."""
    if os.getpid() != 1:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    heard = _HANDED_ON | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    child = os.fork()
    if child:
        os._exit(_status_of(child, heard))
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _status_of(child: int, heard: AbstractSet[signal.Signals]) -> int:
    """Return the exit status of the child when it has one."""
    while True:
        got = signal.sigwaitinfo(heard)
        if got.si_signo == signal.SIGCHLD:
            status = _buried(child)
            if status is not None:
                return status
        elif got.si_code <= 0:  # somebody's; those of the terminal have reached the child as well
            os.kill(child, got.si_signo)


def _buried(child: int) -> int | None:
    """Take leave of all that have ended; return the child's exit status if it is among them."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return _DIED - code if code < 0 else code
        if pid == 0:
            return None
