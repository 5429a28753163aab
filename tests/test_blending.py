"""Which image a blending presentation state lays over another (RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from made_states import items
from openwado import blending
from openwado.archive.file_store import FileStore
from openwado.dicom.frames import native_entry
from openwado.dicom.image_plane import image_plane, image_planes
from openwado.dicom.reader import parse
from openwado.ingest import read_file
from openwado.jobs import PictureJob, SuperimposedImage
from test_softcopy import Pair

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.source import ByteSource

FRAMES = 12


@pytest.fixture
def volume(tmp_path: Path) -> str:
    """Return the file of an enhanced image, with a plane for each frame."""
    planes = [
        {"PlanePositionSequence": items({"ImagePositionPatient": [0, 0, 2.0 * number]})} for number in range(FRAMES)
    ]
    shared = {
        "PlaneOrientationSequence": items({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}),
        "PixelMeasuresSequence": items({"PixelSpacing": [1, 1]}),
    }
    path = Pair(tmp_path).write_image(
        np.zeros((FRAMES, 4, 6), np.uint8),
        FrameOfReferenceUID="1.2.42",
        SharedFunctionalGroupsSequence=items(shared),
        PerFrameFunctionalGroupsSequence=items(*planes),
    )
    return str(path)


def test_rr_43_the_nearest_plane_is_found_by_reading_its_object_once(
    volume: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RR-43: of many frames of one object that may lie over an image the nearest is taken, at the cost of one."""
    reading = read_file(FileStore(), volume).reading
    assert reading is not None
    instance = reading.instance
    assert instance.picture is not None
    numbers = range(1, FRAMES + 1)
    candidates = tuple(SuperimposedImage(instance, native_entry(instance, number), number) for number in numbers)
    job = PictureJob(
        instance,
        native_entry(instance, 1),
        1,
        instance.picture.frame_attributes,
        "image/png",
        superimposed=candidates,
    )
    parsed = []

    def counted(source: ByteSource) -> object:
        parsed.append(source)
        return parse(source)

    monkeypatch.setattr(blending, "parse", counted)
    with FileStore().open(volume) as stored:
        below = image_plane(parse(stored).attributes, 8)
    chosen, plane = blending.nearest(job.superimposed, below, FileStore())
    assert (chosen.frame_number, plane) == (8, below)
    assert len(parsed) == 1


def test_rr_43_planes_of_many_frames_are_those_of_each(volume: str) -> None:
    """RR-43: read at once or one by one, in any order; a frame without own plane has none here."""
    with FileStore().open(volume) as stored:
        attributes: Attributes = parse(stored).attributes
        numbers = [7, 1, 12, 1, FRAMES + 1]
        planes = image_planes(attributes, numbers)
        assert planes == [image_plane(attributes, number) for number in numbers]
    assert [plane and plane.position[2] for plane in planes] == [12.0, 0.0, 22.0, 0.0, None]
