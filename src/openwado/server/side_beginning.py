"""How a process beside those that answer HTTP begins, in a fork of the nursery."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

from openwado.observe.metrics import join
from openwado.server.nursery import UNHEARD, leave_nursery
from openwado.server.parent_death import end_with_parent, name_process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.observe.metric_sheet import MetricSheet


def begin(name: str, environment: Mapping[str, str], sheet: MetricSheet | None, stop: Callable[[], None]) -> None:
    """Become a process of the server, which ends with it.

    Args:
        name: of the process, after `openwado-`, and of what it counts.
        environment: of the command, with the settings in it.
        sheet: where processes count; None: nowhere.
        stop: called at SIGTERM and SIGINT.
    """
    end_with_parent(os.getppid())
    name_process(f"openwado-{name}")
    leave_nursery()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, UNHEARD)
    os.environ.update(environment)
    join(sheet, name)
    gc.enable()
