"""Processes beside those that answer HTTP: forked from the nursery as well, replaced when they die, ended with them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from openwado.observe.log import event
from openwado.server.nursery import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Exit status of a process that cannot start, so that starting it again would not help; the log says why.
CANNOT_START: Final = 3

#: Longest time to wait for a process that must have ended before its successor starts, seconds.
_TURN_SECONDS: Final = 10.0

_logger = logging.getLogger("openwado.server")


@dataclass(slots=True)
class SideProcess:
    """One of them.

    Attributes:
        name: for the log.
        target: what it does, until SIGTERM; found again there by its import path.
        arguments: of the target; sockets among them get there.
        overlaps: whether a successor may work while this one ends.
        stays: whether it goes on as it is when settings are read again.
    """

    name: str
    target: Callable[..., None]
    arguments: Sequence[object]
    overlaps: bool = True
    stays: bool = False
    _process: Any = None
    _former: list[Any] = field(default_factory=list)

    def start(self) -> None:
        """Start it."""
        self._process = CONTEXT.Process(target=self.target, args=tuple(self.arguments))
        self._process.start()

    def keep_alive(self) -> bool:
        """Replace it if it has died; return False if it cannot start."""
        if self._process.is_alive():
            return True
        status = self._process.exitcode
        self._process.join()
        if status == CANNOT_START:
            return False
        _logger.error(event("process replaced", what=self.name, status=status))
        self.start()
        return True

    def replace(self, arguments: Sequence[object]) -> None:
        """Have a successor with other arguments go on, and this one end when it has finished what it is at."""
        self.arguments = arguments
        self.terminate()
        if self._process is not None:
            if not self.overlaps:
                self._process.join(_TURN_SECONDS)
            self._former = [former for former in (*self._former, self._process) if former.is_alive()]
        self.start()

    def terminate(self) -> None:
        """Tell it to end."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()

    def join(self, deadline: float) -> None:
        """Wait for its end; kill it when the time is over, a value of `time.monotonic`."""
        for process in (*self._former, self._process):
            if process is None:
                continue
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                _logger.warning(event("process killed", what=self.name))
                process.kill()
                process.join()
