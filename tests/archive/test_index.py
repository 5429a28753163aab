"""Every index, whichever its database: look-up, lists, and what follows when files change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openwado.archive.blob import ENTRIES_A_BLOCK
from openwado.archive.index import Admitted
from openwado.dicom.instance import Description, FrameEntry, Stamp
from openwado.dicom.picture_record import FrameAttributes, StoredWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.archive.index import FileNote
    from openwado.archive.sql_index import SqlIndex

    MakeNote = Callable[..., FileNote]


def alter(index: SqlIndex, statement: str) -> None:
    """Change an index's tables behind its back."""
    index._database.transaction(lambda transaction: transaction.execute(statement))


def described(**words: Any) -> Description:  # noqa: ANN401 -- attributes of several types
    """Return a description of one CT."""
    return Description(**{"modality": "CT", "study_date": "20250101"} | words)


# ---------------------------------------------------------------------- look-up


def test_a_record_comes_back_as_it_was_written(index: SqlIndex, note: MakeNote) -> None:
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


def test_what_no_row_can_hold_is_not_found(index: SqlIndex) -> None:
    """A UID of odd characters and a number beyond all columns are simply not there."""
    assert index.find("\udcff") is None
    assert index.find("1.2'; DROP TABLE instance; --") is None
    assert index.holder("1") is None
    assert index.frame_entry(1 << 70, 1) is None
    assert index.count() == 0


@pytest.mark.parametrize("count", [1, ENTRIES_A_BLOCK, ENTRIES_A_BLOCK + 1, 1000])
def test_every_frame_entry_is_found(index: SqlIndex, note: MakeNote, count: int) -> None:
    """Each of many entries is found by its number, from 1; there is none before the first or after the last."""
    entries = tuple(FrameEntry((1 << 40) + 10 * n, n + 1, n % 8, n * 1000) for n in range(count))
    index.write([note("/before", "1.1", frames=(FrameEntry(1, 1),)), note("/a", "1.2", frames=entries)])
    found = index.find("1.2")
    assert found is not None
    assert index.frame_entries(found.number) == entries
    for number in {1, 2, ENTRIES_A_BLOCK, ENTRIES_A_BLOCK + 1, count} & set(range(1, count + 1)):
        assert index.frame_entry(found.number, number) == entries[number - 1]
    assert [index.frame_entry(found.number, number) for number in (-1, 0, count + 1, 1 << 70)] == [None] * 4


def test_frame_attributes_have_rows_of_their_own(index: SqlIndex, note: MakeNote) -> None:
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


def test_the_first_file_with_a_uid_stays(index: SqlIndex, note: MakeNote) -> None:
    """A second file with the same SOP Instance UID comes out as a duplicate, in the same batch or later."""
    out = index.write([note("/b", "1.2"), note("/a", "1.2", study="9")])
    out += index.write([note("/c", "1.2")])
    assert [one.outcome for one in out] == ["indexed", "duplicate", "duplicate"]
    assert all(one.sop_instance_uid == "1.2" and one.reading is None and one.reason for one in out[1:])
    found = index.find("1.2")
    assert found is not None
    assert found.instance.key == "/b"
    assert (index.count(), index.study("9")) == (1, None)


def test_the_same_file_replaces_its_own_record(index: SqlIndex, note: MakeNote) -> None:
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


def test_a_file_with_another_object_lets_the_first_one_go(index: SqlIndex, note: MakeNote) -> None:
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
def test_a_file_that_holds_nothing_any_more_loses_its_object(index: SqlIndex, note: MakeNote, now: str) -> None:
    """A file that became unreadable, or another file's duplicate, takes its object out of the lists."""
    index.write([note("/a", "1.2"), note("/b", "1.3")])
    index.write([note("/a", skipped="not DICOM") if now == "skipped" else note("/a", "1.3")])
    found = index.find("1.2")
    assert found is not None
    assert found.gone
    assert index.instance_row("1.2") is None
    assert index.count() == 1


def test_forgotten_files_leave_gone_objects(index: SqlIndex, note: MakeNote) -> None:
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


