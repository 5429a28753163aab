"""The pool of render processes of one HTTP process: a queue, a deadline, and a replacement for each that is lost.

Nothing here waits or blocks: everything is a call back from the event loop. One job goes to one idle render process at
a time; the others stand in a queue of bounded length. A process that crashes, hangs or eats memory costs the request
that it worked for, nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.errors import RenderFailed, Unavailable
from openwado.lanes import seconds_for
from openwado.observe.log import event
from openwado.observe.metrics import POOL_LOST, POOL_REFUSED
from openwado.server.render_link import RenderLink
from openwado.server.render_ticket import Ticket
from openwado.server.render_wire import Broken, Ended, Failed, Forked, Ready, encode_job, error_of
from openwado.server.template_link import TemplateLink

if TYPE_CHECKING:
    from openwado.jobs import Job, Rendition
    from openwado.server.options import PoolOptions
    from openwado.server.render_wire import Report

#: Seconds that a job may still run when its client has gone; a short one is not worth a new process.
ABANDONED_SECONDS = 2.0

#: How many times longer than others a job may wait that belongs to an answer already on its way.
PATIENCE = 6

#: Longest pause before another try to start a process that could not be started, seconds.
LONGEST_PAUSE = 30.0

_CRASHED = "The server's render process crashed over this request. Other requests are not affected."

_logger = logging.getLogger("openwado.render")


@dataclass(frozen=True, slots=True)
class PoolState:
    """How many render processes take jobs, how many of those work, and how many jobs wait."""

    processes: int
    busy: int
    waiting: int


class RenderPool:
    """Render processes and the queue before them. Belongs to one event loop.

    Args:
        options: how it works.
    """

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._template: TemplateLink | None = None
        self._links: dict[int, RenderLink] = {}
        self._idle: list[RenderLink] = []
        self._waiting: deque[Ticket] = deque()
        self._impatient = 0
        self._numbers = 0
        self._stillborn = 0
        self._sandbox = ""
        self._retry: asyncio.TimerHandle | None = None
        self._stopped = True

    def start(self) -> None:
        """Start the template and the render processes; returns at once, jobs wait until the first one is there."""
        self._stopped = False
        self._replenish()

    async def stop(self) -> None:
        """End all processes; jobs that are not done fail."""
        self._stopped = True
        if self._retry is not None:
            self._retry.cancel()
        links, self._links, self._idle = list(self._links.values()), {}, []
        for link in links:
            link.close()
        unfinished = [link.ticket for link in links if link.ticket is not None] + list(self._waiting)
        self._waiting.clear()
        for ticket in unfinished:
            ticket.fail(Unavailable("The server is being stopped.", retry_after=5))
        template, self._template = self._template, None
        if template is not None:
            await template.stop()

    @property
    def state(self) -> PoolState:
        """Return what is going on."""
        ready = sum(link.ready for link in self._links.values())
        return PoolState(processes=ready, busy=ready - len(self._idle), waiting=len(self._waiting))

    def submit(self, job: Job, *, patient: bool = False) -> Ticket:
        """Have a job done.

        Args:
            job: the job.
            patient: it belongs to an answer that is on its way already: it is not refused when the queue is full.

        Returns:
            A ticket to await. It raises what the job raises, `RenderFailed` if the process is lost, `Unavailable` when
            the wait or the work takes too long, `ClientGone` after `abandon`.

        Raises:
            Unavailable: the queue is full.
        """
        if not patient and not self._idle and self._impatient >= self._options.queue:
            POOL_REFUSED.add("full")
            raise Unavailable("The server is busy: too many requests wait already.", retry_after=1)
        seconds = seconds_for(job, self._options.deadline_seconds)
        ticket = Ticket(encode_job(job), job.instance.key, seconds, patient=patient, on_abandoned=self._abandoned)
        if self._idle:
            self._begin(self._idle.pop(), ticket)
        else:
            self._enqueue(ticket)
        return ticket

    def _enqueue(self, ticket: Ticket) -> None:
        seconds = self._options.queue_seconds * (PATIENCE if ticket.patient else 1)
        ticket.set_timer(asyncio.get_running_loop().call_later(seconds, self._waited_too_long, ticket))
        self._impatient += not ticket.patient
        self._waiting.append(ticket)

    def _dequeue(self, ticket: Ticket) -> bool:
        try:
            self._waiting.remove(ticket)
        except ValueError:
            return False
        self._impatient -= not ticket.patient
        return True

    def _waited_too_long(self, ticket: Ticket) -> None:
        if self._dequeue(ticket):
            POOL_REFUSED.add("timeout")
            ticket.fail(Unavailable("The server is busy: the request waited too long.", retry_after=5))

    def _begin(self, link: RenderLink, ticket: Ticket) -> None:
        loop = asyncio.get_running_loop()
        ticket.started = time.perf_counter()
        ticket.set_timer(loop.call_later(ticket.seconds, self._overdue, link, ticket))
        link.send(ticket)

    def _idle_again(self, link: RenderLink) -> None:
        link.ticket = None
        if self._waiting:
            ticket = self._waiting[0]
            self._dequeue(ticket)
            self._begin(link, ticket)
        else:
            self._idle.append(link)

    def replied(self, link: RenderLink, reply: Rendition | Failed | Ready) -> None:
        """Take a reply; called by the link."""
        ticket = link.ticket
        if isinstance(reply, Ready):
            link.ready = True
            self._stillborn = 0
            self._note_sandbox(reply.sandbox)
        elif ticket is None:  # an answer that nobody asked for
            self.lost(link)
            return
        elif isinstance(reply, Failed):
            ticket.fail(error_of(reply))
            if reply.final:
                POOL_LOST.add("memory")
                _logger.warning(event("render process out of memory", number=link.number, object=ticket.key))
                self._discard(link)
                return
        else:
            ticket.give(reply)
        self._idle_again(link)

    def _note_sandbox(self, held: str) -> None:
        """Say what render processes are kept from: once, and again if it should ever be something else."""
        if held != self._sandbox:
            self._sandbox = held
            _logger.info(event("render sandbox", holds=held))

    def lost(self, link: RenderLink) -> None:
        """Take note that a render process has ended by itself; called by the link."""
        ticket = link.ticket
        if ticket is not None:
            POOL_LOST.add("crashed")
            _logger.error(event("render process lost", number=link.number, object=ticket.key))
            ticket.fail(RenderFailed(_CRASHED, detail=f"render process {link.number} lost over {ticket.key}"))
        else:
            self._count_stillborn()
        self._kill(link)  # most likely it has ended, but it may also talk nonsense

    def _overdue(self, link: RenderLink, ticket: Ticket) -> None:
        seconds = ticket.seconds
        POOL_LOST.add("deadline")
        _logger.error(event("render deadline passed", number=link.number, seconds=seconds, object=ticket.key))
        public = f"The work took longer than the {seconds:g} seconds that the server gives to one request."
        ticket.fail(Unavailable(public, retry_after=30))
        self._kill(link)

    def _abandoned(self, ticket: Ticket) -> None:
        if self._dequeue(ticket):
            ticket.set_timer(None)
            return
        link = next((link for link in self._links.values() if link.ticket is ticket), None)
        if link is not None:
            later = asyncio.get_running_loop().call_later(ABANDONED_SECONDS, self._kill_abandoned, link, ticket)
            ticket.set_timer(later)

    def _kill_abandoned(self, link: RenderLink, ticket: Ticket) -> None:
        POOL_LOST.add("abandoned")
        _logger.info(event("render job abandoned", number=link.number, object=ticket.key))
        self._kill(link)

    def _kill(self, link: RenderLink) -> None:
        if self._template is not None:
            self._template.kill(link.number)
        self._discard(link)

    def _discard(self, link: RenderLink) -> None:
        """Forget a render process and order another one."""
        link.close()
        if link in self._idle:
            self._idle.remove(link)
        self._links.pop(link.number, None)
        self._replenish()

    def _replenish(self) -> None:
        """Bring the template and the render processes up to number, after a pause if they do not live."""
        if self._stopped or self._retry is not None:
            return
        if self._stillborn:
            pause = min(LONGEST_PAUSE, 0.1 * 2.0**self._stillborn)
            self._retry = asyncio.get_running_loop().call_later(pause, self._try_again)
            return
        self._fork_missing()

    def _try_again(self) -> None:
        self._retry = None
        if not self._stopped:
            self._fork_missing()

    def _fork_missing(self) -> None:
        if self._template is None:
            self._template = TemplateLink(self._options, self._reported, self._template_lost)
        while len(self._links) < self._options.processes:
            self._numbers += 1
            self._links[self._numbers] = RenderLink(self._numbers, self._template.fork(self._numbers), self)

    def _template_lost(self, template: TemplateLink) -> None:
        """Start over; its render processes end with it, which their own pipes tell."""
        if self._template is template:
            _logger.error(event("render template lost"))
            self._template = None
            self._count_stillborn()
            self._replenish()

    def _count_stillborn(self) -> None:
        """Note that a process ended without work, so that the next try comes after a pause; once a pause."""
        if self._retry is None:
            self._stillborn += 1

    def _reported(self, report: Report) -> None:
        match report:
            case Forked(number, pid):
                _logger.debug(event("render process started", number=number, process=pid))
            case Ended(number, status):
                how = signal.Signals(-status).name if status < 0 else status
                _logger.info(event("render process ended", number=number, status=how))
            case Broken(reason):
                _logger.error(event("render template broken", reason=reason))
