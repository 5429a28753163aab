"""The application of one HTTP process: its routes, what stands around them, and what it starts and stops."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from openwado.server.access_log import AccessLog
from openwado.server.cors import Cors
from openwado.server.exchange import Service
from openwado.server.health import HealthEndpoint
from openwado.server.http_version import HttpVersion
from openwado.server.lookups import Lookups
from openwado.server.options import PoolOptions, ServerOptions, StowOptions
from openwado.server.prefetch import Prefetch
from openwado.server.problems import NoSuchPath, ProblemAnswers
from openwado.server.render_pool import RenderPool
from openwado.server.renditions import Makers, Renditions
from openwado.server.response_head import cache_control
from openwado.server.stow import STUDIES_PATH, STUDY_PATH, Stow
from openwado.server.stow_intake import Intake
from openwado.server.wado_uri import WadoUri

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from openwado.admission import Admission
    from openwado.archive.store import Store
    from openwado.server.exchange import Preparer

HEALTH_PATH = "/health"


def create_app(  # noqa: PLR0913 -- what answers, and two parts that need not be there
    preparer: Preparer,
    makers: Makers,
    store: Store,
    options: ServerOptions,
    *,
    page_routes: Callable[[Lookups], Sequence[BaseRoute]] | None = None,
    taking_in: TakingIn | None = None,
) -> ASGIApp:
    """Build the application.

    Args:
        preparer: understands requests.
        makers: what renditions are made with in this process; their cache is closed with the application.
        store: where the bytes of objects are.
        options: how the doors answer, and the render processes, which start and end with the application.
        page_routes: makes the routes of the web page, None to serve none.
        taking_in: what takes in objects that are sent here; None: none are.
    """
    pool = RenderPool(options.pool)
    renditions = Renditions(makers, store, pool)
    lookups = Lookups(in_threads=options.index_is_remote)
    prefetch = Prefetch(preparer, renditions, pool, makers.walks, lookups)
    intake = None if taking_in is None else Intake(taking_in.admission, taking_in.folder)
    stow = Stow(intake, options, has_page=page_routes is not None)
    service = Service(preparer, renditions, store, prefetch, lookups, cache_control(options.cache_max_age))

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        del app
        pool.start()
        try:
            yield
        finally:
            await prefetch.stop()
            await pool.stop()
            renditions.close()
            lookups.close()
            if intake is not None:
                intake.close()

    router = Router(
        [
            Route(options.wado_path, WadoUri(service, options)),
            Route(HEALTH_PATH, HealthEndpoint(pool)),
            Route(STUDY_PATH, stow, methods=["POST", "OPTIONS"]),
            *(page_routes(lookups) if page_routes else ()),
            Route(STUDIES_PATH, stow),
            Route(STUDY_PATH, stow),  # what neither of the two above answers
        ],
        redirect_slashes=False,
        default=_nothing_here,
        lifespan=lifespan,
    )
    return AccessLog(Cors(ProblemAnswers(HttpVersion(_Named(router))), options))


@dataclass(frozen=True, slots=True)
class TakingIn:
    """What takes objects in, and the folder where their bytes are gathered."""

    admission: Admission
    folder: Path


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


def from_environment() -> ASGIApp:
    """Build the application as the settings say that the command left in the environment; called in an HTTP process."""
    # The command itself imports this module's neighbours only; what is heavy is loaded here, in the HTTP process.
    from openwado.assemble import from_environment as system_from_environment  # noqa: PLC0415 -- as said above
    from openwado.assemble import (  # noqa: PLC0415 -- as said above
        rendition_cache,
        share_of_cores,
        spool_folder,
        walks_of,
    )
    from openwado.produce import pass_on, produce  # noqa: PLC0415 -- as said above
    from openwado.server.page import page_routes  # noqa: PLC0415 -- as said above
    from openwado.server.sandbox import sandbox_of  # noqa: PLC0415 -- as said above
    from openwado.spool import use_folder  # noqa: PLC0415 -- as said above

    system = system_from_environment()
    settings = system.settings
    _, render_processes = share_of_cores(settings)
    folder = spool_folder(settings)
    use_folder(folder)
    pool = PoolOptions(
        producer="openwado.assemble:producer",
        processes=render_processes,
        queue=settings.render_queue,
        deadline_seconds=settings.render_deadline,
        memory_mib=settings.render_memory,
        log_level=settings.log_level,
        spool_folder="" if folder is None else str(folder.resolve()),
        sandbox=sandbox_of(settings),
    )
    options = ServerOptions(
        pool=pool,
        wado_path=settings.wado_path,
        max_uri_length=settings.max_uri_length,
        cache_max_age=settings.cache_max_age,
        cors_origins=settings.cors_origins,
        cors_credentials=settings.cors_credentials,
        stow=StowOptions(
            is_on=settings.stow,
            max_request_bytes=settings.max_request_size << 20,
            max_object_bytes=settings.max_object_size << 20,
        ),
        # A look-up also reads objects again after a change of version, and pages read presentation states.
        index_is_remote=system.index.is_remote or system.store.kept.is_remote,
    )
    routes = partial(page_routes, index=system.index, store=system.store, wado_path=settings.wado_path)
    return create_app(
        system.retriever,
        Makers(produce, pass_on, rendition_cache(settings), walks_of(settings, system.archive)),
        system.store,
        options,
        page_routes=(lambda lookups: routes(lookups=lookups)) if settings.page else None,
        taking_in=TakingIn(system.admission, system.store.kept.incoming) if settings.stow else None,
    )
