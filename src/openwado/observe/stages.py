"""How long the steps of a piece of work took, and what was decided on the way: noted by those who do it.

The notes are of one thread and one piece of work, between the beginning and the end of `noting`; outside of it nothing
is noted, at next to no cost. Times are those of `time.perf_counter`, which all processes of a machine share.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

T = TypeVar("T")


class Stage(msgspec.Struct, array_like=True):
    """One step; one that was taken more than once is one all the same.

    Attributes:
        name: of it.
        began: when it was first taken.
        seconds: how long it took, altogether.
    """

    name: str
    began: float
    seconds: float


class Notes(msgspec.Struct, array_like=True):
    """What was noted.

    Attributes:
        stages: by name.
        remarks: what was decided, by subject; of several remarks on one, the first stands.
    """

    stages: dict[str, Stage] = {}
    remarks: dict[str, str] = {}


class _Current(threading.local):
    notes: Notes | None = None


_current = _Current()


def noting(work: Callable[[], T], notes: Notes) -> T:
    """Return what a function returns; what it does is noted, even if it fails."""
    before, _current.notes = _current.notes, notes
    try:
        return work()
    finally:
        _current.notes = before


def remark(subject: str, text: str) -> None:
    """Note what was decided."""
    notes = _current.notes
    if notes is not None:
        notes.remarks.setdefault(subject, text)


class stage:  # noqa: N801 -- reads as a statement: `with stage("decode")`
    """Notes how long the work in its block takes.

    Args:
        name: one of those that metrics and traces know.
    """

    __slots__ = ("_began", "_name")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        if _current.notes is not None:
            self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        notes = _current.notes
        if notes is None:
            return
        seconds = time.perf_counter() - self._began
        known = notes.stages.get(self._name)
        if known is None:
            notes.stages[self._name] = Stage(self._name, self._began, seconds)
        else:
            known.seconds += seconds
