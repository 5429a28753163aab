"""The application as settings say, wired in an HTTP process: what this module imports, the command does not pay for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openwado.assemble import (
    RENDERER_VERSION,
    data_folder,
    log_style,
    share_of_cores,
    walks_of,
)
from openwado.assemble import from_environment as system_from_environment
from openwado.audit_wiring import journal_of
from openwado.authentication import authentication_of
from openwado.cache_wiring import rendition_cache, spool_folder
from openwado.produce import pass_on, produce
from openwado.server.app import NOBODY, PageParts, Questions, TakingIn, create_app
from openwado.server.audit_notes import AuditNotes
from openwado.server.composer import Composer, longest_link_of
from openwado.server.expiry import expiring_files
from openwado.server.link_signing import Access
from openwado.server.options import ObservationOptions, PoolOptions, ServerOptions, StowOptions
from openwado.server.page import page_routes
from openwado.server.page_attributes import ListingMakers
from openwado.server.renditions import Makers
from openwado.server.sandbox import sandbox_of
from openwado.server.security_headers import security_options
from openwado.server.viewer_settings import list_routes_of, viewers_of
from openwado.spool import use_folder

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from openwado.config import Settings
    from openwado.statement.situation import Situation


def from_environment() -> ASGIApp:
    """Build the application as the settings say that the command left in the environment; called in an HTTP process."""
    system = system_from_environment()
    settings = system.settings
    authentication = authentication_of(settings)
    _, render_processes = share_of_cores(settings)
    folder = spool_folder(settings)
    use_folder(folder)
    pool = PoolOptions(
        producer="openwado.assemble:producer",
        processes=render_processes,
        queue=settings.render_queue,
        deadline_seconds=settings.render_deadline,
        memory_mib=settings.render_memory,
        log=log_style(settings),
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
        observation=ObservationOptions(
            metrics=settings.metrics,
            metrics_readers=settings.metrics_readers,
            proxies=settings.request_id_proxies,
            server_timing=settings.server_timing,
            tracing_endpoint=settings.tracing_endpoint,
            tracing_share=settings.tracing_share,
            data=str(data_folder(settings)),
            expiring=tuple(expiring_files(settings)),
        ),
        stall_seconds=settings.stall_timeout,
        security=security_options(settings),
        proxies=settings.trusted_proxies,
    )
    journal = journal_of(settings)
    audit = None if journal is None else AuditNotes(journal, settings.audit_window)
    composer = Composer(
        system.retriever,
        system.store,
        extensions=system.retriever.extensions,
        longest_link=longest_link_of(authentication),
        asks_who=authentication is not None,
    )

    def routes(parts: PageParts) -> list[Route]:
        return page_routes(
            index=system.index,
            store=system.store,
            wado_path=settings.wado_path,
            takes_in=settings.stow,
            has_manual=settings.manual,
            viewers=viewers_of(settings),
            composer=composer,
            listings=ListingMakers(parts.renditions, RENDERER_VERSION, audit),
            lookups=parts.lookups,
        )

    return create_app(
        system.retriever,
        Makers(produce, pass_on, rendition_cache(settings), walks_of(settings, system.archive)),
        system.store,
        options,
        page_routes=routes if settings.page else None,
        list_routes=list_routes_of(settings, system.index, system.store),
        access=None if authentication is None else Access(authentication, system.index, system.store.kept),
        taking_in=TakingIn(system.admission, system.store.kept.incoming) if settings.stow else None,
        questions=Questions(lambda: system.index.find(NOBODY), lambda: next(iter(system.store.kept.keys()), None)),
        audit=audit,
        statement=partial(_situation, settings),
    )


def _situation(settings: Settings) -> Situation:
    from openwado.server.statement_facts import situation_here  # noqa: PLC0415 -- heavy: it knows pynetdicom

    return situation_here(settings, is_running=True)
