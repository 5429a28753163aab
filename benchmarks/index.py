"""How fast the index answers, and whether that changes with its size: prints one table.

    python benchmarks/index.py [rows …] [counted | random] [postgresql://…] [--only-postgresql] [--in FOLDER]
                                        (default: 10000 1000000, both; a million rows take half a minute of CPU to fill)

With the address of an empty PostgreSQL database, which may be filled with made-up rows, that is measured too, by a role
that is a superuser, on this machine.

The rows are made up, but shaped like a CT archive: UIDs counted by devices, or of 128 random bits (the worst case for a
tree), 50 objects a series, 4 series a study, a window and a rescale in every record; one object in a thousand has 1000
frames of its own. The program makes the tables and their indexes; the database fills them from a template of a row, and
before that two thousand rows are written both ways and compared. Look-ups are `Index.find`: the statement, and the
record decoded. Cold: the first ones after the system has dropped its pages of the database's files (of no others;
PostgreSQL keeps those in its own buffers). Warm: of more objects, each looked up before; the best of some passes.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from filling.databases import TABLES, check_same, every_row, fill_postgresql, fill_sqlite, write_by_program
from filling.notes import STUDY_LENGTH, Uids, note, uids
from openwado.archive.blob import INSTANCE, pack, unpack
from openwado.archive.opening import open_index
from openwado.archive.sql_index import SqlIndex
from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_UPS = 20_000
COLD = 2_000
PASSES = 3
INSERTED = 10_000
ADMITTED = 300
COMPARED = 2_000


@dataclass(frozen=True, slots=True)
class Filled:
    """An index with rows in it.

    Attributes:
        database: which.
        kind: of UIDs.
        rows: how many.
        seconds: that filling took.
        index: the program's own.
        files: of the database, or those in its folder; none where they cannot be had.
        size: in bytes.
    """

    database: str
    kind: str
    rows: int
    seconds: float
    index: SqlIndex
    files: list[Path]
    size: int


def microseconds(what: Callable[[str], object], asked: list[str]) -> tuple[float, float]:
    """Return the median and the 99th percentile of one call, in microseconds."""
    taken: list[int] = []
    for uid in asked:
        started = time.perf_counter_ns()
        what(uid)
        taken.append(time.perf_counter_ns() - started)
    taken.sort()
    return statistics.median(taken) / 1000, taken[len(taken) * 99 // 100] / 1000


def own_memory() -> float:
    """Return this process's own memory, MiB: without the pages of files, which the system takes back when it likes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def drop_pages(files: list[Path]) -> None:
    """Have the system forget the pages of these files; nobody may have mapped them."""
    for path in files:
        with suppress(FileNotFoundError):  # PostgreSQL has taken it away meanwhile
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def some_of(rows: int, kind: str) -> list[str]:
    """Return the SOP Instance UIDs of objects at random, and before them that of the first object."""
    source = random.Random(rows)  # noqa: S311 -- to be repeated
    chosen = set(source.sample(range(1, rows), k=min(rows - 1, LOOK_UPS)))
    found = [one.instance for one in islice(uids(kind), rows) if one.number in chosen]
    source.shuffle(found)
    return [next(uids(kind)).instance, *found]


