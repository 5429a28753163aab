"""Stand-ins for the rooms behind the doors: what a request asks for, they do, good or bad.

`Preparer` takes its wishes from the query: `key` (a file), `do` (what to make of it), `lane`, `type`, `warn`. The
producers do jobs: an object job's transfer syntax holds the wish.
"""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

import msgspec

from openwado.archive.file_store import FileStore
from openwado.cache.claims import Claims
from openwado.cache.disk import DiskCache
from openwado.cache.files import FileCache
from openwado.cache.memory import MemoryCache
from openwado.cache.renditions import RenditionCache
from openwado.dicom.instance import FrameEntry, Instance, Stamp
from openwado.dicom.object_wishes import ObjectWishes
from openwado.dicom.parts import DecodedFrames, FileSpan
from openwado.dicom.picture_record import FrameAttributes
from openwado.errors import BadRequest, CorruptObject, NotAcceptable, NotFound, Unavailable
from openwado.jobs import FrameJob, ObjectJob, PictureJob, Rendition
from openwado.lanes import Lane
from openwado.observe.log import LogStyle
from openwado.retrieve import Prepared
from openwado.server.app import create_app
from openwado.server.options import PoolOptions, ServerOptions
from openwado.server.renditions import Makers
from openwado.server.sandbox import Demand, Sandbox
from openwado.spool import Spool, use_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from openwado.access.permission import Permission
    from openwado.archive.store import Store
    from openwado.jobs import Job

#: Environment variable with the options of `application`, as JSON.
OPTIONS_VARIABLE = "SERVER_DOUBLES_OPTIONS"

#: Bytes of one frame; frame n is this many bytes of the value n.
FRAME_LENGTH = 300_000

#: Bytes of a large rendition.
LARGE = 9_000_001

BROKEN, CRASHING, SLOW = 1, 2, 3


def instance_of(key: str) -> Instance:
    """Return a record of a file, with the stamp that the file has now."""
    return Instance(
        study_instance_uid="1.2.3",
        series_instance_uid="1.2.3.4",
        sop_instance_uid="1.2.3.4.5",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        family="image",
        number_of_frames=1,
        time_based=False,
        key=key,
        stamp=FileStore().stamp(key) or Stamp(0, 0, 0, 0),
        version="0",
        dataset_offset=0,
        part10=True,
    )


class Preparer:
    """Understands the queries of these tests."""

    def prepare(
        self,
        query: str,
        accept: str | None,
        accept_charset: str | None,
        accept_language: str | None = None,
        permission: Permission | None = None,
    ) -> Prepared:
        """Read the wishes."""
        del accept_charset, accept_language, permission
        wishes = {name: values[0] for name, values in parse_qs(query).items()}
        if "do" not in wishes:
            raise BadRequest("The parameter <do> is missing.", parameter="do")
        if wishes["do"] == "unknown":
            raise NotFound("There is no object with these study, series and object UIDs.")
        if wishes["do"] == "unacceptable":
            raise NotAcceptable(f"Nothing for {accept}.", available=("image/jpeg", "application/dicom"))
        if wishes["do"] == "unexpected":
            raise ZeroDivisionError("secret of the house")
        instance = instance_of(wishes.get("key", __file__))
        job: Job = ObjectJob(instance=instance, wishes=ObjectWishes(wishes["do"]))
        if wishes["do"].startswith("noted"):
            job = PictureJob(instance, FrameEntry(0, 0), 1, FrameAttributes(), wishes["do"])
        return Prepared(
            instance=instance,
            job=job,
            lane=Lane(wishes.get("lane", "plain")),
            media_type=wishes.get("type", "image/jpeg"),
            etag=f'"{wishes["do"]}-{instance.stamp.modified_ns}"',
            content_location=f"/wado?do={quote(wishes['do'])}",
            warnings=tuple(parse_qs(query).get("warn", ())),
        )


def producer() -> Callable[[Job], Rendition]:
    """Give what does jobs in a render process."""
    store = FileStore()
    return lambda job: produce(job, store)


def stillborn() -> Callable[[Job], Rendition]:
    """Give nothing: the render process ends before it takes a job."""
    os._exit(7)


