"""What an object says about itself in words (section 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.dataset import Dataset

from openwado.dicom.annotation_texts import (
    AnnotationTexts,
    annotation_texts,
    direction_letters,
    formatted_date,
    formatted_name,
    formatted_time,
)

if TYPE_CHECKING:
    from dicom.conftest import ObjectMaker


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Doe^John", ("Doe, John",)),
        ("Doe^John^Robert^Dr.^Jr.", ("Dr.  Doe, John  Robert, Jr.",)),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", ("山田  太郎", "Yamada, Tarou")),
        ("=山田^太郎", ("山田  太郎",)),
        ("Yamada^Tarou==やまだ^たろう", ("やまだ  たろう", "Yamada, Tarou")),
        ("SINGLE", ("SINGLE",)),
        ("^Given", ("Given",)),
        ("", ()),
        ("^^^^", ()),
        ("a=b=c=d^e^f^g^h^i", ("b", "a")),
    ],
)
def test_6_2_1_2_names_as_people_write_them(name: str, lines: tuple[str, ...]) -> None:
    """PS3.5 6.2.1.2: as it is written at home, then in the alphabet; prefix before, suffix behind."""
    assert formatted_name(name) == lines


def test_dates_and_times() -> None:
    """Dates and times as ISO 8601 writes them; what is none is nothing."""
    assert [formatted_date(date) for date in ("20240102", "2024.01.02", "2024", "", "x" * 8)] == [
        "2024-01-02",
        "2024-01-02",
        "",
        "",
        "",
    ]
    assert [formatted_time(time) for time in ("101530.250", "1015", "10:15:30", "", "1")] == [
        "10:15:30",
        "10:15",
        "10:15:30",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("cosines", "letters"),
    [
        ([1, 0, 0], "L"),
        ([-1, 0, 0], "R"),
        ([0, 1, 0], "P"),
        ([0, 0, -1], "F"),
        ([0.8, 0.6, 0], "LP"),
        ([0.2, -0.9, 0.1], "A"),
        ([0, 0, 0], ""),
        ([0.5, 0, 0], ""),
        ([1, 1, 1], ""),
        ([1e308, 1e308, 1e308], ""),
    ],
)
def test_c_7_6_2_1_1_letters_of_directions(cosines: list[float], letters: str) -> None:
    """PS3.3 C.7.6.2.1.1: +x is left, +y is back, +z is head; the strongest first, faint and absurd ones not."""
    assert direction_letters(cosines) == letters


def test_8_2_1_6_what_is_written(make: ObjectMaker) -> None:
    """REQ-URI-8.2.1-6: patient: name, ID, birth date, sex; technique: what was made, when, and which picture it is."""
    data_set = make.data_set(
        4,
        4,
        SpecificCharacterSet="ISO_IR 192",
        PatientName="Wang^XiaoDong=王^小东",
        PatientID="A-1",
        PatientBirthDate="19700102",
        PatientSex="F",
        PatientAge="054Y",
        Modality="CT",
        StudyDescription="Abdomen",
        StudyDate="20240102",
        StudyTime="101530",
        SeriesDescription="Venous\u202e\x07",
        SeriesNumber=2,
        InstanceNumber=14,
        BodyPartExamined="ABDOMEN",
        ImageLaterality="L",
        PatientPosition="HFS",
        SliceLocation="-12.5",
        SliceThickness="5",
        LossyImageCompression="01",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[0.7, 0.6],
    )
    stored = make.native(np.zeros((4, 4), np.uint8), data_set)
    assert annotation_texts(stored.source, 1, 1) == AnnotationTexts(
        patient=("王  小东", "Wang, XiaoDong", "ID A-1", "1970-01-02", "F  54 y"),
        study=("CT  Abdomen", "2024-01-02", "10:15:30", "Venous"),
        image=("Se 2  Im 14", "ABDOMEN  Left", "HFS  Loc -12.5 mm  Thk 5.0 mm", "Lossy"),
        row_direction="L",
        column_direction="P",
        pixel_spacing=(0.7, 0.6),
    )


def test_an_object_that_says_nothing(make: ObjectMaker) -> None:
    """What is absent, empty or wrong is left out; nothing raises."""
    data_set = make.data_set(1, 1, PatientName="", PatientBirthDate="", Modality="", PatientOrientation=["A", "F"])
    stored = make.native(np.zeros((1, 1), np.uint8), data_set)
    assert annotation_texts(stored.source, 1, 1) == AnnotationTexts(row_direction="A", column_direction="F")


def test_c_7_6_16_a_frame_has_its_own_orientation(make: ObjectMaker) -> None:
    """PS3.3 C.7.6.16: the macros of the frame that is shown, before the shared ones."""

    def group(cosines: list[float]) -> Dataset:
        plane, holder = Dataset(), Dataset()
        plane.ImageOrientationPatient = cosines
        holder.PlaneOrientationSequence = [plane]
        return holder

    data_set = make.data_set(1, 1, NumberOfFrames=2)
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [2, 2]
    shared.PixelMeasuresSequence = [measures]
    data_set.SharedFunctionalGroupsSequence = [shared]
    data_set.PerFrameFunctionalGroupsSequence = [group([1, 0, 0, 0, 1, 0]), group([0, 1, 0, 0, 0, -1])]
    stored = make.native(np.zeros((2, 1, 1), np.uint8), data_set)
    first, second = (annotation_texts(stored.source, number, 2) for number in (1, 2))
    assert [first.row_direction, first.column_direction] == ["L", "P"]
    assert [second.row_direction, second.column_direction] == ["P", "F"]
    assert first.pixel_spacing == (2.0, 2.0)
    assert second.image == ("Fr 2/2",)


@pytest.mark.filterwarnings("ignore:.*value")
def test_8_2_1_6_no_text_is_taken_as_it_is(make: ObjectMaker) -> None:
    """REQ-URI-8.2.1-6: controls, marks of direction and lengths without end are left out of every text."""
    data_set = make.data_set(1, 1, PatientSex="F", SliceLocation="1e300", SliceThickness="-0.01")
    for keyword in ("Modality", "BodyPartExamined", "ViewPosition", "PatientPosition"):
        data_set.add_new(keyword, "CS", b"A\x1bB" + b"C" * 60_000)
    data_set.add_new("PatientID", "LO", b"1\x07" + b"2" * 60_000)
    texts = annotation_texts(make.native(np.zeros((1, 1), np.uint8), data_set).source, 1, 1)
    for line in (*texts.patient, *texts.study, *texts.image):
        assert line.isprintable()
        assert len(line) < 700
    assert texts.image[-1].endswith("Loc 1e+300 mm  Thk 0.0 mm")


def test_8_2_1_6_joiners_of_letters_stay(make: ObjectMaker) -> None:
    """REQ-URI-8.2.1-6: a Persian name keeps the joiners that its letters need, but nothing that turns texts around."""
    data_set = make.data_set(1, 1, SpecificCharacterSet="ISO_IR 192", PatientName="بی\u200cبی\u202e\u061c")
    stored = make.native(np.zeros((1, 1), np.uint8), data_set)
    assert annotation_texts(stored.source, 1, 1).patient == ("بی\u200cبی",)


@pytest.mark.parametrize(
    "attributes",
    [
        {"PatientOrientation": ["LE", "V"]},
        {"PatientOrientation": ["CR", "D"], "AnatomicalOrientationType": "QUADRUPED"},
        {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "AnatomicalOrientationType": "QUADRUPED"},
        {"PatientOrientation": ["X", "A"]},
    ],
)
def test_8_2_1_8_directions_of_animals_have_no_letters(make: ObjectMaker, attributes: dict[str, object]) -> None:
    """REQ-URI-8.2.1-8, PS3.3 C.7.6.1.1.1: letters are those of people; what is none of them is left out."""
    stored = make.native(np.zeros((1, 1), np.uint8), make.data_set(1, 1, **attributes))
    texts = annotation_texts(stored.source, 1, 1)
    assert (texts.row_direction, texts.column_direction) == ("", "")
