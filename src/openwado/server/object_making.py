"""Objects whose frames must be encoded, or that must be deflated, before anything can be said about their length.

Frames are encoded one by one in the render processes, as many at a time as there are, and wait in a spool: memory stays
bounded, every error can still be said with a status, and the answer has a length and ranges like any other.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.parts import SpoolSpan
from openwado.dicom.pixel_parts import item_header
from openwado.jobs import FrameJob, ObjectJob, Rendition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from openwado.jobs import Job
    from openwado.spool import Spool

    #: Has a render process do a job.
    Work = Callable[[Job], Awaitable[Rendition]]


@dataclass(frozen=True, slots=True)
class ObjectMaking:
    """What one object is made with.

    Attributes:
        work: has a render process do a job.
        at_a_time: frames under way together.
    """

    work: Work
    at_a_time: int

    async def encoded(self, job: ObjectJob, rendition: Rendition, spool: Spool) -> Rendition:
        """Encode the frames that a plan asks for into a spool, and return the plan that follows.

        Raises:
            WadoError: a frame cannot be decoded or encoded; or there is no room to keep them.
        """
        wanted = rendition.to_encode
        if wanted is None:
            return rendition
        lengths = []
        waiting: deque[asyncio.Future[Rendition]] = deque()
        rest = iter(wanted.entries)
        try:
            for _ in wanted.entries:
                while len(waiting) < self.at_a_time and (entry := next(rest, None)) is not None:
                    frame = FrameJob(job.instance, entry, wanted.treatment)
                    waiting.append(asyncio.ensure_future(self.work(frame)))
                made = await waiting[0]
                waiting.popleft()
                stream = b"".join(part for part in made.parts if isinstance(part, bytes))
                lengths.append(len(stream))
                spool.write(item_header(len(stream)) + stream)
        finally:
            for left in waiting:
                left.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return await self.work(msgspec.structs.replace(job, lengths=tuple(lengths)))


async def deflated(rendition: Rendition, pieces: AsyncIterator[bytes], spool: Spool) -> Rendition:
    """Return an object whose data set is deflated, in a spool (PS3.5 A.5).

    Args:
        rendition: the object; its first part is what stands before the data set.
        pieces: the bytes of all other parts.
        spool: takes the deflated ones.

    Raises:
        Unavailable: there is no room to keep them.
    """
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    async for piece in pieces:
        spool.write(await asyncio.to_thread(compressor.compress, piece))
    spool.write(await asyncio.to_thread(compressor.flush))
    spool.write(bytes(spool.size % 2))
    parts = (rendition.parts[0], SpoolSpan(0, spool.size))
    return msgspec.structs.replace(rendition, parts=parts, deflated=False)
