"""Results that are in files: sent whole and in parts, made once, gone with the last who holds them."""

from __future__ import annotations

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from open_files import open_below
from openwado.cache.disk import prepare_file
from openwado.cache.files import prepare_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.conftest import Running

#: Bytes of what `server_doubles` makes large, and fewer than which are in no file.
LARGE, SMALL = 9_000_001, 1_000_000
PATTERN = bytes(range(256)) * 40_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where files without a name are made."""
    return tmp_path_factory.mktemp("spool")


@pytest.fixture(scope="module")
def plain(start: Callable[..., Running], folder: Path) -> Running:
    """Return a server that keeps nothing."""
    return start(processes=2, queue=20, spool_folder=str(folder))


def opened(server: Running, folder: Path) -> list[str]:
    """Return what all processes of a server have open of a folder."""
    found = []
    for process in server.descendants():
        try:
            found += open_below(folder, process)
        except FileNotFoundError:  # it has just ended
            continue
    return found


@pytest.mark.parametrize("length", [0, 1, SMALL, 1 << 20, (1 << 20) + 1, LARGE])
def test_a_result_is_the_same_bytes_wherever_it_is(plain: Running, length: int) -> None:
    """Few bytes or many, in memory or in a file: the answer is whole, and HEAD says its length."""
    answer = plain.get(f"spooled:{length}", lane="codec")
    assert (answer.status_code, answer.content) == (200, PATTERN[:length])
    assert answer.headers["content-length"] == str(length)
    assert "made up" in answer.headers["warning"]
    head = plain.client.head(str(answer.request.url))
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(length))


@pytest.mark.parametrize("lane", ["plain", "codec"])
def test_ranges_of_a_file(plain: Running, lane: str) -> None:
    """RFC 9110 14: parts by 206, what is outside by 416, another If-Range by all of it."""
    url = str(plain.get(f"spooled:{LARGE}", lane=lane).request.url)
    for asked, start, stop in (
        ("0-0", 0, 1),
        ("5-9", 5, 10),
        (f"{LARGE - 3}-", LARGE - 3, LARGE),
        ("-7", LARGE - 7, LARGE),
        ("1000-8500000", 1000, 8_500_001),
        (f"1-{LARGE + 5}", 1, LARGE),
    ):
        part = plain.client.get(url, headers={"range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, PATTERN[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{LARGE}"
    outside = plain.client.get(url, headers={"range": f"bytes={LARGE}-"})
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{LARGE}")
    other = plain.client.get(url, headers={"range": "bytes=0-9", "if-range": '"another"'})
    assert (other.status_code, other.content) == (200, PATTERN[:LARGE])


def test_nothing_stays_open(plain: Running, folder: Path, until: Callable[..., None]) -> None:
    """When all answers are sent, or their clients have gone, no process holds a file, and none has a name."""
    with ThreadPoolExecutor(4) as threads:
        url = f"{plain.url}/wado?do=spooled:{LARGE}&lane=codec"
        for answer in threads.map(lambda _: httpx.get(url), range(8)):
            assert len(answer.content) == LARGE
    with httpx.stream("GET", url) as answer:
        assert len(next(answer.iter_raw(10))) == 10
    plain.client.head(url)
    plain.client.get(url, headers={"range": "bytes=5-9"})
    assert plain.client.get(url, headers={"range": f"bytes={LARGE}-"}).status_code == 416
    until(lambda: not opened(plain, folder))
    assert not list(folder.iterdir())


def test_a_crash_in_the_middle_leaves_no_file(plain: Running, folder: Path, until: Callable[..., None]) -> None:
    """A render process that dies over a half-made file gives 500 to its request, and the file is gone."""
    answer = plain.get(f"spoolcrash:{signal.SIGKILL:d}", lane="codec")
    assert answer.status_code == 500
    until(lambda: not opened(plain, folder))
    assert not list(folder.iterdir())
    assert plain.get(f"spooled:{LARGE}", lane="codec").content == PATTERN[:LARGE]


class Large:
    """An object whose large result is made when it is said to go on."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "object.dcm"
        self.file.write_bytes(b"object")

    @property
    def made(self) -> int:
        """How many times it has been begun."""
        notes = self.file.with_suffix(".notes")
        return len(notes.read_text(encoding="ascii").splitlines()) if notes.exists() else 0

    def get(self, server: Running, **headers: str) -> httpx.Response:
        """Ask on a connection of its own, so that the processes share the requests."""
        wishes = {"do": "noted large", "lane": "codec", "key": str(self.file)}
        return httpx.get(f"{server.url}/wado", params=wishes, headers=headers, timeout=60)

    def begun(self, server: Running, wanted: str) -> socket.socket:
        """Send a request for a range; return its connection, on which the answer comes."""
        address = urlsplit(server.url)
        query = urlencode({"do": "noted large", "lane": "codec", "key": str(self.file)})
        connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=60)
        head = f"GET /wado?{query} HTTP/1.1\r\nHost: {address.netloc}\r\nRange: {wanted}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        return connection


