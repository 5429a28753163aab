"""What hostile objects do to render processes, and what of it other requests notice: nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from openwado.server.render_process import BACKSTOP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.conftest import Running

FRAME = 300_000


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_costs_its_own_request(server: Running, until: Callable[..., None], number: int) -> None:
    """A render process that dies gives 500 to its request, is logged and replaced; the next request is answered."""
    answer = server.get(f"crash:{number}", lane="codec", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert "crashed" in answer.json()["detail"]
    assert server.get("bytes:10", lane="codec").status_code == 200
    until(lambda: server.health()["render_processes"] == 2)
    until(lambda: f"status={signal.Signals(number).name}" in server.log())
    assert "render process lost" in server.log()


def test_other_requests_do_not_notice_crashes(server: Running) -> None:
    """While every second request kills its render process, all others get their answers."""
    with ThreadPoolExecutor(2) as threads:
        good = threads.submit(lambda: [server.get("bytes:200000", lane="codec").content for _ in range(40)])
        bad = threads.submit(lambda: [server.get("crash:9", lane="codec").status_code for _ in range(20)])
        assert bad.result() == [500] * 20
        assert [len(body) for body in good.result()] == [200_000] * 40


def test_a_hang_ends_at_the_deadline(server: Running) -> None:
    """A loop in C that holds the interpreter's lock is killed at the deadline: 503 with Retry-After, others go on."""
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        hanging = threads.submit(server.get, "hang", lane="codec")
        while not hanging.done():
            assert server.get("bytes:10", lane="codec").status_code == 200
            assert server.get("bytes:10").status_code == 200
            time.sleep(0.05)
    answer = hanging.result()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "1.5 seconds" in answer.text
    assert "temporary" in answer.text
    assert 1.4 < time.monotonic() - began < 10


def test_memory_has_a_ceiling(server: Running) -> None:
    """A job within the memory is done; one beyond it gets 500 and a fresh process follows; the server keeps its own."""
    assert server.get("memory:128", lane="codec").text == "128"
    answer = server.get("memory:1024", lane="codec")
    assert answer.status_code == 500
    assert "more memory" in answer.text
    assert server.get("memory:128", lane="codec").text == "128"


def test_errors_keep_their_class_and_words(server: Running) -> None:
    """What a render process raises arrives as if it had been raised here; the log's detail stays in the log."""
    asked = {"Accept": "application/problem+json"}
    answer = server.get("error:406", lane="codec", headers=asked)
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Acceptable",
        "status": 406,
        "detail": "Nothing of that.",
        "temporary": False,
        "parameter": "contentType",
        "available": ["image/png"],
    }
    answer = server.get("error:500", lane="codec", headers=asked)
    assert (answer.status_code, answer.json()["parameter"]) == (500, "frameNumber")
    assert "/secret/place" not in answer.text
    assert "/secret/place" in server.log()
    answer = server.get("error:503", lane="codec", headers=asked)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["temporary"]) == (503, "7", True)
    answer = server.get("error:0", lane="codec", headers=asked)
    assert (answer.status_code, answer.json()["detail"]) == (500, "The server failed over this object.")


def test_an_error_does_not_cost_the_process(server: Running) -> None:
    """A render process that only refuses an object does the next job too."""
    before = {server.get("process:1", lane="codec").text for _ in range(8)}
    for number in (406, 500, 503, 0):
        server.get(f"error:{number}", lane="codec")
    assert {server.get("process:1", lane="codec").text for _ in range(8)} <= before


