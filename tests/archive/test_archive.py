"""Index and store as one: what is located is true, or it is not answered."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.uid import MPEG2MPML

from made_objects import SERIES, STUDY, write_enhanced_object, write_object
from openwado.archive.archive import Archive, Changed
from openwado.archive.file_store import FileStore
from openwado.archive.index import Admitted
from openwado.errors import BadRequest, CorruptObject, Gone, NotFound, NotSupported, Unavailable
from openwado.ingest import index_paths, read_again, read_file, reread
from video_clips import in_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openwado.archive.file_store import StoredFile
    from openwado.archive.index import FileNote
    from openwado.archive.sqlite import SqliteIndex
    from openwado.dicom.instance import Stamp


@pytest.fixture
def index(sqlite_index: SqliteIndex) -> SqliteIndex:
    """Return an empty index."""
    return sqlite_index


class Rereader:
    """Reads a file again as ingest does, and counts how often."""

    def __init__(self, index: SqliteIndex) -> None:
        self.keys: list[str] = []
        self._index = index

    def __call__(self, key: str) -> None:
        """Read a file again."""
        self.keys.append(key)
        reread(self._index, FileStore(), key)


@pytest.fixture
def rereader(index: SqliteIndex) -> Rereader:
    """Return what reads files again for the archive."""
    return Rereader(index)


@pytest.fixture
def archive(index: SqliteIndex, rereader: Rereader) -> Archive:
    """Return an archive over the index."""
    return Archive(index, FileStore(), rereader)


@pytest.fixture
def file(tmp_path: Path, index: SqliteIndex) -> Path:
    """Return the file of an object, 1.2.3.1.1.1, that is indexed."""
    path = write_object(tmp_path / "files" / "b.dcm", "1.2.3.1.1.1")
    index_paths([path.parent], index, FileStore())
    return path


UID = "1.2.3.1.1.1"


def test_an_untouched_object_is_located_without_reading(archive: Archive, file: Path, rereader: Rereader) -> None:
    """Look-up of an object whose file is as it was reads nothing again, and opens the very file."""
    located = archive.locate(STUDY, SERIES, UID)
    assert (located.instance.key, located.instance.family) == (str(file), "image")
    with archive.open(located) as stored:
        assert stored.read_at(0, stored.size) == file.read_bytes()
    assert rereader.keys == []


@pytest.mark.parametrize(
    "uids", [("9", SERIES, UID), (STUDY, "9", UID), (STUDY, SERIES, "9"), (STUDY, UID, SERIES), ("", "", UID)]
)
@pytest.mark.usefixtures("file")
def test_req_uri_8_1_4_wrong_parents_look_like_an_unknown_object(archive: Archive, uids: tuple[str, str, str]) -> None:
    """Unknown UIDs and wrong parents get the same sentence, so that nobody learns where an object really is."""
    with pytest.raises(NotFound) as wrong:
        archive.locate(*uids)
    with pytest.raises(NotFound) as unknown:
        archive.locate("7", "8", "9")
    assert wrong.value.public == unknown.value.public
    assert wrong.value.detail == unknown.value.detail == ""


def test_wrong_parents_of_a_gone_object_are_not_found(archive: Archive, file: Path) -> None:
    """That an object was removed is told only to who knows all of its UIDs."""
    file.unlink()
    with pytest.raises(Gone):
        archive.locate(STUDY, SERIES, UID)
    with pytest.raises(NotFound):
        archive.locate(STUDY, "9", UID)


def test_a_changed_file_is_read_again_before_it_is_answered(archive: Archive, file: Path, rereader: Rereader) -> None:
    """A file that was overwritten is located under its new record, with a new version, after one reading."""
    before = archive.locate(STUDY, SERIES, UID)
    write_object(file, UID, WindowCenter=50, WindowWidth=100)
    after = archive.locate(STUDY, SERIES, UID)
    assert after.instance.version != before.instance.version
    assert after.instance.picture is not None
    assert [window.center for window in after.instance.picture.frame_attributes.windows] == [50]
    archive.locate(STUDY, SERIES, UID)
    assert rereader.keys == [str(file)]


def test_req_uri_8_1_4_5_a_removed_file_is_gone(archive: Archive, file: Path, index: SqliteIndex) -> None:
    """An object whose file was removed is gone, also for lists, and costs no reading."""
    located = archive.locate(STUDY, SERIES, UID)
    file.unlink()
    for _ in range(2):
        with pytest.raises(Gone):
            archive.locate(STUDY, SERIES, UID)
    with pytest.raises(Gone):
        archive.open(located)
    assert index.count() == 0


def test_a_gone_object_is_found_again_when_its_file_is_back(archive: Archive, file: Path, rereader: Rereader) -> None:
    """A file that comes back is read once, and its object is there again."""
    data = file.read_bytes()
    file.unlink()
    with pytest.raises(Gone):
        archive.locate(STUDY, SERIES, UID)
    file.write_bytes(data)
    assert archive.locate(STUDY, SERIES, UID).gone is False
    assert rereader.keys == [str(file)]


def test_a_duplicate_takes_the_place_of_a_removed_file(
    archive: Archive, file: Path, tmp_path: Path, index: SqliteIndex
) -> None:
    """The first duplicate that is still there answers at once; those that are not are passed over."""
    for name in ("c.dcm", "d.dcm", "e.dcm"):
        (tmp_path / "files" / name).write_bytes(file.read_bytes())
    index_paths([file.parent], index, FileStore())
    file.unlink()
    (tmp_path / "files" / "c.dcm").unlink()
    located = archive.locate(STUDY, SERIES, UID)
    assert located.instance.key == str(tmp_path / "files" / "d.dcm")
    with archive.open(located) as stored:
        assert stored.stamp() == located.instance.stamp
    (tmp_path / "files" / "d.dcm").unlink()
    (tmp_path / "files" / "e.dcm").unlink()
    with pytest.raises(Gone):
        archive.locate(STUDY, SERIES, UID)


def test_a_file_that_became_another_object_is_gone(archive: Archive, file: Path, rereader: Rereader) -> None:
    """Where the file holds another object now, the old one is gone, the new one is found, and asking is cheap."""
    write_object(file, "1.2.3.1.1.2")
    for _ in range(3):
        with pytest.raises(Gone):
            archive.locate(STUDY, SERIES, UID)
    assert archive.locate(STUDY, SERIES, "1.2.3.1.1.2").instance.key == str(file)
    assert rereader.keys == [str(file)]


def test_a_file_that_is_garbage_now_is_gone(archive: Archive, file: Path, rereader: Rereader) -> None:
    """A file overwritten with something else is read once, not at every request."""
    file.write_bytes(b"something else entirely, and long enough")
    for _ in range(3):
        with pytest.raises(Gone):
            archive.locate(STUDY, SERIES, UID)
    assert rereader.keys == [str(file)]


def test_bytes_of_another_version_are_never_opened(archive: Archive, file: Path) -> None:
    """A file replaced between look-up and opening is refused for the old record, and opens for the new one."""
    located = archive.locate(STUDY, SERIES, UID)
    write_object(file, UID, WindowCenter=50, WindowWidth=100)
    with pytest.raises(Changed) as changed:
        archive.open(located)
    assert changed.value.retry_after == 1
    again = archive.locate(STUDY, SERIES, UID)
    with archive.open(again) as stored:
        assert stored.stamp() == again.instance.stamp


def test_a_file_that_is_a_fifo_now_is_gone(archive: Archive, file: Path) -> None:
    """What took the file's place is not waited for."""
    located = archive.locate(STUDY, SERIES, UID)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(Gone):
        archive.locate(STUDY, SERIES, UID)
    with pytest.raises(Unavailable):
        archive.open(located)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Give up the right to read everything, where the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_unavailable_not_gone(archive: Archive, file: Path, index: SqliteIndex) -> None:
    """Missing permissions are a fault of the moment: 503, and the object stays in the index."""
    located = archive.locate(STUDY, SERIES, UID)
    file.parent.chmod(0)
    with without_privileges():
        with pytest.raises(Unavailable) as refused:
            archive.locate(STUDY, SERIES, UID)
        with pytest.raises(Unavailable):
            archive.open(located)
    file.parent.chmod(0o755)
    assert str(file) not in refused.value.public
    assert not isinstance(refused.value, Changed)
    assert index.count() == 1
    assert archive.locate(STUDY, SERIES, UID) == located


