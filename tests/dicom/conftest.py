"""What the tests of decoding and of transcoding share: objects made up and read as the server reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from openwado.dicom.frames import native_entry
from openwado.dicom.instance import Stamp
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.dicom.stream_syntax import is_video
from openwado.dicom.video_stream import video_entry
from video_clips import COLUMNS, COUNT, ROWS, in_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from openwado.dicom.instance import FrameEntry, Instance


@dataclass(frozen=True)
class Stored:
    """A stored object: its bytes, its record and where its frames are."""

    source: BytesSource
    instance: Instance
    entries: tuple[FrameEntry, ...]


class ObjectMaker:
    """Makes objects; attributes that a test does not name are those of an 8-bit grey image."""

    def data_set(self, rows: int, columns: int, **attributes: Any) -> Dataset:  # noqa: ANN401 -- values of any VR
        """Return a data set without pixel data."""
        data_set = Dataset()
        data_set.SOPClassUID = SecondaryCaptureImageStorage
        data_set.SOPInstanceUID = "1.2.3.4"
        data_set.StudyInstanceUID = "1.2.3"
        data_set.SeriesInstanceUID = "1.2.3.1"
        data_set.Modality = "OT"
        data_set.SamplesPerPixel = 1
        data_set.PhotometricInterpretation = "MONOCHROME2"
        data_set.Rows, data_set.Columns = rows, columns
        data_set.BitsAllocated = 8
        data_set.PixelRepresentation = 0
        for keyword, value in attributes.items():
            setattr(data_set, keyword, value)
        if "BitsStored" not in data_set:
            data_set.BitsStored = data_set.BitsAllocated
        if "HighBit" not in data_set:
            data_set.HighBit = data_set.BitsStored - 1
        if data_set.SamplesPerPixel > 1 and "PlanarConfiguration" not in data_set:
            data_set.PlanarConfiguration = 0
        return data_set

    def encapsulated(self, transfer_syntax: str, frames: Sequence[bytes], data_set: Dataset) -> Stored:
        """Return an object of compressed frames, one fragment each."""
        if len(frames) > 1:
            data_set.NumberOfFrames = len(frames)
        data_set.PixelData = encapsulate(list(frames))
        data_set["PixelData"].VR = "OB"
        data_set["PixelData"].is_undefined_length = True
        return self.stored(transfer_syntax, data_set)

    def video(
        self,
        transfer_syntax: str,
        fragments: Sequence[bytes],
        *,
        table: bool = True,
        total_length: int | None = None,
        **attributes: Any,  # noqa: ANN401 -- values of any VR
    ) -> Stored:
        """Return an object of one video stream; total_length: the value of (7FE0,0003)."""
        said = {"NumberOfFrames": COUNT, "SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_PARTIAL_420"}
        data_set = self.data_set(ROWS, COLUMNS, **{**said, **attributes})
        if total_length is not None:
            data_set.add_new(0x7FE00003, "UV", total_length)
        data_set.PixelData = in_items(fragments, table=table)
        data_set["PixelData"].VR = "OB"
        data_set["PixelData"].is_undefined_length = True
        return self.stored(transfer_syntax, data_set)

    def native(self, cells: np.ndarray, data_set: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> Stored:
        """Return an object of native cells."""
        big_endian = transfer_syntax == ExplicitVRBigEndian
        value = cells.astype(cells.dtype.newbyteorder(">" if big_endian else "<")).tobytes()
        data_set.PixelData = value + bytes(len(value) % 2)
        data_set["PixelData"].VR = "OB" if cells.dtype.itemsize == 1 else "OW"
        return self.stored(transfer_syntax, data_set)

    def stored(self, transfer_syntax: str, data_set: Dataset) -> Stored:
        """Write a data set as a PS3.10 file and read its record."""
        return self.read(self.file(transfer_syntax, data_set))

    def file(self, transfer_syntax: str, data_set: Dataset) -> bytes:
        """Return a PS3.10 file."""
        data_set.file_meta = FileMetaDataset()
        data_set.file_meta.TransferSyntaxUID = UID(transfer_syntax)
        data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        data_set.file_meta.SourceApplicationEntityTitle = "SENDER"
        buffer = io.BytesIO()
        if UID(transfer_syntax).is_transfer_syntax:
            dcmwrite(buffer, data_set, enforce_file_format=True)
        else:  # one that pydicom does not know
            dcmwrite(buffer, data_set, implicit_vr=False, little_endian=True, force_encoding=True)
        return buffer.getvalue()

    def read(self, data: bytes) -> Stored:
        """Read the record of a stored object."""
        source = BytesSource(data)
        reading = read_record(source, "key", Stamp(len(data), 0, 0, 0))
        instance, entries = reading.instance, reading.frames
        if not entries and instance.pixels is not None and instance.picture is not None:
            count = instance.picture.image_pixel.number_of_frames
            entry_of = video_entry if is_video(instance.transfer_syntax_uid) else native_entry
            entries = tuple(entry_of(instance, number) for number in range(1, count + 1))
        return Stored(source, instance, entries)


@pytest.fixture
def make() -> ObjectMaker:
    """Return the maker of objects."""
    return ObjectMaker()
