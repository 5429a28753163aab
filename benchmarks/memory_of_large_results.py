"""Memory of the processes of a server over large results, and how long these take: a table.

    python benchmarks/memory_of_large_results.py [--source OTHER/src] [--no-cache] [--folder FOLDER]

Makes a cine of 2,000 frames and a report of some 190,000 elements, starts a server with one HTTP process and one render
process, and asks for each large result: whole, then again, then in ranges as a player does. Memory is what is resident
(/proc/PID/status): before each request, and the highest while it is answered. `--source` measures other code.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from document.made_reports import item, number, report, written  # noqa: E402 -- found by then

if TYPE_CHECKING:
    from collections.abc import Iterator

STUDY, CINE_SERIES, CINE = "1.2.3.1", "1.2.3.3", "1.2.3.5"
FRAMES, SIDE = 2000, 224
EVENTS, ITEMS = 1220, 14
RANGE = 16 << 20
MIB = 1 << 20


class Answer(NamedTuple):
    """What an answer took: bytes, and seconds to the first and the last of them."""

    size: int
    first: float
    last: float


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="folder with the package that is measured; default: this one")
    parser.add_argument("--no-cache", action="store_true", help="keep nothing")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "openwado-large")
    options = parser.parse_args()
    objects = _objects(options.folder)
    with tempfile.TemporaryDirectory(dir=options.folder) as data:
        command = [sys.executable, "-m", "openwado", "serve", str(objects), "--port", "0", "--workers", "1"]
        command += ["--data", data] + ["--no-cache"] * options.no_cache
        environment = os.environ | {"OPENWADO_RENDER_PROCESSES": "1", "OPENWADO_RENDER_DEADLINE": "300"}
        if options.source is not None:
            environment["PYTHONPATH"] = str(options.source.resolve())
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            _measure(_address(process), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _measure(url: str, command: int) -> None:
    cine = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": CINE_SERIES, "objectUID": CINE}
    text = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": "1.2.3.2", "objectUID": "1.2.3.4"}
    small = cine | {"contentType": "image/png", "frameNumber": "1", "annotation": "patient"}
    _ask(url, small)  # both processes have worked once
    print("| result | request | MiB | s to first byte | s to last byte | HTTP process, MiB | render process, MiB |")
    print("|---|---|---|---|---|---|---|")
    for name, query in (
        (f"GIF, {FRAMES} frames", cine | {"contentType": "image/gif"}),
        (f"MP4, {FRAMES} frames", cine | {"contentType": "video/mp4"}),
        ("SR as HTML", text | {"contentType": "text/html"}),
    ):
        size = 0
        for request in ("whole", "again", f"in ranges of {RANGE >> 20} MiB"):
            pids = [_process("openwado-http", command), _process("openwado-render", command)]
            before = [_resident(pid, "VmRSS") for pid in pids]
            for pid in pids:
                Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
            if request in ("whole", "again"):
                answers = [_ask(url, query)]
                size = answers[0].size
            else:
                answers = [_ask(url, query, f"bytes={start}-{start + RANGE - 1}") for start in range(0, size, RANGE)]
            peaks = [_resident(pid, "VmHWM") for pid in pids]
            http_process, render_process = (f"{was} → {peak}" for was, peak in zip(before, peaks, strict=True))
            print(
                f"| {name} | {request} | {sum(answer.size for answer in answers) / MIB:.1f} "
                f"| {answers[0].first:.2f} | {sum(answer.last for answer in answers):.2f} "
                f"| {http_process} | {render_process} |",
                flush=True,
            )


def _ask(url: str, query: dict[str, str], part: str = "") -> Answer:
    """Ask, and throw away what comes."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    began = time.perf_counter()
    connection.request("GET", f"/wado?{urlencode(query)}", headers={"Range": part} if part else {})
    answer = connection.getresponse()
    if answer.status not in (200, 206):
        sys.exit(f"{answer.status}: {answer.read(2000)!r}")
    size, first = len(answer.read(1)), time.perf_counter() - began
    while piece := answer.read(MIB):
        size += len(piece)
    connection.close()
    return Answer(size, first, time.perf_counter() - began)


def _objects(folder: Path) -> Path:
    """Return the folder with the objects, made if they are not there."""
    objects = folder / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    cine, text = objects / "cine.dcm", objects / "report.dcm"
    if not cine.exists():
        _cine().save_as(cine, enforce_file_format=True)
    if not text.exists():
        text.write_bytes(written(report(*_events(), title="Radiation Dose Report")))
    return objects


def _cine() -> Dataset:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = UltrasoundMultiFrameImageStorage, CINE
    made.StudyInstanceUID, made.SeriesInstanceUID = STUDY, CINE_SERIES
    made.Modality, made.PatientName, made.PatientID, made.CineRate = "US", "Doe^Jane", "P-1", 50
    made.Rows, made.Columns, made.NumberOfFrames, made.SamplesPerPixel = SIDE, SIDE, FRAMES, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    noise = np.random.default_rng(0).integers(0, 256, (FRAMES, SIDE, SIDE), np.uint8)
    made.PixelData = noise.tobytes()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def _events() -> Iterator[Dataset]:
    for event in range(EVENTS):
        values = (number(f"Value {place}", f"{event}.{place}", "mGy") for place in range(ITEMS))
        yield item("CONTAINER", "Irradiation Event X-Ray Data", ContentSequence=list(values))


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        found = re.search(r"http://[\w.:]+", line)
        if found:
            return found[0]
    sys.exit("the server did not start")


def _process(name: str, command: int) -> int:
    """Return the process of a name below the command."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                start, _, rest = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")
            except OSError:
                continue
            names[int(folder.name)] = start.partition("(")[2]
            parents[int(folder.name)] = int(rest.split()[1])
    for pid, found in names.items():
        above = pid
        while above in parents and above != command:
            above = parents[above]
        if found == name and above == command:
            return pid
    sys.exit(f"there is no process {name}")


def _resident(pid: int, field: str) -> int:
    """Return a field of a process's memory, MiB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return round(int(re.search(rf"{field}:\s+(\d+)", text)[1]) / 1024)  # type: ignore[index] # the kernel writes it


if __name__ == "__main__":
    main()
