"""Objects taken in by C-STORE: this server beside Orthanc, with DCMTK's storescu as the sender.

    python benchmarks/ingest.py [--objects 400] [--rounds 3] [--folder FOLDER] [--index postgresql]

Makes CT objects of 512 x 512 x 16 bit with a UID each, starts both servers in turn on this machine with an empty
archive, and sends each of them all objects: over one association, and shared out over four at once. What each server
has on stable storage when it answers is said below the table. With `--index postgresql` both have their index in
PostgreSQL, in a database of their own of one server, whose CPU time is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from peer.postgresql import ORTHANC_PLUGIN, PostgresqlServer
from peer.servers import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

SENDER = "/usr/bin/storescu"  # DCMTK's; pynetdicom brings a program of this name, too
HTTP_PORT, DICOM_PORT = 18142, 14242
SIDE = 512

SYNCED = """\
openwado answers when the object's file (fsync), its folder (fsync) and the index (SQLite, WAL, synchronous=FULL) are on
stable storage; associations that commit at the same time share one transaction. Orthanc, as its Debian package sets it:
the object's file (SyncStorageArea: fsync), not its folder; SQLite in WAL with synchronous=NORMAL, whose transactions
are not synced one by one."""

SYNCED_POSTGRESQL = """\
openwado answers when the object's file (fsync), its folder (fsync) and the transaction in PostgreSQL (a synced COMMIT)
are on stable storage. Orthanc: the object's file, not its folder; the transactions of its plugin are synced, too."""


@dataclass(frozen=True)
class Figure:
    """One run: objects per second, and CPU milliseconds of the server per object."""

    rate: float
    cpu: float


class Openwado(Server):
    """This server with an empty archive.

    Args:
        folder: for all that it keeps.
        database: where its index is; None for SQLite.
    """

    name = "openwado"
    ae_title = "OPENWADO"
    port = HTTP_PORT

    def __init__(self, folder: Path, database: PostgresqlServer | None = None) -> None:
        self._folder = folder
        self._database = database

    def start(self) -> float:
        """Start it; return seconds until it answers."""
        command = [str(Path(sys.executable).with_name("openwado")), "serve", "--data", str(self._folder)]
        if not Path(command[0]).exists():
            command[:1] = [sys.executable, "-m", "openwado"]
        environment = dict(os.environ)
        if self._database is not None:
            environment["OPENWADO_INDEX"] = self._database.address(self._database.new_database())
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--dicom-port", str(DICOM_PORT)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._wait("/health")


class Orthanc(Server):
    """Orthanc with an empty archive, as its package sets it.

    Args:
        folder: for all that it keeps.
        database: where its index is; None for SQLite.
    """

    name = "Orthanc"
    ae_title = "ORTHANC"
    port = HTTP_PORT + 1

    def __init__(self, folder: Path, database: PostgresqlServer | None = None) -> None:
        self._folder = folder
        self._database = database

    def start(self) -> float:
        """Start it; return seconds until it answers."""
        options: dict[str, object] = {
            "StorageDirectory": str(self._folder),
            "IndexDirectory": str(self._folder),
            "HttpPort": self.port,
            "DicomPort": DICOM_PORT,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomAlwaysAllowStore": True,
        }
        if self._database is not None:
            options |= {
                "PostgreSQL": self._database.orthanc(self._database.new_database()),
                "Plugins": [ORTHANC_PLUGIN],
            }
        path = self._folder / "orthanc.json"
        path.write_text(json.dumps(options))
        self.process = subprocess.Popen(
            ["Orthanc", str(path)],  # noqa: S607 -- from PATH
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self._wait("/system")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3, help="how often all is measured; the median counts")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--index", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    kinds: list[type[Openwado | Orthanc]] = [Openwado]
    is_sqlite = options.index == "sqlite"
    if shutil.which("Orthanc") and (is_sqlite or Path(ORTHANC_PLUGIN).exists()):
        kinds.append(Orthanc)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder, prefix="openwado-ingest-")))
        database = None if is_sqlite else stack.enter_context(PostgresqlServer())
        parts = make_objects(folder / "objects", options.objects, 4)
        print(f"{options.objects} CT objects, {options.rounds} rounds; a raw fsync takes {_fsync(folder):.1f} ms.")
        figures: dict[tuple[str, int], list[Figure]] = {}
        for _ in range(options.rounds):
            for associations in (1, 4):
                for kind in kinds:  # in turn, so that what else the machine does hits both
                    figure = measure(kind, folder, parts, associations, database)
                    figures.setdefault((kind.name, associations), []).append(figure)
                    print(f"  {kind.name}, {associations}: {figure.rate:.1f} objects/s, {figure.cpu:.1f} ms")
    print(table(figures))
    print(SYNCED if is_sqlite else SYNCED_POSTGRESQL)


