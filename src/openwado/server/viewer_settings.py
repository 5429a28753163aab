"""What viewers are told, and led to, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.server.page_viewers import NO_VIEWERS, Viewers
from openwado.server.viewer_lists import viewer_routes

if TYPE_CHECKING:
    from starlette.routing import Route

    from openwado.archive.index import Index
    from openwado.archive.stores import Stores
    from openwado.config import Settings


def list_routes_of(settings: Settings, index: Index, store: Stores) -> list[Route]:
    """Return the routes of the lists for viewers; none where there are to be none."""
    if not settings.viewer_lists:
        return []
    return viewer_routes(
        index=index,
        store=store,
        is_remote=store.kept.is_remote,
        wado_path=settings.wado_path,
        stall_seconds=settings.stall_timeout,
    )


def viewers_of(settings: Settings) -> Viewers:
    """Return the viewers that pages of studies lead to; none where these would find no list."""
    return Viewers(settings.ohif_url, has_weasis=settings.weasis_links) if settings.viewer_lists else NO_VIEWERS
