"""Sentences about what went wrong, in other languages than the one in which they are raised.

Errors carry one English sentence, wherever they are raised. Each is in the tables of this module's neighbours, by
theme, with places for what varies; what stands in these places goes over as it is, but for the words in `WORDS`.
Several sentences in a row go over one by one. A sentence that is not there stays English, and is marked as such.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from openwado.server import (
    problem_sentences_drawing,
    problem_sentences_making,
    problem_sentences_media,
    problem_sentences_objects,
    problem_sentences_pages,
    problem_sentences_requests,
    problem_sentences_server,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: English and Chinese.
SENTENCES: Final = (
    *problem_sentences_pages.SENTENCES,
    *problem_sentences_requests.SENTENCES,
    *problem_sentences_making.SENTENCES,
    *problem_sentences_server.SENTENCES,
    *problem_sentences_objects.SENTENCES,
    *problem_sentences_drawing.SENTENCES,
    *problem_sentences_media.SENTENCES,
)

_KINDS: Final = {
    "grayscale": "灰度",
    "color": "彩色",
    "pseudo-color": "伪彩色",
    "blending": "融合",
    "XA/XRF grayscale": "XA/XRF 灰度",
    "advanced blending": "高级融合",
    "variable modality LUT": "可变模态 LUT",
}

#: Places in which English words stand, one or several in a row, and these words in Chinese. Others go over as they are.
WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "able": {},
        "kind": _KINDS,
        "kinds": _KINDS,
        "reason": {
            "lossless JPEG with arithmetic coding (ISO 10918-1 process 15)": (
                "算术编码的无损 JPEG（ISO 10918-1 过程 15）"
            ),
            "hierarchical JPEG (ISO 10918-1 annex J)": "分层 JPEG（ISO 10918-1 附录 J）",
            "the pixel data are on another server (JPIP)": "像素数据位于其他服务器（JPIP）",
        },
        "scope": {"object": "对象", "series": "序列", "study": "检查"},
        "types": {"nothing at all": "无"},
    }
)

_PLACE: Final = re.compile(r"{(\w+)}")
_LIST: Final = re.compile(", | and ")
_END: Final = re.compile(r"(?<=[.?]) (?=[A-Z])")

#: Characters of a sentence that is looked at, and sentences in a row.
_LONGEST: Final = 1000
_MOST: Final = 6


def translated(sentence: str, language: str) -> tuple[str, str]:
    """Return a sentence, or several in a row, in a language, and the language that it is in now.

    Args:
        sentence: English.
        language: en or zh-CN.
    """
    if language == "en" or len(sentence) > _LONGEST:
        return sentence, "en"
    chinese = _chinese(sentence, _MOST)
    return (sentence, "en") if chinese is None else (chinese, language)


def _chinese(sentence: str, most: int) -> str | None:
    """Return the Chinese of sentences: each by itself if all are known so, else of all as one."""
    for end in _END.finditer(sentence) if most > 1 else ():
        first = _of_one(sentence[: end.start()])
        others = None if first is None else _chinese(sentence[end.end() :], most - 1)
        if first is not None and others is not None:
            return first + others
    return _of_one(sentence)


def _of_one(sentence: str) -> str | None:
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return chinese.format_map({place: _word(place, value) for place, value in found.groupdict().items()})
    return None


def _word(place: str, value: str) -> str:
    words = WORDS.get(place)
    return value if words is None else "、".join(words.get(word, word) for word in _LIST.split(value))


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return sentences in both languages, those with most fixed words first: a place takes in whatever comes."""
    rows = sorted(SENTENCES, key=lambda row: len(_PLACE.sub("", row[0])), reverse=True)
    return [(re.compile(_expression(english), re.DOTALL), chinese) for english, chinese in rows]


def _expression(english: str) -> str:
    pieces = _PLACE.split(english)  # text and names by turns
    return "".join(f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
