"""openwado in a program or a notebook: an object is opened, and asked for in the words of a WADO request.

    import openwado

    ct = openwado.open_object("ct.dcm")
    ct.get(contentType="image/png", windowCenter=40, windowWidth=400, rows=512).save("ct.png")
    ct.array(frameNumber=3)

The answers are those of the server, byte for byte: the same code makes them. It does so in this very process: who opens
objects that strangers wrote should know that nothing confines the decoders here (docs/limits.md), as the server does.
"""

from __future__ import annotations

import base64
import io
import tempfile
from contextlib import suppress
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlencode

import msgspec

from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import retriever_of
from openwado.config import load
from openwado.dicom.transcode import part_bytes
from openwado.errors import WadoError
from openwado.ingest import read_file
from openwado.jobs import ObjectJob
from openwado.object_files import write_object
from openwado.produce import produce
from openwado.protocol.parameters import EVERY_PARAMETER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from types import TracebackType
    from typing import IO

    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from openwado.config import Settings
    from openwado.dicom.instance import Instance
    from openwado.retrieve import Prepared, Retriever

    #: What an object can be opened from: a file, its bytes, or a data set of pydicom.
    Source = str | Path | bytes | Dataset

    #: Values of parameters: as they stand in a URL, or as Python has them.
    Value = str | int | float | bool | Iterable[str | int | float]

#: Parameters that are known already: what was opened is what is asked for.
_GIVEN: Final = frozenset({"requestType", "studyUID", "seriesUID", "objectUID"})

#: What may be asked for.
NAMES: Final = tuple(row.name for row in EVERY_PARAMETER if row.name not in _GIVEN | {"explain"})

_TEXT: Final = ("text/", "image/svg+xml")


class NoObject(ValueError):  # noqa: N818 -- named for what was opened
    """What was opened is no DICOM object; the message says why."""


class Answer(msgspec.Struct, frozen=True):
    """What was asked for. A notebook shows it.

    Attributes:
        data: the bytes.
        content_type: of them, with the character set where they are text.
        warnings: what is not as it was asked for, or as somebody could expect: sentences.
    """

    data: bytes
    content_type: str
    warnings: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """Of the bytes, without parameters."""
        return self._header.get_content_type()

    @property
    def text(self) -> str:
        """The text of a document, or of a picture as SVG.

        Raises:
            ValueError: it is none.
        """
        if not self.media_type.startswith(_TEXT):
            raise ValueError(f"{self.media_type} is no text")
        return self.data.decode(self._header.get_content_charset("utf-8"))

    def save(self, path: str | Path) -> None:
        """Write the bytes to a file.

        Raises:
            OSError: it cannot be written.
        """
        Path(path).write_bytes(self.data)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> Mapping[str, str]:
        """Return what a notebook shows: pictures and documents as they are, anything else in words."""
        del include, exclude
        words = repr(self)
        if self.media_type in ("text/html", "image/svg+xml", "text/plain"):
            return {"text/plain": words, self.media_type: self.text}
        if self.media_type in ("image/jpeg", "image/png", "image/gif", "application/pdf"):
            return {"text/plain": words, self.media_type: base64.b64encode(self.data).decode("ascii")}
        return {"text/plain": words}

    def __repr__(self) -> str:
        """Return type and size."""
        return f"<{self.content_type}, {len(self.data)} bytes>"

    @property
    def _header(self) -> Message:
        message = Message()
        message["Content-Type"] = self.content_type
        return message


