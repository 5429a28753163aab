"""Load on a real server for a stated time while faults are injected: nothing grows, no byte is wrong.

Usage: soak.py [--minutes N] [--clients N] [--seed N] [--index postgresql]. Clients ask for pictures, documents,
animations and objects of the sample objects, some leave in the middle. Meanwhile HTTP, template and render processes
are killed, the server is ended by SIGKILL and started again over its index, and its files lie on a disk that is slow
at times; an index in PostgreSQL is stopped for a second under its users, and started again. All of it is audited, on
that disk. Prints a line a minute and a summary; the exit code is 1 if an answer was wrong, something grew, or the audit
trail is broken.

An answer counts as right if its bytes are those of the first round, before any fault; as refused if it is a 503 or 500
that says so, or a connection that broke, while faults happen.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fault_run import family
from openwado.archive.opening import open_index
from openwado.observe.audit_chain import Verified, verify
from openwado.samples import write_samples
from postgresql_server import PostgresqlServer

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What is asked of each object, as far as it has it.
WISHES: tuple[dict[str, str], ...] = (
    {"contentType": "image/jpeg"},
    {"contentType": "image/png", "rows": "300"},
    {"contentType": "image/jpeg", "region": "0.25,0.25,0.75,0.75", "rows": "256"},
    {"contentType": "image/gif", "rows": "64"},
    {"contentType": "application/dicom"},
    {"contentType": "application/dicom", "transferSyntax": "1.2.840.10008.1.2.4.80"},
    {"contentType": "text/html"},
    {"contentType": "application/pdf"},
)

#: Seconds between two faults, at the least and at the most; and how long answers may be refused after one.
PAUSE, SHADOW = (2.0, 8.0), 20.0

#: What a server may gain over its first minutes, of descriptors and MiB of all its processes together.
FLAT_DESCRIPTORS, FLAT_MIB = 40, 150

#: Names of processes that are killed.
KILLED = ("openwado-http", "openwado-forks", "openwado-render")


@dataclass
class Counts:
    """What happened; written by one thread at a time.

    Attributes:
        right, refused: answers.
        wrong: what was neither, at most a few.
        faults: by kind.
        samples: minutes since the start, descriptors and MiB.
    """

    right: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, int, int]] = field(default_factory=list)


class SlowDisk:
    """Throws what the system remembers of the files away, and reads them all at once: others wait for the disk."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.rglob("*.dcm"))

    def disturb(self, seconds: float) -> None:
        """Do so for a while, and write as much again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for path in self._paths:
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
            with tempfile.TemporaryFile(dir=self._paths[0].parent.parent) as made:
                made.write(os.urandom(1 << 24))
                os.fsync(made.fileno())


class Soak:
    """One server, its clients, and what goes wrong.

    Args:
        folder: an empty one.
        seed: of what is random.
        database: where the index is; None: in a file.
    """

    def __init__(self, folder: Path, seed: int, database: PostgresqlServer | None) -> None:
        self._folder = folder
        self._database = database
        self._index = database.new_database() if database else f"sqlite:///{folder}/data/index.sqlite"
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated
        self._objects = folder / "objects"
        write_samples(self._objects)
        self._server: subprocess.Popen[str]
        self._url = ""
        self._port = 0
        self._wanted: dict[str, bytes] = {}
        self._last_fault = time.monotonic()
        self._disturbing = False
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self.counts = Counts()

    def run(self, minutes: float, clients: int) -> Counts:
        """Ask and disturb for so long."""
        self._start()
        threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(clients)]
        began = time.monotonic()
        try:
            self._learn()
            for thread in threads:
                thread.start()
            while time.monotonic() - began < minutes * 60:
                self._stopped.wait(self._random.uniform(*PAUSE))
                self._disturb()
                self._measure((time.monotonic() - began) / 60)
            self._stopped.set()
            for thread in threads:
                thread.join()
            time.sleep(SHADOW)  # all that was killed is there again, and all that was left has been noticed
            self._measure((time.monotonic() - began) / 60)
            self._check_all()
        finally:
            self._stopped.set()
            self._end(signal.SIGTERM)
        return self.counts

    def _start(self) -> None:
        """Start the server, over its index if there is one, at the address that it had."""
        command = [sys.executable, "-m", "openwado", "serve", str(self._objects), "--data", str(self._folder / "data")]
        command += ["--workers", "2", "--port", str(self._port)]
        environment = os.environ | {"OPENWADO_INDEX": self._index, "OPENWADO_AUDIT": "1"}
        with (self._folder / "server.log").open("a", encoding="utf-8") as log:
            self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        for line in self._server.stdout or ():
            if "page" in line:
                self._url = line.split()[-1].rstrip("/")
            if "Ctrl-C" in line:
                break
        found = re.search(r":(\d+)$", self._url)
        if self._server.poll() is not None or found is None:
            raise RuntimeError((self._folder / "server.log").read_text(encoding="utf-8")[-2000:])
        self._port = int(found[1])

    def _end(self, number: signal.Signals) -> None:
        self._server.send_signal(number)
        self._server.wait(60)
        if self._server.stdout is not None:
            self._server.stdout.close()

    def _learn(self) -> None:
        """Ask for everything once, and remember what came."""
        index = open_index(self._index, seconds=30)
        with httpx.Client(base_url=self._url, timeout=120) as client:
            for study in index.studies(offset=0, limit=100):
                for series in index.series(study.study_instance_uid):
                    for row in index.instances(series.series_instance_uid, offset=0, limit=100):
                        found = row.instance
                        uids = {"requestType": "WADO", "studyUID": found.study_instance_uid}
                        uids |= {"seriesUID": found.series_instance_uid, "objectUID": found.sop_instance_uid}
                        self._learn_one(client, [f"/wado?{urlencode(uids | wish)}" for wish in WISHES])
        index.close()
        print(f"{len(self._wanted)} answers are known", flush=True)

    def _learn_one(self, client: httpx.Client, addresses: Sequence[str]) -> None:
        for address in addresses:
            answer = client.get(address)
            if answer.status_code == httpx.codes.OK:
                self._wanted[address] = answer.content

    def _ask_on(self, seed: int) -> None:
        pick = random.Random(seed)  # noqa: S311 -- to be repeated
        addresses = sorted(self._wanted)
        while not self._stopped.is_set():
            with suppress(httpx.HTTPError, OSError), httpx.Client(base_url=self._url, timeout=90) as client:
                for _ in range(50):
                    if self._stopped.is_set():
                        break
                    self._ask(client, pick.choice(addresses), leaves=pick.random() < 0.03)

    def _ask(self, client: httpx.Client, address: str, *, leaves: bool) -> None:
        """Ask for something, fresh or from the cache; raise where the connection broke."""
        asked = time.monotonic()
        try:
            if leaves:
                with client.stream("GET", address) as streamed:
                    next(streamed.iter_raw(1000), b"")
                return
            answer = client.get(address)
        except (httpx.HTTPError, OSError) as error:
            self._count(address, asked, repr(error)[:200], refusal=True)
            raise
        if answer.status_code == httpx.codes.OK:
            right = answer.content == self._wanted[address]
            self._count(address, asked, "" if right else f"{len(answer.content)} other bytes", refusal=False)
        else:
            refusal = answer.status_code in (500, 503)
            self._count(address, asked, f"{answer.status_code} {answer.text[:200]}", refusal=refusal)

    def _count(self, address: str, asked: float, problem: str, *, refusal: bool) -> None:
        with self._lock:
            if not problem:
                self.counts.right += 1
            elif refusal and (self._disturbing or asked - SHADOW < self._last_fault):
                self.counts.refused += 1
            elif len(self.counts.wrong) < 20:
                self.counts.wrong.append(f"{address}: {problem}")

    def _disturb(self) -> None:
        """Let one thing go wrong."""
        kinds = {"kill": 12, "slow disk": 3, "restart": 1, "stop": 2, "index restart": 2 if self._database else 0}
        kind = self._random.choices(list(kinds), list(kinds.values()))[0]
        self._disturbing = True
        if kind == "slow disk":
            SlowDisk(self._objects).disturb(3)
        elif kind == "index restart" and self._database is not None:
            self._database.stop()
            time.sleep(1)
            self._database.start()
        elif kind == "restart":
            self._end(signal.SIGKILL)
            time.sleep(1)
            self._start()
        else:
            victims = [(process, name) for process, name in family(self._server.pid) if name in KILLED]
            if victims:
                process, name = self._random.choice(victims)
                kind = f"{kind} {name}"
                self._hit(process, signal.SIGKILL if kind.startswith("kill") else signal.SIGSTOP)
        self._last_fault, self._disturbing = time.monotonic(), False
        self.counts.faults[kind] += 1

    def _hit(self, process: int, number: signal.Signals) -> None:
        """Kill a process, or let it stand still for a while."""
        with suppress(ProcessLookupError):
            os.kill(process, number)
            if number is signal.SIGSTOP:
                time.sleep(2)
                os.kill(process, signal.SIGCONT)

    def _measure(self, minute: float) -> None:
        """Note descriptors and memory (proportional set size) of all processes together."""
        descriptors = memory = 0
        for process, _ in family(self._server.pid):
            with suppress(OSError, IndexError):
                descriptors += len(list(Path(f"/proc/{process}/fd").iterdir()))
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
                memory += int(rollup.partition("\nPss:")[2].split()[0])
        before = self.counts.samples[-1][0] if self.counts.samples else -1.0
        self.counts.samples.append((minute, descriptors, memory >> 10))
        if int(minute) > int(before):
            counts = self.counts
            print(
                f"{minute:5.1f} min: {counts.right} right, {counts.refused} refused, {len(counts.wrong)} wrong, "
                f"{sum(counts.faults.values())} faults, {descriptors} descriptors, {memory >> 10} MiB",
                flush=True,
            )

    def _check_all(self) -> None:
        """Ask for everything once more: nothing is refused now."""
        self._last_fault = -SHADOW
        with httpx.Client(base_url=self._url, timeout=120) as client:
            for address in sorted(self._wanted):
                self._ask(client, address, leaves=False)


def grown(counts: Counts) -> list[str]:
    """Return what the second half of a run has more of than the first, beyond what is flat."""
    half = len(counts.samples) // 2
    first, second = counts.samples[:half], counts.samples[half:]
    if not first:
        return []
    found = []
    for name, place, flat in (("descriptors", 1, FLAT_DESCRIPTORS), ("MiB", 2, FLAT_MIB)):
        before, after = (sorted(sample[place] for sample in part)[len(part) // 2] for part in (first, second))
        if after > before + flat:
            found.append(f"{name} grew from {before} to {after}")
    return found


def main() -> int:
    """Run, print the summary, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--index", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
        database = PostgresqlServer() if asked.index == "postgresql" else None
        if database is not None:
            stack.callback(database.remove)
        soak = Soak(Path(folder), asked.seed, database)
        counts = soak.run(asked.minutes, asked.clients)
        log = (Path(folder) / "server.log").read_text(encoding="utf-8")
        trail = Verified()
        broken = [f"audit trail: {fault}" for fault in verify(Path(folder) / "data" / "audit" / "trail", b"", trail)]
    problems = [*counts.wrong, *grown(counts), *broken, *(["a traceback in the log"] if "Traceback" in log else [])]
    print(f"{counts.right} answers right, {counts.refused} refused within {SHADOW:g} s of a fault; faults: ", end="")
    print(", ".join(f"{number} {kind}" for kind, number in sorted(counts.faults.items())))
    print(f"audit trail: {trail.messages} messages, {len(broken)} faults")
    print("first and last:", counts.samples[0], counts.samples[-1])
    print("\n".join(problems) or "nothing wrong, nothing grew")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
