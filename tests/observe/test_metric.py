"""Counting, in one process and in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import pytest

from openwado.observe.metric import Counter, Gauge, Histogram
from openwado.observe.metric_sheet import MetricSheet
from openwado.observe.metrics import DOOR_CAUSES, ERRORS, FAMILIES
from openwado.server.problems import KINDS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from openwado.observe.metric import Family

CONTEXT = multiprocessing.get_context("fork")


def families() -> tuple[Counter, Gauge, Histogram]:
    """Return one of each kind."""
    return (
        Counter("a_total", "A.", color=("red", "other")),
        Gauge("b", "B."),
        Histogram("c_seconds", "C.", (0.1, 1), kind=("x", "y")),
    )


def work(sheet: MetricSheet, amount: float, pipe: Connection) -> None:
    """Count as much, say so, and live until told otherwise; called in a process of its own."""
    mine = families()
    joined = sheet.join(mine)
    counter, gauge, histogram = mine
    counter.add("red", amount=amount)
    gauge.set(amount)
    histogram.observe_in_loop(("y",), 0.5)
    pipe.send(joined)
    pipe.recv()


def totals(sheet: MetricSheet) -> dict[str, float]:
    """Return all samples by their name and labels."""
    found: dict[str, float] = {}
    kinds: tuple[Family, ...] = families()
    for family, cells in zip(kinds, sheet.totals(kinds), strict=True):
        for name, labels, value in family.samples(cells):
            found[name + "".join(f" {label}={text}" for label, text in labels)] = value
    return found


def test_processes_count_as_one_and_no_count_is_lost_when_one_dies() -> None:
    """Counters are sums over all processes, dead ones too; gauges over the living; a dead one's row is used again."""
    sheet = MetricSheet(2, families())
    assert sheet.join(families())
    pipe, theirs = CONTEXT.Pipe()
    for amount in (3, 4):
        process = CONTEXT.Process(target=work, args=(sheet, amount, theirs))
        process.start()
        assert pipe.poll(60)
        assert pipe.recv(), "there is a row for it, once the one before is dead"
        assert totals(sheet)["b"] == amount
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    found = totals(sheet)
    assert found["a_total color=red"] == 7
    assert found["b"] == 0
    assert found["c_seconds_count kind=y"] == 2
    assert found["c_seconds_bucket kind=y le=0.1"] == 0
    assert found["c_seconds_bucket kind=y le=+Inf"] == 2
    assert found["c_seconds_sum kind=y"] == pytest.approx(1.0)


def test_a_process_without_a_row_counts_for_itself() -> None:
    """Where all rows are taken, joining says so, and counting goes on without harm to anybody's counts."""
    sheet = MetricSheet(1, families())
    assert sheet.join(families())
    pipe, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(sheet, 5, theirs))
    process.start()
    assert pipe.poll(60)
    assert pipe.recv() is False
    pipe.send(None)
    process.join()
    assert totals(sheet)["a_total color=red"] == 0


def test_what_was_not_declared_counts_as_other() -> None:
    """An undeclared value of a label counts under `other`; where there is none, it is an error of ours."""
    counter, _, histogram = families()
    counter.add("blue")
    assert counter.read("other") == 1
    with pytest.raises(KeyError):
        histogram.observe_in_loop(("z",), 1)


def test_every_error_has_a_cause_of_its_own() -> None:
    """Whatever has a row in the table of statuses is counted under its own name."""
    causes = {values[0] for values in ERRORS.places}
    assert {kind.__name__ for kind in KINDS} <= causes
    assert set(DOOR_CAUSES) <= {kind.__name__ for kind in KINDS}


def test_names_are_as_prometheus_wants_them() -> None:
    """Counters end with _total, no other does; names are our own and there is one of each."""
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    for family in FAMILIES:
        assert family.name.startswith("openwado_")
        assert family.name.endswith("_total") == (family.kind == "counter"), family.name
