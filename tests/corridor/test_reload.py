"""Settings read again on SIGHUP, while the server answers."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import httpx

from authorities import authority

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer


class Load:
    """Clients that keep their connections and ask without a pause.

    Attributes:
        answers: how many have come.
        failures: what went wrong.
        caching: values of Cache-Control that were seen.
    """

    def __init__(self, url: str, clients: int, verify: ssl.SSLContext | None = None) -> None:
        self.answers = 0
        self.failures: list[str] = []
        self.caching: set[str] = set()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(url, verify)) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _ask(self, url: str, verify: ssl.SSLContext | None) -> None:
        with httpx.Client(timeout=60, verify=verify or True, http2=verify is not None) as client:
            while not self._ends.is_set():
                try:
                    answer = client.get(url)
                except httpx.TransportError as error:
                    self.failures.append(repr(error))
                    continue
                if answer.status_code != 200:
                    self.failures.append(str(answer.status_code))
                self.answers += 1
                self.caching.add(answer.headers["cache-control"])

    def end(self) -> None:
        """Stop asking."""
        self._ends.set()
        for thread in self._threads:
            thread.join()


def wait_for_log(server: RunningServer, words: str, count: int = 1) -> str:
    """Wait until words stand in the log so often; return it."""
    deadline = time.monotonic() + 60
    while (text := server.log.read_text(encoding="utf-8")).count(words) < count:
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    return text


def test_settings_are_taken_up_without_losing_a_request(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """HTTP processes are replaced in turn: every request is answered, in the end as the new settings say."""
    config = tmp_path / "openwado.toml"
    config.write_text("cache_max_age = 1\nworkers = 2\n", encoding="utf-8")
    server = start_server("--config", config)
    load = Load(server.example, 3)
    try:
        time.sleep(0.5)
        config.write_text("cache_max_age = 2\nworkers = 3\n", encoding="utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        text = wait_for_log(server, " reloaded")
        deadline = time.monotonic() + 40
        while 'openwado_processes{kind="http"} 2\n' not in server.client.get("/metrics").text:
            assert time.monotonic() < deadline, "the former processes have ended"
            time.sleep(0.1)
        load.caching.clear()
        while not load.caching:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        load.end()
    assert not load.failures
    assert load.caching == {"private, max-age=2"}
    assert "setting needs a restart setting=workers" in text
    statement = server.client.get("/statement?format=md").text
    assert "| cache\\_max\\_age | 2 | 0 |" in statement, "what is in use"
    assert "| workers | 2 | 0 |" in statement
    metrics = server.client.get("/metrics").text
    assert 'openwado_reloads_total{outcome="done"} 1' in metrics
    assert f'openwado_http_requests_total{{type="picture",status="200"}} {load.answers}\n' in metrics, (
        "none is forgotten"
    )

    config.write_text("cache_max_age = -3\npage = 7\nnothing = 1\n", encoding="utf-8")
    os.kill(server.process.pid, signal.SIGHUP)
    text = wait_for_log(server, "reload refused")
    for words in (f"cache_max_age ({config}, line 1)", f"page ({config}, line 2)", f"nothing ({config}, line 3)"):
        assert words in text
    assert server.client.get(server.example).headers["cache-control"] == "private, max-age=2"
    assert "openwado_reload_failed 1" in server.client.get("/metrics").text
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=40) == 0


def test_clients_of_http_2_lose_no_request_either(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """A process that gives way says GOAWAY in place of a request, which its client asks again (RFC 9113 6.8)."""
    trusted = authority(tmp_path)
    config = tmp_path / "openwado.toml"
    config.write_text("cache_max_age = 1\nworkers = 1\n", encoding="utf-8")
    server = start_server("--config", config, OPENWADO_TLS_CERTIFICATE=str(trusted.issue()))
    load = Load(server.example, 3, trusted.trusting())
    try:
        time.sleep(0.5)
        config.write_text("cache_max_age = 2\nworkers = 1\n", encoding="utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for_log(server, " reloaded")
        deadline = time.monotonic() + 40
        while "private, max-age=2" not in load.caching:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        load.end()
    assert not load.failures
    assert load.caching == {"private, max-age=1", "private, max-age=2"}


def test_settings_that_cannot_be_put_to_use_are_not_taken_up(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """What is only wrong with what a setting names is refused as well, and the processes stay."""
    config = tmp_path / "openwado.toml"
    config.write_text("workers = 1\n", encoding="utf-8")
    server = start_server("--config", config)
    config.write_text('workers = 1\ncache_max_age = 9\ncache_shared = "nowhere"\n', encoding="utf-8")
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for_log(server, "reload refused")
    assert server.client.get(server.example).headers["cache-control"] == "private, no-cache"
