"""The lists of the archive as somebody sees them who may not see everything."""

from __future__ import annotations

import sys
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from openwado.access.rights import LISTING
from openwado.access.subject import Subject, subject_of
from openwado.archive.index import StudyRow
from openwado.archive.study_search import EVERYTHING
from openwado.archive.study_words import sortable_date, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openwado.access.permission import Permission
    from openwado.access.rights import Rights
    from openwado.archive.index import Index, InstanceRow, SeriesRow, StudySeries
    from openwado.archive.study_search import StudySearch

#: Studies that are looked through for one page: with the rights of somebody who sees few of many.
SEARCHED_MAX: Final = 20_000
_BATCH: Final = 500


class SeenIndex:
    """Lists of what somebody may see; a series is seen by what is said of its first object, and each object by its own.

    Args:
        index: with everything.
        permission: of who asks; None: for everything.
        rights: with any of which something is seen.
    """

    def __init__(self, index: Index, permission: Permission | None, rights: Rights = LISTING) -> None:
        self._index = index
        self._permission = permission
        self._rights = rights

    @property
    def is_narrowed(self) -> bool:
        """Whether not everything is seen."""
        return self._permission is not None

    def studies(self, *, offset: int, limit: int, search: StudySearch = EVERYTHING) -> list[StudyRow]:
        """Return a page of studies, newest study date first; none that stands behind `SEARCHED_MAX` others.

        What is looked for has to be in what is seen of a study: what else it holds is not told by its being found.
        """
        if self._permission is None:
            return self._index.studies(offset=offset, limit=limit, search=search)
        return list(islice(self._studies(search), offset, offset + limit))

    def count_studies(self, search: StudySearch = EVERYTHING, most: int = sys.maxsize) -> int | None:
        """Return how many studies there are, `most` at the most if they are looked for; None where not all are seen."""
        return self._index.count_studies(search, most) if self._permission is None else None

    def study_of(self, series_instance_uid: str) -> str:
        """Return the UID of the study that has a series; "" where none has that is seen."""
        study = self._index.study_of(series_instance_uid)
        seen = study and any(row.series_instance_uid == series_instance_uid for row in self.series(study))
        return study if seen else ""

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """Return one study."""
        if self._permission is None:
            return self._index.study(study_instance_uid)
        return _study_row(study_instance_uid, self._series(study_instance_uid))

    def series(self, study_instance_uid: str) -> list[SeriesRow]:
        """Return the series of a study, by series number."""
        if self._permission is None:
            return self._index.series(study_instance_uid)
        return self._series(study_instance_uid)

    def series_of(self, study_instance_uids: Sequence[str]) -> dict[str, list[SeriesRow]]:
        """Return the series of some studies, by study."""
        found = self._index.series_of(study_instance_uids)
        return found if self._permission is None else {uid: self._seen(uid, rows) for uid, rows in found.items()}

    def instances(
        self, study_instance_uid: str, series_instance_uid: str, *, offset: int, limit: int
    ) -> list[InstanceRow]:
        """Return a page of the objects of a series of a study, by instance number."""
        if self._permission is None:
            return self._index.instances(
                series_instance_uid, offset=offset, limit=limit, study_instance_uid=study_instance_uid
            )
        return list(islice(self.all_instances(study_instance_uid, series_instance_uid), offset, offset + limit))

    def all_instances(self, study_instance_uid: str, series_instance_uid: str) -> Iterator[InstanceRow]:
        """Give all objects of a series of a study, by instance number, asking for some at a time."""
        offset = 0
        while rows := self._index.instances(
            series_instance_uid, offset=offset, limit=_BATCH, study_instance_uid=study_instance_uid
        ):
            yield from (row for row in rows if self._sees(subject_of(row.instance, row.description)))
            offset += _BATCH

    def instance_row(self, sop_instance_uid: str) -> InstanceRow | None:
        """Return one object with its description."""
        row = self._index.instance_row(sop_instance_uid)
        return row if row is not None and self._sees(subject_of(row.instance, row.description)) else None

    def count(self) -> int | None:
        """Return the number of objects that are there; None where not all are seen."""
        return self._index.count() if self._permission is None else None

    def _sees(self, subject: Subject) -> bool:
        return self._permission is None or not self._rights.isdisjoint(self._permission.rights_on(subject))

    def _studies(self, search: StudySearch) -> Iterator[StudyRow]:
        for offset in range(0, SEARCHED_MAX, _BATCH):
            rows = self._index.studies_with_series(offset=offset, limit=_BATCH, search=search)
            if not rows:
                return
            for uid, series in groupby(rows, lambda row: row.study_instance_uid):
                seen = [one for one in series if self._sees(Subject(uid, one.series_instance_uid, "", one.description))]
                if (study := _study_row(uid, seen)) is not None and _is_found(study, seen, search):
                    yield study

    def _series(self, study_uid: str) -> list[SeriesRow]:
        return self._seen(study_uid, self._index.series(study_uid))

    def _seen(self, study_uid: str, rows: list[SeriesRow]) -> list[SeriesRow]:
        return [row for row in rows if self._sees(Subject(study_uid, row.series_instance_uid, "", row.description))]


def _is_found(study: StudyRow, seen: Iterable[StudySeries], search: StudySearch) -> bool:
    said = study.description
    names = [series.description.series_description for series in seen]
    return search.is_for_all or search.finds(words_of(said, study.modalities, names), sortable_date(said.study_date))


def _study_row(study_uid: str, series: Iterable[SeriesRow | StudySeries]) -> StudyRow | None:
    """Return a study with those of its series that are seen; None where none is."""
    seen = list(series)
    if not seen:
        return None
    modalities = sorted({row.description.modality for row in seen} - {""})
    count = sum(row.number_of_instances for row in seen)
    return StudyRow(study_uid, seen[0].description, tuple(modalities), len(seen), count)
