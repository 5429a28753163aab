"""Every given file is read or refused with a reason, in agreement with pydicom."""

from __future__ import annotations

import csv
import io
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames

from openwado.dicom.frames import native_entry, object_source, read_frame
from openwado.dicom.instance import Reading, Stamp
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

pytestmark = pytest.mark.corpus

SECONDS = 5
#: Files whose last element before the pixel data is cut off: pydicom keeps what is left of it, we leave it out.
CUT_OFF = ("rtplan_truncated.dcm", "zero-length-US.dcm")


@dataclass(frozen=True)
class Looked:
    """A catalogued file, what it holds and what became of it."""

    row: dict[str, str]
    data: bytes
    reading: Reading | None
    reason: str
    seconds: float

    @property
    def name(self) -> str:
        """The path in the catalogue."""
        return self.row["path"]


@pytest.fixture(scope="module")
def looked_at(corpus: Path) -> list[Looked]:
    """Read every catalogued file once."""
    with (corpus / "catalog.csv").open(encoding="utf-8", newline="") as catalog:
        rows = list(csv.DictReader(catalog))
    looked = []
    for row in rows:
        data = (corpus / row["path"]).read_bytes()
        reading, reason = None, ""
        started = time.monotonic()
        try:
            reading = read_record(BytesSource(data), row["path"], Stamp(len(data), 0, 0, 0))
        except NotAnObject as refused:
            reason = refused.reason
        looked.append(Looked(row, data, reading, reason, time.monotonic() - started))
    return looked


def with_pydicom(data: bytes, *, stop_before_pixels: bool = False) -> FileDataset | None:
    """Return what pydicom reads, None if it reads nothing."""
    with warnings.catch_warnings(action="ignore"):
        try:
            return pydicom.dcmread(io.BytesIO(data), force=True, stop_before_pixels=stop_before_pixels)
        except Exception:  # noqa: BLE001 -- whatever it is, pydicom does not read it
            return None


def test_every_file_is_read_or_refused_in_time(looked_at: list[Looked]) -> None:
    """No file takes more than a few seconds or raises anything but its reason; the table of reasons is printed."""
    reasons = Counter(found.reason or "read" for found in looked_at)
    undrawable = Counter(found.reading.instance.undrawable for found in looked_at if found.reading)
    for title, table in (("reason", reasons), ("undrawable", undrawable)):
        for text, count in table.most_common():
            print(f"{count:5} {title}: {text or '-'}")
    assert max(found.seconds for found in looked_at) < SECONDS
    assert reasons["read"] > len(looked_at) * 0.9


def test_every_file_that_pydicom_reads_and_that_has_its_uids_is_read(looked_at: list[Looked]) -> None:
    """Only DICOMDIRs and objects without one of the three UIDs are refused, of those that pydicom reads."""
    for found in looked_at:
        row = found.row
        complete = all(row[column] for column in ("study_uid", "series_uid", "sop_uid"))
        if row["readable_pydicom"] == "y" and complete and "dicomdir" not in row["category"]:
            assert found.reading is not None, (found.name, found.reason)
            instance = found.reading.instance
            assert instance.study_instance_uid == row["study_uid"]
            assert instance.series_instance_uid == row["series_uid"]
            assert instance.sop_instance_uid == row["sop_uid"]
            assert instance.transfer_syntax_uid == (row["transfer_syntax_uid"] or instance.transfer_syntax_uid)


def test_image_pixel_module_is_that_of_the_catalogue(looked_at: list[Looked]) -> None:
    """Rows, columns, frames, bits and photometric interpretation agree with the catalogue for all that is drawn."""
    drawn = 0
    for found in looked_at:
        if found.reading is None or found.reading.instance.picture is None or not found.row["rows"]:
            continue
        row, image_pixel = found.row, found.reading.instance.picture.image_pixel
        drawn += 1
        assert (image_pixel.rows, image_pixel.columns) == (int(row["rows"]), int(row["columns"])), found.name
        assert image_pixel.photometric_interpretation == row["photometric"], found.name
        assert image_pixel.bits_allocated == int(row["bits_allocated"] or image_pixel.bits_allocated), found.name
        if row["frames"].isdecimal():
            assert image_pixel.number_of_frames == int(row["frames"]), found.name
    assert drawn > 300


def test_elements_are_those_that_pydicom_finds(looked_at: list[Looked]) -> None:
    """The walk over data elements finds the tags and the bytes that pydicom finds."""
    compared = 0
    for found in looked_at:
        theirs = with_pydicom(found.data, stop_before_pixels=True)
        if theirs is None or found.reason in ("DICOMDIR", "not DICOM") or found.name.endswith(CUT_OFF):
            continue
        mine = parse(BytesSource(found.data)).attributes
        tags = [tag for tag in theirs.keys() if 0xFFFF < tag < 0x7FE00008]  # noqa: SIM118 -- items are elements
        assert sorted(mine.elements) == sorted(map(int, tags)), found.name
        for tag in tags:
            element = theirs.get_item(tag)
            if element.is_raw and not mine.elements[tag].undefined:
                assert mine.value(tag, 1 << 26) == (element.value or b""), (found.name, tag)
                compared += 1
    assert compared > 20_000


def test_encapsulated_frames_are_those_that_pydicom_finds(looked_at: list[Looked]) -> None:
    """The frames of every encapsulated object are byte for byte those of pydicom."""
    compared = 0
    for found in looked_at:
        reading = found.reading
        if reading is None or reading.instance.pixels is None or not reading.instance.pixels.encapsulated:
            continue
        theirs = with_pydicom(found.data)
        if theirs is None or "PixelData" not in theirs or not reading.frames:
            continue
        source = BytesSource(found.data)
        frames = [read_frame(source, reading.instance, entry) for entry in reading.frames]
        expected = list(generate_frames(theirs.PixelData, number_of_frames=reading.instance.number_of_frames))
        assert frames == expected, found.name
        compared += len(frames)
    assert compared > 130


def test_native_frames_are_the_pixel_data(looked_at: list[Looked]) -> None:
    """The frames of every native object, bits apart, are its Pixel Data cut into pieces."""
    compared = 0
    for found in looked_at:
        reading = found.reading
        if reading is None or reading.instance.picture is None or reading.instance.pixels is None:
            continue
        instance, image_pixel = reading.instance, reading.instance.picture.image_pixel
        theirs = with_pydicom(found.data)
        if (
            instance.pixels is None
            or instance.pixels.encapsulated
            or theirs is None
            or image_pixel.element not in theirs
        ):
            continue
        source = object_source(BytesSource(found.data), instance)
        stored = np.unpackbits(np.frombuffer(theirs[image_pixel.element].value, np.uint8), bitorder="little")
        for number in range(instance.number_of_frames):
            entry = reading.frames[number] if reading.frames else native_entry(instance, number + 1)
            bits = np.unpackbits(np.frombuffer(read_frame(source, instance, entry), np.uint8), bitorder="little")
            start, length = number * image_pixel.frame_bits, image_pixel.frame_bits
            if instance.pixels.swap == 1:
                found_bits = bits[entry.first_bit : entry.first_bit + length]
                assert np.array_equal(found_bits, stored[start : start + length]), (found.name, number)
            compared += 1
    assert compared > 200
