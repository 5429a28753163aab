"""One HTTP process: what it is run with, uvicorn's settings for it, and its start as a fork of the nursery."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import multiprocess
from uvicorn.supervisors.multiprocess import Process

from openwado.config import SettingsError
from openwado.observe.log import DEFAULT_STYLE, LogStyle, configure, event
from openwado.observe.metrics import join
from openwado.server.connection_options import USUAL, ConnectionOptions
from openwado.server.door import Door
from openwado.server.listening import BACKLOG, allow_many_connections
from openwado.server.nursery import CONTEXT, UNHEARD, leave_nursery
from openwado.server.parent_death import end_with_parent, name_process
from openwado.server.request_rates import NO_RATE, RequestRate, shared_rates, use_rates
from openwado.server.retiring import listen_for_retirement
from openwado.server.secured_listener import WebServer
from openwado.server.template_process import fork_first_template

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from uvicorn import Server

    from openwado.observe.metric_sheet import MetricSheet

#: What an HTTP process calls to get its application.
FACTORY = "openwado.server.wired:from_environment"

#: Longest time without a sign of life from an HTTP process, seconds; then it is replaced.
_SILENCE_SECONDS = 10

#: Held while an HTTP process makes its server.
_making_server = threading.Lock()

_logger = logging.getLogger("openwado.server")


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


class HttpProcessConfig(Config):
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
        if isinstance(self.config, HttpProcessConfig):
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
