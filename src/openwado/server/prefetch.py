"""Makes what a client that walks through frames or objects will ask for next, while nobody else needs the processor."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from openwado.errors import WadoError
from openwado.jobs import PictureJob
from openwado.lanes import Lane
from openwado.observe.log import event
from openwado.server.lookups import HERE, Lookups
from openwado.server.render_ticket import ClientGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.retrieve import Prepared
    from openwado.server.exchange import Preparer
    from openwado.server.render_pool import RenderPool
    from openwado.server.renditions import Renditions
    from openwado.walks import Walks

_logger = logging.getLogger("openwado.server")


class Prefetch:
    """Works on one rendition at a time, and only where it can be kept and takes a render process to make.

    Args:
        preparer: understands requests.
        renditions: makes and keeps.
        pool: is asked whether it has nothing else to do.
        walks: knows what comes next; None: nothing is made ahead.
        lookups: where both ask the index.
    """

    def __init__(
        self,
        preparer: Preparer,
        renditions: Renditions,
        pool: RenderPool,
        walks: Walks | None,
        lookups: Lookups = HERE,
    ) -> None:
        self._preparer = preparer
        self._renditions = renditions
        self._pool = pool
        self._walks = walks if renditions.are_kept else None
        self._lookups = lookups
        self._task: asyncio.Task[None] | None = None
        self._stepping: asyncio.Task[None] | None = None
        self._following: list[str] = []

    def asked(self, prepared: Prepared) -> None:
        """Take note of a request that is being answered."""
        job = prepared.job
        if self._walks is None or prepared.lane is not Lane.CODEC or not isinstance(job, PictureJob):
            return
        step = partial(self._walks.step, prepared.content_location, prepared.instance, job.frame_number)
        if self._lookups.in_threads:
            if self._stepping is None or self._stepping.done():  # one at a time: a step that is missed does no harm
                self._stepping = asyncio.get_running_loop().create_task(self._step_aside(step))
            return
        try:
            self._follow(step())
        except WadoError:  # the index is busy: there are better things to do
            return

    async def _step_aside(self, step: Callable[[], list[str]]) -> None:
        try:
            self._follow(await self._lookups.run(step))
        except WadoError:  # as above
            return

    def _follow(self, following: list[str]) -> None:
        if not following:
            return
        self._following = list(following)  # the newest step says best what comes next
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch())

    async def stop(self) -> None:
        """Make nothing any more."""
        self._walks = None
        running = [task for task in (self._stepping, self._task) if task is not None]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _fetch(self) -> None:
        while self._following and self._is_idle():
            query = self._following.pop(0)
            try:
                prepared = await self._lookups.run(partial(self._preparer.prepare, query, None, None))
                if prepared.lane is Lane.CODEC:
                    await self._renditions.prefetch(prepared)
            except (WadoError, ClientGone) as error:  # whoever asks for it is told
                _logger.debug(event("not made ahead", error=type(error).__name__))
                return

    def _is_idle(self) -> bool:
        state = self._pool.state
        return state.busy < state.processes and not state.waiting
