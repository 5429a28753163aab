"""Command sets: the bytes of a request to its elements, and a response to its bytes (PS3.7 6.3, 9.3, annex E).

They are a few short elements in Implicit VR Little Endian, so they are read here strictly rather than as a data set.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from openwado.dicom.acceptable_uid import is_acceptable_uid
from openwado.server.dicom_wire import INVALID_PARAMETER, BrokenProtocol

# Values of Command Field (PS3.7 E.1).
C_STORE_RQ, C_ECHO_RQ, C_CANCEL_RQ = 0x0001, 0x0030, 0x0FFF
RESPONSE: Final = 0x8000

#: Largest command set that is taken, bytes; real ones have some hundred.
LARGEST_COMMAND: Final = 1 << 14

# Elements of group 0000 (PS3.7 E.1).
_GROUP_LENGTH = 0x0000
_AFFECTED_SOP_CLASS_UID = 0x0002
_COMMAND_FIELD = 0x0100
_MESSAGE_ID = 0x0110
_MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
_COMMAND_DATA_SET_TYPE = 0x0800
_STATUS = 0x0900
_OFFENDING_ELEMENT = 0x0901
_ERROR_COMMENT = 0x0902
_AFFECTED_SOP_INSTANCE_UID = 0x1000

#: Data Set Type of a message without one (PS3.7 E.1).
_NO_DATA_SET: Final = 0x0101

_UID_LENGTH: Final = 64
_COMMENT_LENGTH: Final = 64

_HEAD: Final = struct.Struct("<HHL")
_US: Final = struct.Struct("<H")


class Status:
    """Statuses of C-ECHO and C-STORE (PS3.4 B.2.3, PS3.7 annex C)."""

    SUCCESS = 0x0000
    PROCESSING_FAILURE = 0x0110
    DUPLICATE_SOP_INSTANCE = 0x0111
    INVALID_SOP_INSTANCE = 0x0117
    SOP_CLASS_NOT_SUPPORTED = 0x0122
    NOT_AUTHORIZED = 0x0124
    UNRECOGNIZED_OPERATION = 0x0211
    MISTYPED_ARGUMENT = 0x0212
    OUT_OF_RESOURCES = 0xA700
    DATA_SET_DOES_NOT_MATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000


@dataclass(frozen=True, slots=True)
class Command:
    """A request.

    Attributes:
        field: which one.
        message_id: to be named in the response.
        sop_class_uid, sop_instance_uid: affected ones, as they came; "" where there is none.
        has_data_set: whether a data set follows.
    """

    field: int
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str
    has_data_set: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a response says.

    Attributes:
        status: Status (0000,0900).
        comment: Error Comment (0000,0902), cut off where it is too long; without anything about a patient.
        offending: tags for Offending Element (0000,0901).
    """

    status: int
    comment: str = ""
    offending: tuple[int, ...] = ()


def read_command(encoded: bytes | bytearray) -> Command:
    """Read a command set.

    Raises:
        BrokenProtocol: it is none.
    """
    elements: dict[int, bytes] = {}
    place = 0
    while place < len(encoded):
        if place + _HEAD.size > len(encoded):
            raise _broken()
        group, element, length = _HEAD.unpack_from(encoded, place)
        start, place = place + _HEAD.size, place + _HEAD.size + length
        if group or place > len(encoded):
            raise _broken()
        elements[element] = bytes(encoded[start:place])
    return Command(
        field=_number(elements, _COMMAND_FIELD),
        message_id=_number(elements, _MESSAGE_ID) if _MESSAGE_ID in elements else 0,
        sop_class_uid=_text(elements, _AFFECTED_SOP_CLASS_UID),
        sop_instance_uid=_text(elements, _AFFECTED_SOP_INSTANCE_UID),
        has_data_set=_number(elements, _COMMAND_DATA_SET_TYPE) != _NO_DATA_SET,
    )


def response(command: Command, verdict: Verdict) -> bytes:
    """Return the encoded response to a request; UIDs that are none are not repeated."""
    elements = []
    if is_uid(command.sop_class_uid):
        elements.append(_element(_AFFECTED_SOP_CLASS_UID, command.sop_class_uid.encode(), b"\0"))
    elements += [
        _element(_COMMAND_FIELD, _US.pack(command.field | RESPONSE)),
        _element(_MESSAGE_ID_BEING_RESPONDED_TO, _US.pack(command.message_id)),
        _element(_COMMAND_DATA_SET_TYPE, _US.pack(_NO_DATA_SET)),
        _element(_STATUS, _US.pack(verdict.status)),
    ]
    if verdict.offending:
        tags = b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in verdict.offending)
        elements.append(_element(_OFFENDING_ELEMENT, tags))
    if verdict.comment:
        comment = verdict.comment.encode("ascii", "replace").replace(b"\\", b"/")[:_COMMENT_LENGTH].strip()
        elements.append(_element(_ERROR_COMMENT, comment))
    if is_uid(command.sop_instance_uid):
        elements.append(_element(_AFFECTED_SOP_INSTANCE_UID, command.sop_instance_uid.encode(), b"\0"))
    group = b"".join(elements)
    return _element(_GROUP_LENGTH, struct.pack("<L", len(group))) + group


def is_uid(text: str) -> bool:
    """Return whether a text can be a UID in a command (PS3.5 9.1, leniently): no blank, slash or control character."""
    return len(text) <= _UID_LENGTH and is_acceptable_uid(text)


def _element(element: int, value: bytes, padding: bytes = b" ") -> bytes:
    value += padding * (len(value) % 2)
    return _HEAD.pack(0, element, len(value)) + value


def _number(elements: dict[int, bytes], element: int) -> int:
    value = elements.get(element, b"")
    if len(value) != _US.size:
        raise _broken()
    return int(_US.unpack(value)[0])


def _text(elements: dict[int, bytes], element: int) -> str:
    return elements.get(element, b"").decode("latin-1").strip(" \0")


def _broken() -> BrokenProtocol:
    return BrokenProtocol(INVALID_PARAMETER, "a command set that cannot be read")
