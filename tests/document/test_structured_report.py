"""Structured reports as documents: every value type, and what stands above them (PS3.3 C.17, C.18; REQ-TXT-1)."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from document.made_reports import children, code, item, number, read, reference, report
from openwado.document.facts import Fact, Flag
from openwado.document.model import Code, Coordinates, Measure, Reference, Table
from openwado.document.structured_report import DEPTH_MAX
from openwado.errors import CorruptObject


@pytest.mark.parametrize("implicit", [False, True])
def test_words_dates_and_names(*, implicit: bool) -> None:
    """C.17.3.2.1: texts are whole; names, dates and times are as people read them, and as stored beside that."""
    found = children(
        report(
            item("TEXT", "Finding", TextValue="First line\r\nsecond \u4e2d\u6587 line"),
            item("PNAME", "Person", PersonName="Wang^XiaoDong=\u738b^\u5c0f\u6771"),
            item("DATE", "Day", Date="20260131"),
            item("TIME", "Time", Time="093005.12"),
            item("DATETIME", "Moment", DateTime="20260131093005.120+0800"),
            item("UIDREF", "Identifier", UID="1.2.840.10008.5"),
            item("CODE", "Side", ConceptCodeSequence=[code("Left", "7771000", "SCT")]),
        ),
        implicit=implicit,
    )
    assert [(one.text, one.stored) for one in found[:6]] == [
        ("First line\r\nsecond \u4e2d\u6587 line", ""),
        ("Wang, XiaoDong \u738b\u5c0f\u6771", "Wang^XiaoDong=\u738b^\u5c0f\u6771"),
        ("2026-01-31", "20260131"),
        ("09:30:05.12", "093005.12"),
        ("2026-01-31 09:30:05.12 +08:00", "20260131093005.120+0800"),
        ("1.2.840.10008.5", ""),
    ]
    assert found[6].code == Code("Left", "7771000", "SCT")
    assert found[0].name == Code("Finding", "N-Finding", "99TEST")
    assert [one.identifier for one in found] == [f"1.{n}" for n in range(1, 8)]


@pytest.mark.parametrize("implicit", [False, True])
def test_numbers_with_units(*, implicit: bool) -> None:
    """C.18.1: a number is as it is written, all of several values, with its unit; without a value there is a reason."""
    several = number("Several", "1", "mm")
    several.MeasuredValueSequence[0].NumericValue = ["1.50", "2"]
    exact = item("NUM", "Exact", MeasuredValueSequence=[Dataset()])
    exact.MeasuredValueSequence[0].FloatingPointValue = 0.1
    fraction = item("NUM", "Fraction", MeasuredValueSequence=[Dataset()])
    fraction.MeasuredValueSequence[0].RationalNumeratorValue = [-1]
    fraction.MeasuredValueSequence[0].RationalDenominatorValue = [3]
    missing = item("NUM", "Missing", NumericValueQualifierCodeSequence=[code("Not a number", "114000", "DCM")])
    found = children(report(number("Diameter", "3.50", "mm"), several, exact, fraction, missing), implicit=implicit)
    assert [one.measures for one in found] == [
        (Measure("3.50", Code("mm in words", "mm", "UCUM")),),
        (Measure("1.50, 2", Code("mm in words", "mm", "UCUM")),),
        (Measure("0.1"),),
        (Measure("-1/3"),),
        (),
    ]
    assert found[4].qualifier == Code("Not a number", "114000", "DCM")


@pytest.mark.parametrize("implicit", [False, True])
def test_references_and_coordinates(*, implicit: bool) -> None:
    """C.18.3 … C.18.9: which object, frames, state and channels; which points."""
    wave = reference("1.9", sop_class="1.2.840.10008.5.1.4.1.1.9.1.1")
    wave.ReferencedWaveformChannels = [1, 2, 1, 3]
    found = children(
        report(
            item("IMAGE", "Key", ReferencedSOPSequence=[reference("1.5", frames=[3, 4], state="1.6")]),
            item("WAVEFORM", "Beat", ReferencedSOPSequence=[wave]),
            item("SCOORD", "Outline", GraphicData=[1.5, 2.0, 3.0, 4.0], GraphicType="POLYLINE"),
            item("SCOORD3D", "Place", GraphicData=[1.0, 2.0, 3.0], GraphicType="POINT"),
            item("TCOORD", "Samples", TemporalRangeType="SEGMENT", ReferencedSamplePositions=[70000, 70001]),
            item("TCOORD", "Seconds", TemporalRangeType="POINT", ReferencedTimeOffsets=["0.25"]),
            item("TCOORD", "Moment", TemporalRangeType="POINT", ReferencedDateTime=["20260131"]),
        ),
        implicit=implicit,
    )
    assert found[0].reference == Reference("1.2.840.10008.5.1.4.1.1.2", "1.5", frames=(3, 4), presentation_state="1.6")
    assert found[1].reference is not None
    assert found[1].reference.channels == ((1, 2), (1, 3))
    assert [one.coordinates for one in found[2:]] == [
        Coordinates("POLYLINE", (1.5, 2.0, 3.0, 4.0), 2),
        Coordinates("POINT", (1.0, 2.0, 3.0), 3),
        Coordinates("SEGMENT", (70000.0, 70001.0), 1),
        Coordinates("POINT", (0.25,), 1),
        Coordinates("POINT", (), 1, ("2026-01-31",)),
    ]


def test_items_by_reference() -> None:
    """C.17.3.2.4: an item by reference names its target by its place in the tree."""
    by_reference = Dataset()
    by_reference.RelationshipType = "INFERRED FROM"
    by_reference.ReferencedContentItemIdentifier = [1, 1]
    found = children(
        report(
            item("TEXT", "Reason", TextValue="because"),
            item("TEXT", "Conclusion", TextValue="so", ContentSequence=[by_reference]),
        )
    )
    (inner,) = found[1].children
    assert (inner.value_type, inner.relationship, inner.target) == ("REFERENCE", "INFERRED FROM", "1.1")


def test_tables() -> None:
    """C.18.10: cells at their row and column, under the names of columns with their units, beside those of rows."""
    values = Dataset()
    values.NumberOfTableRows, values.NumberOfTableColumns = 2, 2
    row, column = Dataset(), Dataset()
    row.TableRowNumber, row.ConceptNameCodeSequence = 2, Sequence([code("Second")])
    column.TableColumnNumber, column.ConceptNameCodeSequence = 1, Sequence([code("Dose")])
    column.MeasurementUnitsCodeSequence = Sequence([code("mGy", "mGy", "UCUM")])
    cell, words = Dataset(), Dataset()
    cell.TableRowNumber, cell.TableColumnNumber, cell.SelectorDSValue = 1, 1, "4.5"
    words.TableRowNumber, words.TableColumnNumber, words.SelectorUTValue = 2, 2, "none"
    values.TableRowDefinitionSequence, values.TableColumnDefinitionSequence = Sequence([row]), Sequence([column])
    values.CellValuesSequence = Sequence([cell, words])
    (found,) = children(report(item("TABLE", "Doses", TabulatedValuesSequence=[values])))
    assert found.table == Table(head=("", "Dose [mGy]", ""), rows=(("", "4.5", ""), ("Second", "", "none")))
    values.NumberOfTableRows = 4_000_000_000
    with pytest.raises(CorruptObject):
        children(report(item("TABLE", "Doses", TabulatedValuesSequence=[values])))


def test_nested_character_sets() -> None:
    """C.12.1.1.2: an item's own character set counts for it and for what is in it; else that of what it is in."""
    inner = item("TEXT", "Innen", TextValue="Gr\u00fc\u00dfe")
    greek = item("CONTAINER", "Outer", ContentSequence=[inner])
    greek.SpecificCharacterSet = "ISO_IR 100"
    (found,) = children(report(greek, SpecificCharacterSet="ISO_IR 126"))
    assert found.children[0].text == "Gr\u00fc\u00dfe"


