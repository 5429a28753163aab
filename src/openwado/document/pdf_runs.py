"""Runs of one font, direction and style, which lines of text are made of."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from openwado.render.fonts import FORMING, font_beside
from openwado.render.text_direction import levels, visual_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openwado.document.labels import Language

#: Styles whose letters are bold.
BOLD_STYLES: Final = frozenset({"name", "bold", "title", "warning"})
#: Numbers of fonts (of `render.fonts.FONTS`) whose letters are drawn one by one, and of ideographs.
_UNSHAPED: Final = frozenset({0, 2})
IDEOGRAPHS: Final = 8
_REMEMBERED: Final = 4096
#: Marks that give a line the direction of its paragraph.
_LTR, _RTL = "\u200e", "\u200f"
_KANA = re.compile("[\u3041-\u30ff]")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")

#: Text, number of the font, level and style.
Run = tuple[str, int, int, str]
#: Styles of a text: each with the position where it ends.
Styles = tuple[tuple[int, str], ...]


def visual_runs(text: str, styles: Styles, *, rtl: bool) -> list[Run]:
    """Return the runs of a line from left to right.

    Args:
        text: of the line.
        styles: of its parts.
        rtl: whether its paragraph runs to the left.
    """
    found = [0] * len(text) if text.isascii() and not rtl else levels((_RTL if rtl else _LTR) + text)[1:]
    runs = logical_runs(text, styles, found)
    return visual_order(runs, [level for _, _, level, _ in runs]) if any(found) else runs


def logical_runs(text: str, styles: Styles, found: Sequence[int]) -> list[Run]:
    """Return runs in the order in which they are read; found: levels."""
    runs: list[Run] = []
    begin = 0
    for end, style in styles:
        number: int | None = None
        start = begin
        for at in range(begin, end):
            beside = font_beside(number, text[at])
            if at > start and (beside != number or found[at] != found[start]):
                runs.append((text[start:at], number or 0, found[start], style))
                start = at
            number = beside
        if end > start:
            runs.append((text[start:end], number or 0, found[start], style))
        begin = end
    return runs


def is_shaped(text: str, number: int) -> bool:
    """Say whether glyphs of a run depend on those beside them."""
    return number not in _UNSHAPED or (not text.isascii() and any(map(_is_mark, text)))


@lru_cache(maxsize=_REMEMBERED)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or FORMING.match(character) is not None


def language_of_ideographs(characters: Iterable[str], language: Language) -> str:
    """Return the language whose forms of ideographs a text is written in (BCP 47)."""
    shown = "".join(characters)
    if language != "zh-CN" and _KANA.search(shown):
        return "ja"
    return "ko" if language != "zh-CN" and _HANGUL.search(shown) else "zh-hans"
