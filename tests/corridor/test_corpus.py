"""Every given object is asked for its default type, for DICOM and for a picture: no 5xx, no hang, no crash."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.dicom.transcode import part_bytes
from openwado.errors import WadoError
from openwado.ingest import read_file
from openwado.produce import produce
from openwado.server.problems import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.archive.index import FileNote
    from openwado.dicom.instance import Instance
    from serving import RunningServer

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("corpus")]

QUESTIONS: dict[str, dict[str, str]] = {
    "default": {},
    "dicom": {"contentType": "application/dicom"},
    "dicom as stored": {"contentType": "application/dicom", "transferSyntax": "*"},
    "jpeg": {"contentType": "image/jpeg", "rows": "128", "columns": "128"},
}


def undecodable(corpus: Path) -> set[str]:
    """Return the SHA-free keys of files that the catalogue says nobody can decode."""
    with (corpus / "catalog.csv").open(newline="", encoding="utf-8") as file:
        return {str(corpus / row["path"]) for row in csv.DictReader(file) if row["pixels_decodable"] == "n"}


def identity(instance: Instance) -> dict[str, str]:
    """Return the parameters that name an object."""
    return {
        "requestType": "WADO",
        "studyUID": instance.study_instance_uid,
        "seriesUID": instance.series_instance_uid,
        "objectUID": instance.sop_instance_uid,
    }


def readings(corpus: Path) -> list[FileNote]:
    """Return what reading each file of the corpus gave, in order of paths."""
    store = FileStore()
    files = sorted(path for path in (corpus / "dicom").rglob("*") if path.is_file())
    return [read_file(store, key_of(path)) for path in files]


def layers(notes: list[FileNote]) -> Iterator[list[FileNote]]:
    """Part the files so that no part holds two with the same SOP Instance UID: twins are many here on purpose."""
    left = [note for note in notes if note.reading is not None]
    while left:
        seen: set[str] = set()
        here: list[FileNote] = []
        later: list[FileNote] = []
        for note in left:
            (later if note.sop_instance_uid in seen else here).append(note)
            seen.add(note.sop_instance_uid)
        yield here
        left = later


def ask(archive: Archive, store: FileStore, instance: Instance, question: dict[str, str]) -> tuple[int, str]:
    """Answer in this process; return the status and, if it is not 200, the sentence."""
    retriever = retriever_of(Settings(), archive)
    try:
        prepared = retriever.prepare(urlencode(identity(instance) | question), None, None)
        rendition = produce(prepared.job, store)
        with store.open(instance.key) as stored:
            length = sum(len(piece) for part in rendition.parts for piece in part_bytes(part, stored, instance))
    except WadoError as error:
        return kind_of(error).status, error.public
    assert length > 0
    return 200, ""


def test_every_file_of_the_corpus_has_an_answer_in_process(corpus: Path) -> None:
    """Each readable file, twins included, answers each question without 5xx unless nobody can decode it."""
    excused = undecodable(corpus)
    store = FileStore()
    table: Counter[tuple[str, int, str]] = Counter()
    wrong = []
    for layer in layers(readings(corpus)):
        with tempfile.TemporaryDirectory() as folder:
            index = SqliteIndex(Path(folder) / "index.sqlite")
            index.write(layer)
            archive = Archive(index, store, lambda _key: None)
            for note in layer:
                assert note.reading is not None
                for name, question in QUESTIONS.items():
                    status, sentence = ask(archive, store, note.reading.instance, question)
                    table[name, status, sentence] += 1
                    if status >= 500 and note.key not in excused:
                        wrong.append((status, name, Path(note.key).relative_to(corpus).as_posix(), sentence))
            index.close()
    print()
    for (name, status, sentence), count in sorted(table.items()):
        print(f"{name:16} {status} {count:4}  {sentence}")
    assert not wrong, "\n".join(map(str, wrong))


def test_the_corpus_over_a_real_socket(
    corpus: Path, start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """The whole folder is indexed by the command, and each object answers each question over HTTP."""
    data = tmp_path / "data"
    server = start_server(corpus / "dicom", "--data", data)
    excused = undecodable(corpus)
    index = SqliteIndex(data / "index.sqlite")
    table: Counter[tuple[str, int]] = Counter()
    wrong = []
    notes = readings(corpus)
    asked = {note.sop_instance_uid for note in notes if note.reading is not None}
    for uid in sorted(asked):
        found = index.find(uid)
        assert found is not None, uid
        for name, question in QUESTIONS.items():
            response = server.client.get("/wado", params=identity(found.instance) | question)
            table[name, response.status_code] += 1
            if response.status_code >= 500 and found.instance.key not in excused:
                wrong.append((response.status_code, name, found.instance.key, response.text[:300]))
            if response.status_code == 200:
                assert int(response.headers["content-length"]) == len(response.content)
    index.close()
    print()
    for (name, status), count in sorted(table.items()):
        print(f"{name:16} {status} {count:4}")
    assert not wrong, "\n".join(map(str, wrong))
    assert server.process.poll() is None
