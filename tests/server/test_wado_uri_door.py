"""The WADO door over a real socket: methods, header fields, conditions, ranges."""

from __future__ import annotations

import os
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.conftest import Running

FRAME = 300_000


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return a file of somewhat more than two pieces, its bytes not repeating with any power of two."""
    path = tmp_path / "object"
    path.write_bytes(bytes(place % 251 for place in range(600_008)))
    return path


@pytest.mark.parametrize("lane", ["plain", "codec"])
def test_answer_has_the_bytes_and_says_what_they_are(server: Running, lane: str) -> None:
    """REQ-WEB-8.4.2-1, 8.4.2-2, 8.4.3-1: type true to the bytes, exact length, Content-Location, in both lanes."""
    answer = server.get("bytes:1000", lane=lane)
    assert (answer.status_code, len(answer.content)) == (200, 1000)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == "1000"
    assert answer.headers["content-location"] == "/wado?do=bytes%3A1000"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="1.2.3.4.5.jpg"'
    assert "server" not in answer.headers
    assert "transfer-encoding" not in answer.headers
    times = re.findall(r"(\w+);dur=([0-9.]+)", answer.headers["server-timing"])
    assert [name for name, _ in times] == ["index", "queue", "produce", "total"]
    assert float(dict(times)["total"]) >= float(dict(times)["produce"]) > 0


def test_dicom_is_a_download_that_takes_ranges(server: Running, stored: Path) -> None:
    """An object is saved under its UID, and its bytes may be asked for in part."""
    answer = server.get("span:1", key=str(stored))
    assert answer.headers["content-disposition"] == 'attachment; filename="1.2.3.4.5.dcm"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.content == b"head" + stored.read_bytes()


def test_what_a_browser_would_run_is_put_in_a_sandbox(server: Running) -> None:
    """HTML made of somebody's object runs no script and has no rights of this site."""
    answer = server.get("page")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["vary"] == "Accept"  # the category's type is asked about, not what came out of it
    assert "content-security-policy" not in server.get("bytes:1").headers


def test_text_depends_on_the_charset_that_is_accepted(server: Running) -> None:
    """Vary names Accept-Charset for texts."""
    assert server.get("page", type="text/html").headers["vary"] == "Accept, Accept-Charset"


def test_warnings_are_quoted_and_printable(server: Running) -> None:
    """REQ-WEB-8.3-1: each warning is a line of its own; what is not ASCII or would end the quotes is made harmless."""
    answer = server.get("bytes:10", warn='a "b" \\ ö\r\nx: y')
    assert answer.headers.get_list("warning") == [
        '299 openwado "a \\"b\\" \\\\ ???x: y"',
        '299 openwado "made up"',
    ]


@pytest.mark.parametrize("lane", ["plain", "codec"])
@pytest.mark.parametrize("do", ["bytes:1000", "frames:0", "unknown", "error:500"])
def test_req_uri_6_2_1_head_is_get_without_a_body(server: Running, lane: str, do: str) -> None:
    """HEAD has the header of GET, Content-Length included, for answers and for errors."""
    got = server.client.get("/wado", params={"do": do, "lane": lane})
    head = server.client.head("/wado", params={"do": do, "lane": lane})
    changing = {"date", "server-timing", "x-request-id"}
    assert head.status_code == got.status_code
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }
    assert (head.content, len(got.content)) == (b"", int(got.headers["content-length"]))


def test_req_uri_6_2_1_options_lists_the_methods(server: Running) -> None:
    """OPTIONS is answered with 204 and Allow, without a body."""
    answer = server.client.options("/wado")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_req_uri_6_2_1_other_methods_are_405(server: Running, method: str) -> None:
    """Any other method is 405 with Allow, here and at /health."""
    for path in ("/wado?do=bytes:1", "/health"):
        answer = server.client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_req_web_8_5_5_long_targets_are_414(server: Running) -> None:
    """A target of just the longest length is answered, one byte more is 414."""
    longest = 2000 - len("/wado?do=bytes:1&x=")
    assert server.client.get(f"/wado?do=bytes:1&x={'y' * longest}").status_code == 200
    answer = server.client.get(f"/wado?do=bytes:1&x={'y' * (longest + 1)}")
    assert answer.status_code == 414
    assert "2001 bytes" in answer.text


def test_req_uri_6_2_1_1_unknown_paths_are_404(server: Running) -> None:
    """A path that nothing is served at is 404, near misses included, and nothing of it is echoed."""
    for path in ("/", "/wado/", "/WADO", "/wado/<b>", "/healthy"):
        answer = server.client.get(path)
        assert answer.status_code == 404
        assert "<b>" not in answer.text


def test_req_web_8_5_3_an_unchanged_answer_is_304(server: Running) -> None:
    """If-None-Match with the entity tag gives 304 with the fields of the 200 and no work at all; others give 200."""
    first = server.get("bytes:10")
    for condition in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        answer = server.get("bytes:10", headers={"If-None-Match": condition})
        assert (answer.status_code, answer.content) == (304, b"")
        for name in ("etag", "cache-control", "content-location", "vary"):
            assert answer.headers[name] == first.headers[name]
        assert "content-type" not in answer.headers
    assert server.get("bytes:10", headers={"If-None-Match": '"other"'}).status_code == 200
    crash = server.get("crash:9", lane="codec", headers={"If-None-Match": "*"})
    assert crash.status_code == 304


