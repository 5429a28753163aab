"""Messages from facts: each conforms to the schema of PS3.15 A.5.1.1 and to the table of its event in A.5.3."""

from __future__ import annotations

import base64
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audit_reading import SCHEMA, Read, read
from openwado.observe.audit_events import Messages
from openwado.observe.audit_facts import (
    Activity,
    Agent,
    Alerted,
    Asked,
    Authenticated,
    Deleted,
    Fact,
    Listed,
    LogUsed,
    Received,
    Refused,
    Retrieved,
    decode_fact,
    encode_fact,
)
from openwado.observe.audit_group import Gathering
from openwado.observe.audit_message import AuditSource
from openwado.observe.audit_participants import StudyFacts
from openwado.observe.audit_xml import message_xml

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = AuditSource("openwado@archive", "Ward 5", "archive", "OPENWADO")
WHO = Agent("ada@example", "192.0.2.7")
MODALITY = Agent("", "192.0.2.8", "CT1")
NOW = 1_795_736_489.25
CT = "1.2.840.10008.5.1.4.1.1.2"


def messages_of(
    *facts: Fact, most: int = 300, is_inside: Callable[[str], bool] = lambda _: True, patient: str = "P1"
) -> list[Read]:
    """Return the messages of facts of one window."""
    maker = Messages(SOURCE, most, is_inside, lambda _: StudyFacts(patient, "Lovelace^Ada", "A7"))
    gathering, made = Gathering(), []
    for fact in facts:
        if isinstance(fact, (Retrieved, Listed, Received, Refused, Authenticated)):
            gathering.add(fact)
        else:
            made.append(maker.of_fact(fact))
    made += [message for group in gathering.take() for message in maker.of_group(group)]
    return [read(message_xml(message, SOURCE)) for message in made]


def retrieved(stage: str = "shown", uid: str = "1.2.3.9", **others: Any) -> Retrieved:  # noqa: ANN401 -- fields
    """Return the retrieval of an object."""
    fields: dict[str, Any] = {"agent": WHO, "study": "1.2.3", "sop_class": CT} | others
    return Retrieved(time=NOW, sop_instance=uid, stage=stage, **fields)  # type: ignore[arg-type]


def test_a_picture_is_an_access() -> None:
    """A picture that was shown is DICOM Instances Accessed, Read, by who asked, of the study's patient (A.5.3.6)."""
    (message,) = messages_of(retrieved())
    assert (message.event, message.action, message.outcome) == ("110103", "R", "0")
    assert message.requestor == "ada@example"
    assert message.text("ActiveParticipant[@UserID='ada@example']/@NetworkAccessPointID") == "192.0.2.7"
    assert message.text("ActiveParticipant[@UserID='ada@example']/@NetworkAccessPointTypeCode") == "2"
    assert (message.study, message.patient) == ("1.2.3", ("P1", "Lovelace^Ada"))
    assert (message.number, message.instances) == (1, ["1.2.3.9"])
    assert message.text("//SOPClass/@UID") == CT
    assert message.text("//Accession/@Number") == "A7"
    assert message.text("EventIdentification/@EventDateTime") == "2026-11-26T23:41:29.250Z"
    assert message.text("AuditSourceIdentification/@AuditSourceID") == "openwado@archive"
    assert message.text("AuditSourceIdentification/@AuditEnterpriseSiteID") == "Ward 5"


def test_many_pictures_of_a_study_are_one_access() -> None:
    """Five hundred pictures of a study by one user are one access, told in messages of at most so many instances."""
    made = messages_of(*(retrieved(uid=f"1.2.3.{number}") for number in range(500)), most=300)
    assert [message.number for message in made] == [300, 200]
    assert sorted(uid for message in made for uid in message.instances) == sorted(f"1.2.3.{n}" for n in range(500))
    assert all(len(etree.tostring(message.root)) <= 32768 for message in made)  # A.6: every receiver takes these


