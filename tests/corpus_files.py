"""Files of the given corpus as the server sees them: read, with the frames that a test asks for."""

from __future__ import annotations

import csv
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydicom
from pydicom.uid import SecondaryCaptureImageStorage, generate_uid

from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import native_entry, object_source
from openwado.dicom.instance import Stamp
from openwado.dicom.parts import DecodedFrames, FileSpan, read_span
from openwado.dicom.reader import NotAnObject
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.dicom.treatment import frame_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry, Instance
    from openwado.dicom.parts import Part
    from openwado.dicom.picture_record import FrameAttributes, Picture


@dataclass(frozen=True)
class Opened:
    """A file of the corpus as the server sees it."""

    source: BytesSource
    instance: Instance
    entries: tuple[FrameEntry, ...]
    others: tuple[FrameAttributes, ...] = ()

    @property
    def picture(self) -> Picture:
        """Return the picture record of an image that has one."""
        assert self.instance.picture is not None
        return self.instance.picture

    def frame(self, number: int) -> Frame:
        """Decode a frame, from 1."""
        return decode_frame(object_source(self.source, self.instance), self.instance, self.entry(number))

    def entry(self, number: int) -> FrameEntry:
        """Return where a frame is."""
        return self.entries[number - 1] if self.entries else native_entry(self.instance, number)

    def frame_attributes(self, number: int) -> FrameAttributes:
        """Return the frame attributes in force for a frame."""
        place = self.entry(number).attributes
        return self.others[place - 1] if place else self.picture.frame_attributes


def opened(data: bytes) -> Opened:
    """Read a file; one that lacks nothing but UIDs gets some."""
    try:
        return as_read(data)
    except NotAnObject as problem:
        if not problem.reason.startswith("no "):
            raise
    data_set = quietly_read(data)
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not data_set.get(keyword):
            setattr(data_set, keyword, generate_uid())
    data_set.SOPClassUID = data_set.get("SOPClassUID") or SecondaryCaptureImageStorage
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    written = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        data_set.save_as(written, enforce_file_format=True)
    return as_read(written.getvalue())


def as_read(data: bytes) -> Opened:
    """Read a file as it is."""
    source = BytesSource(data)
    reading = read_record(source, "key", Stamp(len(data), 0, 0, 0))
    return Opened(source, reading.instance, reading.frames, reading.frame_attributes)


def quietly_read(data: bytes) -> Dataset:
    """Read a file by pydicom, whatever it thinks of it."""
    with warnings.catch_warnings(action="ignore"):
        return pydicom.dcmread(io.BytesIO(data), force=True)


def catalog(corpus: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the catalogue by path."""
    with (corpus / "catalog.csv").open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def sent(found: Opened, parts: tuple[Part, ...]) -> bytes:
    """Return the bytes that parts stand for."""
    written = []
    for part in parts:
        if isinstance(part, bytes):
            written.append(part)
        elif isinstance(part, FileSpan):
            written.append(read_span(found.source, part, 0, part.length))
        else:
            assert isinstance(part, DecodedFrames)
            frames = [frame_bytes(found.source, found.instance, entry) for entry in part.entries]
            assert {len(frame) for frame in frames} == {part.frame_length}
            written += frames
    return b"".join(written)
