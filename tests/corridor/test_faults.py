"""Processes of the server are killed at random while senders store objects: nothing acknowledged is lost.

`make faults` kills a hundred.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from command_line import run
from fault_run import FaultRun

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("OPENWADO_KILLS", "8"))


# pynetdicom leaves sockets of associations that broke to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    """Byte for byte; what was not is there whole or not at all; the archive is sound, or is mended."""
    counts = FaultRun(tmp_path, KILLS, seed=20261126).run()
    print(f"\n{counts}")
    assert counts.acknowledged > KILLS
    assert (counts.lost, counts.partial) == (0, 0)
    assert counts.killed.total() == KILLS
    data = tmp_path / "data"
    repaired = run("verify", "--repair", "--data", data)
    assert repaired.returncode == 0, repaired.stdout
    assert run("verify", "--data", data).returncode == 0
