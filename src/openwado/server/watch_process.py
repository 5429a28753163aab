"""The process that looks again and again at the folders which are served in place."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.observe.log import configure, event
from openwado.server.side_beginning import begin
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
    stopped = threading.Event()
    begin("watch", environment, sheet, stopped.set)
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
