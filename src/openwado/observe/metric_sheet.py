"""Memory in which all processes of a server count, each in a row of its own, so that nobody waits for anybody.

A process holds a lock on its row as long as it lives; the kernel lets go of it however the process ends. A row without
an owner keeps its counts, so that no counter ever falls, and is taken over by the next process that joins; its gauges,
which say what a process has, count no longer.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from multiprocessing import reduction
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.observe.metric import CELL_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from openwado.observe.metric import Family


class MetricSheet:
    """The memory. It goes from process to process by pickle, as a descriptor, and is gone with the last of them.

    Args:
        rows: how many processes there may be at the same time.
        families: what is counted; in every process the same ones, in the same order.
    """

    def __init__(self, rows: int, families: Sequence[Family]) -> None:
        self._rows = rows
        self._width = sum(family.size for family in families)
        self._descriptor = os.memfd_create("openwado-metrics", os.MFD_CLOEXEC)
        os.ftruncate(self._descriptor, rows * self._width * CELL_BYTES)
        self._memory: mmap.mmap | None = None
        self._own: int | None = None

    def __getstate__(self) -> tuple[int, int, Any]:
        return self._rows, self._width, reduction.DupFd(self._descriptor)

    def __setstate__(self, state: tuple[int, int, Any]) -> None:
        self._rows, self._width, sent = state
        self._descriptor = sent.detach()
        self._memory, self._own = None, None

    def join(self, families: Sequence[Family]) -> bool:
        """Have families count in a row of this process; return False where there is none left.

        Args:
            families: as the sheet was made for.
        """
        self._own = next((row for row in range(self._rows) if self._take(row)), None)
        if self._own is None:
            return False
        size = self._width * CELL_BYTES
        cells = memoryview(self._mapped())[self._own * size : (self._own + 1) * size].cast("d")
        start = 0
        for family in families:
            own = cells[start : start + family.size]
            if family.kind == "gauge":
                for place in range(family.size):
                    own[place] = 0.0
            family.bind(own)
            start += family.size
        return True

    def totals(self, families: Sequence[Family]) -> list[Sequence[float]]:
        """Return the cells of each family, summed over all processes; gauges over those that live."""
        table: NDArray[np.float64] = np.frombuffer(self._mapped(), np.float64).reshape(self._rows, self._width)
        everybody = table.sum(axis=0)
        living = table[[row for row in range(self._rows) if self._is_owned(row)]].sum(axis=0)
        found: list[Sequence[float]] = []
        start = 0
        for family in families:
            source = living if family.kind == "gauge" else everybody
            found.append(source[start : start + family.size].tolist())
            start += family.size
        return found

    def close(self) -> None:
        """Let go of the descriptor, in a process that counts nothing."""
        os.close(self._descriptor)

    def _mapped(self) -> mmap.mmap:
        if self._memory is None:
            self._memory = mmap.mmap(self._descriptor, self._rows * self._width * CELL_BYTES)
        return self._memory

    def _take(self, row: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
        except OSError:
            return False
        return True

    def _is_owned(self, row: int) -> bool:
        if row == self._own:  # asking for one's own lock would give it up
            return True
        if not self._take(row):
            return True
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, row)
        return False
