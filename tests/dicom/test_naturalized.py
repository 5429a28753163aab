"""Attributes by their keywords, as viewers written in JavaScript have them (PS3.6, PS3.18 F.2)."""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from pydicom import dcmwrite
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from openwado.dicom.naturalized import Naturalizer, natural_name
from openwado.dicom.reader import parse
from openwado.dicom.source import BytesSource

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)


def naturalized(dataset: Dataset, *keywords: str, syntax: UID = ExplicitVRLittleEndian, values: int = 1000) -> object:
    """Write a data set, read it, and return values as they come out of JSON."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.file_meta = meta
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    tags = [tag for keyword in keywords if (tag := tag_for_keyword(keyword)) is not None]
    found = Naturalizer(parse(BytesSource(file.getvalue())).attributes, values=values).values(tags)
    return json.loads(msgspec.json.encode(found))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_value_representation_has_its_own_form(syntax: UID) -> None:
    """Numbers are numbers, one value stands for itself, several are a list, names have groups: however written."""
    region = Dataset()
    region.RegionLocationMinX0, region.ReferencePixelX0 = 70000, -5
    region.PhysicalDeltaX = 0.03125
    region.PhysicalUnitsXDirection = 3
    dataset = Dataset()
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.StudyDate, dataset.PatientName = "20260112", "Yangben^Tu=样本^图"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.InstanceNumber, dataset.Rows = 7, 512
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.25], "2.50"
    dataset.PixelRepresentation, dataset.PixelPaddingValue = 1, -2000
    dataset.ImageComments = r"one\text"
    dataset.SequenceOfUltrasoundRegions = [region]
    asked = [element.keyword for element in dataset]
    assert naturalized(dataset, *asked, syntax=syntax) == {
        "SpecificCharacterSet": "ISO_IR 192",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "StudyDate": "20260112",
        "PatientName": {"Alphabetic": "Yangben^Tu", "Ideographic": "样本^图"},
        "InstanceNumber": 7,
        "Rows": 512,
        "PixelSpacing": [0.5, 0.25],
        "SliceThickness": 2.5,
        "PixelRepresentation": 1,
        "PixelPaddingValue": -2000,
        "ImageComments": r"one\text",
        "SequenceOfUltrasoundRegions": [
            {
                "RegionLocationMinX0": 70000,
                "ReferencePixelX0": -5,
                "PhysicalDeltaX": 0.03125,
                "PhysicalUnitsXDirection": 3,
            }
        ],
    }


def test_what_says_nothing_is_left_out() -> None:
    """Absent and empty values, binary data and private attributes are not there."""
    item = Dataset()
    item.CodeValue = "113100"
    item.add_new(0x00090010, "LO", "SOMEBODY")
    item.add_new(0x00091001, "LO", "secret")
    dataset = Dataset()
    dataset.PatientID, dataset.PixelSpacing = "", None
    dataset.EncapsulatedDocument = b"%PDF"
    dataset.ConceptNameCodeSequence = [item]
    asked = ("PatientID", "PixelSpacing", "EncapsulatedDocument", "ConceptNameCodeSequence", "StudyID")
    assert naturalized(dataset, *asked) == {"ConceptNameCodeSequence": [{"CodeValue": "113100"}]}


def test_sequences_that_say_too_much_are_left_out_whole() -> None:
    """What is bounded is whole or not there; what is asked for after it still is."""
    item = Dataset()
    item.CodeValue, item.CodeMeaning = "1", "one"
    dataset = Dataset()
    dataset.ConceptNameCodeSequence, dataset.CompletionFlag = [item] * 20, "COMPLETE"
    asked = ("ConceptNameCodeSequence", "CompletionFlag")
    assert naturalized(dataset, *asked, values=20) == {"CompletionFlag": "COMPLETE"}


def test_numbers_that_json_has_not() -> None:
    """No number is infinite or none; large ones stay near what they are."""
    dataset = Dataset()
    dataset.DecayFactor = "1e300"
    dataset.DiffusionBValue = float("nan")
    dataset.RealWorldValueSlope = [1.5, float("inf")]
    assert naturalized(dataset, "DecayFactor", "DiffusionBValue", "RealWorldValueSlope") == {
        "DecayFactor": 1e300,
        "RealWorldValueSlope": 1.5,
    }


def test_names_of_persons() -> None:
    """Component groups go by their names; what is missing is not there."""
    assert natural_name("A^B=甲^乙=ka") == {"Alphabetic": "A^B", "Ideographic": "甲^乙", "Phonetic": "ka"}
    assert natural_name("=甲") == {"Ideographic": "甲"}
    assert natural_name("") == {}
