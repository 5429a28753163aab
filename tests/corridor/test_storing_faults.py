"""Files that cannot grow, an index that somebody keeps locked: nobody is told of success, and nothing is lost."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import numpy as np

from fault_run import family
from made_objects import SERIES, STUDY, write_object
from stowing import parts_of, store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

#: Bytes that a file may have when files cannot grow: room for an object, and for little of a journal of the index.
LONGEST_FILE = 200_000


def an_object(folder: Path, uid: str) -> bytes:
    """Return a CT of 256 by 256 noisy pixels."""
    pixels = np.random.default_rng(len(uid)).integers(0, 4096, (256, 256), np.uint16)
    return write_object(folder / "made.dcm", uid, Rows=256, Columns=256, PixelData=pixels.tobytes()).read_bytes()


def bound_files(server: RunningServer, longest: int | None) -> None:
    """Let no file of what stores grow over so many bytes, or (None) over what it may make at the most.

    Only the HTTP processes: a render process that was just started lowers its own limits meanwhile, and nobody may
    raise them again.
    """
    storing = [process for process, name in family(server.process.pid) if name == "openwado-http"]
    assert storing
    for process in storing:
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most if longest is None else longest, most))


def test_files_that_cannot_grow(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """As on a full disk: 503 from then on, whether object or index is hit; what was acknowledged stays."""
    data = tmp_path / "data"
    server = start_server("--stow", "--data", data)
    bound_files(server, LONGEST_FILE)
    acknowledged: dict[str, bytes] = {}
    refused: dict[str, bytes] = {}
    for number in range(60):
        uid = f"1.2.3.9.{1000 + number}"
        made = an_object(tmp_path, uid)
        answer = store(server, parts_of(made))
        assert answer.status_code in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE)
        (acknowledged if answer.status_code == httpx.codes.OK else refused)[uid] = made
    assert acknowledged
    assert refused
    bound_files(server, None)
    for uid, made in acknowledged.items():
        assert stored(server, uid).content == made
    for uid, made in refused.items():
        answer = stored(server, uid)
        assert answer.status_code == httpx.codes.NOT_FOUND or answer.content == made
        assert store(server, parts_of(made)).status_code == httpx.codes.OK
    assert list((data / "archive" / "incoming").iterdir()) == []


def test_an_index_that_is_locked(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """503 with Retry-After once the wait is over, and right afterwards; requests for what is there go on meanwhile."""
    data = tmp_path / "data"
    server = start_server("--stow", "--data", data)
    first, second = an_object(tmp_path, "1.2.3.9.1"), an_object(tmp_path, "1.2.3.9.22")
    assert store(server, parts_of(first)).status_code == httpx.codes.OK
    with closing(sqlite3.connect(data / "index.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = store(server, parts_of(second))
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(answer.headers["retry-after"]) > 0
        assert stored(server, "1.2.3.9.1").content == first
        other.execute("ROLLBACK")
    assert store(server, parts_of(second)).status_code == httpx.codes.OK
    assert stored(server, "1.2.3.9.22").content == second
    assert os.listdir(data / "archive" / "incoming") == []  # noqa: PTH208 -- a list to compare


def stored(server: RunningServer, uid: str) -> httpx.Response:
    """Ask for an object as it is stored."""
    return server.wado((STUDY, SERIES, uid), contentType="application/dicom")


def test_what_killed_processes_left_is_swept_at_the_next_start(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """Files of transfers that were cut off a day ago are taken away, younger ones may still grow."""
    incoming = tmp_path / "data" / "archive" / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("incoming-old", 2 * 86400), ("incoming-new", 60)):
        (incoming / name).write_bytes(b"part of an object")
        os.utime(incoming / name, (time.time() - age,) * 2)
    start_server("--stow", "--data", tmp_path / "data")
    assert os.listdir(incoming) == ["incoming-new"]  # noqa: PTH208 -- a list to compare


def test_a_store_that_cannot_be_used_does_not_keep_a_server_from_starting(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """What lies in place is served all the same; storing is 503 until the store is there."""
    blocked = tmp_path / "kept"
    blocked.write_bytes(b"")
    server = start_server("--stow", "--data", tmp_path / "data", OPENWADO_STORE=str(blocked))
    made = an_object(tmp_path, "1.2.3.9.1")
    assert store(server, parts_of(made)).status_code == httpx.codes.SERVICE_UNAVAILABLE
    blocked.unlink()
    assert store(server, parts_of(made)).status_code == httpx.codes.OK