class OpenObject:
    """One object, opened. A notebook shows its default answer; `close`, or a `with` block, lets go of it.

    Args:
        source: the object.
        beside: objects that it may refer to: a presentation state, or the images of a report.
        settings: of a server; None: by the environment, as the command reads them.

    Raises:
        NoObject: one of them is none.
        OSError: one of them cannot be read.
        SettingsError: the environment has settings that are none.
    """

    def __init__(self, source: Source, *, beside: Iterable[Source] = (), settings: Settings | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="openwado-")
        self._settings = msgspec.structs.replace(
            settings if settings is not None else load(), bit_depth_parameter=True, annotation_extensions=True
        )
        self._store = FileStore()
        self._index = SqliteIndex(Path(self._folder.name) / "index.sqlite")
        self._retrievers: dict[bool, Retriever] = {}
        try:
            self.record: Instance = self._take(source, 0)
            for number, other in enumerate(beside, start=1):
                self._take(other, number)
        except BaseException:
            self.close()
            raise

    @property
    def number_of_frames(self) -> int:
        """How many frames it has, 0 if it is no image."""
        return self.record.number_of_frames

    def get(self, **parameters: Value) -> Answer:
        """Return what a WADO request with these parameters is answered with (PS3.18 9.4, 9.5).

        Args:
            parameters: by the names of the standard, such as `contentType`, `windowCenter`, `rows`, `region`; text as
                in a URL, or numbers, several of them as a tuple, and True for "yes".

        Raises:
            TypeError: there is no such parameter.
            BadRequest: a value is wrong, or a parameter stands beside one that it may not.
            NotAcceptable, NotSupported, Forbidden: it cannot be had so.
            WadoError: the object is broken.
        """
        out = io.BytesIO()
        content_type, warnings = self.write(out, **parameters)
        return Answer(out.getvalue(), content_type, warnings)

    def write(self, out: IO[bytes], **parameters: Value) -> tuple[str, tuple[str, ...]]:
        """Write to a file what `get` returns, piece by piece; return its content type, and warnings.

        Args:
            out: takes the bytes; what it has when something is raised is no answer.
            parameters: as of `get`.

        Raises:
            TypeError, WadoError: as of `get`.
            OSError: it cannot be written.
        """
        prepared = self._prepared(parameters)
        if isinstance(prepared.job, ObjectJob):
            write_object(prepared.job, self._store, out)
            return prepared.media_type, prepared.warnings
        made = produce(prepared.job, self._store)
        with self._store.open(prepared.instance.key) as stored:
            for part in made.parts:
                out.writelines(part_bytes(part, stored, prepared.instance, made.spool))
        return made.media_type, (*prepared.warnings, *made.warnings)

    def _prepared(self, parameters: Mapping[str, Value]) -> Prepared:
        for name in parameters:
            if name not in NAMES:
                raise TypeError(f"there is no parameter {name}: there are {', '.join(NAMES)}")
        uids = {
            "requestType": "WADO",
            "studyUID": self.record.study_instance_uid,
            "seriesUID": self.record.series_instance_uid,
            "objectUID": self.record.sop_instance_uid,
        }
        query = urlencode(uids | {name: _written(value) for name, value in parameters.items()})
        return self._retriever(anonymizes="anonymize" in parameters).prepare(query, None, None)

    def array(self, **parameters: Value) -> NDArray[np.uint8 | np.uint16]:
        """Return one frame as it is shown: rows by columns, 0 black, or rows by columns by 3, red, green and blue.

        Args:
            parameters: as of `get`, without `contentType`; bitDepth=16 for grey values from 0 to 65535.

        Raises:
            TypeError, WadoError: as of `get`.
        """
        import imagecodecs  # noqa: PLC0415 -- heavy, and only needed here

        if "contentType" in parameters:
            raise TypeError("an array has no contentType")
        shown: NDArray[np.uint8 | np.uint16] = imagecodecs.png_decode(
            self.get(contentType="image/png", **parameters).data
        )
        return shown

    def close(self) -> None:
        """Let go of what was made for it."""
        self._index.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> Mapping[str, str]:
        """Return what a notebook shows: a picture or a page of it, whatever it is."""
        for media_type in ("image/png", "text/html"):
            with suppress(WadoError):  # there is the other one, or words
                return self.get(contentType=media_type)._repr_mimebundle_(include, exclude)
        return {"text/plain": repr(self)}

    def __repr__(self) -> str:
        """Return what it is, and nothing of whom it is about."""
        return f"<{self.record.sop_class_uid}, {self.number_of_frames} frames>"

    def _retriever(self, *, anonymizes: bool) -> Retriever:
        """Return what understands requests; the key of anonymizing is that of this user's server, made when needed."""
        if anonymizes not in self._retrievers:
            own = msgspec.structs.replace(self._settings, data=self._folder.name)
            archive = Archive(self._index, self._store, lambda _key: None)
            self._retrievers[anonymizes] = retriever_of(self._settings if anonymizes else own, archive)
        return self._retrievers[anonymizes]

    def _take(self, source: Source, number: int) -> Instance:
        """Put an object into the index."""
        if isinstance(source, str | Path):
            path = Path(source).resolve(strict=True)
        else:
            path = Path(self._folder.name) / f"{number}.dcm"
            if isinstance(source, bytes):
                path.write_bytes(source)
            else:
                source.save_as(path, enforce_file_format=hasattr(source, "file_meta"))
        note = read_file(self._store, key_of(path))
        if note.reading is None:
            raise NoObject(f"this is no DICOM object that can be read: {note.reason}")
        self._index.write([note])
        return note.reading.instance


def open_object(source: Source, *, beside: Iterable[Source] = (), settings: Settings | None = None) -> OpenObject:
    """Open an object; see `OpenObject`."""
    return OpenObject(source, beside=beside, settings=settings)


def _written(value: Value) -> str:
    """Return a value as it stands in a URL, before it is escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    return ",".join(map(str, value))
