"""Those who take part in an event, and what it is about, as messages have them (PS3.15 A.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.observe.audit_codes import MEDIA_URI, NODE_ID, PATIENT_NUMBER, STUDY_INSTANCE_UID
from openwado.observe.audit_message import (
    PATIENT_ROLE,
    PERSON,
    REPORT_ROLE,
    SECURITY_RESOURCE_ROLE,
    SYSTEM_OBJECT,
    ObjectClass,
    Participant,
    ParticipantObject,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openwado.observe.audit_codes import Code
    from openwado.observe.audit_facts import Agent
    from openwado.observe.audit_message import AuditSource

#: Stands where a mandatory identifier is not known.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """Whose a study is; "" where the index does not say."""

    patient_id: str = ""
    patient_name: str = ""
    accession: str = ""


NO_FACTS = StudyFacts()


def person(agent: Agent, role: Code | None = None, *, is_requestor: bool = True) -> Participant:
    """Return who asked: the name that was proven, else the AE title, else the address (A.5.2.1)."""
    return Participant(
        user_id=agent.user or agent.ae_title or agent.address or UNKNOWN,
        is_requestor=is_requestor,
        role=role,
        alternative_user_id=f"AETITLES={agent.ae_title}" if agent.ae_title else "",
        address=agent.address,
    )


def server(source: AuditSource, role: Code | None = None, *, is_requestor: bool = False) -> Participant:
    """Return this server as one that takes part."""
    return Participant(
        user_id=source.source_id,
        is_requestor=is_requestor,
        role=role,
        alternative_user_id=f"AETITLES={source.ae_title}" if source.ae_title else "",
        user_name="openwado",
        address=source.host,
    )


def media(uri: str, role: Code) -> Participant:
    """Return what data come from or go to, named by its URI."""
    return Participant(user_id=uri, is_requestor=False, role=role, address=uri, media=MEDIA_URI)


def study_object(  # noqa: PLR0913 -- a study, and what is said about it
    study: str,
    facts: StudyFacts,
    instances: Mapping[str, Sequence[str]],
    *,
    listed: bool,
    encrypted: bool | None = None,
    anonymized: bool | None = None,
) -> ParticipantObject:
    """Return a study with instances of it by SOP Class; listed: whether each is named."""
    return ParticipantObject(
        object_id=study or UNKNOWN,
        id_type=STUDY_INSTANCE_UID,
        type_code=SYSTEM_OBJECT,
        role=REPORT_ROLE,
        accession=facts.accession if instances else "",  # nothing is described without its SOP Classes (table A.5.2-1)
        classes=tuple(
            ObjectClass(sop_class, len(uids), tuple(uids) if listed else ()) for sop_class, uids in instances.items()
        ),
        encrypted=encrypted if instances else None,
        anonymized=anonymized if instances else None,
    )


def patient_object(facts: StudyFacts) -> ParticipantObject:
    """Return a patient."""
    return ParticipantObject(
        object_id=facts.patient_id or UNKNOWN,
        id_type=PATIENT_NUMBER,
        type_code=PERSON,
        role=PATIENT_ROLE,
        name=facts.patient_name,
    )


def node_object(agent: Agent, text: str) -> ParticipantObject:
    """Return the node that an alert is about, with the words of the alert (A.5.3.11)."""
    return ParticipantObject(
        object_id=agent.address or agent.ae_title or agent.user or UNKNOWN,
        id_type=NODE_ID,
        type_code=SYSTEM_OBJECT,
        role=SECURITY_RESOURCE_ROLE,
        details=(("Alert Description", text),),
    )
