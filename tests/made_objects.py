"""DICOM files of a few hundred bytes, for tests in which many files come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

STUDY = "1.2.3.1"
SERIES = "1.2.3.1.1"


def write_object(
    path: Path,
    uid: str,
    study: str = STUDY,
    series: str = SERIES,
    elements: Iterable[tuple[int, str, object]] = (),
    **attributes: object,
) -> Path:
    """Write a CT image of 4 by 4 pixels, with any attributes by keyword, and elements by tag, VR and value."""
    dataset = _image(CTImageStorage, uid, study, series, bytes(32))
    for element in elements:
        dataset.add_new(*element)
    return _write(path, dataset, attributes)


def overlay_elements(bits: NDArray[np.uint8], group: int = 0x6000) -> list[tuple[int, str, object]]:
    """Return the elements of an overlay plane of type G at the image's first pixel (PS3.3 C.9.2)."""
    base = group << 16
    return [
        (base | 0x0010, "US", bits.shape[0]),
        (base | 0x0011, "US", bits.shape[1]),
        (base | 0x0040, "CS", "G"),
        (base | 0x0050, "SS", [1, 1]),
        (base | 0x0100, "US", 1),
        (base | 0x0102, "US", 0),
        (base | 0x3000, "OW", np.packbits(bits, bitorder="little").tobytes()),
    ]


def write_enhanced_object(path: Path, uid: str, slopes: list[float]) -> Path:
    """Write an Enhanced CT whose frames have a rescale slope each."""
    dataset = _image(EnhancedCTImageStorage, uid, STUDY, SERIES, bytes(32 * len(slopes)))
    dataset.NumberOfFrames = len(slopes)
    groups = []
    for slope in slopes:
        transformation = Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept, transformation.RescaleType = slope, 0, "HU"
        group = Dataset()
        group.PixelValueTransformationSequence = Sequence([transformation])
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return _write(path, dataset, {})


def _image(sop_class: str, uid: str, study: str, series: str, pixels: bytes) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), UID(uid)
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
    dataset.Modality, dataset.PatientName = "CT", "Example^Person"
    dataset.Rows = dataset.Columns = 4
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = pixels
    return dataset


def _write(path: Path, dataset: FileDataset, attributes: dict[str, object]) -> Path:
    for name, value in attributes.items():
        setattr(dataset, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path
