"""The pipe to a render process: replies in any portions, jobs of any size, nonsense."""

from __future__ import annotations

import asyncio
import socket

import msgspec
import pytest

from openwado.dicom.instance import FrameEntry
from openwado.dicom.parts import DecodedFrames, FileSpan
from openwado.errors import BadRequest, CorruptObject, NotAcceptable, Unavailable, WadoError
from openwado.jobs import Rendition
from openwado.server.render_link import RenderLink
from openwado.server.render_ticket import Ticket
from openwado.server.render_wire import (
    PREFIX,
    Done,
    Failed,
    Ready,
    encode_rendition,
    encode_reply,
    error_of,
    failed_of,
)

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
