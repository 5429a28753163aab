"""Audit messages as XML, by the schema of PS3.15 A.5.1.1."""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.observe.audit_codes import Code
    from openwado.observe.audit_message import AuditMessage, AuditSource, Participant, ParticipantObject

#: AuditSourceTypeCode: web server process tier (A.5.1.2.1).
_WEB_SERVER: Final = "3"

#: NetworkAccessPointTypeCode.
_MACHINE_NAME, _IP_ADDRESS, _URI = "1", "2", "5"

#: What XML 1.0 cannot hold (production 2), surrogates among it.
_IMPOSSIBLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED: Final = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def message_xml(message: AuditMessage, source: AuditSource) -> str:
    """Write a message as one line of XML. Characters that XML cannot hold become U+FFFD."""
    return "".join(_parts(message, source))


def _parts(message: AuditMessage, source: AuditSource) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?><AuditMessage>'
    yield "<EventIdentification"
    yield _attribute("EventActionCode", message.action)
    yield _attribute("EventDateTime", time_text(message.time))
    yield _attribute("EventOutcomeIndicator", str(message.outcome))
    yield f">{_coded('EventID', message.event)}"
    for one in message.types:
        yield _coded("EventTypeCode", one)
    if message.description:
        yield f"<EventOutcomeDescription>{_text(message.description)}</EventOutcomeDescription>"
    yield "</EventIdentification>"
    for participant in message.participants:
        yield from _participant(participant)
    yield "<AuditSourceIdentification"
    if source.site:
        yield _attribute("AuditEnterpriseSiteID", source.site)
    yield _attribute("AuditSourceID", source.source_id)
    yield f'><AuditSourceTypeCode csd-code="{_WEB_SERVER}"/></AuditSourceIdentification>'
    for one_object in message.objects:
        yield from _object(one_object)
    yield "</AuditMessage>"


def time_text(seconds: float) -> str:
    """Return a time as xsd:dateTime in UTC, with milliseconds (A.5.2.5); RFC 5424 takes it too."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _participant(participant: Participant) -> Iterator[str]:
    yield "<ActiveParticipant"
    yield _attribute("UserID", participant.user_id)
    if participant.alternative_user_id:
        yield _attribute("AlternativeUserID", participant.alternative_user_id)
    if participant.user_name:
        yield _attribute("UserName", participant.user_name)
    yield _attribute("UserIsRequestor", "true" if participant.is_requestor else "false")
    if participant.address:
        yield _attribute("NetworkAccessPointID", participant.address)
        yield _attribute("NetworkAccessPointTypeCode", _access_point_type(participant))
    yield ">"
    if participant.role is not None:
        yield _coded("RoleIDCode", participant.role)
    if participant.media is not None:
        yield f"<MediaIdentifier>{_coded('MediaType', participant.media)}</MediaIdentifier>"
    yield "</ActiveParticipant>"


def _access_point_type(participant: Participant) -> str:
    if participant.media is not None:
        return _URI
    try:
        ipaddress.ip_address(participant.address)
    except ValueError:
        return _MACHINE_NAME
    return _IP_ADDRESS


def _object(one: ParticipantObject) -> Iterator[str]:
    yield "<ParticipantObjectIdentification"
    yield _attribute("ParticipantObjectID", one.object_id)
    yield _attribute("ParticipantObjectTypeCode", str(one.type_code))
    yield _attribute("ParticipantObjectTypeCodeRole", str(one.role))
    yield f">{_coded('ParticipantObjectIDTypeCode', one.id_type)}"
    if one.query is not None:
        yield f"<ParticipantObjectQuery>{base64.b64encode(one.query).decode()}</ParticipantObjectQuery>"
    else:
        yield f"<ParticipantObjectName>{_text(one.name or one.object_id)}</ParticipantObjectName>"
    for kind, value in one.details:
        encoded = base64.b64encode(value.encode("utf-8", "replace")).decode()
        yield f"<ParticipantObjectDetail{_attribute('type', kind)}{_attribute('value', encoded)}/>"
    yield from _description(one)
    yield "</ParticipantObjectIdentification>"


def _description(one: ParticipantObject) -> Iterator[str]:
    if not (one.accession or one.classes or one.encrypted is not None or one.anonymized is not None):
        return
    yield "<ParticipantObjectDescription>"
    if one.accession:
        yield f"<Accession{_attribute('Number', one.accession)}/>"
    for kind in one.classes:
        uid = _attribute("UID", kind.uid) if kind.uid else ""
        yield f"<SOPClass{uid}{_attribute('NumberOfInstances', str(kind.number))}>"
        for instance in kind.instances:
            yield f"<Instance{_attribute('UID', instance)}/>"
        yield "</SOPClass>"
    if one.encrypted is not None:
        yield f"<Encrypted>{'true' if one.encrypted else 'false'}</Encrypted>"
    if one.anonymized is not None:
        yield f"<Anonymized>{'true' if one.anonymized else 'false'}</Anonymized>"
    yield "</ParticipantObjectDescription>"


def _coded(element: str, code: Code) -> str:
    system, meaning = _attribute("codeSystemName", code.system), _attribute("originalText", code.meaning)
    return f"<{element}{_attribute('csd-code', code.code)}{system}{meaning}/>"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(_IMPOSSIBLE.sub(chr(0xFFFD), value), _QUOTED)}"'


def _text(value: str) -> str:
    return escape(_IMPOSSIBLE.sub(chr(0xFFFD), value))
