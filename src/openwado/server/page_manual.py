"""/docs: the manual, in the language of who reads it where it is there in it, and all files that its pages name.

No patient is in it, and nothing of this server's settings: like the style sheet it is for everybody who gets here.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from openwado.errors import NotFound
from openwado.manual.files import manual_root
from openwado.manual.manual import Manual
from openwado.protocol.conditional import if_none_match

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from openwado.manual.files import Source
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

MANUAL_PATH: Final = "/docs"

_MOVED: Final = 308

#: Whoever has a file asks whether it is still the same; it is, until the program is another one.
_CACHING: Final = "no-cache"


class ManualPages:
    """Makes the routes' answers.

    Args:
        asked: returns words and addresses for who asks.
        html: makes a page of a template.
    """

    def __init__(self, asked: Callable[[Request], tuple[Wording, Links]], html: Callable[..., Response]) -> None:
        self._asked = asked
        self._html = html
        self._manual = Manual(manual_root())

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(MANUAL_PATH, self.moved), Route(f"{MANUAL_PATH}/{{address:path}}", self.answer)]

    async def moved(self, request: Request) -> Response:
        """Send who asks for the folder without its slash to it: addresses in pages are relative to it."""
        query = request.scope["query_string"].decode("latin-1")
        root = request.scope.get("root_path", "").rstrip("/")
        return RedirectResponse(f"{root}{MANUAL_PATH}/" + (f"?{query}" if query else ""), _MOVED)

    async def answer(self, request: Request) -> Response:
        """Send a page or a file, or 304 where the client has it.

        Raises:
            BadRequest: the address names a language that there is not.
            NotFound: there is no such page.
        """
        # A page is read, and perhaps made, in a thread: the longest takes a third of a second.
        made = await asyncio.to_thread(self._made, request)
        if if_none_match(request.headers.get("if-none-match"), made.headers["ETag"]):
            return Response(status_code=304, headers={k: v for k, v in made.headers.items() if k in _KEPT})
        return made

    def _made(self, request: Request) -> Response:
        address = request.path_params["address"]
        source = self._manual.file(address)
        return self._page(request, address) if source is None else _file(source)

    def _page(self, request: Request, name: str) -> Response:
        say, links = self._asked(request)
        page = self._manual.page(name, say.language, names_language=say.is_named)
        if page is None:
            raise NotFound("There is no such page in the manual.")
        contents = self._manual.contents(say.language)
        before, after = contents.beside(name)
        made = self._html(
            "manual.html", request, say, links, name=name, page=page, contents=contents, before=before, after=after
        )
        made.headers["Cache-Control"] = _CACHING
        made.headers["ETag"] = _tag(made.body)
        return made


_KEPT: Final = frozenset({"cache-control", "content-security-policy", "etag", "vary"})


def _file(source: Source) -> Response:
    body = source.path.read_bytes()
    headers = {"Cache-Control": _CACHING, "ETag": _tag(body), "X-Content-Type-Options": "nosniff"}
    if source.media_type == "image/svg+xml":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(body, headers=headers, media_type=source.media_type)


def _tag(body: bytes | memoryview) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
