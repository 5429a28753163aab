"""The index in a database, whichever it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from openwado.archive import sql, study_lists
from openwado.archive.blob import (
    ENTRY_SIZE,
    FRAME_ATTRIBUTES,
    INSTANCE,
    place_of_entry,
    unpack,
    unpack_entries,
)
from openwado.archive.folder import folder_stop, next_key
from openwado.archive.index import (
    DescribedInstance,
    FileNote,
    IndexedInstance,
    InstanceRow,
)
from openwado.archive.link_uses import count_use
from openwado.archive.list_rows import beside_rows, description_of, instance_rows, study_row
from openwado.archive.study_search import EVERYTHING
from openwado.archive.writer import Writer
from openwado.dicom.instance import RECORD_VERSION, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openwado.archive.database import Database, Transaction
    from openwado.archive.index import Admitted, Outcome, Permission, Policy, SeriesRow, StudyRow, StudySeries
    from openwado.archive.study_search import StudySearch
    from openwado.dicom.instance import Description, FrameEntry, Instance
    from openwado.dicom.picture_record import FrameAttributes

_PAGE = 1000


class SqlIndex:
    """The index in a database; implements `Index`.

    Args:
        database: with the tables of an index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_remote(self) -> bool:
        """Whether a look-up may take so long that no event loop should wait for it."""
        return self._database.is_remote

    # ------------------------------------------------------------------ look-up

    def find(self, sop_instance_uid: str) -> IndexedInstance | None:
        """Return the record with this SOP Instance UID; None also for a record of another version of the program."""
        for number, gone, record in self._rows(sql.FIND, sop_instance_uid):
            instance = unpack(record, INSTANCE)
            if instance is not None:
                return IndexedInstance(number, instance, gone=bool(gone))
        return None

    def described(self, sop_instance_uid: str) -> DescribedInstance | None:
        """Return the record with this SOP Instance UID, and its description, which belong together."""
        for number, gone, record, description in self._rows(sql.DESCRIBED, sop_instance_uid):
            instance = unpack(record, INSTANCE)
            if instance is not None:
                return DescribedInstance(
                    IndexedInstance(number, instance, gone=bool(gone)), description_of(description)
                )
        return None

    def holder(self, sop_instance_uid: str) -> str | None:
        """Return the key of the file that holds an object, whichever version of the program has read it."""
        key: str | None = _first(self._rows(sql.HOLDER, sop_instance_uid))
        return key

    def frame_entry(self, number: int, frame_number: int) -> FrameEntry | None:
        """Return the stored entry of a frame (from 1) of instance `number`; None if none is stored."""
        if frame_number < 1:
            return None
        block, place = place_of_entry(frame_number)
        for (entry,) in self._rows(sql.FRAME_ENTRY, place, ENTRY_SIZE, number, block):
            return next(unpack_entries(entry), None)
        return None

    def frame_entries(self, number: int) -> tuple[FrameEntry, ...]:
        """Return all stored entries, in order."""
        return tuple(entry for (block,) in self._rows(sql.FRAME_ENTRIES, number) for entry in unpack_entries(block))

    def frame_attributes(self, number: int, attributes: int) -> FrameAttributes:
        """Return the frame attributes with this number (from 1).

        Raises:
            LookupError: there are none: the record was replaced since it was looked up.
        """
        for (packed,) in self._rows(sql.FRAME_ATTRIBUTES, number, attributes):
            found = unpack(packed, FRAME_ATTRIBUTES)
            if found is not None:
                return found
        raise LookupError(f"instance {number} has no frame attributes {attributes}")

    # ------------------------------------------------------------------ lists

    def studies(self, *, offset: int, limit: int, search: StudySearch = EVERYTHING) -> list[StudyRow]:
        """Return a page of studies, newest study date first, then by UID."""
        return study_lists.studies(self._database, search, offset=offset, limit=limit)

    def count_studies(self, search: StudySearch = EVERYTHING, most: int = sys.maxsize) -> int:
        """Return how many studies there are; of those that are looked for `most` at the most."""
        return study_lists.count_studies(self._database, search, most)

    def study_of(self, series_instance_uid: str) -> str:
        """Return the UID of the study that has a series, the first one if several have; "" where none has."""
        return _first(self._rows(sql.STUDY_OF, series_instance_uid)) or ""

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """Return one study."""
        return next((study_row(*row) for row in self._rows(sql.STUDY, study_instance_uid)), None)

    def series(self, study_instance_uid: str) -> list[SeriesRow]:
        """Return the series of a study, by series number."""
        return self.series_of([study_instance_uid])[study_instance_uid]

    def series_of(self, study_instance_uids: Sequence[str]) -> dict[str, list[SeriesRow]]:
        """Return the series of some studies, by study."""
        return study_lists.series_of(self._database, study_instance_uids)

    def studies_with_series(self, *, offset: int, limit: int, search: StudySearch = EVERYTHING) -> list[StudySeries]:
        """Return the series of a page of studies, as `studies` and `series` order them."""
        return study_lists.studies_with_series(self._database, search, offset=offset, limit=limit)

    def instances(
        self, series_instance_uid: str, *, offset: int, limit: int, study_instance_uid: str = ""
    ) -> list[InstanceRow]:
        """Return a page of the objects of a series, by instance number; of one study, where it is named."""
        study = (study_instance_uid, study_instance_uid)
        return list(instance_rows(self._rows(sql.INSTANCES, series_instance_uid, *study, limit, offset)))

    def beside(self, study_instance_uid: str, series_instance_uid: str) -> list[tuple[Description, bool]]:
        """Return what the series of a study are like, and those of this UID in any; whether each is of this UID."""
        nobody = 0  # the number of no object
        uids = study_instance_uid, series_instance_uid
        return list(beside_rows(self._rows(sql.BESIDE, nobody, *uids, nobody, series_instance_uid)))

    def following(self, sop_instance_uid: str, count: int, *, backwards: bool) -> list[str]:
        """Return the SOP Instance UIDs of the next objects of a series, as `instances` orders it; [] at its end."""
        rows = self._rows(sql.PRECEDING if backwards else sql.FOLLOWING, sop_instance_uid, count)
        return [uid for (uid,) in rows]

    def instance_row(self, sop_instance_uid: str) -> InstanceRow | None:
        """Return one object with its description."""
        return next(instance_rows(self._rows(sql.INSTANCE_ROW, sop_instance_uid)), None)

    def uids_of(self, study_instance_uid: str, series_instance_uid: str = "") -> list[str]:
        """Return the SOP Instance UIDs of all objects of a study, or of one series of it, as lists show them."""
        rows = self._rows(sql.UIDS_OF, study_instance_uid, series_instance_uid, series_instance_uid)
        return [uid for (uid,) in rows]

    def count(self) -> int:
        """Return the number of objects that are there."""
        return int(self._rows(sql.COUNT)[0][0])

    def left_out(self) -> list[tuple[str, int]]:
        """Return why files are not in it, "" for duplicates, and how many of each; the most frequent first."""
        return [(reason, count) for _, reason, count in self._rows(sql.LEFT_OUT)]

    def example(self) -> Instance | None:
        """Return an object that makes a good first picture: an image, single-frame if there is one.

        From the middle of its series, since the first slice often shows next to nothing.
        """
        for record, series, count in self._rows(sql.EXAMPLE):
            middle = self._in_the_middle(series, count)
            return middle if middle is not None and middle.picture is not None else unpack(record, INSTANCE)
        return None

    def _in_the_middle(self, series: int, count: int) -> Instance | None:
        record = _first(self._rows(sql.NTH_OF_SERIES, series, count // 2))
        return None if record is None else unpack(record, INSTANCE)

    # ------------------------------------------------------------------ files

    def known(self, keys: Sequence[str]) -> dict[str, Stamp]:
        """Return the stamp at the last look for those keys that were looked at before with this program's version."""
        found = ((key, self._rows(sql.KNOWN, key, RECORD_VERSION)) for key in keys)
        return {key: Stamp(*rows[0]) for key, rows in found if rows}

    def file(self, key: str) -> FileNote | None:
        """Return what became of a file, without what was read; None if nobody looked. A successor is "duplicate"."""
        for _, outcome, uid, reason, *stamp in self._rows(sql.FILE, key):
            named: Outcome = "duplicate" if outcome == "successor" else outcome
            return FileNote(key, Stamp(*stamp), named, reason, None, uid)
        return None

    def outdated(self) -> list[str]:
        """Return the keys of files that were looked at by another version of the program, in order."""
        return [key for (key,) in self._rows(sql.OUTDATED, RECORD_VERSION)]

    def looked_at(self, start: str, stop: str) -> Iterator[tuple[str, Stamp | None]]:
        """Give the keys from start up to but without stop, in order, with the stamp at the last look.

        The stamp is None where the file has to be looked at again in any case.
        """
        rows = self._rows(sql.LOOKED_AT, RECORD_VERSION, start, stop, _PAGE)
        while rows:
            for key, current, *stamp in rows:
                yield key, Stamp(*stamp) if current else None
            following = next_key(rows[-1][0])
            rows = self._rows(sql.LOOKED_AT, RECORD_VERSION, following, stop, _PAGE) if len(rows) == _PAGE else []

    def write(self, notes: Iterable[FileNote]) -> list[FileNote]:
        """Take notes in, in one transaction, and return them as they came out (indexed may become duplicate).

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
        """
        batch = list(notes)
        return self._transaction(lambda writer: [writer.take(note) for note in batch])

    def admit(
        self, notes: Sequence[FileNote], policy: Policy, permissions: Sequence[Permission | None] = ()
    ) -> list[Admitted]:
        """Take in objects that the archive keeps, in one transaction; on return that survives a power cut.

        Args:
            notes: what was read, each indexed and under its key.
            policy: what becomes of an object whose SOP Instance UID another key holds.
            permissions: for each note, who decides whether it may be stored; none at all: all may.

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
            NotPermitted: one may not be stored; nothing of this was written.
        """
        asked = permissions or [None] * len(notes)

        def take_in(writer: Writer) -> list[Admitted]:
            writer.queue(note for note, permission in zip(notes, asked, strict=True) if permission is not None)
            return [writer.admit(note, policy, permission) for note, permission in zip(notes, asked, strict=True)]

        return self._transaction(take_in, durable=True)

    def delete(self, sop_instance_uids: Iterable[str]) -> list[str]:
        """Mark objects as gone, for good; return the keys whose bytes may now be removed; survives a power cut.

        No duplicate takes their place. UIDs that are unknown, or gone already, are passed over.

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
        """
        uids = list(sop_instance_uids)
        return self._transaction(lambda writer: [key for uid in uids for key in writer.delete(uid)], durable=True)

    def deleted(self) -> list[str]:
        """Return the keys of objects that the archive keeps whose bytes may be removed, in order."""
        return [key for (key,) in self._rows(sql.DELETED)]

    def erased(self, keys: Iterable[str]) -> None:
        """Strike out those of these keys that `deleted` lists: their bytes are removed.

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
        """
        batch = list(keys)
        self._transaction(lambda writer: writer.erase(batch))

    def forget(self, keys: Iterable[str]) -> list[str]:
        """Strike files out whose bytes are gone; return keys of duplicates that may now take their place.

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
        """
        batch = list(keys)

        def strike_out(writer: Writer) -> list[str]:
            for key in batch:
                writer.forget(key)
            return writer.lost

        lost = self._transaction(strike_out)
        return sorted(key for uid in lost for (key,) in self._rows(sql.SUCCESSORS_OF, uid))

    def forget_missing(self, prefix: str, seen: Iterable[str]) -> list[str]:
        """Forget all under prefix that was not seen; return keys of duplicates that may now take their place.

        Args:
            prefix: a folder, with the slash at its end, or the key of one file.
            seen: keys that are there.

        Raises:
            Unavailable: the database cannot be written; nothing of this was.
        """
        there = set(seen)
        stop = folder_stop(prefix) if prefix.endswith("/") else next_key(prefix)
        return self.forget([key for key, _ in self.looked_at(prefix, stop) if key not in there])

    def successors(self, limit: int = _PAGE) -> list[str]:
        """Return keys of duplicates whose object has lost its file, for them to be read again and written."""
        return [key for (key,) in self._rows(sql.SUCCESSORS, limit)]

    # ------------------------------------------------------------------ the database

    def count_use(self, link: str, expires: int, now: int) -> int:
        """Count a use of a signed link, and return how many there are now; forgets links that have expired."""
        return count_use(self._database, link, expires, now)

    def close(self) -> None:
        """Close this process's connections."""
        self._database.close()

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._database.rows(statement, *values)

    def _transaction(self, work: Callable[[Writer], list[Any]], *, durable: bool = False) -> list[Any]:
        def whole(transaction: Transaction) -> list[Any]:
            writer = Writer(transaction)
            result = work(writer)
            writer.finish()
            return result

        return self._database.transaction(whole, durable=durable)


def _first(rows: list[Any]) -> Any:  # noqa: ANN401 -- a column is what the statement selects
    return rows[0][0] if rows else None
