"""One transaction of the index: what files turned out to be, and what follows from it for the lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from openwado.archive import sql
from openwado.archive.blob import DESCRIPTION, INSTANCE, pack, pack_entries, unpack
from openwado.archive.database import Collision
from openwado.archive.index import Admitted, NotPermitted
from openwado.archive.kept_objects import is_kept
from openwado.archive.list_rows import beside_rows, description_of
from openwado.archive.study_words import NAMED_SERIES, sortable_date, words_of
from openwado.dicom.instance import RECORD_VERSION, Description, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.archive.database import Transaction
    from openwado.archive.index import FileNote, Outcome, Permission, Policy
    from openwado.dicom.instance import Instance, Reading

DUPLICATE = "another file has the same SOP Instance UID"
REPLACED = "replaced by a stored object"
DELETED = "deleted by command"
TOO_LONG = "its path is too long for an index in PostgreSQL"

# A number to sort by: what has none, or one that no column can hold, comes last.
_LAST = (1 << 63) - 1


class _File(NamedTuple):
    """The row of a file; outcome may also be "successor"."""

    number: int
    outcome: Any
    sop_instance_uid: str
    reason: str
    stamp: Stamp


class Writer:
    """Takes file notes in.

    Args:
        transaction: which the caller ends after `finish`.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._series_numbers: dict[tuple[str, str], int] = {}
        self._changes: dict[int, int] = {}  # of how many instances there are, by series
        self.lost: list[str] = []

    def take(self, note: FileNote) -> FileNote:
        """Write what became of a file; return it as a duplicate if another file came first.

        What was replaced or deleted stays so while the file is the same one. What the archive itself keeps is not lost
        because its bytes cannot be read at the moment.
        """
        if len(note.key.encode()) > self._transaction.longest_key:
            return replace(note, outcome="skipped", reason=TOO_LONG, reading=None, sop_instance_uid="")
        file = self._file(note.key)
        if file is not None and _stays(file, note):
            return replace(note, outcome=file.outcome, reason=file.reason, reading=None, sop_instance_uid=file[2])
        held = self._transaction.locked(sql.INSTANCE, note.sop_instance_uid) if note.outcome == "indexed" else None
        if held is not None and held[2] is not None and (file is None or held[2] != file.number):
            note = replace(note, outcome="duplicate", reason=DUPLICATE, reading=None)
        number = self._put_file(note, file)
        if file is not None and file.outcome == "indexed":
            self._release(file.sop_instance_uid, note)
        if note.reading is not None and note.outcome == "indexed":
            self._put_instance(note.reading, number, held)
        return note

    def queue(self, notes: Iterable[FileNote]) -> None:
        """Let no two objects of one study, or of one Series Instance UID in whichever studies, go in at a time."""
        instances = [note.reading.instance for note in notes if note.reading is not None]
        for uid in sorted({uid for one in instances for uid in (one.study_instance_uid, one.series_instance_uid)}):
            self._transaction.queue(uid)

    def admit(self, note: FileNote, policy: Policy, permission: Permission | None = None) -> Admitted:
        """Take in an object that the archive keeps.

        Raises:
            NotPermitted: it may not be; the transaction must not be ended.
        """
        if note.reading is None:
            raise ValueError("only what was read can be admitted")
        file, held = self._file(note.key), self._transaction.locked(sql.INSTANCE, note.sop_instance_uid)
        admitted = Admitted("stored")
        if held is not None and held[2] is not None:
            former = self._transaction.row(sql.KEY, held[2])[0]
            if former == note.key:
                admitted = Admitted("same")
            elif policy == "reject":
                return Admitted("conflict", former)
            else:
                admitted = Admitted("replaced", former)
                self._strike_out(former, "deleted" if is_kept(former) else "replaced", REPLACED)
        former_object = None if permission is None or held is None else self._object(note.sop_instance_uid)
        number = self._put_file(note, file)
        self._put_instance(note.reading, number, held)
        # Asked last: whoever makes the same study or series at this moment has been waited for, and is seen.
        if permission is not None and not permission(former_object, self._beside(note.reading.instance)):
            raise NotPermitted
        return admitted

    def delete(self, sop_instance_uid: str) -> list[str]:
        """Mark an object as gone, without a successor; return the keys whose bytes may be removed."""
        held = self._transaction.locked(sql.INSTANCE, sop_instance_uid)
        if held is None:
            return []
        keys = [self._transaction.row(sql.KEY, held[2])[0]] if held[2] is not None else []
        keys += self._keys(sql.DUPLICATES_OF, sop_instance_uid) + self._keys(sql.SUCCESSORS_OF, sop_instance_uid)
        for key in keys:
            self._strike_out(key, "deleted", DELETED)
        if held[2] is not None:
            self._lose(sop_instance_uid)
        return [key for key in keys if is_kept(key)]

    def forget(self, key: str) -> None:
        """Strike a file out; its object is gone, unless a duplicate takes its place."""
        file = self._file(key)
        if file is None:
            return
        if file.outcome == "indexed":
            self._lose(file.sop_instance_uid)
        self._transaction.execute(sql.DELETE_FILE, file.number)

    def erase(self, keys: Iterable[str]) -> list[str]:
        """Strike out files that were deleted; return none."""
        for key in keys:
            self._transaction.execute(sql.DELETE_DELETED, key)
        return []

    def finish(self) -> None:
        """Bring the rows of series and studies in line with their instances."""
        changed = sorted(self._changes)  # all lock rows in this order, so that nobody waits for who waits for him
        studies = {self._transaction.row(sql.STUDY_OF_SERIES, series)[0] for series in changed}
        for series in changed:
            self._transaction.execute(sql.COUNT_IN_SERIES, self._changes[series], series)
            self._describe_series(series)
        for study in sorted(studies):
            self._transaction.locked(sql.STUDY_BY_NUMBER, study)
            self._describe_study(study)

    def _file(self, key: str) -> _File | None:
        row = self._transaction.locked(sql.FILE, key)
        return None if row is None else _File(row[0], row[1], row[2], row[3], Stamp(*row[4:]))

    def _object(self, sop_instance_uid: str) -> tuple[Instance, Description] | None:
        """Return an object; None also for one that another version of the program has read."""
        _, _, record, description = self._transaction.row(sql.DESCRIBED, sop_instance_uid)
        instance = unpack(record, INSTANCE)
        return None if instance is None else (instance, description_of(description))

    def _beside(self, instance: Instance) -> list[tuple[Description, bool]]:
        number, _, _ = self._transaction.row(sql.INSTANCE, instance.sop_instance_uid)
        study, series = instance.study_instance_uid, instance.series_instance_uid
        return list(beside_rows(self._transaction.rows(sql.BESIDE, number, study, series, number, series)))

    def _keys(self, statement: str, sop_instance_uid: str) -> list[str]:
        return [key for (key,) in self._transaction.rows(statement, sop_instance_uid)]

    def _strike_out(self, key: str, outcome: Outcome, reason: str) -> None:
        self._transaction.execute(sql.STRIKE_OUT, outcome, reason, key)

    def _put_file(self, note: FileNote, file: _File | None) -> int:
        stamp = note.stamp
        values = (
            *(stamp.size, stamp.modified_ns, stamp.changed_ns, stamp.inode),
            *(RECORD_VERSION, note.outcome, note.reason, note.sop_instance_uid, note.key),
        )
        if file is None:
            return self._insert(sql.INSERT_FILE, *values)
        self._transaction.execute(sql.UPDATE_FILE, *values)
        return file.number

    def _insert(self, statement: str, *values: object) -> int:
        """Insert a row and return its number.

        Raises:
            Collision: there is one now, made by another transaction.
        """
        row = self._transaction.row(statement, *values)
        if row is None:
            raise Collision
        return int(row[0])

    def _release(self, sop_instance_uid: str, note: FileNote) -> None:
        """Let go of the object that a file held before, if it holds it no longer."""
        if note.outcome != "indexed" or note.sop_instance_uid != sop_instance_uid:
            self._lose(sop_instance_uid)

    def _lose(self, sop_instance_uid: str) -> None:
        number, series, _ = self._transaction.locked(sql.INSTANCE, sop_instance_uid)
        self._drop_frames(number)
        self._transaction.execute(sql.LOSE_INSTANCE, number)
        self._transaction.execute(sql.APPOINT_SUCCESSORS, sop_instance_uid)
        if series is not None:
            self._change(series, -1)
        self.lost.append(sop_instance_uid)

    def _put_instance(self, reading: Reading, file: int, held: tuple[int, int | None, int | None] | None) -> None:
        instance, description = reading.instance, reading.description
        series = self._series_of(instance)
        drawable = instance.number_of_frames if instance.picture is not None else 0
        values = (
            *(series, file, _place(description.instance_number), min(drawable, _LAST)),
            *(pack(instance), pack(description), instance.sop_instance_uid),
        )
        self._change(series, 1)
        if held is None:
            number = self._insert(sql.INSERT_INSTANCE, *values)
        else:
            number = held[0]
            self._transaction.execute(sql.UPDATE_INSTANCE, *values)
            self._drop_frames(number)
            if held[1] is not None:
                self._change(held[1], -1)
        self._put_frames(number, reading)

    def _put_frames(self, number: int, reading: Reading) -> None:
        for block, entries in pack_entries(reading.frames):
            self._transaction.execute(sql.INSERT_FRAMES, number, block, entries)
        for place, attributes in enumerate(reading.frame_attributes, start=1):
            self._transaction.execute(sql.INSERT_FRAME_ATTRIBUTES, number, place, pack(attributes))

    def _drop_frames(self, number: int) -> None:
        self._transaction.execute(sql.DELETE_FRAMES, number)
        self._transaction.execute(sql.DELETE_FRAME_ATTRIBUTES, number)

    def _series_of(self, instance: Instance) -> int:
        """Return the number of an instance's series, made if it is new."""
        uids = instance.study_instance_uid, instance.series_instance_uid
        number = self._series_numbers.get(uids)
        if number is None:
            study = self._number(sql.STUDY_NUMBER, sql.INSERT_STUDY, uids[0])
            number = self._number(sql.SERIES_NUMBER, sql.INSERT_SERIES, study, uids[1])
            self._series_numbers[uids] = number
        return number

    def _number(self, select: str, insert: str, *values: object) -> int:
        """Return the number of a study or series, made if it is new, by whomever."""
        row = (
            self._transaction.row(select, *values)
            or self._transaction.row(insert, *values, b"")
            or self._transaction.row(select, *values)
        )
        if row is None:
            raise Collision
        return int(row[0])

    def _change(self, series: int, number_of_instances: int) -> None:
        self._changes[series] = self._changes.get(series, 0) + number_of_instances

    def _describe_series(self, number: int) -> None:
        """Take the words from the first instance by Instance Number; without any, the series is no more."""
        first = self._transaction.row(sql.FIRST_OF_SERIES, number)
        if first is None:
            self._transaction.execute(sql.DELETE_SERIES, number)
            return
        description = unpack(first[0], DESCRIPTION) or Description()
        values = _place(description.series_number), description.modality.replace("\0", ""), first[0], number
        self._transaction.execute(sql.DESCRIBE_SERIES, *values)

    def _describe_study(self, number: int) -> None:
        """Take the words from the first series by Series Number; without any, the study is no more."""
        first = self._transaction.row(sql.FIRST_OF_STUDY, number)
        if first is None:
            self._transaction.execute(sql.DELETE_STUDY, number)
            return
        description = unpack(first[0], DESCRIPTION) or Description()
        modalities = [modality for (modality,) in self._transaction.rows(sql.MODALITIES, number)]
        series = self._transaction.rows(sql.SERIES_DESCRIPTIONS, number, NAMED_SERIES)
        words = words_of(description, modalities, [description_of(blob).series_description for (blob,) in series])
        date = sortable_date(description.study_date)
        self._transaction.execute(sql.DESCRIBE_STUDY, date, words, first[0], number)


def _stays(file: _File, note: FileNote) -> bool:
    """Say whether a look at a file changes nothing about it."""
    if is_kept(note.key):
        is_itself = note.outcome == "indexed" and note.sop_instance_uid == file.sop_instance_uid
        return file.outcome == "deleted" or not is_itself
    return file.outcome in ("replaced", "deleted") and file.stamp == note.stamp


def _place(number: int | None) -> int:
    return number if number is not None and -_LAST < number < _LAST else _LAST
