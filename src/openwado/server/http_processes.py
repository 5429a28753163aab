"""Several HTTP processes that share one port, and what watches over them.

The watching is uvicorn's: a process that dies or hangs is replaced. What is ours: the port is taken here, before
anything is started; whoever waits for the server hears of it when it answers; a server that cannot start says so and
stays down; and no process outlives this one.
"""

from __future__ import annotations

import logging
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from uvicorn.supervisors.multiprocess import Multiprocess

from openwado.observe.log import event
from openwado.observe.metrics import join
from openwado.server.http_process import HttpProcess, HttpProcessConfig, ServeOptions
from openwado.server.listening import open_sockets
from openwado.server.nursery import open_nursery
from openwado.server.replacing import Reading, Retired, comes_up, read, told
from openwado.server.service_manager import tell_ready, tell_reloading, tell_stopping

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from openwado.server.side_process import SideProcess

#: Time for an HTTP process to end once its grace is over, seconds; then it is killed.
_LAST_SECONDS = 5.0

#: Time in which a server usually starts, and between looks whether it has, seconds.
_USUAL_START_SECONDS, _PAUSE_SECONDS = 5.0, 0.02

#: Processes that count beside those that answer HTTP: the command, side processes, and those that wait for their end.
_OTHERS = 16

_logger = logging.getLogger("openwado.server")


class CannotStart(Exception):  # noqa: N818 -- a state of the server, said in one sentence
    """The HTTP processes do not start; the log says why."""


def rows_for(workers: int) -> int:
    """Return how many processes of a server may count at the same time: old and new ones while it reloads, others."""
    return 2 * workers + _OTHERS


def serve(
    options: ServeOptions,
    *,
    started: Callable[[str, int], None] | None = None,
    beside: Sequence[SideProcess] = (),
    read_again: Callable[[], Reading] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; then let running requests finish and return.

    Args:
        options: how.
        beside: processes that run as long as the HTTP processes do.
        started: called once, with the address and the port listened on, when the server answers.
        read_again: reads the settings again, for SIGHUP; raises SettingsError. None: they stay, processes are replaced.

    Raises:
        CannotListen: the port cannot be had.
        CannotStart: the HTTP processes end before they answer.
    """
    sockets = open_sockets(options.host, options.port)
    join(options.sheet, "command")
    supervisor = Supervisor(HttpProcessConfig(options), sockets, started, beside, read_again)
    try:
        supervisor.run()
    finally:
        supervisor.close_sockets()
    if supervisor.failed:
        raise CannotStart("The server did not start. The lines above say why.")


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, here and in processes started meanwhile, where it would otherwise hit a half-made Python."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Supervisor(Multiprocess):
    """Watches over the HTTP processes.

    Args:
        config: for each of them.
        sockets: to listen on.
        started, beside, read_again: as for `serve`.

    Attributes:
        failed: whether the server ended because it could not start.
    """

    def __init__(
        self,
        config: HttpProcessConfig,
        sockets: list[socket.socket],
        started: Callable[[str, int], None] | None,
        beside: Sequence[SideProcess] = (),
        read_again: Callable[[], Reading] | None = None,
    ) -> None:
        super().__init__(config, sockets)
        self.failed = False
        self._options = config.options
        self._read_again = read_again or (lambda: Reading(self._options, {}))
        self._retired = Retired(config.timeout_graceful_shutdown or 0, _LAST_SECONDS)
        self._grace = config.timeout_graceful_shutdown or 0
        self._started = started
        self._beside = beside

    def init_processes(self) -> None:
        """Start the HTTP processes."""
        open_nursery()
        with _interrupts_held():
            for _ in range(self.processes_num):
                process = HttpProcess(self.config, self.sockets)
                process.start()
                self.processes.append(process)
            for side in self._beside:
                side.start()
        self._greet_soon()

    def _greet_soon(self) -> None:
        """Look often, as long as that is usual, whether the server answers; later the watching finds out."""
        deadline = time.monotonic() + _USUAL_START_SECONDS
        while self._started is not None and time.monotonic() < deadline and not self.signal_queue:
            if any(not process.process.is_alive() for process in self.processes):
                return
            self._greet()
            self.should_exit.wait(_PAUSE_SECONDS)

    def _greet(self) -> None:
        """Tell whoever waits that the server answers, once it does."""
        if self._started is not None and any(process.is_ready(timeout=1) for process in self.processes):
            host, port = self.sockets[0].getsockname()[:2]
            started, self._started = self._started, None
            started(str(host), int(port))
            tell_ready(f"Answers at port {port}.")

    def keep_subprocess_alive(self) -> None:
        """Replace HTTP processes that have died, and see whether the server answers by now.

        uvicorn gives up where one of them cannot start.
        """
        ending = self.should_exit.is_set()
        self._retired.bury()
        for process in self.processes:
            process.child_conn.close()  # the other end is in the HTTP process alone, so its death is heard at once
        with _interrupts_held():
            super().keep_subprocess_alive()
            if not self.should_exit.is_set() and not all(side.keep_alive() for side in self._beside):
                self.should_exit.set()
        if self.should_exit.is_set():
            self.failed = self.failed or not ending
        else:
            self._greet()

    def handle_hup(self) -> None:
        """Read the settings again, and replace the HTTP processes one after the other if they are right."""
        tell_reloading()
        try:
            self._reload()
        finally:
            tell_ready()

    def _reload(self) -> None:
        reading = read(self._read_again)
        if reading is None:
            return
        config = HttpProcessConfig(reading.options)
        for number, former in enumerate(self.processes):
            process = HttpProcess(config, self.sockets)
            with _interrupts_held():
                process.start()
            if not comes_up(process, self.signal_queue):
                told(done=False)
                return
            self.processes[number] = process
            self.config, self._options = config, reading.options
            self._retired.add(former)
        config.configure_logging()
        for side in self._beside:
            if not side.stays:
                side.replace(reading.arguments.get(side.name, side.arguments))
        told(done=True)

    def terminate_all(self) -> None:
        """Tell the HTTP processes to end, and take no more connections."""
        tell_stopping()
        super().terminate_all()
        self._retired.terminate()
        for side in self._beside:
            side.terminate()
        self.close_sockets()

    def join_all(self) -> None:
        """Wait for the HTTP processes to end, and kill what is left when grace is over."""
        deadline = time.monotonic() + self._grace + _LAST_SECONDS
        for process in self.processes:
            spawned: Any = process.process
            spawned.join(max(0.0, deadline - time.monotonic()))
            if spawned.is_alive():
                _logger.warning(event("http process killed", process=spawned.pid))
                spawned.kill()
                spawned.join()
        self._retired.join(deadline)
        for side in self._beside:
            side.join(deadline)

    def close_sockets(self) -> None:
        """Close the sockets in this process."""
        for listener in self.sockets:
            listener.close()
