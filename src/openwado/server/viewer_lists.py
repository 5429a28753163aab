"""Studies for viewers, each by one link: /studies/{study}/ohif.json for OHIF, /studies/{study}/weasis.xml for Weasis.

One series of a study has such lists too. Who asks is told of what they may have as DICOM, for that is what viewers
fetch then. Lists are made in a thread, one at a time in a process, and sent with their length, compressed where that is
taken.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from starlette.requests import Request
from starlette.routing import Route

from openwado.errors import BadRequest, Unavailable
from openwado.observe.log import event
from openwado.protocol.conditional import if_none_match
from openwado.server import ohif_json, weasis_manifest
from openwado.server.methods import answer_options
from openwado.server.page_gzip import GZIP_TAG, takes_gzip
from openwado.server.problems import MethodNotAllowed
from openwado.server.taking_time import time_to_take
from openwado.server.viewer_study import listed_study
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

    from openwado.archive.index import Index
    from openwado.archive.store import Store
    from openwado.server.viewer_study import ListedStudy

Viewer = Literal["ohif", "weasis"]

_logger = logging.getLogger("openwado.server")

#: What each viewer reads.
_NAMES: Final[dict[Viewer, tuple[str, str]]] = {
    "ohif": ("ohif.json", ohif_json.MEDIA_TYPE),
    "weasis": ("weasis.xml", weasis_manifest.MEDIA_TYPE),
}
#: Requests that wait for a list at the same time in one process; more are told to come again.
_WAITING_MAX: Final = 32
#: Bytes of one list, and seconds that it may take to make it.
_BYTES_MAX: Final = 256 << 20
_SECONDS_MAX: Final = 120.0
_PIECE: Final = 1 << 18
#: How hard it is tried to make them fewer: a tenth of the bytes for a fortieth of the time.
_LEVEL: Final = 1


def viewer_routes(*, index: Index, store: Store, is_remote: bool, wado_path: str, stall_seconds: float) -> list[Route]:
    """Return the routes of the lists.

    Args:
        index: what there is.
        store: where objects are read.
        is_remote: whether reading takes longer than from a disk.
        wado_path: of the WADO service, below the same root.
        stall_seconds: longest time for a client to take the next piece.
    """
    source = _Source(index, store, is_remote, wado_path)
    turns = _Turns()
    return [
        Route(f"{parent}/{name}", ViewerList(viewer, source, turns, stall_seconds))
        for viewer, (name, _) in _NAMES.items()
        for parent in ("/studies/{study_uid}", "/studies/{study_uid}/series/{series_uid}")
    ]


@dataclass(frozen=True, slots=True)
class _Source:
    """What lists are made of."""

    index: Index
    store: Store
    is_remote: bool
    wado_path: str

    def listed(self, request: Request) -> ListedStudy:
        return listed_study(self.index, request, self.wado_path)

    def written(self, viewer: Viewer, listed: ListedStudy, *, compressed: bool) -> Spool:
        """Write a list, compressed by gzip or not.

        Raises:
            BadRequest: it gets too long.
            Unavailable: there is no room for it, or it takes too long.
        """
        spool, until, size = Spool(), time.monotonic() + _SECONDS_MAX, 0
        out = gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=_LEVEL, mtime=0) if compressed else spool
        for piece in self._pieces(viewer, listed):
            out.write(piece)
            size += len(piece)
            if size > _BYTES_MAX:
                raise BadRequest("This is more than one list can hold: ask for one series, or one with fewer frames.")
            if time.monotonic() > until:
                raise Unavailable("Reading so many objects takes too long: ask for one series.", retry_after=60)
        if out is not spool:
            out.close()
        return spool

    def _pieces(self, viewer: Viewer, listed: ListedStudy) -> Iterator[bytes]:
        if viewer == "weasis":
            return weasis_manifest.weasis_manifest(listed)
        return ohif_json.ohif_json(listed, self.store, is_remote=self.is_remote)


class _Turns:
    """Lets one list after the other be made, and not too many wait for it."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def __aenter__(self) -> None:
        if self._waiting >= _WAITING_MAX:
            raise Unavailable("Too many lists for viewers are being made. Try again.", retry_after=5)
        self._waiting += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._waiting -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._turn.release()
        self._waiting -= 1


class ViewerList:
    """The endpoint, plain ASGI.

    Args:
        viewer: who reads its lists.
        source: what they are made of.
        turns: one for all endpoints.
        stall_seconds: longest time for a client to take the next piece.
    """

    def __init__(self, viewer: Viewer, source: _Source, turns: _Turns, stall_seconds: float) -> None:
        self._viewer: Viewer = viewer
        self._media_type = _NAMES[viewer][1]
        self._source = source
        self._turns = turns
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            WadoError: whatever is wrong.
        """
        del receive
        method = scope["method"]
        if method == "OPTIONS":
            await answer_options(send)
            return
        if method not in ("GET", "HEAD"):
            raise MethodNotAllowed
        request = Request(scope)
        async with self._turns:
            listed = await asyncio.to_thread(self._source.listed, request)
            compressed = takes_gzip(request)
            etag = listed.etag(self._viewer)
            if compressed:  # other bytes have another tag (RFC 9110 8.8.3)
                etag = etag.removesuffix('"') + GZIP_TAG
            if if_none_match(request.headers.get("if-none-match"), etag):
                await _start(send, 304, self._fields(etag))
                await send({"type": "http.response.body", "body": b""})
                return
            spool = await asyncio.to_thread(self._source.written, self._viewer, listed, compressed=compressed)
        try:
            size = [
                (b"content-type", self._media_type.encode()),
                (b"content-length", b"%d" % spool.size),
                (b"x-content-type-options", b"nosniff"),
            ]
            if compressed:
                size.append((b"content-encoding", b"gzip"))
            await _start(send, 200, self._fields(etag) + size)
            await self._send(spool, scope, send, is_head=method == "HEAD")
        finally:
            spool.close()

    @staticmethod
    def _fields(etag: str) -> list[tuple[bytes, bytes]]:
        return [(b"etag", etag.encode()), (b"cache-control", b"private, no-cache"), (b"vary", b"Accept-Encoding")]

    async def _send(self, spool: Spool, scope: Scope, send: Send, *, is_head: bool) -> None:
        size = 0 if is_head else spool.size
        try:
            for offset in range(0, size, _PIECE):
                piece = await asyncio.to_thread(spool.read_at, offset, _PIECE)
                async with time_to_take(scope, self._stall_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except OSError as error:  # a client that stalls is one too: what is missing breaks the connection
            _logger.warning(event("answer broken off", error=type(error).__name__, detail=str(error)))
            return
        await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
