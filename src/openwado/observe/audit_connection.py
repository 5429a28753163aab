"""Connections to a syslog receiver: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425)."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import select
import socket
import ssl
import struct
import termios
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from openwado.observe.audit_syslog import octet_counted
from openwado.observe.log import event

if TYPE_CHECKING:
    from openwado.observe.audit_options import SyslogOptions

#: For a connection, and for a receiver to take a message, seconds.
_CONNECT_SECONDS, _SEND_SECONDS = 10.0, 30.0

_logger = logging.getLogger("openwado.audit")


class Connection(Protocol):
    """A way to the receiver."""

    def send(self, message: bytes) -> None:
        """Send a message; raise OSError where it cannot be."""

    def is_delivered(self) -> bool:
        """Return whether all that was sent has reached the receiver's machine; raise OSError where it is gone."""

    def close(self) -> None:
        """Let go of it."""


def connect(options: SyslogOptions) -> Connection:
    """Open a way to the receiver.

    Raises:
        OSError: there is none at the moment; also where a certificate is not right (`ssl.SSLError`).
    """
    return Datagrams(options) if options.transport == "udp" else Stream(options)


class Datagrams:
    """UDP: whether anything arrives, nobody knows.

    Args:
        options: where to.
    """

    def __init__(self, options: SyslogOptions) -> None:
        where = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(where[0], where[1])
        try:
            self._socket.connect(where[4])
        except BaseException:
            self._socket.close()
            raise

    def send(self, message: bytes) -> None:
        """Send a message; one that no datagram holds is left to the trail, and named in the log."""
        try:
            self._socket.send(message)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            _logger.error(event("audit message too large for UDP", bytes=len(message)))  # noqa: TRY400 -- said

    def is_delivered(self) -> bool:
        """Return that all is said; raise where the machine answers that nobody listens there."""
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        return True

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class Stream:
    """TCP, or TLS on it.

    Args:
        options: where to.
    """

    def __init__(self, options: SyslogOptions) -> None:
        plain = socket.create_connection((options.host, options.port), _CONNECT_SECONDS)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket = plain
            if options.transport == "tls":
                self._socket = tls_context(options).wrap_socket(plain, server_hostname=options.host)
            self._socket.settimeout(_SEND_SECONDS)
        except BaseException:
            plain.close()
            raise

    def send(self, message: bytes) -> None:
        """Send a message behind its length."""
        self._socket.sendall(octet_counted(message))

    def is_delivered(self) -> bool:
        """Return whether the receiver's machine has acknowledged every byte, and the connection stands."""
        self._see_that_it_stands()
        unacknowledged = struct.unpack("i", fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
        return bool(unacknowledged == 0)

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError):
            self._socket.close()

    def _see_that_it_stands(self) -> None:
        while select.select([self._socket], [], [], 0)[0]:
            self._socket.settimeout(0)
            try:
                if not self._socket.recv(4096):
                    raise ConnectionResetError("the receiver closed the connection")
            except (ssl.SSLWantReadError, BlockingIOError):
                return
            finally:
                self._socket.settimeout(_SEND_SECONDS)


def tls_context(options: SyslogOptions) -> ssl.SSLContext:
    """Return how TLS is spoken with the receiver: 1.2 or later, its certificate for its name (RFC 5425 5; A.6).

    Raises:
        OSError: a file cannot be read, or holds no certificate or key.
    """
    context = ssl.create_default_context(cafile=options.ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.certificate:
        context.load_cert_chain(options.certificate, options.key or None, password=_no_password)
    return context


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody is there to type the password."""
    raise OSError(errno.EACCES, "the key is encrypted")
