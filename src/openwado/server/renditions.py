"""Where renditions of the HTTP process come from: the cache, the stored frame, this process, or a render process."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from openwado.cache.kept import Kept
from openwado.jobs import DocumentJob, MotionJob, PictureJob, Rendition, VideoJob
from openwado.lanes import Lane
from openwado.observe.stages import noting
from openwado.server.flight import Flight
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.archive.store import Store
    from openwado.cache.renditions import RenditionCache
    from openwado.jobs import Job
    from openwado.retrieve import Prepared
    from openwado.server.client_watch import ClientWatch
    from openwado.server.render_pool import RenderPool
    from openwado.server.render_ticket import Ticket
    from openwado.server.timing import Timing
    from openwado.walks import Walks

T = TypeVar("T")

#: Jobs whose renditions are made once for all who ask, and kept if they are not bytes of the stored object.
KeptJob = PictureJob | DocumentJob | MotionJob | VideoJob

#: Seconds between looks at what another process is making: at first, and at the most.
FIRST_LOOK, LONGEST_LOOK = 0.004, 0.05


@dataclass(frozen=True, slots=True)
class Makers:
    """What renditions are made with in this process.

    Attributes:
        produce: does a job.
        pass_on: returns a stored frame that is the picture asked for, else None.
        cache: what is kept; None: nothing is.
        walks: what clients will ask for next; None: nothing is made ahead.
    """

    produce: Callable[[Job, Store], Rendition]
    pass_on: Callable[[PictureJob, Store], Rendition | None]
    cache: RenditionCache | None = None
    walks: Walks | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A rendition.

    Attributes:
        rendition: it.
        ticket: of the job that made it; None: it was there.
        source: where it was then.
        began, waited: when the wait for another process began, and for how long, seconds.
    """

    rendition: Rendition
    ticket: Ticket | None = None
    source: str = "made"
    began: float = 0.0
    waited: float = 0.0


