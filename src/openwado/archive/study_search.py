"""Which studies somebody looks for, as conditions of a statement, and as a comparison of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.archive.study_words import DATES, FIELDS, field_of, folded, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.study_words import Field

#: Words of one search, and characters of a word: more is no search of a person.
WORDS_MAX: Final = 12
LONGEST_WORD: Final = 64

_ANY, _ONE = "*", "?"

#: A date as DICOM writes it (PS3.5 6.2, DA).
_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for: in some fields, in any of which it may be.

    Without a wildcard it is found wherever it stands, also within a word. With `*` (any characters) or `?` (one) the
    whole of it has to begin and end where words do (PS3.4 C.2.2.2.4).

    Attributes:
        text: folded.
        fields: where.
        is_whole: whether it has to be a word by itself even without a wildcard.
    """

    text: str
    fields: tuple[Field, ...] = FIELDS
    is_whole: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether it begins and ends where words do."""
        return self.is_whole or _ANY in self.text or _ONE in self.text

    def patterns(self) -> Iterator[str]:
        r"""Yield patterns of LIKE, with \ before what is meant as it is; one of them has to hold for the text."""
        if self.fields == FIELDS and not self.is_bounded:
            yield f"%{_escaped(self.text)}%"
            return
        inner = f" {_escaped(self.text)} " if self.is_bounded else _escaped(self.text)
        inner = inner.replace(_ANY, "%").replace(_ONE, "_")
        for field in self.fields:
            first, last = marks_of(field)
            yield f"%{first}%{inner}%{last}%"

    def is_in(self, words: str) -> bool:
        """Say whether it is in the text of a study, as the patterns find it."""
        return any(self._is_in_field(field_of(words, field)) for field in self.fields)

    def _is_in_field(self, text: str) -> bool:
        """Look for the pieces between `*`, each behind the one before: the first place of each is as good as any."""
        if not self.is_bounded:
            return self.text in text
        place = 0
        for piece in f" {self.text} ".split(_ANY):
            place = _find(text, piece, place)
            if place < 0:
                return False
            place += len(piece)
        return True


@dataclass(frozen=True, slots=True)
class StudySearch:
    """What studies have to be like; each of it has to hold. Without any, all are.

    Attributes:
        words: to be found; of each, one of several.
        first_date: the earliest study date, eight digits, "" for none; so is last_date.
        last_date: the latest.
    """

    words: tuple[tuple[Word, ...], ...] = ()
    first_date: str = ""
    last_date: str = ""

    @property
    def is_for_all(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.words or self.first_date or self.last_date)

    def where(self) -> tuple[str, tuple[str, ...]]:
        """Return a WHERE clause about the table of studies, and its values; "" where nothing is asked for."""
        conditions, values = [], []
        if self.first_date or self.last_date:
            conditions.append("study_date >= ?")
            values.append(self.first_date or "0")
        if self.last_date:
            conditions.append("study_date <= ?")
            values.append(self.last_date)
        for alternatives in self.words:
            patterns = [pattern for word in alternatives for pattern in word.patterns()]
            conditions.append("(" + " OR ".join([r"words LIKE ? ESCAPE '\'"] * len(patterns)) + ")")
            values += patterns
        return f"WHERE {' AND '.join(conditions)}" if conditions else "", tuple(values)

    def finds(self, words: str, study_date: str) -> bool:
        """Say whether a study is one of them.

        Args:
            words: its text.
            study_date: eight digits, or "".
        """
        if (self.first_date or self.last_date) and study_date < (self.first_date or "0"):
            return False
        if self.last_date and study_date > self.last_date:
            return False
        return all(any(word.is_in(words) for word in alternatives) for alternatives in self.words)


EVERYTHING: Final = StudySearch()


def words_in(text: str, fields: tuple[Field, ...] = FIELDS) -> Iterator[tuple[Word, ...]]:
    """Yield the words of what somebody has typed, each to be found in any of some fields; those that are all `*` not.

    A date may be written as DICOM does it, or with hyphens.

    Raises:
        ValueError: they are too many, or one is too long.
    """
    found = folded(text).split()
    if len(found) > WORDS_MAX or any(len(word) > LONGEST_WORD for word in found):
        raise ValueError("too many words, or too long ones")
    for word in found:
        if word.strip(_ANY):
            yield tuple(_alternatives(_single(word), fields))


def _alternatives(word: str, fields: tuple[Field, ...]) -> Iterator[Word]:
    yield Word(word, fields)
    dates = tuple(field for field in fields if field in DATES)
    if dates and (written := _DATE.fullmatch(word)):
        yield Word("-".join(written.groups()), dates)


def _single(word: str) -> str:
    while _ANY * 2 in word:
        word = word.replace(_ANY * 2, _ANY)
    return word


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _find(text: str, piece: str, start: int) -> int:
    """Return the first place from start where a piece is, in which `?` is any character; -1 where there is none."""
    if _ONE not in piece:
        return text.find(piece, start)
    for place in range(start, len(text) - len(piece) + 1):
        if all(one in (_ONE, text[place + number]) for number, one in enumerate(piece)):
            return place
    return -1
