"""Objects taken in: kept whole and on stable storage before anybody hears of success; refused with a reason."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pydicom
import pytest

from kept_archive import KeptArchive
from made_objects import SERIES, STUDY, write_object
from openwado.admission import AdmissionRules, Expected, RefusalCause, Refused
from openwado.archive.incoming import Incoming
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.kept_objects import is_kept, kept_key, kept_stamp
from openwado.errors import Gone, Unavailable
from openwado.ingest import index_paths, note_of
from openwado.observe.metrics import OUTCOMES
from openwado.protocol.store_response import FAILURE_REASONS
from openwado.server.store_scp import _REFUSALS
from openwado.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Description, Instance


def made(folder: Path, uid: str = "1.2.3.4", **attributes: object) -> bytes:
    """Return the bytes of an object."""
    return write_object(folder / "made.dcm", uid, **attributes).read_bytes()  # type: ignore[arg-type]


def test_what_is_taken_in_comes_back_byte_for_byte(archive: KeptArchive, tmp_path: Path) -> None:
    """Its key is made of its bytes, its record is found by its UIDs, and nothing else is left of it."""
    data = made(tmp_path)
    taken = archive.take(data)
    assert (taken.outcome, taken.instance.sop_instance_uid) == ("stored", "1.2.3.4")
    assert archive.bytes_of("1.2.3.4") == data
    assert is_kept(taken.instance.key)
    assert archive.archive.locate(STUDY, SERIES, "1.2.3.4").instance == taken.instance
    assert len(archive.files()) == 1


def test_a_bare_data_set_is_taken_in_as_it_is(archive: KeptArchive, tmp_path: Path) -> None:
    """Preamble and file meta information may be missing (PS3.10 7.1); nothing is added."""
    dataset = pydicom.dcmread(BytesIO(made(tmp_path)))
    out = BytesIO()
    pydicom.dcmwrite(out, pydicom.Dataset(dataset), implicit_vr=True, little_endian=True)
    assert archive.take(out.getvalue()).outcome == "stored"
    assert archive.bytes_of("1.2.3.4") == out.getvalue()


def test_the_same_bytes_again_are_accepted_and_kept_once(archive: KeptArchive, tmp_path: Path) -> None:
    """A sender that did not hear of success sends again."""
    data = made(tmp_path)
    assert [archive.take(data).outcome for _ in range(3)] == ["stored", "same", "same"]
    assert len(archive.files()) == 1


def test_other_bytes_under_a_known_uid_are_refused_by_default(archive: KeptArchive, tmp_path: Path) -> None:
    """The first object stays; nothing of the second is left."""
    first, second = made(tmp_path, PatientID="A"), made(tmp_path, PatientID="B")
    archive.take(first)
    with pytest.raises(Refused, match="other bytes") as refused:
        archive.take(second)
    assert (refused.value.cause, refused.value.sop_instance_uid) == ("conflict", "1.2.3.4")
    assert archive.bytes_of("1.2.3.4") == first
    assert len(archive.files()) == 1


def test_other_bytes_take_the_place_where_that_is_the_policy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The bytes of the former object are taken away; its key means nothing any more; the log names both."""
    archive = KeptArchive(tmp_path / "data", AdmissionRules(duplicates="replace"))
    first, second = made(tmp_path, PatientID="A"), made(tmp_path, PatientID="B")
    assert [archive.take(data).outcome for data in (first, second, first)] == ["stored", "replaced", "replaced"]
    assert caplog.text.count("object replaced") == 2
    assert archive.bytes_of("1.2.3.4") == first
    assert len(archive.files()) == 1
    assert archive.index.deleted() == []


