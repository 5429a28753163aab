"""Lists of studies: all of them, or those that somebody looks for, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.archive import sql
from openwado.archive.blob import INSTANCE, unpack
from openwado.archive.index import SeriesRow, StudySeries
from openwado.archive.list_rows import description_of, study_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.archive.database import Database
    from openwado.archive.index import StudyRow
    from openwado.archive.study_search import StudySearch


def studies(database: Database, search: StudySearch, *, offset: int, limit: int) -> list[StudyRow]:
    """Return a page of studies, newest study date first, then by UID."""
    where, values = search.where()
    return [study_row(*row) for row in database.rows(sql.studies(where), *values, limit, offset)]


def studies_with_series(database: Database, search: StudySearch, *, offset: int, limit: int) -> list[StudySeries]:
    """Return the series of a page of studies, as `studies` and `Index.series` order them."""
    where, values = search.where()
    rows = database.rows(sql.studies_with_series(where), *values, limit, offset)
    return [
        StudySeries(study, series, description_of(description), count) for study, series, description, count in rows
    ]


def series_of(database: Database, study_instance_uids: Sequence[str]) -> dict[str, list[SeriesRow]]:
    """Return the series of some studies, by study, each by series number: all at once, however far the database is."""
    found: dict[str, list[SeriesRow]] = {uid: [] for uid in study_instance_uids}
    if found:
        for study, uid, description, count, record in database.rows(sql.series_of(len(found)), *found):
            middle = None if record is None else unpack(record, INSTANCE)
            found[study].append(SeriesRow(uid, description_of(description), count, middle))
    return found


def count_studies(database: Database, search: StudySearch, most: int) -> int:
    """Return how many studies there are; of those that are looked for `most` at the most."""
    if search.is_for_all:
        return int(database.rows(sql.COUNT_STUDIES)[0][0])
    where, values = search.where()
    return int(database.rows(sql.count_found(where), *values, most)[0][0])