def test_req_web_8_5_2_ranges_of_every_kind_of_part(server: Running, stored: Path) -> None:
    """Any range of any plan is exactly that part of the whole: spans, swapped words, frames, many small parts."""
    frames = b"".join(bytes([number]) * FRAME for number in (1, 2, 3, 4))
    data = stored.read_bytes()
    swapped = bytearray(data)
    for place in range(8):
        swapped[place::8] = data[7 - place :: 8]
    pieces = b"".join(bytes([place]) * 1000 + data[place : place + 1] for place in range(200))
    wholes = {
        "bytes:3000000": bytes(range(256)) * 11718 + bytes(192),
        "span:1": b"head" + data,
        "span:8": b"head" + bytes(swapped),
        "frames:0": b"head" + frames + b"tail",
        "pieces:200": pieces,
    }
    for do, whole in wholes.items():
        size = len(whole)
        for lane in ("plain", "codec"):
            assert server.get(do, key=str(stored), lane=lane).content == whole
        for first, last in [(0, 0), (3, 9), (5, 262_150), (size - 7, size - 1), (150_001, size - 3), (0, size - 1)]:
            if first > last:
                continue
            asked = {"Range": f"bytes={first}-{last}"}
            answer = server.get(do, key=str(stored), lane="codec", headers=asked)
            last = min(last, size - 1)  # noqa: PLW2901 -- as the server cuts it
            assert answer.status_code == 206
            assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
            assert answer.headers["content-length"] == str(last + 1 - first)
            assert answer.content == whole[first : last + 1], (do, first, last)


def test_req_web_8_5_2_ranges_that_cannot_be(server: Running) -> None:
    """416 with the size where no byte is in the range; the whole where Range is not understood or If-Range differs."""
    answer = server.get("bytes:100", headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */100")
    etag = server.get("bytes:100").headers["etag"]
    for fields, status in (
        ({"Range": "bytes=5-4"}, 200),
        ({"Range": "lines=1-2"}, 200),
        ({"Range": "bytes=0-1,5-6"}, 200),
        ({"Range": "bytes=1-2", "If-Range": '"other"'}, 200),
        ({"Range": "bytes=1-2", "If-Range": etag}, 206),
        ({"Range": "bytes=-3"}, 206),
    ):
        assert server.get("bytes:100", headers=fields).status_code == status
    assert server.client.head("/wado", params={"do": "bytes:100"}, headers={"Range": "bytes=1-2"}).status_code == 200


def test_an_object_replaced_before_it_is_opened_is_looked_up_again(server: Running, tmp_path: Path) -> None:
    """Every answer holds the bytes that its entity tag belongs to, however often a file is replaced meanwhile."""
    path = tmp_path / "object"
    for turn in range(30):
        fresh = tmp_path / "fresh"
        fresh.write_bytes(bytes([turn]) * 5000)
        fresh.replace(path)
        answer = server.get("span:1", key=str(path))
        assert answer.content == b"head" + bytes([turn]) * 5000


def test_an_object_that_shrinks_while_it_is_sent_breaks_the_connection(
    server: Running, tmp_path: Path, until: Callable[..., None]
) -> None:
    """No client takes a part, or a mixture, for the whole: the connection breaks before the last byte."""
    path = tmp_path / "object"
    for change in (lambda: os.truncate(path, 1 << 20), lambda: os.utime(path, ns=(1, 1))):
        path.write_bytes(bytes(64 << 20))
        with pytest.raises(httpx.RemoteProtocolError):
            _take_slowly(server, path, change)
    until(lambda: "answer broken off" in server.log())


def _take_slowly(server: Running, path: Path, change: Callable[[], None]) -> int:
    """Take an object piece by piece, doing something to it after the third; return the bytes received."""
    received = 0
    with server.client.stream("GET", "/wado", params={"do": "span:1", "key": str(path)}) as answer:
        assert answer.status_code == 200
        for count, piece in enumerate(answer.iter_raw(1 << 16)):
            received += len(piece)
            if count == 2:
                change()
    return received


def test_an_object_deleted_while_it_is_sent_arrives_whole(server: Running, tmp_path: Path) -> None:
    """A file that loses its name stays readable to the end."""
    path = tmp_path / "object"
    path.write_bytes(bytes(64 << 20))
    assert _take_slowly(server, path, path.unlink) == (64 << 20) + 4


def test_keep_alive_carries_many_requests(server: Running) -> None:
    """One connection serves answers, errors, HEAD and 304 one after another."""
    host, port = urlsplit(server.url).hostname, urlsplit(server.url).port
    assert host is not None
    requests = [
        "GET /wado?do=bytes:5 HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD /wado?do=bytes:5 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /wado?do=bytes:5 HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n",
        "GET /wado?do=process:1&lane=codec HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]
    with socket.create_connection((host, port or 0), timeout=20) as connection:
        connection.sendall("".join(requests).encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"404", b"304", b"200"]


def test_a_head_without_end_is_refused(server: Running) -> None:
    """A request whose head never ends is refused and loses its connection: 414 where its target is long, else 431."""
    for start, status in ((b"GET /wado?", b"414"), (b"GET /wado HTTP/1.1\r\nX: ", b"431")):
        with socket.create_connection((urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0)) as client:
            client.settimeout(20)
            received = b""
            try:
                client.sendall(start)
                for _ in range(200):
                    client.sendall(b"a" * 65536)
                received = client.recv(100)
            except ConnectionError:
                continue  # closed while we were still sending: as good
            assert received.startswith(b"HTTP/1.1 " + status)
