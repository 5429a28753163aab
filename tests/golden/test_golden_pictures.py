"""Golden pictures: each object as a file, read into an index, asked for by a query, drawn, and compared (13.1-13.3)."""

from __future__ import annotations

import ast
from dataclasses import asdict
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

from golden.objects import CASES, PICTURES, file_bytes, laid_out, sheets, taken_apart
from golden.plain import expected
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

    from golden.case import Case

SHEETS = sheets()


def uid_of(case: Case) -> str:
    """Return a SOP Instance UID for a case."""
    return f"1.2.3.4.{list(CASES).index(case.name) + 1}"


def stored_sheet(name: str) -> NDArray[Any]:
    """Return a sheet as it is kept."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Return an archive of all cases: written as files, and read into an index one by one."""
    folder = tmp_path_factory.mktemp("golden")
    store = FileStore()
    notes = []
    for case in CASES.values():
        path = folder / f"{case.name}.dcm"
        path.write_bytes(file_bytes(case.make(), case.transfer_syntax, uid_of(case)))
        notes.append(read_file(store, key_of(path)))
    index = SqliteIndex(folder / "index.sqlite")
    written = index.write(notes)
    assert [note.outcome for note in written] == ["indexed"] * len(CASES)
    yield Archive(index, store, lambda _key: None)
    index.close()


def query_of(case: Case) -> str:
    """Return what a client would ask."""
    request = case.request
    parameters = {
        "requestType": "WADO",
        "studyUID": "1.2.3",
        "seriesUID": "1.2.3.4",
        "objectUID": uid_of(case),
        "contentType": "image/png",
        "frameNumber": str(request.frame_number) if "NumberOfFrames" in case.make() else None,
        "windowCenter": None if request.window is None else str(request.window[0]),
        "windowWidth": None if request.window is None else str(request.window[1]),
        "region": None if request.region is None else ",".join(request.region),
        "rows": None if request.rows is None else str(request.rows),
        "columns": None if request.columns is None else str(request.columns),
        "bitDepth": "16" if request.bit_depth == 16 else None,
    }
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def answered(archive: Archive, case: Case) -> NDArray[Any]:
    """Return the pixels of the PNG that a server with the choices of the case answers."""
    settings = Settings(bit_depth_parameter=True, **asdict(case.choices))
    prepared = retriever_of(settings, archive).prepare(query_of(case), None, None)
    rendition = produce(prepared.job, FileStore())
    assert rendition.media_type == "image/png"
    assert len(rendition.parts) == 1
    body = rendition.parts[0]
    assert isinstance(body, bytes)
    with Image.open(BytesIO(body)) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("name", SHEETS)
def test_pictures_are_the_golden_ones(archive: Archive, name: str) -> None:
    """RR-1 … RR-29: what is answered is the stored picture: exactly, or within one where colours are mixed."""
    cases = SHEETS[name]
    goldens = taken_apart(stored_sheet(name), len(cases))
    for case, golden in zip(cases, goldens, strict=True):
        answer = answered(archive, case)
        assert (answer.shape, answer.dtype) == (golden.shape, golden.dtype), case.name
        difference = np.abs(answer.astype(int) - golden.astype(int))
        assert difference.max() <= case.tolerance, f"{case.name}: {case.clause}"


@pytest.mark.parametrize("name", SHEETS)
def test_stored_pictures_are_those_of_the_plain_model(name: str) -> None:
    """The golden pictures are what the plain model says today; `python -m golden.write` writes them."""
    pictures = [expected(case.make(), case.request, case.choices).pixels for case in SHEETS[name]]
    assert np.array_equal(stored_sheet(name), laid_out(pictures))


def test_no_golden_picture_is_left_over() -> None:
    """Every stored picture belongs to a case, and all of them together stay below 1 MiB."""
    paths = sorted(PICTURES.iterdir())
    known = [*SHEETS, *(case.name for case in state_cases())]
    assert [path.name for path in paths] == sorted(f"{name}.png" for name in known)
    assert sum(path.stat().st_size for path in paths) < 1 << 20


def test_the_plain_model_is_not_the_product() -> None:
    """Nothing that makes golden objects and pictures imports the product: the two may only agree by the clauses."""
    sources = [path for path in PICTURES.parent.glob("*.py") if not path.stem.startswith(("produced", "test_"))]
    assert len(sources) > 10
    for path in sources:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert not [name for name in imported if name.partition(".")[0] == "openwado"], path.name