def test_a_removed_file_is_gone_even_if_that_cannot_be_written_down(
    archive: Archive, file: Path, index: SqliteIndex
) -> None:
    """With a full or read-only disk the truth is told all the same."""
    with index._connections.writing() as writer:
        writer.execute("PRAGMA query_only = ON")
    file.unlink()
    with pytest.raises(Gone):
        archive.locate(STUDY, SERIES, UID)
    with index._connections.writing() as writer:
        writer.execute("PRAGMA query_only = OFF")
    assert index.count() == 1


def test_a_changed_file_is_unavailable_if_the_index_cannot_be_written(
    archive: Archive, file: Path, index: SqliteIndex
) -> None:
    """A stale record is never answered from: without a place for the new one the answer is 503."""
    with index._connections.writing() as writer:
        writer.execute("PRAGMA query_only = ON")
    write_object(file, UID, WindowCenter=50, WindowWidth=100)
    with pytest.raises(Unavailable):
        archive.locate(STUDY, SERIES, UID)


def test_a_record_of_another_version_is_read_again_when_asked_for(
    archive: Archive, file: Path, index: SqliteIndex, tmp_path: Path, rereader: Rereader
) -> None:
    """After an upgrade an object answers at its first request, without waiting for an index run."""
    before = archive.locate(STUDY, SERIES, UID)
    other = sqlite3.connect(tmp_path / "index.sqlite")
    other.execute("UPDATE instance SET record = CAST(x'0000' || substr(record, 3) AS BLOB)")
    other.commit()
    other.close()
    assert archive.locate(STUDY, SERIES, UID) == before
    assert rereader.keys == [str(file)]
    assert index.count() == 1


