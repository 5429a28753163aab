"""/ready: whether every kind of request can be answered now. The index and the store are really asked."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.observe.log import event
from openwado.server.methods import answer_options
from openwado.server.problems import MethodNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from openwado.server.render_pool import RenderPool

#: Longest time for an answer of the index or the store, and for which an answer is kept, seconds.
PATIENCE_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 1.0

_logger = logging.getLogger("openwado.server")


class Ready(msgspec.Struct, frozen=True):
    """What can be reached.

    Attributes:
        status: "ready", or "not ready" if one of the others is not "ok".
        index, store, render_processes: "ok"; "failed": it gives an error, which the log has; "slow": it gives no answer
            in time; "starting": no render process takes jobs yet.
    """

    status: str
    index: str
    store: str
    render_processes: str


class Readiness:
    """The endpoint: 200 if all is well, else 503.

    Args:
        pool: the render processes.
        ask_index: asks the index for something small; raises whatever is wrong with it. It may block.
        ask_store: the same of the store.
        patience_seconds: longest time for either.
    """

    def __init__(
        self,
        pool: RenderPool,
        ask_index: Callable[[], object],
        ask_store: Callable[[], object],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._pool = pool
        self._questions = {"index": ask_index, "store": ask_store}
        self._patience = patience_seconds
        self._asking: asyncio.Task[dict[str, str]] | None = None
        self._asked = 0.0
        self._unanswered: dict[str, asyncio.Future[object]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        del receive
        if scope["method"] == "OPTIONS":
            await answer_options(send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed
        found = await asyncio.shield(self._answers())
        pool = "ok" if self._pool.state.processes else "starting"
        is_ready = pool == "ok" and all(state == "ok" for state in found.values())
        body = msgspec.json.encode(Ready("ready" if is_ready else "not ready", render_processes=pool, **found)) + b"\n"
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200 if is_ready else 503, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answers(self) -> asyncio.Task[dict[str, str]]:
        """Return the answers of the last second, or ask again: however many want to know, each is asked once."""
        now = time.monotonic()
        if self._asking is None or (self._asking.done() and now - self._asked > KEPT_SECONDS):
            self._asking = asyncio.get_running_loop().create_task(self._ask())
        return self._asking

    async def _ask(self) -> dict[str, str]:
        states = await asyncio.gather(*(self._state(name) for name in self._questions))
        self._asked = time.monotonic()
        return dict(zip(self._questions, states, strict=True))

    async def _state(self, name: str) -> str:
        """Ask one; a question that has got no answer yet is not asked again, so that threads do not pile up."""
        question = self._unanswered.get(name)
        if question is None or question.done():
            question = asyncio.get_running_loop().run_in_executor(None, self._questions[name])
            question.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, if nobody waits
            self._unanswered[name] = question
        try:
            await asyncio.wait_for(asyncio.shield(question), self._patience)
        except TimeoutError:
            if not question.done():
                _logger.warning(event("not ready", what=name, reason="no answer"))
                return "slow"
            return "failed"
        except Exception as error:  # noqa: BLE001 -- whatever it is, this is what was asked
            _logger.warning(event("not ready", what=name, error=type(error).__name__, detail=str(error)))
            return "failed"
        return "ok"
