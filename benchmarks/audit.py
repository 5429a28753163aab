"""What audit costs a picture that is kept: processor time of the HTTP process a request, with audit and without.

    python benchmarks/audit.py [ROUNDS]

Servers of the same objects, with audit and without; each is asked in turns for pictures that it has made before. "seen"
is the same pictures again and again, as a viewer asks for frames: they are noted once in a window. "new" is with a
window of 0, where each request is noted. Processor time is counted, for the machine may have other work; "off too" says
how far figures can be trusted: it is the same as "off".
"""

from __future__ import annotations

import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
from pydicom import dcmread

from openwado.samples import write_samples

REQUESTS = 400
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server, and what asks it."""

    def __init__(self, folder: Path, data: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "openwado", "serve", str(folder), "--data", str(data), "--port", "0"]
        wishes = os.environ | {"OPENWADO_WORKERS": "1", "OPENWADO_LOG_LEVEL": "warning", "OPENWADO_PREFETCH": "0"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=wishes | environment)
        printed = ""
        for line in self.process.stdout or ():
            printed += line
            if "Ctrl-C" in line:
                break
        self.client = httpx.Client(base_url=re.findall(r"http://[\d.:]+", printed)[0], timeout=60)
        self.http = next(pid for pid, name in _below(self.process.pid) if name == "openwado-http")

    def ask(self, queries: list[str]) -> tuple[float, float]:
        """Ask for pictures; return microseconds of processor time and of wall time a request."""
        before, started = _cpu(self.http), time.perf_counter()
        for number in range(REQUESTS):
            self.client.get(f"/wado?{queries[number % len(queries)]}").raise_for_status()
        wall = time.perf_counter() - started
        return (_cpu(self.http) - before) / REQUESTS * 1e6, wall / REQUESTS * 1e6

    def stop(self) -> None:
        """Stop it."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)


def _below(process: int) -> list[tuple[int, str]]:
    found = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            found += [(child, Path(f"/proc/{child}/comm").read_text().strip()), *_below(child)]
    return found


def _cpu(process: int) -> float:
    """Return the processor time of a process, seconds, from the scheduler, which counts nanoseconds."""
    return sum(
        int((thread / "schedstat").read_text().split()[0]) / 1e9 for thread in Path(f"/proc/{process}/task").iterdir()
    )


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "objects"
        write_samples(folder)
        queries = [query for path in sorted(folder.rglob("*.dcm")) if (query := _query(path))][:16]
        servers = {
            "off": Server(folder, Path(name) / "off"),
            "seen": Server(folder, Path(name) / "seen", OPENWADO_AUDIT="1"),
            "new": Server(folder, Path(name) / "new", OPENWADO_AUDIT="1", OPENWADO_AUDIT_WINDOW="0"),
            "off too": Server(folder, Path(name) / "off too"),
        }
        try:
            for server in servers.values():
                server.ask(queries)
            found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in servers}
            for _ in range(rounds):
                for kind, server in random.sample(sorted(servers.items()), len(servers)):
                    found[kind].append(server.ask(queries))
        finally:
            for server in servers.values():
                server.stop()
    print(f"{'audit':8} {'CPU µs':>8} {'ratio':>6} {'wall µs':>8}")
    base = statistics.median(cpu for cpu, _ in found["off"])
    for kind, measured in found.items():
        cpu, wall = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{kind:8} {cpu:8.0f} {cpu / base:6.3f} {wall:8.0f}")


def _query(path: Path) -> str:
    found = dcmread(path, stop_before_pixels=True)
    if "Rows" not in found:
        return ""
    uids = {"studyUID": found.StudyInstanceUID, "seriesUID": found.SeriesInstanceUID, "objectUID": found.SOPInstanceUID}
    return urlencode({"requestType": "WADO", **uids, "contentType": "image/jpeg"})


if __name__ == "__main__":
    main()
