"""What it costs to be observed: a kept picture asked for again and again, with and without it. Prints one table.

    python benchmarks/observation.py [--requests 3000] [--rounds 7]

Starts one server for each way of being observed, one HTTP process each, and asks them in turn over connections that
stay open, so that what else the machine does hits all. Processor time is that of the HTTP process, by the kernel's own
count; times on the wire are medians. The ratio of a round is to the server that tells nothing in the same round; the
median of the rounds counts.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

#: Ways of being observed.
WAYS = {
    "nothing": {"METRICS": "no", "SERVER_TIMING": "no", "LOG_LEVEL": "warning"},
    "metrics": {"METRICS": "yes", "SERVER_TIMING": "no", "LOG_LEVEL": "warning"},
    "metrics, Server-Timing": {"METRICS": "yes", "SERVER_TIMING": "yes", "LOG_LEVEL": "warning"},
    "metrics, Server-Timing, log as text": {"METRICS": "yes", "SERVER_TIMING": "yes", "LOG_LEVEL": "info"},
    "metrics, Server-Timing, log as JSON": {
        "METRICS": "yes",
        "SERVER_TIMING": "yes",
        "LOG_LEVEL": "info",
        "LOG_FORMAT": "json",
    },
}


class Server:
    """One server and a connection to it.

    Args:
        stack: ends it.
        environment: its settings.
    """

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        process = subprocess.Popen(
            [sys.executable, "-m", "openwado", "serve", "--port", "0", "--workers", "1", "--data", data],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ
            | {"OPENWADO_KEEP_ALIVE": "3600"}
            | {f"OPENWADO_{name}": value for name, value in environment.items()},
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        printed = ""
        for line in process.stdout or ():
            printed += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"http://\S+requestType\S+", printed)
        if found is None:
            raise SystemExit(f"the server did not start: {printed}")
        address = urlsplit(found.group())
        self._target = f"{address.path}?{address.query}"
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)
        self._pid = next(pid for pid in _below(process.pid) if _name(pid) == "openwado-http")
        self.ask(50)

    def ask(self, count: int) -> tuple[float, float]:
        """Ask for the picture so often; return the median time and the processor time of each, seconds."""
        times = []
        before = self._processor_ticks()
        for _ in range(count):
            began = time.perf_counter()
            self._connection.request("GET", self._target)
            answer = self._connection.getresponse()
            answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != 200:
                raise SystemExit(f"status {answer.status}")
        return statistics.median(times), (self._processor_ticks() - before) / count

    def _processor_ticks(self) -> float:
        """Return the processor time of the HTTP process, seconds, by the kernel's scheduler."""
        return int(Path(f"/proc/{self._pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def _below(pid: int) -> list[int]:
    found = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return [*found, *(below for child in found for below in _below(child))]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with ExitStack() as stack:
        servers = {way: Server(stack, environment) for way, environment in WAYS.items()}
        rounds = [{way: server.ask(asked.requests) for way, server in servers.items()} for _ in range(asked.rounds)]
    print(f"{'told':<38}{'processor time':>16}{'ratio':>8}{'on the wire':>14}{'ratio':>8}")
    for way in WAYS:
        wire, work = (statistics.median(turn[way][which] for turn in rounds) * 1e6 for which in (0, 1))
        ratios = [statistics.median(turn[way][which] / turn["nothing"][which] for turn in rounds) for which in (0, 1)]
        print(f"{way:<38}{work:>13.0f} µs{ratios[1]:>8.3f}{wire:>11.0f} µs{ratios[0]:>8.3f}")


if __name__ == "__main__":
    main()
