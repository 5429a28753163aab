"""A PostgreSQL server of the tests' own, as a child: in a temporary folder, on a socket there and on a free port."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from bound_process import bound

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
max_connections = 60
shared_buffers = 32MB
"""

#: Nobody's account, under which it runs where the tests are root: it refuses to be root.
_ACCOUNT = "postgres", "nobody"

_STARTED_WITHIN = 60.0


def tool(name: str) -> str:
    """Return the path of a program of PostgreSQL; skip where it is not installed, unless the tests run in CI."""
    places = [*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True), *os.get_exec_path()]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} of PostgreSQL is not installed")
        pytest.skip(f"{name} of PostgreSQL is not installed")
    return found


class PostgresqlServer:
    """A server that is running; `stop`, `start`, `freeze` and `thaw` do that to it, `remove` ends it for good."""

    def __init__(self) -> None:
        self._tool = {name: tool(name) for name in ("initdb", "postgres")}
        self._folder = Path(tempfile.mkdtemp(prefix="openwado-pg-", dir="/tmp"))
        self._account: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            self._account = next(name for name in _ACCOUNT if _is_account(name))
            shutil.chown(self._folder, self._account)
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._made = 0
        try:
            self._make()
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def _make(self) -> None:
        password = self._folder / "password"
        password.write_text(self.password)
        password.chmod(0o644)
        self._run(
            *(self._tool["initdb"], "--pgdata", str(self._folder / "data"), "--username", "owner"),
            *("--pwfile", str(password), "--auth-local", "trust", "--auth-host", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        settings = f"{_CONFIGURATION}port = {self.port}\nunix_socket_directories = '{self._folder}'\n"
        (self._folder / "data" / "postgresql.auto.conf").write_text(settings)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = bound(
            [self._tool["postgres"], "-D", self._folder / "data"], end=signal.SIGQUIT, account=self._account
        )
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + _STARTED_WITHIN
        while not self._answers():
            said = (self._folder / "log").read_text(encoding="utf-8")
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(_STARTED_WITHIN) == 0

    def freeze(self) -> None:
        """Have all its processes stand still: connections are taken, and nothing comes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have them go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self, options: str = "") -> str:
        """Make an empty database and return its address."""
        self._made += 1
        name = f"index_{self._made}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}".encode())
        return self.address(name)

    def address(self, name: str) -> str:
        """Return the address of a database by the socket."""
        return f"postgresql://owner@/{name}?host={self._folder}&port={self.port}"

    def address_by_port(self, name: str) -> str:
        """Return the address of a database by the network, with the password."""
        return f"postgresql://owner:{self.password}@127.0.0.1:{self.port}/{name}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None
        first = self._process.pid  # it starts the others: once it stands still, there are no more of them
        os.kill(first, which)
        for child in Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split():
            os.kill(int(child), which)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            bound(command, account=self._account), capture_output=True, text=True, cwd=self._folder, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _is_account(name: str) -> bool:
    return any(line.startswith(f"{name}:") for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
