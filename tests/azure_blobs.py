"""A server of Azure Blob Storage's protocol for tests: Azurite, from npm, on loopback, in a folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bound_process import Freezable, bound

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).parent / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"

ACCOUNT = "openwadotests"
KEY = base64.b64encode(b"not-a-secret-0123456789").decode()

_VERSION = "2021-12-02"
_START_SECONDS = 60.0


@dataclass(slots=True)
class BlobServer(Freezable):
    """A running one, and how to disturb it.

    Attributes:
        folder: of its files.
        port: where it listens.
        process: the server.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What programs find their credentials by."""
        return {"AZURE_STORAGE_ACCOUNT_KEY": KEY}

    def url(self, container: str, prefix: str = "") -> str:
        """Return what names a store there."""
        place = f"{container}/{prefix}" if prefix else container
        return f"az://{place}?endpoint=http://127.0.0.1:{self.port}/{ACCOUNT}&account={ACCOUNT}&allow_http=true"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        node = shutil.which("node")
        assert node is not None
        command: list[str | Path] = [
            node,
            PROGRAM,
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(self.port),
            "--location",
            self.folder,
        ]
        # Its check of versions is of the newest protocol that it knows, not of what it can do.
        command += ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
        with (self.folder / "azurite.out").open("ab") as output:
            environment = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}", "PATH": ""}
            self.process = subprocess.Popen(
                bound(command), cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self.process.poll() is None, (self.folder / "azurite.out").read_text(errors="replace")
            assert time.monotonic() < deadline, "Azurite does not start"
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, whoever asks is refused a connection; killed it would forget what it has not written for a while."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(_START_SECONDS)
            self.process = None

    def make_container(self, name: str) -> None:
        """Make a container: one request with a shared key."""
        fields = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION}
        canonical = "".join(f"{field}:{value}\n" for field, value in fields.items())
        place = f"/{ACCOUNT}/{name}"
        to_sign = "PUT" + 12 * "\n" + f"{canonical}/{ACCOUNT}{place}\nrestype:container"
        signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), to_sign.encode(), hashlib.sha256)).decode()
        fields["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("PUT", f"{place}?restype=container", headers=fields)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        assert answer.status == http.HTTPStatus.CREATED, said


def running_blob_server(folder: Path) -> Iterator[BlobServer]:
    """Start a server, give it, and end it; skip where Azurite is not installed."""
    if shutil.which("node") is None or not PROGRAM.exists():
        pytest.skip("Azurite is not installed (make client-packages, which needs npm)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = BlobServer(folder, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
