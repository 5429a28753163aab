"""Texts of objects as any writer may take them: without controls, in lines."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
#: Controls, which PS3.5 6.1.3 knows few of, and what would turn text that is not in the same value (UAX 9, 2).
_UNSEEN = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_HALF = re.compile("[\ud800-\udfff\ufffe\uffff]")
_TAB: Final = "    "
#: What does not begin a line, and what does not end one, of texts that are written without spaces (UAX 14, CL, NS, OP).
_NOT_FIRST: Final = frozenset(
    "、。，．：；！？）］｝〉》」』】〕〗〙〟’”々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーゝゞヽヾ…‥・,.:;!?)]}%"  # noqa: RUF001 -- these signs
)
_NOT_LAST: Final = frozenset("（［｛〈《「『【〔〖〘〝‘“([{")  # noqa: RUF001 -- as above
_WORD = re.compile(r"(\S*)\s*")
#: Characters of a word that are measured at once: more never have room in a line.
_LONGEST_WORD: Final = 512
_REMEMBERED: Final = 8192


def cleaned(text: str) -> str:
    """Return a text with line feeds as its only controls."""
    if text.isascii() and text.isprintable():
        return text
    return _HALF.sub("\ufffd", _UNSEEN.sub("", _LINE_END.sub("\n", text).replace("\t", _TAB)))


def line_slices(
    text: str, room: float, first_room: float, measure: Callable[[int, int], float]
) -> Iterator[tuple[int, int]]:
    """Yield where lines begin and end: at spaces and between ideographs, within a word only where it has no room.

    Args:
        text: of one paragraph, without line feeds.
        room: for a line, in what `measure` returns.
        first_room: for the first one.
        measure: of a slice of the text; the sum of parts is never less than of the whole.
    """
    begin = end = 0  # of the line, without the spaces behind it
    used, left = 0.0, first_room
    for start, stop, following in _words(text):
        width = _width(start, stop, measure)
        if used + width > left and end > begin:
            yield begin, end
            begin, end, used, left = start, start, 0.0, room
        while used + width > left:
            kept = _fitting(text, (start, stop), left - used, measure)
            yield begin, kept
            start = begin = end = kept  # noqa: PLW2901 -- the rest of the word
            used, left, width = 0.0, room, _width(start, stop, measure)
        end = stop if stop > start else end
        used += width + measure(stop, following)
    if end > begin or not text.strip():
        yield begin, end


def _width(start: int, stop: int, measure: Callable[[int, int], float]) -> float:
    return measure(start, stop) if stop - start <= _LONGEST_WORD else inf


def _fitting(text: str, word: tuple[int, int], room: float, measure: Callable[[int, int], float]) -> int:
    """Return where a line within a word ends: before a letter with its marks, behind one character at least."""
    start, stop = word
    lowest, highest = start + 1, min(stop, start + _LONGEST_WORD)
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        if measure(start, middle) <= room:
            lowest = middle
        else:
            highest = middle - 1
    kept = lowest
    while start + 1 < kept < stop and _belongs_before(text[kept]):
        kept -= 1
    return kept if kept > start + 1 else lowest


def _words(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a text between which a line may end: where they begin, their spaces begin, and these end."""
    for found in _WORD.finditer(text):
        (start, stop), following = found.span(1), found.end()
        if not found[1].isascii():
            for at in range(start + 1, stop):
                if _may_break(text[at - 1], text[at]):
                    yield start, at, at
                    start = at
        yield start, stop, following


@lru_cache(maxsize=_REMEMBERED)
def _may_break(before: str, after: str) -> bool:
    if not (is_wide(before) or is_wide(after)) or after.isspace():
        return False
    return not (after in _NOT_FIRST or before in _NOT_LAST or _belongs_before(after))


def _belongs_before(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"


@lru_cache(maxsize=_REMEMBERED)
def is_wide(character: str) -> bool:
    """Say whether a character takes two columns (UAX 11), and lines break beside it."""
    return unicodedata.east_asian_width(character) in ("W", "F")
