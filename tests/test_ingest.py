"""Files and folders into the index, in place: what is read, what is skipped, and what follows when files change."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from bound_process import bound
from hostile_reading import HostileStore
from made_objects import SERIES, STUDY, write_enhanced_object, write_object
from openwado import ingest
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.reader_pool import ENDED, TOO_LONG, PoolLimits
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.instance import Description
from openwado.dicom.reader import ReadLimits
from openwado.dicom.record import read_record
from openwado.errors import Unavailable
from openwado.ingest import NOT_THERE, index_paths, read_file, reread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.index import FileNote
    from openwado.archive.store import Store
    from openwado.dicom.instance import Reading
    from openwado.tally import Progress, Summary

STORE = FileStore()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    """Give an empty index."""
    made = SqliteIndex(tmp_path / "index.sqlite")
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder for objects."""
    made = tmp_path / "objects"
    made.mkdir()
    return made


def run(index: SqliteIndex, *paths: Path, store: Store = STORE, **options: object) -> Summary:
    """Index paths with a time limit that no test wants to wait for."""
    options.setdefault("processes", 2)
    return index_paths(paths, index, store, **options)  # type: ignore[arg-type]


def reasons(summary: Summary) -> dict[str, int]:
    """Return how many files were skipped for each reason."""
    return {skipped.reason: skipped.count for skipped in summary.skipped}


def holder(index: SqliteIndex, uid: str) -> str:
    """Return the name of the file that an object is served from."""
    found = index.find(uid)
    assert found is not None
    return "gone" if found.gone else Path(found.instance.key).name


def many_objects(folder: Path, count: int, first: int = 0) -> None:
    """Write objects that differ in their UID, quickly."""
    template = write_object(folder / "template", "1.2.3.1.1.100000").read_bytes()
    (folder / "template").unlink()
    for number in range(first, first + count):
        (folder / f"{number:06d}.dcm").write_bytes(template.replace(b"1.1.100000", b"1.1.%06d" % (number + 100000)))


@contextmanager
def without_privileges() -> Iterator[None]:
    """Give up the right to read everything, where the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


# ---------------------------------------------------------------------- one file


def test_reading_one_file_gives_its_record(folder: Path) -> None:
    """An object's note holds record, description, key, stamp and the family that its SOP Class has."""
    path = write_object(folder / "a.dcm", "1.2.3.4", PatientID="17")
    note = read_file(STORE, str(path))
    assert (note.outcome, note.reason, note.sop_instance_uid, note.key) == ("indexed", "", "1.2.3.4", str(path))
    assert note.reading is not None
    assert note.reading.instance.family == "image"
    assert note.reading.instance.stamp == note.stamp == STORE.stamp(str(path))
    assert note.reading.description.patient_id == "17"


def test_what_is_no_object_is_a_note_with_a_reason(folder: Path) -> None:
    """Nothing is raised for bad data: empty, foreign, truncated, missing and forbidden files have a reason each."""
    path = write_object(folder / "a.dcm", "1.2.3.4")
    data = path.read_bytes()
    contents = {"empty": b"", "text": b"just a text, nothing else" * 20, "cut": data[:200], "zeros": bytes(5000)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        note = read_file(STORE, str(folder / name))
        assert (note.outcome, note.reading) == ("skipped", None), name
        assert note.reason, name
        assert note.stamp == STORE.stamp(str(folder / name)), name
    assert read_file(STORE, str(folder / "missing")).reason == NOT_THERE
    path.chmod(0)
    folder.chmod(0o755)
    os.mkfifo(folder / "fifo")
    assert read_file(STORE, str(folder / "fifo")).reason == "not a regular file"


def test_limits_of_reading_are_kept(folder: Path) -> None:
    """What exceeds the limits is skipped with the reason that reading gives."""
    path = write_object(folder / "a.dcm", "1.2.3.4")
    note = read_file(STORE, str(path), ReadLimits(elements=5))
    assert note.outcome == "skipped"
    assert read_file(STORE, str(path)).outcome == "indexed"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (MemoryError(), "unreadable: out of memory"),
        (KeyError("x"), "unreadable: KeyError while reading it"),
        (OSError(5, "Input/output error"), "input/output error"),
        (OSError("odd"), "oserror"),
    ],
)
def test_whatever_reading_raises_becomes_a_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, reason: str
) -> None:
    """Even a fault of the program costs one file, and is named."""

    def fail(*_arguments: object) -> None:
        raise fault

    monkeypatch.setattr(ingest, "read_record", fail)
    path = write_object(folder / "a.dcm", "1.2.3.4")
    note = read_file(STORE, str(path))
    assert (note.outcome, note.reason) == ("skipped", reason)