def test_an_object_that_lies_in_place_is_kept_when_it_is_sent(archive: KeptArchive, tmp_path: Path) -> None:
    """Who hears of success may take the file away; other bytes than the file's are in conflict with it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = write_object(folder / "a.dcm", "1.2.3.4")
    data = path.read_bytes()
    index_paths([folder], archive.index, archive.stores)
    with pytest.raises(Refused, match="other bytes"):
        archive.take(made(tmp_path, PatientID="B"))
    assert archive.take(data).outcome == "replaced"
    path.unlink()
    index_paths([folder], archive.index, archive.stores)
    assert archive.bytes_of("1.2.3.4") == data


def test_many_at_once_with_one_uid(archive: KeptArchive, tmp_path: Path) -> None:
    """One of them is stored, the others are refused or the same, and nothing else is left."""
    versions = [made(tmp_path, PatientID=str(number)) for number in range(4)] * 4

    def outcome(data: bytes) -> str:
        try:
            return archive.take(data).outcome
        except Refused as refused:
            return refused.cause

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(outcome, versions))
    assert outcomes.count("stored") == 1
    assert outcomes.count("same") == 3
    assert outcomes.count("conflict") == 12
    assert len(archive.files()) == 1


def test_many_at_once(archive: KeptArchive, tmp_path: Path) -> None:
    """Each is there afterwards: notes that wait for the same transaction are not mixed up."""
    objects = {f"1.2.3.{number}": made(tmp_path, f"1.2.3.{number}") for number in range(1, 101)}
    with ThreadPoolExecutor(16) as pool:
        assert {taken.outcome for taken in pool.map(archive.take, objects.values())} == {"stored"}
    assert {uid: archive.bytes_of(uid) for uid in objects} == objects


def cut_off(data: bytes) -> bytes:
    """Return an object without its last bytes."""
    return data[:-7]


def without_instance_uid(data: bytes) -> bytes:
    """Return an object whose data set has no SOP Instance UID."""
    return edited(data, lambda dataset: dataset.__delitem__("SOPInstanceUID"))


def with_path_in_uid(data: bytes) -> bytes:
    """Return an object whose series UID is made to leave a folder."""
    place = data.rindex(STUDY.encode())
    return data[:place] + b"../../x" + data[place + len(STUDY) :]


def with_other_instance_in_meta(data: bytes) -> bytes:
    """Return an object whose file meta information names another one."""
    return data.replace(b"1.2.3.4\0", b"1.2.3.5\0", 1)


def edited(data: bytes, edit: Callable[[pydicom.Dataset], object]) -> bytes:
    """Return an object whose data set was changed."""
    dataset = pydicom.dcmread(BytesIO(data))
    edit(dataset)
    out = BytesIO()
    pydicom.dcmwrite(out, dataset)
    return out.getvalue()


@pytest.mark.parametrize(
    ("spoil", "cause", "reason"),
    [
        (lambda _: b"", "unreadable", "empty file"),
        (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200), "unreadable", "not DICOM"),
        (cut_off, "unreadable", "cut off"),
        (without_instance_uid, "unreadable", "no SOP Instance UID"),
        (with_path_in_uid, "unreadable", "malformed Series Instance UID"),
        (with_other_instance_in_meta, "contradictory", "Media Storage SOP Instance UID"),
    ],
)
def test_what_is_no_sound_object_is_refused(
    archive: KeptArchive, tmp_path: Path, spoil: Callable[[bytes], bytes], cause: str, reason: str
) -> None:
    """Nothing is left behind, in the store or in the index, and the reason says what is wrong."""
    with pytest.raises(Refused, match=reason) as refused:
        archive.take(spoil(made(tmp_path)))
    assert refused.value.cause == cause
    assert archive.files() == []
    assert archive.index.count() == 0
    assert list(archive.index.looked_at("", "\U0010ffff")) == []


def test_contradictory_meta_may_be_accepted(tmp_path: Path) -> None:
    """Where the settings say so, what the data set says holds (PS3.10 7.1)."""
    archive = KeptArchive(tmp_path / "data", AdmissionRules(accept_contradictory_meta=True))
    data = with_other_instance_in_meta(made(tmp_path))
    assert archive.take(data).instance.sop_instance_uid == "1.2.3.4"
    assert archive.bytes_of("1.2.3.4") == data


@pytest.mark.parametrize("name", ["sop_class_uid", "sop_instance_uid", "study_instance_uid"])
def test_what_contradicts_its_sender_is_refused(archive: KeptArchive, tmp_path: Path, name: str) -> None:
    """The command and the data set must name the same object (PS3.4 B.2.3: A900)."""
    with Incoming(archive.kept.incoming) as incoming:
        incoming.write(made(tmp_path))
        with pytest.raises(Refused, match="announced") as refused:
            archive.admission.take_in(incoming, Expected(**{name: "1.2.840.9"}))
    assert refused.value.cause == "contradictory"
    assert archive.files() == []


def test_bytes_are_on_stable_storage_before_the_index_says_so(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file with its name, then the folder, then the index: in this order, each of them synced."""
    archive.take(made(tmp_path, "1.2.3.9"))  # connections opened
    data = made(tmp_path)
    prepare(archive, data)
    steps = noted_steps(archive, monkeypatch)
    archive.take(data)
    assert steps == ["link", "sync file", "sync folder", "index"]


