"""How fast the index answers, and whether that changes with its size: prints one table.

    python benchmarks/index.py [rows …] [counted | random] [postgresql://…]
                                        (default: 10000 1000000, both; the large ones take two to four minutes)

With the address of an empty PostgreSQL database, which may be filled with made-up rows, that is measured too: its rows
come by COPY from the SQLite index, and inserts are measured with the first ten thousand.

The rows are made up, but shaped like a CT archive: UIDs counted by devices, or of 128 random bits (the worst case for a
tree), 50 objects a series, 4 series a study, a window and a rescale in every record; one object in a thousand has 1000
frames of its own.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openwado.archive.blob import INSTANCE, pack, unpack
from openwado.archive.index import FileNote
from openwado.archive.opening import open_index
from openwado.archive.postgresql_tables import SCHEMA
from openwado.archive.sql_index import SqlIndex
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import ContentFacts, Description, FrameEntry, Instance, PixelLocation, Reading, Stamp
from openwado.dicom.picture_record import FrameAttributes, Picture, StoredWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 500
LOOK_UPS = 20_000
SERIES_LENGTH = 50
STUDY_LENGTH = 200
FRAMES = 1000

PICTURE = Picture(
    image_pixel=ImagePixel(512, 512, 1, "MONOCHROME2", 16, 12, 11, 0, 0, 1, "PixelData"),
    frame_attributes=FrameAttributes(1.0, -1024.0, None, (StoredWindow(40.0, 400.0), StoredWindow(-600.0, 1600.0))),
    padding=(63536, 63536),
    presentation_lut_shape="",
    pixel_aspect=(0.703125, 0.703125),
    modality="CT",
)
ENTRIES = tuple(FrameEntry(4096 + 50_000 * number, 49_992) for number in range(FRAMES))


def random_uid(source: random.Random) -> str:
    """Return a UID made of 128 random bits (PS3.5 B.2)."""
    return f"2.25.{uuid.UUID(int=source.getrandbits(128), version=4).int}"


class CountedUids:
    """UIDs as devices make them: a root, and numbers that grow; one of three devices at a time."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, _source: random.Random) -> str:
        """Return the next one."""
        self._made += 1
        device = self._made // STUDY_LENGTH % 3
        return f"1.2.840.113619.2.55.{device + 3}.604.1735000.{self._made + 10**9}"


def notes(rows: int, source: random.Random, uid: Callable[[random.Random], str]) -> Iterator[FileNote]:
    """Give as many made-up file notes."""
    study = series = ""
    for number in range(rows):
        if number % STUDY_LENGTH == 0:
            study = uid(source)
        if number % SERIES_LENGTH == 0:
            series = uid(source)
        yield note(number, study, series, uid(source))


def note(number: int, study: str, series: str, uid: str) -> FileNote:
    """Return what reading a CT slice of ours would have given."""
    key = f"/srv/dicom/2025/{number // STUDY_LENGTH:06d}/{number // SERIES_LENGTH:07d}/IM{number:08d}.dcm"
    stamp = Stamp(527_412, 1_735_000_000_000_000_000 + number, 1_735_000_000_000_000_000 + number, 10_000_000 + number)
    instance = Instance(
        study_instance_uid=study,
        series_instance_uid=series,
        sop_instance_uid=uid,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        family="image",
        number_of_frames=1,
        time_based=False,
        key=key,
        stamp=stamp,
        version=f"{number:032x}",
        dataset_offset=354,
        part10=True,
        pixels=PixelLocation(
            encapsulated=False, offset=3124, length=524_288, swap=1, element_offset=3112, tail_offset=527_412
        ),
        picture=PICTURE,
        specific_character_set=("ISO_IR 100",),
    )
    description = Description(
        patient_name=f"Example^Person {number // STUDY_LENGTH}",
        patient_id=f"{number // STUDY_LENGTH:08d}",
        patient_birth_date="19600101",
        patient_sex="O",
        study_date=f"20{number // STUDY_LENGTH % 25:02d}0{number // STUDY_LENGTH % 9 + 1}15",
        study_time="101112",
        study_description="CT Thorax",
        accession_number=f"A{number // STUDY_LENGTH}",
        modality="CT",
        series_number=number // SERIES_LENGTH % 4,
        series_description="Axial 1 mm",
        instance_number=number % SERIES_LENGTH + 1,
    )
    facts = ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)
    frames = ENTRIES if number % 1000 == 0 else ()
    return FileNote(key, stamp, "indexed", "", Reading(instance, description, facts, frames), uid)


def build(
    index: SqlIndex, rows: int, source: random.Random, uid: Callable[[random.Random], str]
) -> tuple[list[str], float]:
    """Fill an index; return UIDs of every thousandth object and of others, and the seconds that writing took."""
    made = notes(rows, source, uid)
    uids: list[str] = []
    seconds = 0.0
    while batch := list(islice(made, BATCH)):
        started = time.perf_counter()
        index.write(batch)
        seconds += time.perf_counter() - started
        uids += [one.sop_instance_uid for one in batch if one.reading is not None and one.reading.frames]
        uids += [batch[place].sop_instance_uid for place in source.sample(range(len(batch)), k=min(20, len(batch)))]
    return uids, seconds


