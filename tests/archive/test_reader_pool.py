"""Reading processes: answers in order, and one bad object costs one process."""

from __future__ import annotations

import multiprocessing
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hostile_reading import do_as_told
from openwado.archive.reader_pool import ENDED, TOO_LONG, Answer, PoolLimits, ReaderPool
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


def answers(folder: Path, names: list[str], *, processes: int = 2, seconds: float = 30) -> list[Answer]:
    """Return what a pool answers."""
    limits = PoolLimits(seconds=seconds, address_space=1 << 30)
    with ReaderPool(partial(do_as_told, folder), processes=processes, limits=limits) as pool:
        return [answer for some in pool.read_all(names) for answer in some]


def test_answers_come_in_the_order_of_the_keys(tmp_path: Path) -> None:
    """However long each takes, the answers are in the order of the questions, none missing, none twice."""
    names = [
        f"sleep 0.0{number % 7} {number}".rsplit(" ", 1)[0] if number % 3 else f"x {number}" for number in range(60)
    ]
    assert answers(tmp_path, names) == [Answer(name, name.encode()) for name in names]


def test_no_keys_give_no_answers(tmp_path: Path) -> None:
    """A pool without work ends at once."""
    assert answers(tmp_path, []) == []


def test_all_processes_take_part(tmp_path: Path) -> None:
    """The work is shared among the processes."""
    found = {answer.data for answer in answers(tmp_path, ["pid", "sleep 0.2"] * 10, processes=3)}
    assert len(found - {b"sleep 0.2"}) == 3


def test_large_answers_arrive_whole(tmp_path: Path) -> None:
    """An answer larger than any pipe's buffer comes through."""
    found = answers(tmp_path, ["large 50000000", "x", "large 10000000"])
    assert [len(answer.data or b"") for answer in found] == [50_000_000, 1, 10_000_000]


def test_a_key_that_ends_the_process_costs_itself_only(tmp_path: Path) -> None:
    """The key is named after a second try; all others are answered, also those that the dead process had taken."""
    names = [f"x{number}" for number in range(40)]
    names[5] = names[6] = names[30] = "end"
    found = answers(tmp_path, names)
    assert [answer.key for answer in found] == names
    assert [answer.reason for answer in found if answer.key == "end"] == [ENDED] * 3
    assert all(answer.data == answer.key.encode() for answer in found if answer.key != "end")


def test_a_process_that_dies_once_is_forgiven(tmp_path: Path) -> None:
    """A key is tried a second time, alone, since another process may have been to blame."""
    names = ["x", "end-once one", "y", "end-once two", *["z"] * 20]
    assert answers(tmp_path, names) == [Answer(name, name.encode()) for name in names]


def test_a_key_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The process is killed after its time, and the keys behind it are answered by another."""
    started = time.monotonic()
    found = answers(tmp_path, ["sleep 600", *[f"x{number}" for number in range(20)]], seconds=0.5)
    assert found[0] == Answer("sleep 600", None, TOO_LONG)
    assert [answer.data for answer in found[1:]] == [answer.key.encode() for answer in found[1:]]
    assert time.monotonic() - started < 20


def test_memory_is_limited(tmp_path: Path) -> None:
    """A process cannot have more memory than it may, and lives on when it is refused."""
    found = answers(tmp_path, [f"memory {1 << 31}", f"memory {1 << 20}"], processes=1)
    assert [answer.data for answer in found] == [b"no memory", f"memory {1 << 20}".encode()]


def test_answers_are_not_kept_without_bound(tmp_path: Path) -> None:
    """While one key takes its time, only so many others are taken from the keys and wait for it."""
    taken: list[str] = []

    def keys() -> Iterator[str]:
        for name in ["sleep 1.5", *["x"] * 100]:
            taken.append(name)
            yield name

    limits = PoolLimits(address_space=1 << 30, ahead=20)
    most = 0
    with ReaderPool(partial(do_as_told, tmp_path), processes=2, limits=limits) as pool:
        found = 0
        for some in pool.read_all(keys()):
            if not found:
                most = len(taken)
            found += len(some)
    assert found == 101
    assert 15 <= most <= 21


class UnknownElsewhere:
    """Stands for a program that other processes cannot load: to unpickle it ends the process."""

    def __call__(self, name: str) -> bytes:
        """Read nothing."""
        return name.encode()

    def __reduce__(self) -> tuple[object, tuple[int]]:
        """Be what ends a process."""
        return sys.exit, (3,)


def test_a_pool_that_cannot_start_says_so() -> None:
    """Where the processes end before they are ready, that is an error, not the fault of the first key."""
    pool = ReaderPool(UnknownElsewhere(), processes=2, limits=PoolLimits())
    with pytest.raises(Unavailable) as refused, pool:
        pass
    assert "while it started" in refused.value.detail
    assert pool._workers == []


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    """When the pool is left, for whatever reason, its processes have ended."""
    limits = PoolLimits(address_space=1 << 30)
    before = set(multiprocessing.active_children())
    pool = ReaderPool(partial(do_as_told, tmp_path), processes=2, limits=limits)
    processes: list[int | None] = []

    def interrupted() -> Iterator[str]:
        processes.extend(worker.process.pid for worker in pool._workers)
        yield "sleep 600"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), pool:
        list(pool.read_all(interrupted()))
    assert len(processes) == 2
    assert set(multiprocessing.active_children()) == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)
