"""Everything that is kept, against its digest and against the index, both ways; what can be mended is."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from kept_archive import KeptArchive
from made_objects import STUDY, write_object
from openwado import deletion
from openwado.deletion import delete_objects
from openwado.errors import Gone, Unavailable
from openwado.observe.audit_facts import Agent, Deleted
from openwado.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openwado.verification import Finding

DAY = 86400


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[KeptArchive]:
    """Give an archive with three objects."""
    made = KeptArchive(tmp_path / "data")
    for number in (1, 2, 3):
        made.take(write_object(tmp_path / "made.dcm", f"1.2.3.{number}").read_bytes())
    yield made
    made.index.close()


def found(archive: KeptArchive, *, repairs: bool = False) -> list[Finding]:
    """Return what is not sound."""
    return list(Verification(archive.index, archive.stores, repairs=repairs).run())


def file_of(archive: KeptArchive, uid: str) -> Path:
    """Return the file of an object."""
    return archive.folder / "archive" / "objects" / f"{archive.archive.locate_anywhere(uid).instance.key[1:]}.dcm"


def test_a_sound_archive(archive: KeptArchive) -> None:
    """Every byte is read, nothing is found."""
    verification = Verification(archive.index, archive.stores)
    assert list(verification.run()) == []
    assert verification.report.is_sound
    assert verification.report.counts == {"sound": 3}
    assert verification.report.bytes == sum(path.stat().st_size for path in archive.files())


def test_one_bit_is_noticed(archive: KeptArchive) -> None:
    """The digest tells; an object that comes again mends it."""
    path = file_of(archive, "1.2.3.2")
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (finding,) = found(archive, repairs=True)
    assert (finding.state, finding.repair, finding.sop_instance_uid) == ("damaged", "", "1.2.3.2")
    archive.take(data)
    assert found(archive) == []


def test_missing_bytes_are_noticed_and_the_object_is_not_forgotten(archive: KeptArchive) -> None:
    """A store that is away must not empty the index."""
    path = file_of(archive, "1.2.3.2")
    path.unlink()
    (finding,) = found(archive, repairs=True)
    assert (finding.state, finding.repair) == ("missing", "")
    assert archive.index.find("1.2.3.2") is not None


def test_bytes_that_the_index_does_not_know_get_in(archive: KeptArchive, tmp_path: Path) -> None:
    """A process that ended between store and index loses nothing, nor does an index that was lost altogether."""
    archive.index.close()
    for path in archive.folder.glob("index.sqlite*"):
        path.unlink()
    again = KeptArchive(tmp_path / "data")
    assert [finding.state for finding in found(again)] == ["unknown"] * 3
    assert [finding.repair for finding in found(again, repairs=True)] == ["indexed"] * 3
    assert found(again) == []
    assert again.index.count() == 3
    again.index.close()


def test_unknown_bytes_of_a_known_object_go_in_time(archive: KeptArchive, tmp_path: Path) -> None:
    """Another object holds the UID: they were refused, or are on their way to be; after a day they go."""
    other = KeptArchive(tmp_path / "other")
    other.take(write_object(tmp_path / "made.dcm", "1.2.3.2", PatientID="B").read_bytes())
    (source,) = other.files()
    path = archive.folder / "archive" / "objects" / source.parent.name / source.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(source.read_bytes())
    assert [(finding.state, finding.repair) for finding in found(archive, repairs=True)] == [("unknown", "")]
    os.utime(path, (time.time() - 2 * DAY,) * 2)
    assert [(finding.state, finding.repair) for finding in found(archive, repairs=True)] == [("unknown", "erased")]
    assert not path.exists()


def test_damaged_unknown_bytes_stay_for_somebody_to_look_at(archive: KeptArchive) -> None:
    """Nothing is taken away that may be all that is left of an object."""
    path = file_of(archive, "1.2.3.2")
    stray = path.with_name(f"{path.name[:3]}{'0' * 61}.{path.stat().st_size}.dcm")
    stray.write_bytes(path.read_bytes())
    os.utime(stray, (time.time() - 2 * DAY,) * 2)
    assert [(finding.state, finding.repair) for finding in found(archive, repairs=True)] == [("unknown", "")]
    assert stray.exists()


def test_an_interrupted_deletion_is_finished(archive: KeptArchive) -> None:
    """Once the index says that an object is deleted, it stays so; its bytes do not bring it back."""
    path = file_of(archive, "1.2.3.2")
    archive.index.delete(["1.2.3.2"])
    assert [finding.state for finding in found(archive)] == ["deleted"]
    assert [finding.repair for finding in found(archive, repairs=True)] == ["erased"]
    assert not path.exists()
    assert found(archive) == []
    with pytest.raises(Gone):
        archive.archive.locate_anywhere("1.2.3.2")


def test_deletion_takes_the_bytes_away(archive: KeptArchive) -> None:
    """All objects of a study: gone, and no file is left."""
    deleted = delete_objects(archive.index, archive.kept, archive.index.uids_of(STUDY))
    assert (deleted.objects, deleted.erased, deleted.left) == (3, 3, 0)
    assert archive.files() == []
    assert found(archive) == []
    with pytest.raises(Gone):
        archive.archive.locate_anywhere("1.2.3.1")


def test_what_cut_off_transfers_left_is_taken_away_after_a_day(archive: KeptArchive) -> None:
    """A process that was killed leaves a file; it is no object, and nobody sees it."""
    for name, age in (("incoming-old", 2 * DAY), ("incoming-new", 60)):
        path = archive.kept.incoming / name
        path.write_bytes(b"part of an object")
        os.utime(path, (time.time() - age,) * 2)
    verification = Verification(archive.index, archive.stores, repairs=True)
    assert list(verification.run()) == []
    assert verification.report.left_behind == 1
    assert [path.name for path in archive.kept.incoming.iterdir()] == ["incoming-new"]


def test_a_deletion_that_breaks_off_is_noted_as_far_as_it_came(
    archive: KeptArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone is told, also if the index fails before the rest; nothing more."""
    uids = archive.index.uids_of(STUDY)
    delete = archive.index.delete
    noted: list[Deleted] = []

    def delete_once(batch: Sequence[str]) -> list[str]:
        if list(batch) != uids[:2]:
            raise Unavailable("The index is away.")
        return delete(batch)

    monkeypatch.setattr(deletion, "_BATCH", 2)
    monkeypatch.setattr(archive.index, "delete", delete_once)
    with pytest.raises(Unavailable):
        deletion.delete_and_note(archive.index, archive.kept, Agent("ann"), uids, noted.append)
    (fact,) = noted
    assert (sorted(uid for each in fact.classes.values() for uid in each), fact.whole) == (sorted(uids[:2]), False)
    monkeypatch.undo()
    noted.clear()
    deletion.delete_and_note(archive.index, archive.kept, Agent("ann"), archive.index.uids_of(STUDY), noted.append)
    assert [fact.whole for fact in noted] == [True]
    assert [uid for fact in noted for each in fact.classes.values() for uid in each] == uids[2:]
