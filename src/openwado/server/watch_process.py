"""The process that looks again and again at the folders which are served in place."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.observe.log import configure, event
from openwado.observe.metrics import join
from openwado.server.nursery import UNHEARD, leave_nursery
from openwado.server.parent_death import end_with_parent, name_process
from openwado.server.side_process import CANNOT_START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openwado.assemble import System
    from openwado.observe.metric_sheet import MetricSheet

#: Between looks at the least.
SECONDS: Final = 2.0

_logger = logging.getLogger("openwado.watch")


def run(environment: Mapping[str, str], folders: Sequence[str], sheet: MetricSheet | None) -> None:
    """Look until SIGTERM or SIGINT; called in a fork of the nursery.

    Args:
        environment: of the command, with the settings in it.
        folders: what is looked at.
        sheet: where processes count; None: nowhere.
    """
    end_with_parent(os.getppid())
    name_process("openwado-watch")
    leave_nursery()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, UNHEARD)
    os.environ.update(environment)
    join(sheet, "watch")
    gc.enable()
    try:
        system = _assemble()
    except Exception:
        _logger.exception(event("cannot start"))
        os._exit(CANNOT_START)
    _watch(system, folders, stopped)


def _assemble() -> System:
    from openwado.assemble import from_environment, log_style  # noqa: PLC0415 -- heavy, and only needed here

    system = from_environment()
    configure(log_style(system.settings))
    return system


def _watch(system: System, folders: Sequence[str], stopped: threading.Event) -> None:
    from openwado.watching import Watching  # noqa: PLC0415 -- as above

    watching = Watching(
        [Path(folder) for folder in folders],
        "in place",
        system.index,
        system.store,
        system.admission,
        most_bytes=system.settings.max_object_size << 20,
    )
    watching.run(SECONDS, stopped)
    system.index.close()
