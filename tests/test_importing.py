"""Files copied into the archive: folders, ZIP archives, a DICOMDIR; a run goes on where an earlier one ended."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pydicom
import pytest

from made_objects import write_object
from openwado import importing
from openwado.errors import Unavailable
from openwado.ingest import index_paths

if TYPE_CHECKING:
    from pathlib import Path

    from kept_archive import KeptArchive
    from openwado.archive.incoming import Incoming


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three objects, one of them deeper, and a text."""
    made = tmp_path / "folder"
    (made / "deep").mkdir(parents=True)
    write_object(made / "a.dcm", "1.2.3.10")
    write_object(made / "b", "1.2.3.11")
    write_object(made / "deep" / "c.dcm", "1.2.3.12")
    (made / "read.me").write_text("no object", encoding="utf-8")
    return made


def test_a_folder(archive: KeptArchive, folder: Path) -> None:
    """Every object is there byte for byte; what is no object is named with its reason; the files are untouched."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    summary = archive.imported(folder)
    assert (summary.seen, summary.indexed, summary.unchanged) == (4, 3, 0)
    assert [(skipped.reason, skipped.count) for skipped in summary.skipped] == [("not DICOM", 1)]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert archive.bytes_of("1.2.3.12") == before[folder / "deep" / "c.dcm"]
    assert len(archive.files()) == 3


def test_a_second_run_reads_only_what_is_new(archive: KeptArchive, folder: Path) -> None:
    """What was imported is known by its path and stamp; the same object under another name is there already."""
    archive.imported(folder)
    write_object(folder / "d.dcm", "1.2.3.13")
    (folder / "copy.dcm").write_bytes((folder / "a.dcm").read_bytes())
    summary = archive.imported(folder)
    assert (summary.indexed, summary.number_of_duplicates, summary.unchanged) == (1, 1, 3)


def test_an_interrupted_run_goes_on(archive: KeptArchive, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken in before stays; the next run takes in the rest."""
    take_in, count = archive.admission.take_in, 0

    def take_in_two(incoming: Incoming) -> object:
        nonlocal count
        count += 1
        if count > 2:
            raise Unavailable("no room")
        return take_in(incoming)

    with monkeypatch.context() as patch:
        patch.setattr(archive.admission, "take_in", take_in_two)
        patch.setattr(importing, "AT_A_TIME", 1)
        with pytest.raises(Unavailable):
            archive.imported(folder)
    assert archive.index.count() == 2
    summary = archive.imported(folder)
    assert (summary.indexed, summary.unchanged + summary.number_of_duplicates) == (1, 2)
    assert archive.index.count() == 3


def test_what_was_indexed_in_place_is_copied(archive: KeptArchive, folder: Path) -> None:
    """After an import the files are not needed any more."""
    index_paths([folder], archive.index, archive.stores)
    data = (folder / "a.dcm").read_bytes()
    assert archive.imported(folder).updated == 3
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    index_paths([folder], archive.index, archive.stores)
    assert archive.bytes_of("1.2.3.10") == data
    assert archive.index.count() == 3


def test_a_refused_file_stays_indexed_in_place(archive: KeptArchive, folder: Path) -> None:
    """An object that the archive does not take is served from where it lies, as before."""
    path = folder / "a.dcm"
    path.write_bytes(path.read_bytes()[:-2])
    index_paths([folder], archive.index, archive.stores)
    assert archive.imported(folder).skipped[0].count == 1
    assert archive.bytes_of("1.2.3.10") == path.read_bytes()


def test_what_was_deleted_is_imported_again_when_asked(archive: KeptArchive, folder: Path) -> None:
    """A note of an earlier run does not stand in the way of an object that is not there any more."""
    archive.imported(folder)
    archive.kept.erase(archive.index.delete(["1.2.3.10"])[0])
    summary = archive.imported(folder)
    assert (summary.indexed, summary.unchanged) == (1, 2)
    assert archive.bytes_of("1.2.3.10") == (folder / "a.dcm").read_bytes()


def test_a_zip_archive(archive: KeptArchive, folder: Path, tmp_path: Path) -> None:
    """Its members are taken in, also deflated ones; folders and a DICOMDIR in it are passed over."""
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.mkdir("IMAGES")
        made.write(folder / "a.dcm", "IMAGES/a", zipfile.ZIP_DEFLATED)
        made.write(folder / "b", "IMAGES/b")
        made.writestr("DICOMDIR", b"any")
        made.writestr("read.me", "no object")
    summary = archive.imported(path)
    assert (summary.indexed, [(skipped.reason, skipped.count) for skipped in summary.skipped]) == (
        2,
        [("not DICOM", 1)],
    )
    assert archive.bytes_of("1.2.3.10") == (folder / "a.dcm").read_bytes()
    assert archive.imported(path).number_of_duplicates == 2


