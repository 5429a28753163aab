"""From an error to an answer: one table of statuses, and the body in a form that the client reads (PS3.18 8.5, 8.6.3).

Bodies say what was wrong, what would be right, and whether the same request may succeed later. They hold nothing of the
request but what the error's public sentence quotes, and that is escaped.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from openwado.errors import (
    BadRequest,
    CorruptObject,
    Forbidden,
    Gone,
    NotAcceptable,
    NotFound,
    NotSupported,
    RenderFailed,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    WadoError,
)
from openwado.observe.log import event
from openwado.server.methods import METHODS
from openwado.server.page_wording import ENGLISH, wording_of_problem
from openwado.server.problem_body import HTML, WRITERS, Problem, negotiate
from openwado.server.problem_page import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.server.page_wording import Wording

_logger = logging.getLogger("openwado.server")


class NoSuchPath(WadoError):  # noqa: N818 -- named as HTTP names it
    """Nothing is served at this path (REQ-URI-6.2.1-1)."""


class MethodNotAllowed(WadoError):  # noqa: N818 -- named as HTTP names it
    """Another method than those that are answered at this address (REQ-URI-6.2-1).

    Args:
        methods: these, as `Allow` lists them.
        public: what else there is to say.
    """

    def __init__(self, methods: str = METHODS, public: str = "") -> None:
        super().__init__(public or f"Only {methods} are answered here.")
        self.methods = methods


class TooManyRequests(WadoError):  # noqa: N818 -- named as HTTP names it
    """The client sends more requests than one client may (RFC 6585 4).

    Args:
        retry_after: seconds after which it may go on.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__("You send more requests than one client may. Wait a moment, then go on more slowly.")
        self.retry_after = retry_after


class RequestTimeout(WadoError):  # noqa: N818 -- named as HTTP names it
    """The client did not go on sending its request (RFC 9110 15.5.9)."""


class ContentTooLarge(WadoError):  # noqa: N818 -- named as HTTP names it
    """The body of the request is larger than this server takes (PS3.18 8.5: 413)."""


class UriTooLong(WadoError):  # noqa: N818 -- named as HTTP names it
    """The request target is longer than this server reads (REQ-WEB-8.5-5)."""


class VersionNotSupported(WadoError):  # noqa: N818 -- named as HTTP names it
    """Another major version of HTTP (REQ-WEB-7.1)."""


class RangeNotSatisfiable(WadoError):  # noqa: N818 -- named as HTTP names it
    """The answer has no byte of the range that was asked for (REQ-WEB-8.5-2).

    Args:
        size: bytes of the whole answer.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"The answer has {size} bytes, none of which is in this range.", parameter="Range")
        self.size = size


class UnexpectedError(WadoError):
    """Something that nobody thought of; the log has it under this number.

    Args:
        number: that stands in the log line too.
    """

    def __init__(self, number: str) -> None:
        super().__init__(f"The server failed over this request. Its log knows more: look for {number}.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What HTTP makes of an error: its status, the words for it, and whether the same request may succeed later."""

    status: int
    title: str
    temporary: bool = False


#: The one table of statuses (PS3.18 8.5; section 12 of the requirements).
KINDS: dict[type[WadoError], Kind] = {
    BadRequest: Kind(400, "Bad Request"),
    Unauthorized: Kind(401, "Unauthorized"),
    Forbidden: Kind(403, "Forbidden"),
    NotFound: Kind(404, "Not Found"),
    NoSuchPath: Kind(404, "Not Found"),
    MethodNotAllowed: Kind(405, "Method Not Allowed"),
    NotAcceptable: Kind(406, "Not Acceptable"),
    RequestTimeout: Kind(408, "Request Timeout", temporary=True),
    Gone: Kind(410, "Gone"),
    ContentTooLarge: Kind(413, "Content Too Large"),
    UriTooLong: Kind(414, "URI Too Long"),
    UnsupportedMediaType: Kind(415, "Unsupported Media Type"),
    RangeNotSatisfiable: Kind(416, "Range Not Satisfiable"),
    TooManyRequests: Kind(429, "Too Many Requests", temporary=True),
    CorruptObject: Kind(500, "Internal Server Error"),
    RenderFailed: Kind(500, "Internal Server Error"),
    UnexpectedError: Kind(500, "Internal Server Error"),
    NotSupported: Kind(501, "Not Implemented"),
    Unavailable: Kind(503, "Service Unavailable", temporary=True),
    VersionNotSupported: Kind(505, "HTTP Version Not Supported"),
}


