"""Whatever happens to files, the lists agree with a model that is a dictionary."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from openwado.archive.index import Admitted, FileNote
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import ContentFacts, Description, FrameEntry, Instance, Reading, Stamp
from openwado.dicom.picture_record import FrameAttributes, Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.index import Policy
    from openwado.archive.sql_index import SqlIndex


class Content(NamedTuple):
    """What a file of the model holds; uid 0: nothing that can be indexed."""

    uid: int
    study: int
    series: int
    number: int | None
    frames: int


CONTENTS = st.builds(
    Content,
    uid=st.integers(0, 4),
    study=st.integers(1, 2),
    series=st.integers(1, 2),
    number=st.one_of(st.none(), st.integers(1, 3)),
    frames=st.integers(0, 2),
)
OBJECTS = CONTENTS.filter(lambda content: content.uid)
KEYS = st.sampled_from([f"/{letter}" for letter in "abcdef"])
PIXEL = ImagePixel(4, 4, 1, "MONOCHROME2", 16, 12, 11, 0, 0, 1, "PixelData")


def note_of(key: str, content: Content) -> FileNote:
    """Return what reading a file of the model gives."""
    stamp = Stamp(hash(content) & 0xFFFF, 0, 0, 0)
    if not content.uid:
        return FileNote(key, stamp, "skipped", "not DICOM")
    instance = Instance(
        study_instance_uid=f"1.{content.study}",
        series_instance_uid=f"2.{content.series}",
        sop_instance_uid=f"3.{content.uid}",
        sop_class_uid="1",
        transfer_syntax_uid="1",
        family="image",
        number_of_frames=1,
        time_based=False,
        key=key,
        stamp=stamp,
        version=repr(content),
        dataset_offset=0,
        part10=True,
        picture=Picture(PIXEL, FrameAttributes()),
    )
    words = Description(instance_number=content.number, series_number=content.series, modality=f"M{content.series}")
    facts = ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)
    frames = tuple(FrameEntry(content.uid, n) for n in range(content.frames))
    return FileNote(key, stamp, "indexed", "", Reading(instance, words, facts, frames), instance.sop_instance_uid)


def kept_key(content: Content) -> str:
    """Return the key of an object that the archive keeps: it is made of the content alone."""
    return f"@abc/{content!r}"


class IndexMachine(RuleBasedStateMachine):
    """Files come, change and vanish; objects are stored and deleted; successors are read again, as ingest does it."""

    def __init__(self, index: SqlIndex) -> None:
        super().__init__()
        self.index = index
        for table in ("frame", "frame_attributes", "instance", "series", "study", "file"):
            self.query(f"DELETE FROM {table} RETURNING 1")  # noqa: S608 -- the names stand above
        self.files: dict[str, Content] = {}
        self.struck_out: dict[str, str] = {}  # files that are replaced or deleted
        self.holders: dict[int, str] = {}

    def query(self, statement: str) -> list[Any]:
        """Ask the tables themselves."""
        return self.index._database.transaction(lambda transaction: transaction.rows(statement))

    @rule(batch=st.lists(st.tuples(KEYS, CONTENTS), max_size=6))
    def write(self, batch: list[tuple[str, Content]]) -> None:
        """Files are new or have changed."""
        self.index.write([note_of(key, content) for key, content in batch])
        for key, content in batch:
            if key in self.struck_out and self.files[key] == content:
                continue
            self.struck_out.pop(key, None)
            self.files[key] = content
            self.let_go(key, content.uid)
            if content.uid:
                self.holders.setdefault(content.uid, key)
        self.settle()

    @precondition(lambda self: self.files)
    @rule(keys=st.lists(KEYS, max_size=4, unique=True))
    def forget(self, keys: list[str]) -> None:
        """Files vanish."""
        self.index.forget(keys)
        for key in keys:
            self.files.pop(key, None)
            self.struck_out.pop(key, None)
            self.let_go(key, 0)
        self.settle()

    @rule(contents=st.lists(OBJECTS, max_size=4), policy=st.sampled_from(["reject", "replace"]))
    def admit(self, contents: list[Content], policy: Policy) -> None:
        """Objects are stored; same bytes, same key."""
        admitted = self.index.admit([note_of(kept_key(content), content) for content in contents], policy)
        for content, outcome in zip(contents, admitted, strict=True):
            assert outcome == self.expected(content, policy)
            if outcome.outcome == "conflict":
                continue
            if outcome.former:
                self.struck_out[outcome.former] = "deleted" if outcome.former.startswith("@") else "replaced"
            key = kept_key(content)
            self.files[key], self.holders[content.uid] = content, key
            self.struck_out.pop(key, None)

    def expected(self, content: Content, policy: Policy) -> Admitted:
        """Return what is to become of an object that is stored."""
        holder = self.holders.get(content.uid)
        if holder is None:
            return Admitted("stored")
        if holder == kept_key(content):
            return Admitted("same")
        return Admitted("conflict" if policy == "reject" else "replaced", holder)

    @rule(uids=st.lists(st.integers(1, 4), max_size=3))
    def delete(self, uids: list[int]) -> None:
        """Objects are deleted, those in their places too; no duplicate takes their place."""
        named = self.index.delete([f"3.{uid}" for uid in uids])
        mine = [key for key, content in self.files.items() if content.uid in uids and key not in self.struck_out]
        assert sorted(named) == sorted(key for key in mine if key.startswith("@"))
        self.struck_out |= dict.fromkeys(mine, "deleted")
        for uid in uids:
            self.holders.pop(uid, None)
        assert self.index.successors() == []

    @rule(keep=st.sets(st.integers(0, 9)))
    def erase(self, keep: set[int]) -> None:
        """Bytes of deleted objects are removed, in any order."""
        listed = sorted(key for key, state in self.struck_out.items() if state == "deleted" and key.startswith("@"))
        assert self.index.deleted() == listed
        removed = [key for place, key in enumerate(listed) if place not in keep]
        live = list(self.holders.values())
        self.index.erased([*removed, *live])
        for key in removed:
            del self.files[key], self.struck_out[key]

    @rule()
    def open_again(self) -> None:
        """The program is started anew."""
        self.index.close()

    def let_go(self, key: str, uid: int) -> None:
        """Take away from a file the objects that it holds no longer."""
        self.holders = {held: holder for held, holder in self.holders.items() if holder != key or held == uid}

    def settle(self) -> None:
        """Read successors again, in the order of keys."""
        while successors := self.index.successors():
            for key in successors:
                self.index.write([note_of(key, self.files[key])])
        for key, content in sorted(self.files.items()):
            if content.uid and key not in self.struck_out:
                self.holders.setdefault(content.uid, key)

    def held(self) -> Iterator[tuple[str, Content]]:
        """Give the files that hold an object, with their contents."""
        for key in self.holders.values():
            yield key, self.files[key]

    @invariant()
    def objects_are_found(self) -> None:
        """An object is there exactly if a file has it, under the content of the file that holds it."""
        for uid in range(1, 5):
            found = self.index.find(f"3.{uid}")
            if uid not in self.holders:
                assert found is None or found.gone
                continue
            assert found is not None
            assert not found.gone
            content = self.files[self.holders[uid]]
            assert (found.instance.key, found.instance.version) == (self.holders[uid], repr(content))
            assert len(self.index.frame_entries(found.number)) == content.frames
            assert self.index.holder(f"3.{uid}") == self.holders[uid]

    @invariant()
    def lists_agree(self) -> None:
        """Studies, series, counts, modalities and words are those of the objects that are there."""
        contents = [content for _, content in self.held()]
        assert self.index.count() == len(contents)
        studies = {row.study_instance_uid: row for row in self.index.studies(offset=0, limit=99)}
        assert set(studies) == {f"1.{content.study}" for content in contents}
        for uid, row in studies.items():
            mine = [content for content in contents if f"1.{content.study}" == uid]
            numbers = sorted({content.series for content in mine})
            assert row.number_of_instances == len(mine)
            assert row.number_of_series == len(numbers)
            assert row.modalities == tuple(f"M{number}" for number in numbers)
            assert row.description.series_number == numbers[0]
            assert sorted(self.index.uids_of(uid)) == sorted(f"3.{content.uid}" for content in mine)
            listed = self.index.series(uid)
            assert [series.series_instance_uid for series in listed] == [f"2.{number}" for number in numbers]
            for series, number in zip(listed, numbers, strict=True):
                of_series = [content.number or 99 for content in mine if content.series == number]
                assert series.number_of_instances == len(of_series)
                listed_uids = [
                    row.instance.sop_instance_uid
                    for row in self.index.instances(series.series_instance_uid, offset=0, limit=99)
                    if row.instance.study_instance_uid == uid
                ]
                assert self.index.uids_of(uid, series.series_instance_uid) == listed_uids
                assert (series.description.instance_number or 99) == min(of_series)

    @invariant()
    def every_file_is_known(self) -> None:
        """The index knows the files that there are, each by its stamp, and no others."""
        expected = {key: note_of(key, content).stamp for key, content in self.files.items()}
        assert dict(self.index.looked_at("/", "0")) | dict(self.index.looked_at("@", "A")) == expected
        assert self.index.known(sorted(self.files)) == expected

    @invariant()
    def tables_hold_together(self) -> None:
        """No row refers to nothing, and the file's own check is content."""
        if isinstance(self.index, SqliteIndex):
            assert self.query("PRAGMA foreign_key_check") == []
            assert self.query("PRAGMA quick_check") == [("ok",)]
        stray = "SELECT count(*) FROM frame JOIN instance ON instance.number = frame.instance WHERE gone = 1"
        assert self.query(stray) == [(0,)]
        unheld = "SELECT count(*) FROM file LEFT JOIN instance ON instance.file = file.number"
        assert self.query(f"{unheld} WHERE outcome = 'indexed' AND instance.number IS NULL") == [(0,)]
        assert self.query(f"{unheld} WHERE outcome <> 'indexed' AND instance.number IS NOT NULL") == [(0,)]


def test_the_index_agrees_with_the_model(index: SqlIndex) -> None:
    """Whatever happens, in whichever order."""
    examples = 60 if isinstance(index, SqliteIndex) else 20
    budget = settings(max_examples=examples, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(partial(IndexMachine, index), settings=budget)  # type: ignore[arg-type]
