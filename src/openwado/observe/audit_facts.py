"""What processes note for the audit trail: small facts, one line of JSON each, from which messages are made."""

from __future__ import annotations

from typing import Literal

import msgspec

Way = Literal["C-STORE", "STOW-RS", "import"]
Stage = Literal["shown", "begun", "sent", "broken off"]
AlertKind = Literal[
    "node authentication", "restricted function", "object security changed", "recording stopped", "recording started"
]


class Agent(msgspec.Struct, frozen=True, array_like=True):
    """Who did it; "" for what is not known.

    Attributes:
        user: the name that was proven, or claimed.
        address: IP address of the machine.
        ae_title: of a DICOM application.
        media: URI of what objects are imported from.
    """

    user: str = ""
    address: str = ""
    ae_title: str = ""
    media: str = ""


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Something that happened; time: seconds since 1970."""

    time: float
    agent: Agent = Agent()


class Retrieved(Fact, frozen=True, kw_only=True, tag=True):
    """An object that was asked for by WADO.

    Attributes:
        stage: a picture or report was shown; or a native object began to be sent, was sent, or broke off.
        encrypted: whether it went over TLS.
        anonymized: whether it had lost what names the patient.
    """

    study: str
    sop_class: str
    sop_instance: str
    stage: Stage
    encrypted: bool = False
    anonymized: bool = False


class Listed(Fact, frozen=True, kw_only=True, tag=True):
    """A study whose contents a page showed."""

    study: str
    encrypted: bool = False


class Asked(Fact, frozen=True, kw_only=True, tag=True):
    """A query; query: as the protocol writes it."""

    query: str


class Received(Fact, frozen=True, kw_only=True, tag=True):
    """An object that was taken in; outcome: as of `admission`."""

    study: str
    sop_class: str
    sop_instance: str
    outcome: Literal["stored", "same", "replaced"]
    way: Way
    encrypted: bool = False


class Refused(Fact, frozen=True, kw_only=True, tag=True):
    """An object that was not taken in, and why."""

    reason: str
    way: Way


class Authenticated(Fact, frozen=True, kw_only=True, tag=True):
    """Somebody proved who they are, or did not.

    Attributes:
        method: how.
        succeeded: whether.
        reason: why not.
    """

    method: str
    succeeded: bool
    reason: str = ""


class Alerted(Fact, frozen=True, kw_only=True, tag=True):
    """Something that endangers security; outcome: EventOutcomeIndicator."""

    kind: AlertKind
    text: str
    outcome: int = 4


class Deleted(Fact, frozen=True, kw_only=True, tag=True):
    """Objects of a study that were deleted.

    Attributes:
        whole: whether no object of the study is left.
        classes: their SOP Instance UIDs by SOP Class UID.
        patient_id, patient_name, accession: as they were.
    """

    study: str
    whole: bool
    classes: dict[str, list[str]]
    patient_id: str = ""
    patient_name: str = ""
    accession: str = ""


class Activity(Fact, frozen=True, kw_only=True, tag=True):
    """The server started, or stopped."""

    started: bool


class LogUsed(Fact, frozen=True, kw_only=True, tag=True):
    """Somebody read the audit trail; uri: of it."""

    uri: str


AnyFact = Retrieved | Listed | Asked | Received | Refused | Authenticated | Alerted | Deleted | Activity | LogUsed

#: Facts that are gathered for a while; each of the others is a message at once.
GATHERED = (Retrieved, Listed, Received, Refused, Authenticated)

#: What can be left out by a setting, and the facts that it is made of.
EVENTS: dict[str, tuple[type[Fact], ...]] = {
    "activity": (Activity,),
    "retrieval": (Retrieved, Listed),
    "storage": (Received,),
    "query": (Asked,),
    "authentication": (Authenticated,),
    "alert": (Alerted, Refused),
    "deletion": (Deleted,),
    "audit log": (LogUsed,),
}

encode_fact = msgspec.json.Encoder().encode
decode_fact = msgspec.json.Decoder(AnyFact).decode
