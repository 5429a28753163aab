"""Audit messages as tests read them: checked against the schema (PS3.15 A.5.1.1), and found in trails."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lxml import etree
from pydicom.sr._concepts_dict import concepts

from openwado.observe.audit_chain import files_of, read_line

if TYPE_CHECKING:
    from collections.abc import Callable

    Concepts = dict[str, dict[str, tuple[str, Any]]]

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "observe" / "audit_message.rng"))

#: Meanings of DICOM's codes, as another program knows them.
MEANINGS = {
    code: meaning for names in cast("Concepts", concepts["DCM"]).values() for code, (meaning, _) in names.items()
}


@dataclass(frozen=True)
class Read:
    """A message that conforms to the schema."""

    root: etree._Element

    @property
    def event(self) -> str:
        """The code of EventID."""
        return self.text("EventIdentification/EventID/@csd-code")

    @property
    def action(self) -> str:
        """EventActionCode."""
        return self.text("EventIdentification/@EventActionCode")

    @property
    def outcome(self) -> str:
        """EventOutcomeIndicator."""
        return self.text("EventIdentification/@EventOutcomeIndicator")

    @property
    def type(self) -> str:
        """The code of EventTypeCode, "" where there is none."""
        return self.text("EventIdentification/EventTypeCode/@csd-code")

    @property
    def study(self) -> str:
        """Study Instance UID."""
        return self.text(
            "ParticipantObjectIdentification[ParticipantObjectIDTypeCode/@csd-code='110180']/@ParticipantObjectID"
        )

    @property
    def patient(self) -> tuple[str, str]:
        """Patient ID and name."""
        where = "ParticipantObjectIdentification[ParticipantObjectIDTypeCode/@csd-code='2']"
        return self.text(f"{where}/@ParticipantObjectID"), self.text(f"{where}/ParticipantObjectName/text()")

    @property
    def instances(self) -> list[str]:
        """SOP Instance UIDs that are named."""
        return self.all("ParticipantObjectIdentification/ParticipantObjectDescription/SOPClass/Instance/@UID")

    @property
    def number(self) -> int:
        """Instances that are counted."""
        return sum(map(int, self.all("//SOPClass/@NumberOfInstances")))

    @property
    def requestor(self) -> str:
        """UserID of the one who began it."""
        return self.text("ActiveParticipant[@UserIsRequestor='true']/@UserID")

    @property
    def alert(self) -> str:
        """The words of an alert."""
        value = self.text("//ParticipantObjectDetail[@type='Alert Description']/@value")
        return base64.b64decode(value).decode()

    @property
    def query(self) -> str:
        """What was asked for."""
        return base64.b64decode(self.text("//ParticipantObjectQuery/text()")).decode()

    def by_role(self, role: str) -> str:
        """Return the UserID of the participant with a role."""
        return self.text(f"ActiveParticipant[RoleIDCode/@csd-code='{role}']/@UserID")

    def text(self, path: str) -> str:
        """Return the first value of an XPath, "" where there is none."""
        return next(iter(self.all(path)), "")

    def all(self, path: str) -> list[str]:
        """Return the values of an XPath."""
        found = self.root.xpath(path)
        assert isinstance(found, list)
        return [str(value) for value in found]


def read(xml: str | bytes) -> Read:
    """Read a message; fail where it does not conform to the schema, or has a code with another's meaning."""
    root = etree.fromstring(xml.encode() if isinstance(xml, str) else xml)
    assert SCHEMA.validate(root), f"{SCHEMA.error_log}\n{etree.tostring(root, pretty_print=True).decode()}"
    for element in root.xpath("//*[@codeSystemName='DCM']"):  # type: ignore[union-attr]
        code = element.get("csd-code")  # type: ignore[union-attr]
        assert element.get("originalText") == MEANINGS[str(code)]  # type: ignore[union-attr]
    assert len(root.xpath("ActiveParticipant[@UserIsRequestor='true']")) <= 1  # type: ignore[arg-type]
    return Read(root)


def trail_of(folder: Path) -> list[Read]:
    """Return the messages of a trail."""
    found = []
    for path in files_of(folder / "trail"):
        for line in path.read_bytes().splitlines():
            entry = read_line(line)[2]
            if entry.xml:
                found.append(read(entry.xml))
    return found


def wait_for(folder: Path, is_there: Callable[[list[Read]], bool], seconds: float = 20.0) -> list[Read]:
    """Return the messages of a trail once there are those that are waited for."""
    deadline = time.monotonic() + seconds
    while True:
        messages = trail_of(folder) if (folder / "trail").is_dir() else []
        if is_there(messages):
            return messages
        told = [(one.event, one.action, one.outcome, one.study, one.number) for one in messages]
        assert time.monotonic() < deadline, f"not told in time; there are {told}"
        time.sleep(0.05)