def microseconds(what: Callable[[str], object], uids: list[str]) -> tuple[float, float]:
    """Return the median and the 99th percentile of one call, in microseconds."""
    taken: list[int] = []
    for uid in uids:
        started = time.perf_counter_ns()
        what(uid)
        taken.append(time.perf_counter_ns() - started)
    taken.sort()
    return statistics.median(taken) / 1000, taken[len(taken) * 99 // 100] / 1000


def own_memory() -> float:
    """Return this process's own memory, MiB: without the pages of files, which the system takes back when it likes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


TABLES = ("file", "study", "series", "instance", "frame", "frame_attributes")
INSERTED = 10_000


def empty(index: SqlIndex) -> None:
    """Take all rows away."""
    statement = f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY"
    index._database.transaction(lambda transaction: transaction.execute(statement))  # noqa: SLF001 -- no index does that


def copy(path: Path, url: str) -> float:
    """Fill the tables of a PostgreSQL index with those of an SQLite one; return the seconds that it took."""
    import psycopg  # noqa: PLC0415 -- an extra

    started = time.perf_counter()
    with sqlite3.connect(path) as ours, psycopg.connect(url, options=f"-c search_path={SCHEMA}") as theirs:
        for table in TABLES:
            columns = [row[1] for row in ours.execute(f"PRAGMA table_info({table})")]
            command = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            with theirs.cursor().copy(command.encode()) as out:
                for row in ours.execute(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608 -- names as above
                    out.write_row(row)
        theirs.execute("ANALYZE")
    ours.close()
    return time.perf_counter() - started


def size_of(url: str) -> int:
    """Return the bytes that a database takes."""
    import psycopg  # noqa: PLC0415 -- as above

    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT pg_database_size(current_database())").fetchall()[0][0])


def measure_postgresql(rows: int, folder: Path, kind: str, url: str) -> dict[str, str]:
    """Fill a database with the rows of the SQLite index of this size and kind, and return one row of the table."""
    index = open_index(url, seconds=15)
    assert isinstance(index, SqlIndex)  # noqa: S101 -- it is none of another kind
    index.count()
    empty(index)
    source = random.Random(20_250_101)  # noqa: S311 -- as below
    inserted = min(rows, INSERTED)
    _, seconds = build(index, inserted, source, random_uid if kind == "random" else CountedUids())
    empty(index)
    path = folder / f"{rows}-{kind}.sqlite"
    print(f"{rows} rows by COPY into PostgreSQL: {copy(path, url):.0f} s", flush=True)
    with sqlite3.connect(path) as ours:
        picked = ours.execute("SELECT sop_instance_uid FROM instance WHERE number % 1000 = 1 OR number % 37 = 0")
        uids = [uid for (uid,) in picked]
    ours.close()
    try:
        return row_of("PostgreSQL", index, rows, kind, source, uids, inserted / seconds, size_of(url))
    finally:
        empty(index)
        index.close()


def measure(rows: int, folder: Path, kind: str) -> dict[str, str]:
    """Build an index of so many rows and return one row of the table."""
    source = random.Random(20_250_101)  # noqa: S311 -- made-up UIDs need be distinct, not secret
    path = folder / f"{rows}-{kind}.sqlite"
    index = SqliteIndex(path)
    uids, seconds = build(index, rows, source, random_uid if kind == "random" else CountedUids())
    try:
        return row_of("SQLite", index, rows, kind, source, uids, rows / seconds, path.stat().st_size)
    finally:
        index.close()


def row_of(  # noqa: PLR0913, PLR0917 -- what the columns need
    database: str,
    index: SqlIndex,
    rows: int,
    kind: str,
    source: random.Random,
    uids: list[str],
    inserts: float,
    size: int,
) -> dict[str, str]:
    """Measure look-ups and lists."""
    asked = [source.choice(uids) for _ in range(LOOK_UPS)]
    find = microseconds(index.find, asked)
    found = index.find(uids[0])
    assert found is not None  # noqa: S101 -- a benchmark of look-ups that find nothing would be worth nothing
    record = pack(found.instance)
    decode = microseconds(lambda _uid: unpack(record, INSTANCE), asked)
    memory = own_memory()
    entry = microseconds(lambda uid: index.frame_entry(found.number, len(uid) * 20), asked)
    page = microseconds(lambda _uid: index.studies(offset=0, limit=25), asked[:200])
    last = microseconds(lambda _uid: index.studies(offset=max(0, rows // STUDY_LENGTH - 25), limit=25), asked[:200])
    count = microseconds(lambda _uid: index.count(), asked[:50])
    return {
        "database": f"{database:>10}",
        "UIDs": f"{kind:>7}",
        "rows": f"{rows:>7}",
        "inserts/s": f"{inserts:.0f}",
        "bytes/row": f"{size / rows:.0f}",
        "find p50": f"{find[0]:.1f}",
        "find p99": f"{find[1]:.1f}",
        "of it decode": f"{decode[0]:.1f}",
        "frame entry p50": f"{entry[0]:.1f}",
        "25 studies": f"{page[0]:.0f}",
        "last 25": f"{last[0]:.0f}",
        "count": f"{count[0]:.0f}",
        "own MiB": f"{memory:.0f}",
    }


def main() -> None:
    """Measure the sizes given on the command line."""
    urls = [text for text in sys.argv[1:] if "://" in text]
    kinds = [kind for kind in ("counted", "random") if kind in sys.argv[1:]] or ["counted", "random"]
    sizes = [int(text) for text in sys.argv[1:] if text.isdecimal()] or [10_000, 1_000_000]
    with tempfile.TemporaryDirectory(prefix="openwado-benchmark-") as folder:
        table = []
        for rows in sizes:
            for kind in kinds:
                table.append(measure(rows, Path(folder), kind))
                table += [measure_postgresql(rows, Path(folder), kind, url) for url in urls]
    print(f"records of {len(msgspec.msgpack.encode(note(1, '1', '1', '1').reading))} bytes; times in microseconds")
    print(" | ".join(table[0]))
    for row in table:
        print(" | ".join(text.rjust(len(name)) for name, text in row.items()))


if __name__ == "__main__":
    main()
