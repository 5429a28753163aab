"""A relay before a server, which counts the requests that pass it."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)
_RANGE = re.compile(rb"range: *(\S+)", re.IGNORECASE)


@dataclass
class Relay:
    """A running one.

    Attributes:
        port: where it listens.
        without: a field of requests that the server is not to see.
        requests: method and Range field ("" without one) of each.
    """

    port: int
    without: bytes
    requests: list[tuple[str, str]] = field(default_factory=list)

    def note(self, data: bytes) -> None:
        """Take note of the requests that begin in some bytes."""
        for found in _HEAD.finditer(data):
            range_field = _RANGE.search(found[3])
            self.requests.append((found[1].decode(), range_field[1].decode() if range_field else ""))


@contextmanager
def relayed(port: int, without: bytes = b"") -> Iterator[Relay]:
    """Relay to a port of this machine, and note each request; a request's head comes in one piece on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener.getsockname()[1], without)
        threading.Thread(target=_accept, args=(listener, port, relay), daemon=True).start()
        yield relay
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, relay: Relay) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_copy, args=(client, server, relay), daemon=True).start()
        threading.Thread(target=_copy, args=(server, client, None), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, relay: Relay | None) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            if relay is not None:
                relay.note(data)
                data = data.replace(relay.without, b"") if relay.without else data
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
