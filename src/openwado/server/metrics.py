"""/metrics: what all processes of the server have counted, as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

import asyncio
import math
import os
import time
from typing import TYPE_CHECKING, Final

from openwado.errors import Forbidden
from openwado.observe.metrics import CACHE_MEMORY, FAMILIES, POOL_BUSY, POOL_PROCESSES, POOL_WAITING, RUNNING, totals
from openwado.server.expiry import Ends
from openwado.server.methods import answer_options
from openwado.server.problems import MethodNotAllowed
from openwado.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from openwado.observe.metric import Family
    from openwado.server.callers import Callers
    from openwado.server.expiry import ExpiringFile
    from openwado.server.render_pool import RenderPool

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"

#: Seconds between looks at what each process has: gauges are this old at the most.
REFRESH_SECONDS: Final = 1.0

#: Gauges that the process that is asked looks up, since they are the same for all.
COMMON: Final = {
    "openwado_info": "The program that runs here.",
    "openwado_data_free_bytes": "Room left where the data folder is.",
    "openwado_cache_disk_bytes": "Size of the file with renditions.",
    "openwado_expires_timestamp_seconds": "When what the file of a setting holds expires, seconds since 1970.",
    "process_start_time_seconds": "When the process that was asked started, seconds since 1970.",
}

_STARTED: Final = time.time()


class Own:
    """What one HTTP process has, as gauges.

    Args:
        pool: its render processes.
        cached_bytes: gives the bytes of renditions in its memory.
        running: gives the number of requests that are being answered.
    """

    def __init__(self, pool: RenderPool, cached_bytes: Callable[[], int], running: Callable[[], int]) -> None:
        self._pool = pool
        self._cached_bytes = cached_bytes
        self._running = running

    def refresh(self) -> None:
        """Look at it."""
        state = self._pool.state
        POOL_PROCESSES.set(state.processes)
        POOL_BUSY.set(state.busy)
        POOL_WAITING.set(state.waiting)
        CACHE_MEMORY.set(self._cached_bytes())
        RUNNING.set(self._running())


async def keep_fresh(own: Own) -> None:
    """Look at what this process has again and again, for others that are asked; ends when it is cancelled."""
    while True:
        own.refresh()
        await asyncio.sleep(REFRESH_SECONDS)


class Metrics:
    """The endpoint.

    Args:
        readers: who may read it.
        own: what this process has.
        data: the data folder; None: there is none.
        expiring: files whose end is told.
    """

    def __init__(self, readers: Callers, own: Own, data: Path | None, expiring: Sequence[ExpiringFile] = ()) -> None:
        self._readers = readers
        self._own = own
        self._data = data
        self._ends = Ends(expiring)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        del receive
        if scope["method"] == "OPTIONS":
            await answer_options(send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed
        if not self._readers.include_directly(scope):
            raise Forbidden(
                "Metrics are not for this address, or not through a proxy: the setting metrics_readers says for whom."
            )
        self._own.refresh()
        body = (await asyncio.to_thread(self._text)).encode()
        headers = [
            (b"content-type", CONTENT_TYPE),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _text(self) -> str:
        lines = [line for family, cells in zip(FAMILIES, totals(), strict=True) for line in _lines(family, cells)]
        return "\n".join([*lines, *self._common()]) + "\n"

    def _common(self) -> Iterable[str]:
        values = {"openwado_info": [(_labels((("version", __version__),)), 1.0)]}
        if self._data is not None:
            found = os.statvfs(self._data)
            values["openwado_data_free_bytes"] = [("", float(found.f_bavail * found.f_frsize))]
            try:
                values["openwado_cache_disk_bytes"] = [("", float((self._data / "renditions.sqlite").stat().st_size))]
            except OSError:
                values["openwado_cache_disk_bytes"] = [("", 0.0)]
        values["openwado_expires_timestamp_seconds"] = [
            (_labels((("setting", setting),)), end) for setting, end in self._ends.now()
        ]
        values["process_start_time_seconds"] = [("", _STARTED)]
        for name, samples in values.items():
            yield f"# HELP {name} {COMMON[name]}"
            yield f"# TYPE {name} gauge"
            for labels, value in samples:
                yield f"{name}{labels} {_number(value)}"


def _lines(family: Family, cells: Sequence[float]) -> Iterable[str]:
    yield f"# HELP {family.name} {family.text}"
    yield f"# TYPE {family.name} {family.kind}"
    for name, labels, value in family.samples(cells):
        yield f"{name}{_labels(labels)} {_number(value)}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    """Return labels as they stand behind a name; values are our own words, none of which needs escaping."""
    text = ",".join(f'{name}="{value}"' for name, value in labels)
    return f"{{{text}}}" if text else ""


def _number(value: float) -> str:
    return f"{value:.0f}" if value == math.floor(value) and abs(value) < 2**53 else repr(value)
