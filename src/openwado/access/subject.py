"""What rules look at: an object, or the series that it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Description, Instance

#: What an attribute is the same for (PS3.3 A.1.2).
Level = Literal["study", "series"]


@dataclass(frozen=True, slots=True)
class Subject:
    """An object; or a series, where sop_instance_uid is "".

    Attributes:
        study_instance_uid: (0020,000D).
        series_instance_uid: (0020,000E).
        sop_instance_uid: (0008,0018).
        description: words about it.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    description: Description


def subject_of(instance: Instance, description: Description) -> Subject:
    """Return an object as rules look at it."""
    return Subject(instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid, description)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a rule can speak of: its name, what it is the same for, and how it is read."""

    name: str
    level: Level
    read: Callable[[Subject], str]


_ALL: Final = (
    Attribute("patient_id", "study", lambda subject: subject.description.patient_id),
    Attribute("issuer_of_patient_id", "study", lambda subject: subject.description.issuer_of_patient_id),
    Attribute("study_instance_uid", "study", lambda subject: subject.study_instance_uid),
    Attribute("study_description", "study", lambda subject: subject.description.study_description),
    Attribute("accession_number", "study", lambda subject: subject.description.accession_number),
    Attribute("referring_physician_name", "study", lambda subject: subject.description.referring_physician_name),
    Attribute("series_instance_uid", "series", lambda subject: subject.series_instance_uid),
    Attribute("modality", "series", lambda subject: subject.description.modality),
    Attribute("institution_name", "series", lambda subject: subject.description.institution_name),
    Attribute(
        "institutional_department_name", "series", lambda subject: subject.description.institutional_department_name
    ),
)

#: By their keywords (PS3.6), in small letters.
ATTRIBUTES: Final = {attribute.name: attribute for attribute in _ALL}
