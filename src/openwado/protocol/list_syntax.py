"""How lists of ranges are written in parameters and header fields (RFC 9110 5.6; PS3.18 8.7 and 8.8)."""

from __future__ import annotations

import re

#: A token, as a regular expression (RFC 9110 5.6.2).
TCHARS = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"

_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def split_unquoted(text: str, separator: str) -> list[str]:
    """Split at a separator, but not inside of quoted strings (RFC 9110 5.6.4).

    Args:
        text: what is split.
        separator: one character.
    """
    if '"' not in text:
        return text.split(separator)
    pieces: list[str] = []
    start, quoted, escaped = 0, False, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            pieces.append(text[start:position])
            start = position + 1
    pieces.append(text[start:])
    return pieces


def read_quality(text: str) -> float:
    """Return the number of a `q=`: 0 … 1 with at most three decimals (RFC 9110 12.4.2; REQ-URI-8.1.5-1).

    Raises:
        ValueError: it is not written so.
    """
    if _QUALITY.fullmatch(text) is None:
        raise ValueError(text)
    return float(text)
