"""Objects of Store requests taken in by threads, several at once, while their bodies still come in."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from openwado.admission import Refused
from openwado.errors import Unavailable
from openwado.observe.log import event
from openwado.observe.metrics import TAKEN_IN, TAKEN_IN_BYTES
from openwado.server.intake_threads import IntakeThreads
from openwado.server.problems import ContentTooLarge, RequestTimeout
from openwado.server.stow_parts import Failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.admission import Admission, MayStore, TakenIn
    from openwado.errors import WadoError
    from openwado.server.request_body import RequestBody
    from openwado.server.stow_parts import Part, Parts

#: Threads of one HTTP process that write, check and keep objects; most of their time they wait for the disk.
THREADS = 16

#: Objects of one request that are taken in while its body goes on; with so many under way, the body waits.
MOST_UNDER_WAY = 8

_logger = logging.getLogger("openwado.server")

_T = TypeVar("_T")

#: What became of a part, and its place in the body.
Result = tuple[int, "TakenIn | Failed"]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a body.

    Attributes:
        results: of its parts, in their order.
        broken: why it was not read to its end; None where it was.
    """

    results: list[TakenIn | Failed]
    broken: WadoError | None = None


class Intake:
    """The threads of one HTTP process, and what they hand objects to.

    Args:
        admission: takes objects in.
        folder: where their bytes are gathered.
    """

    def __init__(self, admission: Admission, folder: Path) -> None:
        self.folder = folder
        self._admission = admission
        self._threads = IntakeThreads(THREADS)

    def close(self) -> None:
        """Wait for what is under way, and end the threads."""
        self._threads.close()

    async def receive(
        self,
        body: RequestBody,
        parts: Parts,
        may_store: MayStore | None = None,
        became: Callable[[TakenIn | Failed], None] = lambda _: None,
    ) -> Received:
        """Read a body to its end and take in what is in it, as far as the sender may store it.

        Args:
            body: of the request.
            parts: what is made of it.
            may_store: whether the sender may store an object; None: any.
            became: told of each part what became of it as soon as that is so, in a thread or here; whether or not
                anybody waits for the answer.

        Raises:
            ClientGone: the connection has closed. What had come in whole is taken in all the same.
        """
        under_way: set[asyncio.Future[Result]] = set()
        results: dict[int, TakenIn | Failed] = {}
        broken: WadoError | None = None
        take_in = partial(self._take_in_told, may_store=may_store, became=became)
        advance, begin = partial(self._advance, take_in=take_in), partial(self._begin, take_in=take_in)
        try:
            try:
                while piece := await body.next_piece():
                    parts.feed(piece)
                    goes_on = True
                    while goes_on:
                        goes_on = await self._run(partial(advance, parts, results, is_whole=body.is_whole))
                        await begin(parts, under_way, results)
            except (ContentTooLarge, RequestTimeout) as error:
                broken = error
            if broken is not None or parts.is_open:
                await self._run(parts.break_off if broken is not None else parts.finish)
            await begin(parts, under_way, results)
        finally:
            parts.close()
            if under_way:
                await asyncio.wait(under_way)
            for failed in parts.failures.values():
                became(failed)
        results.update(done.result() for done in under_way)
        results.update(parts.failures)
        return Received([results[number] for number in sorted(results)], broken)

    def _advance(
        self,
        parts: Parts,
        results: dict[int, TakenIn | Failed],
        *,
        is_whole: bool,
        take_in: Callable[[Part], Result],
    ) -> bool:
        """Get parts ready that what was fed holds; called in a thread. Return whether there may be more of them.

        The last one of a body is taken in at once, by this thread: what is handed over waits for another one.
        """
        while len(parts.ready) < MOST_UNDER_WAY:
            if parts.next_part() is None:
                break
        else:
            return True
        if is_whole:
            parts.finish()
            if len(parts.ready) == 1:
                number, result = take_in(parts.ready.pop())
                results[number] = result
        return False

    async def _begin(
        self,
        parts: Parts,
        under_way: set[asyncio.Future[Result]],
        results: dict[int, TakenIn | Failed],
        *,
        take_in: Callable[[Part], Result],
    ) -> None:
        """Have parts taken in that are ready, and wait while too many are."""
        while parts.ready:
            work = self._threads.run(partial(take_in, parts.ready.pop(0)))
            under_way.add(work)
            if len(under_way) >= MOST_UNDER_WAY:
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                under_way -= done
                results.update(one.result() for one in done)

    async def _run(self, work: Callable[[], _T]) -> _T:
        """Do something in a thread. Whoever is cancelled meanwhile hears of it when the thread is done."""
        future = self._threads.run(work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def _take_in_told(
        self, part: Part, may_store: MayStore | None, became: Callable[[TakenIn | Failed], None]
    ) -> Result:
        """Take an object in, and tell it; called in a thread."""
        number, result = self._take_in(part, may_store)
        became(result)
        return number, result

    def _take_in(self, part: Part, may_store: MayStore | None) -> Result:
        """Take an object in; called in a thread."""
        with part.incoming:
            try:
                size = part.incoming.size
                taken = self._admission.take_in(part.incoming, part.expected, may_store)
            except Refused as refused:
                TAKEN_IN.add("http", refused.cause)
                _logger.info(event("not stored", cause=refused.cause, detail=refused.reason))
                uids = refused.sop_class_uid, refused.sop_instance_uid
                return part.number, Failed(refused.cause, *uids)
            except Unavailable as error:
                TAKEN_IN.add("http", "unavailable")
                _logger.warning(event("not stored", cause="out of resources", detail=error.detail or error.public))
                return part.number, Failed("out of resources", retry_after=error.retry_after)
            except Exception as error:  # the other objects of the request are none the worse for it
                TAKEN_IN.add("http", "failed")
                _logger.exception(event("unexpected", error=type(error).__name__))
                return part.number, Failed("processing failure")
        TAKEN_IN.add("http", taken.outcome)
        TAKEN_IN_BYTES.add("http", amount=size)
        return part.number, taken
