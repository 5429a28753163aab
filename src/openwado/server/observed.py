"""What is told of each request: a number, a line in the log, counts, and a trace where that is wanted."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from openwado.access.link import masked
from openwado.observe.log import event, request_id
from openwado.observe.metrics import (
    ABORTED,
    CACHE,
    ERRORS,
    NO_STATUS,
    REQUEST_SECONDS,
    REQUESTS,
    SENT_BYTES,
    STAGE_SECONDS,
)
from openwado.server.zero_copy import MESSAGE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.observe.log import Event
    from openwado.server.callers import Callers
    from openwado.server.timing import Timing
    from openwado.server.tracing import Tracing

_logger = logging.getLogger("openwado.access")

#: A number of a request that somebody else gave it.
_SAFE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

#: Types of requests by their path; what is not here is `page` below these two, else `other`.
_TYPES: Final = {"/": "page", "/statement": "page", "/health": "health", "/ready": "ready", "/metrics": "metrics"}
_PAGES: Final = ("/static/", "/studies", "/docs")


class Observed:
    """Middleware, the outermost one. The query, which holds UIDs, is logged at level debug only.

    It puts the number of the request into the scope's state as `request_id` and into the answer as X-Request-ID, and
    finds there what others say: `timing`, the steps of a WADO answer, and `problem`, the name of the error answered.

    Args:
        app: what is asked.
        proxies: whose X-Request-ID is taken over.
        wado_path: path of the WADO service.
        counts: whether metrics count.
        tracing: where traces go; None: nowhere.

    Attributes:
        running: how many requests are being answered.
    """

    def __init__(
        self, app: ASGIApp, proxies: Callers, wado_path: str, *, counts: bool = True, tracing: Tracing | None = None
    ) -> None:
        self._app = app
        self._proxies = proxies
        self._types = _TYPES | {wado_path: "wado"}
        self._counts = counts
        self._tracing = tracing
        self.running = 0
        self._numbers = itertools.count(1)
        self._mine = secrets.token_hex(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and take note of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = self._number_of(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = number
        request_id.set(number)
        answer = Answered()
        field = (b"x-request-id", number.encode("ascii"))

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.begun = time.perf_counter()
                answer.status = message["status"]
                message["headers"] = [*message.get("headers", ()), field]
            else:
                answer.sent += message["count"] if message["type"] == MESSAGE else len(message.get("body", b""))
                answer.whole = not message.get("more_body", False)
            await send(message)

        self.running += 1
        try:
            await self._app(scope, receive, note)
        except asyncio.CancelledError:  # the server stops; nobody above has a use for a traceback
            answer.whole = False
        finally:
            answer.ended = time.perf_counter()
            self._tell(scope, answer)

    def _number_of(self, scope: Scope) -> str:
        """Return the number that a proxy has given a request, else a new one."""
        if self._proxies.include_caller(scope):
            for name, value in scope["headers"]:
                if name == b"x-request-id" and _SAFE.fullmatch(value):
                    given: str = value.decode("ascii")
                    return given
        return f"{self._mine}-{next(self._numbers):x}"

    def _tell(self, scope: Scope, answer: Answered) -> None:
        timing: Timing | None = scope["state"].get("timing")
        if timing is not None and answer.begun:
            timing.note("send", answer.begun, answer.ended - answer.begun)
        self.running -= 1
        if self._counts:
            self._count(scope, answer, timing)
        if _logger.isEnabledFor(logging.INFO):
            _logger.info(_line(scope, answer))
        if self._tracing is not None:
            self._tracing.record(scope, answer, timing)

    def _count(self, scope: Scope, answer: Answered, timing: Timing | None) -> None:
        kind = timing.kind if timing is not None else self.type_of(scope)
        of_kind = (kind,)
        REQUESTS.add_in_loop((kind, str(answer.status) if answer.status else NO_STATUS))
        REQUEST_SECONDS.observe_in_loop(of_kind, answer.ended - answer.began)
        SENT_BYTES.add_in_loop(of_kind, answer.sent)
        if not answer.whole:
            ABORTED.add_in_loop(of_kind)
        problem = scope["state"].get("problem")
        if problem is not None:
            ERRORS.add_in_loop((problem,))
        if timing is not None:
            if timing.source:
                CACHE.add_in_loop((timing.source,))
            for name, stage in timing.notes.stages.items():
                STAGE_SECONDS.observe_in_loop((name,), stage.seconds)

    def type_of(self, scope: Scope) -> str:
        """Return what a request is for, by its path alone."""
        path = scope["path"]
        known = self._types.get(path)
        if known is not None:
            return known
        if not path.startswith(_PAGES):
            return "other"
        return "store" if scope["method"] == "POST" else "page"


class Answered:
    """What has become of a request; times are of `time.perf_counter`, 0.0 for what has not been.

    Attributes:
        began: when it came.
        begun: when its answer began.
        ended: when nothing more came.
        status: of the answer, 0 for none.
        sent: bytes of its body.
        whole: whether all of it was sent.
    """

    __slots__ = ("began", "begun", "ended", "sent", "status", "whole")

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.begun = self.ended = 0.0
        self.status = self.sent = 0
        self.whole = False


def _line(scope: Scope, answer: Answered) -> Event:
    query = None
    if _logger.isEnabledFor(logging.DEBUG):
        query = masked(unquote(scope["query_string"].decode("latin-1"))) or None
    return event(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=answer.status or None,
        ms=(answer.ended - answer.began) * 1000,
        bytes=answer.sent,
        aborted=None if answer.whole else "yes",
        problem=scope["state"].get("problem"),
        query=query,
    )
