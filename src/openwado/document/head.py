"""The head of a document: whose it is, of which study, and what it is (PS3.3 C.7.1.1, C.7.2.1, C.7.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import age, date, exact_time, person_name, sop_class_name
from openwado.document.facts import Fact, FactGroup, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.attributes import Attributes

_SOP_CLASS_UID, _SOP_INSTANCE_UID, _STUDY_UID, _SERIES_UID = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE, _SEX, _AGE = 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00101010
_STUDY_DATE, _STUDY_TIME, _STUDY_DESCRIPTION = 0x00080020, 0x00080030, 0x00081030
_STUDY_ID, _ACCESSION_NUMBER = 0x00200010, 0x00080050
_REFERRING_PHYSICIAN, _INSTITUTION = 0x00080090, 0x00080080
_MANUFACTURER, _MODEL, _SERIAL_NUMBER, _PROTOCOL = 0x00080070, 0x00081090, 0x00181000, 0x00181030
_SERIES_NUMBER, _SERIES_DESCRIPTION, _INSTANCE_NUMBER = 0x00200011, 0x0008103E, 0x00200013
_CONTENT_DATE, _CONTENT_TIME = 0x00080023, 0x00080033
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


def kind_of_object(attributes: Attributes) -> str:
    """Return what an object is, in words."""
    return sop_class_name(attributes.text(_SOP_CLASS_UID))


def identity_of(attributes: Attributes) -> Identity:
    """Return the UIDs of an object."""
    return Identity(*map(attributes.text, (_SOP_CLASS_UID, _SOP_INSTANCE_UID, _STUDY_UID, _SERIES_UID)))


def _patient(attributes: Attributes) -> tuple[Fact, ...]:
    name, sex = _text(attributes, _PATIENT_NAME), attributes.text(_SEX)
    born, years = attributes.text(_BIRTH_DATE), attributes.text(_AGE)
    return _facts(
        ("name", person_name(name).whole, name),
        ("patient id", _text(attributes, _PATIENT_ID)),
        ("birth date", date(born), born),
        ("sex", {"M": "male", "F": "female", "O": "other"}.get(sex, sex), sex),
        ("age", age(years) or years, years),
    )


def _study(attributes: Attributes) -> tuple[Fact, ...]:
    when = (date(attributes.text(_STUDY_DATE)), exact_time(attributes.text(_STUDY_TIME)))
    physician = _text(attributes, _REFERRING_PHYSICIAN)
    return _facts(
        ("study date", " ".join(filter(None, when))),
        ("study description", _text(attributes, _STUDY_DESCRIPTION)),
        ("study id", _text(attributes, _STUDY_ID)),
        ("accession number", _text(attributes, _ACCESSION_NUMBER)),
        ("referring physician", _names(physician), physician),
        ("institution", _text(attributes, _INSTITUTION)),
    )


def _document(attributes: Attributes) -> tuple[Fact, ...]:
    when = (date(attributes.text(_CONTENT_DATE)), exact_time(attributes.text(_CONTENT_TIME)))
    series = (attributes.text(_SERIES_NUMBER), _text(attributes, _SERIES_DESCRIPTION))
    return _facts(
        ("content date", " ".join(filter(None, when))),
        ("series", " ".join(filter(None, series))),
        ("instance", attributes.text(_INSTANCE_NUMBER)),
        ("protocol", _text(attributes, _PROTOCOL)),
        ("device", " ".join(filter(None, (_text(attributes, tag) for tag in (_MANUFACTURER, _MODEL, _SERIAL_NUMBER))))),
    )


def _facts(*facts: tuple[str, str] | tuple[str, str, str]) -> tuple[Fact, ...]:
    """Return facts that say something: name, value, and how it is stored where that may differ."""
    return tuple(
        Fact(name, value, next((one for one in stored if one != value), "")) for name, value, *stored in facts if value
    )


def _names(value: str) -> str:
    """Return the names of one person or several: some write two where one is foreseen (C.7.2.1)."""
    return "; ".join(filter(None, (person_name(name).whole for name in value.split("\\"))))


def _text(attributes: Attributes, tag: int) -> str:
    return attributes.decoded_text(tag, attributes.character_set())[:_LONGEST]