def test_a_native_frame_is_computed(archive: Archive, tmp_path: Path, index: SqliteIndex) -> None:
    """Frames of native pixel data follow one another; the frame attributes are those of the picture."""
    path = write_object(
        tmp_path / "multi.dcm", "1.9", NumberOfFrames=3, PixelData=bytes(96), RescaleSlope=2, RescaleIntercept=-5
    )
    index_paths([path], index, FileStore())
    located = archive.locate(STUDY, SERIES, "1.9")
    entry, found = archive.frame(located, 3)
    first, _ = archive.frame(located, 1)
    assert (entry.offset - first.offset, entry.length) == (64, 32)
    assert (found.rescale_slope, found.rescale_intercept) == (2, -5)
    assert archive.frames(located) == tuple(archive.frame(located, number)[0] for number in (1, 2, 3))


def test_a_frame_with_attributes_of_its_own_gets_them(archive: Archive, tmp_path: Path, index: SqliteIndex) -> None:
    """Each frame of an enhanced object comes with the rescale of its functional group."""
    path = write_enhanced_object(tmp_path / "enhanced.dcm", "1.9", [1.0, 2.5, 1.0])
    index_paths([path], index, FileStore())
    located = archive.locate(STUDY, SERIES, "1.9")
    assert [archive.frame(located, number)[1].rescale_slope for number in (1, 2, 3)] == [1.0, 2.5, 1.0]
    assert len(archive.frames(located)) == 3


