"""Senders store objects while processes of the server are killed at random: what was acknowledged, what is there."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE

from bound_process import bound
from made_objects import SERIES, STUDY, write_object

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two kills, at the least and at the most.
PAUSE = (0.2, 1.5)

_STARTED_WITHIN = 60.0
_SUCCESS = 0x0000


@dataclass
class Counts:
    """What happened.

    Attributes:
        killed: processes, by name.
        sent: objects that were handed over at least in part.
        acknowledged: those of which the sender heard that they are stored.
        lost: acknowledged, and not there afterwards, or not byte for byte.
        partial: not acknowledged, and there with other bytes than were sent.
        unacknowledged_but_stored: whole; the sender did not hear of it.
    """

    killed: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    partial: int = 0
    unacknowledged_but_stored: int = 0


class FaultRun:
    """One server, its senders, and what kills its processes.

    Args:
        folder: an empty one.
        kills: how many.
        seed: of what is random.
    """

    def __init__(self, folder: Path, kills: int, seed: int) -> None:
        self._folder = folder
        self._kills = kills
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated
        self._template = _template(folder)
        self._http, self._dicom = _free_port(), _free_port()
        self._lock = threading.Lock()
        self._data: dict[str, bytes] = {}
        self._acknowledged: set[str] = set()
        self._stopped = threading.Event()
        self._server: subprocess.Popen[str] | None = None
        self.counts = Counts()

    def run(self) -> Counts:
        """Send and kill, then look at everything that was sent."""
        self._start()
        senders = [threading.Thread(target=self._repeat, args=(send,)) for send in (self._store, self._post) * 2]
        try:
            for sender in senders:
                sender.start()
            for _ in range(self._kills):
                time.sleep(self._random.uniform(*PAUSE))
                self._kill_one()
            self._stopped.set()
            for sender in senders:
                sender.join()
            self._stop()
            self._start()
            self._look()
        finally:
            self._stopped.set()
            self._stop()
        return self.counts

    def _start(self) -> None:
        command = [sys.executable, "-m", "openwado", "serve", "--data", str(self._folder / "data")]
        command += ["--port", str(self._http), "--dicom-port", str(self._dicom), "--stow"]
        deadline = time.monotonic() + _STARTED_WITHIN
        self._server = None
        while self._server is None or self._server.poll() is not None or not self._answers():
            assert time.monotonic() < deadline, "the server does not answer"
            if self._server is None or self._server.poll() is not None:  # what was killed may still hold the port
                with (self._folder / "server.log").open("a", encoding="utf-8") as log:
                    self._server = subprocess.Popen(bound(command), stdout=subprocess.DEVNULL, stderr=log, text=True)
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(httpx.TransportError, OSError):
            httpx.get(f"http://127.0.0.1:{self._http}/health", timeout=2)
            socket.create_connection(("127.0.0.1", self._dicom), 2).close()
            return True
        return False

    def _stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(60)

    def _kill_one(self) -> None:
        assert self._server is not None
        processes = family(self._server.pid)
        process, name = self._random.choice(processes)
        self.counts.killed[name] = self.counts.killed.get(name, 0) + 1
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        if process == self._server.pid:
            self._server.wait(60)
            self._start()

    def _repeat(self, send: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            try:
                send()
            except (httpx.HTTPError, OSError, RuntimeError, ValueError):
                time.sleep(0.05)

    def _next(self) -> tuple[str, bytes]:
        """Return another object and its UID; all have the same length."""
        with self._lock:
            uid = f"1.2.3.9.{10**6 + 1 + len(self._data)}"
            data = self._template.replace(b"1.2.3.9.1000000", uid.encode())
            self._data[uid] = data
            return uid, data

    def _acknowledge(self, uid: str) -> None:
        with self._lock:
            self._acknowledged.add(uid)

    def _post(self) -> None:
        """Store objects by STOW-RS until it fails."""
        with httpx.Client(timeout=20) as client:
            while not self._stopped.is_set():
                uid, data = self._next()
                body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n--b--\r\n"
                kind = 'multipart/related; type="application/dicom"; boundary=b'
                answer = client.post(
                    f"http://127.0.0.1:{self._http}/studies", content=body, headers={"Content-Type": kind}
                )
                if answer.status_code == httpx.codes.OK:
                    self._acknowledge(uid)

    def _store(self) -> None:
        """Store objects over one association until it fails."""
        entity = AE("SENDER")
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
        entity.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
        association = entity.associate("127.0.0.1", self._dicom, ae_title="OPENWADO")
        try:
            while association.is_established and not self._stopped.is_set():
                uid, data = self._next()
                status = association.send_c_store(pydicom.dcmread(BytesIO(data)))
                if status and status.Status == _SUCCESS:
                    self._acknowledge(uid)
        finally:
            if association.is_established:
                association.release()
            else:
                association.abort()

    def _look(self) -> None:
        """Ask for everything that was sent, as DICOM."""
        counts = self.counts
        counts.sent, counts.acknowledged = len(self._data), len(self._acknowledged)
        with httpx.Client(timeout=60) as client:
            for uid, data in self._data.items():
                query = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": SERIES, "objectUID": uid}
                query["contentType"] = "application/dicom"
                answer = client.get(f"http://127.0.0.1:{self._http}/wado", params=query)
                whole = answer.status_code == httpx.codes.OK and _data_set(answer.content) == _data_set(data)
                if uid in self._acknowledged:
                    counts.lost += not whole
                elif whole:
                    counts.unacknowledged_but_stored += 1
                elif answer.status_code != httpx.codes.NOT_FOUND:
                    counts.partial += 1


def _template(folder: Path) -> bytes:
    """Return a CT of 256 by 256 noisy pixels, to be given other UIDs."""
    pixels = np.random.default_rng(1).integers(0, 4096, (256, 256), np.uint16)
    path = write_object(folder / "template.dcm", "1.2.3.9.1000000", Rows=256, Columns=256, PixelData=pixels.tobytes())
    return path.read_bytes()


def _data_set(data: bytes) -> bytes:
    """Return what follows the file meta information: a receiver of C-STORE writes that itself (PS3.10 7.1)."""
    length = int.from_bytes(data[140:144], "little")
    return data[144 + length :]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def family(process: int) -> list[tuple[int, str]]:
    """Return a process and all that come from it, with their names."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = status.read_text(encoding="ascii", errors="replace")
            number, name = int(text.split(" ", 1)[0]), text[text.index("(") + 1 : text.rindex(")")]
            parents[number], names[number] = int(text[text.rindex(")") + 2 :].split()[1]), name
    found = [process]
    for candidate in found:
        found += [number for number, parent in parents.items() if parent == candidate]
    return [(number, names.get(number, "")) for number in found]


def main() -> None:
    """Run, in a folder, with so many kills and a seed; print the counts as JSON."""
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # thousands of lines that it cannot connect
    folder, kills, seed = sys.argv[1:]
    print(json.dumps(asdict(FaultRun(Path(folder), int(kills), int(seed)).run())))


if __name__ == "__main__":
    main()
