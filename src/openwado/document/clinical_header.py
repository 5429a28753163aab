"""Headers of clinical documents: whose, by whom, when, for whom (HL7 CDA R2 4.2, R1 3.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.document.clinical_words import (
    addresses,
    coded,
    confidentiality,
    gender,
    identifiers,
    name_of,
    value_of,
    when,
)
from openwado.document.facts import Fact, FactGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.document.labels import Language
    from openwado.document.xml_tree import XmlElement

#: Those who take part (R2, then R1), with the key of a label.
_PARTICIPANTS: Final = (
    ("author", "author"),
    ("originator", "author"),
    ("dataEnterer", "data enterer"),
    ("transcriptionist", "data enterer"),
    ("informant", "informant"),
    ("legalAuthenticator", "legal authenticator"),
    ("legal_authenticator", "legal authenticator"),
    ("authenticator", "authenticator"),
    ("informationRecipient", "recipient"),
    ("intended_recipient", "recipient"),
    ("participant", "participant"),
    ("provider", "provider"),
)
_PERSONS: Final = ("assignedPerson", "associatedPerson", "informationRecipient", "person", "relatedPerson")
_ORGANIZATIONS: Final = (
    *("representedOrganization", "scopingOrganization", "receivedOrganization", "organization"),
    "representedCustodianOrganization",
)
_TIMES: Final = ("time", "participation_tmr", "signature_dttm", "originating_dttm")


def header_groups(root: XmlElement, language: Language) -> tuple[FactGroup, ...]:
    """Return what the header says, patient first.

    Args:
        root: of the document; in R1 the header is an element of its own.
        language: of our own words.
    """
    header = root.find("clinical_document_header") or root
    groups = (("patient", _patient(header, language)), ("document", _document(header, language)))
    made = ((key, _facts(rows)) for key, rows in groups)
    return tuple(FactGroup(key, facts) for key, facts in made if facts)


def _facts(rows: Iterable[tuple[str, str]]) -> tuple[Fact, ...]:
    return tuple(Fact(key, value) for key, value in dict.fromkeys(rows) if value)


def _patient(header: XmlElement, language: Language) -> Iterator[tuple[str, str]]:
    for target in header.children("recordTarget", "patient"):
        role = target.find("patientRole") or target.find("patient") or target
        person = role.find("patient") or role.find("patientPatient") or role.find("person")
        yield "name", name_of(person)
        yield "patient id", identifiers(role) or identifiers(person)
        for holder in (person, role):
            if holder is not None:
                yield "birth date", when(holder.find("birthTime") or holder.find("birth_dttm"))
                yield (
                    "sex",
                    gender(
                        holder.find("administrativeGenderCode") or holder.find("administrative_gender_cd"), language
                    ),
                )
        yield "address", addresses(role)
        yield "institution", name_of(role.find("providerOrganization"))


def _document(header: XmlElement, language: Language) -> Iterator[tuple[str, str]]:
    yield "document code", coded(header.find("code") or header.find("document_type_cd"))
    yield "content date", when(header.find("effectiveTime") or header.find("origination_dttm"))
    yield (
        "confidentiality",
        confidentiality(header.find("confidentialityCode") or header.find("confidentiality_cd"), language),
    )
    yield "version", value_of(header.find("versionNumber") or header.find("version_nbr"))
    yield "document id", identifiers(header)
    for element, key in _PARTICIPANTS:
        for participant in header.children(element):
            yield key, _participant(participant)
    yield "custodian", _organization(header.find("custodian") or header.find("originating_organization"))
    for event in (documented.find("serviceEvent") for documented in header.children("documentationOf")):
        if event is not None:
            yield "service", _joined(coded(event.find("code")), when(event.find("effectiveTime")))
    encounter = header.find("componentOf", "encompassingEncounter") or header.find("patient_encounter")
    if encounter is not None:
        time = encounter.find("effectiveTime") or encounter.find("encounter_tmr")
        yield "encounter", _joined(coded(encounter.find("code")), identifiers(encounter), when(time))


def _participant(participant: XmlElement) -> str:
    """Return who takes part: a person or a device, for which organization, and when."""
    person = device = ""
    for element in participant.walk():
        if element.name in _PERSONS:
            person = person or name_of(element)
        elif element.name in ("softwareName", "manufacturerModelName"):
            device = device or element.text
    time = next((said for name in _TIMES if (said := when(participant.find(name)))), "")
    return _joined(person or device, _organization(participant), time)


def _organization(holder: XmlElement | None) -> str:
    found = (element for element in holder.walk() if element.name in _ORGANIZATIONS) if holder is not None else ()
    return next((name for element in found if (name := name_of(element))), "")


def _joined(*words: str) -> str:
    return "; ".join(filter(None, words))
