"""What goes over the pipes between an HTTP process, its template and its render processes.

Two kinds of socket. The *control* socket joins the HTTP process and the template (`openwado.server.render_template`)
and carries whole messages. A *job* socket joins the HTTP process and one render process; a frame on it is a prefix of
two little-endian numbers (bytes of the header: 32 bits; bytes of the payload: 64 bits), a MessagePack header, and the
payload: the rendition's bytes just as they are, so that they are neither copied nor parsed. A spool does not pass
through the socket: the descriptor of its file goes along with the first bytes of the frame.
"""

from __future__ import annotations

import array
import os
import socket
import stat
import struct
from typing import TYPE_CHECKING

import msgspec

from openwado import errors
from openwado.dicom.parts import DecodedFrames, FileSpan, FramesToEncode, SpoolSpan
from openwado.errors import NotAcceptable, RenderFailed, Unavailable, WadoError
from openwado.jobs import Rendition
from openwado.observe.log import LogStyle
from openwado.observe.stages import Notes
from openwado.server.sandbox import NO_SANDBOX, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.dicom.parts import Part
    from openwado.spool import Spool

PREFIX = struct.Struct("<IQ")

#: A part that came in no more pieces than this is joined: that is cheaper than sending each by itself.
JOINED_PIECES = 16

#: Longest message on the control socket, bytes.
CONTROL_MESSAGE = 65536


class Setup(msgspec.Struct, frozen=True, tag="setup"):
    """First message to the template: how its render processes work (see `PoolOptions`)."""

    producer: str
    search_path: tuple[str, ...]
    deadline_seconds: float
    memory_mib: int
    log: LogStyle
    spool_folder: str = ""
    sandbox: Sandbox = NO_SANDBOX


class Fork(msgspec.Struct, frozen=True, tag="fork"):
    """To the template, with the job socket attached: start the render process with this number."""

    number: int


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """To the template: end the render process with this number at once."""

    number: int


class Forked(msgspec.Struct, frozen=True, tag="forked"):
    """From the template: render process `number` runs as process `pid`."""

    number: int
    pid: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """From the template: render process `number` has ended; status: exit code, or minus the signal."""

    number: int
    status: int


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """From the template: it cannot work, and ends."""

    reason: str


Order = Setup | Fork | Kill
Report = Forked | Ended | Broken


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """From a render process: it takes jobs.

    sandbox: what keeps it from harm, for the log.
    """

    sandbox: str = "off"


class Done(msgspec.Struct, frozen=True, tag="done"):
    """From a render process: a rendition. A number among the parts stands for that many bytes of the payload.

    spooled: with the descriptor of a file that the parts in a spool are in, which come as spans of it.
    """

    media_type: str
    parts: tuple[int | FileSpan | DecodedFrames | SpoolSpan, ...]
    warnings: tuple[str, ...]
    to_encode: FramesToEncode | None = None
    deflated: bool = False
    spooled: bool = False
    notes: Notes | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed", omit_defaults=True):
    """From a render process: an error. final: the process ends now, because it ran out of memory."""

    kind: str
    public: str
    parameter: str | None = None
    detail: str = ""
    available: tuple[str, ...] = ()
    retry_after: int = 1
    final: bool = False


Reply = Ready | Done | Failed

_encode = msgspec.msgpack.Encoder().encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode


def encode_message(message: Order | Report) -> bytes:
    """Write a message for the control socket."""
    return _encode(message)


def encode_job(job: object) -> bytes:
    """Write a job as a frame for the job socket."""
    header = _encode(job)
    return PREFIX.pack(len(header), 0) + header


def encode_rendition(rendition: Rendition) -> list[bytes]:
    """Write a rendition as a frame, in buffers to be sent one after another; the big ones are the rendition's own."""
    payload = [part for part in rendition.parts if isinstance(part, bytes)]
    parts = tuple(len(part) if isinstance(part, bytes) else part for part in rendition.parts)
    done = Done(
        rendition.media_type,
        parts,
        rendition.warnings,
        rendition.to_encode,
        rendition.deflated,
        rendition.spool is not None,
        rendition.notes,
    )
    header = _encode(done)
    return [PREFIX.pack(len(header), sum(map(len, payload))) + header, *payload]


def encode_reply(reply: Ready | Failed) -> list[bytes]:
    """Write a reply without payload as a frame."""
    header = _encode(reply)
    return [PREFIX.pack(len(header), 0) + header]


def descriptor_beside(rendition: Rendition) -> list[tuple[int, int, array.array[int]]]:
    """Return what goes along with a rendition's first bytes: the descriptor of its spool, where it has one."""
    descriptor = rendition.spool.descriptor if rendition.spool is not None else None
    return [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]


def descriptors_among(beside: Sequence[tuple[int, int, bytes]]) -> list[int]:
    """Return the descriptors that have come along with bytes; they are the caller's to close."""
    found = array.array("i")
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return list(found)


def holds_spans(descriptor: int, done: Done) -> bool:
    """Say whether a descriptor is of a plain file in which the spans of a rendition are."""
    status = os.fstat(descriptor)
    spans = [part for part in done.parts if isinstance(part, SpoolSpan)]
    fit = all(part.offset >= 0 <= part.length and part.offset + part.length <= status.st_size for part in spans)
    return stat.S_ISREG(status.st_mode) and bool(spans) and fit


def rendition_of(done: Done, pieces: Sequence[bytes], spool: Spool | None = None) -> Rendition:
    """Put a rendition together again.

    Args:
        done: the header.
        pieces: the payload, cut so that no piece reaches over the end of a part. A part that came in several pieces
            stays several parts, which together are the same bytes, unless it is short.
        spool: that has come with it.
    """
    parts: list[Part] = []
    rest = iter(pieces)
    for part in done.parts:
        if isinstance(part, int):
            parts.extend(_part_of(rest, part))
        else:
            parts.append(part)
    return Rendition(done.media_type, tuple(parts), done.warnings, done.to_encode, done.deflated, spool, done.notes)


def _part_of(pieces: Iterator[bytes], length: int) -> list[bytes]:
    found: list[bytes] = []
    while length > 0:
        piece = next(pieces)
        found.append(piece)
        length -= len(piece)
    return [b"".join(found)] if 1 < len(found) <= JOINED_PIECES else found


_KINDS: dict[str, type[WadoError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, WadoError)
}


def failed_of(error: WadoError) -> Failed:
    """Write an error down."""
    kind = next(known for known in type(error).__mro__ if _KINDS.get(known.__name__) is known)
    return Failed(
        kind=kind.__name__,
        public=error.public,
        parameter=error.parameter,
        detail=error.detail,
        available=error.available if isinstance(error, NotAcceptable) else (),
        retry_after=error.retry_after if isinstance(error, Unavailable) else 1,
    )


def error_of(failed: Failed) -> WadoError:
    """Read an error that was written down: the same class, the same words."""
    kind = _KINDS.get(failed.kind, RenderFailed)
    error = kind.__new__(kind)
    WadoError.__init__(error, failed.public, parameter=failed.parameter, detail=failed.detail)
    if isinstance(error, NotAcceptable):
        error.available = failed.available
    if isinstance(error, Unavailable):
        error.retry_after = failed.retry_after
    return error
