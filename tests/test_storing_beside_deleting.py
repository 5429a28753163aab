"""Objects stored while they are deleted, or deleted while their store is away: none is lost, and none stays."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kept_archive import KeptArchive
from made_objects import write_object
from openwado.admission import Refused
from openwado.archive.incoming import Incoming
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.kept_objects import is_wanted
from openwado.deletion import delete_objects
from openwado.errors import Gone, Unavailable
from openwado.verification import Verification

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.dicom.instance import Description, Instance

UID = "1.2.3.4"


def made(folder: Path, uid: str = UID, study: str = "1.2.3", series: str = "1.2.3.9", **attributes: object) -> bytes:
    """Return the bytes of an object."""
    return write_object(folder / "made.dcm", uid, study, series, **attributes).read_bytes()  # type: ignore[arg-type]


def test_what_is_stored_before_its_bytes_are_taken_away_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index says gone, somebody stores the same bytes, and then they would be erased: they are found wanted."""
    archive = KeptArchive(tmp_path)
    data = made(tmp_path)
    archive.take(data)
    erase = KeptFolder.erase

    def erase_late(kept: KeptFolder, key: str, wanted: object) -> bool:
        assert archive.take(data).outcome == "stored"
        return erase(kept, key, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(KeptFolder, "erase", erase_late)
    assert delete_objects(archive.index, archive.kept, [UID]).erased == 0
    assert archive.bytes_of(UID) == data
    assert [file.suffix for file in (archive.folder / "archive").rglob("*.*")] == [".dcm"]


def test_what_is_stored_while_its_bytes_are_taken_away_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are put, taken away, and then the index is told: whoever sends it hears to send it again, and may."""
    archive = KeptArchive(tmp_path)
    data = made(tmp_path)
    archive.take(data)
    (key,) = archive.index.delete([UID])
    admit = archive.index.admit

    def admit_late(*arguments: object) -> object:
        assert archive.kept.erase(key, lambda: is_wanted(archive.index, key))
        archive.index.erased([key])
        return admit(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(archive.index, "admit", admit_late)
        with pytest.raises(Unavailable):
            archive.take(data)
    assert archive.take(data).outcome in ("same", "stored")
    assert archive.bytes_of(UID) == data


def test_an_index_that_does_not_answer_keeps_the_bytes(tmp_path: Path) -> None:
    """Nobody knows whether they are wanted: they have their name again, and are taken away later."""
    archive = KeptArchive(tmp_path)
    archive.take(made(tmp_path))
    (key,) = archive.index.delete([UID])

    def away() -> bool:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        archive.kept.erase(key, away)
    assert archive.kept.is_there(key)
    assert [finding.repair for finding in Verification(archive.index, archive.stores, repairs=True).run()] == ["erased"]
    assert archive.files() == []


def test_a_process_that_ended_while_it_erased_leaves_nothing(tmp_path: Path) -> None:
    """The bytes of a deleted object go with the next try, whatever name they have."""
    archive = KeptArchive(tmp_path)
    archive.take(made(tmp_path))
    (key,) = archive.index.delete([UID])
    (file,) = archive.files()
    file.rename(file.with_name(file.name + ".erased"))
    assert [finding.repair for finding in Verification(archive.index, archive.stores, repairs=True).run()] == ["erased"]
    assert [path for path in (archive.folder / "archive" / "objects").rglob("*") if path.is_file()] == []
    assert archive.index.deleted() == []
    assert key


def test_what_is_deleted_while_the_store_is_away_stays_deleted(tmp_path: Path) -> None:
    """Its bytes are not taken for gone: when the store is back, they are taken away, and nobody brings them back."""
    archive = KeptArchive(tmp_path)
    kept = KeptFolder(tmp_path / "store", tmp_path / "store.mark")
    archive.kept = archive.stores.kept = archive.admission._kept = kept
    archive.take(made(tmp_path))
    (tmp_path / "store").rename(tmp_path / "away")
    deleted = delete_objects(archive.index, kept, [UID])
    assert (deleted.objects, deleted.erased, deleted.left) == (1, 0, 1)
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    (tmp_path / "away").rename(tmp_path / "store")
    assert [finding.repair for finding in Verification(archive.index, archive.stores, repairs=True).run()] == ["erased"]
    assert list(kept.keys()) == []
    with pytest.raises(Gone):
        archive.bytes_of(UID)


def test_nobody_plants_a_series_of_others_in_a_study_of_their_own(tmp_path: Path) -> None:
    """The UID of a series of others is theirs in any study; and a list of a study shows its own objects alone."""
    archive = KeptArchive(tmp_path)
    archive.take(made(tmp_path, PatientID="theirs"))

    def may_store(_: Instance, description: Description) -> bool:
        return description.patient_id == "ours"

    def send(data: bytes) -> None:
        with Incoming(archive.kept.incoming) as incoming:
            incoming.write(data)
            archive.admission.take_in(incoming, may_store=may_store)

    planted = made(tmp_path, "1.2.3.5", "1.2.99", PatientID="ours")
    with pytest.raises(Refused) as refused:
        send(planted)
    assert refused.value.cause == "not authorized"
    send(made(tmp_path, "1.2.3.6", "1.2.99", "1.2.99.1", PatientID="ours"))
    archive.take(planted)  # by somebody who may store everything

    def listed(study: str) -> list[str]:
        rows = archive.index.instances("1.2.3.9", offset=0, limit=9, study_instance_uid=study)
        return [row.instance.sop_instance_uid for row in rows]

    assert listed("1.2.3") == [UID]
    assert listed("1.2.99") == ["1.2.3.5"]
    assert sorted(listed("")) == [UID, "1.2.3.5"]


def test_the_mark_of_a_store_knows_its_folder_by_any_name(tmp_path: Path) -> None:
    """Names that are no text, links and detours: one store is one, and an odd mark keeps nobody from storing."""
    odd = tmp_path / "st\udcf6re"
    link = tmp_path / "link"
    link.symlink_to(odd)
    mark = tmp_path / "store.mark"
    mark.write_bytes(b"\xff\xfe")

    def send(kept: KeptFolder, uid: str) -> None:
        with Incoming(kept.incoming) as incoming:
            incoming.write(made(tmp_path, uid))
            incoming.reader()
            kept.put(incoming)

    send(KeptFolder(odd, mark), "1.2.3.1")
    send(KeptFolder(link, mark), "1.2.3.2")
    (tmp_path / "x").mkdir()
    send(KeptFolder(tmp_path / "x" / ".." / "link", mark), "1.2.3.3")
    assert len(list(KeptFolder(odd, mark).keys())) == 3
    odd.rename(tmp_path / "away")
    odd.mkdir()
    for name in (odd, link):
        with pytest.raises(OSError, match="mounted"):
            send(KeptFolder(name, mark), "1.2.3.4")


def test_a_store_that_is_looked_at_is_marked(tmp_path: Path) -> None:
    """One that was filled before there were marks is known from the first look on."""
    store, mark = tmp_path / "store", tmp_path / "store.mark"
    with Incoming(KeptFolder(store).incoming) as incoming:
        incoming.write(made(tmp_path))
        incoming.reader()
        KeptFolder(store).put(incoming)
    assert len(list(KeptFolder(store, mark).keys())) == 1
    shutil.rmtree(store)
    with pytest.raises(OSError, match="mounted"):
        list(KeptFolder(store, mark).keys())