def test_messages_with_the_longest_uids_are_still_taken_by_every_receiver() -> None:
    """A message of 300 instances with UIDs of 64 characters has at most 32768 bytes (A.6)."""
    (message,) = messages_of(*(retrieved(uid=f"{number:03d}".rjust(64, "1")) for number in range(300)))
    assert message.number == 300
    assert len(etree.tostring(message.root)) <= 32768


def test_users_and_studies_are_told_apart() -> None:
    """Accesses by another user, from another machine, or of another study are messages of their own."""
    others: list[dict[str, Any]] = [
        {},
        {"agent": Agent("bob@example", "192.0.2.7")},
        {"agent": Agent("ada@example", "192.0.2.9")},
        {"study": "1.2.4"},
    ]
    assert len(messages_of(*(retrieved(**one) for one in others for _ in range(3)))) == 4


def test_instances_need_not_be_named() -> None:
    """Where the settings want no names, the instances are counted by SOP Class, in one message."""
    (message,) = messages_of(*(retrieved(uid=f"1.{number}") for number in range(900)), most=0)
    assert (message.number, message.instances) == (900, [])


def test_a_page_of_a_study_is_the_same_access_as_its_pictures() -> None:
    """A page and the pictures on it are one access; a page alone names the study and nothing in it."""
    listed = Listed(time=NOW, agent=WHO, study="1.2.3")
    (both,) = messages_of(listed, retrieved())
    assert (both.event, both.number) == ("110103", 1)
    (alone,) = messages_of(listed)
    assert (alone.event, alone.study, alone.number) == ("110103", "1.2.3", 0)
    assert not alone.all("//ParticipantObjectDescription")  # SOPClass would be required (table A.5.2-1)


@pytest.mark.parametrize(
    ("stage", "event", "action", "outcome"),
    [("begun", "110102", "E", "0"), ("sent", "110104", "R", "0"), ("broken off", "110104", "R", "8")],
)
def test_native_objects_are_transferred(stage: str, event: str, action: str, outcome: str) -> None:
    """A native object begins to be transferred, and is, or is not; we are the source (A.5.3.3, A.5.3.7)."""
    (message,) = messages_of(retrieved(stage, anonymized=True, encrypted=True))
    assert (message.event, message.action, message.outcome) == (event, action, outcome)
    assert message.by_role("110153") == "openwado@archive"
    assert message.by_role("110152") == message.requestor == "ada@example"
    assert message.text("//Encrypted/text()") == message.text("//Anonymized/text()") == "true"


def test_success_and_failure_are_not_mixed() -> None:
    """What was sent and what broke off are two messages (A.5.2)."""
    made = messages_of(retrieved("sent", "1.1"), retrieved("broken off", "1.2"))
    assert [(message.outcome, message.instances) for message in made] == [("0", ["1.1"]), ("8", ["1.2"])]


def test_what_leaves_the_domain_is_an_export() -> None:
    """Pictures and objects sent outside the security domain are Export, with the network as its media (A.5.3.4)."""
    made = messages_of(retrieved(), retrieved("begun"), retrieved("sent"), is_inside=lambda _: False)
    assert [(message.event, message.action) for message in made] == [("110106", "R")] * 2
    for message in made:
        assert message.by_role("110153") == "openwado@archive"
        assert message.requestor == message.by_role("110152") == "ada@example"
        media = "ActiveParticipant[RoleIDCode/@csd-code='110154']"
        assert message.text(f"{media}/@UserIsRequestor") == "false"
        assert message.text(f"{media}/@NetworkAccessPointTypeCode") == "5"
        assert message.text(f"{media}/MediaIdentifier/MediaType/@csd-code") == "110037"


