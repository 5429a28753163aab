"""The web page: studies, series and objects to look through, and the address of every picture.

Everything is made here, on the server; the browser needs no script except for the copy buttons. Every picture on a page
is a WADO URL. Queries are look-ups in the index, well under a millisecond each where it is on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jinja2
from starlette.responses import Response
from starlette.routing import Route

from openwado.dicom.formatting import counted, person_name, time
from openwado.errors import NotFound
from openwado.seen_index import SeenIndex
from openwado.server.asked_by import permission_of
from openwado.server.lookups import HERE, Lookups
from openwado.server.page_attributes import PageOfAttributes
from openwado.server.page_gzip import with_gzip
from openwado.server.page_links import Links, origin
from openwado.server.page_lists import series_asked_for, study_asked_for, tiles_of
from openwado.server.page_manual import ManualPages
from openwado.server.page_of_object import PageOfObject
from openwado.server.page_paging import number_of, paging
from openwado.server.page_static import StaticFiles
from openwado.server.page_studies import PageOfStudies
from openwado.server.page_tiles import THUMBNAIL, Tile
from openwado.server.page_viewers import NO_VIEWERS, Viewers
from openwado.server.page_wording import OWN_NAMES, PARAMETER, wording_of
from openwado.version import __version__

if TYPE_CHECKING:
    from starlette.requests import Request

    from openwado.archive.index import Index, SeriesRow
    from openwado.archive.store import Store
    from openwado.server.composer import Composer
    from openwado.server.page_attributes import ListingMakers
    from openwado.server.page_wording import Wording

SERIES_A_PAGE = 12
#: Objects on the page of one series, and on a study's page among all the series there.
OBJECTS_A_PAGE = 100
#: The fewest objects of a series that a study's page shows.
FEWEST_OBJECTS = 6
OBJECT_PATH = "/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}"
ATTRIBUTES_PATH = f"{OBJECT_PATH}/attributes"

HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob:; frame-src 'self'; media-src 'self'; style-src 'self'; "
        "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'"
    ),
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class SeriesSection:
    """A series on a study's page: its own page, the first of its objects, and how many there are."""

    page: str
    row: SeriesRow
    tiles: list[Tile]


def page_routes(  # noqa: PLR0913 -- what pages show, and what makes parts of them
    *,
    index: Index,
    store: Store,
    wado_path: str,
    composer: Composer | None = None,
    listings: ListingMakers | None = None,
    takes_in: bool = False,
    has_manual: bool = True,
    lookups: Lookups = HERE,
    viewers: Viewers = NO_VIEWERS,
) -> list[Route]:
    """Return the routes of the web page, to stand in an application's list.

    The application has to turn `openwado.errors` into answers.

    Args:
        index: what there is to show.
        store: where presentation states are read.
        wado_path: path of the WADO service, below the same root.
        composer: what objects are asked for with, on their own pages; None: they have none.
        listings: what lists of attributes are made with; None: there are none.
        takes_in: whether objects that are sent to this server are taken in.
        has_manual: whether the manual is there, too.
        lookups: where pages are made.
        viewers: to which pages of studies lead.
    """
    pages = _Pages(index, wado_path, viewers, has_manual=has_manual)
    of_object = None if composer is None else PageOfObject(store, composer, pages.asked, pages.html)
    attributes = None if listings is None else PageOfAttributes(listings, lookups, pages.asked, pages.plain)
    return [
        Route("/", lookups.asking(PageOfStudies(pages.asked, pages.html, takes_in=takes_in).answer)),
        Route("/studies/{study_uid}", lookups.asking(pages.study)),
        Route("/studies/{study_uid}/series/{series_uid}", lookups.asking(pages.series)),
        *([Route(OBJECT_PATH, lookups.asking(of_object.answer))] if of_object is not None else []),
        *([Route(ATTRIBUTES_PATH, attributes.answer)] if attributes is not None else []),
        Route("/static/{name}", pages.static.answer),
        *(ManualPages(pages.said, pages.html).routes() if has_manual else ()),
    ]


