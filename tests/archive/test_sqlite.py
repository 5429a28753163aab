"""The index in a real SQLite file: look-up, lists, and what follows when files change."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from openwado.archive import sql
from openwado.archive.blob import ENTRIES_A_BLOCK
from openwado.archive.index import Admitted
from openwado.archive.migrations import UnusableIndex
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.instance import Description, FrameEntry, Stamp
from openwado.dicom.picture_record import FrameAttributes, StoredWindow
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.archive.index import FileNote

    MakeNote = Callable[..., FileNote]


def described(**words: Any) -> Description:  # noqa: ANN401 -- attributes of several types
    """Return a description of one CT."""
    return Description(**{"modality": "CT", "study_date": "20250101"} | words)


# ---------------------------------------------------------------------- look-up


def test_a_record_comes_back_as_it_was_written(index: SqliteIndex, note: MakeNote) -> None:
    """What is found by SOP Instance UID equals what was read, key and stamp included."""
    written = note("/研究/a b\n.dcm", "1.2.3", description=described(patient_name="王^小東"))
    assert index.write([written]) == [written]
    found = index.find("1.2.3")
    assert found is not None
    assert written.reading is not None
    assert (found.instance, found.gone) == (written.reading.instance, False)
    row = index.instance_row("1.2.3")
    assert row is not None
    assert (row.instance, row.description) == (written.reading.instance, written.reading.description)


def test_what_no_row_can_hold_is_not_found(index: SqliteIndex) -> None:
    """A UID of odd characters and a number beyond all columns are simply not there."""
    assert index.find("\udcff") is None
    assert index.find("1.2'; DROP TABLE instance; --") is None
    assert index.holder("1") is None
    assert index.frame_entry(1 << 70, 1) is None
    assert index.count() == 0


@pytest.mark.parametrize("count", [1, ENTRIES_A_BLOCK, ENTRIES_A_BLOCK + 1, 1000])
def test_every_frame_entry_is_found(index: SqliteIndex, note: MakeNote, count: int) -> None:
    """Each of many entries is found by its number, from 1; there is none before the first or after the last."""
    entries = tuple(FrameEntry((1 << 40) + 10 * n, n + 1, n % 8, n * 1000) for n in range(count))
    index.write([note("/before", "1.1", frames=(FrameEntry(1, 1),)), note("/a", "1.2", frames=entries)])
    found = index.find("1.2")
    assert found is not None
    assert index.frame_entries(found.number) == entries
    for number in {1, 2, ENTRIES_A_BLOCK, ENTRIES_A_BLOCK + 1, count} & set(range(1, count + 1)):
        assert index.frame_entry(found.number, number) == entries[number - 1]
    assert [index.frame_entry(found.number, number) for number in (-1, 0, count + 1, 1 << 70)] == [None] * 4


def test_frame_attributes_have_rows_of_their_own(index: SqliteIndex, note: MakeNote) -> None:
    """Frame attributes come back by their number; another number is an error, not somebody else's values."""
    several = tuple(FrameAttributes(1.0, 0.0, None, (StoredWindow(float(n), 10.0),)) for n in range(3))
    index.write([note("/a", "1.2", frame_attributes=several), note("/b", "1.3")])
    first, second = index.find("1.2"), index.find("1.3")
    assert first is not None
    assert second is not None
    assert [index.frame_attributes(first.number, n) for n in (1, 2, 3)] == list(several)
    for number, place in ((first.number, 4), (first.number, 0), (second.number, 1)):
        with pytest.raises(LookupError):
            index.frame_attributes(number, place)


# ---------------------------------------------------------------------- files and objects


def test_the_first_file_with_a_uid_stays(index: SqliteIndex, note: MakeNote) -> None:
    """A second file with the same SOP Instance UID comes out as a duplicate, in the same batch or later."""
    out = index.write([note("/b", "1.2"), note("/a", "1.2", study="9")])
    out += index.write([note("/c", "1.2")])
    assert [one.outcome for one in out] == ["indexed", "duplicate", "duplicate"]
    assert all(one.sop_instance_uid == "1.2" and one.reading is None and one.reason for one in out[1:])
    found = index.find("1.2")
    assert found is not None
    assert found.instance.key == "/b"
    assert (index.count(), index.study("9")) == (1, None)