@pytest.mark.parametrize(("outcome", "action"), [("stored", "C"), ("same", "R"), ("replaced", "U")])
def test_objects_received_are_transferred(outcome: Any, action: str) -> None:  # noqa: ANN401 -- one of three words
    """What peers send is transferred to us: Create, Read where it was here, Update where it was replaced (A.5.3.7)."""
    fact = Received(
        time=NOW, agent=MODALITY, study="1.2.3", sop_class=CT, sop_instance="1.9", outcome=outcome, way="C-STORE"
    )
    (message,) = messages_of(fact)
    assert (message.event, message.action) == ("110104", action)
    assert message.by_role("110153") == message.requestor == "CT1"
    assert message.text("ActiveParticipant[@UserID='CT1']/@AlternativeUserID") == "AETITLES=CT1"
    assert message.by_role("110152") == "openwado@archive"
    assert message.text("ActiveParticipant[@UserID='openwado@archive']/@AlternativeUserID") == "AETITLES=OPENWADO"


def test_files_are_imported() -> None:
    """Files taken in by command are Import, Create, with the folder as their media (A.5.3.5)."""
    agent = Agent("root@archive", media="file:///mnt/cd")
    fact = Received(
        time=NOW, agent=agent, study="1.2.3", sop_class=CT, sop_instance="1.9", outcome="stored", way="import"
    )
    (message,) = messages_of(fact)
    assert (message.event, message.action) == ("110107", "C")
    assert message.requestor == message.by_role("110152") == "root@archive"
    assert message.by_role("110155") == "file:///mnt/cd"
    assert message.text("//MediaType/@csd-code") == "110037"


def test_refused_objects_are_an_alert() -> None:
    """Objects refused for the same reason are one Security Alert about the node that sent them (A.5.3.11)."""
    (message,) = messages_of(*[Refused(time=NOW, agent=MODALITY, reason="not whole", way="C-STORE")] * 3)
    assert (message.event, message.action, message.outcome, message.type) == ("110113", "E", "4", "110132")
    assert message.alert == "3 objects refused that came by C-STORE: not whole"
    assert message.text("ParticipantObjectIdentification/@ParticipantObjectID") == "192.0.2.8"
    assert message.text("//ParticipantObjectIDTypeCode/@csd-code") == "110182"


def test_authentication() -> None:
    """Logging in is User Authentication, Login, and says whether it succeeded (A.5.3.12)."""
    good = Authenticated(time=NOW, agent=WHO, method="token", succeeded=True)
    bad = Authenticated(time=NOW, agent=WHO, method="basic", succeeded=False, reason="unknown")
    made = messages_of(good, bad, bad)
    assert [(one.event, one.action, one.type, one.outcome) for one in made] == [
        ("110114", "E", "110122", "0"),
        ("110114", "E", "110122", "4"),
    ]
    assert made[1].text("//EventOutcomeDescription/text()") == "basic: unknown (2 times)"
    assert all(one.text("ActiveParticipant[1]/@NetworkAccessPointID") == "192.0.2.7" for one in made)
    assert not any(one.all("ParticipantObjectIdentification") for one in made)


def test_a_query() -> None:
    """The list of studies is a Query of another protocol: the request stands in it as it was (A.5.3.10 note 2)."""
    (message,) = messages_of(Asked(time=NOW, agent=WHO, query="GET /?page=2"))
    assert (message.event, message.action) == ("110112", "E")
    assert (message.by_role("110153"), message.by_role("110152")) == ("ada@example", "openwado@archive")
    assert base64.b64decode(message.text("//ParticipantObjectQuery/text()")) == b"GET /?page=2"
    assert message.text("ParticipantObjectIdentification/@ParticipantObjectTypeCodeRole") == "3"


@pytest.mark.parametrize(("whole", "event", "named"), [(True, "110105", 0), (False, "110103", 2)])
def test_deletion(whole: bool, event: str, named: int) -> None:  # noqa: FBT001 -- a parameter of the test
    """A study without any object left is Study Deleted; else instances were Accessed, Delete (A.5.3.8, A.5.3.6)."""
    fact = Deleted(
        time=NOW, agent=WHO, study="1.2.3", whole=whole, classes={CT: ["1.1", "1.2"]}, patient_id="P9", patient_name="N"
    )
    (message,) = messages_of(fact)
    assert (message.event, message.action, message.patient) == (event, "D", ("P9", "N"))
    assert (message.number, len(message.instances)) == (2, named)


