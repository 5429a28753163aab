"""The same requests to a server whose objects are in a folder, and to one whose objects are in a bucket.

    python benchmarks/stores.py

Needs Ceph (as the tests do): its gateway is the S3 server, on this machine, so the wire costs nothing and the gateway's
own time counts as waiting. CPU is that of all processes of openwado's server. Nothing is kept between requests.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MultiFrameGrayscaleWordSecondaryCaptureImageStorage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from ceph import Gateway, make_bucket, running_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

STUDY, SERIES = "1.2.3.1", "1.2.3.2"
SIDE, FRAMES = 512, 1000
ROUNDS = 60

_TICKS = os.sysconf("SC_CLK_TCK")


def write_object(path: Path, uid: str, frames: int) -> None:
    """Write an object of native 16-bit frames, half a mebibyte each."""
    made = Dataset()
    made.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage if frames > 1 else CTImageStorage
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = STUDY, SERIES, uid
    made.Modality, made.PatientName, made.PatientID = "OT", "Doe^Jane", "P-1"
    made.Rows = made.Columns = SIDE
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.WindowCenter, made.WindowWidth = 1000, 2000
    if frames > 1:
        made.NumberOfFrames = frames
    steps = np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.uint16)
    made.PixelData = b"".join((steps + number).tobytes() for number in range(frames))
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.save_as(path, enforce_file_format=True)


@contextmanager
def served(files: Path, data: Path, store: str, environment: dict[str, str]) -> Iterator[tuple[httpx.Client, int]]:
    """Import files into a store and serve them; give a client and the process id of the command."""
    everything = {**os.environ, **environment, "OPENWADO_STORE": store, "OPENWADO_DATA": str(data)}
    openwado = [sys.executable, "-m", "openwado"]
    subprocess.run([*openwado, "import", str(files)], env=everything, check=True, stdout=subprocess.DEVNULL)
    command = [*openwado, "serve", "--port", "0", "--no-cache", "--workers", "1"]
    with subprocess.Popen(command, env=everything, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output = process.stdout
        printed = ""
        while output is not None and "Ctrl-C" not in printed:
            printed += output.readline().decode()
        found = re.search(r"http://[\w.:]+", printed)
        if found is None:
            raise SystemExit(f"the server did not start: {printed}")
        with httpx.Client(base_url=found[0], timeout=60) as client:
            yield client, process.pid
        process.terminate()


def cpu_ms(pid: int) -> float:
    """Return the CPU time so far of a process and all below it that still run, milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) * 1000 / _TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own + sum(cpu_ms(int(child)) for child in children)


def measured(client: httpx.Client, pid: int, requests: list[dict[str, str]]) -> tuple[float, float]:
    """Return the median wall time of requests, and their mean CPU time, milliseconds."""
    for request in requests[:3]:
        client.get("/wado", params=request).raise_for_status()
    walls = []
    before = cpu_ms(pid)
    for request in requests:
        began = time.perf_counter()
        client.get("/wado", params=request).raise_for_status()
        walls.append((time.perf_counter() - began) * 1000)
    return statistics.median(walls), (cpu_ms(pid) - before) / len(requests)


def all_requests() -> dict[str, list[dict[str, str]]]:
    """Return what is asked, by what it is called."""
    base = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": SERIES}
    single, large = {**base, "objectUID": "1.2.3.10"}, {**base, "objectUID": "1.2.3.11"}
    stored = {"contentType": "application/dicom", "transferSyntax": "*"}
    return {
        "CT native -> JPEG": [{**single, "contentType": "image/jpeg"}] * ROUNDS,
        "one frame of 500 MiB -> JPEG": [
            {**large, "contentType": "image/jpeg", "frameNumber": str(1 + 37 * number % FRAMES)}
            for number in range(ROUNDS)
        ],
        "application/dicom, 512 KiB": [{**single, **stored}] * ROUNDS,
        "application/dicom, 500 MiB": [{**large, **stored}] * 3,
    }


def main() -> None:
    """Print a table."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="st-", dir="/tmp")))
        files = root / "files"
        files.mkdir()
        write_object(files / "single.dcm", "1.2.3.10", 1)
        write_object(files / "large.dcm", "1.2.3.11", FRAMES)
        (root / "ceph").mkdir()
        gateway: Gateway = stack.enter_context(contextmanager(running_gateway)(root / "ceph"))
        make_bucket(gateway, "bench")
        found: dict[str, dict[str, tuple[float, float]]] = {}
        for name, store in (("folder", str(root / "store")), ("bucket", gateway.url("bench"))):
            data = root / f"data-{name}"
            with served(files, data, store, gateway.environment) as (client, pid):
                found[name] = {what: measured(client, pid, asked) for what, asked in all_requests().items()}
    print("| request | folder: wall ms | CPU ms | bucket: wall ms | CPU ms |\n|---|---|---|---|---|")
    for what in all_requests():
        cells = [f"{value:.2f}" for name in ("folder", "bucket") for value in found[name][what]]
        print(f"| {what} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
