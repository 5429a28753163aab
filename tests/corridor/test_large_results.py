"""Results that are larger than is kept in memory, by whole requests: the same bytes, in flat memory, made once."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from document.made_reports import item, number, report, written
from open_files import open_below
from openwado.dicom.reader import parse
from openwado.dicom.source import BytesSource
from openwado.document.structured_report import read_report
from openwado.document.to_html import html_of
from openwado.document.to_rtf import rtf_of
from openwado.document.to_text import text_of
from openwado.document.to_xml import xml_of
from openwado.render.animation import animate
from openwado.render.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor-large-results")

STUDY, SERIES, CINE, LONG_CINE = "1.2.3.1", "1.2.3.3", "1.2.3.5.1", "1.2.3.5.2"
ROWS, COLUMNS, FRAMES, MANY_FRAMES = 96, 120, 250, 4000
MIB = 1 << 20


def noise(count: int) -> NDArray[np.uint8]:
    """Return frames that no encoder makes smaller."""
    return np.random.default_rng(count).integers(0, 256, (count, ROWS, COLUMNS), np.uint8)


def write_cine(path: Path, uid: str, count: int) -> None:
    """Write a multi-frame object."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = UltrasoundMultiFrameImageStorage, uid
    made.StudyInstanceUID, made.SeriesInstanceUID = STUDY, SERIES
    made.Modality, made.PatientName, made.PatientID, made.CineRate = "US", "Doe^Jane", "P-1", 25
    made.Rows, made.Columns, made.NumberOfFrames, made.SamplesPerPixel = ROWS, COLUMNS, count, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = noise(count).tobytes()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.save_as(path, enforce_file_format=True)