def test_forgetting_what_is_missing_spares_siblings(index: SqlIndex, note: MakeNote) -> None:
    """Under a folder means in it: neither a sibling with a longer name nor the seen files are touched."""
    keys = ["/x/a", "/x/a/1", "/x/a/2", "/x/a.dcm", "/x/a-b/1", "/x/a0", "/x/ab/1"]
    index.write([note(key, f"1.{place}") for place, key in enumerate(keys, start=1)])
    index.forget_missing("/x/a/", iter(["/x/a/2"]))
    assert set(index.known(keys)) == set(keys) - {"/x/a/1"}
    index.forget_missing("/x/a", [])
    assert set(index.known(keys)) == set(keys) - {"/x/a/1", "/x/a"}
    index.forget_missing("/", ["/x/a0"])
    assert set(index.known(keys)) == {"/x/a0"}


def test_known_files_have_the_stamp_of_the_last_look(index: SqlIndex, note: MakeNote) -> None:
    """Indexed, duplicate and skipped files are all known, each by its last stamp; others are not."""
    stamps = [Stamp(n, -n, 1 << 62, (1 << 63) - 1 - n) for n in range(3)]
    index.write([note("/a", "1.2", stamp=stamps[0]), note("/b", "1.2", stamp=stamps[1])])
    index.write([note("/c", skipped="not DICOM", stamp=Stamp(9, 9, 9, 9))])
    index.write([note("/c", skipped="empty file", stamp=stamps[2])])
    assert index.known(["/a", "/b", "/c", "/d", "\udcff"]) == dict(zip(("/a", "/b", "/c"), stamps, strict=True))


