"""The body of an answer, piece by piece, for any range of its bytes, in bounded memory.

Pieces of a stored object are read from the file just before they are sent, in the event loop itself: a read that the
page cache answers costs less than handing it to a thread. Those of an object in a bucket are read in threads, the next
one while one is sent. Where the server below can do it, large parts of a file are not read at all, but left to the
kernel; the last piece never is, so that nobody gets it if the file has changed. Frames that have to be decoded are
asked for one by one, so a slow client holds no render process. The first pieces are made before the header is sent, so
that what fails can still be said; what fails later breaks the connection, and no client ever takes a part for the
whole.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from openwado.archive.archive import Changed
from openwado.dicom.parts import DecodedFrames, FileSpan, Part, SpoolSpan, length_of, read_span
from openwado.errors import CorruptObject, RenderFailed, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator

    from openwado.archive.store import StoredObject
    from openwado.dicom.instance import FrameEntry, Stamp
    from openwado.dicom.parts import Treatment
    from openwado.jobs import Rendition
    from openwado.spool import Spool

    #: Makes one frame of what it is and what becomes of it; whether the answer is on its way already.
    Decode = Callable[[FrameEntry, Treatment, bool], Awaitable[Rendition]]

#: Bytes read and sent at once. An image slice goes in one: there is no second turn to wait for.
PIECE = 1 << 20

#: From so many bytes on a part of a file is left to the kernel: it saves a copy, and costs a look whether it was taken.
LEFT_TO_KERNEL = 4 * PIECE

#: Threads of one process that wait for a store that is no disk.
REMOTE_READERS = 32

#: Bytes made before the header where frames have to be decoded.
AHEAD = 1 << 24


@dataclass(frozen=True, slots=True)
class Cut:
    """Bytes first up to, and without, last of a part."""

    part: Part
    first: int
    last: int


def cuts(parts: Iterable[Part], start: int, stop: int) -> list[Cut]:
    """Return what of each part belongs to the bytes start up to, and without, stop of them all."""
    found: list[Cut] = []
    position = 0
    for part in parts:
        length = length_of(part)
        first, last = max(start - position, 0), min(stop - position, length)
        if first < last:
            found.append(Cut(part, first, last))
        position += length
    return found


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Bytes of a file that are sent without being read.

    Attributes:
        descriptor: of the file, open as long as the body is.
        offset: of the first byte.
        count: how many.
    """

    descriptor: int
    offset: int
    count: int

    def __len__(self) -> int:
        return self.count


Piece = bytes | FilePiece


