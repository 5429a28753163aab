"""Objects stored over HTTP, beside Orthanc: prints one table.

    python benchmarks/stow.py [--objects 400] [--rounds 1] [--index postgresql]

Makes CT images of 512 by 512 by 16 bits, starts both servers in temporary folders, and sends each of them all images by
its STOW-RS, from one client and from four, one image and ten a request; Orthanc also by its own POST /instances, which
takes one. Every answer is checked. The median of the rounds counts; in each of them the servers come in turn, so that
what else the machine does hits all. CPU time is that of the server's own processes. With `--index postgresql` each
server has its index in a database of its own of one PostgreSQL.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from peer.postgresql import ORTHANC_PLUGIN, PostgresqlServer
from peer.servers import cpu_of_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Where Debian puts Orthanc's DICOMweb plugin; another place in the environment.
PLUGIN = os.environ.get("ORTHANC_DICOMWEB", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
BOUNDARY = b"3d6b7d5c-0b6e-4f0a-9f43"
MULTIPART = f'multipart/related; type="application/dicom"; boundary={BOUNDARY.decode()}'


def images(count: int) -> list[bytes]:
    """Return made-up CT images."""
    source = np.random.default_rng(1)
    pixels = source.integers(0, 4096, (512, 512), dtype=np.uint16)
    made = []
    for number in range(count):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, UID(f"1.2.3.4.{number + 1}")
        dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"1.2.3.4.{number + 1}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", f"1.2.3.1.{number // 50 + 1}"
        dataset.Modality, dataset.PatientName, dataset.PatientID = "CT", "Example^Person", "1"
        dataset.InstanceNumber = number + 1
        dataset.Rows = dataset.Columns = 512
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
        dataset.PixelData = np.roll(pixels, number).tobytes()
        written = BytesIO()
        dataset.save_as(written, enforce_file_format=True)
        made.append(written.getvalue())
    return made


def body_of(objects: Sequence[bytes]) -> bytes:
    """Return a multipart body."""
    head = b"--" + BOUNDARY + b"\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(head + one + b"\r\n" for one in objects) + b"--" + BOUNDARY + b"--\r\n"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def openwado(database: PostgresqlServer | None) -> Iterator[tuple[int, int]]:
    """Run this server with nothing in it; give its port and its process."""
    environment = dict(os.environ)
    if database is not None:
        environment["OPENWADO_INDEX"] = database.address(database.new_database())
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "openwado", "serve", "--stow", "--data", folder]
        with running(command, "/health", environment=environment) as started:
            yield started


@contextmanager
def orthanc(database: PostgresqlServer | None) -> Iterator[tuple[int, int]]:
    """Run Orthanc with nothing in it; give its port and its process."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        plugins = [PLUGIN] if Path(PLUGIN).exists() else []
        settings: dict[str, object] = {
            "StorageDirectory": folder,
            "IndexDirectory": folder,
            "HttpPort": port,
            "AuthenticationEnabled": False,
            "RemoteAccessAllowed": False,
            "DicomServerEnabled": False,
            "KeepAlive": True,
            "Plugins": plugins,
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        if database is not None:
            plugins.append(ORTHANC_PLUGIN)
            settings["PostgreSQL"] = database.orthanc(database.new_database())
        path = Path(folder, "orthanc.json")
        path.write_text(json.dumps(settings))
        with running(["Orthanc", str(path)], "/system", port) as started:
            yield started


@contextmanager
def running(
    command: list[str], path: str, port: int = 0, environment: dict[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    """Run a server until the block ends; give its port and process once it answers 200 at a path."""
    if not port:
        port = free_port()
        command = [*command, "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment or os.environ
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{command[0]} does not answer")
        time.sleep(2)  # what starts in the background is done by then
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def send(port: int, path: str, content_type: str, bodies: Sequence[bytes]) -> None:
    """Send bodies over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    for body in bodies:
        connection.request("POST", path, body, {"Content-Type": content_type, "Accept": "*/*"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {text[:200]!r}")
    connection.close()


def measure(port: int, path: str, content_type: str, bodies: list[bytes], clients: int) -> float:
    """Send bodies from several clients; return seconds."""
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda first: send(port, path, content_type, bodies[first::clients]), range(clients)))
    return time.perf_counter() - began


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--index", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    objects = images(options.objects)
    ways = [("openwado STOW-RS", openwado, "/studies", True)]
    if shutil.which("Orthanc"):
        if Path(PLUGIN).exists():
            ways.append(("Orthanc STOW-RS", orthanc, "/dicom-web/studies", True))
        ways.append(("Orthanc POST /instances", orthanc, "/instances", False))
    print(f"{options.objects} CT images of 512 by 512 by 16 bits, index in {options.index}; objects a second\n")
    print("| clients | objects a request | server | objects/s | CPU ms per object | ours to theirs |")
    print("|---|---|---|---|---|---|")
    with ExitStack() as stack:
        database = stack.enter_context(PostgresqlServer()) if options.index == "postgresql" else None
        for clients in (1, 4):
            for size in (1, 10):
                figures: dict[str, list[tuple[float, float]]] = {}
                for _ in range(options.rounds):
                    for name, start, path, is_multipart in ways:
                        if not is_multipart and size > 1:
                            continue
                        batches = [objects[at : at + size] for at in range(0, len(objects), size)]
                        bodies = [body_of(batch) if is_multipart else batch[0] for batch in batches]
                        kind = MULTIPART if is_multipart else "application/dicom"
                        with start(database) as (port, process):
                            before = cpu_of_tree(process)
                            seconds = measure(port, path, kind, bodies, clients)
                            cpu = (cpu_of_tree(process) - before) / len(objects) * 1000
                        figures.setdefault(name, []).append((len(objects) / seconds, cpu))
                ours = statistics.median(rate for rate, _ in figures[ways[0][0]])
                for name, runs in figures.items():
                    rate, cpu = (statistics.median(values) for values in zip(*runs, strict=True))
                    ratio = "" if name == ways[0][0] else f"{ours / rate:.2f}"
                    print(f"| {clients} | {size} | {name} | {rate:.0f} | {cpu:.1f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
