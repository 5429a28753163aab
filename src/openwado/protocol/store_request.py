"""What a Store request says of its body: one object or several, and where they part (PS3.18 10.5.1; RFC 2387)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openwado.errors import BadRequest, UnsupportedMediaType
from openwado.protocol.list_syntax import TCHARS, split_unquoted
from openwado.protocol.media import DICOM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MULTIPART = "multipart/related"

#: How a request is written that is understood.
EXAMPLE = f'{MULTIPART}; type="{DICOM}"; boundary=…'

_LONGEST = 2048
_TYPE = re.compile(rf"{TCHARS}/{TCHARS}")
# Values that need quotes are also read without them, for senders leave them out: `/` of a type, `=` of a boundary.
_PARAMETER = re.compile(rf'({TCHARS})[ \t]*=[ \t]*(?:([^\s";,\\]+)|"((?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*)")')
_ESCAPE = re.compile(r"\\(.)")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_APART = ("application/dicom+json", "application/dicom+xml")


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type as a Content-Type field has it.

    Attributes:
        name: type and subtype, lower case.
        parameters: by name, in lower case.
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreBody:
    """The body of a Store request.

    Attributes:
        boundary: what stands between its parts; None where it is one object.
        says_dicom: whether parts are application/dicom that do not say what they are.
        transfer_syntax_uid: that the one object is said to have; "" where nothing is said.
    """

    boundary: bytes | None
    says_dicom: bool = True
    transfer_syntax_uid: str = ""


def read_content_type(value: str) -> ContentType:
    """Return a media type with its parameters (RFC 9110 8.3.1).

    Raises:
        ValueError: it is none, or a parameter stands twice.
    """
    if len(value) > _LONGEST:
        raise ValueError("too long")
    name, *pieces = (piece.strip(" \t") for piece in split_unquoted(value, ";"))
    parameters: dict[str, str] = {}
    for piece in filter(None, pieces):
        pair = _PARAMETER.fullmatch(piece)
        if pair is None or pair[1].lower() in parameters:
            raise ValueError("a parameter is malformed or there twice")
        parameters[pair[1].lower()] = pair[2] or _ESCAPE.sub(r"\1", pair[3] or "")
    if _TYPE.fullmatch(name) is None:
        raise ValueError("no media type")
    return ContentType(name.lower(), parameters)


def transfer_syntax_of(content_type: ContentType) -> str:
    """Return the transfer syntax that a type says an object has, "" where it leaves that open (PS3.18 8.7.3.5.2)."""
    said = content_type.parameters.get("transfer-syntax", "")
    return "" if said == "*" else said


def read_store_body(content_types: Sequence[str], content_encodings: Sequence[str] = ()) -> StoreBody:
    """Return what the header fields of a Store request say of its body.

    Args:
        content_types: the values of all Content-Type fields.
        content_encodings: the values of all Content-Encoding fields.

    Raises:
        BadRequest: the type is malformed, or has no boundary that may be one.
        UnsupportedMediaType: it is another one than this server stores (PS3.18 10.5.3.1: 415), or the body is encoded.
    """
    if any(word.strip().lower() not in ("", "identity") for value in content_encodings for word in value.split(",")):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.", parameter="Content-Encoding")
    if not content_types:
        raise _unsupported("The request does not say what its body is.")
    if len(content_types) > 1:
        raise _malformed("There is more than one Content-Type.")
    try:
        content_type = read_content_type(content_types[0])
    except ValueError as error:
        raise _malformed("Content-Type is malformed.") from error
    if content_type.name == DICOM:
        return StoreBody(None, transfer_syntax_uid=transfer_syntax_of(content_type))
    if content_type.name != MULTIPART:
        raise _unsupported("This server stores application/dicom.")
    kind = content_type.parameters.get("type", "").strip().lower().partition(";")[0]
    if kind in _APART:
        raise _unsupported("Metadata with bulk data apart are not stored here, only whole objects.")
    if kind not in ("", DICOM):
        raise _unsupported("This server stores application/dicom.")
    boundary = content_type.parameters.get("boundary", "")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise _malformed("The boundary is missing, or not of 1 to 70 of the characters that it may have.")
    return StoreBody(boundary.encode(), kind == DICOM)


def part_transfer_syntax(fields: Sequence[tuple[str, str]], *, says_dicom: bool) -> str:
    """Return the transfer syntax that the head of a part says its object has, "" where it says none.

    Args:
        fields: its header fields, names in lower case.
        says_dicom: whether it is application/dicom without saying so.

    Raises:
        ValueError: it is no application/dicom, or encoded.
    """
    types = [value for name, value in fields if name == "content-type"]
    for name, value in fields:
        if name == "content-encoding" and value.lower() not in ("", "identity"):
            raise ValueError("it is encoded")
        if name == "content-transfer-encoding" and value.lower() not in ("", "binary", "8bit", "7bit"):
            raise ValueError("it is encoded")
    if len(types) > 1 or not (types or says_dicom):
        raise ValueError("it does not say what it is, or twice")
    content_type = read_content_type(types[0]) if types else ContentType(DICOM)
    if content_type.name != DICOM:
        raise ValueError("it is no application/dicom")
    return transfer_syntax_of(content_type)


def _unsupported(sentence: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(f"{sentence} Write Content-Type: {EXAMPLE}", parameter="Content-Type")


def _malformed(sentence: str) -> BadRequest:
    return BadRequest(f"{sentence} Write Content-Type: {EXAMPLE}", parameter="Content-Type")