def test_head_and_flags() -> None:
    """C.17.2: completion and verification come first, with who verified it when; the head says whose report it is."""
    observer = Dataset()
    observer.VerifyingObserverName, observer.VerifyingOrganization = "Mu^Li", "Clinic"
    observer.VerificationDateTime = "20260131120000"
    made = report(
        CompletionFlag="PARTIAL",
        CompletionFlagDescription="awaits histology",
        VerificationFlag="VERIFIED",
        VerifyingObserverSequence=Sequence([observer]),
        PreliminaryFlag="FINAL",
        PatientSex="F",
        PatientAge="041Y",
    )
    document = read(made)
    assert document.title == "Report"
    assert document.flags == (
        Flag("partial", "awaits histology", is_warning=True),
        Flag("final"),
        Flag("verified", "Mu, Li (Clinic), 2026-01-31 12:00:00"),
    )
    patient = document.groups[0]
    assert patient.label == "patient"
    assert patient.facts == (
        Fact("name", "Doe, Jane", "Doe^Jane"),
        Fact("patient id", "P-1"),
        Fact("sex", "female", "F"),
        Fact("age", "41 y", "041Y"),
    )


def test_of_which_study() -> None:
    """C.7.2.1: number and names that a study has; two physicians are told as two, though one is foreseen."""
    document = read(report(StudyID="7", ReferringPhysicianName=["Mu^Li", "Ng^Bo"]))
    facts = {fact.label: fact.value for fact in document.groups[1].facts}
    assert (facts["study id"], facts["referring physician"]) == ("7", "Mu, Li; Ng, Bo")


def test_depth_is_bounded() -> None:
    """A report nested deeper than any real one is refused with a sentence, and nothing overflows."""
    innermost = item("TEXT", "End", TextValue="end")
    for _ in range(DEPTH_MAX):
        innermost = item("CONTAINER", None, ContentSequence=[innermost])
    with pytest.raises(CorruptObject, match="content items"):
        children(report(innermost))


def test_when_the_whole_was_observed_is_told() -> None:
    """C.17.3: the observation date and time of the root, whose name is the title, is a fact of the document."""
    document = read(report(ObservationDateTime="20010213184746"))
    assert Fact("observed", "2001-02-13 18:47:46") in document.groups[-1].facts
    assert "observed" not in {fact.label for group in read(report()).groups for fact in group.facts}
