"""Requests that somebody made up to do harm, on a real socket: refused or answered, never a fault of ours."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fault_run import family
from hostile_requests import EITHER, NOT_HAD, HostileRequest, hostile_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("hostile")

#: Longest time for the answer to a request that is whole, seconds: machines of tests are busy ones.
ANSWER_SECONDS = 20.0

#: Time without another byte after which no more are waited for, seconds.
QUIET_SECONDS = 0.3

#: Clients at a time.
CLIENTS = 16


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], samples: Path) -> RunningServer:
    """Start one HTTP process that takes objects in too."""
    return start_server(samples, "--workers", "1", "--stow", OPENWADO_RENDER_SANDBOX="require")


def send(server: RunningServer, data: bytes) -> bytes:
    """Send bytes over a connection of their own and return whatever comes back.

    Until the server closes it; or, where the request does not ask for that, until nothing comes any more.
    """
    whole = b"Connection: close\r\n" in data
    place = urlsplit(server.url)
    received = bytearray()
    with socket.create_connection((place.hostname or "", place.port or 0), ANSWER_SECONDS) as connection:
        with suppress(ConnectionError):  # it was refused before all was sent
            connection.sendall(data)
        connection.settimeout(ANSWER_SECONDS if whole else QUIET_SECONDS)
        with suppress(ConnectionError, *([] if whole else [TimeoutError])):
            while piece := connection.recv(1 << 16):
                received += piece
    return bytes(received)


def statuses(answer: bytes) -> list[int]:
    """Return the statuses in what came back, [0] if nothing did."""
    found = [int(piece[2:5]) for piece in answer.split(b"HTTP/1.")[1:] if piece[2:5].isdigit()]
    return found or [0]


def path_of(server: RunningServer) -> str:
    """Return path and query of the picture that the server offers."""
    split = urlsplit(server.example)
    return f"{split.path}?{split.query}"


def family_state(server: RunningServer) -> tuple[set[int], int, int]:
    """Return the server's processes, their open descriptors and their resident memory in KiB."""
    processes: set[int] = set()
    descriptors = memory = 0
    for process, _ in family(server.process.pid):
        with suppress(OSError):
            descriptors += len(list(Path(f"/proc/{process}/fd").iterdir()))
            status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
            memory += int(status.partition("VmRSS:")[2].split()[0])
            processes.add(process)
    return processes, descriptors, memory


def faults(server: RunningServer, request: HostileRequest) -> str:
    """Send a request; return what is wrong with the answer, "" if nothing."""
    began = time.monotonic()
    try:
        answer = send(server, request.data)
    except OSError as error:
        return f"{request.name}: {error!r} after {time.monotonic() - began:.1f} s"
    found = set(statuses(answer))
    told = b"Traceback" in answer or b"/site-packages/" in answer or b"root:x:0" in answer or b"\nX-Evil" in answer
    return f"{request.name}: {sorted(found)} {answer[:300]!r}" if found - request.allowed or told else ""


def test_no_request_is_a_fault_of_ours(server: RunningServer) -> None:
    """More than 300 of them: no 5xx but 501 and 505, no hang, no growth, and the same picture before and after."""
    before = server.client.get(server.example)
    requests = list(hostile_requests(path_of(server)))
    assert len(requests) >= 300
    assert all(request.allowed <= EITHER | NOT_HAD | {0} for request in requests)
    with ThreadPoolExecutor(CLIENTS) as clients:
        wrong = [fault for fault in clients.map(lambda request: faults(server, request), requests) if fault]
        assert not wrong, "\n".join(wrong)
        processes, descriptors, memory = family_state(server)
        list(clients.map(lambda request: faults(server, request), requests[::2]))
    after = server.client.get(server.example)
    assert (after.status_code, after.content) == (200, before.content)
    later = family_state(server)
    assert later[0] == processes
    assert later[1] <= descriptors + CLIENTS
    assert later[2] <= memory + 64 * 1024
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "render process lost" not in log


def test_what_comes_slowly_or_not_at_all_holds_nobody_up(server: RunningServer) -> None:
    """A hundred clients that send a byte now and then, or leave in the middle, take nothing from the next one."""
    place = urlsplit(server.url)
    _, descriptors, _ = family_state(server)
    slow = [socket.create_connection((place.hostname or "", place.port or 0), ANSWER_SECONDS) for _ in range(100)]
    try:
        for number, connection in enumerate(slow):
            head = f"GET {path_of(server)} HTTP/1.1\r\nHost: a\r\nX: ".encode()
            connection.sendall(head[: number + 5] if number % 2 else head)
        began = time.monotonic()
        for _ in range(5):
            for connection in slow:
                connection.sendall(b"y")
            assert server.client.get(server.example).status_code == 200
        assert time.monotonic() - began < ANSWER_SECONDS
    finally:
        for connection in slow:
            connection.close()
    deadline = time.monotonic() + ANSWER_SECONDS
    while family_state(server)[1] > descriptors + CLIENTS and time.monotonic() < deadline:
        time.sleep(0.1)
    assert family_state(server)[1] <= descriptors + CLIENTS


def test_9112_6_1_no_request_is_smuggled_behind_another(server: RunningServer) -> None:
    """A request with Content-Length and Transfer-Encoding both is refused, and what follows it is not read as one."""
    head = f"GET {path_of(server)} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    for framing in (head, head.replace("chunked", "Chunked"), head.replace("4\r\nT", "4\r\nX: y\r\nT")):
        answer = send(server, framing.encode() + b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert statuses(answer)[0] == 400, answer[:200]
        assert len(statuses(answer)) == 1


def test_answers_to_pipelined_requests_keep_their_order(server: RunningServer) -> None:
    """RFC 9112 9.3.2: the answers come in the order of the requests, each whole."""
    wanted = [f"GET /nowhere-{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in range(5)]
    last = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert statuses(send(server, "".join([*wanted, last]).encode())) == [404] * 5 + [200]
