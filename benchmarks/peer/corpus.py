"""Many distinct objects made of a few real images, so that no server can answer from what it has just done."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, generate_uid

from openwado.samples import write_samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Cells = NDArray[Any]

#: Raised when other files are written.
VERSION = 1

#: How many objects there are of each kind.
COUNTS = {"ct": 300, "jpeg_ls": 150, "jpeg2000": 100, "dx": 30, "us": 150, "cine": 1, "large": 1}

FRAMES = 1000

DX_ROWS, DX_COLUMNS = 3000, 2500

#: Objects of one series.
SERIES_LENGTH = 50

_CT = "1.2.840.10008.5.1.4.1.1.2"
_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_US = "1.2.840.10008.5.1.4.1.1.6.1"
_US_MULTI = "1.2.840.10008.5.1.4.1.1.3.1"
_GREY_MULTI = "1.2.840.10008.5.1.4.1.1.7.3"


@dataclass(frozen=True, slots=True)
class Item:
    """One object: its UIDs, its file, its frames, and where the bytes of each are (offset, length)."""

    study: str
    series: str
    object: str
    path: str
    frames: int
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """All objects by kind, and where their images come from."""

    folder: Path
    source: str
    items: dict[str, tuple[Item, ...]]


def build(folder: Path) -> Corpus:
    """Return the corpus in a folder, written if it is not there."""
    listing = folder / "listing.json"
    if listing.exists():
        known = json.loads(listing.read_text())
        if known["version"] == VERSION and known["counts"] == COUNTS:
            return Corpus(folder, known["source"], {kind: _items(rows) for kind, rows in known["items"].items()})
    images = _Images()
    writer = _Writer(folder / "dicom")
    (folder / "dicom").mkdir(parents=True, exist_ok=True)
    items = {kind: tuple(getattr(writer, kind)(images)) for kind in COUNTS}
    rows = {kind: [asdict(item) for item in found] for kind, found in items.items()}
    listing.write_text(json.dumps({"version": VERSION, "counts": COUNTS, "source": images.source, "items": rows}))
    return Corpus(folder, images.source, items)


def _items(rows: list[dict[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(**{**row, "places": tuple(map(tuple, row["places"]))}) for row in rows)


class _Images:
    """Real images where there are some, else those of the sample objects; a new one each time it is asked."""

    def __init__(self) -> None:
        given = Path(os.environ.get("OPENWADO_CORPUS", "../shared/data")) / "dicom"
        self.source = "real images" if given.is_dir() else "sample images drawn by arithmetic"
        if not given.is_dir():
            given = Path(os.environ.get("TMPDIR", "/tmp")) / "openwado-bench-samples"  # noqa: S108 -- no secret in it
            write_samples(given)
        self._slices: list[Cells] = []
        self._colors: list[Cells] = []
        for path in sorted(given.rglob("*")):
            if path.is_file():
                self._take(path)

    def slice(self, number: int) -> Cells:
        """Return 512 x 512 values of 12 bits."""
        cells = self._slices[number % len(self._slices)]
        turn = number // len(self._slices)
        return np.roll(cells, (3 * turn, 7 * turn), (0, 1)) if turn else cells

    def color(self, number: int) -> Cells:
        """Return 480 x 640 pixels of RGB."""
        cells = self._colors[number % len(self._colors)]
        turn = number // len(self._colors)
        return np.roll(cells, 2 * turn, 1) if turn else cells

    def radiograph(self, number: int) -> Cells:
        """Return 3000 x 2500 values of 12 bits."""
        large = cv2.resize(self.slice(number), (DX_COLUMNS, DX_ROWS), interpolation=cv2.INTER_CUBIC)
        noise = np.random.default_rng(number).integers(-6, 7, large.shape)
        radiograph: Cells = np.clip(large.astype(np.int32) + noise, 0, 4095).astype(np.uint16)
        return radiograph

    def _take(self, path: Path) -> None:
        if len(self._slices) >= 24 and len(self._colors) >= 4:
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = pydicom.dcmread(path)
                if "PixelData" not in data or int(data.get("NumberOfFrames") or 1) > 1:
                    return
                native = data.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
                if data.get("Modality") == "CT" and (data.Rows, data.Columns) == (512, 512) and native:
                    self._take_slice(data)
                elif data.SamplesPerPixel == 3 and data.BitsAllocated == 8 and min(data.Rows, data.Columns) >= 240:
                    cells = data.pixel_array
                    self._colors.append(cv2.resize(cells, (640, 480), interpolation=cv2.INTER_AREA))
        except Exception:  # noqa: BLE001 -- whatever cannot be read is no source
            return

    def _take_slice(self, data: Dataset) -> None:
        values = data.pixel_array * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
        self._slices.append(np.clip(values + 1024, 0, 4095).astype(np.uint16))


class _Writer:
    """Writes objects of each kind; a method a kind, each giving the objects as they are written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._study, self._series = generate_uid(), ""

    def ct(self, images: _Images) -> Iterator[Item]:
        for number in range(COUNTS["ct"]):
            data = self._grey(_CT, "CT", number, images.slice(number))
            yield self._write("ct", number, data, ExplicitVRLittleEndian, images.slice(number).tobytes())

    def jpeg_ls(self, images: _Images) -> Iterator[Item]:
        for number in range(COUNTS["jpeg_ls"]):
            data = self._grey(_CT, "CT", number, images.slice(number))
            yield self._write(
                "jpeg_ls", number, data, JPEGLSLossless, [bytes(imagecodecs.jpegls_encode(images.slice(number)))]
            )

    def jpeg2000(self, images: _Images) -> Iterator[Item]:
        for number in range(COUNTS["jpeg2000"]):
            data = self._grey(_CT, "CT", number, images.slice(number))
            stream = imagecodecs.jpeg2k_encode(
                images.slice(number), codecformat="j2k", reversible=True, bitspersample=12, numthreads=1
            )
            yield self._write("jpeg2000", number, data, JPEG2000Lossless, [bytes(stream)])

    def dx(self, images: _Images) -> Iterator[Item]:
        for number in range(COUNTS["dx"]):
            cells = images.radiograph(number)
            data = self._grey(_DX, "DX", number, cells)
            data.PresentationIntentType = "FOR PRESENTATION"
            data.WindowCenter, data.WindowWidth = 2048, 4096
            yield self._write("dx", number, data, ExplicitVRLittleEndian, cells.tobytes())

    def us(self, images: _Images) -> Iterator[Item]:
        for number in range(COUNTS["us"]):
            data = self._color(_US, number)
            yield self._write("us", number, data, JPEGBaseline8Bit, [_jpeg(images.color(number))])

    def cine(self, images: _Images) -> Iterator[Item]:
        data = self._color(_US_MULTI, 0)
        data.NumberOfFrames, data.FrameTime = FRAMES, 33.3
        data.FrameIncrementPointer = 0x00181063
        frames = [_jpeg(images.color(number)) for number in range(FRAMES)]
        yield self._write("cine", 0, data, JPEGBaseline8Bit, frames)

    def large(self, images: _Images) -> Iterator[Item]:
        data = self._grey(_GREY_MULTI, "OT", 0, images.slice(0))
        data.NumberOfFrames = FRAMES
        cells = b"".join(images.slice(number).tobytes() for number in range(FRAMES))
        yield self._write("large", 0, data, ExplicitVRLittleEndian, cells)

    def _header(self, sop_class: str, modality: str, number: int) -> Dataset:
        if number % SERIES_LENGTH == 0:
            self._series = generate_uid()
        data = Dataset()
        data.SOPClassUID, data.SOPInstanceUID = sop_class, generate_uid()
        data.StudyInstanceUID, data.SeriesInstanceUID = self._study, self._series
        data.PatientName, data.PatientID = "Speed^Test", "SPEED"
        data.StudyDate, data.StudyTime, data.AccessionNumber = "20260101", "120000", ""
        data.StudyID, data.SeriesNumber = "1", 1
        data.Modality, data.InstanceNumber = modality, number + 1
        return data

    def _grey(self, sop_class: str, modality: str, number: int, cells: Cells) -> Dataset:
        data = self._header(sop_class, modality, number)
        data.Rows, data.Columns = cells.shape
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
        data.RescaleIntercept, data.RescaleSlope = (-1024, 1) if modality == "CT" else (0, 1)
        data.WindowCenter, data.WindowWidth = (40, 400) if modality == "CT" else (1064, 400)
        return data

    def _color(self, sop_class: str, number: int) -> Dataset:
        data = self._header(sop_class, "US", number)
        data.Rows, data.Columns = 480, 640
        data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "YBR_FULL_422", 0
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
        data.LossyImageCompression = "01"
        return data

    def _write(self, kind: str, number: int, data: Dataset, syntax: UID, pixels: bytes | list[bytes]) -> Item:
        path = self._folder / f"{kind}-{number}.dcm"
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = syntax
        data.PixelData = pixels if isinstance(pixels, bytes) else encapsulate([bytes(frame) for frame in pixels])
        data["PixelData"].VR = "OB" if isinstance(pixels, list) else "OW"
        data["PixelData"].is_undefined_length = isinstance(pixels, list)
        data.save_as(path, enforce_file_format=True)
        frames = int(data.get("NumberOfFrames") or 1)
        return Item(
            data.StudyInstanceUID,
            data.SeriesInstanceUID,
            data.SOPInstanceUID,
            str(path),
            frames,
            _places(path, pixels, frames),
        )


def _places(path: Path, pixels: bytes | list[bytes], frames: int) -> tuple[tuple[int, int], ...]:
    """Return where the bytes of every frame are, counted from the end of the file, where the pixels are."""
    end = path.stat().st_size
    if isinstance(pixels, bytes):
        length = len(pixels) // frames
        return tuple((end - len(pixels) + number * length, length) for number in range(frames))
    place, found = end - 8, []
    for frame in reversed(pixels):
        place -= len(frame) + len(frame) % 2
        found.append((place, len(frame)))
        place -= 8
    return tuple(reversed(found))


def _jpeg(cells: Cells) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(cells, 92, subsampling="422"))
