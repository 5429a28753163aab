"""Conditional and range requests (RFC 9110 ch. 13 and 14; PS3.18 8.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_ENTITY_TAGS = re.compile(rf"[ \t,]*(?:{_ENTITY_TAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t]*", re.IGNORECASE)

#: Digits of a position that are read; more than any object has bytes.
_MAXIMUM_DIGITS = 18


class Unsatisfiable(Enum):
    """A range of which the representation has no byte: 416."""

    UNSATISFIABLE = "unsatisfiable"


UNSATISFIABLE: Final = Unsatisfiable.UNSATISFIABLE


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A satisfiable range: bytes from start up to, and without, stop; never empty."""

    start: int
    stop: int


def if_none_match(header: str | None, etag: str) -> bool:
    """Say whether If-None-Match names the representation at hand, so that a GET is answered with 304.

    Args:
        header: the field's value, None where absent. Without well-formed entity tags it names nothing.
        etag: the current entity tag with its quotes; the comparison is weak (RFC 9110 8.8.3.2, 13.1.2).
    """
    if header is None:
        return False
    header = header.strip(" \t")
    if header == "*":
        return True
    if _ENTITY_TAGS.fullmatch(header) is None:
        return False
    return etag.removeprefix("W/") in _ENTITY_TAG.findall(header)


def if_range_matches(header: str | None, etag: str) -> bool:
    """Say whether a Range header field counts: there is no If-Range, or it names this very representation.

    Args:
        header: the If-Range field's value, None where absent. Dates and weak entity tags never match.
        etag: the current entity tag with its quotes; the comparison is strong (RFC 9110 13.1.5).
    """
    return header is None or (header.strip(" \t") == etag and not etag.startswith("W/"))


def parse_range(header: str | None, size: int) -> ByteRange | Unsatisfiable | None:
    """Return the bytes that a Range header field asks for (RFC 9110 14.1.2, 14.2; REQ-WEB-8.5-2).

    Args:
        header: the field's value, None where absent.
        size: of the representation, bytes.

    Returns:
        None where the whole is to be sent: no field, another unit, not well formed, several ranges, or nothing to take
        a part of; `UNSATISFIABLE` for 416; else the range, its end cut to size.
    """
    asked = _RANGE.fullmatch(header.strip(" \t")) if header is not None else None
    if asked is None or size <= 0:
        return None
    first, last, suffix = asked.groups()
    if suffix is not None:
        length = min(_position(suffix), size)
        return ByteRange(size - length, size) if length else UNSATISFIABLE
    start = _position(first)
    if last and _position(last) < start:
        return None
    if start >= size:
        return UNSATISFIABLE
    return ByteRange(start, min(_position(last) + 1, size) if last else size)


def _position(digits: str) -> int:
    """Return a number of bytes; one with too many digits is as good as endless."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MAXIMUM_DIGITS else int("9" * _MAXIMUM_DIGITS)
