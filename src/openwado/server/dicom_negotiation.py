"""Associations asked for, and granted or refused (PS3.8 9.3.2 to 9.3.4, PS3.7 annex D)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydicom.uid import UID
from pynetdicom import pdu
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)

from openwado.dicom.file_head import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from openwado.server.dicom_syntaxes import ACCEPTED, negotiate
from openwado.server.dicom_wire import (
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    INVALID_PARAMETER,
    MAXIMUM_LENGTH,
    BrokenProtocol,
)

if TYPE_CHECKING:
    from pynetdicom.presentation import PresentationContext

    from openwado.server.dicom_options import DicomOptions

_APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"  # PS3.7 A.2.1
_PROTOCOL_VERSION: Final = 1

_PERMANENT, _TRANSIENT = 1, 2
_BY_USER, _BY_PROVIDER_ACSE, _BY_PROVIDER_PRESENTATION = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an association is refused: result, source and reason (PS3.8 table 9-21); words: for the log."""

    result: int
    source: int
    reason: int
    words: str

    def unit(self) -> bytes:
        """Return the A-ASSOCIATE-RJ."""
        return struct.pack(">BxLxBBB", A_ASSOCIATE_RJ, 4, self.result, self.source, self.reason)


APPLICATION_CONTEXT_NOT_SUPPORTED = Rejection(_PERMANENT, _BY_USER, 2, "application context name not supported")
CALLING_TITLE_NOT_RECOGNIZED = Rejection(_PERMANENT, _BY_USER, 3, "calling AE title not recognized")
CALLED_TITLE_NOT_RECOGNIZED = Rejection(_PERMANENT, _BY_USER, 7, "called AE title not recognized")
PROTOCOL_VERSION_NOT_SUPPORTED = Rejection(_PERMANENT, _BY_PROVIDER_ACSE, 2, "protocol version not supported")
#: Where the peer is not one that may send, or does not know whom it calls.
UNKNOWN_PEER = (CALLING_TITLE_NOT_RECOGNIZED, CALLED_TITLE_NOT_RECOGNIZED)
LOCAL_LIMIT_EXCEEDED = Rejection(_TRANSIENT, _BY_PROVIDER_PRESENTATION, 2, "local limit exceeded")
#: All of them.
REJECTIONS = (
    APPLICATION_CONTEXT_NOT_SUPPORTED,
    CALLING_TITLE_NOT_RECOGNIZED,
    CALLED_TITLE_NOT_RECOGNIZED,
    PROTOCOL_VERSION_NOT_SUPPORTED,
    LOCAL_LIMIT_EXCEEDED,
)


@dataclass(frozen=True, slots=True)
class Request:
    """An association that is asked for.

    Attributes:
        calling, called: AE titles.
        maximum_length: of units that the peer takes, 0 for any.
        primitive: all of it.
        protocol_version: bits of the versions that the peer speaks.
    """

    calling: str
    called: str
    maximum_length: int
    primitive: A_ASSOCIATE
    protocol_version: int

    def rejection(self, options: DicomOptions, address: str) -> Rejection | None:
        """Return why it is refused, None where it is not.

        Args:
            options: who may send, and whom they have to call.
            address: of the peer.
        """
        if not self.protocol_version & _PROTOCOL_VERSION:
            return PROTOCOL_VERSION_NOT_SUPPORTED
        if self.primitive.application_context_name != _APPLICATION_CONTEXT:
            return APPLICATION_CONTEXT_NOT_SUPPORTED
        if not options.peers.may_send(self.calling, address):
            return CALLING_TITLE_NOT_RECOGNIZED
        if options.match_called_ae_title and self.called != options.ae_title:
            return CALLED_TITLE_NOT_RECOGNIZED
        return None


def read_request(body: memoryview) -> Request:
    """Read an A-ASSOCIATE-RQ.

    Args:
        body: its variable field.

    Raises:
        BrokenProtocol: it is none.
    """
    unit = pdu.A_ASSOCIATE_RQ()
    try:
        unit.decode(struct.pack(">BxL", A_ASSOCIATE_RQ, len(body)) + bytes(body))
        primitive = unit.to_primitive()
        calling, called = str(primitive.calling_ae_title).strip(), str(primitive.called_ae_title).strip()
        maximum_length = int(primitive.maximum_length_received or 0)
        offered = primitive.presentation_context_definition_list
        contexts = [context.context_id for context in offered if context.abstract_syntax]
    except Exception as error:  # whatever pynetdicom comes upon in bytes that are no request
        raise BrokenProtocol(INVALID_PARAMETER, "an A-ASSOCIATE-RQ that cannot be read") from error
    if not contexts or len(set(contexts)) != len(offered):
        reason = "presentation contexts that are missing, have the same ID, or no abstract syntax"
        raise BrokenProtocol(INVALID_PARAMETER, reason)
    return Request(calling, called, maximum_length, primitive, int(unit.protocol_version or 0))


def accept(request: Request) -> tuple[bytes, dict[int, PresentationContext]]:
    """Return the A-ASSOCIATE-AC, and the presentation contexts that it accepts by their IDs."""
    results = negotiate(request.primitive.presentation_context_definition_list)
    answer = A_ASSOCIATE()
    answer.application_context_name = UID(_APPLICATION_CONTEXT)
    answer.calling_ae_title = request.primitive.calling_ae_title
    answer.called_ae_title = request.primitive.called_ae_title
    answer.result, answer.result_source = 0, 1
    answer.presentation_context_definition_results_list = results
    length = MaximumLengthNotification()
    length.maximum_length_received = MAXIMUM_LENGTH
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    answer.user_information = [length, implementation, version]
    accepted = {
        context.context_id: context
        for context in results
        if context.result == ACCEPTED and context.context_id is not None
    }
    return bytes(pdu.A_ASSOCIATE_AC(answer).encode()), accepted