def test_names_in_a_zip_archive_lead_nowhere(archive: KeptArchive, folder: Path, tmp_path: Path) -> None:
    """A member is named as it likes; its bytes go under a key made of them."""
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.write(folder / "a.dcm", "../../../../tmp/evil")
    assert archive.imported(path).indexed == 1
    assert all(file.is_relative_to(archive.folder / "archive" / "objects") for file in archive.files())


def test_a_bomb_in_a_zip_archive_is_left_out(archive: KeptArchive, tmp_path: Path) -> None:
    """What inflates beyond the largest object is not taken in, whether its header says so or lies."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb", bytes(50 << 20))
    assert archive.imported(path, most_bytes=1 << 20).skipped[0].reason == importing.TOO_LARGE
    lying = path.read_bytes().replace((50 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(lying)
    assert archive.imported(path, most_bytes=1 << 20).skipped[0].count == 1
    assert archive.files() == []


@pytest.mark.parametrize("spoil", [lambda data: data[:-30], lambda data: data[:60] + bytes(40) + data[100:]])
def test_a_damaged_zip_archive_is_named(archive: KeptArchive, folder: Path, tmp_path: Path, spoil: object) -> None:
    """What can be read of it may be taken in; that something is wrong is said."""
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.write(folder / "a.dcm", "a")
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    assert archive.imported(path).skipped[0].reason == importing.DAMAGED_ZIP


def write_dicomdir(folder: Path, *files: list[str]) -> Path:
    """Write a DICOMDIR whose records name files by their components."""
    directory = pydicom.Dataset()
    directory.DirectoryRecordSequence = []
    for components in files:
        record = pydicom.Dataset()
        record.ReferencedFileID = components
        directory.DirectoryRecordSequence.append(record)
    directory.file_meta = pydicom.dataset.FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = pydicom.uid.MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3")
    directory.save_as(folder / "DICOMDIR", enforce_file_format=True)
    return folder / "DICOMDIR"


def test_a_dicomdir_names_its_files(archive: KeptArchive, folder: Path) -> None:
    """Given as a file it stands for what it names (PS3.10 8.5), and for nothing else in its folder."""
    data = (folder / "deep" / "c.dcm").read_bytes()
    (folder / "a.dcm").rename(folder / "A")
    (folder / "deep").rename(folder / "DEEP")
    (folder / "DEEP" / "c.dcm").rename(folder / "DEEP" / "C")
    assert archive.imported(write_dicomdir(folder, ["A"], ["DEEP", "C"])).indexed == 2
    assert archive.index.find("1.2.3.11") is None
    assert archive.bytes_of("1.2.3.12") == data


def test_a_dicomdir_cannot_name_files_elsewhere(archive: KeptArchive, folder: Path, tmp_path: Path) -> None:
    """A record that leads out of the folder of the DICOMDIR is left out, and so is one whose file is missing."""
    disc = tmp_path / "disc"
    disc.mkdir()
    folder.rename(tmp_path / "FOLDER")
    (tmp_path / "FOLDER" / "a.dcm").rename(tmp_path / "FOLDER" / "A")
    path = write_dicomdir(disc, ["UP", "FOLDER", "A"], ["NO", "SUCH"])
    path.write_bytes(path.read_bytes().replace(b"UP\\", b"..\\"))
    reasons = {skipped.reason for skipped in archive.imported(path).skipped}
    assert {importing.OUTSIDE, importing.NOT_THERE} <= reasons
    assert archive.index.count() == 0


def test_the_corpus(archive: KeptArchive, corpus: Path) -> None:
    """Whatever is taken in comes back byte for byte; every other file has a reason."""
    summary = archive.imported(corpus / "dicom")
    assert summary.indexed == archive.index.count() > 350
    assert summary.indexed + sum(skipped.count for skipped in summary.skipped) == summary.seen
    stored = {path.stem for path in archive.files()}
    kept = 0
    for path in (corpus / "dicom").rglob("*"):
        note = archive.index.file(str(path)) if path.is_file() else None
        if note is not None:
            kept += 1
            assert archive.bytes_of(note.sop_instance_uid) == path.read_bytes()
    assert kept == len(stored) == summary.indexed