class Body:
    """The bytes start up to, and without, stop of a rendition.

    Args:
        parts: the rendition's.
        start: first byte.
        stop: the byte after the last one.
        stored: the stored object, opened; None if no part needs it. Closed with this body.
        decode: decodes a frame.
        zero_copy: whether pieces may be `FilePiece`.
        spool: of the parts that are in one, which others may read too; let go with this body.

    Attributes:
        remaining: bytes that `next_piece` has still to give.
    """

    def __init__(  # noqa: PLR0913 -- what is sent, from where, by whom and how
        self,
        parts: Iterable[Part],
        start: int,
        stop: int,
        stored: StoredObject | None,
        decode: Decode,
        *,
        zero_copy: bool = False,
        spool: Spool | None = None,
    ) -> None:
        self._spool = spool
        self.remaining = stop - start
        self._cuts = cuts(parts, start, stop)
        self._stored = stored
        self._stamp = stored.stamp() if stored is not None else None
        self._decode = decode
        self._unmade = stop - start
        self._ahead: deque[Piece] = deque()
        self._zero_copy = zero_copy
        self._is_remote = stored is not None and stored.fileno() is None
        self._begun = False
        self._pieces = self._make()

    async def prepare(self) -> None:
        """Make the first pieces.

        Raises:
            WadoError: the object cannot be read or decoded, or is being changed.
        """
        target = AHEAD if any(isinstance(cut.part, DecodedFrames) for cut in self._cuts) else 1
        made = 0
        while made < target and self._unmade:
            piece = await anext(self._pieces)
            self._ahead.append(piece)
            made += len(piece)
        self._begun = True

    async def next_piece(self) -> Piece:
        """Return the next piece, b"" after the last one.

        Raises:
            WadoError: the object cannot be read or decoded, or has been changed; the answer cannot be finished.
        """
        if not self.remaining:
            return b""
        piece = self._ahead.popleft() if self._ahead else await anext(self._pieces)
        self.remaining -= len(piece)
        return piece

    async def close(self) -> None:
        """Let go of everything."""
        await self._pieces.aclose()
        if self._stored is not None:
            self._stored.close()
        self._spool = None

    async def _make(self) -> AsyncGenerator[Piece, None]:
        for cut in self._cuts:
            match cut.part:
                case FileSpan() as part if self._is_remote:
                    async with aclosing(self._remote_pieces(part, cut)) as pieces:
                        async for remote_piece in pieces:
                            yield self._counted(remote_piece)
                case bytes() | FileSpan() | SpoolSpan() as part:
                    for piece in _pieces_of(part, cut) if isinstance(part, bytes) else self._span_pieces(part, cut):
                        yield self._counted(piece)
                case DecodedFrames() as part:
                    for entry, first, last in _frames_of(part, cut):
                        for piece in await self._frame(entry, part, first, last):
                            yield self._counted(piece)

    def _counted(self, piece: Piece) -> Piece:
        """Count a piece; before the last one leaves, see that the object has stayed what it was."""
        self._unmade -= len(piece)
        if not self._unmade and self._stored is not None and not _same_bytes(self._stored.stamp(), self._stamp):
            raise Changed("changed while it was sent")
        return piece

    def _span_pieces(self, span: FileSpan | SpoolSpan, cut: Cut) -> Iterator[Piece]:
        start = cut.first
        descriptor = self._descriptor(span) if cut.last - start >= LEFT_TO_KERNEL else None
        if descriptor is not None:
            count = cut.last - start - PIECE
            yield FilePiece(descriptor, span.offset + start, count)
            start += count
        for first in range(start, cut.last, PIECE):
            yield self._read(span, first, min(first + PIECE, cut.last))

    async def _remote_pieces(self, span: FileSpan, cut: Cut) -> AsyncGenerator[bytes, None]:
        """Read in threads; once the header has been sent, the next piece comes while one is on its way."""
        firsts = range(cut.first, cut.last, PIECE)
        ahead: asyncio.Future[bytes] | None = None
        try:
            for place, first in enumerate(firsts):
                piece = await (ahead or self._fetch(span, first, cut))
                ahead = self._fetch(span, firsts[place + 1], cut) if self._begun and place + 1 < len(firsts) else None
                yield piece
        finally:
            if ahead is not None:
                ahead.cancel()

    def _fetch(self, span: FileSpan, first: int, cut: Cut) -> asyncio.Future[bytes]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(_readers(), self._read, span, first, min(first + PIECE, cut.last))

    def _descriptor(self, span: FileSpan | SpoolSpan) -> int | None:
        """Return the file in which a span's bytes stand as they are sent, None if they must be read."""
        if not self._zero_copy:
            return None
        if isinstance(span, SpoolSpan):
            return self._spool.descriptor if self._spool is not None else None
        return self._stored.fileno() if self._stored is not None and span.swap == 1 else None

    def _read(self, span: FileSpan | SpoolSpan, first: int, last: int) -> bytes:
        try:
            if isinstance(span, SpoolSpan):
                return self._from_spool(span.offset + first, last - first)
            if self._stored is None:
                raise CorruptObject("The object is not there to be read.")
            return read_span(self._stored, span, first, last)
        except OSError as error:
            raise Unavailable("The object cannot be read at the moment.", retry_after=5, detail=str(error)) from error

    def _from_spool(self, offset: int, length: int) -> bytes:
        found = self._spool.read_at(offset, length) if self._spool is not None else b""
        if len(found) != length:
            raise RenderFailed("What was made for this request is not there any more.")
        return found

    async def _frame(self, entry: FrameEntry, part: DecodedFrames, first: int, last: int) -> list[bytes]:
        made = await self._decode(entry, part.treatment, self._begun)
        parts = [made_part for made_part in made.parts if isinstance(made_part, bytes)]
        if sum(map(len, parts)) != part.frame_length:
            raise CorruptObject("A frame of the object has another size than its header says.")
        return [
            piece
            for cut in cuts(parts, first, last)
            if isinstance(cut.part, bytes)
            for piece in _pieces_of(cut.part, cut)
        ]


@cache
def _readers() -> ThreadPoolExecutor:
    """Return the threads that read from stores that are no disks; started in the process that needs them."""
    return ThreadPoolExecutor(REMOTE_READERS, "remote-read")


def _pieces_of(part: bytes, cut: Cut) -> Iterator[bytes]:
    if cut.last - cut.first <= PIECE:
        yield part[cut.first : cut.last]  # no copy where it is all of it
        return
    for first in range(cut.first, cut.last, PIECE):
        yield part[first : min(first + PIECE, cut.last)]


def _frames_of(part: DecodedFrames, cut: Cut) -> Iterator[tuple[FrameEntry, int, int]]:
    """Give the frames that a cut touches, and which bytes of each belong to it."""
    length = part.frame_length
    for place in range(cut.first // length, -(-cut.last // length)):
        start = place * length
        yield part.entries[place], max(cut.first - start, 0), min(cut.last - start, length)


def _same_bytes(now: Stamp, before: Stamp | None) -> bool:
    """Say whether an open file holds what it held; its change time also changes when its name is taken away."""
    return before is not None and (now.size, now.modified_ns) == (before.size, before.modified_ns)
