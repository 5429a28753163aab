"""A render process: takes one job after another from its pipe, and does nothing else.

It decodes bytes that somebody else wrote, so it is expected to crash, to hang and to eat memory. Whatever happens here
costs one request: the HTTP process sees the pipe close, and has the template fork another one.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openwado.errors import WadoError
from openwado.jobs import Job
from openwado.lanes import seconds_for
from openwado.observe.log import event
from openwado.observe.stages import Notes, noting
from openwado.server.parent_death import end_with_parent, leave_no_core, name_process
from openwado.server.render_wire import (
    PREFIX,
    Failed,
    Ready,
    descriptor_beside,
    encode_rendition,
    encode_reply,
    failed_of,
)
from openwado.server.sandbox import confine
from openwado.spool import use_folder

if TYPE_CHECKING:
    import array
    import socket
    from collections.abc import Callable, Sequence

    from openwado.jobs import Rendition
    from openwado.server.render_wire import Setup

    Producer = Callable[[Job], Rendition]

#: Seconds after the deadline at which a render process ends by itself, should nobody have killed it.
BACKSTOP_SECONDS = 5.0

#: Buffers given to the kernel in one call.
_GATHERED = 64

#: OpenCV's code for "insufficient memory".
_CV_NO_MEMORY = -4

_MIB = 1 << 20

_logger = logging.getLogger("openwado.render")


def run(connection: socket.socket, factory: Callable[[], Producer], setup: Setup, *, template: int) -> None:
    """Be a render process until the pipe closes.

    Args:
        connection: the job socket.
        factory: gives what does the jobs.
        setup: deadline, memory, sandbox.
        template: process id of the parent.

    Raises:
        CannotConfine: the sandbox that is required cannot be had.
    """
    end_with_parent(template)
    name_process("openwado-render")
    leave_no_core()
    faulthandler.enable()
    gc.enable()
    use_folder(setup.spool_folder)
    sandbox = confine(setup.sandbox, setup.spool_folder)
    producer = factory()
    bound_memory(setup.memory_mib)
    try:
        _send(connection, encode_reply(Ready(sandbox)))
        _serve_jobs(connection, producer, setup.deadline_seconds)
    except ConnectionError:
        return  # the HTTP process is gone, or has given this process up


def bound_memory(mebibytes: int) -> None:
    """Allow this process so much address space beyond what it has now; allocations beyond it fail."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = pages * resource.getpagesize() + mebibytes * _MIB
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        ceiling = min(ceiling, hard)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))


def _serve_jobs(connection: socket.socket, producer: Producer, deadline_seconds: float) -> None:
    decoder: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the default ends the process, even inside a decoder that hangs
    while (message := _receive(connection)) is not None:
        signal.setitimer(signal.ITIMER_REAL, deadline_seconds + BACKSTOP_SECONDS)
        reply = _answer(producer, decoder, message, deadline_seconds)
        if isinstance(reply, Failed):
            _send(connection, encode_reply(reply))
        else:
            _send(connection, encode_rendition(reply), descriptor_beside(reply))
        signal.setitimer(signal.ITIMER_REAL, 0)
        if isinstance(reply, Failed) and reply.final:
            return
        del reply  # with its bytes, and its spool, which the HTTP process has open by now


def _answer(
    producer: Producer, decoder: msgspec.msgpack.Decoder[Job], message: bytes, deadline_seconds: float
) -> Rendition | Failed:
    """Do a job; a failure says whether this process should end, since its memory is exhausted."""
    try:
        job = decoder.decode(message)
        signal.setitimer(signal.ITIMER_REAL, seconds_for(job, deadline_seconds) + BACKSTOP_SECONDS)
        notes = Notes()
        return msgspec.structs.replace(noting(lambda: producer(job), notes), notes=notes)
    except WadoError as error:
        return failed_of(error)
    except Exception as error:
        final = isinstance(error, MemoryError) or getattr(error, "code", None) == _CV_NO_MEMORY
        if not final:
            _logger.exception(event("render failed", error=type(error).__name__))
        kind = type(error).__name__
    if final:
        public = "This request needs more memory than the server gives to one request."
        return Failed("RenderFailed", public, detail=f"out of memory: {kind}", final=True)
    public = "The server failed over this object."
    return Failed("RenderFailed", public, detail=f"unexpected {kind}")


def _receive(connection: socket.socket) -> bytes | None:
    prefix = _receive_exactly(connection, PREFIX.size)
    if prefix is None:
        return None
    length, _ = PREFIX.unpack(prefix)
    return _receive_exactly(connection, length)


def _receive_exactly(connection: socket.socket, length: int) -> bytes | None:
    """Return so many bytes, None if the pipe closes before."""
    found = bytearray()
    while len(found) < length:
        piece = connection.recv(length - len(found))
        if not piece:
            return None
        found += piece
    return bytes(found)


def _send(
    connection: socket.socket, buffers: list[bytes], beside: Sequence[tuple[int, int, array.array[int]]] = ()
) -> None:
    """Send buffers, the first of them with what goes beside it."""
    for start in range(0, len(buffers), _GATHERED):
        group = buffers[start : start + _GATHERED]
        sent = connection.sendmsg(group, () if start else beside)
        for buffer in group:
            if sent < len(buffer):
                connection.sendall(memoryview(buffer)[sent:])
            sent = max(0, sent - len(buffer))
