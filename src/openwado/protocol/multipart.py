"""A multipart body taken apart while it comes in, in pieces of any size (RFC 2046 5.1; PS3.18 8.6.1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longest head of a part, bytes; a longer one is not read.
LONGEST_HEAD: Final = 16_384

#: Most blanks after a boundary on its line; with more of them it is data.
_MOST_PADDING: Final = 256

_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part has begun.

    Attributes:
        fields: its header fields, names in lower case; None where its head is too long or is none.
    """

    fields: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class PartGoesOn:
    """Some bytes of the part's body."""

    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part is whole."""


Event = PartBegins | PartGoesOn | PartEnds


class Multipart:
    """Takes one body apart. What is kept of it meanwhile is no longer than a head and what was just fed.

    A boundary counts where it stands alone on a line; its first line says whether lines end with CR LF or, as some
    senders have it, with LF alone.

    Args:
        boundary: as its media type has it, not empty.

    Attributes:
        is_closed: whether the last boundary was seen; what follows it is dropped.
    """

    def __init__(self, boundary: bytes) -> None:
        self.is_closed = False
        self._mark = b"--" + boundary
        self._line_end = b""  # known from the first boundary on
        self._delimiter = b""
        self._bytes = b"\n"  # the body's first line begins as others do
        self._at = 0  # all before this has been dealt with
        self._before = 0  # bytes from there on that come ahead of a part's body
        self._in_head = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next bytes of the body; all that is given has to be fetched before the next call."""
        self._bytes = self._bytes[self._at :] + data
        self._at = 0
        going_on = True
        while going_on and not self.is_closed:
            if not self._delimiter:
                going_on = self._skip_preamble()
            elif self._in_head:
                begins = self._read_head()
                going_on = begins is not None
                if begins is not None:
                    yield begins
            else:
                start = self._at + self._before
                sure, end = self._find_boundary()
                if sure > start:
                    yield PartGoesOn(memoryview(self._bytes)[start:sure])
                going_on = end >= 0
                if going_on:
                    yield PartEnds()
                    self._enter(end)
                elif sure > start:
                    self._at, self._before = sure, 0
        if self.is_closed:
            self._at = len(self._bytes)

    def _skip_preamble(self) -> bool:
        """Look for the first boundary; return whether it is there."""
        while (place := self._bytes.find(b"\n" + self._mark, self._at)) >= 0:
            end = self._end_of_line(place + 1 + len(self._mark), (b"\r\n", b"\n"))
            self._at = place if end is None else place + 1
            if end is None:
                return False
            if end >= 0:
                self._line_end = b"\n" if self._bytes.startswith(b"\n", end) else b"\r\n"
                self._delimiter = self._line_end + self._mark
                self._enter(end)
                return True
        self._at = max(self._at, len(self._bytes) - len(self._mark))
        return False

    def _enter(self, end: int) -> None:
        """Begin what follows a boundary whose line ends at `end`: a part, or nothing."""
        self._at, self._before = end, 0
        self._in_head = True
        self.is_closed = self._bytes.startswith(b"--", end)

    def _read_head(self) -> PartBegins | None:
        """Return the head of a part, which has line ends around it, None while it is not whole."""
        blank = self._line_end * 2
        limit = self._at + LONGEST_HEAD
        end = self._bytes.find(blank, self._at, limit)
        last = end + len(self._line_end) if end >= 0 else limit
        boundary = self._bytes.find(self._delimiter, self._at, last)
        if boundary < 0 and end < 0 and len(self._bytes) < limit:
            return None
        self._in_head = False
        if boundary >= 0 or end < 0:
            return PartBegins(None)
        head, self._at = self._bytes[self._at : end], end + len(self._line_end)
        self._before = len(self._line_end)  # which may also be the one before the next boundary
        return PartBegins(_fields(head, self._line_end))

    def _find_boundary(self) -> tuple[int, int]:
        """Return up to where bytes are the part's for sure, and where the line of the boundary there ends, or -1."""
        start = self._at
        while (place := self._bytes.find(self._delimiter, start)) >= 0:
            end = self._end_of_line(place + len(self._delimiter), (self._line_end,))
            if end is None:
                return place, -1
            if end >= 0:
                return place, end
            start = place + 1
        return max(start, len(self._bytes) - len(self._delimiter) + 1), -1

    def _end_of_line(self, place: int, line_ends: tuple[bytes, ...]) -> int | None:
        """Return where the line of a boundary ends that itself ends at `place`, or the two dashes of the last one are.

        None where more bytes are needed, -1 where this is no boundary.
        """
        following = self._bytes[place : place + _MOST_PADDING + 2]
        if following.startswith(b"--"):
            return place
        text = following.lstrip(b" \t")
        if text.startswith(line_ends):
            return place + len(following) - len(text)
        if any(line_end.startswith(text) for line_end in (b"--", *line_ends)) and len(following) <= _MOST_PADDING:
            return None
        return -1


def _fields(head: bytes, line_end: bytes) -> tuple[tuple[str, str], ...] | None:
    """Return the header fields of a part, None where a line is none."""
    unfolded = head.replace(line_end + b" ", b" ").replace(line_end + b"\t", b" ")
    matches = [_FIELD.fullmatch(line) for line in unfolded.split(line_end)[1:]]
    if any(match is None for match in matches):
        return None
    return tuple((match[1].decode().lower(), match[2].decode("latin-1")) for match in matches if match is not None)
