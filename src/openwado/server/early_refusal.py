"""Answers to what is refused before it is a request that the application could see: plain text, and whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

#: What browsers are told about each: nothing of it is run, framed, guessed at or kept.
_FIELDS: Final[Headers] = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]


def fields_of(text: bytes) -> Headers:
    """Return the header fields of a refusal with this text."""
    return [*_FIELDS, (b"content-length", b"%d" % len(text))]


def whole_refusal(status: str, text: str, *, others: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return a refusal as HTTP/1.1 sends it, after which the connection closes.

    Args:
        status: code and reason, such as `414 URI Too Long`.
        text: a sentence.
        others: more header fields.
    """
    body = text.encode() + b"\n"
    fields = [*fields_of(body), *others, (b"connection", b"close")]
    lines = [b"HTTP/1.1 " + status.encode("ascii"), *(b"%b: %b" % field for field in fields)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