def test_bytes_that_take_the_place_of_others_are_on_stable_storage_first(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has been acknowledged once is never replaced by what a power cut could take away, whoever puts it there."""
    data = made(tmp_path)
    archive.take(data)
    archive.index.forget([kept_key_of(data)])
    steps = noted_steps(archive, monkeypatch)
    assert archive.take(data).outcome == "stored"
    assert steps == ["sync file", "rename", "sync folder", "index"]
    assert archive.bytes_of("1.2.3.4") == data


def test_without_second_names_bytes_get_theirs_when_they_are_on_stable_storage(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have no hard links."""
    data = made(tmp_path)
    prepare(archive, data)
    steps = noted_steps(archive, monkeypatch)
    monkeypatch.setattr(os, "link", fails)
    archive.take(data)
    assert steps == ["sync file", "rename", "sync folder", "index"]
    assert archive.bytes_of("1.2.3.4") == data


def test_bytes_that_cannot_be_synced_do_not_stay(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has its name already and does not get to the disk is no object for anybody, and the next try replaces it."""
    data = made(tmp_path)
    prepare(archive, data)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(Unavailable):
            archive.take(data)
    assert [path.stat().st_size for path in archive.files()] == [0]
    assert list(Verification(archive.index, archive.stores).run()) == []
    assert archive.index.count() == 0
    assert archive.take(data).outcome == "stored"
    assert archive.bytes_of("1.2.3.4") == data


def test_a_folder_of_the_store_that_was_taken_away_is_made_again(archive: KeptArchive, tmp_path: Path) -> None:
    """Empty ones look as if nobody needed them."""
    data = made(tmp_path)
    prepare(archive, data).rmdir()
    assert archive.take(data).outcome == "stored"
    assert archive.bytes_of("1.2.3.4") == data


def prepare(archive: KeptArchive, data: bytes) -> Path:
    """Take an object in and delete it, so that its folder is there; return that."""
    archive.take(data)
    note = archive.index.find("1.2.3.4")
    assert note is not None
    for key in archive.index.delete(["1.2.3.4"]):
        archive.kept.erase(key)
        archive.index.erased([key])
    return archive.folder / "archive" / "objects" / kept_key_of(data)[1:4]


def noted_steps(archive: KeptArchive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which what brings an object to stable storage adds its name."""
    steps: list[str] = []
    fsync, link, rename, admit = os.fsync, os.link, os.rename, archive.index.admit

    def noted_fsync(descriptor: int) -> None:
        steps.append("sync folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "sync file")
        fsync(descriptor)

    def noted_link(path: Path, target: str) -> None:
        steps.append("link")
        try:
            link(path, target)
        except FileExistsError:
            steps.pop()
            raise

    def noted_rename(path: str, target: str) -> None:
        steps.append("rename")
        rename(path, target)

    def noted_admit(*arguments: object) -> object:
        steps.append("index")
        return admit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    monkeypatch.setattr(os, "rename", noted_rename)
    monkeypatch.setattr(archive.index, "admit", noted_admit)
    return steps


def kept_key_of(data: bytes) -> str:
    """Return the key of bytes."""
    import hashlib  # noqa: PLC0415 -- here only

    return kept_key(hashlib.sha256(data).hexdigest(), len(data))


def test_a_store_without_room_is_unavailable_and_no_bytes_are_left(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is told to try again; then it works."""
    data = made(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(Unavailable):
            archive.take(data)
    assert [path.stat().st_size for path in archive.files()] == [0]
    assert archive.index.count() == 0
    assert archive.take(data).outcome == "stored"


def fails(*_: object) -> None:
    """Fail as a full disk does."""
    raise OSError(28, "No space left on device")


def test_an_index_that_cannot_be_written_is_unavailable(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No object is acknowledged that the index does not have; the next try finds the bytes in place."""
    data = made(tmp_path)

    def busy(*_: object) -> object:
        raise Unavailable("busy")

    with monkeypatch.context() as patch:
        patch.setattr(archive.index, "admit", busy)
        with pytest.raises(Unavailable):
            archive.take(data)
    assert archive.index.find("1.2.3.4") is None
    assert archive.take(data).outcome == "stored"


def test_one_odd_note_does_not_spoil_the_others(
    archive: KeptArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes that share a transaction do not share their faults."""
    admit, gate = archive.index.admit, threading.Event()

    def admit_unless_odd(notes: list[object], policy: str, permissions: list[object]) -> object:
        gate.wait(5)
        if any(note.sop_instance_uid == "1.2.3.13" for note in notes):  # type: ignore[attr-defined]
            raise struct.error("odd")
        return admit(notes, policy, permissions)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.index, "admit", admit_unless_odd)
    objects = [made(tmp_path, f"1.2.3.{number}") for number in range(10, 20)]
    with ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(archive.take, data) for data in objects]
        gate.set()
        failed = [number for number, future in enumerate(futures) if future.exception() is not None]
    assert failed == [3]
    assert archive.index.count() == 9


def test_damaged_bytes_are_mended_by_sending_them_again(archive: KeptArchive, tmp_path: Path) -> None:
    """An object that has lost its bytes is unavailable, never gone, until somebody sends it once more."""
    data = made(tmp_path)
    archive.take(data)
    (file,) = archive.files()
    file.unlink()
    with pytest.raises(Unavailable):
        archive.bytes_of("1.2.3.4")
    assert archive.take(data).outcome == "same"
    assert archive.bytes_of("1.2.3.4") == data
    file.write_bytes(data[:-1])
    with pytest.raises(Unavailable):
        archive.bytes_of("1.2.3.4")
    archive.take(data)
    assert archive.bytes_of("1.2.3.4") == data


def test_deleted_objects_may_come_again(archive: KeptArchive, tmp_path: Path) -> None:
    """410 afterwards, until somebody stores the object anew."""
    data = made(tmp_path)
    archive.take(data)
    archive.index.delete(["1.2.3.4"])
    with pytest.raises(Gone):
        archive.bytes_of("1.2.3.4")
    assert archive.take(data).outcome == "stored"
    assert archive.bytes_of("1.2.3.4") == data


def test_every_refusal_has_a_status_a_reason_and_a_count() -> None:
    """Whatever an object is refused for can be told to each kind of sender, and is counted."""
    causes = set(get_args(RefusalCause))
    assert causes <= set(FAILURE_REASONS)
    assert causes == set(_REFUSALS)
    assert causes <= set(OUTCOMES)


def test_the_owner_of_a_uid_is_asked_also_after_a_change_of_version(tmp_path: Path) -> None:
    """A record of another version of the program is read again before somebody may take its object's place."""
    archive = KeptArchive(tmp_path, AdmissionRules(duplicates="replace"))
    theirs, ours = made(tmp_path, PatientID="theirs"), made(tmp_path, PatientID="ours", StudyInstanceUID="1.2.98")

    def may_store(_instance: Instance, description: Description) -> bool:
        return description.patient_id == "ours"

    def send(data: bytes) -> None:
        with Incoming(archive.kept.incoming) as incoming:
            incoming.write(data)
            archive.admission.take_in(incoming, may_store=may_store)

    archive.take(theirs)
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as database:
        database.execute("UPDATE instance SET record = CAST(X'0000' || substr(record, 3) AS BLOB)")
        database.commit()
    assert archive.index.described("1.2.3.4") is None
    with pytest.raises(Refused) as refused:
        send(ours)
    assert refused.value.cause == "not authorized"
    (file,) = archive.files()
    assert file.read_bytes() == theirs
    file.unlink()
    with pytest.raises(Unavailable):
        send(ours)


def test_nothing_is_put_where_the_store_was(tmp_path: Path) -> None:
    """A store that was there and is not, such as a disk that is not mounted, is no empty one: a later try succeeds."""
    store, mark = tmp_path / "store", tmp_path / "store.mark"

    def send(kept: KeptFolder, uid: str) -> None:
        with Incoming(kept.incoming) as incoming:
            incoming.write(made(tmp_path, uid))
            note = note_of(incoming.reader(), incoming.key, kept_stamp(incoming.key))
            assert note.reading is not None
            kept.put(incoming)

    kept = KeptFolder(store, mark)
    assert list(kept.keys()) == []
    send(kept, "1.2.3.1")
    store.rename(tmp_path / "away")
    for each in (kept, KeptFolder(store, mark)):
        with pytest.raises(OSError, match="mounted"):
            send(each, "1.2.3.2")
        with pytest.raises(OSError, match="mounted"):
            list(each.keys())
    assert not (store / "objects").exists()
    shutil.rmtree(store)
    (tmp_path / "away").rename(store)
    send(kept, "1.2.3.2")
    assert len(list(KeptFolder(store, mark).keys())) == 2


def test_a_store_that_others_make_at_this_moment_is_there(tmp_path: Path) -> None:
    """The first objects of a new archive come side by side: who finds no folder, and then the mark, looks again."""
    store, mark = tmp_path / "store", tmp_path / "store.mark"
    others = KeptFolder(store, mark)

    class Mark(type(mark)):  # type: ignore[misc]  # the class of a path differs by platform
        def read_bytes(self) -> bytes:
            """Return what it says after others have put an object."""
            if not mark.exists():
                with Incoming(others.incoming) as incoming:
                    incoming.write(made(tmp_path, "1.2.3.1"))
                    incoming.reader()
                    others.put(incoming)
            return mark.read_bytes()

    kept = KeptFolder(store, Mark(mark))
    with Incoming(kept.incoming) as incoming:
        incoming.write(made(tmp_path, "1.2.3.2"))
        incoming.reader()
        kept.put(incoming)
    assert len(list(kept.keys())) == 2
