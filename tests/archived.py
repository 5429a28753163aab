"""Files in an archive of their own, and the pictures that requests for them give."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pydicom
from PIL import Image

from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.ingest import read_file
from openwado.jobs import PictureJob
from openwado.produce import produce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Archived:
    """An archive of some files.

    Args:
        folder: for the index.
        files: that are in it.
    """

    def __init__(self, folder: Path, files: Sequence[Path | str]) -> None:
        self._store = FileStore()
        index = SqliteIndex(folder / "index.sqlite")
        notes = [read_file(self._store, str(file)) for file in files]
        assert all(note.reading is not None for note in notes), [note.reason for note in notes]
        index.write(notes)
        self._retriever = retriever_of(Settings(), Archive(index, self._store, lambda _key: None))

    def shown(self, image: Path | str, state: Path | str, **parameters: str) -> Any:  # noqa: ANN401 -- an array of any type
        """Return the picture of an image under a state, as an array."""
        of, by = (pydicom.dcmread(file, stop_before_pixels=True) for file in (image, state))
        query = {
            "requestType": "WADO",
            "studyUID": of.StudyInstanceUID,
            "seriesUID": of.SeriesInstanceUID,
            "objectUID": of.SOPInstanceUID,
            "presentationSeriesUID": by.SeriesInstanceUID,
            "presentationUID": by.SOPInstanceUID,
            "contentType": "image/png",
        }
        job = self._retriever.prepare(urlencode({**query, **parameters}), None, None).job
        assert isinstance(job, PictureJob)
        (body,) = produce(job, self._store).parts
        assert isinstance(body, bytes)
        return np.asarray(Image.open(io.BytesIO(body)))
