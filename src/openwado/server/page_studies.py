"""The first page: all studies, or those that somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from openwado.dicom.formatting import PersonName, person_name
from openwado.errors import NotFound
from openwado.protocol.store_response import FAILURE_REASONS
from openwado.seen_index import SEARCHED_MAX
from openwado.server.asked_by import may
from openwado.server.page_paging import number_of, paging
from openwado.server.page_pasted import is_address, page_of
from openwado.server.page_search import ANYWHERE, MODALITIES, search_of, values_of
from openwado.server.page_tiles import face_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from openwado.archive.index import SeriesRow, StudyRow
    from openwado.archive.study_search import StudySearch
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

STUDIES_A_PAGE: Final = 30

#: Studies that are counted when some are looked for: more are said to be more.
COUNTED_MAX: Final = 10_000

_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in the list: its page, its thumbnail with words for it, and the row itself."""

    page: str
    name: PersonName
    thumbnail: str
    alternative: str
    row: StudyRow


class PageOfStudies:
    """Answers /.

    Args:
        asked: gives the words, the addresses and the index for who asks.
        html: writes a page.
        takes_in: whether objects that are sent here are taken in.
    """

    def __init__(
        self,
        asked: Callable[[Request], tuple[Wording, Links, SeenIndex]],
        html: Callable[..., Response],
        *,
        takes_in: bool,
    ) -> None:
        self._asked = asked
        self._html = html
        self._takes_in = takes_in

    def answer(self, request: Request) -> Response:
        """Answer with a page of studies, newest first, or with the way to what was pasted into the search.

        Raises:
            BadRequest: a parameter is none that can be looked for.
            NotFound: there are not that many pages.
        """
        say, links, index = self._asked(request)
        values = values_of(request.query_params)
        pasted = is_address(values.get(ANYWHERE, ""))
        if pasted:
            page = page_of(index, links, values[ANYWHERE])
            if page:
                return RedirectResponse(page, _SEE_OTHER)
        number, search = number_of(request, "page"), search_of({} if pasted else values)
        offset = (number - 1) * STUDIES_A_PAGE
        rows = [] if pasted else index.studies(offset=offset, limit=STUDIES_A_PAGE + 1, search=search)
        if not rows and number > 1:
            raise NotFound(f"There is no page {number}: the list of studies ends before.")
        found = _count(index, search, offset, len(rows)) if not pasted else 0
        series = index.series_of([row.study_instance_uid for row in rows[:STUDIES_A_PAGE]])
        cards = [_card(say, links, row, series[row.study_instance_uid]) for row in rows[:STUDIES_A_PAGE]]
        return self._html(
            "studies.html",
            request,
            say,
            links,
            cards=cards,
            values=values,
            pasted=pasted,
            is_search=bool(values),
            found=found,
            counted_max=COUNTED_MAX,
            is_narrowed=index.is_narrowed,
            takes_in=self._takes_in and may(request.scope, "store"),
            reasons={code: say(cause) for cause, code in FAILURE_REASONS.items()},
            searched=SEARCHED_MAX,
            modalities=MODALITIES,
            paging=paging(
                partial(links.studies, **values),
                number,
                more=len(rows) > STUDIES_A_PAGE,
                last=-(-found // STUDIES_A_PAGE)
                if found is not None and (search.is_for_all or found <= COUNTED_MAX)
                else 0,
            ),
        )


def _card(say: Wording, links: Links, row: StudyRow, series: list[SeriesRow]) -> StudyCard:
    small, alternative = face_of(say, links, series)
    name = person_name(row.description.patient_name)
    return StudyCard(links.study(row.study_instance_uid), name, small, alternative, row)


def _count(index: SeenIndex, search: StudySearch, offset: int, rows: int) -> int | None:
    """Return how many studies are found, `COUNTED_MAX` + 1 for more; None where that is not known."""
    if rows <= STUDIES_A_PAGE and (rows or not offset):
        return offset + rows
    return index.count_studies(search, COUNTED_MAX + 1)
