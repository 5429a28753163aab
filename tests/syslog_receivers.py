"""Syslog receivers on this machine: UDP (RFC 5426), TCP with octet counting (RFC 6587) and TLS (RFC 5425)."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from audit_reading import Read, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from authorities import Authority

#: A message of RFC 5424 with a byte order mark, and with what PS3.15 A.6 has in it.
_MESSAGE = re.compile(
    rb"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) openwado (\d+) DICOM\+RFC3881 "
    rb'\[meta sequenceId="(\d+)"\] \xef\xbb\xbf(.*)',
    re.DOTALL,
)


@dataclass(frozen=True)
class Arrived:
    """A message that has arrived; number: its sequenceId."""

    priority: int
    number: int
    message: Read


class Receiver:
    """Receives until it is closed; then its port is refused, and another one may listen there.

    Args:
        port: 0 takes any.
        tls: of the server, None for plain TCP.
        udp: whether datagrams are received.
    """

    def __init__(self, port: int = 0, *, tls: ssl.SSLContext | None = None, udp: bool = False) -> None:
        self._tls = tls
        self.scheme = "udp" if udp else "tls" if tls else "tcp"
        self._socket = socket.socket(type=socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.arrived: list[Arrived] = []
        self.wrong: list[bytes] = []
        self._connections: list[socket.socket] = []
        self._is_closed = False
        if not udp:
            self._socket.listen()
        self._thread = threading.Thread(target=self._datagrams if udp else self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Value of the setting."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Read]:
        """What has arrived, each once."""
        return list({one.number: one.message for one in self.arrived}.values())

    def wait(self, is_there: Callable[[list[Read]], bool], seconds: float = 25.0) -> list[Read]:
        """Return what has arrived once that is there which is waited for."""
        deadline = time.monotonic() + seconds
        while not is_there(messages := self.messages):
            assert not self.wrong, self.wrong[0][:300]
            told = [(one.event, one.action, one.number) for one in messages]
            assert time.monotonic() < deadline, f"not arrived in time; there are {told}"
            time.sleep(0.05)
        return messages

    def close(self) -> None:
        """Receive nothing more, and break off what is connected."""
        self._is_closed = True
        for one in (self._socket, *self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _datagrams(self) -> None:
        with suppress(OSError):
            while not self._is_closed:
                self._take(self._socket.recv(65536))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):  # closed while it reads
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._connections.append(connection)
            with connection.makefile("rb") as stream:
                while length := _length(stream.read(1), stream.read):
                    data = stream.read(length)
                    if len(data) == length:
                        self._take(data)

    def _take(self, data: bytes) -> None:
        found = _MESSAGE.fullmatch(data)
        if found is None:
            self.wrong.append(data)
            return
        priority, _, _, _, number, xml = found.groups()
        self.arrived.append(Arrived(int(priority), int(number), read(xml)))


def _length(first: bytes, read_more: Callable[[int], bytes]) -> int:
    digits = first
    while digits and not digits.endswith(b" "):
        digits += read_more(1)
    return int(digits) if digits.strip() else 0


def receiving(trusted: Authority) -> ssl.SSLContext:
    """Return how a receiver speaks TLS: with a certificate of an authority, and with clients that have one, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted.issue("receiver"))
    context.load_verify_locations(trusted.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
