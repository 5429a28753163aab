"""The attributes that all samples share (PS3.3 C.7, C.12.1), and how a sample becomes a file (PS3.10)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMES = uuid.UUID("6f70656e-7761-5d6f-8173-616d706c6573")


def uid(name: str) -> str:
    """Return the UID of a sample's part: always the same for the same name (PS3.5 B.2, 2.25 and a UUID)."""
    return f"2.25.{uuid.uuid5(_NAMES, name).int}"


@dataclass(frozen=True, slots=True)
class Study:
    """Patient and study of a sample; nobody real.

    Attributes:
        name: names the study's folder and its UIDs.
        patient_name: with component groups as DICOM writes them.
        patient_id: (0010,0020).
        patient_sex: M, F or O.
        patient_birth_date: DA.
        date: DA.
        time: TM.
        description: (0008,1030).
    """

    name: str
    patient_name: str
    patient_id: str
    patient_sex: str
    patient_birth_date: str
    date: str
    time: str
    description: str

    @property
    def study_instance_uid(self) -> str:
        """(0020,000D)."""
        return uid(self.name)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a sample study."""

    study: Study
    number: int
    modality: str
    description: str

    @property
    def name(self) -> str:
        """Name of the series among all samples, as in file names."""
        return f"{self.study.name}/{self.number}-{self.modality.lower()}"

    @property
    def series_instance_uid(self) -> str:
        """(0020,000E)."""
        return uid(self.name)

    def sop_instance_uid(self, instance_number: int) -> str:
        """(0008,0018) of the object with this number."""
        return uid(f"{self.name}/{instance_number}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished object: its path below the samples' folder, and its bytes."""

    path: str
    data: bytes


def composite(series: Series, sop_class_uid: str, instance_number: int) -> Dataset:
    """Return a data set with the patient, study, series, equipment and SOP Common modules filled."""
    study = series.study
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = series.sop_instance_uid(instance_number)
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = dataset.AcquisitionDate = study.date
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = dataset.AcquisitionTime = study.time
    dataset.AccessionNumber = f"{study.patient_id}-{study.date[-4:]}"
    dataset.Modality = series.modality
    dataset.Manufacturer = "openwado samples"
    dataset.ManufacturerModelName = "drawn by arithmetic"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = study.description
    dataset.SeriesDescription = series.description
    dataset.PatientName = study.patient_name
    dataset.PatientID = study.patient_id
    dataset.PatientBirthDate = study.patient_birth_date
    dataset.PatientSex = study.patient_sex
    dataset.StudyInstanceUID = study.study_instance_uid
    dataset.SeriesInstanceUID = series.series_instance_uid
    dataset.StudyID = study.patient_id[-1:]
    dataset.SeriesNumber = series.number
    dataset.InstanceNumber = instance_number
    return dataset


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """Return a code sequence with one item (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def place_in_space(
    dataset: Dataset, *, frame: str, pixel_spacing: float, slice_thickness: float, height: float
) -> None:
    """Fill the frame of reference and image plane modules (C.7.4.1, C.7.6.2) of an axial section; lengths in mm."""
    dataset.FrameOfReferenceUID = uid(frame)
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = "HFS"
    dataset.PixelSpacing = [pixel_spacing, pixel_spacing]
    dataset.SliceThickness = slice_thickness
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    across, down = (round(-pixel_spacing * (count - 1) / 2, 3) for count in (dataset.Columns, dataset.Rows))
    dataset.ImagePositionPatient = [across, down, round(height, 3)]
    dataset.SliceLocation = round(height, 3)


def describe_pixels(
    dataset: Dataset, cells: NDArray[np.generic], photometric_interpretation: str, *, bits_stored: int
) -> None:
    """Fill the Image Pixel module (C.7.6.3) for cells of shape (rows, columns) or (rows, columns, samples)."""
    dataset.SamplesPerPixel = 1 if cells.ndim == 2 else cells.shape[2]  # noqa: PLR2004 -- rows and columns
    dataset.PhotometricInterpretation = photometric_interpretation
    if dataset.SamplesPerPixel > 1:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = cells.shape[:2]
    dataset.BitsAllocated = cells.dtype.itemsize * 8
    dataset.BitsStored = bits_stored
    dataset.HighBit = bits_stored - 1
    dataset.PixelRepresentation = 1 if cells.dtype.kind == "i" else 0


def native(dataset: Dataset, cells: NDArray[np.generic], *, byte_order: Literal["<", ">"] = "<") -> None:
    """Put cells in as native Pixel Data, with the padding byte where the length is odd."""
    data = cells.astype(cells.dtype.newbyteorder(byte_order)).tobytes()
    dataset.add_new(0x7FE00010, "OW" if cells.dtype.itemsize > 1 else "OB", data + bytes(len(data) % 2))


def encapsulated(dataset: Dataset, frames: list[bytes]) -> None:
    """Put compressed frames in, one fragment each, with a Basic Offset Table (PS3.5 A.4)."""
    dataset.add_new(0x7FE00010, "OB", encapsulate(frames, has_bot=True))
    dataset["PixelData"].is_undefined_length = True


def sample(series: Series, dataset: Dataset, transfer_syntax: UID = ExplicitVRLittleEndian) -> Sample:
    """Return the data set as a Part 10 file in a transfer syntax that its Pixel Data are already in."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = UID(uid("implementation"))
    meta.ImplementationVersionName = "OPENWADO_SAMPLE"
    dataset.file_meta = meta
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return Sample(path=f"{series.name}-{dataset.InstanceNumber:02d}.dcm", data=file.getvalue())
