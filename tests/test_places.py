"""Where the objects are that a report refers to, also while something is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from made_objects import write_object
from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.instance import Evidence
from openwado.errors import Unavailable
from openwado.ingest import read_file
from openwado.places import referenced_places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openwado.dicom.instance import Instance, Stamp

STUDY, SERIES, HERE, ELSEWHERE = "1.2", "1.2.3", "1.2.3.1", "1.2.3.2"


class Store(FileStore):
    """Files that cannot be read when a test says so."""

    fails = False

    def stamp(self, key: str) -> Stamp | None:
        """Return the stamp of a file.

        Raises:
            OSError: it cannot be read.
        """
        if self.fails:
            raise OSError("the disk does not answer")
        return super().stamp(key)


@pytest.fixture
def store() -> Store:
    """Return a store that can fail."""
    return Store()


@pytest.fixture
def archive(tmp_path: Path, store: Store) -> Iterator[Archive]:
    """Return an archive with one object."""
    path = write_object(
        tmp_path / "here.dcm", HERE, study=STUDY, series=SERIES, Rows=16, Columns=16, PixelData=bytes(512)
    )
    index = SqliteIndex(tmp_path / "index.sqlite")
    index.write([read_file(store, str(path))])
    yield Archive(index, store, lambda _key: None)
    index.close()


def report(archive: Archive, study: str = STUDY, series: str = SERIES) -> Instance:
    """Return a report that refers to an object that is there and to one that is not."""
    found = archive.recorded(HERE)
    assert found is not None
    evidence = (Evidence(study, series, (HERE, ELSEWHERE)),)
    return replace(found.instance, evidence=evidence)


def test_what_is_there_has_its_place(archive: Archive) -> None:
    """An object that is there is shown, one that is not is named."""
    for said in (report(archive), report(archive, "", "")):
        places = referenced_places(archive, said)
        assert (places[HERE].here, places[HERE].drawn, places[HERE].study_instance_uid) == (True, True, STUDY)
        assert (places[ELSEWHERE].here, places[ELSEWHERE].drawn) == (False, False)


def test_an_object_that_cannot_be_read_is_there_all_the_same(archive: Archive, store: Store) -> None:
    """Only its picture will say that it cannot be had at the moment; the report is what it always is."""
    said = report(archive)
    before = referenced_places(archive, said)
    store.fails = True
    assert referenced_places(archive, said) == before
    assert not referenced_places(archive, report(archive, "9.9", "9.9.1"))[HERE].here


def test_an_index_that_is_away_makes_no_report(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that objects are not there when that is not known."""
    said = report(archive)

    def away(_index: SqliteIndex, _uid: str) -> None:
        raise Unavailable("The index cannot be read at the moment.", retry_after=5)

    monkeypatch.setattr(SqliteIndex, "find", away)
    with pytest.raises(Unavailable):
        referenced_places(archive, said)
