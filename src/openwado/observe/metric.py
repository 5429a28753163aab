"""Counters, gauges and histograms whose cells lie beside each other in memory that several processes may share.

What a family can count is declared: each label with all its values. So every child has a fixed place, counting is an
addition there, and the same place of every process is the same thing. Until a process joins a sheet
(`openwado.observe.metric_sheet`), a family counts in memory of its own.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Kind = Literal["counter", "gauge", "histogram"]

#: Value of a label where the value in question was not declared.
OTHER = "other"

#: Bytes of a cell, a float of 64 bits.
CELL_BYTES = 8


class Family:
    """What counters, gauges and histograms have in common.

    Args:
        name: as PromQL has it.
        text: what it is, for `# HELP`.
        width: cells of each child.
        labels: values of each label.
    """

    kind: Kind

    def __init__(self, name: str, text: str, width: int, labels: Mapping[str, Sequence[str]]) -> None:
        self.name = name
        self.text = text
        self.width = width
        self.labels = tuple(labels)
        self._values = tuple(tuple(values) for values in labels.values())
        self.places = {values: number * width for number, values in enumerate(product(*self._values))}
        self.size = len(self.places) * width
        self._cells: memoryview[float] = memoryview(bytearray(self.size * CELL_BYTES)).cast("d")
        self._lock = Lock()

    def bind(self, cells: memoryview[float]) -> None:
        """Count in these cells from now on.

        Args:
            cells: `size` of them, of format d.
        """
        self._cells = cells

    def place(self, values: tuple[str, ...]) -> int:
        """Return where a child's cells begin; an undeclared value counts as `OTHER`."""
        found = self.places.get(values)
        if found is not None:
            return found
        known = zip(values, self._values, strict=True)
        return self.places[tuple(value if value in declared else OTHER for value, declared in known)]

    @property
    def cells(self) -> list[float]:
        """All cells, as this process has counted."""
        return [float(value) for value in self._cells]

    def read(self, *values: str) -> float:
        """Return the first cell of a child, as this process has counted."""
        value: float = self._cells[self.place(values)]
        return value

    def samples(self, cells: Sequence[float]) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
        """Return what is exposed: name, labels, value. Children of many that have counted nothing are left out."""
        for values, place in self.places.items():
            child = cells[place : place + self.width]
            if len(self.places) <= _FEW or any(child):
                yield from self._child(tuple(zip(self.labels, values, strict=True)), child)

    def _child(
        self, labels: tuple[tuple[str, str], ...], cells: Sequence[float]
    ) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
        yield self.name, labels, cells[0]


#: Families with no more children than this show all of them, so that a rate can be taken before the first event.
_FEW = 40


class Counter(Family):
    """Counts what happens.

    Args:
        name: ends with _total.
        text: what it counts.
        labels: values of each label.
    """

    kind: Kind = "counter"

    def __init__(self, name: str, text: str, **labels: Sequence[str]) -> None:
        super().__init__(name, text, 1, labels)

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Count; from any thread.

        Args:
            values: one for each label.
            amount: not below 0.
        """
        place = self.place(values)
        with self._lock:
            self._cells[place] += amount

    def add_in_loop(self, values: tuple[str, ...], amount: float = 1.0) -> None:
        """Count, where only the thread of the event loop does: for what each request costs."""
        place = self.places.get(values)
        self._cells[self.place(values) if place is None else place] += amount


class Gauge(Family):
    """Says how much there is of something in each process; what is exposed is the sum over those that live.

    Args:
        name: as PromQL has it.
        text: what it says.
        labels: values of each label.
    """

    kind: Kind = "gauge"

    def __init__(self, name: str, text: str, **labels: Sequence[str]) -> None:
        super().__init__(name, text, 1, labels)

    def set(self, value: float, *values: str) -> None:
        """Say how much there is now."""
        self._cells[self.place(values)] = value


class Histogram(Family):
    """Counts by size.

    Args:
        name: ends with its unit.
        text: what it counts.
        bounds: upper ends of buckets, rising.
        labels: values of each label.
    """

    kind: Kind = "histogram"

    def __init__(self, name: str, text: str, bounds: Sequence[float], **labels: Sequence[str]) -> None:
        super().__init__(name, text, len(bounds) + 2, labels)
        self.bounds = tuple(bounds)

    def observe_in_loop(self, values: tuple[str, ...], value: float) -> None:
        """Count one of a size, where only the thread of the event loop does.

        Args:
            values: one for each label.
            value: its size.
        """
        place, cells = self.places[values], self._cells
        cells[place + bisect_left(self.bounds, value)] += 1.0
        cells[place + self.width - 1] += value

    def _child(
        self, labels: tuple[tuple[str, str], ...], cells: Sequence[float]
    ) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
        total = 0.0
        for bound, count in zip((*self.bounds, math.inf), cells, strict=False):
            total += count
            yield f"{self.name}_bucket", (*labels, ("le", "+Inf" if bound == math.inf else f"{bound:g}")), total
        yield f"{self.name}_count", labels, total
        yield f"{self.name}_sum", labels, cells[-1]