def test_what_cannot_be_written_down_is_skipped(
    folder: Path, index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that is no Unicode, should reading ever give one, costs its file and nothing else."""

    def read(*arguments: Any) -> Reading:  # noqa: ANN401 -- as read_record takes them
        reading = read_record(*arguments)
        return structs.replace(reading, description=Description(patient_name="\udcff"))

    monkeypatch.setattr(ingest, "read_record", read)
    path = write_object(folder / "a.dcm", "1.2.3.4")
    assert reasons(run(index, folder)) == {"unreadable: UnicodeEncodeError while keeping it": 1}
    reread(index, STORE, str(path))
    assert index.count() == 0
    assert str(path) in index.known([str(path)])


def test_reading_again_keeps_the_index_true(folder: Path, index: SqliteIndex) -> None:
    """A changed file gets its new record, a removed one lets its object go, and a duplicate takes over."""
    path = write_object(folder / "a.dcm", "1.2.3.4")
    second = write_object(folder / "b.dcm", "1.2.3.4")
    third = write_object(folder / "c.dcm", "1.2.3.4")
    run(index, folder)
    write_object(path, "1.2.3.4", SeriesDescription="changed")
    reread(index, STORE, str(path))
    assert index.series(STUDY)[0].description.series_description == "changed"
    path.unlink()
    second.write_bytes(b"not even DICOM")
    reread(index, STORE, str(path))
    assert holder(index, "1.2.3.4") == third.name
    third.unlink()
    reread(index, STORE, str(third))
    assert holder(index, "1.2.3.4") == "gone"


# ---------------------------------------------------------------------- a run


def test_a_run_counts_everything(folder: Path, index: SqliteIndex) -> None:
    """The summary says what became of each file; a second run reads nothing."""
    write_object(folder / "a" / "1.dcm", "1.1")
    write_object(folder / "a" / "2.dcm", "1.2")
    write_object(folder / "b" / "1-again.dcm", "1.1")
    (folder / "empty").touch()
    (folder / "text.txt").write_text("hello, this is no image")
    (folder / ".DS_Store").touch()
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(folder / "socket"))
    first = run(index, folder)
    assert (first.seen, first.indexed, first.unchanged, first.updated, first.gone) == (8, 2, 0, 0, 0)
    assert (first.number_of_duplicates, first.duplicates) == (1, ((f"{folder}/b/1-again.dcm", "1.1"),))
    assert sum(reasons(first).values()) == 5
    assert reasons(first)["not a regular file"] == 2
    assert reasons(first)["hidden (the name starts with a dot)"] == 1
    assert {example for skipped in first.skipped for example in skipped.examples} >= {f"{folder}/empty"}
    assert first.bytes == sum(path.stat().st_size for path in folder.rglob("[!.]*") if path.is_file())
    second = run(index, folder)
    assert (second.seen, second.indexed, second.unchanged, second.bytes) == (8, 0, 5, 0)
    assert index.count() == 2


def test_a_file_given_by_name_is_indexed(folder: Path, index: SqliteIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths may be files, relative, hidden, given twice, or not be there."""
    write_object(folder / "a.dcm", "1.1")
    write_object(folder / ".b.dcm", "1.2")
    write_object(folder / "c.dcm", "1.3")
    monkeypatch.chdir(folder)
    summary = run(index, Path("a.dcm"), folder / "a.dcm", Path(".b.dcm"), Path("missing.dcm"))
    assert (summary.seen, summary.indexed, reasons(summary)) == (3, 2, {"not there": 1})
    assert index.known([f"{folder}/c.dcm"]) == {}


def test_changed_and_vanished_files_are_followed(folder: Path, index: SqliteIndex) -> None:
    """A later run reads what has changed, forgets what is gone, and leaves the rest alone."""
    for number in range(4):
        write_object(folder / f"{number}.dcm", f"1.{number}")
    run(index, folder)
    write_object(folder / "0.dcm", "1.0", SeriesDescription="changed")
    (folder / "1.dcm").unlink()
    write_object(folder / "2.dcm", "1.22")
    summary = run(index, folder)
    assert (summary.updated, summary.gone, summary.unchanged, summary.indexed) == (2, 1, 1, 0)
    assert [holder(index, uid) for uid in ("1.0", "1.1", "1.2", "1.22", "1.3")] == [
        "0.dcm",
        "gone",
        "gone",
        "2.dcm",
        "3.dcm",
    ]
    assert index.count() == 3


def test_a_whole_folder_that_vanished_is_gone(folder: Path, index: SqliteIndex) -> None:
    """Files of a folder that was removed are forgotten, whether its parent is indexed or the folder itself."""
    for name in ("a", "a-b", "b"):
        write_object(folder / name / "1.dcm", f"1.{len(name)}.{ord(name[-1])}")
    run(index, folder)
    (folder / "a" / "1.dcm").unlink()
    (folder / "a").rmdir()
    assert run(index, folder / "a").gone == 1
    assert index.count() == 2
    (folder / "b" / "1.dcm").unlink()
    (folder / "b").rmdir()
    assert run(index, folder).gone == 1
    assert index.count() == 1


def test_files_elsewhere_are_left_alone(folder: Path, index: SqliteIndex) -> None:
    """Indexing one folder says nothing about the files of another."""
    write_object(folder / "a" / "1.dcm", "1.1")
    write_object(folder / "b" / "2.dcm", "1.2")
    run(index, folder)
    (folder / "b" / "2.dcm").unlink()
    assert run(index, folder / "a").gone == 0
    assert index.count() == 2


@pytest.mark.parametrize("name", ["a", "z"])
def test_a_renamed_folder_keeps_its_objects(folder: Path, index: SqliteIndex, name: str) -> None:
    """Objects follow their files to an earlier or later name, and none of them is called a duplicate."""
    for number in range(3):
        write_object(folder / "m" / f"{number}.dcm", f"1.{number}")
    run(index, folder)
    (folder / "m").rename(folder / name)
    summary = run(index, folder)
    assert (summary.indexed, summary.number_of_duplicates) == (3, 0)
    assert index.count() == 3
    found = index.find("1.1")
    assert found is not None
    assert found.instance.key == f"{folder}/{name}/1.dcm"
    again = run(index, folder)
    assert (again.unchanged, again.gone) == (3, 0)


def test_a_large_renamed_folder_is_read_once(folder: Path, index: SqliteIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files found under a new name before the old one is missed take their objects over at once."""
    (folder / "m").mkdir()
    many_objects(folder / "m", 120)
    run(index, folder)
    (folder / "m").rename(folder / "a")
    monkeypatch.setattr(ingest, "_BATCH", 1)
    took_over: list[str] = []
    take_over = ingest._take_over

    def watched(index: SqliteIndex, store: Store, note: FileNote, out: FileNote) -> FileNote:
        result = take_over(index, store, note, out)
        took_over.append(result.outcome)
        return result

    monkeypatch.setattr(ingest, "_take_over", watched)
    summary = run(index, folder)
    assert (summary.indexed, summary.number_of_duplicates, index.count()) == (120, 0, 120)
    assert set(took_over) == {"indexed"}


def test_the_first_file_in_order_wins_and_stays(folder: Path, index: SqliteIndex, tmp_path: Path) -> None:
    """Which of several files is indexed depends on their names alone; later an earlier name does not displace it."""
    for name in ("d", "b", "c"):
        write_object(folder / name / "x.dcm", "1.1", SeriesDescription=name)
    summary = run(index, folder / "d", folder / "c", folder / "b")
    assert [key for key, _ in summary.duplicates] == [f"{folder}/c/x.dcm", f"{folder}/d/x.dcm"]
    write_object(folder / "a" / "x.dcm", "1.1")
    assert run(index, folder).number_of_duplicates == 1
    found = index.find("1.1")
    assert found is not None
    assert found.instance.key == f"{folder}/b/x.dcm"
    other = SqliteIndex(tmp_path / "other.sqlite")
    run(other, folder)
    found = other.find("1.1")
    other.close()
    assert found is not None
    assert found.instance.key == f"{folder}/a/x.dcm"


def test_a_duplicate_outside_of_the_run_takes_over(folder: Path, index: SqliteIndex) -> None:
    """When the first file vanishes, its duplicate in a folder that this run does not touch takes its place."""
    write_object(folder / "a" / "x.dcm", "1.1")
    write_object(folder / "b" / "y.dcm", "1.1")
    run(index, folder)
    (folder / "a" / "x.dcm").unlink()
    run(index, folder / "a")
    assert holder(index, "1.1") == "y.dcm"
    assert index.count() == 1


def test_many_files_are_read_in_processes_with_the_same_result(
    folder: Path, index: SqliteIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several processes and a single one, and reading in place, write the same index."""
    many_objects(folder, 60)
    for number in range(0, 60, 7):
        (folder / f"z{number}.dcm").write_bytes((folder / f"{number:06d}.dcm").read_bytes())
    write_enhanced_object(folder / "enhanced.dcm", "1.9", [1.0, 2.0])
    summaries = [run(index, folder, processes=3)]
    rows = [_content(index)]
    for name, inline in (("one", 16), ("inline", 1000)):
        monkeypatch.setattr(ingest, "_INLINE", inline)
        other = SqliteIndex(tmp_path / f"{name}.sqlite")
        summaries.append(run(other, folder, processes=1))
        rows.append(_content(other))
        other.close()
    assert rows[0] == rows[1] == rows[2]
    assert {(summary.indexed, summary.number_of_duplicates, summary.duplicates) for summary in summaries} == {
        (61, 9, summaries[0].duplicates)
    }


def _content(index: SqliteIndex) -> list[object]:
    connection = index._connections.here()
    tables = ("study", "series", "instance", "file", "frame", "frame_attributes")
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]  # noqa: S608 -- table names


def test_odd_names_are_indexed_and_found_again(folder: Path, index: SqliteIndex) -> None:
    """Newlines, other scripts and bytes that are no UTF-8 in names harm neither a run nor the next one."""
    source = write_object(folder / "a.dcm", "1.1").read_bytes()
    (folder / "a.dcm").unlink()
    names = [b"new\nline.dcm", "研究.dcm".encode(), b"latin-\xe9\xff.dcm", b"\xef\xbf\xbdff", b"'; DROP TABLE file; --"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(source.replace(b"1.1\0", b"1.%d\0" % number))
    assert run(index, folder).indexed == 5
    again = run(index, folder)
    assert (again.unchanged, again.gone) == (5, 0)
    for number, name in enumerate(names):
        found = index.find(f"1.{number}")
        assert found is not None
        assert found.instance.key == key_of(os.fsdecode(os.fsencode(folder) + b"/" + name))
        with STORE.open(found.instance.key) as stored:
            assert stored.stamp() == found.instance.stamp


def test_progress_is_reported_and_ends_with_the_whole(folder: Path, index: SqliteIndex) -> None:
    """The number of files done only grows, and reaches the total, which is known once they are counted."""
    many_objects(folder, 200)
    (folder / "text").write_text("no object at all")
    reports: list[Progress] = []
    summary = run(index, folder, on_progress=reports.append)
    done = [report.done for report in reports]
    assert done == sorted(done)
    assert (reports[-1].done, reports[-1].bytes) == (summary.seen, summary.bytes) == (201, summary.bytes)
    assert reports[-1].total in (None, 201)
    assert {report.total for report in reports} <= {None, 201}


def test_progress_is_reported_while_nothing_is_read(
    folder: Path, index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over unchanged files says how far it is although there is nothing to read."""
    many_objects(folder, 50)
    run(index, folder)
    monkeypatch.setattr(ingest, "_BATCH_SECONDS", 0.0)
    reports: list[Progress] = []
    run(index, folder, on_progress=reports.append)
    assert [report.done for report in reports][:50] == list(range(50))


# ---------------------------------------------------------------------- harm


def test_hostile_files_cost_themselves_only(folder: Path, index: SqliteIndex) -> None:
    """Files that end the process, hang it or eat its memory are noted and not tried again; all others are indexed."""
    many_objects(folder, 40)
    for name in ("000010-kills", "000020-waits", "000021-kills", "000030-swallows", "000031-once"):
        write_object(folder / name, f"1.9.{int(name[:6])}")
    limits = PoolLimits(seconds=1.5)
    summary = run(index, folder, store=HostileStore(), pool_limits=limits)
    assert summary.indexed == 41, "the file that ends the process once is read at the second try"
    assert reasons(summary) == {ENDED: 2, TOO_LONG: 1, ingest.OUT_OF_MEMORY: 1}
    again = run(index, folder, store=HostileStore(), pool_limits=limits)
    assert (again.unchanged, again.indexed) == (45, 0)
    assert set(reasons(again)) == {"hidden (the name starts with a dot)"}, "what the once hostile file left behind"


def test_a_file_that_vanishes_while_it_is_read_is_no_fault(folder: Path, index: SqliteIndex) -> None:
    """A file that is gone by the time it is opened is counted, and its object is gone."""
    write_object(folder / "a-vanishes", "1.1")
    write_object(folder / "b", "1.2")
    run(index, folder)
    write_object(folder / "a-vanishes", "1.1", SeriesDescription="changed")
    summary = run(index, folder, store=HostileStore())
    assert reasons(summary) == {NOT_THERE: 1}
    assert holder(index, "1.1") == "gone"


def test_forbidden_files_and_folders_are_reported_and_kept(index: SqliteIndex) -> None:
    """What may not be read now is said, tried again at every run, and its objects do not count as gone."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in ("a/1.dcm", "b/2.dcm", "3.dcm"):
            write_object(folder / name, f"1.{name[-5]}")
        folder.chmod(0o755)
        run(index, folder)
        (folder / "a").chmod(0)
        (folder / "3.dcm").chmod(0)
        with without_privileges():
            for _ in range(2):
                summary = run(index, folder)
                assert reasons(summary) == {"permission denied": 2}
                assert (summary.gone, summary.unchanged) == (0, 1)
        assert index.count() == 3
        (folder / "a").chmod(0o755)
        (folder / "3.dcm").chmod(0o644)
        summary = run(index, folder)
        assert (summary.unchanged, summary.updated, index.count()) == (2, 1, 3)


INDEX_SLOWLY = """
import sys, time
from pathlib import Path
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado import ingest
ingest._BATCH = 20
if __name__ == "__main__":
    index = SqliteIndex(Path(sys.argv[1]))
    ingest.index_paths([sys.argv[2]], index, FileStore(), processes=2, on_progress=lambda p: print(p.done, flush=True))
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_leaves_a_good_index(folder: Path, tmp_path: Path, end: signal.Signals) -> None:
    """After Ctrl-C or kill -9 what was written is there, whole; no process is left; the next run does the rest."""
    many_objects(folder, 3000)
    (tmp_path / "slowly.py").write_text(INDEX_SLOWLY)
    command = [sys.executable, str(tmp_path / "slowly.py"), str(tmp_path / "index.sqlite"), str(folder)]
    process = subprocess.Popen(bound(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    done = 0
    while done < 100:
        done = int(process.stdout.readline())
    process.send_signal(end)
    process.wait(timeout=20)
    process.stdout.close()
    assert process.returncode != 0
    index = SqliteIndex(tmp_path / "index.sqlite")
    written = index.count()
    assert 100 <= written < 3000
    assert index._connections.here().execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    study = index.study(STUDY)
    assert study is not None
    assert study.number_of_instances == written == len(index.instances(SERIES, offset=0, limit=5000))
    summary = run(index, folder)
    assert (summary.unchanged, summary.indexed, index.count()) == (written, 3000 - written, 3000)
    index.close()
    assert _processes_of(tmp_path) == []


def _processes_of(folder: Path) -> list[str]:
    """Return command lines that name a folder, once those that are ending have had time to."""
    deadline = time.monotonic() + 10
    found = [""]
    while found and time.monotonic() < deadline:
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
        found = [line.decode(errors="replace") for line in lines if os.fsencode(folder) in line]
        time.sleep(0.05)
    return found


def test_an_index_that_cannot_be_written_ends_the_run(folder: Path, index: SqliteIndex) -> None:
    """A full or read-only index is an error for the command line, and leaves no processes."""
    many_objects(folder, 30)
    with index._connections.writing() as writer:
        writer.execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        run(index, folder)


def test_nothing_but_the_index_is_changed(folder: Path, index: SqliteIndex) -> None:
    """No file under the given paths is written, renamed or touched; none appears."""
    many_objects(folder, 30)
    (folder / "text").write_text("no object at all")
    folder.chmod(0o555)
    before = {path: (path.read_bytes(), STORE.stamp(str(path))) for path in folder.iterdir()}
    times = folder.stat().st_mtime_ns
    run(index, folder)
    assert {path: (path.read_bytes(), STORE.stamp(str(path))) for path in folder.iterdir()} == before
    assert folder.stat().st_mtime_ns == times
    folder.chmod(0o755)


# ---------------------------------------------------------------------- the given files


@pytest.mark.corpus
def test_the_given_files_are_indexed_or_have_a_reason(corpus: Path, index: SqliteIndex) -> None:
    """Of 551 real files each is indexed, a duplicate, or skipped for a reason that names what is missing."""
    summary = run(index, corpus / "dicom")
    print(json.dumps(reasons(summary), indent=1), summary.indexed, summary.number_of_duplicates, summary.seconds)
    with (corpus / "catalog.csv").open(newline="", encoding="utf-8") as file:
        catalogued = sum(1 for _ in csv.DictReader(file))
    assert summary.seen >= catalogued
    assert summary.indexed == index.count() > 400
    assert summary.indexed + summary.number_of_duplicates + sum(reasons(summary).values()) == summary.seen
    assert not [reason for reason in reasons(summary) if reason.startswith("unreadable: ")]
    assert run(index, corpus / "dicom").unchanged == summary.seen
    for row in index.studies(offset=0, limit=1000):
        assert sum(series.number_of_instances for series in index.series(row.study_instance_uid)) == (
            row.number_of_instances
        )