def produce(job: Job, store: Store) -> Rendition:
    """Do a job."""
    del store
    if isinstance(job, FrameJob):
        return _frame(job)
    if isinstance(job, PictureJob):
        return _noted(job)
    assert isinstance(job, ObjectJob)
    name, _, number = job.wishes.transfer_syntax.partition(":")
    return _DEEDS[name](job, int(number or 0))


def _frame(job: FrameJob) -> Rendition:
    if job.entry.length == BROKEN:
        raise CorruptObject("The frame cannot be decoded.")
    if job.entry.length == CRASHING:
        os.kill(os.getpid(), signal.SIGKILL)
    if job.entry.length == SLOW:
        time.sleep(0.4)
    return Rendition("application/octet-stream", (bytes([job.entry.offset]) * FRAME_LENGTH,))


def _noted(job: PictureJob) -> Rendition:
    """Add a line to the object's file of notes, wait for its file to go on, and fail where there is a file to fail.

    The one job whose rendition is kept and shared, for it is a picture's.
    """
    key = Path(job.instance.key)
    with key.with_suffix(".notes").open("a", encoding="ascii") as notes:
        notes.write(f"{job.media_type}\n")
    while not key.with_suffix(".go").exists():
        time.sleep(0.01)
    if key.with_suffix(".fail").exists():
        raise CorruptObject("It cannot be decoded.")
    if job.media_type == "noted large":
        return _spooled_bytes(LARGE)
    return Rendition("image/jpeg", (job.media_type.encode(),))


def _spooled_bytes(number: int) -> Rendition:
    spool = Spool()
    for start in range(0, number, 256 * 1024):
        spool.write((bytes(range(256)) * 1024)[: number - start])
    return Rendition.of_spool("video/mp4", spool, ("made up",))


def _spooled(job: ObjectJob, number: int) -> Rendition:
    """So many bytes that are in a file where they are many."""
    del job
    return _spooled_bytes(number)


def _spool_crash(job: ObjectJob, number: int) -> Rendition:
    """Die in the middle, with a file half made."""
    del job
    spool = Spool()
    spool.write(bytes(LARGE))
    os.kill(os.getpid(), number)
    raise AssertionError


