"""What the processes of a contact sheet do: look at a file, draw one of its frames."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from openwado.archive.archive import Archive
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.codecs import CODECS
from openwado.dicom.instance import Description, Instance
from openwado.dicom.transcode import part_bytes
from openwado.errors import CorruptObject, RenderFailed, WadoError
from openwado.ingest import read_file
from openwado.produce import produce
from openwado.server.problems import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.archive.store import Store
    from openwado.retrieve import Retriever

_NO_IMAGE = {"text": "a report, no image", "encapsulated": "a document, no image", "other": "no image"}

# CS (PS3.5 6.2): what is anything else may be a person's name that went astray.
_CODE_STRING = re.compile(r"[A-Z0-9 _]{1,16}")

_SEPARATOR = " \N{MIDDLE DOT} "


class Found(msgspec.Struct, frozen=True, array_like=True, tag="found"):
    """An object that is an image.

    Attributes:
        frames: how many it has, at least 1.
        lines: what stands below its pictures: modality and shape; transfer syntax.
    """

    frames: int
    lines: tuple[str, str]


class LeftOut(msgspec.Struct, frozen=True, array_like=True, tag="left out"):
    """A file that is no image, and the phrase that says what it is."""

    reason: str


class Drawn(msgspec.Struct, frozen=True, array_like=True, tag="drawn"):
    """A picture, as PNG."""

    png: bytes


class Refused(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """What the server would answer in place of a picture: status and sentence."""

    status: int
    sentence: str


def look(store: Store, key: str) -> bytes:
    """Read one file and say what it is: `Found` or `LeftOut` as MessagePack."""
    note = read_file(store, key)
    if note.reading is None:
        return msgspec.msgpack.encode(LeftOut(note.reason))
    instance = note.reading.instance
    if instance.family != "image":
        return msgspec.msgpack.encode(LeftOut(_NO_IMAGE[instance.family]))
    lines = _shape(instance, note.reading.description.modality), _transfer_syntax(instance.transfer_syntax_uid)
    return msgspec.msgpack.encode(Found(max(1, instance.number_of_frames), lines))


def refused(error: WadoError) -> Refused:
    """Return an error as what the server answers."""
    return Refused(kind_of(error).status, error.public)


class TileMaker:
    """Draws frames, one a call, as the server would: by a query and an index, which is thrown away.

    Every file has an index of its own, so that files with the same SOP Instance UID are all drawn. It stays for the
    next call, which is mostly for the next frame of the same file.

    Args:
        store: where the files are.
        wire: gives what prepares answers from an archive.
        folder: where indexes may be; whoever made it removes it.
        parameters: of every query, besides UIDs and frame number.
    """

    def __init__(
        self, store: Store, wire: Callable[[Archive], Retriever], folder: Path, parameters: dict[str, str]
    ) -> None:
        self._store = store
        self._wire = wire
        self._folder = folder
        self._parameters = parameters
        self._opened: _Opened | None = None

    def __call__(self, job: str) -> bytes:
        """Draw a frame.

        Args:
            job: as `job_of` writes it.

        Returns:
            `Drawn` or `Refused` as MessagePack.
        """
        frame_number, key = _of_job(job)
        try:
            tile: Drawn | Refused = Drawn(self._draw(key, frame_number))
        except WadoError as error:
            tile = refused(error)
        except MemoryError:
            tile = refused(RenderFailed("This picture needs more memory than the server gives to one request."))
        except Exception:  # noqa: BLE001 -- one odd file may not end a sheet of a thousand others
            tile = refused(RenderFailed("The server failed over this object."))
        return msgspec.msgpack.encode(tile)

    def _draw(self, key: str, frame_number: int) -> bytes:
        opened = self._open(key)
        instance = opened.instance
        query = {
            "requestType": "WADO",
            "studyUID": instance.study_instance_uid,
            "seriesUID": instance.series_instance_uid,
            "objectUID": instance.sop_instance_uid,
        }
        if frame_number:
            query["frameNumber"] = str(frame_number)
        prepared = opened.retriever.prepare(urlencode(query | self._parameters), None, None)
        rendition = produce(prepared.job, self._store)
        with self._store.open(key) as stored:
            pieces = (part_bytes(part, stored, instance, rendition.spool) for part in rendition.parts)
            return b"".join(piece for part in pieces for piece in part)

    def _open(self, key: str) -> _Opened:
        if self._opened is not None and self._opened.instance.key == key:
            return self._opened
        if self._opened is not None:
            self._opened.index.close()
            self._opened = None
        note = read_file(self._store, key)
        if note.reading is None:
            raise CorruptObject("The object cannot be read any more.", detail=note.reason)
        nameless = msgspec.structs.replace(note.reading, description=Description())  # nobody's name lies about
        path = self._folder / f"{os.getpid()}.sqlite"
        for left in self._folder.glob(f"{path.name}*"):
            left.unlink()
        index = SqliteIndex(path)
        index.write([replace(note, reading=nameless)])
        retriever = self._wire(Archive(index, self._store, lambda _key: None))
        self._opened = _Opened(nameless.instance, index, retriever)
        return self._opened


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file that is being drawn from."""

    instance: Instance
    index: SqliteIndex
    retriever: Retriever


def job_of(key: str, frame_number: int) -> str:
    """Write down a frame of a file for `TileMaker`; frame number 0 is the default picture."""
    return f"{frame_number} {key}"


def _of_job(job: str) -> tuple[int, str]:
    frame_number, _, key = job.partition(" ")
    return int(frame_number), key


def _shape(instance: Instance, modality: str) -> str:
    named = modality if _CODE_STRING.fullmatch(modality) else "(no modality)"
    if instance.picture is None:
        return named
    pixel = instance.picture.image_pixel
    stored = f"{pixel.bits_stored} bit" + (" signed" if pixel.pixel_representation else "")
    size = f"{pixel.rows}x{pixel.columns}" + (f"x{instance.number_of_frames}" if instance.number_of_frames > 1 else "")
    return _SEPARATOR.join((named, size, pixel.photometric_interpretation, stored))


def _transfer_syntax(uid: str) -> str:
    codec = CODECS.get(uid)
    return uid if codec is None else codec.name.replace(" Image Compression", "")
