"""A server whose objects are in a bucket, on a real S3 server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MultiFrameGrayscaleByteSecondaryCaptureImageStorage

from ceph import make_bucket
from openwado.bucket import Bucket
from openwado.bucket_url import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceph import Gateway
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("ceph")

BUCKET = "served"
MIB = 1 << 20
LARGE = ("1.2.3.1", "1.2.3.2", "1.2.3.3")
FRAMES, SIDE = 300, 1024


@pytest.fixture(scope="module")
def store(gateway: Gateway) -> str:
    """Return the URL of a store."""
    make_bucket(gateway, BUCKET)
    return gateway.url(BUCKET, "kept")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an object of 300 MiB whose frames differ."""
    made = Dataset()
    made.SOPClassUID = MultiFrameGrayscaleByteSecondaryCaptureImageStorage
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = LARGE
    made.Modality, made.PatientName, made.PatientID = "OT", "Doe^Jane", "P-1"
    made.Rows, made.Columns, made.NumberOfFrames = SIDE, SIDE, FRAMES
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    frame = np.random.default_rng(1).integers(0, 200, (SIDE, SIDE), np.uint8)
    made.PixelData = b"".join((frame + number % 50).tobytes() for number in range(FRAMES))
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = tmp_path_factory.mktemp("large") / "large.dcm"
    made.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture(scope="module")
