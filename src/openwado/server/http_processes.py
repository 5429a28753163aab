"""Several HTTP processes that share one port, and what watches over them.

The watching is uvicorn's: a process that dies or hangs is replaced. What is ours: the port is taken here, before
anything is started; whoever waits for the server hears of it when it answers; a server that cannot start says so and
stays down; and no process outlives this one.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import multiprocess
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from openwado.config import SettingsError
from openwado.observe.log import DEFAULT_STYLE, LogStyle, configure, event
from openwado.observe.metrics import join
from openwado.server.connection_options import USUAL, ConnectionOptions
from openwado.server.door import Door
from openwado.server.listening import BACKLOG, allow_many_connections, open_sockets
from openwado.server.nursery import CONTEXT, UNHEARD, leave_nursery, open_nursery
from openwado.server.parent_death import end_with_parent, name_process
from openwado.server.replacing import Reading, Retired, comes_up, read, told
from openwado.server.request_rates import NO_RATE, RequestRate, shared_rates, use_rates
from openwado.server.retiring import listen_for_retirement
from openwado.server.secured_listener import WebServer
from openwado.server.template_process import fork_first_template

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uvicorn import Server

    from openwado.observe.metric_sheet import MetricSheet
    from openwado.server.side_process import SideProcess

#: What an HTTP process calls to get its application.
FACTORY = "openwado.server.app:from_environment"

#: Longest time without a sign of life from an HTTP process, seconds; then it is replaced.
_SILENCE_SECONDS = 10

#: Time for an HTTP process to end once its grace is over, seconds; then it is killed.
_LAST_SECONDS = 5.0

#: Time in which a server usually starts, and between looks whether it has, seconds.
_USUAL_START_SECONDS, _PAUSE_SECONDS = 5.0, 0.02

#: Processes that count beside those that answer HTTP: the command, side processes, and those that wait for their end.
_OTHERS = 16

#: Held while an HTTP process makes its server.
_making_server = threading.Lock()

_logger = logging.getLogger("openwado.server")


class CannotStart(Exception):  # noqa: N818 -- a state of the server, said in one sentence
    """The HTTP processes do not start; the log says why."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How the HTTP processes are run.

    Attributes:
        host: address to listen on; "" for all.
        port: 0 takes any free one.
        workers: how many HTTP processes there are.
        keep_alive: seconds for which an idle connection is kept open.
        shutdown_grace: seconds that running requests get to finish.
        log: how its processes write their log.
        factory: import path of the function that gives an HTTP process its application.
        sheet: where the processes count; None: each for itself.
        environment: of the processes; None: that of the command.
        connections: how each is dealt with.
        request_rate: how many requests one client may send to all HTTP processes together.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    keep_alive: int = 65
    shutdown_grace: int = 30
    log: LogStyle = DEFAULT_STYLE
    factory: str = FACTORY
    sheet: MetricSheet | None = None
    environment: Mapping[str, str] | None = None
    connections: ConnectionOptions = USUAL
    request_rate: RequestRate = NO_RATE


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
    supervisor = Supervisor(_HttpProcessConfig(options), sockets, started, beside, read_again)
    try:
        supervisor.run()
    finally:
        supervisor.close_sockets()
    if supervisor.failed:
        raise CannotStart("The server did not start. The lines above say why.")


class _HttpProcessConfig(Config):
    """uvicorn's settings for one HTTP process; goes there by pickle.

    Args:
        options: ours.
    """

    def __init__(self, options: ServeOptions) -> None:
        self.options = options
        self.connections = options.connections
        self._rates = shared_rates(options.request_rate)
        self._environment = dict(options.environment or os.environ)  # the nursery was started before all was said
        self.server: Callable[[], Server] | None = None
        super().__init__(
            options.factory,
            factory=True,
            loop="uvloop",
            http=Door,
            proxy_headers=False,  # which proxies are believed is a setting of ours
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            workers=options.workers,
            backlog=BACKLOG,
            timeout_keep_alive=options.keep_alive,
            timeout_graceful_shutdown=options.shutdown_grace,
            timeout_worker_healthcheck=_SILENCE_SECONDS,
        )

    def configure_logging(self) -> None:
        """Send the log where ours goes; called in the command and in each HTTP process."""
        configure(self.options.log)
        logging.getLogger("uvicorn.access").propagate = False  # or it writes a line of its own for each request
        logging.getLogger("hpack").setLevel(logging.WARNING)  # or it writes down all header fields at level debug

    def restore_environment(self) -> None:
        """Have the command's settings in the environment, for this process and those that it forks."""
        os.environ.update(self._environment)

    def load(self) -> None:
        """Prepare an HTTP process and build its application; whatever fails there keeps the server from starting."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, UNHEARD)  # uvicorn handles them by now
        gc.enable()
        allow_many_connections()
        join(self.options.sheet, "http")
        use_rates(self._rates)
        try:
            super().load()
            if self.server is not None:
                listen_for_retirement(self.server)
        except SettingsError as error:
            _logger.error(event("cannot start", detail=str(error)))  # noqa: TRY400 -- the sentence says it all
            sys.exit(STARTUP_FAILURE)
        except Exception:
            _logger.exception(event("cannot start"))
            sys.exit(STARTUP_FAILURE)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, here and in processes started meanwhile, where it would otherwise hit a half-made Python."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class HttpProcess(Process):
    """One HTTP process, with one server in it; a fork of the nursery.

    uvicorn makes the server when it is first asked for. The thread that says whether it has started asks at the same
    moment as the thread that runs it: each may then have one of its own, and the server never seems to have started.
    """

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        started: Any = self.process  # made in the context that uvicorn has chosen: it has only been described so far
        self.process: Any = CONTEXT.Process(target=started._target, kwargs=started._kwargs)  # noqa: SLF001 -- as said

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the server; called in the HTTP process, while it still has one thread."""
        end_with_parent(os.getppid())
        name_process("openwado-http")
        leave_nursery()
        if isinstance(self.config, _HttpProcessConfig):
            self.config.restore_environment()
            self.config.server = lambda: self.server
        fork_first_template()
        super().target(sockets)

    @property
    def server(self) -> Server:
        """The server, made by whichever thread comes first."""
        with _making_server:
            if self._server is None:
                self._server = WebServer(self.config)
            return self._server


# uvicorn makes processes by this name: also those that take the place of others, and those of SIGHUP and SIGTTIN.
multiprocess.Process = HttpProcess  # type: ignore[misc]


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
        config: _HttpProcessConfig,
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
        reading = read(self._read_again)
        if reading is None:
            return
        config = _HttpProcessConfig(reading.options)
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