class Renditions:
    """Gives renditions, each made once for all who ask at the same time, and kept.

    Args:
        makers: of the plain lane.
        store: where the bytes of objects are.
        pool: does the jobs of the codec lane.
    """

    def __init__(self, makers: Makers, store: Store, pool: RenderPool) -> None:
        self._makers = makers
        self._store = store
        self._pool = pool
        self._cache = makers.cache
        self._flights: dict[bytes, Flight[_Made]] = {}

    @property
    def are_kept(self) -> bool:
        """Whether there is a cache."""
        return self._cache is not None

    @property
    def bytes_in_memory(self) -> int:
        """How many bytes are kept in the memory of this process."""
        return self._cache.memory.size if self._cache is not None else 0

    @property
    def processes(self) -> int:
        """How many render processes there are for jobs, at least one."""
        return max(1, self._pool.state.processes)

    async def get(self, prepared: Prepared, watch: ClientWatch, timing: Timing) -> Rendition:
        """Return the rendition of a request.

        Raises:
            WadoError: it cannot be made.
            ClientGone: nobody waits for it any more.
        """
        job = prepared.job
        if not isinstance(job, KeptJob) or (isinstance(job, DocumentJob) and job.native):
            return await self.planned(job, watch, timing, here=prepared.lane is Lane.PLAIN)
        key = key_of(prepared.etag)
        if prepared.lane is Lane.STORED and isinstance(job, PictureJob):
            passed = _timed(lambda: self._makers.pass_on(job, self._store), timing)
            if passed is not None:
                timing.source = "passed"
                return passed
        kept = self._kept(key, timing)
        if kept is not None:
            return _rendition_of(kept)
        if prepared.lane is not Lane.PLAIN:
            return await self._flown(key, job, watch, timing)
        timing.source = "made"
        rendition = _timed(lambda: self._makers.produce(job, self._store), timing)
        if self._cache is not None:
            self._cache.put(key, _kept_of(rendition))
        return rendition

    async def planned(
        self, job: Job, watch: ClientWatch, timing: Timing, *, here: bool = False, patient: bool = False
    ) -> Rendition:
        """Do a job that nobody else can want: the plan of an object, or one of its frames.

        Args:
            job: the job.
            watch: on the client.
            timing: takes the seconds.
            here: whether it is done in this process.
            patient: it belongs to an answer that is on its way already.
        """
        if here:
            return _timed(lambda: self._makers.produce(job, self._store), timing)
        ticket = self._pool.submit(job, patient=patient)
        with watch.abandoning(ticket):
            rendition = await ticket
        timing.worked(ticket, rendition.notes)
        return rendition

    def _kept(self, key: bytes, timing: Timing) -> Kept | None:
        """Return what is kept under a key, and note where it was."""
        if self._cache is None:
            return None
        began = time.perf_counter()
        kept, place = self._cache.find(key)
        timing.note("cache", began, time.perf_counter() - began)
        if kept is not None:
            timing.source = place
        return kept

    async def prefetch(self, prepared: Prepared) -> None:
        """Make a rendition that will be asked for, unless it is there or under way."""
        job, key = prepared.job, key_of(prepared.etag)
        if self._cache is None or key in self._flights or self._cache.get(key) is not None:
            return
        if isinstance(job, KeptJob):
            await self._flight(key, job).board()

    def close(self) -> None:
        """Write what is kept and waits to be written."""
        if self._cache is not None:
            self._cache.close()

    async def _flown(self, key: bytes, job: KeptJob, watch: ClientWatch, timing: Timing) -> Rendition:
        joins = key in self._flights
        seat = self._flight(key, job).board()
        with watch.abandoning(seat):
            made = await seat
        timing.source = "joined" if joins and made.ticket is not None else made.source
        if made.ticket is not None:
            timing.worked(made.ticket, made.rendition.notes)
        else:
            timing.queue += made.waited
            timing.note("queue", made.began, made.waited)
        return made.rendition

    def _flight(self, key: bytes, job: KeptJob) -> Flight[_Made]:
        flight = self._flights.get(key)
        if flight is None:
            work = self._made(job) if self._cache is None else self._made_once(key, job, self._cache)
            flight = self._flights[key] = Flight(work, lambda: self._landed(key, flight))
        return flight

    def _landed(self, key: bytes, flight: Flight[_Made] | None) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _made(self, job: KeptJob) -> _Made:
        ticket = self._pool.submit(job)
        rendition = await ticket
        return _Made(rendition, ticket)

    async def _made_once(self, key: bytes, job: KeptJob, cache: RenditionCache) -> _Made:
        """Make a rendition, or wait for the process that is making it."""
        pause, began = FIRST_LOOK, time.perf_counter()
        while not cache.claim(key):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK)
        try:
            kept = cache.get(key) if pause > FIRST_LOOK else None
            if kept is not None:
                cache.give_up(key)
                return _Made(_rendition_of(kept), None, "waited", began, time.perf_counter() - began)
            if cache.shared is not None:
                kept = await asyncio.to_thread(cache.get_shared, key)
            if kept is not None:
                made = _Made(_rendition_of(kept), None, "shared", began, time.perf_counter() - began)
            else:
                made = await self._made(job)
        except BaseException:
            cache.give_up(key)
            raise
        if kept is not None:
            cache.keep(key, kept)
        elif _can_be_kept(made.rendition):
            kept = _kept_of(made.rendition)
            cache.keep(key, kept)
            cache.share(key, kept)
        else:
            cache.give_up(key)
        return made


def key_of(etag: str) -> bytes:
    """Return what a rendition is kept under: its entity tag, which names every byte that went into it."""
    return etag.encode("latin-1")


def _timed(make: Callable[[], T], timing: Timing) -> T:
    began = time.perf_counter()
    try:
        return noting(make, timing.notes)
    finally:
        seconds = time.perf_counter() - began
        timing.produce += seconds
        timing.note("produce", began, seconds)


def _can_be_kept(rendition: Rendition) -> bool:
    """Say whether all of it was made: a stored video may leave as it is."""
    return rendition.spool is not None or all(isinstance(part, bytes) for part in rendition.parts)


def _kept_of(rendition: Rendition) -> Kept:
    body = rendition.spool or b"".join(part for part in rendition.parts if isinstance(part, bytes))
    return Kept(rendition.media_type, body, rendition.warnings)


def _rendition_of(kept: Kept) -> Rendition:
    if isinstance(kept.body, Spool):
        return Rendition.of_spool(kept.media_type, kept.body, kept.warnings)
    return Rendition(kept.media_type, (kept.body,), kept.warnings)
