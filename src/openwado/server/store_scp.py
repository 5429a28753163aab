"""C-STORE: a data set that arrives in fragments becomes an object of the archive, or is refused (PS3.4 annex B)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from openwado.admission import Expected, Refused
from openwado.archive.incoming import Incoming
from openwado.dicom.file_head import received_file_head
from openwado.errors import Unavailable
from openwado.observe.log import event
from openwado.observe.metrics import TAKEN_IN, TAKEN_IN_BYTES
from openwado.server.dicom_command import Status, Verdict, is_uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openwado.admission import Admission, RefusalCause, TakenIn
    from openwado.server.audit_notes import AuditNotes
    from openwado.server.dicom_command import Command

_SOP_CLASS_UID: Final = 0x00080016
_SOP_INSTANCE_UID: Final = 0x00080018

_SUCCESS = Verdict(Status.SUCCESS)
_NO_ROOM = Verdict(Status.OUT_OF_RESOURCES, "Cannot be stored at the moment; send it again later")
_DUPLICATE: Final = "Another object with this SOP Instance UID is stored already"
_TOO_LARGE = Verdict(Status.OUT_OF_RESOURCES, "Larger than this server takes")

#: Status and offending elements by why an object is refused.
_REFUSALS: Mapping[RefusalCause, tuple[int, tuple[int, ...]]] = {
    "unreadable": (Status.CANNOT_UNDERSTAND, ()),
    "contradictory": (Status.DATA_SET_DOES_NOT_MATCH, (_SOP_CLASS_UID, _SOP_INSTANCE_UID)),
    "conflict": (Status.DUPLICATE_SOP_INSTANCE, (_SOP_INSTANCE_UID,)),
    "not authorized": (Status.NOT_AUTHORIZED, ()),
}

_logger = logging.getLogger("openwado.dicom")


class StoreScp:
    """Where objects go that peers send.

    Args:
        admission: takes them in.
        folder: where they are gathered.
        ae_title: ours.
        max_object_bytes: of a data set.
        audit: where it is noted what comes from whom; None: nowhere.
    """

    def __init__(
        self,
        admission: Admission,
        folder: Path,
        ae_title: str,
        max_object_bytes: int,
        audit: AuditNotes | None = None,
    ) -> None:
        self.admission = admission
        self.audit = audit
        self.folder = folder
        self.ae_title = ae_title
        self.max_object_bytes = max_object_bytes

    def begin(self, command: Command, abstract_syntax: str, transfer_syntax: str, calling: str) -> Reception:
        """Begin with an object.

        Args:
            command: that announces it.
            abstract_syntax: of its presentation context.
            transfer_syntax: of the data set.
            calling: AE title of the peer.
        """
        reception = Reception(self, command, _objection(command, abstract_syntax))
        head = received_file_head(
            command.sop_class_uid,
            command.sop_instance_uid,
            transfer_syntax,
            sending=calling,
            receiving=self.ae_title,
        )
        reception.open(head)
        return reception


class Reception:
    """One object that is being received. Without `finish` it leaves nothing behind; closed in any case.

    What is found wrong on the way is said when the message is over, for a peer listens no sooner; what comes of the
    data set until then is thrown away.

    Args:
        scp: where it goes.
        command: that announces it.
        verdict: what is wrong with the command, None if nothing.

    Attributes:
        command: that announces it.
        received: bytes so far.
        taken: the object, once it is taken in.
        refusal: why it is not taken in, where that is the object's fault; else "".
    """

    def __init__(self, scp: StoreScp, command: Command, verdict: Verdict | None) -> None:
        self._scp = scp
        self._verdict = verdict
        self._incoming: Incoming | None = None
        self._began = time.monotonic()
        self.command = command
        self.received = 0
        self.taken: TakenIn | None = None
        self.refusal = ""

    def open(self, head: bytes) -> None:
        """Make room for it; head: all that the file has before the data set."""
        if self._verdict is not None:
            return
        try:
            self._incoming = Incoming(self._scp.folder)
            self._incoming.write(head)
        except OSError as error:
            self._give_up(_NO_ROOM, error)

    def write(self, fragment: memoryview) -> None:
        """Take the next bytes of the data set."""
        self.received += len(fragment)
        if self._incoming is None:
            return
        if self.received > self._scp.max_object_bytes:
            self._give_up(_TOO_LARGE)
            return
        try:
            self._incoming.write(fragment)
        except OSError as error:
            self._give_up(_NO_ROOM, error)

    def finish(self) -> Verdict:
        """Take the object in; when this returns success, it cannot be lost any more."""
        verdict, outcome = self._verdict, "refused"
        if verdict is None and self._incoming is not None:
            verdict, outcome = self._take_in(self._incoming)
        self.close()
        verdict = verdict or _NO_ROOM
        uid = self.command.sop_instance_uid
        broke = verdict.status not in (Status.SUCCESS, Status.OUT_OF_RESOURCES)
        is_named = (broke or _logger.isEnabledFor(logging.DEBUG)) and is_uid(uid)
        _logger.log(
            logging.INFO if verdict.status == Status.SUCCESS else logging.WARNING,
            event(
                "object received",
                status=f"0x{verdict.status:04X}",
                outcome=outcome,
                bytes=self.received,
                ms=(time.monotonic() - self._began) * 1000,
                reason=verdict.comment or None,
                object=uid if is_named else None,
            ),
        )
        return verdict

    def close(self) -> None:
        """Let go of it."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.close()

    def _take_in(self, incoming: Incoming) -> tuple[Verdict, str]:
        expected = Expected(sop_class_uid=self.command.sop_class_uid, sop_instance_uid=self.command.sop_instance_uid)
        try:
            if self._scp.audit is not None:
                self._scp.audit.journal.check()
            self.taken = self._scp.admission.take_in(incoming, expected)
        except Refused as refused:
            TAKEN_IN.add("dicom", refused.cause)
            self.refusal = refused.reason
            status, offending = _REFUSALS[refused.cause]
            comment = _DUPLICATE if refused.cause == "conflict" else refused.reason
            return Verdict(status, comment, offending), "refused"
        except Unavailable as error:
            TAKEN_IN.add("dicom", "unavailable")
            _logger.error(event("object not stored", detail=error.detail))  # noqa: TRY400 -- the disk's own words
            return _NO_ROOM, "refused"
        except Exception:
            TAKEN_IN.add("dicom", "failed")
            _logger.exception(event("object not stored"))
            return Verdict(Status.PROCESSING_FAILURE, "Failed for a reason that the server's log has"), "failed"
        TAKEN_IN.add("dicom", self.taken.outcome)
        TAKEN_IN_BYTES.add("dicom", amount=self.received)
        return _SUCCESS, self.taken.outcome

    def _give_up(self, verdict: Verdict, error: OSError | None = None) -> None:
        if error is not None:
            _logger.error(event("object not stored", detail=error.strerror))
            TAKEN_IN.add("dicom", "unavailable")
        self._verdict = verdict
        self.close()


def _objection(command: Command, abstract_syntax: str) -> Verdict | None:
    """Return what is wrong with a command, None if nothing (PS3.7 9.3.1.1)."""
    if not command.has_data_set:
        return Verdict(Status.MISTYPED_ARGUMENT, "The request has no data set")
    if not is_uid(command.sop_class_uid):
        return Verdict(Status.MISTYPED_ARGUMENT, "Affected SOP Class UID is missing or no UID", (0x00000002,))
    if not is_uid(command.sop_instance_uid):
        return Verdict(Status.INVALID_SOP_INSTANCE, "Affected SOP Instance UID is missing or no UID", (0x00001000,))
    if command.sop_class_uid != abstract_syntax:
        comment = "Affected SOP Class UID is not the presentation context's"
        return Verdict(Status.SOP_CLASS_NOT_SUPPORTED, comment, (0x00000002,))
    return None
