"""Continuous containers: which of them are prose, and how their items make sentences (PS3.3 C.18.8)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.document.model import Code, Item

#: Value types that are words.
_SPOKEN: Final = frozenset({"TEXT", "CODE", "NUM", "PNAME", "DATE", "TIME", "DATETIME", "UIDREF"})
#: Signs with nothing between them and the word before, and after.
_CLOSING, _OPENING = ".,;:!?)", " \n("


class Said(NamedTuple):
    """What a sentence says of one item.

    Attributes:
        item: whose value it is.
        lead: name to say before it: of a text that begins, not of each piece of it.
        name: to say after it, so that the sentence runs on: of what is no text.
        note: number of what is told below the sentence, 0 for nothing.
    """

    item: Item
    lead: Code | None
    name: Code | None
    note: int


def is_spoken(item: Item) -> bool:
    """Say whether an item can be a part of a sentence."""
    return item.value_type in _SPOKEN and item.relationship in ("", "CONTAINS")


def is_prose(container: Item) -> bool:
    """Say whether a container is one flow of text.

    Machines call lists of named values CONTINUOUS too. Prose has a piece of text without a name, or several pieces of
    one text, between which other values stand.
    """
    if container.value_type != "CONTAINER" or container.separate:
        return False
    names = [item.name for item in container.children if item.value_type == "TEXT" and is_spoken(item)]
    return None in names or len(set(names)) < len(names)


def sentence(items: Iterable[Item]) -> Iterator[Said]:
    """Yield what a sentence of these items says, in order."""
    lead: Code | None = None
    notes = 0
    for item in items:
        notes += bool(item.children)
        is_text = item.value_type == "TEXT"
        begins = is_text and item.name != lead
        lead = item.name if is_text else lead
        yield Said(item, item.name if begins else None, None if is_text else item.name, notes if item.children else 0)


def is_apart(before: str, after: str) -> bool:
    """Say whether a space belongs between two pieces of a sentence: not before its end, nor between ideographs."""
    if not before or not after or before[-1] in _OPENING or after[0] in _CLOSING:
        return False
    return not all(unicodedata.east_asian_width(sign) in ("W", "F") for sign in (before[-1], after[0]))
