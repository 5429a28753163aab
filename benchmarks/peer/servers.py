"""The servers under test: started, fed, watched from outside, and ended."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from peer.corpus import Corpus

_PLUGINS = ("/usr/lib/orthanc/libOrthancDicomWeb.so.1.7", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

MIB = 1 << 20


class Server(ABC):
    """A server that runs as a tree of processes of ours, as long as the `with` lasts; seconds: until it answered."""

    name = ""
    port = 0
    seconds = 0.0
    process: subprocess.Popen[bytes]

    @abstractmethod
    def start(self) -> float:
        """Start it; return seconds until it answers."""

    def __enter__(self) -> Self:
        self._check_port()
        try:
            self.seconds = self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def processes(self) -> list[int]:
        """Return the ids of all its processes."""
        return _tree(self.process.pid)

    def cpu(self) -> float:
        """Return the CPU seconds that its processes have used."""
        return cpu_of_tree(self.process.pid)

    def memory(self) -> float:
        """Return its memory, MiB: each shared page counts for a part in each process (PSS)."""
        return sum(map(_pss, self.processes())) / 1024

    def _check_port(self) -> None:
        with closing(socket.socket()) as taken:
            if not taken.connect_ex(("127.0.0.1", self.port)):
                raise SystemExit(f"Another server listens on port {self.port} already.")

    def _wait(self, path: str, wanted: Iterable[int] = (200,)) -> float:
        began = time.perf_counter()
        while time.perf_counter() - began < 60:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended before it answered")
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status in wanted:
                    return time.perf_counter() - began
            time.sleep(0.005)
        raise SystemExit(f"{self.name} does not answer")


class Openwado(Server):
    """This server, by its own command.

    Args:
        corpus: what it serves.
        port: to listen on.
        cache: whether it keeps renditions.
    """

    name = "openwado"

    def __init__(self, corpus: Corpus, port: int, *, cache: bool) -> None:
        self.port = port
        self._command = [str(Path(sys.executable).with_name("openwado"))]
        self._data = corpus.folder / "openwado"
        self._files = corpus.folder / "dicom"
        self._options = [] if cache else ["--no-cache"]

    def index(self) -> float:
        """Index the corpus anew; return seconds."""
        shutil.rmtree(self._data, ignore_errors=True)
        began = time.perf_counter()
        subprocess.run(
            [*self._command, "index", "--data", str(self._data), str(self._files)], check=True, capture_output=True
        )
        return time.perf_counter() - began

    def start(self) -> float:
        """Start it; return seconds until its health check says that all works."""
        for kept in self._data.glob("renditions.*"):
            kept.unlink()
        began = time.perf_counter()
        # As where it was installed: with the compiled modules that Python keeps beside the source.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            [*self._command, "serve", "--data", str(self._data), "--port", str(self.port), *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._wait("/health")
        return time.perf_counter() - began


class Orthanc(Server):
    """Orthanc with its DICOMweb plugin, whose WADO-URI is asked.

    Args:
        corpus: what it serves; it is sent to it once and kept.
        port: to listen on.
    """

    name = "Orthanc"

    def __init__(self, corpus: Corpus, port: int) -> None:
        self.port = port
        self._corpus = corpus
        self._folder = corpus.folder / "orthanc"
        self._plugin = next((path for path in _PLUGINS if Path(path).exists()), "")

    @property
    def is_there(self) -> bool:
        """Whether it is installed."""
        return bool(shutil.which("Orthanc") and self._plugin)

    def version(self) -> str:
        """Return its version."""
        found = subprocess.run(["Orthanc", "--version"], capture_output=True, text=True, check=False)  # noqa: S607 -- from PATH
        return found.stdout.split("\n")[0]

    def start(self) -> float:
        """Start it and send it what it does not have."""
        self._folder.mkdir(parents=True, exist_ok=True)
        options = {
            "Name": "speed",
            "StorageDirectory": str(self._folder / "storage"),
            "IndexDirectory": str(self._folder / "storage"),
            "HttpPort": self.port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomServerEnabled": False,
            "KeepAlive": True,
            "OverwriteInstances": True,
            "Plugins": [self._plugin],
            "DicomWeb": {"Enable": True, "EnableWado": True, "WadoRoot": "/wado"},
        }
        path = self._folder / "orthanc.json"
        path.write_text(json.dumps(options))
        began = time.perf_counter()
        self.process = subprocess.Popen(
            ["Orthanc", str(path)],  # noqa: S607 -- from PATH
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait("/system")
        started = time.perf_counter() - began
        self._feed()
        return started

    def _feed(self) -> None:
        listing = self._corpus.folder / "listing.json"
        fed = self._folder / "fed"
        if fed.exists() and fed.read_text() == str(listing.stat().st_mtime_ns):
            return
        for item in (item for items in self._corpus.items.values() for item in items):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
            connection.request("POST", "/instances", Path(item.path).read_bytes())
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            if answer.status != 200:
                raise SystemExit(f"Orthanc does not take {item.path}: {answer.status} {body[:200]!r}")
        fed.write_text(str(listing.stat().st_mtime_ns))


def cpu_of_tree(process: int) -> float:
    """Return the CPU seconds that a process and all below it have used."""
    return sum(map(_cpu, _tree(process)))


def _tree(process: int) -> list[int]:
    found = [process]
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += _tree(int(child))
    return found


def _cpu(process: int) -> float:
    """Return CPU seconds: by the threads that live in nanoseconds, or in ticks where some have ended."""
    try:
        threads = sum(int((t / "schedstat").read_text().split()[0]) for t in Path(f"/proc/{process}/task").iterdir())
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    tick = 1 / os.sysconf("SC_CLK_TCK")
    return max(threads / 1e9, (int(fields[11]) + int(fields[12])) * tick - tick)


def _pss(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
