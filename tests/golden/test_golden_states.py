"""Golden pictures of presentation states: image and state as files, indexed, asked for by a query, and compared (13.4).

Each golden picture says of every pixel how near the answer has to come to it: to the value where an area is filled or
nothing is drawn, nearer to the ink than to the ground on a stroke, and anything on its smoothed rim.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian

from golden.objects import PICTURES, file_bytes
from golden.plain_states import shown
from golden.state_cases import state_cases
from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.ingest import read_file
from openwado.produce import produce

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from golden.plain_states import Shown
    from golden.state_cases import StateCase

CASES = {case.name: case for case in state_cases()}
#: By how much ink in letters may be off its colour: small letters are smoothed all through.
INK = 100


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Return an archive of the images and states of all cases."""
    folder = tmp_path_factory.mktemp("golden")
    store = FileStore()
    notes = []
    for number, case in enumerate(CASES.values(), 1):
        image, state = f"1.2.3.4.{number}", f"1.2.3.5.{number}"
        for uid, dataset in ((image, case.image()), (state, case.made_state(image))):
            path = folder / f"{uid}.dcm"
            path.write_bytes(file_bytes(dataset, ExplicitVRLittleEndian, uid))
            notes.append(read_file(store, key_of(path)))
    index = SqliteIndex(folder / "index.sqlite")
    assert {note.outcome for note in index.write(notes)} == {"indexed"}
    yield Archive(index, store, lambda _key: None)
    index.close()


@pytest.fixture(scope="module")
def answers(archive: Archive) -> dict[str, NDArray[Any]]:
    """Return the pictures that are answered."""
    return {name: answered(archive, number, case) for number, (name, case) in enumerate(CASES.items(), 1)}


def answered(archive: Archive, number: int, case: StateCase) -> NDArray[Any]:
    """Return the pixels of the PNG that a server answers."""
    parameters = {
        "requestType": "WADO",
        "studyUID": "1.2.3",
        "seriesUID": "1.2.3.4",
        "objectUID": f"1.2.3.4.{number}",
        "presentationSeriesUID": "1.2.3.5",
        "presentationUID": f"1.2.3.5.{number}",
        "contentType": "image/png",
        "frameNumber": str(case.frame) if "NumberOfFrames" in case.image() else None,
        "rows": None if case.rows is None else str(case.rows),
        "columns": None if case.columns is None else str(case.columns),
    }
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    prepared = retriever_of(Settings(), archive).prepare(query, None, None)
    (body,) = produce(prepared.job, FileStore()).parts
    assert isinstance(body, bytes)
    with Image.open(BytesIO(body)) as picture:
        return np.asarray(picture)


def stored(name: str) -> NDArray[Any]:
    """Return a golden picture as it is kept."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        return np.asarray(picture)


@cache
def expected(name: str) -> Shown:
    """Return what the plain model says."""
    case = CASES[name]
    return shown(case.image(), case.made_state("1.2.3.4.5"), case.frame, case.rows, case.columns)


def complaint(answer: NDArray[Any], golden: NDArray[Any], inked: Any) -> str:  # noqa: ANN401 -- masks with colours
    """Return what is wrong with an answer, "" if nothing is."""
    picture = answer[..., None] if answer.ndim == 2 else answer
    if picture.shape != (*golden.shape[:2], golden.shape[2] - 1):
        return f"{picture.shape} instead of {golden.shape}"
    off = np.abs(picture.astype(int) - golden[..., :-1]).max(axis=-1)
    wrong = np.argwhere(off > 255 - golden[..., -1].astype(int))
    if wrong.size:
        row, column = wrong[0]
        return f"{len(wrong)} pixels: at row {row}, column {column} {picture[row, column]}, not {golden[row, column]}"
    for place, color in inked:
        if (np.abs(picture.astype(int) - color).max(axis=-1)[place] > INK).all():
            return f"no ink around {np.argwhere(place).mean(axis=0)}"
    return ""


@pytest.mark.parametrize("name", CASES)
def test_pictures_of_states_are_the_golden_ones(answers: dict[str, NDArray[Any]], name: str) -> None:
    """RR-36, RR-39 … RR-42: every pixel is as near to the golden one as it says, and letters are where they belong."""
    assert not complaint(answers[name], stored(name), expected(name).inked), CASES[name].clause


@pytest.mark.parametrize("name", CASES)
def test_stored_pictures_of_states_are_those_of_the_plain_model(name: str) -> None:
    """The golden pictures are what the plain model says today; `python -m golden.write` writes them."""
    assert np.array_equal(stored(name), expected(name).pixels)


def test_no_picture_passes_for_another_one(answers: dict[str, NDArray[Any]]) -> None:
    """The comparison can fail: of all answers only those that have to be the same pass for each other."""
    goldens = {name: (stored(name), expected(name).inked) for name in CASES}
    same = {
        frozenset((name, other))
        for name, answer in answers.items()
        for other, golden in goldens.items()
        if name != other and not complaint(answer, *golden)
    }
    units = {
        frozenset((name, name.replace("pixel", "display")))
        for name in CASES
        if name.startswith("rr_41") and "_pixel" in name
    }
    assert {pair for pair in same if pair not in units} == set()
    assert units <= same


@pytest.mark.parametrize("step", [(0, 1), (1, 0), (0, -1), (-1, 0)])
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("rr_39", "rr_41_poly", "rr_42"))])
def test_a_picture_that_is_off_by_two_pixels_fails(
    answers: dict[str, NDArray[Any]], name: str, step: tuple[int, int]
) -> None:
    """RR-41: 0.0 is the outer corner of the first pixel: what is drawn elsewhere by two pixels is found."""
    moved = np.roll(answers[name], (2 * step[0], 2 * step[1]), axis=(0, 1))
    assert complaint(moved, stored(name), expected(name).inked)


def test_half_of_a_stroke_fails(answers: dict[str, NDArray[Any]]) -> None:
    """RR-41: a stroke that is faint, or ends too early, is found."""
    name = "rr_41_polyline_pixel"
    image = CASES[name].image()
    ground = np.frombuffer(image.PixelData, np.uint8).reshape(image.Rows, image.Columns)
    answer, golden = answers[name], stored(name)
    faint = np.where(answer == ground, ground, ground // 2 + answer // 2)
    assert complaint(faint, golden, ())
    short = answer.copy()
    short[:, 120:] = ground[:, 120:]
    assert complaint(short, golden, ())
