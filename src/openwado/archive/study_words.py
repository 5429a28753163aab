"""The words by which people find studies: one text a study, in which every search is a comparison of texts.

Letters are folded, so that case, accents and width do not matter. Each field begins with a mark of its own and has a
space before and after each word: what is looked for in one field cannot be found in another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, get_args

from openwado.dicom.formatting import date, person_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.instance import Description

Field = Literal["name", "id", "accession", "description", "date", "modality", "birth", "series"]

FIELDS: Final[tuple[Field, ...]] = get_args(Field)

#: Fields in which there are dates.
DATES: Final[tuple[Field, ...]] = ("date", "birth")

#: Series of a study by whose names it is found; the first ones of it that came.
NAMED_SERIES: Final = 40

#: Characters of one field that are kept: no attribute in it may have more than 64 but a name (3 groups of 64); the
#: names of series share it.
_LONGEST: Final = 1000

#: What stands before each field, and behind the last one.
_MARKS: Final = tuple(chr(1 + place) for place in range(len(FIELDS) + 1))

# What no letter is made of by taking marks away.
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)

#: Combining classes of the points of Hebrew and Arabic, and of accents: none is a vowel or voicing of another script.
_POINTS: Final = (10, 35)
_ACCENTS: Final = (202, 240)

_DATE: Final = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})")

#: Between words: white space, what separates components and groups of names, and the comma that is written there.
_BETWEEN: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f^=,;、，]+")


def folded(text: str) -> str:
    """Return a text as it is compared: without case, accents and width, single spaces between words.

    Letters of other scripts stay what they are: vowel signs and voicing marks are no accents.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(_LETTERS)
    kept = "".join(character for character in plain if not _is_accent(character))
    return _BETWEEN.sub(" ", unicodedata.normalize("NFC", kept)).strip()


def words_of(description: Description, modalities: Iterable[str], series: Iterable[str]) -> str:
    """Return the text of a study.

    Args:
        description: words about it.
        modalities: of its series.
        series: what these are called (Series Description).
    """
    values: dict[Field, str] = {
        "name": _spellings(description.patient_name),
        "id": description.patient_id,
        "accession": description.accession_number,
        "description": description.study_description,
        "date": date(description.study_date),
        "modality": " ".join(sorted(set(modalities))),
        "birth": date(description.patient_birth_date),
        "series": " ".join(dict.fromkeys(series)),
    }
    return (
        "".join(f"{_MARKS[place]} {folded(values[field][:_LONGEST])} " for place, field in enumerate(FIELDS))
        + _MARKS[-1]
    )


def field_of(words: str, field: Field) -> str:
    """Return one field of the text of a study, with a space before and after each word; "" of an empty text."""
    first, last = marks_of(field)
    return words.partition(first)[2].partition(last)[0]


def marks_of(field: Field) -> tuple[str, str]:
    """Return the marks before and behind a field."""
    place = FIELDS.index(field)
    return _MARKS[place], _MARKS[place + 1]


def sortable_date(study_date: str) -> str:
    """Return a DA value as eight digits, as they have been written ever since ACR-NEMA (PS3.5 6.2); "" of others."""
    match = _DATE.fullmatch(study_date.strip())
    return "".join(match.groups()) if match else ""


def _spellings(name: str) -> str:
    """Return a PN value and the words besides its components that people see: names written without spaces."""
    components = folded(name).split()
    return " ".join([name, *(word for word in folded(person_name(name).whole).split() if word not in components)])


def _is_accent(character: str) -> bool:
    point = unicodedata.combining(character)
    return _POINTS[0] <= point <= _POINTS[1] or _ACCENTS[0] <= point <= _ACCENTS[1]
