"""The body of an error in a form that the client reads: HTML, problem+json (RFC 9457), plain text (REQ-WEB-8.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.protocol.media import parse_accept
from openwado.server.problem_page import problem_page

if TYPE_CHECKING:
    from openwado.protocol.media import MediaRange

HTML = "text/html"
JSON = "application/problem+json"
TEXT = "text/plain"

# In this order for clients to which they are all the same; whoever says only "anything" is a program or a command line.
_OFFERS = ((HTML, HTML), (JSON, JSON), (JSON, "application/json"), (TEXT, TEXT))


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error as application/problem+json (RFC 9457), in the order in which it is read.

    Attributes:
        type: about:blank, for the status says it all.
        title: the status in words.
        status: the status code.
        detail: the public sentence.
        temporary: whether the same request may succeed later.
        parameter: query parameter or header field that is to blame.
        available: media types that could be had.
    """

    type: str
    title: str
    status: int
    detail: str
    temporary: bool
    parameter: str | None = None
    available: tuple[str, ...] = ()


def negotiate(accept: str | None) -> str:
    """Choose the form of an error's body: HTML, problem+json or plain text (REQ-WEB-8.6.3).

    Args:
        accept: the Accept header field.

    Returns:
        The form with the highest q; plain text for whoever accepts anything and names none of them; HTML, the default
        of the standard, for whoever accepts none of them.
    """
    ranges = parse_accept(accept)
    ratings = [(_quality(ranges, asked), offer) for offer, asked in _OFFERS]
    best, offer = max(ratings, key=lambda rating: rating[0])
    if best[0] <= 0:
        return HTML
    return TEXT if best[1] == 0 and _quality(ranges, TEXT)[0] == best[0] else offer


def _quality(ranges: tuple[MediaRange, ...], media_type: str) -> tuple[float, int]:
    """Return q of a media type, and how closely it is named: 2 by itself, 1 by its top-level type, 0 by `*/*`."""
    wanted, _, subtype = media_type.partition("/")
    found = (0.0, 0)
    closest = -1
    for entry in ranges:
        closeness = 2 if (entry.type, entry.subtype) == (wanted, subtype) else 1 if entry.type == wanted else 0
        covers = entry.type in ("*", wanted) and entry.subtype in ("*", subtype)
        if covers and closeness > closest:
            closest, found = closeness, (entry.q, closeness)
    return found


def _write_html(problem: Problem) -> tuple[bytes, bytes]:
    page = problem_page(
        status=problem.status,
        title=problem.title,
        sentences=(problem.detail, _LASTING[problem.temporary]),
        notes=_notes(problem),
    )
    return page, b"text/html; charset=utf-8"


def _write_json(problem: Problem) -> tuple[bytes, bytes]:
    return msgspec.json.encode(problem) + b"\n", JSON.encode()


def _write_text(problem: Problem) -> tuple[bytes, bytes]:
    notes = [f"{name}: {value}" for name, value in _notes(problem)]
    lines = [f"{problem.status} {problem.title}", "", problem.detail, *notes, _LASTING[problem.temporary]]
    printable = ("".join(c if c.isprintable() else "?" for c in line) for line in lines)
    return ("\n".join(printable) + "\n").encode(), b"text/plain; charset=utf-8"


#: The writers of the three forms: body and Content-Type.
WRITERS = {HTML: _write_html, JSON: _write_json, TEXT: _write_text}

#: Whether another try makes sense (REQ-WEB-8.5-1).
_LASTING = {
    True: "This is temporary: the same request may succeed later.",
    False: "This is permanent: the same request will fail again.",
}


def _notes(problem: Problem) -> list[tuple[str, str]]:
    """Return what else there is to say, as names and values."""
    notes = [] if problem.parameter is None else [("Concerns", problem.parameter)]
    if problem.available:
        notes.append(("Available", ", ".join(problem.available)))
    return notes
