"""An audit message as values (PS3.15 A.5.1, A.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.observe.audit_codes import Code

#: EventOutcomeIndicator: it went well; it did not, and may another time; it did not; and what watches is hit itself.
SUCCESS, MINOR_FAILURE, SERIOUS_FAILURE, MAJOR_FAILURE = 0, 4, 8, 12

#: EventActionCode.
CREATE: Final = "C"
READ: Final = "R"
UPDATE: Final = "U"
DELETE: Final = "D"
EXECUTE: Final = "E"

#: ParticipantObjectTypeCode.
PERSON, SYSTEM_OBJECT = 1, 2

#: ParticipantObjectTypeCodeRole.
PATIENT_ROLE, REPORT_ROLE, SECURITY_RESOURCE_ROLE = 1, 3, 13


@dataclass(frozen=True, slots=True)
class Participant:
    """Who takes part: a person, a process, a node or media.

    Attributes:
        user_id: never "".
        is_requestor: whether it began what is told; at most one of a message does.
        role: RoleIDCode, None for none.
        alternative_user_id: AE titles as A.5.2.2 writes them, or another name for the same.
        user_name: for people to read.
        address: IP address or name of its machine, or the URI of media.
        media: MediaType of media, None for all others.
    """

    user_id: str
    is_requestor: bool
    role: Code | None = None
    alternative_user_id: str = ""
    user_name: str = ""
    address: str = ""
    media: Code | None = None


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """Instances of one SOP Class: how many, and those that are named."""

    uid: str
    number: int
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParticipantObject:
    """What it is about.

    Attributes:
        object_id: never "".
        id_type: what kind of identifier that is.
        type_code: person or system object.
        role: ParticipantObjectTypeCodeRole.
        name: ParticipantObjectName; where it is "" and there is no query, the identifier stands there: one must.
        query: ParticipantObjectQuery.
        details: types and values.
        accession: Accession Number of a study, "" where there is none.
        classes: of a study, its instances by SOP Class.
        encrypted: whether the data were on their way; None: it does not apply.
        anonymized: whether they had lost what names the patient; None: it does not apply.
    """

    object_id: str
    id_type: Code
    type_code: int
    role: int
    name: str = ""
    query: bytes | None = None
    details: tuple[tuple[str, str], ...] = ()
    accession: str = ""
    classes: tuple[ObjectClass, ...] = ()
    encrypted: bool | None = None
    anonymized: bool | None = None


@dataclass(frozen=True, slots=True)
class AuditSource:
    """Who reports.

    Attributes:
        source_id: AuditSourceID; also the UserID of this server where it takes part.
        site: AuditEnterpriseSiteID, "" for none.
        host: name of this machine.
        ae_title: of this server.
    """

    source_id: str
    site: str
    host: str
    ae_title: str


@dataclass(frozen=True, slots=True)
class AuditMessage:
    """One message.

    Attributes:
        event: EventID.
        action: EventActionCode.
        time: EventDateTime, seconds since 1970.
        participants: at least one.
        objects: what it is about.
        outcome: EventOutcomeIndicator.
        types: EventTypeCodes.
        description: EventOutcomeDescription, "" for none.
    """

    event: Code
    action: str
    time: float
    participants: tuple[Participant, ...]
    objects: tuple[ParticipantObject, ...] = ()
    outcome: int = SUCCESS
    types: tuple[Code, ...] = ()
    description: str = ""