class _Pages:
    """The pages; each method answers one route."""

    def __init__(self, index: Index, wado_path: str, viewers: Viewers, *, has_manual: bool) -> None:
        self._index = index
        self._viewers = viewers
        self._wado_path = wado_path
        self.static = StaticFiles()
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("openwado.server"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals.update(
            static=self.static.names, version=__version__, thumbnail_size=THUMBNAIL, has_manual=has_manual
        )
        self._templates.filters.update(time=time, person_name=person_name)

    def study(self, request: Request) -> Response:
        """Answer /studies/{study_uid}: its series, each with its first objects.

        Raises:
            NotFound: no such study, or it has not that many pages.
        """
        say, links, index = self.asked(request)
        page = number_of(request, "page")
        study = study_asked_for(index, request)
        rows = index.series(study.study_instance_uid)
        shown = rows[(page - 1) * SERIES_A_PAGE : page * SERIES_A_PAGE]
        if not shown and page > 1:
            raise NotFound(f"There is no page {page}: this study has {counted(len(rows), 'series', 'series')}.")
        limit = max(FEWEST_OBJECTS, OBJECTS_A_PAGE // max(1, len(shown)))
        sections = [
            SeriesSection(
                page=links.series(study.study_instance_uid, row.series_instance_uid),
                row=row,
                tiles=tiles_of(index, say, links, study.study_instance_uid, row.series_instance_uid, range(limit)),
            )
            for row in shown
        ]
        address = partial(links.study, study.study_instance_uid)
        pages = paging(address, page, more=len(rows) > page * SERIES_A_PAGE)
        viewers = self._viewers.links(links, origin(request.scope), study.study_instance_uid)
        shown_here = {"study": study, "sections": sections, "paging": pages, "viewers": viewers}
        return self.html("study.html", request, say, links, **shown_here)

    def series(self, request: Request) -> Response:
        """Answer /studies/{study_uid}/series/{series_uid}: all of its objects, page by page.

        Raises:
            NotFound: no such series in that study, or it has not that many pages.
        """
        say, links, index = self.asked(request)
        page = number_of(request, "page")
        study = study_asked_for(index, request)
        row = series_asked_for(index, request, study)
        offset = (page - 1) * OBJECTS_A_PAGE
        tiles = tiles_of(
            index, say, links, study.study_instance_uid, row.series_instance_uid, range(offset, offset + OBJECTS_A_PAGE)
        )
        if not tiles and page > 1:
            raise NotFound(f"There is no page {page}: this series has {counted(row.number_of_instances, 'object')}.")
        address = partial(links.series, study.study_instance_uid, row.series_instance_uid)
        pages = paging(address, page, more=row.number_of_instances > offset + OBJECTS_A_PAGE)
        return self.html("series.html", request, say, links, study=study, row=row, tiles=tiles, paging=pages)

    def asked(self, request: Request) -> tuple[Wording, Links, SeenIndex]:
        """Return the words, the addresses and the index for who asks."""
        return *self.said(request), SeenIndex(self._index, permission_of(request.scope))

    def said(self, request: Request) -> tuple[Wording, Links]:
        """Return the words and the addresses for who asks."""
        say = wording_of(request.scope)
        root = request.scope.get("root_path", "").rstrip("/")
        return say, Links(root=root, wado_path=self._wado_path, language=say.language if say.is_named else "")

    def html(self, template: str, request: Request, *written: Any, **values: Any) -> Response:  # noqa: ANN401 -- as below
        """Return a page: a template with what it shows; compressed where that is taken."""
        return with_gzip(request, self.plain(template, request, *written, **values))

    def plain(
        self,
        template: str,
        request: Request,
        say: Wording,
        links: Links,
        **values: Any,  # noqa: ANN401 -- what the template shows
    ) -> Response:
        """Return a page that is not compressed."""
        text = self._templates.get_template(template).render(
            say=say, links=links, root=links.root, languages=_languages(request), **values
        )
        return Response(text, media_type="text/html", headers=HEADERS | {"Content-Language": say.language})


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """Return each language with its own name for itself, and this page's address in it, relative to this page."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return [(tag, name, "?" + urlencode([*query, (PARAMETER, tag)], safe="/,*")) for tag, name in OWN_NAMES.items()]
