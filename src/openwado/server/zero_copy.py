"""Bytes from a file to a connection without passing through this process (ASGI's `http.response.zerocopysend`).

uvicorn has no such message, so it is added here to each of its request cycles. What the kernel was given and has not
sent yet are the file's own pages: whoever rewrites the file in place could still reach them. So a message is done only
when the other side has taken everything, and whoever sends the last bytes after that knows what has been sent.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import os
import select
import termios
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Scope, Send
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

MESSAGE = "http.response.zerocopysend"

#: Bytes handed to the kernel at once: others have their turn in between.
PIECE = 1 << 20

#: Seconds between looks whether the other side has taken everything: at first, and at the most.
FIRST_LOOK, LONGEST_LOOK = 0.0005, 0.02


def offer(cycle: RequestResponseCycle, stall_seconds: float) -> None:
    """Let the application of a request send parts of files, unless the connection is encrypted.

    Args:
        cycle: uvicorn's, whose application has not begun yet.
        stall_seconds: longest time in which a client takes nothing; then sending raises TimeoutError.
    """
    transport = cycle.transport
    if transport.get_extra_info("sslcontext") is not None or transport.get_extra_info("socket") is None:
        return
    extensions = cycle.scope.setdefault("extensions", {})
    extensions[MESSAGE] = {}
    plain: Send = cycle.send  # type: ignore[assignment] # uvicorn has types of its own for messages

    async def send(message: Message) -> None:
        if message["type"] != MESSAGE:
            await plain(message)
        elif not cycle.disconnected:
            await _send(cycle, message["file"], message["offset"], message["count"], stall_seconds)

    cycle.send = send  # type: ignore[method-assign,assignment] # the one place where a message can be added


def is_offered(scope: Scope) -> bool:
    """Say whether the server below takes the message."""
    return MESSAGE in scope.get("extensions", {})


async def _send(cycle: RequestResponseCycle, descriptor: int, offset: int, count: int, stall_seconds: float) -> None:
    if count > (cycle.expected_content_length or 0):
        raise RuntimeError("more is sent than Content-Length says")
    transport: Any = cycle.transport
    async with asyncio.timeout(stall_seconds):
        await _until(lambda: transport.is_closing() or not transport.get_write_buffer_size())
    if transport.is_closing():
        raise ConnectionResetError("the client has gone")
    # A copy of the descriptor: the connection's own may be closed, and its number given to another, at any moment.
    connection = os.dup(transport.get_extra_info("socket").fileno())
    try:
        await _send_all(connection, descriptor, offset, count, stall_seconds)
        await _taken(connection, stall_seconds)
    finally:
        os.close(connection)
    cycle.expected_content_length -= count


async def _send_all(connection: int, descriptor: int, offset: int, count: int, stall_seconds: float) -> None:
    stop = offset + count
    while offset < stop:
        try:
            sent = os.sendfile(connection, descriptor, offset, min(PIECE, stop - offset))
        except BlockingIOError:
            await _room(connection, stall_seconds)
            continue
        if not sent:
            raise OSError("the file has become shorter")
        offset += sent
        await asyncio.sleep(0)


async def _room(connection: int, stall_seconds: float) -> None:
    """Wait for room; the kernel tells of it only when a good part of what it holds has been taken, however large.

    Raises:
        TimeoutError: nothing at all was taken for so long.
    """
    while True:
        before = _waiting(connection)
        try:
            async with asyncio.timeout(stall_seconds):
                await _writable(connection)
        except TimeoutError:
            if _waiting(connection) >= before:
                raise
        else:
            return


async def _taken(connection: int, stall_seconds: float) -> None:
    """Wait until the other side's kernel has taken all that was sent.

    Raises:
        TimeoutError: nothing at all was taken for so long.
    """
    while before := _waiting(connection):
        try:
            async with asyncio.timeout(stall_seconds):
                await _until(lambda: not _waiting(connection))
        except TimeoutError:
            if _waiting(connection) >= before:
                raise


async def _writable(connection: int) -> None:
    loop = asyncio.get_running_loop()
    writable: asyncio.Future[None] = loop.create_future()
    loop.add_writer(connection, _set, writable)
    try:
        await writable
    finally:
        loop.remove_writer(connection)


def _set(event: asyncio.Future[None]) -> None:
    if not event.done():
        event.set_result(None)


def _waiting(connection: int) -> int:
    """Return how many bytes the other side's kernel has not taken yet.

    Raises:
        ConnectionResetError: it has gone; what it has not taken is still counted then, for ever.
    """
    look = select.poll()
    look.register(connection, 0)  # errors and the end are told in any case
    if look.poll(0):
        raise ConnectionResetError("the client has gone")
    waiting = array.array("i", [0])
    fcntl.ioctl(connection, termios.TIOCOUTQ, waiting)
    return waiting[0]


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells: looked at in the next turn of the loop, then after longer and longer pauses."""
    pause = 0.0
    while not condition():
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_LOOK) or FIRST_LOOK