def _bytes(job: ObjectJob, number: int) -> Rendition:
    del job
    return Rendition("image/jpeg", (bytes(range(256)) * (number // 256) + bytes(number % 256),), ("made up",))


def _pieces(job: ObjectJob, number: int) -> Rendition:
    """Many parts of bytes among spans, as a render process would plan an object."""
    del job
    parts = [part for place in range(number) for part in (bytes([place % 256]) * 1000, FileSpan(place, 1))]
    return Rendition("application/dicom", tuple(parts))


def _span(job: ObjectJob, number: int) -> Rendition:
    size = job.instance.stamp.size
    return Rendition("application/dicom", (b"head", FileSpan(0, size - size % number, number)))


def _frames(job: ObjectJob, number: int) -> Rendition:
    """Four digits: how each of four frames is."""
    del job
    entries = tuple(FrameEntry(offset=place, length=int(how)) for place, how in enumerate(f"{number:04}", start=1))
    return Rendition("application/dicom", (b"head", DecodedFrames(entries, FRAME_LENGTH), b"tail"))


def _many_frames(job: ObjectJob, number: int) -> Rendition:
    """Eighty good frames, and one as asked for."""
    del job
    entries = (*(FrameEntry(offset=7, length=0) for _ in range(80)), FrameEntry(offset=7, length=number))
    return Rendition("application/dicom", (DecodedFrames(entries, FRAME_LENGTH),))


def _page(job: ObjectJob, number: int) -> Rendition:
    del job, number
    return Rendition("text/html", (b"<p>report</p>",))


def _process(job: ObjectJob, number: int) -> Rendition:
    del job
    time.sleep(number / 1000)
    return Rendition("text/plain", (b"%d" % os.getpid(),))


def _limits(job: ObjectJob, number: int) -> Rendition:
    """What a render process has open, and which signals it does not hear."""
    del job, number
    ignored = [sign.name for sign in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(sign) is signal.SIG_IGN]
    found = {"files": _open_files(), "ignored": ignored, "niceness": os.nice(0)}
    return Rendition("application/json", (msgspec.json.encode(found),))


def _open_files() -> list[str]:
    found: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them is gone by now
            found.append(str(entry.readlink()))
    return sorted(found)


def _too_large(job: ObjectJob, number: int) -> Rendition:
    """Go on writing: so many MiB."""
    del job
    spool = Spool()
    for _ in range(number):
        spool.write(bytes(1 << 20))
    return Rendition.of_spool("video/mp4", spool, ())


def _crash(job: ObjectJob, number: int) -> Rendition:
    del job
    os.kill(os.getpid(), number)
    raise AssertionError


def _hang_in_c(job: ObjectJob, number: int) -> Rendition:
    """A loop in C that holds the interpreter's lock, so no Python signal handler could end it."""
    del job, number
    re.match(r"(a+)+$", "a" * 64 + "b")
    raise AssertionError


def _memory(job: ObjectJob, number: int) -> Rendition:
    del job
    held = [bytearray(1 << 20) for _ in range(number)]
    return Rendition("text/plain", (b"%d" % len(held),))


def _error(job: ObjectJob, number: int) -> Rendition:
    del job
    errors: dict[int, Exception] = {
        406: NotAcceptable("Nothing of that.", available=("image/png",), parameter="contentType"),
        500: CorruptObject("It cannot be decoded.", parameter="frameNumber", detail="/secret/place"),
        503: Unavailable("Not now.", retry_after=7, detail="why"),
        0: KeyError("unexpected"),
    }
    raise errors[number]


_DEEDS: dict[str, Callable[[ObjectJob, int], Rendition]] = {
    "bytes": _bytes,
    "pieces": _pieces,
    "spooled": _spooled,
    "spoolcrash": _spool_crash,
    "span": _span,
    "frames": _frames,
    "manyframes": _many_frames,
    "page": _page,
    "process": _process,
    "limits": _limits,
    "toolarge": _too_large,
    "crash": _crash,
    "hang": _hang_in_c,
    "memory": _memory,
    "error": _error,
}


class Options(msgspec.Struct):
    """How `application` is built."""

    processes: int = 2
    queue: int = 2
    queue_seconds: float = 10.0
    deadline_seconds: float = 30.0
    memory_mib: int = 256
    producer: str = "server_doubles:producer"
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False
    cache_max_age: int = 0
    max_uri_length: int = 8192
    stall_seconds: float = 120.0
    log_level: str = "debug"
    cache: str = ""  # folder
    spool_folder: str = ""
    sandbox: str = "off"
    file_mib: int = 64


def application() -> ASGIApp:
    """Build the application of these tests; what an HTTP process calls."""
    asked = msgspec.json.decode(os.environ.get(OPTIONS_VARIABLE, "{}"), type=Options)
    pool = PoolOptions(
        producer=asked.producer,
        processes=asked.processes,
        queue=asked.queue,
        queue_seconds=asked.queue_seconds,
        deadline_seconds=asked.deadline_seconds,
        memory_mib=asked.memory_mib,
        log=LogStyle(asked.log_level),
        spool_folder=asked.spool_folder,
        sandbox=Sandbox(Demand(asked.sandbox), file_mib=asked.file_mib),
    )
    use_folder(asked.spool_folder)
    options = ServerOptions(
        pool=pool,
        cors_origins=asked.cors_origins,
        cors_credentials=asked.cors_credentials,
        cache_max_age=asked.cache_max_age,
        max_uri_length=asked.max_uri_length,
        stall_seconds=asked.stall_seconds,
    )
    makers = Makers(produce, lambda _job, _store: None, _cache_in(Path(asked.cache)) if asked.cache else None)
    return create_app(Preparer(), makers, FileStore(), options)


def _cache_in(folder: Path) -> RenditionCache:
    return RenditionCache(
        MemoryCache(1 << 20),
        DiskCache(folder / "renditions.sqlite", 1 << 22),
        Claims(folder / "renditions.lock"),
        FileCache(folder / "files", 1 << 26),
    )


def broken_application() -> ASGIApp:
    """Fail, as an application does that is not wired right."""
    raise RuntimeError("no application today")
