"""Whether this server is alive, for whoever restarts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.server.methods import answer_options
from openwado.server.problems import MethodNotAllowed

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from openwado.server.render_pool import RenderPool


class Health(msgspec.Struct, frozen=True):
    """The state of one HTTP process.

    Attributes:
        status: "ok"; "starting" as long as no render process takes jobs, so that only the plain lane answers (see
            `openwado.server.readiness` for whether to send requests here).
        render_processes: how many take jobs.
        busy: how many of them work.
        waiting: requests that wait for one.
    """

    status: str
    render_processes: int
    busy: int
    waiting: int


class HealthEndpoint:
    """Answers with a small JSON object, and 200: this process is alive.

    Args:
        pool: the render processes.
    """

    def __init__(self, pool: RenderPool) -> None:
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        del receive
        if scope["method"] == "OPTIONS":
            await answer_options(send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed
        state = self._pool.state
        health = Health(
            status="ok" if state.processes else "starting",
            render_processes=state.processes,
            busy=state.busy,
            waiting=state.waiting,
        )
        body = msgspec.json.encode(health) + b"\n"
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