def test_the_same_file_replaces_its_own_record(index: SqliteIndex, note: MakeNote) -> None:
    """A file that is read again keeps its number; record, frames and parents are the new ones."""
    index.write([note("/a", "1.2", frames=(FrameEntry(1, 2),), frame_attributes=(FrameAttributes(),))])
    first = index.find("1.2")
    index.write([note("/a", "1.2", "2.1", "2.1.1", stamp=Stamp(5, 6, 7, 8))])
    second = index.find("1.2")
    assert first is not None
    assert second is not None
    assert second.number == first.number
    assert second.instance.stamp == Stamp(5, 6, 7, 8)
    assert index.frame_entries(second.number) == ()
    assert index.study("1.1") is None
    assert index.study("2.1") is not None
    assert index.count() == 1


def test_a_file_with_another_object_lets_the_first_one_go(index: SqliteIndex, note: MakeNote) -> None:
    """Where a file holds another UID now, the old object is gone, and its duplicate is named as successor."""
    index.write([note("/a", "1.2"), note("/b", "1.2"), note("/c", "1.9")])
    index.write([note("/a", "1.3")])
    lost = index.find("1.2")
    assert lost is not None
    assert lost.gone
    assert index.successors() == ["/b"]
    assert index.known(["/b"]) == {}, "it is to be read again even if nobody asks for successors"
    assert [out.outcome for out in index.write([note("/b", "1.2")])] == ["indexed"]
    found = index.find("1.2")
    assert found is not None
    assert (found.gone, found.instance.key, found.number) == (False, "/b", lost.number)
    assert (index.successors(), index.count()) == ([], 3)


@pytest.mark.parametrize("now", ["skipped", "duplicate"])
def test_a_file_that_holds_nothing_any_more_loses_its_object(index: SqliteIndex, note: MakeNote, now: str) -> None:
    """A file that became unreadable, or another file's duplicate, takes its object out of the lists."""
    index.write([note("/a", "1.2"), note("/b", "1.3")])
    index.write([note("/a", skipped="not DICOM") if now == "skipped" else note("/a", "1.3")])
    found = index.find("1.2")
    assert found is not None
    assert found.gone
    assert index.instance_row("1.2") is None
    assert index.count() == 1


def test_forgotten_files_leave_gone_objects(index: SqliteIndex, note: MakeNote) -> None:
    """Objects of forgotten files are gone: found, but in no list; all duplicates are named in order."""
    index.write(
        [note("/a", "1.2", frames=(FrameEntry(1, 1),)), note("/c", "1.2"), note("/b", "1.2"), note("/d", "1.3")]
    )
    assert index.forget(["/a", "/d", "/never-known"]) == ["/b", "/c"]
    for uid in ("1.2", "1.3"):
        found = index.find(uid)
        assert found is not None
        assert found.gone
        assert index.frame_entries(found.number) == ()
    assert (index.count(), index.studies(offset=0, limit=9), index.series("1.1")) == (0, [], [])
    assert index.instances("1.1.1", offset=0, limit=9) == []
    assert index.known(["/a", "/d"]) == {}
    assert [out.outcome for out in index.write([note("/b", "1.2"), note("/c", "1.2")])] == ["indexed", "duplicate"]


