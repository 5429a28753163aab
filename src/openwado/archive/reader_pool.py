"""Processes that look into stored objects: a hostile object costs one process and a little time, never the run."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Self

from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

ENDED = "unreadable: reading it ended the process"
TOO_LONG = "unreadable: reading it took too long"

_READY = b"ready"
_QUEUED = 8  # keys that one process has at a time, so that it never waits for the next
_HEARTBEAT = 0.25  # seconds
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What reading objects may cost.

    Attributes:
        seconds: of time for one object; then the process is killed.
        address_space: bytes that a process may map.
        ahead: answers that may wait for an earlier one.
    """

    seconds: float = 60.0
    address_space: int = 2 << 30
    ahead: int = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What reading an object gave: data, or None and the reason."""

    key: str
    data: bytes | None
    reason: str = ""


@dataclass(slots=True)
class _Job:
    number: int
    key: str
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    """A process, the jobs it has, and since when it has been at the first of them."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    jobs: deque[_Job] = field(default_factory=deque)
    since: float = 0.0

    def give(self, job: _Job) -> None:
        if not self.jobs:
            self.since = time.monotonic()
        self.jobs.append(job)
        with suppress(OSError):  # it has ended: that shows when its answer is read
            self.connection.send_bytes(job.key.encode())

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


class ReaderPool:
    """Calls a function for many keys in several processes, each of them with its limits.

    Args:
        read: what is called in the processes; it is pickled once a process.
        processes: how many.
        limits: what one call may cost.
        preload: modules that are imported once, for all processes.

    Raises:
        Unavailable: when it is entered, or when a process has to be replaced: none can be started.
    """

    def __init__(
        self, read: Callable[[str], bytes], *, processes: int, limits: PoolLimits, preload: tuple[str, ...] = ()
    ) -> None:
        self._read = read
        self._limits = limits
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._again: deque[_Job] = deque()
        self._workers: list[_Worker] = []
        self._processes = processes
        self._handed_out = 0

    def __enter__(self) -> Self:
        try:
            for _ in range(self._processes):
                self._workers.append(self._start())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []

    def read_all(self, keys: Iterable[str]) -> Iterator[list[Answer]]:
        """Give the answers in the order of the keys, as they come, an empty list now and then while none comes.

        A key whose reading ends the process is tried once more, alone; after that, and where it takes too long, its
        answer is a reason.
        """
        waiting = enumerate(keys)
        answers: dict[int, Answer] = {}
        following = 0
        while self._deal(waiting, following + self._limits.ahead):
            self._collect(answers)
            ready: list[Answer] = []
            while following in answers:
                ready.append(answers.pop(following))
                following += 1
            yield ready

    def _deal(self, waiting: Iterator[tuple[int, str]], stop: int) -> bool:
        """Hand out jobs with numbers below stop; say whether any are under way."""
        while (worker := self._with_room()) is not None:
            if self._again:
                job = self._again[0]
                if job.deaths and worker.jobs:  # it is tried alone: as soon as a process has nothing else
                    break
                self._again.popleft()
            elif self._handed_out < stop and (following := next(waiting, None)) is not None:
                job = _Job(*following)
                self._handed_out += 1
            else:
                break
            worker.give(job)
        return any(worker.jobs for worker in self._workers)

    def _with_room(self) -> _Worker | None:
        """Return the process with the fewest jobs, if it may have another."""
        free = [
            worker
            for worker in self._workers
            if len(worker.jobs) < _QUEUED and not any(job.deaths for job in worker.jobs)
        ]
        return min(free, key=lambda worker: len(worker.jobs), default=None)

    def _collect(self, answers: dict[int, Answer]) -> None:
        ready = wait([worker.connection for worker in self._workers], timeout=_HEARTBEAT)
        for place, worker in enumerate(self._workers):
            if worker.connection in ready:
                self._receive(place, worker, answers)
            elif worker.jobs and time.monotonic() - worker.since > self._limits.seconds:
                job = worker.jobs.popleft()
                answers[job.number] = Answer(job.key, None, TOO_LONG)
                self._replace(place, worker)

    def _receive(self, place: int, worker: _Worker, answers: dict[int, Answer]) -> None:
        try:
            data = worker.connection.recv_bytes()
        except (EOFError, OSError):
            if worker.jobs:
                self._count_death(worker.jobs.popleft(), answers)
            self._replace(place, worker)
            return
        job = worker.jobs.popleft()
        answers[job.number] = Answer(job.key, data)
        worker.since = time.monotonic()

    def _count_death(self, job: _Job, answers: dict[int, Answer]) -> None:
        job.deaths += 1
        if job.deaths > 1:
            answers[job.number] = Answer(job.key, None, ENDED)
        else:
            self._again.append(job)

    def _replace(self, place: int, worker: _Worker) -> None:
        """Start another process in place of one; the jobs that it had not begun go first again."""
        self._again.extendleft(reversed(worker.jobs))
        worker.process.kill()
        self._workers[place] = self._start()
        worker.end()

    def _start(self) -> _Worker:
        here, there = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(there, self._read, self._limits.address_space), daemon=True
        )
        process.start()
        there.close()
        if not _is_ready(here):
            here.close()
            process.kill()
            process.join()
            raise Unavailable(
                "The processes that read objects cannot be started.",
                detail=f"one ended or hung while it started (exit status {process.exitcode})",
            )
        return _Worker(process, here)


def _is_ready(connection: Connection) -> bool:
    try:
        return connection.poll(_START_SECONDS) and connection.recv_bytes() == _READY
    except EOFError:
        return False


def _serve(connection: Connection, read: Callable[[str], bytes], address_space: int) -> None:
    """Answer keys until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _limit(resource.RLIMIT_AS, address_space)
    _limit(resource.RLIMIT_CORE, 0)
    connection.send_bytes(_READY)
    try:
        while True:
            connection.send_bytes(read(connection.recv_bytes().decode()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