@pytest.mark.usefixtures("file")
def test_req_uri_8_2_7_2_a_frame_that_is_not_there_is_a_bad_request(archive: Archive) -> None:
    """Frame numbers start at 1 and end at the number of frames."""
    located = archive.locate(STUDY, SERIES, UID)
    for number in (-1, 0, 2, 1 << 70):
        with pytest.raises(BadRequest) as refused:
            archive.frame(located, number)
        assert refused.value.parameter == "frameNumber"


def test_a_frame_of_what_cannot_be_drawn_is_not_supported(
    archive: Archive, index: SqliteIndex, note: Callable[..., FileNote]
) -> None:
    """An image without picture record has no frames to compute; encapsulated ones without entries are corrupt."""
    index.write([note("/a", "1.5", drawable=False)])
    located = index.find("1.5")
    assert located is not None
    with pytest.raises(NotSupported):
        archive.frame(located, 1)
    with pytest.raises(NotSupported):
        archive.frames(located)


def test_a_record_replaced_meanwhile_is_changed(
    archive: Archive, index: SqliteIndex, note: Callable[..., FileNote], tmp_path: Path
) -> None:
    """Grey attributes and entries that have gone since the look-up are never taken from another record."""
    path = write_enhanced_object(tmp_path / "enhanced.dcm", "1.9", [1.0, 2.5])
    index_paths([path], index, FileStore())
    located = archive.locate(STUDY, SERIES, "1.9")
    connection = index._connections.here()
    connection.execute("DELETE FROM frame_attributes")
    with pytest.raises(Changed):
        archive.frame(located, 2)
    index.write([note("/encapsulated", "1.8", frames=archive.frames(located), number_of_frames=2)])
    encapsulated = index.find("1.8")
    assert encapsulated is not None
    connection.execute("DELETE FROM frame")
    with pytest.raises(CorruptObject):
        archive.frame(encapsulated, 2)


def test_each_frame_of_a_video_is_its_whole_stream(archive: Archive, index: SqliteIndex, tmp_path: Path) -> None:
    """RR-28a: the entry says which picture of the stream is meant; as many as the object says."""
    items = in_items([b"\0\0\1\xb3" + bytes(60)])
    path = write_object(tmp_path / "files" / "video.dcm", "1.2.3.1.1.7", NumberOfFrames=3)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID, dataset.PixelData = MPEG2MPML, items
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    index_paths([path.parent], index, FileStore())
    located = archive.locate(STUDY, SERIES, "1.2.3.1.1.7")
    entry, _ = archive.frame(located, 3)
    assert (entry.length, entry.picture_number) == (8 + 64, 3)
    assert [entry.picture_number for entry in archive.frames(located)] == [1, 2, 3]
    with pytest.raises(BadRequest):
        archive.frame(located, 4)


