"""One request's way to its answer: understand, compare, produce, and say what it is (PS3.18 9.4, 9.5)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from openwado.archive.archive import Changed
from openwado.dicom.parts import SpoolSpan, length_of
from openwado.errors import NotFound, Unavailable, WadoError
from openwado.jobs import DocumentJob, FrameJob, MotionJob, ObjectJob, PictureJob, VideoJob
from openwado.observe.stages import noting
from openwado.protocol.conditional import ByteRange, Unsatisfiable, if_none_match, if_range_matches, parse_range
from openwado.server.body import PIECE, Body
from openwado.server.object_making import ObjectMaking, deflated
from openwado.server.problems import RangeNotSatisfiable
from openwado.server.response_head import length_fields, representation_fields, validators
from openwado.server.timing import Timing
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openwado.access.permission import Permission
    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.instance import FrameEntry, Instance
    from openwado.dicom.parts import Treatment
    from openwado.jobs import Job, Rendition
    from openwado.protocol.negotiate import Reasons
    from openwado.retrieve import Prepared
    from openwado.server.client_watch import ClientWatch
    from openwado.server.lookups import Lookups
    from openwado.server.prefetch import Prefetch
    from openwado.server.renditions import Renditions
    from openwado.server.request_fields import RequestFields
    from openwado.server.response_head import Headers


#: What metrics call a request by its job.
_KINDS: Final[dict[type, str]] = {
    PictureJob: "picture",
    MotionJob: "motion",
    VideoJob: "motion",
    DocumentJob: "document",
    ObjectJob: "object",
    FrameJob: "object",
}

#: Bytes of encoded frames that are kept in memory.
_FRAMES_IN_MEMORY: Final = 16 << 20


class Preparer(Protocol):
    """What understands requests: `openwado.retrieve.Retriever`."""

    def prepare(
        self,
        query: str,
        accept: str | None,
        accept_charset: str | None,
        accept_language: str | None = None,
        permission: Permission | None = None,
    ) -> Prepared:
        """Understand a request; raise a `WadoError` where there is nothing to understand."""


@dataclass(frozen=True, slots=True)
class Service:
    """What answers are made with.

    Attributes:
        preparer: understands requests.
        renditions: where they come from.
        store: where the bytes of objects are.
        prefetch: makes what will be asked for next.
        lookups: where requests are understood.
        caching: the value of Cache-Control.
        tells_timing: whether answers have a Server-Timing.
    """

    preparer: Preparer
    renditions: Renditions
    store: Store
    prefetch: Prefetch
    lookups: Lookups
    caching: bytes
    tells_timing: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about to be sent: status, header fields, the body where there is one to send, and what it shows."""

    status: int
    headers: Headers
    body: Body | bytes | None
    prepared: Prepared


