"""Fills an index with many small studies: rows as the program writes them, many at a time."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from filling.notes import Uids, note
from openwado.archive.blob import pack
from openwado.archive.study_words import words_of
from openwado.dicom.instance import RECORD_VERSION, Description

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.sql_index import SqlIndex

SERIES: Final = 3
_BATCH: Final = 2000

_NAMES: Final = (
    "Example^Anna",
    "Example^Jörg",
    "Exemple^Hélène",
    "Beispiel^Jürgen",
    "Zhang^Xiaodong=张^小东",
    "Wang^XiaoDong=王^小东=",
    "Пример^Анна",
    "Sample^Person",
    "Sample^Anna^Maria",
    "Example^John^^Dr",
)
_KINDS: Final = (
    (("CT", "CT", "SR"), "CT Thorax"),
    (("MR", "MR", "PR"), "MR Brain"),
    (("US", "US", "SR"), "Abdomen"),
    (("DX", "DX", "PR"), "Chest PA and lateral"),
    (("XA", "XA", "SR"), "Angiography"),
)

_INSERT: Final = {
    "file": ("number, key, size, modified_ns, changed_ns, inode, record_version, outcome, reason, sop_instance_uid"),
    "study": "number, study_instance_uid, study_date, words, description",
    "series": "number, study, series_instance_uid, place, modality, number_of_instances, description",
    "instance": "number, sop_instance_uid, series, file, place, drawable_frames, gone, record, description",
}


def description_of(study: int, series: int) -> Description:
    """Return what is said of one series of a study."""
    modalities, words = _KINDS[study * 7 // 3 % len(_KINDS)]
    day = study % 9000
    return Description(
        patient_name=_NAMES[study % len(_NAMES)],
        patient_id=f"{study // 2:08d}",
        patient_birth_date="19600101",
        patient_sex="O",
        study_date=f"20{day // 360:02d}{day // 30 % 12 + 1:02d}{day % 28 + 1:02d}",
        study_time="101112",
        study_description=words,
        accession_number=f"A{study:07d}",
        modality=modalities[series],
        series_number=series + 1,
        series_description=f"Series {series + 1}",
        instance_number=1,
    )


def rows(studies: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Yield rows by table, some studies at a time."""
    batch: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERT}
    for study in range(studies):
        uid = f"1.2.840.113619.2.55.3.604.{study:09d}"
        first, *others = [description_of(study, series) for series in range(SERIES)]
        modalities = [one.modality for one in (first, *others)]
        names = [one.series_description for one in (first, *others)]
        date = first.study_date
        batch["study"].append((study + 1, uid, date, words_of(first, modalities, names), pack(first)))
        for series in range(SERIES):
            number, words = study * SERIES + series + 1, pack(description_of(study, series))
            series_uid = f"{uid}.{series + 1}"
            read = note(Uids(number, uid, series_uid, f"{series_uid}.1"))
            if read.reading is None:
                raise ValueError("the note has no record")
            batch["series"].append((number, study + 1, series_uid, series + 1, modalities[series], 1, words))
            stamp = (read.stamp.size, read.stamp.modified_ns, read.stamp.changed_ns, read.stamp.inode)
            batch["file"].append((number, read.key, *stamp, RECORD_VERSION, "indexed", "", f"{series_uid}.1"))
            record = pack(read.reading.instance)
            batch["instance"].append((number, f"{series_uid}.1", number, number, 1, 1, 0, record, words))
        if len(batch["study"]) == _BATCH:
            yield batch
            batch = {table: [] for table in _INSERT}
    yield batch


def fill(index: SqlIndex, studies: int) -> float:
    """Fill an empty index, and tidy it; return the seconds that it took."""
    started = time.perf_counter()
    index.count()  # makes the tables
    for batch in rows(studies):
        index._database.transaction(partial(_write, batch))  # noqa: SLF001 -- no index does that
    if index.is_remote:
        with index._database._pool.connection() as connection:  # type: ignore[attr-defined]  # noqa: SLF001 -- as above
            connection.execute(b"VACUUM ANALYZE")
    return time.perf_counter() - started


def _write(batch: dict[str, list[tuple[Any, ...]]], transaction: Any) -> None:  # noqa: ANN401 -- of either database
    connection = transaction._connection  # noqa: SLF001 -- as above
    mark = "?" if hasattr(connection, "create_function") else "%s"
    for table, columns in _INSERT.items():
        places = ", ".join([mark] * (columns.count(",") + 1))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 -- names as above
        if mark == "?":
            connection.executemany(statement, batch[table])
        else:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as out:
                for row in batch[table]:
                    out.write_row(row)
