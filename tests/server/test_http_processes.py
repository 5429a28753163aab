"""Several HTTP processes on one port: starting, stopping, dying."""

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
from uvicorn.config import Config

from bound_process import bound
from openwado.server.http_process import HttpProcess
from openwado.server.listening import CannotListen, open_sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.conftest import Running

HERE = Path(__file__).parent


def test_an_http_process_has_one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that runs the server and the one that says whether it has started mean the same one."""

    class SlowlyMade:
        def __init__(self, config: object) -> None:
            self.config = config
            time.sleep(0.05)

    monkeypatch.setattr("uvicorn.supervisors.multiprocess.Server", SlowlyMade)
    process = HttpProcess(Config("nowhere:application"), [])
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: process.server, range(8)))
    assert len(set(map(id, found))) == 1
    process.parent_conn.close()
    process.child_conn.close()


def http_processes(server: Running) -> set[int]:
    """Return the process ids of a server's HTTP processes."""
    nursery = {
        pid for pid in _children(server.process.pid) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()
    }
    return {child for pid in nursery for child in _children(pid)}


def _children(pid: int) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_stopping_lets_running_requests_finish(
    start: Callable[..., Running], until: Callable[..., None], number: signal.Signals, workers: int
) -> None:
    """A signal ends the server with exit code 0 and without a traceback, after the running requests are answered."""
    server = start(workers=workers, processes=1)
    started = server.descendants()
    with (
        ThreadPoolExecutor(2) as threads,
        httpx.Client(base_url=server.url, timeout=60) as first,
        httpx.Client(base_url=server.url, timeout=60) as second,
    ):
        assert first.get("/health").status_code == second.get("/health").status_code == 200  # connections are there
        codec = threads.submit(first.get, "/wado?do=process:1500&lane=codec")
        stream = threads.submit(_take_slowly, second)
        time.sleep(0.5)
        for pid in started | {server.process.pid} if number is signal.SIGINT else {server.process.pid}:
            os.kill(pid, number)  # Ctrl-C reaches every process of a terminal's group
        assert codec.result().status_code == 200
        assert stream.result() == 81 * 300_000
    assert server.process.wait(timeout=20) == 0
    until(lambda: not any(map(_runs, started)))
    assert "Traceback" not in server.log()


def _take_slowly(client: httpx.Client) -> int:
    received = 0
    with client.stream("GET", "/wado?do=manyframes:0&lane=codec") as answer:
        for piece in answer.iter_raw(1 << 20):
            received += len(piece)
            time.sleep(0.05)
    return received


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_ctrl_c_at_any_moment_leaves_no_traceback(delay: float, tmp_path: Path) -> None:
    """Ctrl-C, which every process of the group gets, ends a server that is only just starting in silence too."""
    log = tmp_path / "log"
    command = [sys.executable, "run_server.py", "0", "2", "1", "application"]
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            bound(command), cwd=HERE, stdout=subprocess.DEVNULL, stderr=file, start_new_session=True
        )
        while "Started parent process" not in log.read_text(encoding="utf-8"):
            time.sleep(0.005)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_no_new_connection_is_taken_while_stopping(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """Once it stops, the port is free for a successor, though a request still runs."""
    server = start(processes=1)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(httpx.get, f"{server.url}/wado?do=process:2500&lane=codec", timeout=30)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not _connects(server))
        assert not running.done()
        assert running.result().status_code == 200
    assert server.process.wait(timeout=20) == 0


def _connects(server: Running) -> bool:
    try:
        socket.create_connection((urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0), 1).close()
    except OSError:
        return False
    return True


def test_grace_has_an_end(start: Callable[..., Running]) -> None:
    """A request that runs longer than the grace does not keep the server from stopping."""
    server = start(processes=1, grace=1, deadline_seconds=60)
    with ThreadPoolExecutor(1) as threads:
        endless = threads.submit(_outcome, f"{server.url}/wado?do=hang&lane=codec")
        time.sleep(0.5)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10
        assert endless.result() in ("broken", "500", "503")
    assert "Traceback" not in server.log()


