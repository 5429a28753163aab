"""/statement: the conformance statement of this server, as HTML, Markdown or PDF, in English or Chinese."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from starlette.datastructures import QueryParams

from openwado.document.policy import content_security_policy
from openwado.errors import BadRequest, NotAcceptable
from openwado.protocol.conditional import if_none_match
from openwado.protocol.language import choose_language
from openwado.protocol.media import ANYTHING, parse_accept
from openwado.protocol.negotiate import quality_of
from openwado.server.methods import answer_options
from openwado.server.problems import MethodNotAllowed
from openwado.server.request_fields import request_fields
from openwado.statement.forms import LANGUAGES, MEDIA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from openwado.document.labels import Language
    from openwado.statement.forms import Form
    from openwado.statement.situation import Situation

STATEMENT_PATH: Final = "/statement"


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as it is sent; etag: quoted."""

    body: bytes
    etag: str


class Statement:
    """The endpoint, plain ASGI. What was made once is kept; what several ask for at a time is made once for them.

    Args:
        situation: says what holds in this server; called in a thread.
    """

    def __init__(self, situation: Callable[[], Situation]) -> None:
        self._situation = situation
        self._made: dict[tuple[Form, Language], asyncio.Task[Written]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD.

        Raises:
            BadRequest: format or lang is none that there is.
            NotAcceptable: none of the forms is accepted.
        """
        del receive
        if scope["method"] == "OPTIONS":
            await answer_options(send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed
        query = QueryParams(scope["query_string"])
        fields = request_fields(scope["headers"])
        form, language = _form(query, fields.accept), _language(query, fields.accept_language)
        found = await self._written(form, language)
        headers = [
            (b"etag", found.etag.encode()),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"Accept, Accept-Language"),
        ]
        if if_none_match(fields.if_none_match, found.etag):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += _entity_fields(form, language, len(found.body))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})

    async def _written(self, form: Form, language: Language) -> Written:
        """Return a statement: made before, being made, or made now; what failed is tried again."""
        task = self._made.get((form, language))
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(asyncio.to_thread(self._write, form, language))
            self._made[form, language] = task
        return await asyncio.shield(task)

    def _write(self, form: Form, language: Language) -> Written:
        from openwado.statement.writing import written  # noqa: PLC0415 -- it loads what documents and video need

        body = written(self._situation(), form, language)
        return Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _form(query: QueryParams, accept: str | None) -> Form:
    """Return the form that the parameter `format` names, else the best that Accept takes."""
    named = query.get("format")
    if named is not None:
        if named not in MEDIA_TYPES:
            raise BadRequest(f"format is one of {', '.join(MEDIA_TYPES)}.", parameter="format")
        return cast("Form", named)
    ranges = parse_accept(accept)
    if ranges == ANYTHING:
        return next(iter(MEDIA_TYPES))
    best = max(MEDIA_TYPES, key=lambda form: quality_of(MEDIA_TYPES[form], (), ranges))
    if quality_of(MEDIA_TYPES[best], (), ranges) <= 0:
        raise NotAcceptable(
            f"The statement can be had as {', '.join(MEDIA_TYPES.values())}.",
            available=tuple(MEDIA_TYPES.values()),
            parameter="Accept",
        )
    return best


def _language(query: QueryParams, accept_language: str | None) -> Language:
    """Return the language that the parameter `lang` names, else the better one of Accept-Language."""
    named = query.get("lang")
    if named is None:
        return cast("Language", choose_language(accept_language))
    language = LANGUAGES.get(named.partition("-")[0].lower())
    if language is None:
        raise BadRequest(f"lang is one of {', '.join(LANGUAGES)}.", parameter="lang")
    return language


def _entity_fields(form: Form, language: Language, length: int) -> list[tuple[bytes, bytes]]:
    charset = "" if form == "pdf" else ";charset=UTF-8"
    fields = [
        (b"content-type", f"{MEDIA_TYPES[form]}{charset}".encode()),
        (b"content-length", b"%d" % length),
        (b"content-language", language.encode()),
        (b"content-disposition", f'inline; filename="conformance-statement.{form}"'.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if form == "html":
        fields.append((b"content-security-policy", content_security_policy().encode()))
    return fields