def test_looked_at_pages_through_any_number(index: SqlIndex, note: MakeNote, monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys of a range come in order, whatever the page size, while the index is being written to."""
    monkeypatch.setattr("openwado.archive.sql_index._PAGE", 7)
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


def test_a_stored_object_is_found_and_listed(index: SqlIndex, note: MakeNote) -> None:
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
    index: SqlIndex, note: MakeNote, former: str
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


def test_an_unchanged_file_does_not_take_its_object_back(index: SqlIndex, note: MakeNote) -> None:
    """A replaced file is known, also to another version; unchanged it stays replaced, changed a duplicate."""
    index.write([note("/a", "1.2")])
    index.admit([note("@abc/1", "1.2")], "replace")
    alter(index, "UPDATE file SET record_version = 0")
    assert index.known(["/a", "@abc/1"]) == {"/a": Stamp(100, 1, 2, 3)}
    assert index.outdated() == ["@abc/1"]
    (out,) = index.write([note("/a", "1.2")])
    assert (out.outcome, out.reason, out.reading) == ("replaced", "replaced by a stored object", None)
    assert index.left_out() == [("replaced by a stored object", 1)]
    (out,) = index.write([note("/a", "1.2", stamp=Stamp(1, 1, 1, 1))])
    assert (out.outcome, index.holder("1.2")) == ("duplicate", "@abc/1")
    assert index.forget(["@abc/1"]) == ["/a"], "the rule for lost files holds for stored ones that are forgotten"


def test_a_deleted_object_is_gone_without_successor(index: SqlIndex, note: MakeNote) -> None:
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


def test_a_deleted_object_waits_for_its_successors_in_vain(index: SqlIndex, note: MakeNote) -> None:
    """Files that were to take a lost object's place do not, once it is deleted."""
    index.write([note("/a", "1.2"), note("/b", "1.2")])
    index.forget(["/a"])
    assert index.delete(["1.2"]) == []
    assert index.successors() == []
    assert [out.outcome for out in index.write([note("/b", "1.2")])] == ["deleted"]


def test_bytes_of_deleted_objects_are_named_until_they_are_erased(index: SqlIndex, note: MakeNote) -> None:
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


def test_what_is_kept_is_not_lost_by_reading_it(index: SqlIndex, note: MakeNote) -> None:
    """A look that finds no object, or another one, under a key made of the content changes nothing."""
    index.admit([note("@abc/1", "1.1")], "reject")
    index.write([note("@abc/1", skipped="not DICOM"), note("@abc/1", "1.9")])
    assert (index.holder("1.1"), index.find("1.9"), index.count()) == ("@abc/1", None, 1)
    index.write([note("@abc/1", "1.1", stamp=Stamp(4, 4, 4, 4))])
    assert index.known(["@abc/1"]) == {"@abc/1": Stamp(4, 4, 4, 4)}


def test_all_objects_of_a_study_or_series_are_named(index: SqlIndex, note: MakeNote) -> None:
    """Every UID of a study, or of one series of that study, and of no other; none where there is none."""
    index.write([note(f"/{n}", f"1.{n}", "5", f"5.{n % 2}") for n in range(6)] + [note("/x", "2.1", "6", "5.1")])
    assert index.uids_of("5") == ["1.0", "1.2", "1.4", "1.1", "1.3", "1.5"]
    assert index.uids_of("5", "5.1") == ["1.1", "1.3", "1.5"]
    assert (index.uids_of("5", "7"), index.uids_of("7")) == ([], [])


def test_a_batch_is_admitted_whole_or_not_at_all(index: SqlIndex, note: MakeNote) -> None:
    """What was not read is refused, and with it all that would have been admitted beside it."""
    with pytest.raises(ValueError, match="only what was read"):
        index.admit([note("@abc/1", "1.1"), note("@abc/2", skipped="not DICOM")], "reject")
    assert (index.count(), list(index.looked_at("@", "A"))) == (0, [])


# ---------------------------------------------------------------------- lists


def test_studies_come_newest_first(index: SqlIndex, note: MakeNote) -> None:
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


def test_a_study_counts_series_instances_and_modalities(index: SqlIndex, note: MakeNote) -> None:
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


def test_the_neighbours_of_an_object_are_those_of_the_list(index: SqlIndex, note: MakeNote) -> None:
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


def test_words_come_from_the_first_object_whatever_the_order(index: SqlIndex, note: MakeNote) -> None:
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


def test_objects_come_by_instance_number(index: SqlIndex, note: MakeNote) -> None:
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


def test_the_example_is_an_image_that_can_be_drawn(index: SqlIndex, note: MakeNote) -> None:
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


# ---------------------------------------------------------------------- several at once, and faults


def test_a_batch_is_written_whole_or_not_at_all(index: SqlIndex, note: MakeNote) -> None:
    """An interruption in the middle of a batch takes all of it back."""

    def interrupted() -> Any:  # noqa: ANN401 -- a generator of notes
        yield note("/a", "1.2")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.write(interrupted())
    assert (index.find("1.2"), index.count(), index.known(["/a"])) == (None, 0, {})
    index.write([note("/a", "1.2")])
    assert index.count() == 1


# ---------------------------------------------------------------------- who may see what, and signed links


def test_a_record_and_its_description_come_together(index: SqlIndex, note: MakeNote) -> None:
    """One row has both, also where the object is gone: whoever may not see it is not told that it was there."""
    index.write([note("/a", "1.2.3", description=described(patient_id="P1", institution_name="St. Mary"))])
    found = index.described("1.2.3")
    assert found is not None
    assert (found.indexed, found.description.institution_name) == (index.find("1.2.3"), "St. Mary")
    index.delete(["1.2.3"])
    gone = index.described("1.2.3")
    assert gone is not None
    assert (gone.indexed.gone, gone.description.patient_id) == (True, "P1")
    assert index.described("1.2.4") is None


def test_studies_come_with_their_series(index: SqlIndex, note: MakeNote) -> None:
    """Studies stand as in the list, newest first, each with all of its series; a page counts studies."""
    for number in range(4):
        for series in (1, 2):
            words = described(study_date=f"2025010{number + 1}", series_number=series)
            uids = {"study": f"1.{number}", "series": f"1.{number}.{series}"}
            index.write([note(f"/{number}/{series}", f"1.{number}.{series}.1", description=words, **uids)])
    rows = index.studies_with_series(offset=1, limit=2)
    assert [(row.study_instance_uid, row.series_instance_uid) for row in rows] == [
        ("1.2", "1.2.1"),
        ("1.2", "1.2.2"),
        ("1.1", "1.1.1"),
        ("1.1", "1.1.2"),
    ]
    assert {row.number_of_instances for row in rows} == {1}
    assert index.studies_with_series(offset=4, limit=2) == []


def test_uses_of_links_are_counted_until_they_expire(index: SqlIndex) -> None:
    """Each use counts once; a link that has expired is forgotten."""
    assert [index.count_use("a", 100, now) for now in (1, 2, 3)] == [1, 2, 3]
    assert index.count_use("b", 200, 4) == 1
    assert index.count_use("b", 200, 100) == 2
    assert index.count_use("a", 300, 101) == 1
