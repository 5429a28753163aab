"""Bodies of Store requests, and how tests send them (PS3.18 10.5)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from serving import RunningServer

BOUNDARY = "a boundary? ('+_,-./:=)"
MULTIPART = f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'
DICOM_HEAD = b"Content-Type: application/dicom\r\n"

STORED, FAILED, OTHERS = "00081199", "00081198", "0008119A"


def parts_of(*objects: bytes, head: bytes = DICOM_HEAD, boundary: str = BOUNDARY) -> bytes:
    """Return a multipart body of objects."""
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\r\n" + head + b"\r\n" + one + b"\r\n" for one in objects) + mark + b"--\r\n"


def store(
    server: RunningServer,
    body: bytes | Iterator[bytes],
    path: str = "/studies",
    content_type: str = MULTIPART,
    **headers: str,
) -> httpx.Response:
    """Send a Store request; underscores in header fields' names are hyphens."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.post(path, content=body, headers={"Content-Type": content_type} | fields)


def uids_of(response: httpx.Response, sequence: str = STORED) -> list[str]:
    """Return the SOP Instance UIDs in a sequence of a response."""
    return [item["00081155"]["Value"][0] for item in response.json().get(sequence, {}).get("Value", [])]


def reasons_of(response: httpx.Response, sequence: str) -> list[int]:
    """Return the failure reasons in a sequence of a response."""
    return [item["00081197"]["Value"][0] for item in response.json().get(sequence, {}).get("Value", [])]


def urls_of(response: httpx.Response) -> list[str]:
    """Return the Retrieve URLs of the objects that were stored, "" where there is none."""
    return [item["00081190"].get("Value", [""])[0] for item in response.json()[STORED]["Value"]]


def connect(server: RunningServer) -> socket.socket:
    """Open a connection."""
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=60)


def exchange(server: RunningServer, request: bytes) -> bytes:
    """Send bytes as they are and return all that comes back until the connection closes."""
    with connect(server) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def head(length: int, *fields: str, version: str = "1.1") -> bytes:
    """Return the head of a Store request over a connection that closes afterwards."""
    lines = [f"POST /studies HTTP/{version}", "Host: pacs.example", f"Content-Length: {length}", "Connection: close"]
    return "\r\n".join([*lines, *(fields or (f"Content-Type: {MULTIPART}",)), "", ""]).encode()
