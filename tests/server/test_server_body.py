"""Bodies: any range of any parts, in bounded memory, never other bytes than were prepared for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.archive.archive import Changed
from openwado.archive.file_store import FileStore
from openwado.dicom.instance import FrameEntry, Stamp
from openwado.dicom.parts import DecodedFrames, FileSpan, Part, SpoolSpan, Treatment, length_of
from openwado.errors import CorruptObject, RenderFailed, Unavailable
from openwado.jobs import Rendition
from openwado.server.body import AHEAD, LEFT_TO_KERNEL, PIECE, Body, FilePiece
from openwado.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

FILE = bytes(place * 7 % 256 for place in range(4096))


class Stored:
    """A stored object in memory that notes what is read of it.

    Args:
        data: its bytes.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []
        self.times = [1]
        self.closed = False

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read."""
        self.reads.append((offset, length))
        return self.data[offset : offset + length]

    def stamp(self) -> Stamp:
        """Return the next time, the last one for ever."""
        time = self.times.pop(0) if len(self.times) > 1 else self.times[0]
        return Stamp(len(self.data), time, 0, 0)

    def fileno(self) -> int:
        """Return a number that no file has."""
        return -1

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Decoder:
    """Decodes frames: frame n is its length in bytes of value n, in two pieces; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []

    async def __call__(self, entry: FrameEntry, _treatment: Treatment, begun: bool) -> Rendition:  # noqa: FBT001 -- as the body calls it
        """Decode."""
        self.asked.append((entry.offset, begun))
        half = entry.length // 2
        return Rendition("", (bytes([entry.offset]) * half, bytes([entry.offset]) * (entry.length - half)))


async def collect(body: Body, *, pause: bool = False) -> bytes:
    """Take a body to its end."""
    await body.prepare()
    pieces = []
    while piece := await body.next_piece():
        assert isinstance(piece, bytes)
        assert len(piece) <= PIECE
        pieces.append(piece)
        if pause:
            await asyncio.sleep(0)
    assert body.remaining == 0
    await body.close()
    return b"".join(pieces)


def bytes_of(part: Part) -> bytes:
    """Return a part's bytes the slow way."""
    match part:
        case bytes():
            return part
        case FileSpan(offset, length, swap):
            words = [FILE[place : place + swap][::-1] for place in range(offset, offset + length, swap)]
            return b"".join(words)
        case SpoolSpan():
            raise AssertionError(part)
        case DecodedFrames(entries, length):
            return b"".join(bytes([entry.offset]) * length for entry in entries)


spans = st.builds(
    lambda swap, words, offset: FileSpan(offset, words * swap, swap),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(0, 40),
    st.integers(0, 3000),
)
frames = st.integers(0, 9).flatmap(
    lambda length: st.lists(st.builds(FrameEntry, st.integers(0, 255), st.just(length)), max_size=4).map(
        lambda entries: DecodedFrames(tuple(entries), length)
    )
)


@given(st.lists(st.binary(max_size=20) | spans | frames, max_size=6), st.data())
def test_any_range_is_that_part_of_the_whole(parts: list[Part], data: st.DataObject) -> None:
    """Bytes start to stop of the parts are bytes start to stop of all of them one after another."""
    whole = b"".join(map(bytes_of, parts))
    assert len(whole) == sum(map(length_of, parts))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert asyncio.run(collect(Body(parts, start, stop, Stored(FILE), Decoder()))) == whole[start:stop]


def test_memory_is_bounded() -> None:
    """No more than a piece is read at once, and only one before the header of an object sent as it is."""

    async def check() -> None:
        stored = Stored(bytes(3 * PIECE + 5))
        body = Body([FileSpan(0, stored.size, 8 if stored.size % 8 == 0 else 1)], 0, stored.size, stored, Decoder())
        await body.prepare()
        assert stored.reads == [(0, PIECE)]
        assert len(await collect(body)) == stored.size
        assert max(length for _, length in stored.reads) == PIECE
        assert stored.closed

    asyncio.run(check())


def test_frames_are_decoded_ahead_and_then_one_by_one() -> None:
    """16 MiB are decoded before the header, impatiently; later frames when their turn comes, patiently."""

    async def check() -> None:
        length = AHEAD // 4
        decoder = Decoder()
        entries = tuple(FrameEntry(number, length) for number in range(1, 8))
        body = Body([DecodedFrames(entries, length)], 0, 7 * length, None, decoder)
        await body.prepare()
        assert decoder.asked == [(number, False) for number in (1, 2, 3, 4)]
        while body.remaining > 3 * length:
            await body.next_piece()
        assert len(decoder.asked) == 4
        await body.next_piece()
        assert decoder.asked[4:] == [(5, True)]
        await body.close()

    asyncio.run(check())


@pytest.mark.parametrize("size", [LEFT_TO_KERNEL - 1, LEFT_TO_KERNEL + 7])
def test_a_large_spool_is_left_to_the_kernel(size: int) -> None:
    """A file that was made is sent without being read, but for its last piece; without that, piece by piece."""

    async def check() -> None:
        spool = Spool(0)
        spool.write(bytes(size))
        parts: list[Part] = [b"head", SpoolSpan(0, size)]
        body = Body(parts, 0, size + 4, None, Decoder(), zero_copy=True, spool=spool)
        pieces = []
        while body.remaining:
            pieces.append(await body.next_piece())
        await body.close()
        if size < LEFT_TO_KERNEL:
            assert all(isinstance(piece, bytes) and len(piece) <= PIECE for piece in pieces)
        else:
            assert pieces[1] == FilePiece(spool.descriptor or -1, 0, size - PIECE)
            assert pieces[2:] == [bytes(PIECE)]
        again = Body(parts, 3, size + 4, None, Decoder(), spool=spool)  # the spool is not this body's alone
        assert await collect(again) == b"d" + bytes(size)

    asyncio.run(check())


