"""A disk that is really full: sentences and 503, nothing lost, and right answers once there is room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bound_process import bound
from corridor.test_large_results import CINE, FRAMES, ask, write_cine
from corridor.test_storing_faults import an_object, stored
from small_disk import filled, inside, on_small_disk
from stowing import parts_of, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving import RunningServer

MIB = 1 << 20


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where the small file system is."""
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def server(
    start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory, data: Path
) -> RunningServer:
    """Return a server whose data are on 24 MiB."""
    folder = tmp_path_factory.mktemp("objects")
    write_cine(folder / "cine.dcm", CINE, FRAMES)
    within = on_small_disk(data, 24 * MIB)
    return start_server(folder, "--stow", "--workers", "1", "--data", data, within=within)


def test_a_result_that_has_no_room_is_503(server: RunningServer, data: Path) -> None:
    """Large ones are 503 with Retry-After, small ones are answered all the same; nothing of them is left behind."""
    disk = inside(server.process.pid, data)
    with filled(disk):
        answer = ask(server)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert str(data) not in answer.text
        assert ask(server, media_type="image/png", frameNumber="1").status_code == httpx.codes.OK
    assert list(Path(disk, "renditions").iterdir()) == []
    assert ask(server).status_code == httpx.codes.OK


def test_objects_that_have_no_room_are_503(server: RunningServer, data: Path, tmp_path: Path) -> None:
    """Whether bytes or index find no room; what was acknowledged is served as it came, and the rest can come again."""
    disk = inside(server.process.pid, data)
    acknowledged: dict[str, bytes] = {}
    refused: dict[str, bytes] = {}
    with filled(disk, left=MIB):
        for number in range(24):
            uid = f"1.2.3.9.{1000 + number}"
            made = an_object(tmp_path, uid)
            answer = store(server, parts_of(made))
            assert answer.status_code in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE), answer.text
            (acknowledged if answer.status_code == httpx.codes.OK else refused)[uid] = made
            assert answer.status_code == httpx.codes.OK or int(answer.headers["retry-after"]) > 0
        assert acknowledged
        assert refused
        counted = f'openwado_objects_taken_in_total{{way="http",outcome="unavailable"}} {len(refused)}'
        assert counted in server.client.get("/metrics").text.splitlines()  # what the alert looks at
        assert all(stored(server, uid).content == made for uid, made in acknowledged.items())
    for uid, made in refused.items():
        assert store(server, parts_of(made)).status_code == httpx.codes.OK
        acknowledged[uid] = made
    assert all(stored(server, uid).content == made for uid, made in acknowledged.items())
    assert list(Path(disk, "archive", "incoming").iterdir()) == []


def test_a_first_start_without_room_says_so(tmp_path: Path) -> None:
    """In one sentence, without a traceback; and no half of the sample objects is taken for the whole later."""
    command: list[str | Path] = [sys.executable, "-m", "openwado", "serve", "--port", "0", "--data", tmp_path]
    ended = subprocess.run(
        bound([*on_small_disk(tmp_path, 4 * MIB), *command]), capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr
