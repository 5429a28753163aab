"""Files that vanish or change under a running server, and runs that follow (never wrong bytes)."""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pydicom
import pytest
from PIL import Image

from made_objects import SERIES, STUDY, write_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor-files")


def head_ct(samples: Path) -> Path:
    """Return the first file of the sample CT series."""
    return min(samples.rglob("1-ct-*.dcm"))


def url_of(path: Path) -> str:
    """Return the path and query that ask for a file's object as PNG."""
    read = pydicom.dcmread(path, stop_before_pixels=True)
    return (
        f"/wado?requestType=WADO&studyUID={read.StudyInstanceUID}&seriesUID={read.SeriesInstanceUID}"
        f"&objectUID={read.SOPInstanceUID}&contentType=image/png"
    )


def index(data: Path, *paths: Path) -> str:
    """Run `openwado index` and return what it prints."""
    command = [sys.executable, "-m", "openwado", "index", *map(str, paths), "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_changed_file_is_answered_fresh_and_a_vanished_one_is_gone(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path
) -> None:
    """After a file is overwritten the next answer shows it with another tag; after it is removed the answer is 410."""
    folder = tmp_path / "objects"
    folder.mkdir()
    path = folder / "a.dcm"
    shutil.copy(head_ct(samples), path)
    server = start_server(folder)
    url = url_of(path)
    before = server.client.get(url)
    changed = pydicom.dcmread(path)
    changed.PixelData = bytes(len(changed.PixelData))
    changed.save_as(path)
    after = server.client.get(url, headers={"If-None-Match": before.headers["etag"]})
    path.unlink()
    gone = server.client.get(url, headers={"If-None-Match": after.headers["etag"]})
    assert before.status_code == after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert len(np.unique(np.asarray(Image.open(io.BytesIO(after.content))))) == 1
    assert gone.status_code == 410


def test_a_duplicate_takes_the_place_of_a_file_that_vanished(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path
) -> None:
    """Of two files with one SOP Instance UID the first is served, the second is reported and takes over."""
    folder, data = tmp_path / "objects", tmp_path / "data"
    folder.mkdir()
    first = folder / "a.dcm"
    shutil.copy(head_ct(samples), first)
    shutil.copy(first, folder / "b.dcm")
    printed = index(data, folder)
    assert "1 file left out: the SOP Instance UID is another file's already" in printed
    assert "b.dcm" in printed
    server = start_server(folder, "--data", data)
    url = url_of(first)
    assert server.client.get(url).status_code == 200
    first.unlink()
    assert server.client.get(url).status_code == 200


def test_a_second_run_looks_only_at_what_is_new_or_changed(samples: Path, tmp_path: Path) -> None:
    """The first run reads all, the second none, the third one new and one changed and one gone."""
    folder, data = tmp_path / "objects", tmp_path / "data"
    shutil.copytree(samples, folder)
    count = sum(path.is_file() for path in folder.rglob("*"))
    assert f"{count} new" in index(data, folder)
    assert f"0 new, 0 changed, {count} unchanged, 0 gone" in index(data, folder)
    (folder / "note.txt").write_text("hello")
    assert "left out: not DICOM" in index(data, folder)
    assert "1 not DICOM" in index(data, folder), "a later run still says what is left out and why"
    (folder / "note.txt").unlink()
    files = sorted(path for path in folder.rglob("*.dcm"))
    files[0].touch()
    files[1].unlink()
    assert f"0 new, 1 changed, {count - 2} unchanged, 2 gone" in index(data, folder)


def test_what_is_no_dicom_object_is_left_out_with_the_reason(samples: Path, tmp_path: Path) -> None:
    """Text, an empty file and a file without preamble: two are left out with their reason, the third is indexed."""
    folder = tmp_path / "objects"
    folder.mkdir()
    (folder / "readme.txt").write_text("not an object")
    (folder / "empty.dcm").touch()
    (folder / "bare").write_bytes(head_ct(samples).read_bytes()[132:])
    printed = index(tmp_path / "data", folder)
    assert "1 new" in printed
    assert "left out: not DICOM" in printed
    assert "left out: empty file" in printed


def test_files_are_only_ever_read(samples: Path, tmp_path: Path) -> None:
    """Indexing changes no byte, no time and no name in the folder."""
    folder = tmp_path / "objects"
    shutil.copytree(samples, folder)

    def state() -> list[tuple[str, int, int]]:
        return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*"))

    before = state()
    index(tmp_path / "data", folder)
    assert state() == before


def test_started_without_paths_it_serves_what_it_has_or_samples(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path
) -> None:
    """Nothing at all: sample objects. An index from before: that, and no sample among it."""
    assert "sample objects" in start_server().printed
    data = tmp_path / "data"
    index(data, head_ct(samples))
    server = start_server("--data", data)
    assert "serves 1 object" in server.printed
    query = parse_qs(urlsplit(server.example).query)
    assert query["objectUID"] == [str(pydicom.dcmread(head_ct(samples)).SOPInstanceUID)]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(start_server: Callable[..., RunningServer], samples: Path, stop: signal.Signals) -> None:
    """SIGINT and SIGTERM end the command with status 0 and without a traceback."""
    server = start_server(samples)
    assert server.client.get(server.example).status_code == 200
    server.process.send_signal(stop)
    assert server.process.wait(timeout=40) == 0
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def test_a_watched_folder(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """With --watch, what appears in a folder that is served can be retrieved a moment later, and what goes is gone."""
    folder = tmp_path / "folder"
    folder.mkdir()
    write_object(folder / "a.dcm", "1.2.3.1")
    server = start_server(folder, "--watch")
    later = write_object(tmp_path / "b.dcm", "1.2.3.2").rename(folder / "b.dcm")
    for status, change in ((200, later.unlink), (410, None)):
        deadline = time.monotonic() + 60
        while server.wado((STUDY, SERIES, "1.2.3.2"), contentType="application/dicom").status_code != status:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        if change is not None:
            change()