def remote(  # noqa: PLR0917 -- as above: fixtures
    gateway: Gateway,
    store: str,
    samples: Path,
    large: Path,
    start_server: Callable[..., RunningServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> RunningServer:
    """Start a server that keeps its objects in a bucket, after the samples and the large object have been imported."""
    data = tmp_path_factory.mktemp("remote-data")
    environment = {**gateway.environment, "OPENWADO_STORE": store, "OPENWADO_DATA": str(data)}
    command = [sys.executable, "-m", "openwado", "import", str(samples), str(large)]
    subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
    return start_server("--data", str(data), **environment)


@pytest.fixture(scope="module")
def local(samples: Path, start_server: Callable[..., RunningServer]) -> RunningServer:
    """Start a server of the same samples as files."""
    return start_server(samples)


def uids_of(path: Path) -> tuple[str, str, str]:
    """Return study, series and object UID of a file."""
    found = pydicom.dcmread(path, stop_before_pixels=True)
    return found.StudyInstanceUID, found.SeriesInstanceUID, found.SOPInstanceUID


def test_all_samples_are_answered_as_from_files(remote: RunningServer, local: RunningServer, samples: Path) -> None:
    """Where objects are changes no byte of an answer: their pictures, documents, ranges and conversions."""
    paths = sorted(path for path in samples.rglob("*") if path.is_file())
    assert len(paths) > 20
    explicit = {"contentType": "application/dicom"}
    for path in paths:
        uids = uids_of(path)
        for parameters in (
            {},
            {"contentType": "image/jpeg", "rows": "100"},
            explicit,
            explicit | {"transferSyntax": "*"},
        ):
            there, here = remote.wado(uids, **parameters), local.wado(uids, **parameters)
            assert (there.status_code, there.headers.get("content-type")) == (
                here.status_code,
                here.headers.get("content-type"),
            ), (path, parameters, there.text[:200])
            assert there.content == here.content, (path, parameters)


def test_ranges_of_stored_objects(remote: RunningServer, large: Path) -> None:
    """Any range of a stored object is what the file has there (RFC 9110 14.2)."""
    data = large.read_bytes()
    params = {"requestType": "WADO", "studyUID": LARGE[0], "seriesUID": LARGE[1], "objectUID": LARGE[2]}
    params |= {"contentType": "application/dicom", "transferSyntax": "*"}
    for first, last in ((0, 0), (5, 3 * MIB + 7), (len(data) - 10, len(data) + 5), (150 * MIB, 152 * MIB)):
        answer = remote.client.get("/wado", params=params, headers={"range": f"bytes={first}-{last}"})
        assert answer.status_code == 206
        assert answer.content == data[first : last + 1]
    frame = remote.wado(LARGE, contentType="image/png", frameNumber="222")
    assert frame.status_code == 200


def test_memory_stays_flat_while_a_large_object_is_sent(remote: RunningServer, large: Path) -> None:
    """300 MiB pass through in pieces: no process holds more than a few of them."""
    remote.wado(LARGE, contentType="image/png", frameNumber="1", rows="10")
    pids = descendants(remote.process.pid)
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # VmHWM counts from here
    before = [resident(pid, "VmRSS") for pid in pids]
    received = 0
    params = {"requestType": "WADO", "studyUID": LARGE[0], "seriesUID": LARGE[1], "objectUID": LARGE[2]}
    params |= {"contentType": "application/dicom", "transferSyntax": "*"}
    with remote.client.stream("GET", "/wado", params=params) as answer:
        for piece in answer.iter_bytes():
            received += len(piece)
    assert received == large.stat().st_size
    grown = [resident(pid, "VmHWM") - was for pid, was in zip(pids, before, strict=True)]
    assert max(grown) < 48 * MIB, grown


@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_a_store_that_is_away(gateway: Gateway, remote: RunningServer, samples: Path, way: str) -> None:
    """503 and Retry-After within the deadline, other answers meanwhile, and all is right again afterwards."""
    path = min(samples.rglob("*.dcm"))
    uids = uids_of(path)
    # Something that no cache has: pictures of a size of their own for each way, and the object itself.
    pictures = {"contentType": "image/jpeg", "columns": "77" if way == "killed" else "78"}
    stored = {"contentType": "application/dicom", "transferSyntax": "*"}
    if way == "killed":
        gateway.stop()
    else:
        gateway.freeze()
    try:
        with ThreadPoolExecutor(2) as threads:
            waiting = [threads.submit(remote.wado, uids, **parameters) for parameters in (pictures, stored)]
            while not all(one.done() for one in waiting):
                assert remote.client.get("/health", timeout=5).status_code == 200  # no loop waits for the store
                time.sleep(0.2)
        for one in waiting:
            assert one.result().status_code == 503
            assert int(one.result().headers["retry-after"]) >= 1
            assert one.result().elapsed.total_seconds() < 30
            assert gateway.endpoint not in one.result().text
    finally:
        if way == "killed":
            gateway.start()
        else:
            gateway.thaw()
    assert remote.wado(uids, **pictures).status_code == 200
    assert remote.wado(uids, **stored).status_code == 200


def test_another_server_does_not_render_again(
    gateway: Gateway, store: str, samples: Path, start_server: Callable[..., RunningServer]
) -> None:
    """What one server has rendered another one takes from the bucket that they share; a damaged one is made again."""
    del store
    shared = gateway.url(BUCKET, "shared")
    environment = {**gateway.environment, "OPENWADO_CACHE_SHARED": shared, "OPENWADO_PREFETCH": "0"}
    path = next(path for path in sorted(samples.rglob("*.dcm")) if "PixelData" in pydicom.dcmread(path))
    asked = {"contentType": "image/jp2", "rows": "60"}
    first = start_server(samples, **environment).wado(uids_of(path), **asked)
    assert first.status_code == 200
    assert "cache;desc=hit" not in first.headers["server-timing"]
    os.environ.update(gateway.environment)
    bucket = Bucket(place_of(shared))
    deadline = time.monotonic() + 20
    while not (names := [name for name, _ in bucket.names("cache/")]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    second = start_server(samples, **environment).wado(uids_of(path), **asked)
    assert "cache;desc=hit" in second.headers["server-timing"]
    assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])
    for name in names:
        data, _ = bucket.get(name, 0, 1 << 20)
        bucket.put(name, data[:-1])
    third = start_server(samples, **environment).wado(uids_of(path), **asked)
    assert "cache;desc=hit" not in third.headers["server-timing"]
    assert third.content == first.content


def test_a_shared_cache_that_is_away_costs_no_answer(samples: Path, start_server: Callable[..., RunningServer]) -> None:
    """Failures of the shared cache only mean that there is none."""
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    nowhere = "s3://none?endpoint=http://127.0.0.1:9&allow_http=true&region=x"
    server = start_server(samples, OPENWADO_CACHE_SHARED=nowhere, **keys)
    for path in [path for path in sorted(samples.rglob("*.dcm")) if "PixelData" in pydicom.dcmread(path)][:3]:
        assert server.wado(uids_of(path), contentType="image/jp2", rows="61").status_code == 200
    assert server.log.read_text(encoding="utf-8").count("shared renditions left alone") >= 1


def descendants(pid: int) -> list[int]:
    """Return all processes below one."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return [*children, *(below for child in children for below in descendants(child))]


def resident(pid: int, which: str) -> int:
    """Return how much memory a process has, bytes: now, or at the most."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) << 10
    return 0
