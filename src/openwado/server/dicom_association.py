"""One association from its connection to its end: the acceptor's part of PS3.8 9.2, one step after the other.

One thread reads, deals with what it has read, and answers: there is nothing to wait for but the peer, always until a
deadline. What a C-STORE carries goes from the connection's buffer to the object's file, so that an association takes
the same memory whatever the size of its objects.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from openwado.observe.audit_facts import Agent
from openwado.observe.log import event
from openwado.server.dicom_command import (
    C_CANCEL_RQ,
    C_ECHO_RQ,
    C_STORE_RQ,
    LARGEST_COMMAND,
    RESPONSE,
    Status,
    Verdict,
    read_command,
    response,
)
from openwado.server.dicom_negotiation import LOCAL_LIMIT_EXCEEDED, UNKNOWN_PEER, accept, read_request
from openwado.server.dicom_wire import (
    A_ABORT,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    INVALID_PARAMETER,
    NOT_SPECIFIED,
    P_DATA_TF,
    SERVICE_PROVIDER,
    SERVICE_USER,
    UNEXPECTED_UNIT,
    BrokenProtocol,
    ConnectionEnded,
    command_units,
    fragments,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from pynetdicom.presentation import PresentationContext

    from openwado.server.dicom_command import Command
    from openwado.server.dicom_negotiation import Request
    from openwado.server.dicom_options import DicomOptions
    from openwado.server.dicom_wire import Wire
    from openwado.server.store_scp import Reception, StoreScp

_RELEASED: Final = bytes([A_RELEASE_RP, 0, 0, 0, 0, 4, 0, 0, 0, 0])

#: Bits of a message control header (PS3.8 E.2).
_IS_COMMAND, _IS_LAST = 1, 2

#: Of a presentation data value, what its head counts in the bounds of a message: empty ones have an end, too.
_OVERHEAD: Final = 6

#: As much as this, in sizes of the largest object, is thrown away of one that is too large before its peer is cut off.
_PATIENCE: Final = 2

_logger = logging.getLogger("openwado.dicom")


@dataclass(slots=True)
class _Message:
    """A message that is being received.

    Attributes:
        context_id: of its presentation context.
        encoded: of its command set.
        command: once it is there.
        reception: of a C-STORE.
        size: bytes so far, heads included.
    """

    context_id: int
    encoded: bytearray = field(default_factory=bytearray)
    command: Command | None = None
    reception: Reception | None = None
    size: int = 0


class _Ended(Exception):  # noqa: N818 -- an event
    """The association is over; how: for the log."""


class Association:
    """One association.

    Args:
        wire: the connection.
        address: of the peer.
        options: how associations are dealt with.
        scp: where objects go.
        admit: called when the peer has said what it wants; returns whether there is room for one more.
    """

    def __init__(
        self, wire: Wire, address: str, options: DicomOptions, scp: StoreScp, admit: Callable[[], bool]
    ) -> None:
        self._wire = wire
        self._address = address
        self._options = options
        self._scp = scp
        self._admit = admit
        self._contexts: dict[int, PresentationContext] = {}
        self._peer_maximum = 0
        self._calling = ""
        self._message: _Message | None = None
        self._is_draining = False
        self._objects = 0

    def run(self) -> None:
        """Deal with the peer until it is gone; raises nothing that it can cause."""
        try:
            if self._establish():
                self._serve()
        except ConnectionEnded as end:
            self._log_end("association aborted", by="connection", reason=str(end))
        except BrokenProtocol as broken:
            self._wire.abort(SERVICE_PROVIDER, broken.reason)
            self._log_end("association aborted", by="server", reason=str(broken))
            self._wire.linger()
        except _Ended:
            pass
        finally:
            if self._message is not None and self._message.reception is not None:
                self._message.reception.close()

    def drain(self) -> None:
        """Have the association end as soon as no message is under way; called by another thread."""
        self._is_draining = True
        if self._message is None:
            self._wire.interrupt()

    def _establish(self) -> bool:
        """Have the association asked for, and answer; return whether it is established."""
        seconds = self._options.acse_seconds
        kind, body = self._wire.read_unit(time.monotonic() + seconds, seconds)
        if kind != A_ASSOCIATE_RQ:
            raise BrokenProtocol(UNEXPECTED_UNIT, "no A-ASSOCIATE-RQ to begin with")
        request = read_request(body)
        rejection = request.rejection(self._options, self._address)
        if rejection is None and not self._admit():
            rejection = LOCAL_LIMIT_EXCEEDED
        if rejection is not None:
            self._wire.send(rejection.unit(), seconds)
            _logger.warning(event("association rejected", **self._names(request), reason=rejection.words))
            self._calling = request.calling
            if self._scp.audit is not None and rejection in UNKNOWN_PEER:
                reason = f"association rejected: {rejection.words}"
                self._scp.audit.authenticated(self._agent(), "AE title", succeeded=False, reason=reason)
            self._wire.linger(peer_closes=True)
            return False
        unit, self._contexts = accept(request)
        self._calling, self._peer_maximum = request.calling, request.maximum_length
        self._wire.send(unit, seconds)
        proposed = len(request.primitive.presentation_context_definition_list)
        _logger.info(
            event("association accepted", **self._names(request), contexts=f"{len(self._contexts)}/{proposed}")
        )
        return True

    def _names(self, request: Request) -> dict[str, str]:
        return {"peer": self._address, "calling": request.calling, "called": request.called}

    def _serve(self) -> None:
        while True:
            if self._message is None and self._is_draining:
                self._end_for_stop()
            wait = self._options.idle_seconds if self._message is None else self._options.dimse_seconds
            try:
                kind, body = self._wire.read_unit(time.monotonic() + wait, self._options.dimse_seconds)
            except ConnectionEnded:
                if self._is_draining:
                    self._end_for_stop()
                self._wire.abort(SERVICE_USER, NOT_SPECIFIED)
                raise
            if kind == P_DATA_TF:
                for context_id, control, fragment in fragments(body):
                    self._take(context_id, control, fragment)
            elif kind == A_RELEASE_RQ:
                self._release()
            elif kind == A_ABORT:
                self._log_end("association aborted", by="peer")
                raise _Ended
            else:
                raise BrokenProtocol(UNEXPECTED_UNIT, f"a unit of type {kind} in an association")

    def _take(self, context_id: int, control: int, fragment: memoryview) -> None:
        """Take one presentation data value; answer where a message ends with it."""
        message = self._message
        if message is None:
            if context_id not in self._contexts:
                raise BrokenProtocol(INVALID_PARAMETER, "a presentation context that was not accepted")
            message = self._message = _Message(context_id)
        if context_id != message.context_id or bool(control & _IS_COMMAND) != (message.command is None):
            raise BrokenProtocol(INVALID_PARAMETER, "fragments of a message in an order that cannot be")
        message.size += len(fragment) + _OVERHEAD
        if message.command is None:
            self._take_command(message, fragment, is_last=bool(control & _IS_LAST))
        else:
            self._take_data(message, fragment, is_last=bool(control & _IS_LAST))

    def _take_command(self, message: _Message, fragment: memoryview, *, is_last: bool) -> None:
        if message.size > LARGEST_COMMAND:
            raise BrokenProtocol(INVALID_PARAMETER, "a command set that does not end")
        message.encoded += fragment
        if not is_last:
            return
        command = message.command = read_command(message.encoded)
        if command.field & RESPONSE:
            raise BrokenProtocol(INVALID_PARAMETER, "a response that nobody has asked for")
        if command.field == C_STORE_RQ:
            context = self._contexts[message.context_id]
            message.reception = self._scp.begin(
                command, str(context.abstract_syntax), str(context.transfer_syntax[0]), self._calling
            )
        if not command.has_data_set:
            self._answer(message, command)

    def _take_data(self, message: _Message, fragment: memoryview, *, is_last: bool) -> None:
        if message.size > _PATIENCE * self._options.max_object_bytes + LARGEST_COMMAND:
            raise BrokenProtocol(NOT_SPECIFIED, "a data set that does not end")
        if message.reception is not None:
            message.reception.write(fragment)
        if is_last and message.command is not None:
            self._answer(message, message.command)

    def _answer(self, message: _Message, command: Command) -> None:
        """Do what was asked for, and say what became of it."""
        if command.field == C_CANCEL_RQ:  # there is nothing that could be cancelled (PS3.7 9.3.2.3)
            self._message = None
            return
        if message.reception is not None:
            verdict = message.reception.finish()
            self._objects += verdict.status == Status.SUCCESS
            self._note(message.reception)
        elif command.field == C_ECHO_RQ:
            verdict = Verdict(Status.SUCCESS)
        else:
            verdict = Verdict(Status.UNRECOGNIZED_OPERATION, "Only C-ECHO and C-STORE are known here")
        units = command_units(message.context_id, response(command, verdict), self._peer_maximum)
        self._wire.send(units, self._options.dimse_seconds)
        self._message = None

    def _agent(self) -> Agent:
        return Agent(address=self._address, ae_title=self._calling)

    def _note(self, reception: Reception) -> None:
        """Note what became of an object."""
        audit = self._scp.audit
        if audit is None:
            return
        if reception.taken is not None:
            audit.received(self._agent(), reception.taken, "C-STORE", encrypted=self._options.tls is not None)
        elif reception.refusal:
            audit.refused(self._agent(), reception.refusal, "C-STORE")

    def _release(self) -> None:
        if self._message is not None:
            raise BrokenProtocol(UNEXPECTED_UNIT, "a release in the middle of a message")
        self._wire.send(_RELEASED, self._options.acse_seconds)
        self._log_end("association released")
        self._wire.linger()
        raise _Ended

    def _end_for_stop(self) -> NoReturn:
        self._wire.abort(SERVICE_PROVIDER, NOT_SPECIFIED)
        self._log_end("association aborted", by="server", reason="the server stops")
        raise _Ended

    def _log_end(self, name: str, **fields: str) -> None:
        level = logging.INFO if name == "association released" else logging.WARNING
        calling = self._calling or None
        _logger.log(level, event(name, peer=self._address, calling=calling, **fields, objects=self._objects))
