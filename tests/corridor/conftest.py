"""A real server, started by its own command, on a real socket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from bound_process import bound
from dicom_receiver import Receiver
from dicom_sending import free_port
from serving import RunningServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@pytest.fixture(scope="module")  # many of them would keep a machine busy by being there
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RunningServer]]:
    """Give a function that starts `openwado serve` and waits until it says its address; all are stopped at the end."""
    with starting(tmp_path_factory) as start:
        yield start


@contextmanager
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RunningServer]]:
    """Give a function that starts `openwado serve` and waits until it says its address; all are stopped at the end."""
    started: list[RunningServer] = []

    def start(*arguments: str | Path, within: Sequence[str | Path] = (), **environment: str) -> RunningServer:
        data = tmp_path_factory.mktemp("data")
        command = [*within, sys.executable, "-m", "openwado", "serve", *map(str, arguments), "--port", "0"]
        if "--data" not in arguments:
            command += ["--data", str(data)]
        with (data / "server.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                bound(command), stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | environment
            )
        printed, url = _read_address(process)
        example = next((found for found in re.findall(r"http\S+", printed) if "requestType=WADO" in found), "")
        server = RunningServer(
            url, example, printed, data / "server.log", process, httpx.Client(base_url=url, timeout=60)
        )
        started.append(server)
        return server

    try:
        yield start
    finally:
        _stop(started)


def _stop(started: Sequence[RunningServer]) -> None:
    for server in started:
        server.client.close()
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
    for server in started:
        server.process.wait(timeout=40)
        if server.process.stdout is not None:
            server.process.stdout.close()


@pytest.fixture(scope="module")
def start_receiver(
    start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Receiver]:
    """Give a function that starts a server which takes objects by C-STORE."""

    def start(**environment: str) -> Receiver:
        data, port = tmp_path_factory.mktemp("receiver"), free_port()
        server = start_server("--data", data, "--dicom-port", str(port), **environment)
        title = environment.get("OPENWADO_AE_TITLE", "OPENWADO")
        assert f"  DICOM    {title} at 127.0.0.1:{port}\n" in server.printed
        return Receiver(server, port, data)

    return start


def _read_address(process: subprocess.Popen[str]) -> tuple[str, str]:
    printed = ""
    if process.stdout is not None:
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
    found = re.search(r"https?://[\w.:\[\]]+", printed)
    assert found, f"the server did not start: {printed}"
    return printed, found.group()
