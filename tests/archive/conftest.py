"""What the tests of the archive share: made-up readings, and an index in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openwado.archive.index import FileNote
from openwado.archive.opening import open_index
from openwado.archive.sql_index import SqlIndex
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import ContentFacts, Description, FrameEntry, Instance, PixelLocation, Reading, Stamp
from openwado.dicom.picture_record import FrameAttributes, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TRUNCATE = "TRUNCATE file, study, series, instance, frame, frame_attributes"

FACTS = ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)


def make_note(
    key: str,
    uid: str = "",
    study: str = "1.1",
    series: str = "1.1.1",
    description: Description | None = None,
    *,
    stamp: Stamp | None = None,
    frames: tuple[FrameEntry, ...] = (),
    frame_attributes: tuple[FrameAttributes, ...] = (),
    number_of_frames: int = 1,
    drawable: bool = True,
    skipped: str = "",
) -> FileNote:
    """Return the note of a file that was read, or that was skipped for a reason."""
    stamp = stamp or Stamp(100, 1, 2, 3)
    if skipped:
        return FileNote(key, stamp, "skipped", skipped)
    pixel = ImagePixel(4, 4, 1, "MONOCHROME2", 16, 12, 11, 0, 0, max(1, number_of_frames), "PixelData")
    instance = Instance(
        study_instance_uid=study,
        series_instance_uid=series,
        sop_instance_uid=uid,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        family="image",
        number_of_frames=number_of_frames,
        time_based=False,
        key=key,
        stamp=stamp,
        version=f"{key}@{stamp.modified_ns}",
        dataset_offset=300,
        part10=True,
        pixels=PixelLocation(
            encapsulated=bool(frames),
            offset=1000,
            length=32 * number_of_frames,
            swap=1,
            element_offset=988,
            tail_offset=0,
        ),
        picture=Picture(pixel, FrameAttributes(2.0, -5.0)) if drawable else None,
    )
    reading = Reading(instance, description or Description(), FACTS, frames, frame_attributes)
    return FileNote(key, stamp, "indexed", "", reading, uid)


@pytest.fixture(scope="session")
def note() -> Callable[..., FileNote]:
    """Return the function that makes file notes."""
    return make_note


@pytest.fixture
def sqlite_index(tmp_path: Path) -> Iterator[SqliteIndex]:
    """Give an empty index in a file."""
    made = SqliteIndex(tmp_path / "index.sqlite")
    yield made
    made.close()


@pytest.fixture
def postgresql_index(postgresql_database: str) -> Iterator[SqlIndex]:
    """Give an empty index in a PostgreSQL database."""
    made = open_index(postgresql_database, seconds=15)
    assert isinstance(made, SqlIndex)
    made._database.transaction(lambda transaction: transaction.execute(TRUNCATE))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def index(request: pytest.FixtureRequest) -> SqlIndex:
    """Return an empty index, of each kind."""
    made: SqlIndex = request.getfixturevalue(f"{request.param}_index")
    return made