class KeptStore(FileStore):
    """A store that keeps some objects under keys of its own, and that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: dict[str, Path] = {}

    def stamp(self, key: str) -> Stamp | None:
        """Return what the file of a kept object says."""
        return super().stamp(str(self.paths.get(key, key)))

    def open(self, key: str) -> StoredFile:
        """Open the file of a kept object."""
        return super().open(str(self.paths.get(key, key)))


KEY = "@abc/1"


@pytest.fixture
def kept(file: Path, index: SqliteIndex) -> tuple[Archive, KeptStore]:
    """Return an archive that keeps the object under a key of its own."""
    store = KeptStore()
    store.paths[KEY] = file
    index.forget([str(file)])
    assert index.admit([read_file(store, KEY)], "reject") == [Admitted("stored")]
    return Archive(index, store, lambda key: reread(index, store, key)), store


def test_a_kept_object_is_not_forgotten_while_its_bytes_are_away(
    kept: tuple[Archive, KeptStore], file: Path, index: SqliteIndex
) -> None:
    """A store that is not mounted makes its objects unavailable, not gone; once it is back they are there."""
    archive, _ = kept
    located = archive.locate(STUDY, SERIES, UID)
    away = file.rename(file.with_name("away"))
    for attempt in (lambda: archive.locate(STUDY, SERIES, UID), lambda: archive.open(located)):
        with pytest.raises(Unavailable) as refused:
            attempt()
        assert refused.value.retry_after == 30
        assert KEY in refused.value.detail
        assert KEY not in refused.value.public
    reread(index, kept[1], KEY)
    assert (index.count(), index.holder(UID)) == (1, KEY)
    away.rename(file)
    with archive.open(archive.locate(STUDY, SERIES, UID)) as stored:
        assert stored.size == file.stat().st_size


def test_a_kept_object_whose_bytes_are_damaged_is_not_forgotten(
    kept: tuple[Archive, KeptStore], file: Path, index: SqliteIndex
) -> None:
    """Bytes that are no object any more are a fault of the store: 503, and the object stays in the index."""
    archive, _ = kept
    file.write_bytes(b"something else entirely, and long enough")
    with pytest.raises(Unavailable):
        archive.locate(STUDY, SERIES, UID)
    assert (index.count(), index.holder(UID)) == (1, KEY)


def test_a_kept_object_of_another_version_is_unavailable_while_its_bytes_are_away(
    kept: tuple[Archive, KeptStore], file: Path, index: SqliteIndex
) -> None:
    """What cannot be read again after an upgrade is neither unknown nor gone."""
    archive, _ = kept
    index._connections.here().execute("UPDATE instance SET record = CAST(x'0000' || substr(record, 3) AS BLOB)")
    away = file.rename(file.with_name("away"))
    with pytest.raises(Unavailable):
        archive.locate(STUDY, SERIES, UID)
    away.rename(file)
    assert archive.locate(STUDY, SERIES, UID).instance.key == KEY


def test_a_duplicate_does_not_take_over_from_a_kept_object_that_is_away(
    kept: tuple[Archive, KeptStore], file: Path, index: SqliteIndex
) -> None:
    """A file with the same UID stays a duplicate, whether the stored bytes can be seen or not."""
    copy = file.with_name("copy.dcm")
    copy.write_bytes(file.read_bytes())
    file.rename(file.with_name("away"))
    summary = index_paths([copy], index, kept[1])
    assert (summary.number_of_duplicates, index.holder(UID)) == (1, KEY)


def test_a_deleted_object_stays_gone(
    kept: tuple[Archive, KeptStore], archive: Archive, file: Path, index: SqliteIndex, tmp_path: Path
) -> None:
    """Whether its bytes are still there or not, kept or in place: 410, at every request and after an index run."""
    index.delete([UID])
    in_place = write_object(tmp_path / "in place" / "c.dcm", "1.2.3.1.1.5")
    index_paths([in_place], index, FileStore())
    index.delete(["1.2.3.1.1.5"])
    assert index_paths([in_place], index, FileStore()).unchanged == 1
    for which, uid in ((kept[0], UID), (kept[0], UID), (archive, "1.2.3.1.1.5")):
        with pytest.raises(Gone):
            which.locate(STUDY, SERIES, uid)
    file.unlink()
    with pytest.raises(Gone):
        kept[0].locate(STUDY, SERIES, UID)


def test_kept_objects_are_read_again_after_an_upgrade(
    kept: tuple[Archive, KeptStore], index: SqliteIndex, tmp_path: Path
) -> None:
    """Those that another version has read come back into the lists; those whose bytes are away stay as they were."""
    _, store = kept
    store.paths["@abc/2"] = write_object(tmp_path / "files" / "other.dcm", "1.9")
    index.admit([read_file(store, "@abc/2")], "reject")
    store.paths["@abc/2"].unlink()
    connection = index._connections.here()
    connection.execute("UPDATE file SET record_version = 0")
    connection.execute("UPDATE instance SET series = NULL")
    read_again(index.outdated(), index, store)
    assert index.outdated() == ["@abc/2"]
    assert index.uids_of(STUDY) == [UID]
