"""Folders that others write into: indexed in place, or moved into the archive once nobody writes any more."""

from __future__ import annotations

import logging
import zipfile
from typing import TYPE_CHECKING

import pytest

from made_objects import write_object
from openwado.errors import Gone, Unavailable
from openwado.watching import Watching

if TYPE_CHECKING:
    from pathlib import Path

    from kept_archive import KeptArchive
    from openwado.watching import Mode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    made = tmp_path / "watched"
    made.mkdir()
    return made


def watching(archive: KeptArchive, folder: Path, mode: Mode) -> Watching:
    """Return what watches a folder."""
    return Watching([folder], mode, archive.index, archive.stores, archive.admission, most_bytes=1 << 20)


def test_in_place(archive: KeptArchive, folder: Path) -> None:
    """What appears is indexed where it lies, what changes is read again, what vanishes is gone."""
    watch = watching(archive, folder, "in place")
    assert watch.look() == 0
    path = write_object(folder / "a.dcm", "1.2.3.1")
    assert watch.look() == 1
    assert archive.bytes_of("1.2.3.1") == path.read_bytes()
    write_object(path, "1.2.3.1", PatientID="changed")
    assert watch.look() == 1
    path.unlink()
    assert watch.look() == 0
    with pytest.raises(Gone):
        archive.bytes_of("1.2.3.1")


def test_a_folder_that_is_away_is_told_and_not_emptied(
    archive: KeptArchive, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A share that is not mounted is one line in the log; what was in it is known again at once when it is back."""
    caplog.set_level(logging.INFO)
    path = write_object(folder / "a.dcm", "1.2.3.1")
    watch = watching(archive, folder, "in place")
    assert watch.look() == 1
    folder.rename(folder.with_name("elsewhere"))
    assert (watch.look(), watch.look()) == (0, 0)
    assert [record.levelname for record in caplog.records if "is not there" in record.getMessage()] == ["ERROR"]
    assert archive.index.count() == 1
    folder.with_name("elsewhere").rename(folder)
    assert watch.look() == 0
    assert "watched folder is there again" in caplog.text
    assert archive.bytes_of("1.2.3.1") == path.read_bytes()
    path.unlink()
    watch.look()
    assert "watched folder: files are gone files=1" in caplog.text


def test_moved_when_nobody_writes_any_more(archive: KeptArchive, folder: Path) -> None:
    """A file that grows is left alone; one that has been the same for two looks goes into the archive."""
    watch = watching(archive, folder, "move")
    path = folder / "a.dcm"
    data = write_object(path, "1.2.3.1").read_bytes()
    path.write_bytes(data[:100])
    assert watch.look() == 0
    path.write_bytes(data)
    assert watch.look() == 0
    assert path.exists()
    assert watch.look() == 1
    assert not path.exists()
    assert archive.bytes_of("1.2.3.1") == data


def test_a_file_stays_until_its_object_is_safe(
    archive: KeptArchive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the archive cannot be written, nothing is taken away; then it goes on."""
    watch = watching(archive, folder, "move")
    path = write_object(folder / "a.dcm", "1.2.3.1")
    watch.look()

    def busy(*_: object) -> object:
        raise Unavailable("busy")

    with monkeypatch.context() as patch:
        patch.setattr(archive.index, "admit", busy)
        with pytest.raises(Unavailable):
            watch.look()
    assert path.exists()
    watch.look()
    assert not path.exists()
    assert archive.index.count() == 1


def test_a_file_whose_object_is_there_already_is_taken_away(archive: KeptArchive, folder: Path) -> None:
    """Also where an earlier run ended before it could."""
    data = write_object(folder / "a.dcm", "1.2.3.1").read_bytes()
    archive.take(data)
    watch = watching(archive, folder, "move")
    for _ in range(2):
        watch.look()
    assert list(folder.iterdir()) == []


def test_what_is_left_out_stays_and_is_not_tried_again_until_it_changes(archive: KeptArchive, folder: Path) -> None:
    """No object, and another object's UID with other bytes: both stay for somebody to look at."""
    archive.take(write_object(folder / "a.dcm", "1.2.3.1").read_bytes())
    path = write_object(folder / "a.dcm", "1.2.3.1", PatientID="other")
    (folder / "read.me").write_text("no object", encoding="utf-8")
    watch = watching(archive, folder, "move")
    for _ in range(3):
        assert watch.look() == 0
    assert sorted(file.name for file in folder.iterdir()) == ["a.dcm", "read.me"]
    write_object(path, "1.2.3.2")
    assert [watch.look() for _ in range(2)] == [0, 1]
    assert not path.exists()


def test_members_of_a_zip_archive_are_taken_in_once(archive: KeptArchive, folder: Path, tmp_path: Path) -> None:
    """The archive itself stays."""
    with zipfile.ZipFile(folder / "study.zip", "w") as made:
        made.write(write_object(tmp_path / "a.dcm", "1.2.3.1"), "a")
    watch = watching(archive, folder, "move")
    assert [watch.look() for _ in range(4)] == [0, 1, 0, 0]
    assert (folder / "study.zip").exists()