def test_forgetting_what_is_missing_spares_siblings(index: SqliteIndex, note: MakeNote) -> None:
    """Under a folder means in it: neither a sibling with a longer name nor the seen files are touched."""
    keys = ["/x/a", "/x/a/1", "/x/a/2", "/x/a.dcm", "/x/a-b/1", "/x/a0", "/x/ab/1"]
    index.write([note(key, f"1.{place}") for place, key in enumerate(keys, start=1)])
    index.forget_missing("/x/a/", iter(["/x/a/2"]))
    assert set(index.known(keys)) == set(keys) - {"/x/a/1"}
    index.forget_missing("/x/a", [])
    assert set(index.known(keys)) == set(keys) - {"/x/a/1", "/x/a"}
    index.forget_missing("/", ["/x/a0"])
    assert set(index.known(keys)) == {"/x/a0"}


def test_known_files_have_the_stamp_of_the_last_look(index: SqliteIndex, note: MakeNote) -> None:
    """Indexed, duplicate and skipped files are all known, each by its last stamp; others are not."""
    stamps = [Stamp(n, -n, 1 << 62, (1 << 63) - 1 - n) for n in range(3)]
    index.write([note("/a", "1.2", stamp=stamps[0]), note("/b", "1.2", stamp=stamps[1])])
    index.write([note("/c", skipped="not DICOM", stamp=Stamp(9, 9, 9, 9))])
    index.write([note("/c", skipped="empty file", stamp=stamps[2])])
    assert index.known(["/a", "/b", "/c", "/d", "\udcff"]) == dict(zip(("/a", "/b", "/c"), stamps, strict=True))


