"""The pipe to a render process: replies in any portions, jobs of any size, nonsense."""

from __future__ import annotations

import array
import asyncio
import os
import socket
import tempfile
from typing import TYPE_CHECKING

import msgspec
import pytest

from open_files import open_files
from openwado.dicom.instance import FrameEntry
from openwado.dicom.parts import DecodedFrames, FileSpan, SpoolSpan
from openwado.errors import BadRequest, CorruptObject, NotAcceptable, Unavailable, WadoError
from openwado.jobs import Rendition
from openwado.server.render_link import RenderLink
from openwado.server.render_ticket import Ticket
from openwado.server.render_wire import (
    PREFIX,
    Done,
    Failed,
    Ready,
    descriptor_beside,
    encode_rendition,
    encode_reply,
    error_of,
    failed_of,
)
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

RENDITION = Rendition(
    "application/dicom",
    (
        b"head",
        FileSpan(5, 6, 2),
        b"",
        DecodedFrames((FrameEntry(1, 2), FrameEntry(3, 4)), 7),
        bytes(range(256)) * 3000,
        b"end",
    ),
    ("a warning",),
)


class Owner:
    """Hands on what comes over a link; None is its loss."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Rendition | Failed | Ready | None] = asyncio.Queue()

    def replied(self, link: RenderLink, reply: Rendition | Failed | Ready) -> None:
        """Take a reply."""
        del link
        self._events.put_nowait(reply)

    def lost(self, link: RenderLink) -> None:
        """Take a loss."""
        link.close()
        self._events.put_nowait(None)

    async def next(self) -> Rendition | Failed | Ready | None:
        """Return what comes next."""
        return await asyncio.wait_for(self._events.get(), 20)


def pipe() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a pipe, neither of which waits."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
    return ours, theirs


def joined(rendition: Rendition) -> list[object]:
    """Return a rendition's parts with neighbouring bytes joined, which makes no difference to anybody."""
    found: list[object] = []
    for part in filter(None, rendition.parts):
        if isinstance(part, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += part
        else:
            found.append(part)
    return found


@pytest.mark.parametrize("portion", [1, 7, 12, 13, 1000, 65536, 10_000_000])
def test_a_rendition_arrives_in_any_portions(portion: int) -> None:
    """However the pipe cuts the bytes, what arrives is what was sent: parts in order, warnings, type."""

    async def check() -> None:
        ours, theirs = pipe()
        owner = Owner()
        RenderLink(1, ours, owner)
        loop = asyncio.get_running_loop()
        for reply in (encode_reply(Ready()), encode_rendition(RENDITION)):
            message = b"".join(reply)
            for start in range(0, min(len(message), 40 * portion), portion):
                await loop.sock_sendall(theirs, message[start : start + portion])
                await asyncio.sleep(0)
            await loop.sock_sendall(theirs, message[40 * portion :])
            if reply[0] == message:
                assert await owner.next() == Ready()
        rendition = await owner.next()
        assert isinstance(rendition, Rendition)
        assert joined(rendition) == joined(RENDITION)
        assert (rendition.media_type, rendition.warnings) == (RENDITION.media_type, RENDITION.warnings)
        theirs.close()
        assert await owner.next() is None

    asyncio.run(check())


def test_a_job_larger_than_the_pipe_is_sent_whole() -> None:
    """Sending never waits and never cuts: what the pipe does not take at once follows when it does."""

    async def check() -> None:
        ours, theirs = pipe()
        link = RenderLink(1, ours, Owner())
        frame = bytes(range(251)) * 20_000
        link.send(Ticket(frame, "key", 30.0, patient=False, on_abandoned=lambda _: None))
        received = b""
        while len(received) < len(frame):
            received += await asyncio.get_running_loop().sock_recv(theirs, 1 << 20)
        assert received == frame
        link.close()
        theirs.close()

    asyncio.run(asyncio.wait_for(check(), 20))


@pytest.mark.parametrize(
    "nonsense",
    [
        PREFIX.pack(3, 0) + b"\xff\xff\xff",
        PREFIX.pack(0xFFFFFFFF, 0) + b"x" * 100,
        b"".join(encode_rendition(Rendition("a/b", (b"123",))))[:4] + b"\xff" * 8 + b"x" * 100,
        PREFIX.pack(1, 5) + b"\x05hello",
    ],
)
def test_nonsense_loses_the_process(nonsense: bytes) -> None:
    """A render process that a hostile object has taken over cannot make the HTTP process wait or allocate."""
    asyncio.run(_is_lost_after(nonsense))


@pytest.mark.parametrize(("parts", "payload"), [((5,), 6), ((5, 5), 5), ((-5, 10), 5), ((), 5), ((3,), 3)])
def test_a_header_that_contradicts_its_payload_loses_the_process(parts: tuple[int, ...], payload: int) -> None:
    """Lengths of parts that do not sum up to the payload, and bytes beyond it, are nonsense too."""
    header = msgspec.msgpack.encode(Done("a/b", parts, ()))
    asyncio.run(_is_lost_after(PREFIX.pack(len(header), payload) + header + bytes(10)))


async def _is_lost_after(message: bytes) -> None:
    ours, theirs = pipe()
    owner = Owner()
    RenderLink(1, ours, owner)
    theirs.sendall(message)
    assert await owner.next() is None
    theirs.close()


def test_a_spool_comes_as_an_open_file() -> None:
    """What is in a file is handed over without a byte of it on the way; parts of both kinds stay in their order."""

    async def check() -> None:
        ours, theirs = pipe()
        owner = Owner()
        RenderLink(1, ours, owner)
        spool = Spool(0)
        spool.write(b"0123456789")
        sent = Rendition("video/mp4", (b"head", SpoolSpan(2, 5), b"tail"), spool=spool)
        for _ in range(2):
            buffers = encode_rendition(sent)
            assert b"23456" not in b"".join(buffers)
            theirs.sendmsg(buffers, descriptor_beside(sent))
            reply = await owner.next()
            assert isinstance(reply, Rendition)
            assert reply.parts == sent.parts
            assert reply.spool is not None
            assert reply.spool.read_at(2, 5) == b"23456"
            assert reply.spool.descriptor != spool.descriptor
            assert not os.get_inheritable(reply.spool.descriptor or -1)
        theirs.close()
        assert await owner.next() is None

    asyncio.run(check())


def _unlike_its_spans() -> tuple[Done, list[int]]:
    with tempfile.TemporaryFile() as file:
        file.write(b"123")
        file.flush()
        return Done("a/b", (SpoolSpan(1, 3),), (), spooled=True), [os.dup(file.fileno())]


def _a_pipe() -> tuple[Done, list[int]]:
    reader, writer = os.pipe()
    os.close(writer)
    return Done("a/b", (SpoolSpan(0, 0),), (), spooled=True), [reader]


def _none() -> tuple[Done, list[int]]:
    return Done("a/b", (SpoolSpan(0, 1),), (), spooled=True), []


def _one_too_many() -> tuple[Done, list[int]]:
    with tempfile.TemporaryFile() as file:
        return Done("a/b", (SpoolSpan(0, 0),), (), spooled=True), [os.dup(file.fileno()), os.dup(file.fileno())]


def _unasked() -> tuple[Done, list[int]]:
    with tempfile.TemporaryFile() as file:
        return Done("a/b", (), ()), [os.dup(file.fileno())]


def _negative() -> tuple[Done, list[int]]:
    with tempfile.TemporaryFile() as file:
        file.write(b"123")
        file.flush()
        return Done("a/b", (SpoolSpan(-1, 2),), (), spooled=True), [os.dup(file.fileno())]


@pytest.mark.parametrize("nonsense", [_unlike_its_spans, _a_pipe, _none, _one_too_many, _unasked, _negative])
def test_a_file_that_is_not_what_was_said_loses_the_process(nonsense: Callable[[], tuple[Done, list[int]]]) -> None:
    """Whatever descriptors a render process sends that has been taken over, none is read by mistake or kept open."""

    async def check() -> None:
        ours, theirs = pipe()
        owner = Owner()
        RenderLink(1, ours, owner)
        done, descriptors = nonsense()
        header = msgspec.msgpack.encode(done)
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        theirs.sendmsg([PREFIX.pack(len(header), 0) + header], beside)
        for descriptor in descriptors:
            os.close(descriptor)
        assert await owner.next() is None
        theirs.close()

    before = len(open_files())
    asyncio.run(check())
    assert len(open_files()) == before


def test_a_file_is_closed_where_nobody_takes_it() -> None:
    """A link that is closed in the middle of a reply, or whose reply nobody holds, leaves no file open."""

    async def check() -> None:
        spool = Spool(0)
        spool.write(b"0123456789")
        sent = Rendition("video/mp4", (SpoolSpan(0, 10), b"tail"), spool=spool)
        ours, theirs = pipe()
        link = RenderLink(1, ours, Owner())
        theirs.sendmsg([b"".join(encode_rendition(sent))[:-2]], descriptor_beside(sent))
        await asyncio.sleep(0.05)
        assert len(open_files()) > before + 3
        link.close()
        theirs.close()

    before = len(open_files())
    asyncio.run(check())
    assert len(open_files()) == before


def test_errors_survive_the_way() -> None:
    """Each class comes back as itself with its words; a class of a room's own as the one it is derived from."""

    class Sharper(CorruptObject):
        """A room's own."""

    for error in (
        BadRequest("Wrong.", parameter="rows", detail="why"),
        NotAcceptable("No.", available=("a/b", "c/d"), parameter="contentType"),
        Unavailable("Later.", retry_after=9, detail="busy"),
        Sharper("Broken.", detail="/a/b"),
    ):
        back = error_of(failed_of(error))
        assert type(back) is (CorruptObject if isinstance(error, Sharper) else type(error))
        assert isinstance(back, WadoError)
        assert (back.public, back.parameter, back.detail, str(back)) == (
            error.public,
            error.parameter,
            error.detail,
            error.public,
        )
        if isinstance(error, NotAcceptable):
            assert isinstance(back, NotAcceptable)
            assert back.available == error.available
        if isinstance(error, Unavailable):
            assert isinstance(back, Unavailable)
            assert back.retry_after == error.retry_after
