"""What TLS and HTTP/2 cost: CPU of the server a request, and how long a page of pictures takes.

    python benchmarks/transport.py

One HTTP process, pictures that are kept, curl as the client: pictures one after the other over one connection; pages of
fifty thumbnails over six connections (as browsers do it with HTTP/1.1) or one (HTTP/2); an object of 32 MiB; and new
connections. CPU is that of the server's processes, so that it tells something on a busy machine, too.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from peer.servers import cpu_of_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_BY_ONE, THUMBNAILS, PAGES, NEW = 150, 50, 12, 40
SIDE = 4096  # 32 MiB of pixels


@dataclass(frozen=True)
class Way:
    """How a server is spoken to.

    Attributes:
        name: for the table.
        tls: whether over TLS.
        options: of curl.
        at_once: requests under way at the same time, for pages.
    """

    name: str
    tls: bool
    options: tuple[str, ...]
    at_once: int


WAYS = (
    Way("HTTP/1.1 plain", tls=False, options=("--http1.1",), at_once=6),
    Way("HTTP/1.1 TLS", tls=True, options=("--http1.1",), at_once=6),
    Way("HTTP/2 TLS", tls=True, options=("--http2",), at_once=50),
)


def write_object(path: Path) -> None:
    """Write a CT image of 32 MiB."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, "1.2.3.4"
    image.StudyInstanceUID, image.SeriesInstanceUID, image.Modality = "1.2.3", "1.2.3.1", "CT"
    image.Rows = image.Columns = SIDE
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.WindowCenter, image.WindowWidth = 2048, 4096
    image.PixelData = bytes(range(256)) * (SIDE * SIDE // 128)
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.save_as(path, enforce_file_format=True)


@contextmanager
def server(folder: Path, certificate: str) -> Iterator[tuple[str, int]]:
    """Start the command; give its address and its process."""
    command = [sys.executable, "-m", "openwado", "serve", str(folder / "objects"), "--workers", "1", "--port", "0"]
    environment = {"OPENWADO_LOG_LEVEL": "warning", "OPENWADO_TLS_CERTIFICATE": certificate}
    process = subprocess.Popen(
        [*command, "--data", str(folder / ("tls" if certificate else "plain"))],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    printed = ""
    for line in process.stdout or ():
        printed += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"page\s+(https?://\S+)/", printed)
    if found is None:
        raise SystemExit(printed)
    try:
        yield found[1].replace("127.0.0.1", "localhost"), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def curl(way: Way, folder: Path, urls: list[str], *, at_once: int = 1) -> float:
    """Ask for all URLs in one run of curl; return how long it took, seconds."""
    parallel = ("-Z", "--parallel-max", str(at_once)) if at_once > 1 else ()
    asked = [part for url in urls for part in ("-o", "/dev/null", url)]
    began = time.perf_counter()
    options = ["--no-progress-meter", "--fail", "--cacert", str(folder / "ca.pem"), *way.options, *parallel]
    subprocess.run(["curl", *options, *asked], check=True)  # noqa: S607 -- from PATH
    return time.perf_counter() - began


def measure(way: Way, folder: Path, address: str, process: int) -> str:
    """Return a row of the table."""
    picture = f"{address}/wado?requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.1&objectUID=1.2.3.4"
    page = [f"{picture}&rows=96&columns={40 + number}" for number in range(THUMBNAILS)]
    curl(way, folder, page, at_once=way.at_once)

    def cost(count: int, urls: list[str], at_once: int = 1) -> tuple[float, float]:
        """Return CPU and wall time of the best of some runs, ms: the others were disturbed more."""
        costs, walls = [], []
        for _ in range(count):
            before = cpu_of_tree(process)
            walls.append(curl(way, folder, urls, at_once=at_once) * 1000)
            costs.append((cpu_of_tree(process) - before) * 1000)
        return min(costs), min(walls)

    one_by_one = cost(4, page[:1] * ONE_BY_ONE)[0] / ONE_BY_ONE
    pages, wall = cost(PAGES, page, way.at_once)
    new = cost(NEW, page[:1])[0] - one_by_one
    large = cost(6, [f"{picture}&contentType=application%2Fdicom"])[0]
    return f"| {way.name} | {one_by_one:.2f} | {pages:.1f} | {wall:.0f} | {new:.2f} | {large:.0f} |"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "objects").mkdir()
        write_object(folder / "objects" / "image.dcm")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        issued = authority.issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        print("| | picture, CPU ms | page of 50, CPU ms | page, wall ms | new connection, CPU ms | 32 MiB, CPU ms |")
        print("|---|---|---|---|---|---|")
        for way in WAYS:
            with server(folder, str(folder / "server.pem") if way.tls else "") as (address, process):
                print(measure(way, folder, address, process), flush=True)


if __name__ == "__main__":
    main()
