"""A server of web pages: the files of a folder, each where it is, and a page for all other addresses."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import os

MEDIA_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html", ".css": "text/css"}


class Site:
    """A server of web pages, on a port of its own.

    Args:
        folder: what it serves.

    Attributes:
        folder: what it serves; links in it are followed.
        origin: where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(SimpleHTTPRequestHandler):
    """Answers; compiled WebAssembly is known by its first bytes, since packages give it names without a suffix."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | MEDIA_TYPES

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Return the media type of a file."""
        with Path(path).open("rb") as file:
            if file.read(4) == b"\0asm":
                return "application/wasm"
        return super().guess_type(path)

    def translate_path(self, path: str) -> str:
        """Return the file at an address; what is none is the page at the root, which knows its way about."""
        found = super().translate_path(path)
        if Path(found).is_file() or Path(found, "index.html").is_file():
            return found
        return super().translate_path("/index.html")

    def log_message(self, *_: object) -> None:
        """Say nothing."""
