"""The body of an error in a form that the client reads: HTML, problem+json (RFC 9457), plain text (REQ-WEB-8.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.protocol.media import parse_accept
from openwado.server.problem_page import problem_page
from openwado.server.problem_sentences import translated

if TYPE_CHECKING:
    from openwado.protocol.media import MediaRange
    from openwado.server.page_wording import Wording

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


def _write_html(problem: Problem, say: Wording) -> tuple[bytes, bytes]:
    lasting = say("temporary" if problem.temporary else "permanent")
    page = problem_page(
        language=say.language,
        status=problem.status,
        title=say(f"status {problem.status}"),
        sentences=(translated(problem.detail, say.language), (lasting, say.language)),
        notes=_notes(problem, say),
    )
    return page, b"text/html; charset=utf-8"


def _write_json(problem: Problem, say: Wording) -> tuple[bytes, bytes]:
    said = msgspec.structs.replace(problem, detail=translated(problem.detail, say.language)[0])
    return msgspec.json.encode(said) + b"\n", JSON.encode()


def _write_text(problem: Problem, say: Wording) -> tuple[bytes, bytes]:
    notes = [f"{name}: {value}" for name, value in _notes(problem, say)]
    detail, lasting = (
        translated(problem.detail, say.language)[0],
        say("temporary" if problem.temporary else "permanent"),
    )
    lines = [f"{problem.status} {say(f'status {problem.status}')}", "", detail, *notes, lasting]
    printable = ("".join(c if c.isprintable() else "?" for c in line) for line in lines)
    return ("\n".join(printable) + "\n").encode(), b"text/plain; charset=utf-8"


#: The writers of the three forms, in a language: body and Content-Type. The title in JSON is the status's own name.
WRITERS = {HTML: _write_html, JSON: _write_json, TEXT: _write_text}


def _notes(problem: Problem, say: Wording) -> list[tuple[str, str]]:
    """Return what else there is to say, as names and values."""
    notes = [] if problem.parameter is None else [(say("concerns"), problem.parameter)]
    if problem.available:
        notes.append((say("available"), ", ".join(problem.available)))
    return notes