def test_looked_at_pages_through_any_number(
    index: SqliteIndex, note: MakeNote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All keys of a range come in order, whatever the page size, while the index is being written to."""
    monkeypatch.setattr("openwado.archive.sqlite._PAGE", 7)
    keys = [f"/a/{number:03d}" for number in range(50)]
    index.write([note(key, skipped="not DICOM") for key in ["/0", *keys, "/b"]])
    found = []
    for key, stamp in index.looked_at("/a/", "/a0"):
        assert stamp == Stamp(100, 1, 2, 3)
        found.append(key)
        index.write([note(key, skipped="empty file")])
    assert found == keys
    assert [key for key, _ in index.looked_at("/a/003", "/a/005")] == ["/a/003", "/a/004"]


# ---------------------------------------------------------------------- stored and deleted


def test_a_stored_object_is_found_and_listed(index: SqliteIndex, note: MakeNote) -> None:
    """An object that the archive keeps is found as any other, and its key is among those that are kept."""
    assert index.admit([note("@abc/1", "1.2", frames=(FrameEntry(1, 2),))], "reject") == [Admitted("stored")]
    found = index.find("1.2")
    assert found is not None
    assert (found.instance.key, found.gone, index.count()) == ("@abc/1", False, 1)
    assert index.frame_entries(found.number) == (FrameEntry(1, 2),)
    assert list(index.looked_at("@", "A")) == [("@abc/1", Stamp(100, 1, 2, 3))]
    assert list(index.looked_at("/", "0")) == []
    assert index.admit([note("@abc/1", "1.2")], "reject") == [Admitted("same")]
    assert index.count() == 1


@pytest.mark.parametrize("former", ["/a", "@abc/0"])
def test_another_object_with_the_same_uid_is_a_conflict_or_replaces(
    index: SqliteIndex, note: MakeNote, former: str
) -> None:
    """Where another key holds the UID, the policy says whether nothing is written, or the new object takes it over."""
    if former == "/a":
        index.write([note(former, "1.2")])
    else:
        index.admit([note(former, "1.2")], "reject")
    other = note("@abc/1", "1.2", "2.1", "2.1.1")
    assert index.admit([other], "reject") == [Admitted("conflict", former)]
    assert (index.holder("1.2"), index.study("2.1"), index.known(["@abc/1"])) == (former, None, {})
    assert index.admit([other], "replace") == [Admitted("replaced", former)]
    assert (index.holder("1.2"), index.study("1.1"), index.count()) == ("@abc/1", None, 1)
    assert index.deleted() == ([] if former == "/a" else [former])


def test_an_unchanged_file_does_not_take_its_object_back(index: SqliteIndex, note: MakeNote) -> None:
    """A replaced file is known, also to another version; unchanged it stays replaced, changed a duplicate."""
    index.write([note("/a", "1.2")])
    index.admit([note("@abc/1", "1.2")], "replace")
    index._connections.here().execute("UPDATE file SET record_version = 0")
    assert index.known(["/a", "@abc/1"]) == {"/a": Stamp(100, 1, 2, 3)}
    assert index.outdated() == ["@abc/1"]
    (out,) = index.write([note("/a", "1.2")])
    assert (out.outcome, out.reason, out.reading) == ("replaced", "replaced by a stored object", None)
    assert index.left_out() == [("replaced by a stored object", 1)]
    (out,) = index.write([note("/a", "1.2", stamp=Stamp(1, 1, 1, 1))])
    assert (out.outcome, index.holder("1.2")) == ("duplicate", "@abc/1")
    assert index.forget(["@abc/1"]) == ["/a"], "the rule for lost files holds for stored ones that are forgotten"


def test_a_deleted_object_is_gone_without_successor(index: SqliteIndex, note: MakeNote) -> None:
    """Its file and all duplicates are struck out: none is read again unless it changes, none takes its place."""
    index.write([note("/a", "1.2", frames=(FrameEntry(1, 2),)), note("/b", "1.2"), note("/c", "1.3")])
    assert index.delete(["1.2", "9.9", "1.2"]) == []
    found = index.find("1.2")
    assert found is not None
    assert (found.gone, index.frame_entries(found.number), index.holder("1.2")) == (True, (), None)
    assert (index.count(), index.successors(), set(index.known(["/a", "/b"]))) == (1, [], {"/a", "/b"})
    assert [out.outcome for out in index.write([note("/a", "1.2"), note("/b", "1.2")])] == ["deleted"] * 2
    assert index.left_out() == [("deleted by command", 2)]
    assert index.forget(["/a"]) == []
    assert [out.outcome for out in index.write([note("/b", "1.2", stamp=Stamp(9, 9, 9, 9))])] == ["indexed"]


def test_a_deleted_object_waits_for_its_successors_in_vain(index: SqliteIndex, note: MakeNote) -> None:
    """Files that were to take a lost object's place do not, once it is deleted."""
    index.write([note("/a", "1.2"), note("/b", "1.2")])
    index.forget(["/a"])
    assert index.delete(["1.2"]) == []
    assert index.successors() == []
    assert [out.outcome for out in index.write([note("/b", "1.2")])] == ["deleted"]


def test_bytes_of_deleted_objects_are_named_until_they_are_erased(index: SqliteIndex, note: MakeNote) -> None:
    """A key is returned once and listed until its bytes are removed; what was stored again meanwhile is left alone."""
    index.admit([note(f"@abc/{n}", f"1.{n}") for n in range(1, 4)], "reject")
    assert index.delete(["1.1", "1.2"]) == ["@abc/1", "@abc/2"]
    assert index.deleted() == ["@abc/1", "@abc/2"]
    assert index.left_out() == []
    assert [out.outcome for out in index.write([note("@abc/1", "1.1")])] == ["deleted"], "it was being read meanwhile"
    assert index.admit([note("@abc/2", "1.2")], "reject") == [Admitted("stored")]
    index.erased(["@abc/1", "@abc/2", "@abc/3"])
    assert (index.deleted(), index.count()) == ([], 2)
    assert [key for key, _ in index.looked_at("@", "A")] == ["@abc/2", "@abc/3"]


def test_what_is_kept_is_not_lost_by_reading_it(index: SqliteIndex, note: MakeNote) -> None:
    """A look that finds no object, or another one, under a key made of the content changes nothing."""
    index.admit([note("@abc/1", "1.1")], "reject")
    index.write([note("@abc/1", skipped="not DICOM"), note("@abc/1", "1.9")])
    assert (index.holder("1.1"), index.find("1.9"), index.count()) == ("@abc/1", None, 1)
    index.write([note("@abc/1", "1.1", stamp=Stamp(4, 4, 4, 4))])
    assert index.known(["@abc/1"]) == {"@abc/1": Stamp(4, 4, 4, 4)}


def test_all_objects_of_a_study_or_series_are_named(index: SqliteIndex, note: MakeNote) -> None:
    """Every UID of a study, or of one series of that study, and of no other; none where there is none."""
    index.write([note(f"/{n}", f"1.{n}", "5", f"5.{n % 2}") for n in range(6)] + [note("/x", "2.1", "6", "5.1")])
    assert index.uids_of("5") == ["1.0", "1.2", "1.4", "1.1", "1.3", "1.5"]
    assert index.uids_of("5", "5.1") == ["1.1", "1.3", "1.5"]
    assert (index.uids_of("5", "7"), index.uids_of("7")) == ([], [])


def test_what_was_admitted_or_deleted_is_on_the_disk(index: SqliteIndex, note: MakeNote) -> None:
    """Admissions and deletions are synced before they return; a power cut may take other transactions only."""
    statements: list[str] = []
    index._connections.here().set_trace_callback(statements.append)
    for work in (
        lambda: index.admit([note("@abc/1", "1.1")], "reject"),
        lambda: index.delete(["1.1"]),
        lambda: index.write([note("/a", "1.2")]),
    ):
        work()
    settings = [line.removeprefix("PRAGMA synchronous = ") for line in statements if line.startswith("PRAGMA sync")]
    assert settings == ["FULL", "FULL", "NORMAL"]
    index._connections.here().set_trace_callback(None)
    index.delete(["1.2"])
    assert index._connections.here().execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_batch_is_admitted_whole_or_not_at_all(index: SqliteIndex, note: MakeNote) -> None:
    """What was not read is refused, and with it all that would have been admitted beside it."""
    with pytest.raises(ValueError, match="only what was read"):
        index.admit([note("@abc/1", "1.1"), note("@abc/2", skipped="not DICOM")], "reject")
    assert (index.count(), list(index.looked_at("@", "A"))) == (0, [])


# ---------------------------------------------------------------------- lists


def test_studies_come_newest_first(index: SqliteIndex, note: MakeNote) -> None:
    """Studies are sorted by date, newest first, then by UID; those without a date come last; pages join seamlessly."""
    dates = {
        "1.5": "20240101",
        "1.1": "",
        "1.4": "20251231",
        "1.2": "2024.06.30",
        "1.3": "20251231",
        "1.6": "yesterday",
    }
    index.write(
        [note(f"/{uid}", f"{uid}.9", uid, f"{uid}.1", described(study_date=date)) for uid, date in dates.items()]
    )
    expected = ["1.3", "1.4", "1.2", "1.5", "1.1", "1.6"]
    assert [row.study_instance_uid for row in index.studies(offset=0, limit=99)] == expected
    pages = [index.studies(offset=offset, limit=2) for offset in (0, 2, 4, 6)]
    assert [row.study_instance_uid for page in pages for row in page] == expected
    assert index.studies(offset=0, limit=99)[2].description.study_date == "2024.06.30"


def test_a_study_counts_series_instances_and_modalities(index: SqliteIndex, note: MakeNote) -> None:
    """A study row holds the number of series and objects, and each modality once, in order."""
    index.write(
        [
            note("/1", "1", "9", "9.1", described(modality="PT", series_number=2)),
            note("/2", "2", "9", "9.2", described(modality="CT", series_number=1)),
            note("/3", "3", "9", "9.2", described(modality="CT", series_number=1)),
            note("/4", "4", "9", "9.3", described(modality="CT,X", series_number=3)),
            note("/5", "5", "9", "9.4", described(modality="")),
            note("/6", "6", "8", "9.2", described(modality="US")),
        ]
    )
    row = index.study("9")
    assert row is not None
    assert (row.modalities, row.number_of_series, row.number_of_instances) == (("CT", "CT,X", "PT"), 4, 5)
    assert [series.series_instance_uid for series in index.series("9")] == ["9.2", "9.1", "9.3", "9.4"]
    assert [series.number_of_instances for series in index.series("9")] == [2, 1, 1, 1]
    assert index.study("7") is None
    assert index.series("7") == []


def test_the_neighbours_of_an_object_are_those_of_the_list(index: SqliteIndex, note: MakeNote) -> None:
    """What follows an object, either way, is what the list of its series shows next to it; nothing beyond its ends."""
    numbers = [5, 3, 3, None, 9, 1, 3]
    index.write(
        [note(f"/{at}", f"1.{at}", description=described(instance_number=number)) for at, number in enumerate(numbers)]
    )
    index.write([note("/other", "2.1", series="1.1.2", description=described(instance_number=4))])
    listed = [row.instance.sop_instance_uid for row in index.instances("1.1.1", offset=0, limit=9)]
    assert len(listed) == len(numbers)
    for at, uid in enumerate(listed):
        for count in (1, 3, 9):
            assert index.following(uid, count, backwards=False) == listed[at + 1 : at + 1 + count]
            assert index.following(uid, count, backwards=True) == listed[:at][::-1][:count]
    assert index.following("7.7", 3, backwards=False) == []


def test_words_come_from_the_first_object_whatever_the_order(index: SqliteIndex, note: MakeNote) -> None:
    """Words of series and study are those of the lowest Instance Number in the lowest series, and follow changes."""

    def words() -> tuple[str, str]:
        study = index.study("9")
        assert study is not None
        return study.description.study_description, index.series("9")[0].description.series_description

    def slice_of(number: int, series: int) -> FileNote:
        return note(
            f"/{series}/{number}",
            f"{series}.{number}",
            "9",
            f"9.{series}",
            described(
                study_description=f"study {series}.{number}",
                series_description=f"series {series}.{number}",
                series_number=series,
                instance_number=number,
                study_date=f"202501{series}{number}",
            ),
        )

    index.write([slice_of(5, 2)])
    assert words() == ("study 2.5", "series 2.5")
    index.write([slice_of(3, 2), slice_of(7, 2)])
    assert words() == ("study 2.3", "series 2.3")
    index.write([slice_of(9, 1)])
    assert words() == ("study 1.9", "series 1.9")
    index.forget(["/1/9"])
    assert words() == ("study 2.3", "series 2.3")
    index.forget(["/2/3", "/2/7"])
    assert words() == ("study 2.5", "series 2.5")


def test_objects_come_by_instance_number(index: SqliteIndex, note: MakeNote) -> None:
    """Objects are sorted by Instance Number, those without one last, in pages; the representative is in the middle."""
    numbers = [7, 2, None, 1 << 63, 1, 3]
    index.write(
        [note(f"/{place}", f"1.{place}", description=described(instance_number=n)) for place, n in enumerate(numbers)]
    )
    rows = [row for offset in (0, 4) for row in index.instances("1.1.1", offset=offset, limit=4)]
    assert [row.instance.sop_instance_uid for row in rows] == ["1.4", "1.1", "1.5", "1.0", "1.2", "1.3"]
    representative = index.series("1.1")[0].representative
    assert representative is not None
    assert representative.sop_instance_uid == "1.0"


def test_the_example_is_an_image_that_can_be_drawn(index: SqliteIndex, note: MakeNote) -> None:
    """An object that cannot be drawn is no example; a multi-frame one only where there is no single frame."""
    assert index.example() is None
    index.write([note("/a", "1", "1", "1.1", drawable=False)])
    assert index.example() is None
    index.write([note("/b", "2", "2", "2.1", number_of_frames=20)])
    example = index.example()
    assert example is not None
    assert example.sop_instance_uid == "2"
    index.write([note(f"/c{n}", f"3.{n}", "3", "3.1", described(instance_number=n)) for n in range(5)])
    example = index.example()
    assert example is not None
    assert example.sop_instance_uid == "3.2", "from the middle of the series"
    index.forget([f"/c{n}" for n in range(5)])
    example = index.example()
    assert example is not None
    assert example.sop_instance_uid == "2"


# ---------------------------------------------------------------------- speed that does not depend on size


def steps(index: SqliteIndex, work: Callable[[], object]) -> int:
    """Return how many steps (in tens) SQLite's machine takes: a time that no other process disturbs."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = index._connections.here()
    connection.set_progress_handler(count, 10)
    work()
    connection.set_progress_handler(None, 0)
    return taken


def test_look_up_and_lists_do_not_slow_down_with_size(index: SqliteIndex, note: MakeNote) -> None:
    """With 30 times as many studies the same pages and look-ups take the same work."""

    def fill(first: int, last: int) -> None:
        index.write(
            [
                note(f"/{s}/{i}", f"{s}.{i}", f"1.{s}", f"1.{s}.{i}", described(study_date=f"2025{s % 9999:04d}"))
                for s in range(first, last)
                for i in range(2)
            ]
        )

    works: dict[str, Callable[[], object]] = {
        "find": lambda: index.find("10.1"),
        "newest studies": lambda: index.studies(offset=0, limit=25),
        "study": lambda: index.study("1.10"),
        "series": lambda: index.series("1.10"),
        "instances": lambda: index.instances("1.10.1", offset=0, limit=25),
        "following": lambda: index.following("1.10.1.5", 3, backwards=False),
        "example": index.example,
        "known": lambda: index.known(["/10/1"]),
        "successors": index.successors,
    }
    fill(0, 100)
    small = {name: steps(index, work) for name, work in works.items()}
    fill(100, 3000)
    large = {name: steps(index, work) for name, work in works.items()}
    assert all(large[name] <= small[name] + 2 for name in works), (small, large)
    far = steps(index, lambda: index.studies(offset=2900, limit=25))
    assert far < large["newest studies"] + 2900, "a far page steps over the index, not over the rows"


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (sql.FIND, 1),
        (sql.HOLDER, 1),
        (sql.FRAME_ENTRY, 4),
        (sql.FRAME_ATTRIBUTES, 2),
        (sql.KNOWN, 2),
        (sql.LOOKED_AT, 4),
        (sql.SUCCESSORS, 1),
        (sql.DUPLICATES_OF, 1),
        (sql.DELETED, 0),
        (sql.SUCCESSORS_OF, 1),
        (sql.APPOINT_SUCCESSORS, 1),
        (sql.NTH_OF_SERIES, 2),
        (sql.FIRST_OF_SERIES, 1),
        (sql.STUDY, 1),
        (sql.EXAMPLE, 0),
    ],
)
def test_no_statement_scans_or_sorts(index: SqliteIndex, statement: str, values: int) -> None:
    """Every look-up goes by an index, and none needs a sort."""
    plan = [row[3] for row in index._connections.here().execute(f"EXPLAIN QUERY PLAN {statement}", [1] * values)]
    assert not [line for line in plan if line.startswith("SCAN") and "USING" not in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


# ---------------------------------------------------------------------- several at once, and faults


def test_threads_have_their_own_connections(index: SqliteIndex, note: MakeNote) -> None:
    """Threads read while another one writes, and connections of ended threads are closed."""
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(100):
                index.find("1.0")
                index.studies(offset=0, limit=5)
        except BaseException as error:  # noqa: BLE001 -- handed to the test
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(50):
        index.write([note(f"/{number}", f"1.{number}")])
    for thread in threads:
        thread.join()
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert failures == []
    assert len(index._connections._opened) == 2


FORK = """
import os, sys
from pathlib import Path
from openwado.archive.sqlite import SqliteIndex
index = SqliteIndex(Path(sys.argv[1]))
inherited = index._connections.here()
child = os.fork()
if child == 0:
    same = index._connections.here() is inherited
    print(index.count(), same, flush=True)
    index.close()
    os._exit(0)
os.waitpid(child, 0)
print(index.count(), index._connections.here() is inherited)
"""


def test_a_forked_process_opens_its_own_connection(tmp_path: Path, index: SqliteIndex, note: MakeNote) -> None:
    """A child never uses, nor closes, what it inherited; the parent's connection works on."""
    index.write([note("/a", "1.2")])
    command = [sys.executable, "-c", FORK, str(tmp_path / "index.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False", "1", "True"]


def test_a_busy_index_is_unavailable_for_writing_only(
    tmp_path: Path, note: MakeNote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process writes, reading goes on, and writing gives up after the time-out and leaves no trace."""
    monkeypatch.setattr("openwado.archive.connection.BUSY_SECONDS", 0.2)
    index = SqliteIndex(tmp_path / "index.sqlite")
    index.write([note("/a", "1.2")])
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert index.find("1.2") is not None
    with pytest.raises(Unavailable, match="busy") as busy:
        index.write([note("/b", "1.3")])
    assert busy.value.retry_after == 1
    other.execute("ROLLBACK")
    other.close()
    index.write([note("/b", "1.3")])
    assert index.count() == 2
    index.close()


def test_a_full_disk_leaves_the_index_as_it_was(index: SqliteIndex, note: MakeNote) -> None:
    """A batch that does not fit is not written at all; what was there is still served."""
    index.write([note("/a", "1.2")])
    connection = index._connections.here()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Unavailable, match="cannot be read or written") as full:
        index.write([note(f"/{number}", f"1.9.{number}") for number in range(1000)])
    assert "full" in full.value.detail
    assert (index.count(), index.find("1.9.1")) == (1, None)
    assert index.find("1.2") is not None
    connection.execute("PRAGMA max_page_count = 1000000")
    index.write([note("/b", "1.3")])
    assert index.count() == 2


def test_a_read_only_index_is_unavailable_for_writing(index: SqliteIndex, note: MakeNote) -> None:
    """Where nothing may be written, that is a 503 for what needs writing, and reading works."""
    index.write([note("/a", "1.2")])
    index._connections.here().execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable) as refused:
        index.forget(["/a"])
    assert not isinstance(refused.value, UnusableIndex)
    assert index.find("1.2") is not None


def test_a_batch_is_written_whole_or_not_at_all(index: SqliteIndex, note: MakeNote) -> None:
    """An interruption in the middle of a batch takes all of it back."""

    def interrupted() -> Any:  # noqa: ANN401 -- a generator of notes
        yield note("/a", "1.2")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.write(interrupted())
    assert (index.find("1.2"), index.count(), index.known(["/a"])) == (None, 0, {})
    index.write([note("/a", "1.2")])
    assert index.count() == 1


def test_a_damaged_record_counts_as_unknown(index: SqliteIndex, note: MakeNote) -> None:
    """A record that cannot be decoded is not served; who holds it is still known, so that it can be read again."""
    index.write([note("/a", "1.2"), note("/b", "1.3")])
    index._connections.here().execute(
        "UPDATE instance SET record = CAST(substr(record, 1, 30) AS BLOB) WHERE sop_instance_uid = '1.2'"
    )
    assert index.find("1.2") is None
    assert index.holder("1.2") == "/a"
    assert [row.instance.sop_instance_uid for row in index.instances("1.1.1", offset=0, limit=9)] == ["1.3"]


def test_threads_do_not_lose_each_others_locks(tmp_path: Path, note: MakeNote) -> None:
    """Opening the file in another thread gives no lock of this process up: no one else takes the journal away."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    index.write([note("a.dcm", "1.2.3")])
    thread = threading.Thread(target=index.count)
    thread.start()
    thread.join()
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM sqlite_master'); c.close()"
    subprocess.run([sys.executable, "-c", look, str(path)], check=True)
    assert path.with_name("index.sqlite-wal").exists()
    index.write([note("b.dcm", "1.2.4")])
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    other.close()
    assert index.count() == 2
    index.close()