@pytest.mark.parametrize(("started", "kind"), [(True, "110120"), (False, "110121")])
def test_activity(started: bool, kind: str) -> None:  # noqa: FBT001 -- a parameter of the test
    """The server's start and stop are Application Activity, with who launched it (A.5.3.1)."""
    (message,) = messages_of(Activity(time=NOW, agent=Agent("root@archive"), started=started))
    assert (message.event, message.action, message.type) == ("110100", "E", kind)
    assert (message.by_role("110150"), message.by_role("110151")) == ("openwado@archive", "root@archive")


def test_the_log_was_used() -> None:
    """Whoever reads the trail is told by Audit Log Used (A.5.3.2)."""
    (message,) = messages_of(LogUsed(time=NOW, agent=Agent("root@archive"), uri="file:///audit"))
    assert (message.event, message.action, message.requestor) == ("110101", "R", "root@archive")
    assert message.text("//ParticipantObjectName/text()") == "Security Audit Log"
    assert message.text("ParticipantObjectIdentification/@ParticipantObjectTypeCodeRole") == "13"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("node authentication", "110126"),
        ("restricted function", "110132"),
        ("recording stopped", "110133"),
        ("recording started", "110134"),
    ],
)
def test_alerts(kind: Any, code: str) -> None:  # noqa: ANN401 -- one of four words
    """Each kind of alert has its code, and those who caused it are no requestors (A.5.3.11; CID 403)."""
    (message,) = messages_of(Alerted(time=NOW, agent=Agent("", "192.0.2.1"), kind=kind, text="why"))
    assert (message.event, message.type, message.alert, message.requestor) == ("110113", code, "why", "")


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    """Mandatory identifiers are never empty, also where neither user nor patient is known."""
    (message,) = messages_of(retrieved(agent=Agent()), patient="")
    assert message.requestor == "unknown"
    assert message.patient[0] == "unknown"


def test_the_schema_refuses_what_is_none() -> None:
    """The schema that tests use sees wrong codes, missing parts, and parts in another order."""
    (message,) = messages_of(retrieved())
    good = etree.tostring(message.root).decode()
    for old, new in [
        ('EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'),
        ('EventActionCode="R"', 'EventActionCode="X"'),
        ("<ParticipantObjectName>P1</ParticipantObjectName>", ""),
        ('Z"', 'x"'),
        (' UserIsRequestor="true"', ""),
        ("<Encrypted>false</Encrypted>", "<Encrypted>perhaps</Encrypted>"),
        ("Lovelace^Ada</ParticipantObjectName>", "Ada</ParticipantObjectName><MPPS UID='1'/>"),
    ]:
        changed = good.replace(old, new, 1)
        if old in good:
            assert not SCHEMA.validate(etree.fromstring(changed)), new
    assert SCHEMA.validate(etree.fromstring(good))


texts = st.text(max_size=20)
numbers = count()


@given(texts, texts, texts, texts, st.text(st.characters(), max_size=30))
def test_any_text_makes_a_message_that_conforms(user: str, address: str, study: str, patient: str, query: str) -> None:
    """Whatever stands in names, identifiers and queries, the message conforms to the schema and says it."""
    agent = Agent(user, address)
    for message in messages_of(
        retrieved(agent=agent, study=study), Asked(time=NOW, agent=agent, query=query), patient=patient
    ):
        assert message.event in ("110103", "110112")


@given(st.text(), st.sampled_from(["shown", "begun", "sent", "broken off"]), st.booleans())
def test_facts_survive_the_journal(text: str, stage: Any, anonymized: bool) -> None:  # noqa: ANN401, FBT001 -- strategies
    """A fact is read from its line as it was, and no value can end the line."""
    fact = retrieved(stage, text, anonymized=anonymized)
    line = encode_fact(fact)
    assert b"\n" not in line
    assert decode_fact(line) == fact