@pytest.fixture
def large(tmp_path: Path) -> Large:
    """Return an object."""
    return Large(tmp_path)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return the folder of a cache."""
    folder = tmp_path / "cache"
    folder.mkdir()
    prepare_file(folder / "renditions.sqlite", 1 << 22)
    prepare_folder(folder / "files", 1 << 26)
    return folder


@pytest.mark.parametrize("workers", [1, 2])
def test_many_get_what_is_made_once(
    start: Callable[..., Running], large: Large, kept: Path, until: Callable[..., None], workers: int
) -> None:
    """However many ask for all or parts of it while it is made, in any process, it is made once, in one file."""
    server = start(workers=workers, processes=2, queue=20, cache=str(kept), spool_folder=str(kept / "files"))
    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(large.get, server) for _ in range(6)]
        parts = [threads.submit(large.get, server, range=f"bytes={at}-{at + 99}") for at in range(6)]
        until(lambda: large.made)
        large.file.with_suffix(".go").touch()
        assert all(one.result().content == PATTERN[:LARGE] for one in asked)
        assert [one.result().content for one in parts] == [PATTERN[at : at + 100] for at in range(6)]
    for at in range(8):  # by whichever process
        part = large.get(server, range=f"bytes={at}-9000000")
        assert (part.status_code, part.content) == (206, PATTERN[at:LARGE])
        assert "cache;desc=hit" in part.headers["server-timing"]
        assert "made up" in part.headers["warning"]
    assert large.made == 1
    until(lambda: not opened(server, kept / "files"))
    (file,) = (kept / "files").iterdir()
    assert LARGE < file.stat().st_size < LARGE + 1000
    server.stop()
    again = start(workers=workers, processes=1, queue=20, cache=str(kept), spool_folder=str(kept / "files"))
    assert large.get(again).content == PATTERN[:LARGE]
    assert large.made == 1


def test_without_room_for_it_each_request_has_its_own(
    start: Callable[..., Running], large: Large, kept: Path, until: Callable[..., None]
) -> None:
    """What is not kept is shared by those who wait for it together, and made anew for who asks later."""
    server = start(workers=1, processes=2, queue=20, spool_folder=str(kept / "files"))
    asked = [large.begun(server, f"bytes={at}-{at + 99}") for at in range(3)]
    until(lambda: large.made)
    for _ in range(5):
        server.health()  # by now their requests have been read
    large.file.with_suffix(".go").touch()
    answers = [b"".join(iter(partial(one.recv, 1 << 16), b"")) for one in asked]
    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers] == [PATTERN[at : at + 100] for at in range(3)]
    for one in asked:
        one.close()
    assert large.made == 1
    assert large.get(server).content == PATTERN[:LARGE]
    assert large.made == 2
    until(lambda: not opened(server, kept / "files"))
    assert not list((kept / "files").iterdir())
