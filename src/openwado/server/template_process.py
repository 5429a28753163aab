"""Starting a template: as a fork of the HTTP process while that has one thread, later as a program of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openwado.server.nursery import ENVIRONMENT, UNHEARD

if TYPE_CHECKING:
    from typing import NoReturn

#: The template that was forked and waits to be used: our end of its control socket, and the process.
_first: tuple[socket.socket, TemplateProcess] | None = None

#: Beyond this number no descriptor is open that a process has to close.
_LAST_DESCRIPTOR = 4096


class TemplateProcess(Protocol):
    """A process that was started here."""

    def poll(self) -> int | None:
        """Return its exit status, None while it runs."""

    def kill(self) -> None:
        """Kill it, if it still runs."""

    def wait(self) -> int:
        """Wait for its end; return its exit status."""


@dataclass(slots=True)
class _Forked:
    """A process that was forked; status: once it has been waited for."""

    pid: int
    status: int | None = None

    def poll(self) -> int | None:
        if self.status is None:
            self._wait(os.WNOHANG)
        return self.status

    def kill(self) -> None:
        if self.poll() is None:  # not waited for, so its process id is still its own
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        while self.status is None:
            self._wait(0)
        return self.status

    def _wait(self, options: int) -> None:
        try:
            found, status = os.waitpid(self.pid, options)
        except ChildProcessError:
            self.status = -1
            return
        if found:
            self.status = os.waitstatus_to_exitcode(status)


def fork_first_template() -> None:
    """Fork the first template from this process, which has one thread and nothing opened but what it was started with.

    It shares the memory of all that is imported here.
    """
    global _first  # noqa: PLW0603 -- it is forked long before anybody can hold it
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_template(theirs.detach(), parent)
    theirs.close()
    _first = ours, _Forked(pid)


def start_template() -> tuple[socket.socket, TemplateProcess]:
    """Return our end of a template's control socket, and the process: the first one if it still waits."""
    global _first
    if _first is not None:
        first, _first = _first, None
        return first
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        return ours, _start(theirs.fileno())


def _become_template(control: int, parent: int) -> NoReturn:
    status = 1
    try:
        # Listening sockets, pipes to the command and the like: objects that hold them are never finalized here, since
        # this function does not return.
        os.closerange(3, control)
        os.closerange(control + 1, _LAST_DESCRIPTOR)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        from openwado.server.render_template import run  # noqa: PLC0415 -- the HTTP process has no use for it

        run(control, parent)
        status = 0
    finally:
        os._exit(status)


def _start(descriptor: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "openwado.server.render_template", str(descriptor), str(os.getpid())]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, UNHEARD)  # until the template itself does not hear them
    try:
        return subprocess.Popen(  # noqa: S603 -- this very Python with a module of this package
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env=ENVIRONMENT | os.environ,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