def test_a_full_queue_refuses(server: Running) -> None:
    """Two jobs run, two wait, all others get 503 with Retry-After at once; those that were let in are answered."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: server.get("process:700", lane="codec"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [503] * 4
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert "busy" in refused.text
    waited = [answer for answer in answers if answer.status_code == 200 and _queue_milliseconds(answer) > 300]
    assert len(waited) == 2


def _queue_milliseconds(answer: httpx.Response) -> float:
    return float(answer.headers["server-timing"].split("queue;dur=")[1].split(",")[0])


def test_waiting_has_a_limit(start: Callable[..., Running]) -> None:
    """A request that waits longer than the limit gets 503, and its job is never begun."""
    server = start(processes=1, queue=8, queue_seconds=0.3)
    with ThreadPoolExecutor(3) as threads:
        running = threads.submit(server.get, "process:1500", lane="codec")
        time.sleep(0.2)
        waiting = threads.submit(server.get, "crash:9", lane="codec").result()
        assert running.result().status_code == 200
    assert (waiting.status_code, "waited too long" in waiting.text) == (503, True)
    time.sleep(0.2)
    assert "render process lost" not in server.log()


def test_a_client_that_leaves_gives_its_place_up(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """A job whose client has gone is dropped from the queue; one in work is ended after a short while."""
    server = start(processes=1, queue=8, deadline_seconds=60)
    for do in ("hang", "crash:9", "crash:9"):
        with socket.create_connection((urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0)) as client:
            client.sendall(f"GET /wado?do={do}&lane=codec HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.3)
    until(lambda: server.health()["waiting"] == 0)
    began = time.monotonic()
    assert server.get("bytes:10", lane="codec").status_code == 200
    assert time.monotonic() - began < 10
    assert "render job abandoned" in server.log()
    assert "render process lost" not in server.log()


def test_a_broken_first_frame_is_500_and_a_later_one_breaks_the_connection(server: Running) -> None:
    """Frames are decoded before the header as far as 16 MiB go; beyond that, no client takes a part for the whole."""
    assert server.get("frames:1", lane="codec").status_code == 500
    assert server.get("frames:2", lane="codec").status_code == 500
    beyond = {"do": "manyframes:1", "lane": "codec"}
    with server.client.stream("GET", "/wado", params=beyond) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    whole = server.get("manyframes:0", lane="codec")
    assert whole.content == b"\7" * (81 * FRAME)


def test_a_range_decodes_no_other_frame(server: Running) -> None:
    """Bytes of a good frame can be had from an object with broken ones."""
    fields = {"Range": f"bytes={4 + FRAME}-{4 + 2 * FRAME - 1}"}
    answer = server.get("frames:1011", lane="codec", headers=fields)
    assert (answer.status_code, answer.content) == (206, b"\2" * FRAME)


def test_a_slow_client_holds_no_render_process(start: Callable[..., Running]) -> None:
    """While clients take their frames slowly, or not at all, the one render process serves others."""
    server = start(processes=1, queue=2)
    clients = []
    for _ in range(5):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0))
        client.sendall(b"GET /wado?do=manyframes:0&lane=codec HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        clients.append(client)
    for _ in range(20):
        assert server.get("bytes:10", lane="codec").status_code == 200
    assert server.health()["busy"] == 0
    for client in clients:
        client.close()


def test_a_client_that_stalls_loses_its_connection(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """A client that takes no piece within the limit does not keep the file open for ever."""
    server = start(stall_seconds=0.5)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0))
        client.sendall(b"GET /wado?do=manyframes:0&lane=codec HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: "answer broken off error=TimeoutError" in server.log())


def test_a_render_process_has_no_more_than_it_needs(server: Running) -> None:
    """It has its pipe and the standard streams open, no listening socket; it ignores signals meant for the server."""
    found = server.get("limits", lane="codec").json()
    assert sum(name.startswith("socket:") for name in found["files"]) == 1
    assert found["ignored"] == ["SIGINT", "SIGTERM"]
    assert found["niceness"] >= 5


def test_a_pool_that_cannot_start_says_so(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """Render processes that die at birth are tried again with pauses; only requests for them get 503."""
    server = start(producer="server_doubles:stillborn", queue_seconds=0.5)
    answer = server.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "starting")
    assert server.client.get("/ready").status_code == 503
    assert server.get("bytes:10", lane="codec").status_code == 503
    assert server.get("bytes:10").status_code == 200
    until(lambda: server.log().count("render process ended") >= 2)
    time.sleep(1)
    assert server.log().count("render process ended") <= 20


def test_a_producer_that_cannot_be_imported_is_logged(
    start: Callable[..., Running], until: Callable[..., None]
) -> None:
    """A wrong import path does not stop the plain lane, and the log says what is wrong."""
    server = start(producer="server_doubles:nothing", queue_seconds=0.5)
    until(lambda: "has no attribute 'nothing'" in server.log())
    assert server.get("bytes:10").status_code == 200
    assert server.get("bytes:10", lane="codec").status_code == 503


def test_the_template_is_replaced_too(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """When the process that forks the others is killed, all of them are started anew."""
    server = start(processes=2)
    templates = [pid for pid in server.descendants() if _is_template(pid)]
    before = server.get("process:1", lane="codec").text
    os.kill(min(templates), signal.SIGKILL)
    until(lambda: server.get("process:1", lane="codec").text != before)
    until(lambda: server.health()["render_processes"] == 2)
    assert len([pid for pid in server.descendants() if _is_template(pid)]) == 1


def _is_template(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii") == "openwado-forks\n"


def test_a_render_process_ends_by_itself_when_nobody_kills_it() -> None:
    """The backstop inside ends a hang soon after the deadline, should everybody else be gone."""
    script = (
        "import socket, server_doubles\n"
        "from openwado.jobs import ObjectJob\nfrom openwado.dicom.object_wishes import ObjectWishes\n"
        "from openwado.server import render_process, render_wire\n"
        "render_process.BACKSTOP_SECONDS = 0.2\n"
        "ours, theirs = socket.socketpair()\n"
        "job = ObjectJob(instance=server_doubles.instance_of('/'), wishes=ObjectWishes('hang'))\n"
        "ours.sendall(render_wire.encode_job(job))\n"
        "render_process._serve_jobs(theirs, server_doubles.producer(), 0.3)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, timeout=30, check=False)
    assert ended.returncode == -signal.SIGALRM
    assert BACKSTOP_SECONDS > 0
