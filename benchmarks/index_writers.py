"""Objects admitted to one SQLite index by several processes at the same time: prints one table.

    python benchmarks/index_writers.py [--objects 300] [--rounds 3]

Each process admits objects one after the other, each in a transaction on stable storage, as HTTP processes and the one
of DICOM do. Beside it the same where processes wait for one another as SQLite does it by itself (`busy_timeout`).
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import openwado.archive.sqlite
from filling.notes import note, uids
from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    import sqlite3
    from multiprocessing.queues import Queue

    from openwado.archive.index import FileNote


def write(path: Path, notes: list[FileNote], results: Queue[float], *, by_sqlite: bool) -> None:
    """Admit notes; put the longest wait, seconds, into a queue."""
    if by_sqlite:

        def begin(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("BEGIN IMMEDIATE")

        openwado.archive.sqlite._begin = begin  # noqa: SLF001 -- what is compared
    index = SqliteIndex(path)
    longest = 0.0
    for one in notes:
        began = time.perf_counter()
        index.admit([one], "reject")
        longest = max(longest, time.perf_counter() - began)
    index.close()
    results.put(longest)


def measure(processes: int, count: int, *, by_sqlite: bool) -> tuple[float, float]:
    """Return objects a second, and the longest wait in seconds."""
    context = multiprocessing.get_context("fork")
    results: Queue[float] = context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "index.sqlite")
        SqliteIndex(path).close()
        made = [note(one) for one in itertools.islice(uids("counted"), processes * count)]
        shares = [made[number::processes] for number in range(processes)]
        started = [
            context.Process(target=write, args=(path, share, results), kwargs={"by_sqlite": by_sqlite})
            for share in shares
        ]
        began = time.perf_counter()
        for process in started:
            process.start()
        longest = max(results.get() for _ in started)
        seconds = time.perf_counter() - began
        for process in started:
            process.join()
    return processes * count / seconds, longest


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| processes | objects/s | longest wait, ms | as SQLite waits: objects/s | longest wait, ms | ratio |")
    print("|---|---|---|---|---|---|")
    for processes in (1, 2, 4, 8):
        runs: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for _ in range(options.rounds):
            for by_sqlite in (False, True):
                runs[by_sqlite].append(measure(processes, options.objects // processes, by_sqlite=by_sqlite))
        (ours, wait), (theirs, their_wait) = (
            tuple(statistics.median(values) for values in zip(*runs[by_sqlite], strict=True))
            for by_sqlite in (False, True)
        )
        print(
            f"| {processes} | {ours:.0f} | {wait * 1000:.0f} | {theirs:.0f} | {their_wait * 1000:.0f} "
            f"| {ours / theirs:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
