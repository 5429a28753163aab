"""Messages from facts: which message belongs to which event (PS3.15 A.5.3; the table is in docs/audit.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.observe import audit_codes as codes
from openwado.observe.audit_facts import (
    Activity,
    Alerted,
    Asked,
    Authenticated,
    Deleted,
    Listed,
    LogUsed,
    Received,
    Refused,
    Retrieved,
)
from openwado.observe.audit_message import (
    CREATE,
    DELETE,
    EXECUTE,
    MINOR_FAILURE,
    READ,
    REPORT_ROLE,
    SECURITY_RESOURCE_ROLE,
    SERIOUS_FAILURE,
    SUCCESS,
    SYSTEM_OBJECT,
    UPDATE,
    AuditMessage,
    ParticipantObject,
)
from openwado.observe.audit_participants import (
    StudyFacts,
    media,
    node_object,
    patient_object,
    person,
    server,
    study_object,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.observe.audit_facts import Agent, Fact
    from openwado.observe.audit_group import Group
    from openwado.observe.audit_message import AuditSource, Participant

#: EventActionCode by what became of an object that was received (A.5.3.7).
_RECEIVED = {"stored": CREATE, "same": READ, "replaced": UPDATE}

_ALERTS = {
    "node authentication": codes.NODE_AUTHENTICATION,
    "restricted function": codes.USE_OF_RESTRICTED_FUNCTION,
    "object security changed": codes.OBJECT_SECURITY_ATTRIBUTES_CHANGED,
    "recording stopped": codes.AUDIT_RECORDING_STOPPED,
    "recording started": codes.AUDIT_RECORDING_STARTED,
}


@dataclass(frozen=True, slots=True)
class Messages:
    """Makes messages.

    Attributes:
        source: who reports.
        most_instances: instances named in one message; more of them are in further messages. 0: none is named.
        is_inside: says of an address whether it is in the security domain.
        study_facts: says whose a study is.
    """

    source: AuditSource
    most_instances: int
    is_inside: Callable[[str], bool]
    study_facts: Callable[[str], StudyFacts]

    def of_group(self, group: Group) -> Iterator[AuditMessage]:
        """Give the messages of facts that belong together."""
        match group.first:
            case Retrieved() | Listed():
                yield from self._retrieved(group, group.first)
            case Received():
                yield from self._received(group, group.first)
            case Refused():
                yield self._refused(group, group.first)
            case Authenticated():
                yield self._authenticated(group, group.first)

    def of_fact(self, fact: Fact) -> AuditMessage:
        """Return the message of a fact that stands for itself.

        Raises:
            ValueError: it does not.
        """
        match fact:
            case Asked():
                return self._asked(fact)
            case Alerted():
                return self.alert(fact)
            case Deleted():
                return self._deleted(fact)
            case Activity():
                return self._activity(fact)
            case LogUsed():
                return self._log_used(fact)
            case _:
                raise ValueError(f"{type(fact).__name__} is gathered")

    def alert(self, fact: Alerted) -> AuditMessage:
        """Return a Security Alert (A.5.3.11)."""
        return AuditMessage(
            codes.SECURITY_ALERT,
            EXECUTE,
            fact.time,
            (server(self.source), *self._performer(fact.agent)),
            (node_object(fact.agent, fact.text),),
            outcome=fact.outcome,
            types=(_ALERTS[fact.kind],),
        )

    def _performer(self, agent: Agent) -> Iterator[Participant]:
        if agent.user or agent.ae_title or agent.address:
            yield person(agent, is_requestor=False)

    def _portions(self, group: Group) -> Iterator[dict[str, list[str]]]:
        return group.chunks(self.most_instances or group.count + 1)

    def _retrieved(self, group: Group, first: Retrieved | Listed) -> Iterator[AuditMessage]:
        """Give Instances Accessed, Begin Transferring, Instances Transferred or Export (A.5.3.6, .3, .7, .4)."""
        stage = first.stage if isinstance(first, Retrieved) else "shown"
        inside = self.is_inside(first.agent.address)
        if stage == "begun" and not inside:
            return  # what leaves the security domain is one Export
        event, action = codes.INSTANCES_ACCESSED, READ
        participants: tuple[Participant, ...] = (person(first.agent), server(self.source))
        if not inside:
            event = codes.EXPORT
            uri = f"{'https' if first.encrypted else 'http'}://{_host(first.agent.address)}/"
            participants = (
                person(first.agent, codes.DESTINATION),
                server(self.source, codes.SOURCE),
                media(uri, codes.DESTINATION_MEDIA),
            )
        elif stage != "shown":
            event = codes.BEGIN_TRANSFERRING if stage == "begun" else codes.INSTANCES_TRANSFERRED
            action = EXECUTE if stage == "begun" else READ
            participants = (server(self.source, codes.SOURCE), person(first.agent, codes.DESTINATION))
        facts = self.study_facts(first.study)
        failed = stage == "broken off"
        for portion in self._portions(group):
            study = study_object(
                first.study,
                facts,
                portion,
                listed=self.most_instances > 0,
                encrypted=first.encrypted,
                anonymized=True if isinstance(first, Retrieved) and first.anonymized else None,
            )
            yield AuditMessage(
                event,
                action,
                first.time,
                participants,
                (study, patient_object(facts)),
                outcome=SERIOUS_FAILURE if failed else SUCCESS,
                description="The connection broke before all was sent." if failed else "",
            )

    def _received(self, group: Group, first: Received) -> Iterator[AuditMessage]:
        """Give Instances Transferred, or for files from media Import (A.5.3.7, A.5.3.5)."""
        facts = self.study_facts(first.study)
        for portion in self._portions(group):
            study = study_object(
                first.study,
                facts,
                portion,
                listed=self.most_instances > 0,
                encrypted=None if first.way == "import" else first.encrypted,
            )
            about = (study, patient_object(facts))
            if first.way == "import":
                participants = (
                    person(first.agent, codes.DESTINATION),
                    media(first.agent.media or "file:///", codes.SOURCE_MEDIA),
                )
                yield AuditMessage(codes.IMPORT, CREATE, first.time, participants, about)
            else:
                participants = (person(first.agent, codes.SOURCE), server(self.source, codes.DESTINATION))
                action = _RECEIVED[first.outcome]
                yield AuditMessage(codes.INSTANCES_TRANSFERRED, action, first.time, participants, about)

    def _refused(self, group: Group, first: Refused) -> AuditMessage:
        count = "1 object" if group.count == 1 else f"{group.count} objects"
        text = f"{count} refused that came by {first.way}: {first.reason}"
        return self.alert(Alerted(time=first.time, agent=first.agent, kind="restricted function", text=text))

    def _authenticated(self, group: Group, first: Authenticated) -> AuditMessage:
        """Return User Authentication (A.5.3.12)."""
        text = "" if first.succeeded else f"{first.method}: {first.reason}"
        if text and group.count > 1:
            text += f" ({group.count} times)"
        return AuditMessage(
            codes.USER_AUTHENTICATION,
            EXECUTE,
            first.time,
            (person(first.agent), server(self.source)),
            outcome=SUCCESS if first.succeeded else MINOR_FAILURE,
            types=(codes.LOGIN,),
            description=text,
        )

    def _asked(self, fact: Asked) -> AuditMessage:
        """Return Query, of another protocol than DICOM's (A.5.3.10, note 2)."""
        query = ParticipantObject(
            object_id="HTTP",
            id_type=codes.SEARCH_CRITERIA,
            type_code=SYSTEM_OBJECT,
            role=REPORT_ROLE,  # so the table says, though there is a role for queries
            query=fact.query.encode("utf-8", "replace"),
        )
        participants = (person(fact.agent, codes.SOURCE), server(self.source, codes.DESTINATION))
        return AuditMessage(codes.QUERY, EXECUTE, fact.time, participants, (query,))

    def _deleted(self, fact: Deleted) -> AuditMessage:
        """Return Study Deleted, or Instances Accessed where some of the study are left (A.5.3.8, A.5.3.6)."""
        facts = StudyFacts(fact.patient_id, fact.patient_name, fact.accession)
        study = study_object(fact.study, facts, fact.classes, listed=not fact.whole and self.most_instances > 0)
        return AuditMessage(
            codes.STUDY_DELETED if fact.whole else codes.INSTANCES_ACCESSED,
            DELETE,
            fact.time,
            (person(fact.agent), server(self.source)),
            (study, patient_object(facts)),
        )

    def _activity(self, fact: Activity) -> AuditMessage:
        """Return Application Activity (A.5.3.1)."""
        return AuditMessage(
            codes.APPLICATION_ACTIVITY,
            EXECUTE,
            fact.time,
            (server(self.source, codes.APPLICATION), person(fact.agent, codes.APPLICATION_LAUNCHER)),
            types=(codes.APPLICATION_START if fact.started else codes.APPLICATION_STOP,),
        )

    def _log_used(self, fact: LogUsed) -> AuditMessage:
        """Return Audit Log Used (A.5.3.2)."""
        log = ParticipantObject(
            object_id=fact.uri,
            id_type=codes.URI,
            type_code=SYSTEM_OBJECT,
            role=SECURITY_RESOURCE_ROLE,
            name="Security Audit Log",
        )
        return AuditMessage(codes.AUDIT_LOG_USED, READ, fact.time, (person(fact.agent),), (log,))


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
