"""The Store Instances Response Module (PS3.18 annex I), as DICOM JSON (annex F) or DICOM XML (PS3.19 A.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape

from openwado.errors import NotAcceptable
from openwado.protocol.media import parse_accept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: What an element of the module holds: texts and numbers, or items.
Values = tuple["str | int", ...] | tuple["Item", ...]

#: Why an object was not stored.
FailureCause = Literal[
    "unreadable", "contradictory", "conflict", "out of resources", "processing failure", "not authorized"
]

#: Failure Reason (0008,1197) of each (I.2.2; which lets us take 0111H, Duplicate SOP Instance, and 0124H, Not
#: Authorized, from PS3.7 annex C).
FAILURE_REASONS: Final[dict[FailureCause, int]] = {
    "unreadable": 0xC000,
    "contradictory": 0xA900,
    "conflict": 0x0111,
    "out of resources": 0xA700,
    "processing failure": 0x0110,
    "not authorized": 0x0124,
}

#: Warning Reason (0008,1196) of an object whose data set contradicts its file meta information (I.2.1).
DOES_NOT_MATCH: Final = 0xB007

_KEYWORDS: Final = {
    "00081150": ("UI", "ReferencedSOPClassUID"),
    "00081155": ("UI", "ReferencedSOPInstanceUID"),
    "00081190": ("UR", "RetrieveURL"),
    "00081196": ("US", "WarningReason"),
    "00081197": ("US", "FailureReason"),
    "00081198": ("SQ", "FailedSOPSequence"),
    "00081199": ("SQ", "ReferencedSOPSequence"),
    "0008119A": ("SQ", "OtherFailuresSequence"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """Elements by tag, eight hexadecimal digits."""

    elements: dict[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An object that is kept now; retrieve_url: "" where there is none; warning: whether it contradicts itself."""

    sop_class_uid: str
    sop_instance_uid: str
    retrieve_url: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class FailedInstance:
    """An object that was not stored; UIDs are "" where they are not known."""

    cause: FailureCause
    sop_class_uid: str = ""
    sop_instance_uid: str = ""


def response_module(study_url: str, stored: Sequence[StoredInstance], failed: Sequence[FailedInstance]) -> Item:
    """Return the module (table I.1-1).

    Args:
        study_url: where the study of all that was stored is; "" where there is no such place, or are several studies.
        stored: what was.
        failed: what was not; what has not both UIDs goes to Other Failures Sequence.
    """
    module: dict[str, Values] = {"00081190": (study_url,) if study_url else ()}
    named = [one for one in failed if one.sop_class_uid and one.sop_instance_uid]
    others = [one for one in failed if not (one.sop_class_uid and one.sop_instance_uid)]
    if named:
        module["00081198"] = tuple(Item(_reference(one) | {"00081197": (FAILURE_REASONS[one.cause],)}) for one in named)
    if stored:
        module["00081199"] = tuple(_stored_item(one) for one in stored)
    if others:
        module["0008119A"] = tuple(Item({"00081197": (FAILURE_REASONS[one.cause],)}) for one in others)
    return Item(module)


def _reference(one: StoredInstance | FailedInstance) -> dict[str, Values]:
    return {"00081150": (one.sop_class_uid,), "00081155": (one.sop_instance_uid,)}


def _stored_item(one: StoredInstance) -> Item:
    warning: dict[str, Values] = {"00081196": (DOES_NOT_MATCH,)} if one.warning else {}
    return Item(_reference(one) | {"00081190": (one.retrieve_url,) if one.retrieve_url else ()} | warning)


def write_json(module: Item) -> bytes:
    """Return the module in the DICOM JSON Model (F.2)."""
    return json.dumps(_json_of(module), separators=(",", ":")).encode()


def _json_of(item: Item) -> dict[str, object]:
    made: dict[str, object] = {}
    for tag, values in item.elements.items():
        element: dict[str, object] = {"vr": _KEYWORDS[tag][0]}
        if values:
            element["Value"] = [_json_of(value) if isinstance(value, Item) else value for value in values]
        made[tag] = element
    return made


def write_xml(module: Item) -> bytes:
    """Return the module in the Native DICOM Model (PS3.19 A.1)."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">'
        f"{_xml_of(module)}</NativeDicomModel>\n"
    )
    return text.encode()


def _xml_of(item: Item) -> str:
    made = []
    for tag, values in item.elements.items():
        vr, keyword = _KEYWORDS[tag]
        made.append(f'<DicomAttribute tag="{tag}" vr="{vr}" keyword="{keyword}">')
        for number, value in enumerate(values, 1):
            if isinstance(value, Item):
                made.append(f'<Item number="{number}">{_xml_of(value)}</Item>')
            else:
                made.append(f'<Value number="{number}">{escape(str(value))}</Value>')
        made.append("</DicomAttribute>")
    return "".join(made)


#: The forms of the module, the default first (PS3.18 8.7.3; application/json is what some clients call the first one).
WRITERS: Final[dict[str, Callable[[Item], bytes]]] = {
    "application/dicom+json": write_json,
    "application/dicom+xml": write_xml,
    "application/json": write_json,
}


def negotiate(accept: str | None) -> str:
    """Choose the form of the answer, one of `WRITERS`.

    Args:
        accept: the Accept header field; None where absent.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    ranges = parse_accept(accept)
    best, chosen = 0.0, ""
    for name in WRITERS:
        wanted, _, subtype = name.partition("/")
        fitting = [
            ((one.type != "*") + (one.subtype != "*"), one.q)
            for one in ranges
            if one.type in ("*", wanted) and one.subtype in ("*", subtype)
        ]
        quality = max(fitting)[1] if fitting else 0.0  # what names it most closely counts (RFC 9110 12.5.1)
        if quality > best:
            best, chosen = quality, name
    if not chosen:
        raise NotAcceptable(
            "The answer to what is stored can be had as DICOM JSON or DICOM XML.",
            available=tuple(WRITERS),
            parameter="Accept",
        )
    return chosen
