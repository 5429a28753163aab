"""The language of our own words, as Accept-Language (RFC 9110 12.5.4) or a single tag asks for it."""

from __future__ import annotations

import re
from functools import lru_cache

from openwado.protocol.list_syntax import read_quality, split_unquoted

#: Longer values are cut.
MAXIMUM_LENGTH = 1024

_TAG = re.compile(r"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")

#: The languages that there are, the default first; a range names one by its first subtag.
LANGUAGES = ("en", "zh-CN")


@lru_cache(maxsize=256)
def choose_language(header: str | None) -> str:
    """Return the language of `LANGUAGES` with the best q; the first one where none is asked for.

    Args:
        header: the Accept-Language header field; what is malformed in it is passed over.
    """
    wanted: dict[str, float] = {}
    for entry in split_unquoted((header or "")[:MAXIMUM_LENGTH], ","):
        tag, _, parameter = (piece.strip(" \t") for piece in entry.partition(";"))
        if _TAG.fullmatch(tag) is None:
            continue
        try:
            quality = read_quality(parameter[2:]) if parameter[:2].lower() == "q=" else 1.0
        except ValueError:
            continue
        primary = tag.partition("-")[0].lower()
        wanted[primary] = max(quality, wanted.get(primary, 0.0))
    ranked = [(wanted.get(name.partition("-")[0], wanted.get("*", 0.0)), -n, name) for n, name in enumerate(LANGUAGES)]
    return max(ranked)[-1]


def named_language(tag: str) -> str | None:
    """Return the language of `LANGUAGES` that a tag names by its first subtag, as zh-Hans does; None for others."""
    primary = tag.partition("-")[0].lower()
    if _TAG.fullmatch(tag) is None:
        return None
    return next((name for name in LANGUAGES if name.partition("-")[0] == primary), None)
