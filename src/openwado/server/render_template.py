"""The template: a process that has everything imported, and forks render processes from itself.

A fork of it is ready within milliseconds and shares its memory, so a render process that crashed is replaced before
anybody notices, and an idle one costs next to nothing. The template itself never touches an object: it reads orders,
forks, kills and buries. It has one thread, without which forking would not be safe.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import select
import signal
import socket
import sys
from typing import TYPE_CHECKING

from openwado.observe.log import configure, event
from openwado.server import render_process
from openwado.server.nursery import UNHEARD
from openwado.server.parent_death import end_with_parent, name_process
from openwado.server.render_wire import (
    CONTROL_MESSAGE,
    Broken,
    Ended,
    Fork,
    Forked,
    Kill,
    Setup,
    decode_order,
    encode_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.server.render_process import Producer
    from openwado.server.render_wire import Report

#: Render processes give way to HTTP processes, whose answers are quick.
NICENESS = 5

_logger = logging.getLogger("openwado.render")


class Template:
    """Forks, kills and buries render processes as it is told.

    Args:
        control: the control socket.
        setup: how render processes work.
        factory: gives what does their jobs.
    """

    def __init__(self, control: socket.socket, setup: Setup, factory: Callable[[], Producer]) -> None:
        self._control = control
        self._setup = setup
        self._factory = factory
        self._pids: dict[int, int] = {}
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """Work until the control socket closes; then kill whatever still runs."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            awake = {descriptor for descriptor, _ in poll.poll()}
            if self._wake in awake:
                os.read(self._wake, 4096)
                self._bury()
            if self._control.fileno() in awake and not self._obey():
                break
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        """Carry out one order; False at the end."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, CONTROL_MESSAGE, 1)
        except ConnectionError:  # closed with a report of ours unread
            return False
        if not message:
            return False
        match decode_order(message):
            case Fork(number):
                self._fork(number, socket.socket(fileno=descriptors[0]))
            case Kill(number):
                if number in self._pids:  # it is ours and unburied, so its process id is still its own
                    os.kill(self._pids[number], signal.SIGKILL)
            case Setup():
                return False
        return True

    def _fork(self, number: int, connection: socket.socket) -> None:
        template = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_render_process(connection, template)
        connection.close()
        self._pids[number] = pid
        self._report(Forked(number, pid))

    def _become_render_process(self, connection: socket.socket, template: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._wake)
            os.close(self._waker)
            render_process.run(connection, self._factory, self._setup, template=template)
            status = 0
        except BaseException:
            _logger.exception(event("render process failed"))
        finally:
            os._exit(status)

    def _bury(self) -> None:
        """Take note of processes that have ended."""
        for number, pid in list(self._pids.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                del self._pids[number]
                self._report(Ended(number, os.waitstatus_to_exitcode(status)))

    def _report(self, report: Report) -> None:
        with contextlib.suppress(OSError):  # the HTTP process is gone: `run` sees it next
            self._control.send(encode_message(report))


def load_factory(path: str) -> Callable[[], Producer]:
    """Import `module:function`.

    Raises:
        ImportError, AttributeError, ValueError: there is no such thing.
    """
    module, separator, name = path.partition(":")
    if not separator:
        raise ValueError(f"{path!r} is not module:function")
    factory: Callable[[], Producer] = getattr(importlib.import_module(module), name)
    return factory


def run(descriptor: int, parent: int) -> None:
    """Run a template.

    Args:
        descriptor: of the control socket.
        parent: process id of the HTTP process.
    """
    control = socket.socket(fileno=descriptor)
    end_with_parent(parent)
    name_process("openwado-forks")
    for number in UNHEARD:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, UNHEARD)
    os.nice(NICENESS)
    message = control.recv(CONTROL_MESSAGE)
    setup = decode_order(message) if message else None
    if not isinstance(setup, Setup):  # the HTTP process has changed its mind
        return
    sys.path[:] = setup.search_path
    configure(setup.log)
    try:
        factory = load_factory(setup.producer)
    except Exception as error:
        _logger.exception(event("render template failed"))
        control.send(encode_message(Broken(f"{type(error).__name__}: {error}")))
        return
    _use_one_thread()
    gc.collect()
    gc.disable()  # so that it does not write to pages which the forks share
    gc.freeze()
    Template(control, setup, factory).run()


def _use_one_thread() -> None:
    """Keep OpenCV, where it is loaded, from starting threads: there is a render process a core already."""
    opencv = sys.modules.get("cv2")
    if opencv is not None:
        opencv.setNumThreads(1)


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
