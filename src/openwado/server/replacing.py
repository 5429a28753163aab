"""HTTP processes replaced one after the other while the server answers: with settings that were read again."""

from __future__ import annotations

import logging
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from openwado.config import SettingsError
from openwado.observe.log import event
from openwado.observe.metrics import RELOAD_FAILED, RELOADS
from openwado.server.retiring import LAST_REQUESTS_SECONDS, RETIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uvicorn.supervisors.multiprocess import Process

    from openwado.server.http_process import ServeOptions

#: Longest time for a new process to answer, and between looks whether it does, seconds.
START_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.05

_logger = logging.getLogger("openwado.server")


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings that were read again.

    Attributes:
        options: how HTTP processes are run from now on.
        arguments: of each side process, by name.
        unheeded: settings that have changed and need a restart.
    """

    options: ServeOptions
    arguments: Mapping[str, Sequence[object]]
    unheeded: tuple[str, ...] = ()


def read(read_again: Callable[[], Reading]) -> Reading | None:
    """Read the settings again; None, and a line in the log for each fault, where they are wrong."""
    try:
        reading = read_again()
    except SettingsError as error:
        RELOADS.add("refused")
        RELOAD_FAILED.set(1.0)
        _logger.error(event("reload refused", detail=str(error)))  # noqa: TRY400 -- the sentences say it all
        return None
    except Exception:  # whatever it is, the server goes on with the settings that it has
        RELOADS.add("refused")
        RELOAD_FAILED.set(1.0)
        _logger.exception(event("reload refused", detail="the settings could not be looked at"))
        return None
    for name in reading.unheeded:
        _logger.warning(event("setting needs a restart", setting=name))
    return reading


def told(*, done: bool) -> None:
    """Count a reload, and say what came of it."""
    RELOADS.add("done" if done else "failed")
    RELOAD_FAILED.set(0.0 if done else 1.0)
    if done:
        _logger.info(event("reloaded"))
    else:
        _logger.error(event("reload failed", reason="an HTTP process did not start with the new settings"))


class Retired:
    """HTTP processes that let their last requests finish.

    Args:
        grace: seconds that they get once no new ones come.
        last_seconds: time to end after that, seconds.
    """

    def __init__(self, grace: float, last_seconds: float) -> None:
        self._seconds = LAST_REQUESTS_SECONDS + grace + last_seconds
        self._processes: list[tuple[Process, float]] = []

    def add(self, process: Process) -> None:
        """Have a process retire."""
        if process.pid is not None and process.process.is_alive():
            os.kill(process.pid, RETIRE)
        self._processes.append((process, time.monotonic() + self._seconds))

    def bury(self) -> None:
        """Take leave of those that have ended, and kill those whose time is over."""
        for process, deadline in self._processes[:]:
            spawned: Any = process.process
            if spawned.is_alive() and time.monotonic() > deadline:
                _logger.warning(event("http process killed", process=spawned.pid))
                spawned.kill()
            spawned.join(0)
            if not spawned.is_alive():
                process.parent_conn.close()
                self._processes.remove((process, deadline))

    def terminate(self) -> None:
        """Tell all of them to end now."""
        for process, _ in self._processes:
            process.terminate()

    def join(self, deadline: float) -> None:
        """Wait for all of them, and kill what is left at a time of `time.monotonic`."""
        for process, _ in self._processes:
            spawned: Any = process.process
            spawned.join(max(0.0, deadline - time.monotonic()))
            if spawned.is_alive():
                spawned.kill()
                spawned.join()


def comes_up(process: Process, signals: Sequence[int]) -> bool:
    """Wait until a new process answers; kill it and return False if it does not, or the server is told to stop.

    Args:
        process: it, started.
        signals: that the command has got and has not dealt with.
    """
    deadline = time.monotonic() + START_SECONDS
    process.child_conn.close()  # the other end is in the new process alone, so its death is heard at once
    while time.monotonic() < deadline and process.process.is_alive():
        if signal.SIGTERM in signals or signal.SIGINT in signals:
            break
        if process.is_ready(timeout=1):
            return True
        time.sleep(_PAUSE_SECONDS)
    process.kill()
    process.process.join()
    return False
