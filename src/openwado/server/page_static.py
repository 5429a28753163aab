"""The page's style sheet, script and icon: held in memory, under names that change with their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import Response

from openwado.errors import NotFound
from openwado.server.page_gzip import GZIP_TAG, with_gzip

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
#: A module stands behind those that it imports, whose names it has to know.
FILES = (
    *("page.css", "object.css", "manual.css", "icon.svg", "theme.js", "keys.js", "upload.js", "copy.js"),
    *("attributes.js", "wado_url.js", "answer.js", "cine.js", "gestures.js", "stage.js", "signed_link.js"),
    "composer.js",
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    body: bytes
    headers: dict[str, str]


class StaticFiles:
    """Serves the files; each has an address with a digest of its bytes, so that browsers may keep it for ever."""

    def __init__(self) -> None:
        self._files: dict[str, StaticFile] = {}
        self.names: dict[str, str] = {}
        folder = resources.files("openwado.server").joinpath("static")
        for name in FILES:
            body = self._with_names(folder.joinpath(name).read_bytes())
            digest = hashlib.sha256(body).hexdigest()[:16]
            stem, suffix = name.rsplit(".", 1)
            self.names[stem] = f"{stem}.{digest}.{suffix}"
            self._files[self.names[stem]] = StaticFile(
                body,
                {
                    "Cache-Control": "public, max-age=31536000, immutable",
                    "Content-Type": MEDIA_TYPES[suffix],
                    "ETag": f'"{digest}"',
                    "X-Content-Type-Options": "nosniff",
                },
            )

    def _with_names(self, body: bytes) -> bytes:
        """Return a file in which imports of others have the names under which these are served."""
        for stem, name in self.names.items():
            body = body.replace(f'"./{stem}.js"'.encode(), f'"./{name}"'.encode())
        return body

    async def answer(self, request: Request) -> Response:
        """Send a file, or 304 where the client has it.

        Raises:
            NotFound: there is no such file (any more).
        """
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise NotFound("There is no such file.")
        said = request.headers.get("if-none-match", "").replace(GZIP_TAG, '"')
        known = {tag.strip().removeprefix("W/") for tag in said.split(",")}
        if file.headers["ETag"] in known or "*" in known:
            return Response(status_code=304, headers={k: v for k, v in file.headers.items() if k != "Content-Type"})
        return with_gzip(request, Response(file.body, headers=file.headers))
