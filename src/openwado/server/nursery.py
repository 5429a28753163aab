"""Where HTTP processes come from: a process that has everything imported, and forks them from itself.

It is multiprocessing's fork server: one thread, no event loop, nothing opened. Starting it is the first thing that the
command does, so that it imports while the command looks at the index.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import signal
from multiprocessing import resource_tracker
from typing import Any

#: What is imported before the first process is forked.
PRELOAD = ["__main__", "openwado.server.preload"]

#: One thread for numerical libraries (there is a process a core already), and few pools of memory.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}

#: Signals that templates and render processes do not hear. They end by their pipes: a whole group or service is told to
#: stop while requests still run.
UNHEARD = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

CONTEXT = multiprocessing.get_context("forkserver")


def open_nursery() -> None:
    """Start it; returns at once."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    CONTEXT.set_forkserver_preload(PRELOAD)
    resource_tracker.ensure_running()  # which lets interrupts through when it starts
    # The nursery hears none of these, for whole groups and services are told to stop while requests still run. The HTTP
    # processes hear them when they can deal with them; what came before is not lost.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, UNHEARD)
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_nursery() -> None:
    """Let the nursery end without waiting for this process, which it has forked.

    It ends when nobody can order processes from it any more, even if the command is killed; its processes end with it.
    """
    server: Any = multiprocessing.forkserver._forkserver  # noqa: SLF001 -- no other way
    descriptor = getattr(server, "_forkserver_alive_fd", None)
    if descriptor is not None:
        server._forkserver_alive_fd = None  # noqa: SLF001 -- as above
        os.close(descriptor)
