"""The head of a document: whose it is, of which study, and what it is (PS3.3 C.7.1.1, C.7.2.1, C.7.5.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.dicom.annotation_texts import formatted_date, formatted_name, formatted_time
from openwado.document.model import Fact, FactGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.attributes import Attributes

_SOP_CLASS_UID: Final = 0x00080016
_PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE, _SEX, _AGE = 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00101010
_STUDY_DATE, _STUDY_TIME, _STUDY_DESCRIPTION = 0x00080020, 0x00080030, 0x00081030
_ACCESSION_NUMBER, _REFERRING_PHYSICIAN, _INSTITUTION = 0x00080050, 0x00080090, 0x00080080
_MANUFACTURER, _MODEL = 0x00080070, 0x00081090
_SERIES_NUMBER, _SERIES_DESCRIPTION, _INSTANCE_NUMBER = 0x00200011, 0x0008103E, 0x00200013
_CONTENT_DATE, _CONTENT_TIME = 0x00080023, 0x00080033
_AGE_PATTERN = re.compile(r"0*(\d{1,3})([DWMY])")
_DATE_TIME = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?")
#: Longest text of the head, characters.
_LONGEST: Final = 1024


def head_groups(attributes: Attributes, more: Iterable[Fact] = ()) -> tuple[FactGroup, ...]:
    """Return what the head of a document says; facts that an object does not have are left out.

    Args:
        attributes: of the object.
        more: facts about the document itself.
    """
    groups = (
        ("patient", _patient(attributes)),
        ("study", _study(attributes)),
        ("document", (*more, *_document(attributes))),
    )
    return tuple(FactGroup(name, facts) for name, facts in groups if facts)


def sop_class_name(sop_class_uid: str) -> str:
    """Return what a SOP Class is called (PS3.6 annex A), without the word Storage; its UID where it is unknown."""
    from pydicom.uid import UID  # noqa: PLC0415 -- heavy: whoever draws pictures only does without

    return str(UID(sop_class_uid).name).replace(" Storage", "")


def kind_of_object(attributes: Attributes) -> str:
    """Return what an object is, in words."""
    return sop_class_name(attributes.text(_SOP_CLASS_UID))


def shown_name(stored: str) -> str:
    """Return a person's name in one line: as it is written at home, then in the alphabet (PS3.5 6.2.1.2)."""
    return " ".join(formatted_name(stored.split("\\", maxsplit=1)[0]))


def shown_date_time(stored: str) -> str:
    """Return a DT as people read it: 2026-01-31 09:30:05 +0800; what is none, as it is (PS3.5 6.2)."""
    found = _DATE_TIME.fullmatch(stored.strip())
    if found is None:
        return stored
    day, clock, zone = "-".join(filter(None, found.groups()[:3])), ":".join(filter(None, found.groups()[3:6])), found[7]
    return " ".join(filter(None, (day, clock, zone)))


def shown_date(stored: str) -> str:
    """Return a DA as people read it; what is none, as it is."""
    return formatted_date(stored) or stored


def shown_time(stored: str) -> str:
    """Return a TM as people read it; what is none, as it is."""
    return formatted_time(stored) or stored


def _patient(attributes: Attributes) -> tuple[Fact, ...]:
    age = _AGE_PATTERN.fullmatch(attributes.text(_AGE))
    sex = {"M": "male", "F": "female", "O": "other"}.get(attributes.text(_SEX), attributes.text(_SEX))
    return _facts(
        ("name", shown_name(_text(attributes, _PATIENT_NAME))),
        ("patient id", _text(attributes, _PATIENT_ID)),
        ("birth date", shown_date(attributes.text(_BIRTH_DATE))),
        ("sex", sex),
        ("age", f"{age[1]} {age[2]}" if age else attributes.text(_AGE)),
    )


def _study(attributes: Attributes) -> tuple[Fact, ...]:
    when = (shown_date(attributes.text(_STUDY_DATE)), shown_time(attributes.text(_STUDY_TIME)))
    return _facts(
        ("study date", " ".join(filter(None, when))),
        ("study description", _text(attributes, _STUDY_DESCRIPTION)),
        ("accession number", _text(attributes, _ACCESSION_NUMBER)),
        ("referring physician", shown_name(_text(attributes, _REFERRING_PHYSICIAN))),
        ("institution", _text(attributes, _INSTITUTION)),
    )


def _document(attributes: Attributes) -> tuple[Fact, ...]:
    when = (shown_date(attributes.text(_CONTENT_DATE)), shown_time(attributes.text(_CONTENT_TIME)))
    series = (attributes.text(_SERIES_NUMBER), _text(attributes, _SERIES_DESCRIPTION))
    return _facts(
        ("content date", " ".join(filter(None, when))),
        ("series", " ".join(filter(None, series))),
        ("instance", attributes.text(_INSTANCE_NUMBER)),
        ("device", " ".join(filter(None, (_text(attributes, _MANUFACTURER), _text(attributes, _MODEL))))),
        ("kind", kind_of_object(attributes)),
    )


def _facts(*pairs: tuple[str, str]) -> tuple[Fact, ...]:
    return tuple(Fact(name, value) for name, value in pairs if value)


def _text(attributes: Attributes, tag: int) -> str:
    return attributes.decoded_text(tag, attributes.character_set())[:_LONGEST]