#: What the routes raise.
_FROM_ROUTES: dict[int, WadoError] = {
    404: NoSuchPath("There is nothing at this address."),
    405: MethodNotAllowed(),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An error as an answer: status, header fields and body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def kind_of(error: WadoError) -> Kind:
    """Return the row of the table for an error, that of the nearest class above it where it has none of its own."""
    return next((KINDS[known] for known in type(error).__mro__ if known in KINDS), KINDS[UnexpectedError])


def answer_of(error: WadoError, accept: str | None, say: Wording = ENGLISH) -> Answer:
    """Write an error as an answer.

    Args:
        error: what went wrong.
        accept: the Accept header field of the request.
        say: words in the language of who asks.
    """
    kind = kind_of(error)
    problem = Problem(
        type="about:blank",
        title=kind.title,
        status=kind.status,
        detail=error.public,
        temporary=kind.temporary,
        parameter=error.parameter,
        available=error.available if isinstance(error, NotAcceptable) else (),
    )
    media_type = negotiate(accept)
    body, content_type = WRITERS[media_type](problem, say)
    headers = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"content-language", say.language.encode()),
        (b"vary", b"Accept, Accept-Language"),
        (b"x-content-type-options", b"nosniff"),
        *_extra_headers(error),
    ]
    if media_type == HTML:
        headers.append((b"content-security-policy", CONTENT_SECURITY_POLICY))
    return Answer(kind.status, headers, body)


def _extra_headers(error: WadoError) -> list[tuple[bytes, bytes]]:
    match error:
        case Unavailable() | TooManyRequests():
            return [(b"retry-after", b"%d" % max(1, error.retry_after))]
        case MethodNotAllowed():
            return [(b"allow", error.methods.encode())]
        case Unauthorized():
            return [(b"www-authenticate", challenge.encode("latin-1")) for challenge in error.challenges]
        case UnsupportedMediaType(parameter="Content-Encoding"):
            return [(b"accept-encoding", b"identity")]
        case RangeNotSatisfiable():
            return [(b"content-range", b"bytes */%d" % error.size), (b"accept-ranges", b"bytes")]
        case _:
            return []


def accept_of(scope: Scope) -> str | None:
    """Return the request's Accept header field, several of them joined."""
    found = [value for name, value in scope["headers"] if name == b"accept"]
    return b", ".join(found).decode("latin-1") if found else None


class ProblemAnswers:
    """Middleware: whatever is raised before an answer has begun becomes an answer; what nobody thought of is logged.

    Args:
        app: what is asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def note_begin(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, note_begin)
        except Exception as error:  # noqa: BLE001 -- an answer has to be given, whatever it was
            problem = as_problem(error)
            scope.setdefault("state", {})["problem"] = type(problem).__name__
            problem.__traceback__ = None  # its frames hold this one and what was to be sent, open files among it
            if not begun:
                await send_problem(problem, scope, send)


def as_problem(error: Exception) -> WadoError:
    """Return an error as one that has a status, and log it as it deserves."""
    if isinstance(error, HTTPException) and error.status_code in _FROM_ROUTES:
        return _FROM_ROUTES[error.status_code]
    if not isinstance(error, WadoError):
        number = secrets.token_hex(6)
        _logger.error(event("unexpected", id=number, error=type(error).__name__), exc_info=error)
        return UnexpectedError(number)
    kind = kind_of(error)
    level = logging.WARNING if kind.status >= 500 else logging.DEBUG  # noqa: PLR2004 -- HTTP's own bound
    name, detail = type(error).__name__, error.detail or None
    _logger.log(level, event("problem", status=kind.status, error=name, parameter=error.parameter, detail=detail))
    return error


async def send_problem(error: WadoError, scope: Scope, send: Send) -> None:
    """Send an error; to HEAD without its body (REQ-WEB-8.5-1)."""
    answer = answer_of(error, accept_of(scope), wording_of_problem(scope))
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
