"""What can go wrong for a client, as values.

Every error has a *public* sentence, which may be shown to anybody (no patient data, no paths), and a *detail* for the
log. Which HTTP status an error becomes is written in one table, `openwado.server.problems`.
"""

from __future__ import annotations


class WadoError(Exception):
    """An answer other than the one asked for.

    Args:
        public: one or two sentences for the client: what was wrong and what would be right.
        parameter: the query parameter or header field that is to blame, if one is.
        detail: for the log only; may name files.
    """

    def __init__(self, public: str, *, parameter: str | None = None, detail: str = "") -> None:
        super().__init__(public)
        self.public = public
        self.parameter = parameter
        self.detail = detail


class BadRequest(WadoError):  # noqa: N818 -- named as HTTP names it
    """A parameter is missing, malformed, out of range or may not stand beside another (PS3.18 8.3)."""


class Unauthorized(WadoError):  # noqa: N818 -- named as HTTP names it
    """It is not known who asks (PS3.18 8.5: 401).

    Args:
        public: the sentence.
        challenges: schemes that may be tried, each a value of WWW-Authenticate.
    """

    def __init__(self, public: str, *, challenges: tuple[str, ...] = ()) -> None:
        super().__init__(public)
        self.challenges = challenges


class Forbidden(WadoError):  # noqa: N818 -- named as HTTP names it
    """The request is understood, and refused by policy (PS3.18 8.5: 403)."""


class NotFound(WadoError):  # noqa: N818 -- named as HTTP names it
    """No object with these UIDs (PS3.18 9.4.3.1)."""


class Gone(WadoError):  # noqa: N818 -- named as HTTP names it
    """The object was here and is known to have been removed (PS3.18 8.5)."""


class NotAcceptable(WadoError):  # noqa: N818 -- named as HTTP names it
    """Nothing that the client accepts can be produced (PS3.18 8.7.8).

    Args:
        public: the sentence.
        available: the media types that could be had, best first.
        parameter: as in `WadoError`.
    """

    def __init__(self, public: str, *, available: tuple[str, ...] = (), parameter: str | None = None) -> None:
        super().__init__(public, parameter=parameter)
        self.available = available


class UnsupportedMediaType(WadoError):  # noqa: N818 -- named as HTTP names it
    """The body of the request is of a type, or encoded in a way, that is not read here (PS3.18 10.5.3.1: 415)."""


class NotSupported(WadoError):  # noqa: N818 -- a state of the server, not a fault
    """The request is right, but this server cannot do that (PS3.18 8.5: 501)."""


class CorruptObject(WadoError):  # noqa: N818 -- a state of the object
    """The stored object cannot be decoded or contradicts itself (PS3.18 8.5: 500)."""


class RenderFailed(WadoError):  # noqa: N818 -- an event
    """A render process crashed or ran out of memory over this request (500)."""


class Unavailable(WadoError):  # noqa: N818 -- named as HTTP names it
    """The server is too busy, or the work took longer than allowed (503).

    Args:
        public: the sentence.
        retry_after: seconds after which another try makes sense.
        detail: as in `WadoError`.
    """

    def __init__(self, public: str, *, retry_after: int = 1, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.retry_after = retry_after
