"""A rendition that many ask for at once is made once, by real HTTP and render processes."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from openwado.cache.disk import prepare_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.conftest import Running

MANY = 12


class Object:
    """An object whose picture is made when it is said to go on.

    Args:
        folder: where its file and what belongs to it are.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "object.dcm"
        self.file.write_bytes(b"object")

    @property
    def made(self) -> int:
        """How many times it has been begun."""
        notes = self.file.with_suffix(".notes")
        return len(notes.read_text(encoding="ascii").splitlines()) if notes.exists() else 0

    def go(self) -> None:
        """Let it be made."""
        self.file.with_suffix(".go").touch()

    def fail(self, *, fails: bool) -> None:
        """Have it fail, or not."""
        if fails:
            self.file.with_suffix(".fail").touch()
        else:
            self.file.with_suffix(".fail").unlink()

    def wishes(self) -> dict[str, str]:
        """Return the parameters of a request."""
        return {"do": "noted", "lane": "codec", "key": str(self.file)}


@pytest.fixture(params=[1, 2], ids=["one HTTP process", "two HTTP processes"])
def shared(start: Callable[..., Running], tmp_path: Path, request: pytest.FixtureRequest) -> Running:
    """Return a server with a cache."""
    (tmp_path / "cache").mkdir()
    prepare_file(tmp_path / "cache" / "renditions.sqlite", 1 << 22)
    return start(workers=request.param, processes=2, queue=MANY, cache=str(tmp_path / "cache"))


def get(server: Running, stored: Object) -> httpx.Response:
    """Ask on a connection of its own, so that the processes share the requests."""
    return httpx.get(f"{server.url}/wado", params=stored.wishes(), timeout=60)


def hits(answers: list[httpx.Response]) -> int:
    """Return how many say that their rendition was there."""
    return sum("cache;desc=hit" in answer.headers["server-timing"] for answer in answers)


def test_many_get_what_is_made_once(shared: Running, tmp_path: Path, until: Callable[..., None]) -> None:
    """However many ask while it is made, in whichever process, it is made once; who comes later finds it."""
    stored = Object(tmp_path)
    with ThreadPoolExecutor(MANY) as threads:
        asked = [threads.submit(get, shared, stored) for _ in range(MANY)]
        until(lambda: stored.made)
        assert not any(one.done() for one in asked)
        stored.go()
        answers = [one.result() for one in asked]
    answers += [get(shared, stored) for _ in range(6)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"noted")}
    assert stored.made == 1
    assert hits(answers[MANY:]) == 6


def test_an_error_is_told_to_all_and_not_kept(shared: Running, tmp_path: Path, until: Callable[..., None]) -> None:
    """What fails fails for those who wait for it in that process, and is tried anew for who asks then."""
    stored = Object(tmp_path)
    stored.fail(fails=True)
    with ThreadPoolExecutor(MANY) as threads:
        asked = [threads.submit(get, shared, stored) for _ in range(MANY)]
        until(lambda: stored.made)
        stored.go()
        assert {one.result().status_code for one in asked} == {500}
    failed = stored.made
    stored.fail(fails=False)
    assert get(shared, stored).status_code == 200
    assert stored.made == failed + 1


def test_who_goes_takes_it_from_nobody(
    start: Callable[..., Running], tmp_path: Path, until: Callable[..., None]
) -> None:
    """The client whose request began it may go, and any other but the last: it is not begun again."""
    (tmp_path / "cache").mkdir()
    server = start(processes=2, queue=MANY, cache=str(tmp_path / "cache"))
    stored = Object(tmp_path)
    first = request(server, stored)
    until(lambda: stored.made)
    others = [request(server, stored) for _ in range(3)]
    for _ in range(5):
        server.health()  # by now their requests have been read
    first.close()
    others.pop().close()
    until(lambda: server.log().count("aborted=yes") == 2)
    stored.go()
    for other in others:
        with other, other.makefile("rb") as answer:
            assert answer.read().endswith(b"\r\n\r\nnoted")
    assert stored.made == 1


def test_what_nobody_waits_for_is_given_up(shared: Running, tmp_path: Path, until: Callable[..., None]) -> None:
    """When all have gone its claim ends too: whoever asks next has it made, once, in any process."""
    stored = Object(tmp_path)
    only = request(shared, stored)
    until(lambda: stored.made == 1)
    only.close()
    until(lambda: "aborted=yes" in shared.log())
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(get, shared, stored) for _ in range(4)]
        until(lambda: stored.made == 2)
        stored.go()
        assert {one.result().content for one in asked} == {b"noted"}
    assert stored.made == 2


def request(server: Running, stored: Object) -> socket.socket:
    """Ask without waiting for the answer."""
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port))
    target = httpx.URL("/wado", params=stored.wishes()).raw_path.decode()
    connection.sendall(f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    return connection
