"""Structured reports made by hand, with every value type (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from openwado.dicom.reader import parse
from openwado.dicom.source import BytesSource
from openwado.document.structured_report import read_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.document.model import Document, Item, Place

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"


def code(meaning: str, value: str = "1", scheme: str = "99TEST") -> Dataset:
    """Return an item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def item(value_type: str, name: str | None, relationship: str = "CONTAINS", **attributes: Any) -> Dataset:  # noqa: ANN401 -- whatever pydicom takes
    """Return a content item; attributes by keyword, lists of data sets as sequences."""
    made = Dataset()
    made.RelationshipType, made.ValueType = relationship, value_type
    if name is not None:
        made.ConceptNameCodeSequence = Sequence([code(name, f"N-{name}"[:16])])
    for keyword, value in attributes.items():
        setattr(made, keyword, Sequence(value) if isinstance(value, list) and isinstance(value[0], Dataset) else value)
    return made


def number(name: str, value: str, unit: str, relationship: str = "CONTAINS", **attributes: Any) -> Dataset:  # noqa: ANN401 -- whatever pydicom takes
    """Return a NUM item."""
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = Sequence([code(f"{unit} in words", unit, "UCUM")])
    return item("NUM", name, relationship, MeasuredValueSequence=[measured], **attributes)


def reference(uid: str, *, sop_class: str = CT_IMAGE, frames: list[int] | None = None, state: str = "") -> Dataset:
    """Return an item of a Referenced SOP Sequence."""
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = sop_class, uid
    if frames:
        made.ReferencedFrameNumber = frames
    if state:
        made.ReferencedSOPSequence = Sequence([reference(state, sop_class=PRESENTATION_STATE)])
    return made


def report(*content: Dataset, title: str = "Report", **attributes: Any) -> Dataset:  # noqa: ANN401 -- whatever pydicom takes
    """Return a report with these content items in its root."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = COMPREHENSIVE_SR, "1.2.3.4"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    made.Modality, made.PatientName, made.PatientID = "SR", "Doe^Jane", "P-1"
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = Sequence([code(title, "T-1")])
    made.ContentSequence = Sequence(content)
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def written(dataset: Dataset, *, implicit: bool = False) -> bytes:
    """Return a data set as a file."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    dataset.file_meta = meta
    out = BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def read(dataset: Dataset, places: Mapping[str, Place] | None = None, *, implicit: bool = False) -> Document:
    """Write a report and read it as a document."""
    return read_report(parse(BytesSource(written(dataset, implicit=implicit))).attributes, places or {})


def children(dataset: Dataset, *, implicit: bool = False) -> tuple[Item, ...]:
    """Return what is in the root of a report."""
    (root,) = read(dataset, implicit=implicit).nodes
    return root.children  # type: ignore[union-attr]