def in_child(fill: Callable[..., float], *values: object) -> float:
    """Fill an index in another process, whose memory is none of what is measured here."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(fill, *values).result()


def filled_sqlite(path: Path, rows: int, kind: str) -> Filled:
    """Return a filled index in a file."""
    seconds = in_child(fill_sqlite, path, rows, kind)
    return Filled("SQLite", kind, rows, seconds, SqliteIndex(path), [path], path.stat().st_size)


def compare_sqlite(folder: Path, kind: str) -> None:
    """Fill a small index, and have the program write another one: they have to be the same."""
    paths = folder / f"written-{kind}.sqlite", folder / f"filled-{kind}.sqlite"
    with closing(SqliteIndex(paths[0])) as index:
        write_by_program(index, 0, COMPARED, kind)
    fill_sqlite(paths[1], COMPARED, kind)
    tables: list[dict[str, list[Any]]] = []
    for path in paths:
        with closing(sqlite3.connect(path)) as connection:
            tables.append({table: connection.execute(every_row(table)).fetchall() for table in TABLES})
    check_same(kind, *tables)


def opened(url: str) -> SqlIndex:
    """Return the index in a PostgreSQL database, empty."""
    index = open_index(url, seconds=15)
    assert isinstance(index, SqlIndex)  # noqa: S101 -- it is none of another kind
    index.count()
    statement = f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY"
    index._database.transaction(lambda transaction: transaction.execute(statement))  # noqa: SLF001 -- no index does that
    return index


def compare_postgresql(url: str, kind: str) -> None:
    """Do as `compare_sqlite`."""
    with closing(opened(url)) as index:
        write_by_program(index, 0, COMPARED, kind)
        written = {table: index._database.rows(every_row(table)) for table in TABLES}  # noqa: SLF001 -- whole tables
    with closing(opened(url)) as index:
        fill_postgresql(url, COMPARED, kind)
        filled = {table: index._database.rows(every_row(table)) for table in TABLES}  # noqa: SLF001 -- as above
    check_same(kind, written, filled)


def filled_postgresql(url: str, rows: int, kind: str) -> Filled:
    """Return a filled index in a database."""
    import psycopg  # noqa: PLC0415 -- an extra

    index = opened(url)
    seconds = in_child(fill_postgresql, url, rows, kind)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        statement = "SELECT pg_database_size(oid), oid, current_setting('data_directory') FROM pg_database"
        size, number, folder = connection.execute(
            f"{statement} WHERE datname = current_database()".encode()
        ).fetchall()[0]
    files = sorted(Path(folder, "base", str(number)).glob("*"))
    return Filled("PostgreSQL", kind, rows, seconds, index, files, size)


def row_of(filled: Filled) -> dict[str, str]:
    """Measure look-ups, lists and inserts."""
    index, kind, rows = filled.index, filled.kind, filled.rows
    first, *asked = some_of(rows, kind)
    index.close()
    drop_pages(filled.files)
    cold = microseconds(index.find, asked[:COLD])
    find = min(microseconds(index.find, asked) for _ in range(1 + PASSES))
    found = index.find(first)
    assert found is not None  # noqa: S101 -- a benchmark of look-ups that find nothing would be worth nothing
    record = pack(found.instance)
    decode = microseconds(lambda _uid: unpack(record, INSTANCE), asked)
    memory = own_memory()
    entry = microseconds(lambda uid: index.frame_entry(found.number, len(uid) * 20), asked)
    page = microseconds(lambda _uid: index.studies(offset=0, limit=25), asked[:200])
    last = microseconds(lambda _uid: index.studies(offset=max(0, rows // STUDY_LENGTH - 25), limit=25), asked[:50])
    count = microseconds(lambda _uid: index.count(), asked[:20])
    seconds = write_by_program(index, rows, rows + INSERTED, kind)
    return {
        "database": f"{filled.database:>10}",
        "UIDs": f"{kind:>7}",
        "rows": f"{rows:>8}",
        "fill s": f"{filled.seconds:.0f}",
        "MB": f"{filled.size / 1e6:.0f}",
        "bytes/row": f"{filled.size / rows:.0f}",
        "cold p50": f"{cold[0]:.1f}",
        "cold p99": f"{cold[1]:.0f}",
        "find p50": f"{find[0]:.1f}",
        "find p99": f"{find[1]:.1f}",
        "of it decode": f"{decode[0]:.1f}",
        "frame entry p50": f"{entry[0]:.1f}",
        "25 studies": f"{page[0]:.0f}",
        "last 25": f"{last[0]:.0f}",
        "count": f"{count[0]:.0f}",
        "inserts/s": f"{INSERTED / seconds:.0f}",
        "admits/s": f"{admitted_a_second(index, rows + INSERTED, kind):.0f}",
        "own MiB": f"{memory:.0f}",
    }


def admitted_a_second(index: SqlIndex, start: int, kind: str) -> float:
    """Return how many objects one sender's archive takes in, each in a transaction that survives a power cut."""
    notes = [note(one) for one in islice(uids(kind), start, start + ADMITTED)]
    started = time.perf_counter()
    for one in notes:
        index.admit([one], "reject")
    return len(notes) / (time.perf_counter() - started)


def main() -> None:
    """Measure the sizes given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="numbers of rows, kinds of UIDs, an address of PostgreSQL")
    parser.add_argument("--in", dest="folder", help="for the SQLite files, instead of the temporary folder")
    parser.add_argument("--only-postgresql", action="store_true", help="measure nothing else")
    given = parser.parse_intermixed_args()
    urls = [text for text in given.what if "://" in text]
    kinds = [kind for kind in ("counted", "random") if kind in given.what] or ["counted", "random"]
    sizes = [int(text) for text in given.what if text.isdecimal()] or [10_000, 1_000_000]
    example = note(Uids(1, "1", "1", "1")).reading
    print(f"records of {len(msgspec.msgpack.encode(example))} bytes; times in microseconds", flush=True)
    with tempfile.TemporaryDirectory(prefix="openwado-benchmark-", dir=given.folder) as name:
        folder, table = Path(name), list[dict[str, str]]()
        for kind in kinds:
            compare_sqlite(folder, kind)
            for rows in () if given.only_postgresql else sizes:
                path = folder / f"{rows}-{kind}.sqlite"
                show(filled_sqlite(path, rows, kind), table)
                path.unlink()
            for url in urls:
                compare_postgresql(url, kind)
                for rows in sizes:
                    show(filled_postgresql(url, rows, kind), table)
                opened(url).close()


def show(filled: Filled, table: list[dict[str, str]]) -> None:
    """Measure an index, print its row, and close it."""
    with closing(filled.index):
        table.append(row_of(filled))
    if len(table) == 1:
        print(" | ".join(table[0]))
    print(" | ".join(text.rjust(len(name)) for name, text in table[-1].items()), flush=True)


if __name__ == "__main__":
    main()
