"""What addresses of the web page name, as who asks may see it: studies, series, and the objects around one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.errors import NotFound
from openwado.server.page_tiles import Tile, tile_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from openwado.archive.index import InstanceRow, SeriesRow, StudyRow
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

#: Pictures before and after the one shown, in the strip below it.
NEIGHBOURS = 4
#: How far the place of an object in its series is looked for.
LONGEST_SEARCH = 2000


def study_asked_for(index: SeenIndex, request: Request) -> StudyRow:
    """Return the study that an address names.

    Raises:
        NotFound: there is none, for who asks.
    """
    study = index.study(request.path_params["study_uid"])
    if study is None:
        raise NotFound("There is no such study.")
    return study


def series_asked_for(index: SeenIndex, request: Request, study: StudyRow) -> SeriesRow:
    """Return the series that an address names.

    Raises:
        NotFound: there is none in the study, for who asks.
    """
    uid = request.path_params["series_uid"]
    for row in index.series(study.study_instance_uid):
        if row.series_instance_uid == uid:
            return row
    raise NotFound("There is no such series in this study.")


def tiles_of(  # noqa: PLR0913, PLR0917 -- what is listed, and how it is shown
    index: SeenIndex, say: Wording, links: Links, study_uid: str, series_uid: str, shown: range
) -> list[Tile]:
    """Return objects of a series as tiles: those at some places, counted from 0."""
    rows = index.instances(study_uid, series_uid, offset=shown.start, limit=len(shown))
    return [tile_of(say, links, row) for row in rows]


def neighbours_of(
    index: SeenIndex, say: Wording, links: Links, row: InstanceRow, count: int
) -> tuple[str, str, list[Tile]]:
    """Return the pages before and after an object in its series, and the tiles around it."""
    uid = row.instance.sop_instance_uid
    place = _place(index, row, count)
    if place is None or count < 2:  # noqa: PLR2004 -- one alone has no neighbours
        return "", "", []
    first = max(0, min(place - NEIGHBOURS, count - 2 * NEIGHBOURS - 1))
    study, series = row.instance.study_instance_uid, row.instance.series_instance_uid
    rows = index.instances(study, series, offset=first, limit=2 * NEIGHBOURS + 1)
    tiles = [tile_of(say, links, other, current=other.instance.sop_instance_uid == uid) for other in rows]
    own = next((number for number, tile in enumerate(tiles) if tile.current), None)
    if own is None:  # objects came or went meanwhile
        return "", "", []
    before = tiles[own - 1].page if own > 0 else ""
    after = tiles[own + 1].page if own + 1 < len(tiles) else ""
    return before, after, tiles


def _place(index: SeenIndex, row: InstanceRow, count: int) -> int | None:
    """Return where an object stands in its series: mostly where its number says, else it is looked for."""
    study, series = row.instance.study_instance_uid, row.instance.series_instance_uid
    uid = row.instance.sop_instance_uid
    guess = (row.description.instance_number or 1) - 1
    if 0 <= guess < count:
        there = index.instances(study, series, offset=guess, limit=1)
        if there and there[0].instance.sop_instance_uid == uid:
            return guess
    rows = index.instances(study, series, offset=0, limit=min(count, LONGEST_SEARCH))
    return next((place for place, other in enumerate(rows) if other.instance.sop_instance_uid == uid), None)
