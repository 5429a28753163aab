"""nginx before servers of the tests' own: the example configuration with other addresses, as a child, in a folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bound_process import bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "cluster" / "nginx.conf"

_STARTED_WITHIN = 20.0

#: Folders that nginx makes when it starts, whether or not they are used; by default they are the system's.
_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Nginx:
    """A running one.

    Attributes:
        url: where it listens.
        log: its error log.
        process: its master process.
    """

    url: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running_nginx(folder: Path, servers: Sequence[int]) -> Iterator[Nginx]:
    """Start nginx before two servers on ports of this machine, and stop it; skip where it is not installed.

    Args:
        folder: an empty one.
        servers: their ports.
    """
    port = free_port()
    with running_program(folder, _configuration(port, servers), port) as nginx:
        yield nginx


@contextmanager
def running_program(folder: Path, text: str, port: int) -> Iterator[Nginx]:
    """Start nginx with a configuration, and stop it; skip where it is not installed.

    Args:
        folder: an empty one.
        text: the configuration.
        port: one that it listens on.
    """
    program = shutil.which("nginx", path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    configuration = folder / "nginx.conf"
    folders = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in _FOLDERS)
    configuration.write_text(replaced(text, {"http {\n": f"http {{\n{folders}"}), encoding="ascii")
    log = folder / "error.log"
    # As root its workers would be another account, which may not enter the folder.
    user = "user root; " if os.geteuid() == 0 else ""
    directives = f"daemon off; {user}pid {folder}/nginx.pid; error_log {log};"
    command = [program, "-e", str(log), "-p", str(folder), "-c", str(configuration), "-g", directives]
    with (folder / "nginx.out").open("wb") as output:
        process = subprocess.Popen(
            bound(command, end=signal.SIGTERM), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait_for(port, process, folder)
        yield Nginx(f"http://127.0.0.1:{port}", log, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def replaced(text: str, replacements: dict[str, str]) -> str:
    """Return a text with each of some words replaced, all of which must be in it."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _configuration(port: int, servers: Sequence[int]) -> str:
    """Return the example with our addresses."""
    addresses = {8080: port, 8081: servers[0], 8082: servers[1]}
    listening = {f"127.0.0.1:{old}": f"127.0.0.1:{new}" for old, new in addresses.items()}
    return replaced(EXAMPLE.read_text(encoding="ascii"), listening)


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            said = (folder / "nginx.out").read_text(encoding="utf-8")
            assert process.poll() is None, f"nginx does not start: {said}"
            assert time.monotonic() < deadline, f"nginx does not start: {said}"
            time.sleep(0.05)
        else:
            return
