"""Servers that share an index in PostgreSQL: whole requests over a real socket, also while the database is away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postgresql_server import PostgresqlServer
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor")


@pytest.fixture(scope="module")
def address(postgresql: PostgresqlServer) -> str:
    """Return the address of an empty database, with a password."""
    return postgresql.address_by_port(postgresql.new_database().partition("?")[0].rpartition("/")[2])


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], samples: Path, address: str) -> RunningServer:
    """Start the command on the sample objects, which it writes to the shared index."""
    return start_server(samples, OPENWADO_INDEX=address, OPENWADO_WORKERS="2", OPENWADO_INDEX_TIMEOUT="3")


def test_a_second_server_knows_what_the_first_has_indexed(
    server: RunningServer, start_server: Callable[..., RunningServer], address: str
) -> None:
    """An object is answered by whichever server is asked; both show the same studies."""
    other = start_server(OPENWADO_INDEX=address)
    for one in (server, other):
        picture = one.client.get(server.example.removeprefix(server.url))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    pages = [one.client.get("/").text.replace(one.url, "") for one in (server, other)]
    assert pages[0] == pages[1]
    study = re.search(r'href="(/studies/[^"/]+)"', pages[0])
    assert study is not None
    assert other.client.get(study.group(1)).status_code == 200


def test_while_the_database_is_away_requests_are_answered_503(
    server: RunningServer, postgresql: PostgresqlServer
) -> None:
    """With Retry-After, and without the password in answer or log; when it is back, so are pictures and pages."""
    wado = server.example.removeprefix(server.url)
    assert server.client.get(wado).status_code == 200
    postgresql.stop()
    try:
        for path in (wado, "/", "/studies/1.2"):
            refused = server.client.get(path, headers={"Accept": "*/*"})
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert postgresql.password not in refused.text
        assert server.client.get("/health").status_code == 200
    finally:
        postgresql.start()
    assert server.client.get(wado).status_code == 200
    assert server.client.get("/").status_code == 200
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert postgresql.password not in log


def test_while_the_database_stands_still_requests_are_answered_503(
    server: RunningServer, postgresql: PostgresqlServer
) -> None:
    """With Retry-After within the time of the setting, however many ask; when it goes on, so do they."""
    wado = server.example.removeprefix(server.url)
    assert server.client.get(wado).status_code == 200
    postgresql.freeze()
    try:
        with ThreadPoolExecutor(12) as threads:
            waiting = [threads.submit(server.client.get, wado) for _ in range(12)]
            assert server.client.get("/health").status_code == 200
        for one in waiting:
            assert one.result().status_code == 503
            assert int(one.result().headers["retry-after"]) >= 1
            assert one.result().elapsed.total_seconds() < 20  # a bound of patience, not of speed
    finally:
        postgresql.thaw()
    assert server.client.get(wado).status_code == 200
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://user:SECRET@host/db", "write sqlite:///absolute/path"),
        ("postgresql://user:SECRET@127.0.0.1:1/db", "cannot be read or written"),
    ],
)
def test_a_start_without_index_is_refused_in_one_line(
    tmp_path: Path, samples: Path, address: str, sentence: str
) -> None:
    """An address that is none, and a database that does not answer, are said by the command, without the password."""
    command = [sys.executable, "-m", "openwado", "index", str(samples), "--data", str(tmp_path)]
    environment = os.environ | {"OPENWADO_INDEX": address}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "SECRET" not in done.stderr + done.stdout