class Exchange:
    """One request.

    Args:
        service: what answers are made with.
        query: the raw query.
        fields: the header fields that matter.
        head: whether only the header is wanted.
        watch: on the client.
        permission: of who asks; None: for everything.
        caching: the value of Cache-Control, where it is another than that of the service.
        zero_copy: whether the server below sends parts of files by itself.
        timing: takes note of the steps.
    """

    def __init__(  # noqa: PLR0913 -- the request, and who has sent it how
        self,
        service: Service,
        query: str,
        fields: RequestFields,
        *,
        head: bool,
        watch: ClientWatch,
        permission: Permission | None = None,
        caching: bytes = b"",
        zero_copy: bool = False,
        timing: Timing | None = None,
    ) -> None:
        self._service = service
        self._query = query
        self._fields = fields
        self._head = head
        self._watch = watch
        self._permission = permission
        self._caching = caching or service.caching
        self._zero_copy = zero_copy
        self._timing = timing or Timing()

    async def answer(self) -> Answer:
        """Make the answer; an object that changes meanwhile is looked up once again.

        Raises:
            WadoError: there is no answer but an error.
            ClientGone: nobody waits for it any more.
        """
        prepared = await self._prepare()
        try:
            return await self._answer(prepared)
        except WadoError:
            if not self._has_changed(prepared.instance):
                raise
        return await self._answer(await self._prepare())

    async def _prepare(self) -> Prepared:
        fields, timing = self._fields, self._timing
        prepare = partial(
            self._service.preparer.prepare,
            self._query,
            fields.accept,
            fields.accept_charset,
            fields.accept_language,
            self._permission,
        )
        began = time.perf_counter()
        prepared = await self._service.lookups.run(lambda: noting(prepare, timing.notes))
        timing.understood(began)
        timing.kind = _KINDS[type(prepared.job)]
        return prepared

    def _has_changed(self, instance: Instance) -> bool:
        try:
            return self._service.store.stamp(instance.key) != instance.stamp
        except OSError:
            return False

    async def _answer(self, prepared: Prepared) -> Answer:
        if prepared.reasons is None and if_none_match(self._fields.if_none_match, prepared.etag):
            return Answer(304, self._validators(prepared), None, prepared)
        rendition = await self._service.renditions.get(prepared, self._watch, self._timing)
        if prepared.reasons is not None:
            return self._explained(prepared, prepared.reasons, rendition)
        if not self._head:
            self._service.prefetch.asked(prepared)
        if isinstance(prepared.job, ObjectJob) and (rendition.to_encode is not None or rendition.deflated):
            return await self._answer_from_spool(prepared, prepared.job, rendition)
        return await self._answer_with(prepared, rendition)

    def _explained(self, prepared: Prepared, reasons: Reasons, rendition: Rendition) -> Answer:
        """Say why the answer would be as it is, in its place."""
        from openwado.server.explanation import explain  # noqa: PLC0415 -- seldom needed

        body = explain(prepared, reasons, rendition, self._timing)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        return Answer(200, headers, None if self._head else body, prepared)

    async def _answer_from_spool(self, prepared: Prepared, job: ObjectJob, rendition: Rendition) -> Answer:
        """Make what has to be made before the length is known."""
        spool = Spool(_FRAMES_IN_MEMORY)
        try:
            renditions = self._service.renditions
            making = ObjectMaking(self._work, renditions.processes)
            rendition = await making.encoded(job, rendition, spool)
            if rendition.deflated:
                rendition = await self._deflated(prepared, rendition, spool)
            return await self._answer_with(prepared, msgspec.structs.replace(rendition, spool=spool))
        except BaseException:
            spool.close()
            raise

    async def _work(self, job: Job) -> Rendition:
        return await self._service.renditions.planned(job, self._watch, self._timing, patient=True)

    async def _deflated(self, prepared: Prepared, rendition: Rendition, spool: Spool) -> Rendition:
        head = length_of(rendition.parts[0])
        size = sum(map(length_of, rendition.parts))
        body = await self._body(prepared.instance, rendition, size, ByteRange(head, size))

        async def pieces() -> AsyncIterator[bytes]:
            while body.remaining:
                piece = await body.next_piece()
                if isinstance(piece, bytes):
                    yield piece

        try:
            return await deflated(rendition, pieces(), spool)
        finally:
            await body.close()

    async def _answer_with(self, prepared: Prepared, rendition: Rendition) -> Answer:
        size = sum(map(length_of, rendition.parts))
        part = self._part(size, prepared.etag)
        whole = rendition.parts[0] if len(rendition.parts) == 1 and part is None and size <= PIECE else None
        body: Body | bytes | None
        if isinstance(whole, bytes):  # most answers: nothing to open, to cut or to wait for
            body = None if self._head else whole
        else:
            body = await self._body(prepared.instance, rendition, size, part, zero_copy=self._zero_copy)
            if self._head:  # made as far as for GET, so that both have the same status
                await body.close()
                body = None
        headers = [
            *representation_fields(prepared, rendition.media_type, rendition.warnings),
            *length_fields(size, part),
            *self._validators(prepared),
        ]
        return Answer(200 if part is None else 206, headers, body, prepared)

    def _validators(self, prepared: Prepared) -> Headers:
        self._timing.total = time.perf_counter() - self._timing.began
        return validators(prepared, self._caching, self._timing if self._service.tells_timing else None)

    def _part(self, size: int, etag: str) -> ByteRange | None:
        """Return which bytes are asked for, None for all; only GET knows ranges (RFC 9110 14.2)."""
        if self._head or self._fields.range is None or not if_range_matches(self._fields.if_range, etag):
            return None
        part = parse_range(self._fields.range, size)
        if isinstance(part, Unsatisfiable):
            raise RangeNotSatisfiable(size)
        return part

    async def _body(
        self, instance: Instance, rendition: Rendition, size: int, part: ByteRange | None, *, zero_copy: bool = False
    ) -> Body:
        async def decode(entry: FrameEntry, treatment: Treatment, begun: bool) -> Rendition:  # noqa: FBT001 -- by position
            return await self._service.renditions.planned(
                FrameJob(instance, entry, treatment), self._watch, self._timing, patient=begun
            )

        start, stop = (0, size) if part is None else (part.start, part.stop)
        stored = self._opened(instance, rendition)
        body = Body(rendition.parts, start, stop, stored, decode, zero_copy=zero_copy, spool=rendition.spool)
        try:
            await body.prepare()
        except BaseException:
            await body.close()
            raise
        return body

    def _opened(self, instance: Instance, rendition: Rendition) -> StoredObject | None:
        """Open the stored object where parts of it are sent, and see that it is the one that was prepared for."""
        if all(isinstance(part, bytes | SpoolSpan) for part in rendition.parts):
            return None
        try:
            stored = self._service.store.open(instance.key)
        except FileNotFoundError as error:
            raise NotFound("The object has just been removed.", detail=str(error)) from error
        except OSError as error:
            raise Unavailable("The object cannot be read at the moment.", retry_after=5, detail=str(error)) from error
        if stored.stamp() != instance.stamp:
            stored.close()
            raise Changed(f"{instance.key} was replaced")
        return stored
