"""What tests start ends with them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bound_process import bound

#: Starts what the test process starts, says its number, and waits.
PARENT = """
import signal, subprocess, sys, time
from bound_process import bound
end = signal.Signals(int(sys.argv[1]))
started = subprocess.Popen(bound(["sleep", "1000"], end=end), stdout=subprocess.DEVNULL)
print(started.pid, flush=True)
time.sleep(1000)
"""

#: The same with a PostgreSQL server, which runs under another account where the tests are root, and has children.
SERVER = """
import time
from postgresql_server import PostgresqlServer
server = PostgresqlServer()
print(server._process.pid, server._folder, flush=True)
time.sleep(1000)
"""


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python program that finds what tests share."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(bound(command), stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)


def name_of(pid: int) -> str:
    """Return the name of a process that runs; "" where there is none."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").replace("(", ")").split(")")
    except OSError:
        return ""
    return "" if words[2].split()[0] == "Z" else words[1]


def wait_for_end(pids: list[int]) -> None:
    """Wait until processes are no more."""
    deadline = time.monotonic() + 20
    while left := [pid for pid in pids if name_of(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_ends_with_the_one_that_started_it(end: signal.Signals) -> None:
    """Kill -9 of the tests' process, which can do nothing about it, ends what it has started."""
    with started(PARENT, str(int(end))) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert name_of(child) in {"setpriv", "sh", "sleep"}
        parent.kill()
    wait_for_end([child])


def test_a_process_whose_starter_is_gone_before_it_begins_ends_at_once() -> None:
    """The kernel is told too late then: it would tell of the end of whoever has taken the process on."""
    words = bound(["sleep", "1000"])
    assert subprocess.run(["/bin/sh", "-c", '"$@"; exit $?', "sh", *words], check=False, timeout=20).returncode == 1


def test_it_is_one_process() -> None:
    """Signals and the exit status are those of the command itself."""
    with subprocess.Popen(
        bound([sys.executable, "-c", "print('ready', flush=True); input()"], end=signal.SIGTERM),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert name_of(process.pid).startswith("python")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM


def test_a_postgresql_server_ends_with_its_tests() -> None:
    """Also one that runs under another account, with all its processes."""
    with started(SERVER) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        first = int(pid)
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        assert name_of(first) == "postgres"
        assert len(children) > 2
        parent.kill()
    wait_for_end([first, *map(int, children)])
    shutil.rmtree(folder)
