"""Two servers, PostgreSQL, Ceph's object gateway and nginx before them, from the example configurations."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bound_process import bound
from ceph import make_bucket
from nginx import free_port, replaced, running_nginx
from serving import wado_parameters

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from ceph import Gateway
    from nginx import Nginx
    from postgresql_server import PostgresqlServer

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "cluster" / "openwado.toml"
BUCKET = "openwado"

_STARTED_WITHIN = 60.0


@dataclass
class Node:
    """One of the servers.

    Attributes:
        port: where it listens, also after it was started again.
        folder: of its data and its log.
        configuration: its settings.
        environment: its credentials.
        process: the command; None before it is started.
    """

    port: int
    folder: Path
    configuration: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has written so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8")

    def start(self) -> None:
        """Start the command, in a group of processes of its own; it does not answer yet."""
        command = [sys.executable, "-m", "openwado", "serve", "--config", str(self.configuration)]
        command += ["--port", str(self.port), "--data", str(self.folder / "data")]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                bound(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=os.environ | self.environment,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it answers."""
        assert self.process is not None
        deadline = time.monotonic() + _STARTED_WITHIN
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == httpx.codes.OK:
                    return
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill every process of it at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Have it end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def command(self, *arguments: str | Path, statuses: Container[int] = (0,), **environment: str) -> str:
        """Run another command with the settings of the servers; return what it prints.

        Args:
            arguments: of the command.
            statuses: with which it may exit.
            environment: settings of its own.
        """
        words = [*map(str, arguments), "--config", str(self.configuration), "--data", str(self.folder / "data")]
        done = subprocess.run(
            [sys.executable, "-m", "openwado", *words],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | self.environment | environment,
        )
        assert done.returncode in statuses, done.stdout + done.stderr
        return done.stdout


@dataclass(frozen=True)
class Cluster:
    """All of them.

    Attributes:
        nodes: the servers.
        nginx: what is before them.
        gateway: of the bucket.
        index: address of the database.
        clients: one for each server, in their order, then one for nginx.
    """

    nodes: tuple[Node, Node]
    nginx: Nginx
    gateway: Gateway
    index: str
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def servers(self) -> list[httpx.Client]:
        """Ask the servers themselves."""
        return self.clients[:2]

    @property
    def front(self) -> httpx.Client:
        """Asks nginx."""
        return self.clients[2]


def ask(client: httpx.Client, uids: tuple[str, str, str], **parameters: str) -> httpx.Response:
    """Ask for an object by its study, series and object UID."""
    return client.get("/wado", params=wado_parameters(uids) | parameters)


@contextmanager
def running_cluster(folder: Path, postgresql: PostgresqlServer, gateway: Gateway) -> Iterator[Cluster]:
    """Start servers on an empty database and an empty bucket, both at the same time, and nginx; stop them.

    Args:
        folder: an empty one.
        postgresql: where the database is made.
        gateway: where the bucket is made.
    """
    make_bucket(gateway, BUCKET)
    index = postgresql.new_database()
    name = index.partition("?")[0].rpartition("/")[2]
    addresses = {
        "postgresql://openwado@127.0.0.1:5432/openwado": f"postgresql://owner@127.0.0.1:{postgresql.port}/{name}",
        "http://127.0.0.1:7480": gateway.endpoint,
    }
    configuration = folder / "openwado.toml"
    configuration.write_text(replaced(EXAMPLE.read_text(encoding="utf-8"), addresses), encoding="utf-8")
    environment = {**gateway.environment, "PGPASSWORD": postgresql.password}
    first, second = (_node(folder / letter, configuration, environment) for letter in "ab")
    with ExitStack() as stack:
        for node in (first, second):
            stack.callback(node.stop)
            node.start()
        for node in (first, second):
            node.wait()
        (folder / "nginx").mkdir()
        nginx = stack.enter_context(running_nginx(folder / "nginx", (first.port, second.port)))
        urls = (first.url, second.url, nginx.url)
        clients = [stack.enter_context(httpx.Client(base_url=url, timeout=60)) for url in urls]
        yield Cluster((first, second), nginx, gateway, index, clients)


def _node(folder: Path, configuration: Path, environment: dict[str, str]) -> Node:
    folder.mkdir()
    return Node(free_port(), folder, configuration, environment)
