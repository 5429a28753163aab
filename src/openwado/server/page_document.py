"""A document in the frame of a page: the answer of the WADO service, in the language of the page that shows it.

A frame can send no Accept-Language, so its address says it. Links of a document are queries alone (`?requestType=…`)
and come back to this address: it answers whatever the service answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.errors import BadRequest
from openwado.protocol.language import LANGUAGES, named_language

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH: Final = "/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/document"


class PageDocument:
    """The endpoint, plain ASGI.

    Args:
        wado: the WADO service.
        wado_path: its path, below the same root.
    """

    def __init__(self, wado: ASGIApp, wado_path: str) -> None:
        self._wado = wado
        self._path = wado_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the service the query but for lang, which becomes Accept-Language.

        Raises:
            BadRequest: lang names no language that there is.
            WadoError: as the service raises them.
        """
        pairs = scope["query_string"].decode("latin-1").split("&")
        languages = [pair.removeprefix("lang=") for pair in pairs if pair.startswith("lang=")]
        fields = scope["headers"]
        if languages:
            language = named_language(languages[0])
            if language is None:
                raise BadRequest(f"lang has to be one of {', '.join(LANGUAGES)}.", parameter="lang")
            fields = [(name, value) for name, value in fields if name != b"accept-language"]
            fields.append((b"accept-language", language.encode("ascii")))
        path = f"{scope.get('root_path', '')}{self._path}"
        query = "&".join(pair for pair in pairs if not pair.startswith("lang="))
        asked = {"path": path, "raw_path": path.encode(), "query_string": query.encode("latin-1"), "headers": fields}
        await self._wado({**scope, **asked}, receive, send)
