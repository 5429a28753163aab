"""Sockets to listen on."""

from __future__ import annotations

import errno
import resource
import socket
from contextlib import suppress

#: Connections that may wait to be taken.
BACKLOG = 2048

#: A client that takes nothing for so long is gone, seconds; the kernel closes its connection.
_DEAD_CLIENT_SECONDS = 120

#: Open files, connections among them, that a process allows itself if the system lets it.
_CONNECTIONS = 65536


class CannotListen(Exception):  # noqa: N818 -- a state of the machine, said in one sentence
    """The address cannot be had; the message says why and what to do."""


def allow_many_connections() -> None:
    """Let this process open as many files and connections as the system allows, up to a bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(_CONNECTIONS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of a host, all with the same port.

    Args:
        host: name or address; "" for all addresses of this machine.
        port: 0 takes any free one.

    Raises:
        CannotListen: the name is unknown, the port is taken or not allowed.
    """
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    for family, address in _addresses(host):
        number = port or (sockets[0].getsockname()[1] if sockets else 0)
        try:
            sockets.append(_listen(family, address, number))
        except OSError as error:
            failure = error
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # an address family that is switched off
                break
    if failure is not None and (not sockets or failure.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)):
        for listener in sockets:
            listener.close()
        raise CannotListen(_sentence(host, port, failure)) from failure
    return sockets


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise CannotListen(f"The host {host!r} to listen on is not known.") from error
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _listen(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        with suppress(OSError):  # some kernels leave it out
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_CLIENT_SECONDS * 1000)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


def _sentence(host: str, port: int, error: OSError) -> str:
    where = f"port {port} of {host}" if host else f"port {port}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"Cannot listen on {where}: another program uses it already. Stop that one, or choose another port."
        case errno.EACCES:
            return f"Cannot listen on {where}: this user may not. Ports below 1024 are the administrator's."
        case errno.EADDRNOTAVAIL:
            return f"Cannot listen on {where}: this machine does not have that address."
        case _:
            return f"Cannot listen on {where}: {error.strerror}."
