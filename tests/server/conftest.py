"""Real server processes on real sockets, with stand-ins for the rooms behind the doors."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bound_process import bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
START_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A server, its address, its log, and a client of it."""

    process: subprocess.Popen[str]
    url: str
    log_file: Path
    client: httpx.Client = field(repr=False)

    def get(self, do: str, headers: dict[str, str] | None = None, **wishes: str) -> httpx.Response:
        """Ask for something (see `server_doubles`)."""
        return self.client.get("/wado", params={"do": do, **wishes}, headers=headers)

    def log(self) -> str:
        """Return what the server has said on standard error."""
        return self.log_file.read_text(encoding="utf-8")

    def health(self) -> dict[str, int | str]:
        """Return what /health says."""
        found: dict[str, int | str] = self.client.get("/health").json()
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def descendants(self) -> set[int]:
        """Return the process ids of everything that it has started."""
        return descendants(self.process.pid)


def descendants(ancestor: int) -> set[int]:
    """Return the process ids of all processes below one."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            state, parent = text.rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(parent)
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until a condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Give the function that waits for a condition."""
    return wait_for


@pytest.fixture(scope="session")
def below() -> Callable[[int], set[int]]:
    """Give the function that finds a process's descendants."""
    return descendants


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Give a function that starts a server; all are stopped at the end.

    It takes the options of `server_doubles.application` by name, and workers, grace (seconds) and factory.
    """
    started: list[Running] = []

    def begin(*, workers: int = 1, grace: int = 30, factory: str = "application", **options: object) -> Running:
        log_file = tmp_path_factory.mktemp("server") / "server.log"
        with log_file.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                bound([sys.executable, HERE / "run_server.py", "0", str(workers), str(grace), factory]),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"SERVER_DOUBLES_OPTIONS": json.dumps(options)},
            )
        url = _first_line(process)
        assert url.startswith("http://"), f"the server did not start: {log_file.read_text(encoding='utf-8')}"
        running = Running(process, url, log_file, httpx.Client(base_url=url, timeout=60))
        started.append(running)
        wait_for(lambda: running.client.get("/ready").status_code == 200 or options.get("producer"))
        return running

    yield begin
    for running in started:
        running.client.close()
        if running.process.poll() is None:
            running.process.terminate()
    for running in started:
        running.process.wait(timeout=60)
        if running.process.stdout is not None:
            running.process.stdout.close()


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    return process.stdout.readline().strip() if ready else ""


@pytest.fixture(scope="session")
def server(start: Callable[..., Running]) -> Running:
    """Give a server with two render processes, one request's room in the queue, and short deadlines."""
    return start(processes=2, queue=2, deadline_seconds=1.5, max_uri_length=2000)
