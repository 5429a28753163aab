"""The application of one HTTP process: its routes, what stands around them, and what it starts and stops."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from openwado.server.audit_requests import AuditRequests
from openwado.server.authenticate import Authenticate
from openwado.server.callers import Callers
from openwado.server.deleting import Deleting
from openwado.server.exchange import Service
from openwado.server.guarded import guarded
from openwado.server.health import HealthEndpoint
from openwado.server.http_version import HttpVersion
from openwado.server.link_signing import Access, link_routes
from openwado.server.lookups import Lookups
from openwado.server.metrics import Metrics, Own, keep_fresh
from openwado.server.observed import Observed
from openwado.server.page_document import PATH as DOCUMENT_PATH
from openwado.server.page_document import PageDocument
from openwado.server.prefetch import Prefetch
from openwado.server.problems import NoSuchPath, ProblemAnswers
from openwado.server.readiness import Readiness
from openwado.server.render_pool import RenderPool
from openwado.server.renditions import Makers, Renditions
from openwado.server.response_head import cache_control
from openwado.server.statement import STATEMENT_PATH, Statement
from openwado.server.stow import STUDIES_PATH, STUDY_PATH, Stow
from openwado.server.stow_intake import Intake
from openwado.server.tracing import Tracing
from openwado.server.wado_uri import WadoUri

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from openwado.admission import Admission
    from openwado.archive.store import Store
    from openwado.server.audit_notes import AuditNotes
    from openwado.server.exchange import Preparer
    from openwado.server.options import ServerOptions
    from openwado.statement.situation import Situation

HEALTH_PATH = "/health"
READY_PATH = "/ready"
METRICS_PATH = "/metrics"

#: The UID of no object, for asking the index.
NOBODY = "0"


def create_app(  # noqa: PLR0913 -- what answers, and two parts that need not be there
    preparer: Preparer,
    makers: Makers,
    store: Store,
    options: ServerOptions,
    *,
    page_routes: Callable[[PageParts], Sequence[BaseRoute]] | None = None,
    list_routes: Sequence[BaseRoute] = (),
    taking_in: TakingIn | None = None,
    access: Access | None = None,
    questions: Questions | None = None,
    audit: AuditNotes | None = None,
    statement: Callable[[], Situation] | None = None,
) -> ASGIApp:
    """Build the application.

    Args:
        preparer: understands requests.
        makers: what renditions are made with in this process; their cache is closed with the application.
        store: where the bytes of objects are.
        options: how the doors answer, and the render processes, which start and end with the application.
        page_routes: makes the routes of the web page, None to serve none.
        list_routes: of the lists for viewers.
        taking_in: what takes in objects that are sent here; None: none are.
        access: how it is known who asks; None: nobody is asked.
        questions: what is asked to find out whether requests can be answered; None: nothing is.
        audit: where it is noted what is sent to whom; closed with the application. None: nowhere.
        statement: says what the conformance statement is about; None: there is none.
    """
    pool = RenderPool(options.pool)
    renditions = Renditions(makers, store, pool)
    lookups = Lookups(in_threads=options.index_is_remote)
    page_lookups = Lookups(in_threads=True)  # lists are looked through for words, and for some people
    prefetch = Prefetch(preparer, renditions, pool, makers.walks, lookups)
    intake = None if taking_in is None else Intake(taking_in.admission, taking_in.folder)
    stow = Stow(intake, options, has_page=page_routes is not None, has_delete=access is not None, audit=audit)
    observation = options.observation
    service = Service(
        preparer,
        renditions,
        store,
        prefetch,
        lookups,
        cache_control(options.cache_max_age),
        tells_timing=observation.server_timing,
    )
    proxies = Callers(observation.proxies)
    tracing = None
    if observation.tracing_endpoint:
        tracing = Tracing(observation.tracing_endpoint, observation.tracing_share, proxies)
    own = Own(pool, lambda: renditions.bytes_in_memory, lambda: observed.running)
    data = Path(observation.data) if observation.data else None
    asked = questions or Questions(lambda: None, lambda: None)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[dict[str, object]]:
        del app
        pool.start()
        looking = asyncio.create_task(keep_fresh(own))
        try:
            yield {} if audit is None else {"audit": audit}  # the listener tells, too, whom it turns away
        finally:
            looking.cancel()
            await prefetch.stop()
            await pool.stop()
            renditions.close()
            lookups.close()
            page_lookups.close()
            if intake is not None:
                intake.close()
            if tracing is not None:
                await asyncio.to_thread(tracing.close)
            if audit is not None:
                audit.close()

    wado = WadoUri(service, options, audit)
    router = Router(
        [
            Route(options.wado_path, wado),
            Route(HEALTH_PATH, HealthEndpoint(pool)),
            Route(READY_PATH, Readiness(pool, asked.index, asked.store)),
            *(
                [Route(METRICS_PATH, Metrics(Callers(observation.metrics_readers), own, data, observation.expiring))]
                if observation.metrics
                else []
            ),
            *([Route(STATEMENT_PATH, Statement(statement))] if statement is not None else []),
            Route(STUDY_PATH, stow, methods=["POST", "OPTIONS"]),
            *(Deleting(access.index, access.kept, audit).routes() if access is not None else ()),
            *(link_routes(access, preparer, lookups, options.wado_path, audit) if access is not None else ()),
            *list_routes,
            *([Route(DOCUMENT_PATH, PageDocument(wado, options.wado_path))] if page_routes else []),
            *(page_routes(PageParts(page_lookups, renditions)) if page_routes else ()),
            Route(STUDIES_PATH, stow),
            Route(STUDY_PATH, stow),  # what neither of the two above answers
        ],
        redirect_slashes=False,
        default=_nothing_here,
        lifespan=lifespan,
    )
    inner: ASGIApp = _Named(router)
    if access is not None:
        inner = Authenticate(
            inner, access.authentication, wado_path=options.wado_path, count_use=access.index.count_use
        )
    if audit is not None:  # around it, so that it is noted who was turned away
        inner = AuditRequests(inner, audit)
    observed = Observed(
        guarded(ProblemAnswers(HttpVersion(inner)), options),
        proxies,
        options.wado_path,
        counts=observation.metrics,
        tracing=tracing,
    )
    return observed


@dataclass(frozen=True, slots=True)
class PageParts:
    """What pages of one process ask the index with, and where what they show is made."""

    lookups: Lookups
    renditions: Renditions


@dataclass(frozen=True, slots=True)
class TakingIn:
    """What takes objects in, and the folder where their bytes are gathered."""

    admission: Admission
    folder: Path


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks the index and the store for something small; raises whatever is wrong with them. Both may block."""

    index: Callable[[], object]
    store: Callable[[], object]


class _Named:
    """Names the application in the scope, as Starlette's routes and requests expect it.

    Args:
        app: the routes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        scope["app"] = self
        await self._app(scope, receive, send)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send
    raise NoSuchPath("There is nothing at this address.")
