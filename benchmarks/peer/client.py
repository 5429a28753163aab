"""A client that costs little: raw sockets, requests written beforehand, a process of its own."""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BUFFER = 1 << 20

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """What came of a number of requests.

    Attributes:
        seconds: all in all.
        latencies: of each request, seconds, sorted.
        bytes: of all bodies.
        failed: answers that are not 200 or 304.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    bytes: int = 0
    failed: int = 0

    def quantile(self, part: float) -> float:
        """Return the latency below which this part of the requests lies, seconds."""
        return self.latencies[min(len(self.latencies) - 1, int(part * len(self.latencies)))]


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)
        self.missing = -1
        self.head = b""
        self.began = 0.0
        self.status = 0

    def ask(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.settimeout(None)
        self.socket.sendall(request)
        self.socket.settimeout(0)
        self.missing, self.head = -1, b""

    def take(self, buffer: memoryview, load: Load) -> bool:
        """Take what has come; say whether the answer is whole."""
        count = self.socket.recv_into(buffer)
        if not count:
            raise ConnectionError("the server has closed the connection")
        if self.missing < 0:
            self.head += bytes(buffer[:count])
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.status = int(self.head[9:12])
            found = _LENGTH.search(self.head, 0, end + 2)
            length = int(found.group(1)) if found else 0
            load.bytes += length
            self.missing = length - (len(self.head) - end - 4)
        else:
            self.missing -= count
        return self.missing <= 0


def request(port: int, target: str, etag: str | None = None) -> bytes:
    """Write a request."""
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{condition}\r\n".encode()


def run(port: int, requests: Sequence[bytes], *, connections: int) -> Load:
    """Ask all requests, each once, over some connections that are kept alive; in another process."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(there, port, requests, connections))
    process.start()
    load: Load | str = here.recv()
    process.join()
    if isinstance(load, str):
        raise SystemExit(f"the client failed: {load}")
    return load


def _run(pipe: multiprocessing.connection.Connection, port: int, requests: Sequence[bytes], connections: int) -> None:
    try:
        pipe.send(_asked(port, requests, connections))
    except Exception as error:  # noqa: BLE001 -- told to the parent, which ends
        pipe.send(f"{type(error).__name__}: {error}")


def _asked(port: int, requests: Sequence[bytes], connections: int) -> Load:
    load, buffer = Load(), memoryview(bytearray(_BUFFER))
    selector = selectors.EpollSelector()
    waiting = iter(requests)
    began = time.perf_counter()
    busy = 0
    for _ in range(min(connections, len(requests))):
        connection = _Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask(next(waiting))
        busy += 1
    while busy:
        for key, _ in selector.select(120):
            connection = key.data
            if not connection.take(buffer, load):
                continue
            load.latencies.append(time.perf_counter() - connection.began)
            load.failed += connection.status not in (200, 304)
            following = next(waiting, None)
            if following is None:
                selector.unregister(connection.socket)
                connection.socket.close()
                busy -= 1
            else:
                connection.ask(following)
    load.seconds = time.perf_counter() - began
    load.latencies.sort()
    return load