def long_report() -> bytes:
    """Return a report whose documents are larger than a MiB."""
    values = (
        item("TEXT", f"Finding {place}", TextValue=f"wenig zu sehen \u00e4 {place} " * 30) for place in range(2500)
    )
    return written(report(*values, number("Length", "3.5", "mm")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two cines and a report."""
    folder = tmp_path_factory.mktemp("objects")
    write_cine(folder / "cine.dcm", CINE, FRAMES)
    write_cine(folder / "long.dcm", LONG_CINE, MANY_FRAMES)
    (folder / "report.dcm").write_bytes(long_report())
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of the server."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], folder: Path, data: Path) -> RunningServer:
    """Return a server with one HTTP process, and one render process."""
    return start_server(folder, "--workers", "1", "--data", data, OPENWADO_RENDER_PROCESSES="1")


def ask(server: RunningServer, uid: str = CINE, media_type: str = "image/gif", **parameters: str) -> httpx.Response:
    """Ask for a cine."""
    return server.wado((STUDY, SERIES, uid), contentType=media_type, **parameters)


def processes(server: RunningServer, name: str) -> list[int]:
    """Return the processes of a name that a server has."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                start, _, rest = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")
                names[int(entry.name)], parents[int(entry.name)] = start.partition("(")[2], int(rest.split()[1])
    found = {server.process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [pid for pid in found if names.get(pid) == name]


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail if it does not in time."""
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it did not come to pass")


def is_hit(answer: httpx.Response) -> bool:
    """Say whether an answer says that its rendition was there."""
    return "cache;desc=hit" in answer.headers["server-timing"]


def test_an_animation_is_what_the_encoder_writes(server: RunningServer, data: Path) -> None:
    """RR-28: a GIF that went through a file is, byte for byte, the pieces that the encoder gave."""
    wanted = b"".join(animate(((Raster(frame), 40.0) for frame in noise(FRAMES)), "image/gif", FRAMES))
    answer = ask(server)
    assert len(wanted) > MIB
    assert answer.content == wanted
    assert answer.headers["content-length"] == str(len(wanted))
    until(lambda: list((data / "renditions").iterdir()))
    (file,) = (data / "renditions").iterdir()
    assert file.read_bytes().startswith(wanted)


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "text/xml", "text/rtf"])
def test_a_document_is_what_its_writer_writes(server: RunningServer, media_type: str) -> None:
    """REQ-TXT-1: a document that went through a file is, byte for byte, the pieces that the writer gave."""
    document = read_report(parse(BytesSource(long_report())).attributes, {})
    pieces: Iterator[str] = {
        "text/html": lambda: html_of(document, "en", "UTF-8"),
        "text/plain": lambda: text_of(document, "en"),
        "text/xml": lambda: xml_of(document, "UTF-8"),
        "text/rtf": lambda: rtf_of(document, "en"),
    }[media_type]()
    answer = server.wado((STUDY, "1.2.3.2", "1.2.3.4"), contentType=media_type, charset="UTF-8")
    assert answer.headers["content-type"].startswith(media_type)
    assert len(answer.content) > MIB
    assert answer.content == "".join(pieces).encode()


def test_ranges_of_what_is_kept(server: RunningServer) -> None:
    """RFC 9110 14: a player gets 206, 416, 304 and whole answers from the one file, which is made once."""
    whole = ask(server, media_type="video/mp4", imageQuality="95")
    assert len(whole.content) > MIB
    url, size = str(whole.request.url), len(whole.content)
    pieces = []
    for start in range(0, size, MIB // 2):
        part = server.client.get(url, headers={"range": f"bytes={start}-{start + MIB // 2 - 1}"})
        assert (part.status_code, part.headers["etag"], is_hit(part)) == (206, whole.headers["etag"], True)
        pieces.append(part.content)
    assert b"".join(pieces) == whole.content
    same = {"if-range": whole.headers["etag"], "range": "bytes=-5"}
    assert server.client.get(url, headers=same).content == whole.content[-5:]
    other = server.client.get(url, headers=same | {"if-range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)
    outside = server.client.get(url, headers={"range": f"bytes={size}-"})
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{size}")
    assert server.client.get(url, headers={"if-none-match": whole.headers["etag"]}).status_code == 304
    head = server.client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(size))


def test_memory_stays_flat(server: RunningServer) -> None:
    """Neither process holds a result of 50 MiB; what it may take is a small part of it."""
    ask(server, rows="60")
    pids = processes(server, "openwado-http") + processes(server, "openwado-render")
    assert len(pids) == 2
    before = [resident(pid, "VmRSS") for pid in pids]
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    size = 0
    with server.client.stream("GET", "/wado", params=ask_parameters(LONG_CINE)) as answer:
        for piece in answer.iter_raw(MIB):
            size += len(piece)
    after = [resident(pid, "VmHWM") for pid in pids]
    assert size > 50 * MIB
    grown = [peak - was for peak, was in zip(after, before, strict=True)]
    assert max(grown) < 20 * MIB, grown


def ask_parameters(uid: str) -> dict[str, str]:
    """Return the parameters of a request for an animation."""
    return {
        "requestType": "WADO",
        "studyUID": STUDY,
        "seriesUID": SERIES,
        "objectUID": uid,
        "contentType": "image/gif",
    }


def resident(pid: int, field: str) -> int:
    """Return a field of a process's memory, bytes."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024


def test_a_crash_in_the_middle_leaves_nothing(server: RunningServer, data: Path) -> None:
    """A render process that is killed over half a result gives 500; the file is gone, and the next request has it."""
    (http_process,) = processes(server, "openwado-http")
    until(lambda: not open_below(data / "renditions", http_process))
    kept = sorted((data / "renditions").iterdir())
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(ask, server, LONG_CINE, rows="90")
        (pid,) = processes(server, "openwado-render")
        until(lambda: half_made(pid, data / "renditions") > MIB)
        os.kill(pid, signal.SIGKILL)
        answer = asked.result()
    assert (answer.status_code, "crashed" in answer.text) == (500, True)
    until(lambda: not open_below(data / "renditions", http_process))
    assert sorted((data / "renditions").iterdir()) == kept
    assert ask(server, rows="90").status_code == 200


def half_made(pid: int, folder: Path) -> int:
    """Return the bytes of the file without a name that a process writes in a folder."""
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if str(entry.readlink()).startswith(f"{folder}/"):
                return entry.stat().st_size
    return 0


def test_a_file_beyond_the_bound_is_501(server: RunningServer, data: Path) -> None:
    """Where a render process may write no file of the size of a result the client hears that; nothing of it stays."""
    (pid,), (http_process,) = processes(server, "openwado-render"), processes(server, "openwado-http")
    until(lambda: not open_below(data / "renditions", http_process))
    kept = sorted((data / "renditions").iterdir())
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (MIB + MIB // 4, most))
    try:
        for media_type in ("image/gif", "video/mp4"):
            answer = ask(server, media_type=media_type, rows="95", imageQuality="95")
            assert answer.status_code == httpx.codes.NOT_IMPLEMENTED, answer.text
            assert "larger than any that the server makes" in answer.text
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
    assert not half_made(pid, data / "renditions")
    assert sorted((data / "renditions").iterdir()) == kept
    assert ask(server, rows="95").status_code == 200


def test_it_outlives_the_server_and_the_bound_holds(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path
) -> None:
    """After a restart all processes find what was made; with less room what was used longest ago goes."""
    first = start_server(folder, "--workers", "1", "--data", tmp_path)
    wholes = [ask(first, rows=rows).content for rows in ("96", "95", "94")]
    first.process.terminate()
    assert first.process.wait(30) == 0
    second = start_server("--workers", "2", "--data", tmp_path)
    for _ in range(4):
        answers = [fresh(second, rows) for rows in ("96", "95", "94")]
        assert [answer.content for answer in answers] == wholes
        assert all(map(is_hit, answers))
    second.process.terminate()
    second.process.wait(30)
    third = start_server("--workers", "1", "--data", tmp_path, OPENWADO_CACHE_FILES="8")
    assert room(tmp_path / "renditions") <= 8 * MIB
    for rows in ("93", "92", "91"):
        assert ask(third, rows=rows).status_code == 200
        assert room(tmp_path / "renditions") <= 8 * MIB


def fresh(server: RunningServer, rows: str) -> httpx.Response:
    """Ask on a connection of its own, so that any process may answer."""
    return httpx.get(f"{server.url}/wado", params=ask_parameters(CINE) | {"rows": rows}, timeout=60)


def room(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    taken = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # it has gone meanwhile
            taken += path.stat().st_size
    return taken


@pytest.mark.parametrize("options", [("--no-cache",), ()])
def test_without_a_place_to_keep_it(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path, options: Sequence[str]
) -> None:
    """Where large results are not kept, each request has one made where the system has temporary files."""
    with tempfile.TemporaryDirectory() as temporary:  # a short name: sockets are there too
        settings = {"TMPDIR": temporary, "OPENWADO_CACHE_FILES": "0"}
        server = start_server(folder, *options, "--workers", "1", "--data", tmp_path / "data", **settings)
        whole = ask(server)
        part = server.client.get(str(whole.request.url), headers={"range": "bytes=1000-2000000"})
        assert (part.status_code, part.content) == (206, whole.content[1000:2_000_001])
        assert not is_hit(part)
        assert not (tmp_path / "data" / "renditions").exists()
        assert not list(Path(temporary).glob(".openwado-*"))
        server.process.terminate()
        assert server.process.wait(30) == 0


def test_the_command_writes_it_too(server: RunningServer, folder: Path, tmp_path: Path) -> None:
    """`openwado render` writes the bytes that the server sends."""
    command = [sys.executable, "-m", "openwado", "render", str(folder / "cine.dcm"), "-o", str(tmp_path / "a.gif")]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "a.gif").read_bytes() == ask(server).content
