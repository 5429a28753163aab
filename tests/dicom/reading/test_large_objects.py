"""Objects of gigabytes: what is read of them when they enter."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from openwado.archive.file_store import FileStore, key_of
from openwado.dicom.record import read_record

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.archive.file_store import StoredFile

FRAMES, FRAME_LENGTH = 4000, 1 << 19

ITEM, DELIMITER = 0xE000, 0xE0DD


class Counted:
    """A stored file that counts what is read of it."""

    def __init__(self, stored: StoredFile) -> None:
        self._stored = stored
        self.read = 0

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._stored.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read."""
        data = self._stored.read_at(offset, length)
        self.read += len(data)
        return data


def head(bits: int) -> bytes:
    """Return a file without pixel data: 4000 frames of 512 x 512."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = f"1.2.840.10008.5.1.4.1.1.7.{3 if bits == 16 else 2}", "1.2.3.4.5"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = "1.2", "1.2.3", "OT"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 512, 512, 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = bits
    data.HighBit, data.PixelRepresentation, data.NumberOfFrames = bits - 1, 0, FRAMES
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if bits == 16 else JPEGBaseline8Bit
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def element(number: int, vr: bytes, length: int) -> bytes:
    """Return the header of an element of group 7FE0."""
    return struct.pack("<HH2sHI", 0x7FE0, number, vr, 0, length)


def item(number: int, length: int) -> bytes:
    """Return the header of an item."""
    return struct.pack("<HHI", 0xFFFE, number, length)


def write_native(path: Path) -> None:
    """Write two gigabytes that take no room: nothing but the header is ever written."""
    start = head(16) + element(0x10, b"OW", FRAMES * FRAME_LENGTH)
    path.write_bytes(start)
    with path.open("r+b") as file:
        file.truncate(len(start) + FRAMES * FRAME_LENGTH)


def write_encapsulated(path: Path, table: str) -> None:
    """Write two gigabytes of one fragment a frame; only the headers of the items are ever written."""
    places = [number * (FRAME_LENGTH + 8) for number in range(FRAMES)]
    with path.open("wb") as file:
        file.write(head(8))
        if table == "extended":
            file.write(element(1, b"OV", 8 * FRAMES) + struct.pack(f"<{FRAMES}Q", *places))
            file.write(element(2, b"OV", 8 * FRAMES) + struct.pack(f"<{FRAMES}Q", *[FRAME_LENGTH] * FRAMES))
        basic = struct.pack(f"<{FRAMES}I", *places) if table == "basic" else b""
        file.write(element(0x10, b"OB", 0xFFFFFFFF) + item(ITEM, len(basic)) + basic)
        for _ in range(FRAMES):
            file.write(item(ITEM, FRAME_LENGTH))
            file.seek(FRAME_LENGTH, 1)
        file.write(item(DELIMITER, 0))


@pytest.mark.parametrize("layout", ["native", "basic", "extended", "none"])
def test_pixels_are_not_read_when_an_object_enters(layout: str, tmp_path: Path) -> None:
    """PS3.5 8, A.4: of two gigabytes less than a hundredth is read: the header, the table, the headers of the items."""
    path = tmp_path / "large.dcm"
    if layout == "native":
        write_native(path)
    else:
        write_encapsulated(path, layout)
    assert path.stat().st_size > 2_000_000_000
    key, store = key_of(path), FileStore()
    stamp = store.stamp(key)
    assert stamp is not None
    with store.open(key) as stored:
        counted = Counted(stored)
        reading = read_record(counted, key, stamp)
    assert reading.instance.number_of_frames == FRAMES
    assert counted.read < (100_000 if layout == "native" else path.stat().st_size / 100)
    if layout != "native":
        assert len(reading.frames) == FRAMES
        first, last = reading.frames[0], reading.frames[-1]
        assert last.offset - first.offset == (FRAMES - 1) * (FRAME_LENGTH + 8)
        assert {entry.length for entry in reading.frames} == {FRAME_LENGTH + 8}
