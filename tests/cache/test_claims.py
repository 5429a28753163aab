"""Claims on what is being made."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from openwado.cache.claims import Claims

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from openwado.cache.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take(b"picture one"), flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that claims a key, and wait until it has it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_one_process_has_a_claim_and_loses_it_with_its_life(tmp_path: Path) -> None:
    """What another process has claimed cannot be claimed, until that process is killed."""
    claims = Claims(tmp_path / "lock")
    with holder(tmp_path / "lock") as process:
        assert not claims.take(b"picture one")
        assert claims.take(b"another")
        process.kill()
        process.wait()
        assert claims.take(b"picture one")
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    claims.close()


def test_claims_are_counted_within_a_process(tmp_path: Path) -> None:
    """A place that is claimed twice here is free for others after the second release, which any thread may do."""
    claims = Claims(tmp_path / "lock")
    assert claims.take(b"picture one")
    assert claims.take(b"picture one")
    claims.release(b"picture one")
    claims.release(b"never claimed")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "False\n"
        process.kill()
    thread = threading.Thread(target=claims.release, args=(b"picture one",))
    thread.start()
    thread.join()
    with holder(tmp_path / "lock") as process:
        process.kill()
    claims.close()


def test_what_is_closed_locks_no_other_file(tmp_path: Path) -> None:
    """After closing, claims are given freely and touch nothing, whichever file has the number of the closed one."""
    claims = Claims(tmp_path / "lock")
    claims.close()
    other = Claims(tmp_path / "other")
    assert claims.take(b"picture one")
    with holder(tmp_path / "other") as process:
        process.kill()
    claims.release(b"picture one")
    other.close()