def _outcome(url: str) -> str:
    try:
        return str(httpx.get(url, timeout=30).status_code)
    except httpx.TransportError:
        return "broken"


def test_an_http_process_that_dies_is_replaced(start: Callable[..., Running], until: Callable[..., None]) -> None:
    """Killing one of two HTTP processes, or the only one, leaves a server that answers, and no orphans."""
    for workers in (1, 2):
        server = start(workers=workers, processes=1)
        before = http_processes(server)
        assert len(before) == workers
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(http_processes(server) - {victim}) == workers)  # noqa: B023 -- called in this turn only
        until(lambda: _answers(server))  # noqa: B023 -- as above
        until(lambda: len(server.descendants()) == 2 + 3 * workers)  # noqa: B023 -- nursery, resource tracker; three each
        assert server.stop() == 0


def _answers(server: Running) -> bool:
    try:
        return httpx.get(f"{server.url}/wado?do=bytes:10&lane=codec", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def test_nothing_is_left_when_the_supervisor_is_killed(
    start: Callable[..., Running], until: Callable[..., None]
) -> None:
    """Kill -9 of the command takes HTTP processes, templates and render processes with it, busy ones too."""
    server = start(workers=2, processes=2, deadline_seconds=60)
    until(lambda: len(server.descendants()) == 2 + 2 * (1 + 1 + 2))  # beside them: nursery, resource tracker
    everything = server.descendants()
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(_outcome, f"{server.url}/wado?do=hang&lane=codec")
        time.sleep(0.3)
        server.process.kill()
        assert busy.result() == "broken"
    until(lambda: not any(map(_runs, everything)))


def test_nothing_is_left_when_an_http_process_is_killed(
    start: Callable[..., Running], until: Callable[..., None], below: Callable[[int], set[int]]
) -> None:
    """Kill -9 of an HTTP process takes its template and its render processes with it, busy ones too."""
    server = start(processes=2, deadline_seconds=60)
    (victim,) = http_processes(server)
    theirs = below(victim)
    assert len(theirs) == 3
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(_outcome, f"{server.url}/wado?do=hang&lane=codec")
        time.sleep(0.3)
        os.kill(victim, signal.SIGKILL)
        assert busy.result() == "broken"
    until(lambda: not any(map(_runs, theirs)))


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    """Two servers cannot have one port: the second says which port and what to do, and nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "run_server.py", str(port), "1", "1", "application"]
        ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Cannot listen on port {port} of 127.0.0.1: another program uses it already. "
        "Stop that one, or choose another port.\n"
    )


def test_an_application_that_fails_keeps_the_server_from_starting() -> None:
    """The server says why, ends, and does not try for ever."""
    command = [sys.executable, "run_server.py", "0", "2", "1", "broken_application"]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "no application today" in ended.stderr
    assert ended.stderr.endswith("The server did not start. The lines above say why.\n")


def test_listening_addresses() -> None:
    """An unknown host and a foreign address are said in a sentence; all addresses of a name share one port."""
    with pytest.raises(CannotListen, match=r"not known"):
        open_sockets("no.such.host.invalid", 0)
    with pytest.raises(CannotListen, match=r"does not have that address"):
        open_sockets("192.0.2.1", 0)
    sockets = open_sockets("localhost", 0)
    try:
        assert len({listener.getsockname()[1] for listener in sockets}) == 1
    finally:
        for listener in sockets:
            listener.close()


def test_slow_heads_do_not_block_others(server: Running) -> None:
    """A hundred clients that never finish their heads, and a hundred idle ones, keep nobody from being answered."""
    address = (urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0)
    slow = [socket.create_connection(address) for _ in range(200)]
    for client in slow[:100]:
        client.sendall(b"GET /wado?do=bytes:1 HTTP/1.1\r\nHost")
    for _ in range(20):
        assert httpx.get(f"{server.url}/wado?do=bytes:10", timeout=5).status_code == 200
    for client in slow:
        client.close()