def make_objects(folder: Path, count: int, parts: int) -> list[Path]:
    """Write CT objects of one series into as many folders, in turn; return the folders."""
    noise = np.random.default_rng(1).integers(0, 4096, (SIDE, SIDE), dtype=np.uint16)
    study_uid, series_uid = generate_uid(), generate_uid()
    folders = [folder / str(part) for part in range(parts)]
    for made in folders:
        made.mkdir(parents=True)
    for number in range(count):
        data_set = Dataset()
        data_set.SOPClassUID, data_set.SOPInstanceUID = CTImageStorage, generate_uid()
        data_set.StudyInstanceUID, data_set.SeriesInstanceUID = study_uid, series_uid
        data_set.PatientID, data_set.PatientName, data_set.Modality = "BENCHMARK", "Bench^Mark", "CT"
        data_set.StudyDate, data_set.StudyTime, data_set.AccessionNumber = "20260101", "120000", ""
        data_set.StudyID, data_set.SeriesNumber, data_set.InstanceNumber = "1", 1, number + 1
        data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
        data_set.Rows = data_set.Columns = SIDE
        data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 16, 12, 11
        data_set.PixelRepresentation = 0
        data_set.PixelData = np.roll(noise, number).tobytes()
        data_set.file_meta = FileMetaDataset()
        data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data_set.save_as(folders[number % parts] / f"{number}.dcm", enforce_file_format=True)
    return folders


def measure(
    kind: type[Openwado | Orthanc],
    folder: Path,
    parts: Sequence[Path],
    associations: int,
    database: PostgresqlServer | None = None,
) -> Figure:
    """Send all objects to a new server over so many associations; end it."""
    count = sum(1 for part in parts for _ in part.iterdir())
    kept = Path(tempfile.mkdtemp(dir=folder))
    try:
        with kind(kept, database) as server:
            _wait_for_port()
            shares = [parts] if associations == 1 else [[part] for part in parts]
            before, began = server.cpu(), time.perf_counter()
            senders = [_send(server.ae_title, share) for share in shares]
            for sender in senders:
                if sender.wait():
                    raise SystemExit(f"storescu failed with {server.name}")
            seconds = time.perf_counter() - began
            return Figure(count / seconds, (server.cpu() - before) / count * 1000)
    finally:
        shutil.rmtree(kept)


def table(figures: dict[tuple[str, int], list[Figure]]) -> str:
    """Return the table: medians, and how many times the peer's rate ours is."""
    lines = ["| associations | server | objects/s | CPU ms per object | ratio |", "|---|---|---|---|---|"]
    for (name, associations), runs in figures.items():
        rate = statistics.median(run.rate for run in runs)
        cpu = statistics.median(run.cpu for run in runs)
        peers = figures.get(("Orthanc", associations))
        ratio = rate / statistics.median(run.rate for run in peers) if peers else 0.0
        lines.append(f"| {associations} | {name} | {rate:.1f} | {cpu:.1f} | {f'{ratio:.1f}x' if ratio else ''} |")
    return "\n".join(lines)


def _send(ae_title: str, folders: Sequence[Path]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [SENDER, "-q", "-aec", ae_title, "+sd", "127.0.0.1", str(DICOM_PORT), *map(str, folders)],
    )


def _wait_for_port() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", DICOM_PORT), timeout=1):
            break
        time.sleep(0.05)
    time.sleep(2)  # what starts in the background is done by then


def _fsync(folder: Path) -> float:
    """Return the milliseconds of a file of an object's size to stable storage: a measure of the disk (median)."""
    seconds = []
    path = folder / "probe"
    for _ in range(25):
        with path.open("wb") as file:
            file.write(os.urandom(SIDE * SIDE * 2))
            began = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