def test_a_spool_that_is_cut_off_is_never_finished() -> None:
    """Fewer bytes than were said are an error, not an answer."""
    spool = Spool(0)
    spool.write(bytes(100))
    with pytest.raises(RenderFailed):
        asyncio.run(collect(Body([SpoolSpan(0, 101)], 0, 101, None, Decoder(), spool=spool)))
    with pytest.raises(RenderFailed):
        asyncio.run(collect(Body([SpoolSpan(0, 1)], 0, 1, None, Decoder())))


@pytest.mark.parametrize(("size", "given"), [(100, 0), (3 * PIECE, 2 * PIECE)])
def test_what_changes_is_never_finished(size: int, given: int) -> None:
    """The last piece of an object that has changed since it was opened is not given; small ones have one only."""
    stored = Stored(bytes(size))
    stored.times = [1, 2]
    body = Body([FileSpan(0, size)], 0, size, stored, Decoder())
    with pytest.raises(Changed):
        asyncio.run(collect(body))
    assert size - body.remaining == given


def test_what_is_too_short_is_an_error() -> None:
    """A span beyond the end of the object, and a frame of another length than promised, are errors, not zeros."""

    class Short(Decoder):
        """Decodes one byte too few."""

        async def __call__(self, entry: FrameEntry, _treatment: Treatment, begun: bool) -> Rendition:  # noqa: FBT001 -- as above
            """Decode."""
            del begun
            return Rendition("", (bytes(entry.length - 1),))

    with pytest.raises(CorruptObject):
        asyncio.run(collect(Body([FileSpan(4000, 100)], 0, 100, Stored(FILE), Decoder())))
    with pytest.raises(CorruptObject):
        asyncio.run(collect(Body([DecodedFrames((FrameEntry(1, 10),), 10)], 0, 10, None, Short())))


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    """An error of the file system is 503, and no part of the file's name is told."""
    path = tmp_path / "object"
    path.write_bytes(bytes(10))
    stored = FileStore().open(str(path))
    body = Body([FileSpan(0, 10)], 0, 10, stored, Decoder())
    stored.close()
    with pytest.raises(Unavailable) as raised:
        asyncio.run(body.prepare())
    assert "object" in raised.value.public
    assert str(tmp_path) not in raised.value.public


class Unread(Stored):
    """A large stored object whose bytes nobody looks at."""

    @property
    def size(self) -> int:
        """Its bytes."""
        return 4 * LEFT_TO_KERNEL

    def read_at(self, offset: int, length: int) -> bytes:
        """Read."""
        self.reads.append((offset, length))
        return bytes(length)


def pieces_of(part: FileSpan, start: int, stop: int, *, zero_copy: bool = True) -> list[bytes | FilePiece]:
    """Return the pieces of a body."""

    async def take() -> list[bytes | FilePiece]:
        body = Body([b"head", part], start, stop, Unread(b""), Decoder(), zero_copy=zero_copy)
        await body.prepare()
        found = []
        while piece := await body.next_piece():
            found.append(piece)
        await body.close()
        return found

    return asyncio.run(take())


@pytest.mark.parametrize("swap", [2, 4, 8])
def test_what_is_swapped_is_never_left_to_the_kernel(swap: int) -> None:
    """PS3.5 7.3: the kernel sends bytes in their stored order, so other words pass through this process."""
    pieces = pieces_of(FileSpan(16, 3 * LEFT_TO_KERNEL, swap), 0, 4 + 3 * LEFT_TO_KERNEL)
    assert all(isinstance(piece, bytes) for piece in pieces)


@pytest.mark.parametrize(("start", "stop"), [(0, 4 + 2 * LEFT_TO_KERNEL), (100, 2 * LEFT_TO_KERNEL - 100)])
def test_the_last_bytes_are_never_left_to_the_kernel(start: int, stop: int) -> None:
    """The kernel gets the right place of a large part, and its end is read, so a change is seen before it leaves."""
    pieces = pieces_of(FileSpan(16, 2 * LEFT_TO_KERNEL, 1), start, stop)
    (left,) = (piece for piece in pieces if isinstance(piece, FilePiece))
    assert left.offset == 16 + max(start - 4, 0)
    assert isinstance(pieces[-1], bytes)
    assert sum(map(len, pieces)) == stop - start


def test_little_or_unwanted_is_not_left_to_the_kernel() -> None:
    """A small part of a file is read, and a large one too where the server below cannot send it."""
    length = LEFT_TO_KERNEL
    assert any(isinstance(piece, FilePiece) for piece in pieces_of(FileSpan(0, length, 1), 4, 4 + length))
    assert all(isinstance(piece, bytes) for piece in pieces_of(FileSpan(0, length, 1), 5, 4 + length))
    assert all(isinstance(piece, bytes) for piece in pieces_of(FileSpan(0, length, 1), 4, 4 + length, zero_copy=False))
