"""Processes of the server are killed at random while senders store objects: nothing acknowledged is lost.

`make faults` kills a hundred.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import fault_run
from command_line import run

KILLS = int(os.environ.get("OPENWADO_KILLS", "8"))
SEED = 20261126


def test_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    """Byte for byte; what was not is there whole or not at all; the archive is sound, or is mended."""
    # in a process of its own: pynetdicom leaves sockets of associations that broke to the garbage collector
    command = [sys.executable, str(Path(fault_run.__file__)), str(tmp_path), str(KILLS), str(SEED)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    print(f"\n{ran.stdout}")
    counts = json.loads(ran.stdout)
    assert counts["acknowledged"] > KILLS
    assert (counts["lost"], counts["partial"]) == (0, 0)
    assert sum(counts["killed"].values()) == KILLS
    data = tmp_path / "data"
    repaired = run("verify", "--repair", "--data", data)
    assert repaired.returncode == 0, repaired.stdout
    assert run("verify", "--data", data).returncode == 0
