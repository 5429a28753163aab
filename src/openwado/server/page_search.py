"""The search for studies: the fields of its form, which are the parameters of its address."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from openwado.archive.study_search import LONGEST_WORD, WORDS_MAX, StudySearch, Word, words_in
from openwado.archive.study_words import FIELDS, folded
from openwado.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.archive.study_words import Field

#: Words that may be anywhere, or a UID, or a WADO URL.
ANYWHERE: Final = "q"
MODALITY: Final = "modality"
FIRST_DATE: Final = "from"
LAST_DATE: Final = "to"

#: Words that have to be in one field.
IN_FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "name": ("name",),
    "id": ("id",),
    "born": ("birth",),
    "accession": ("accession",),
    "description": ("description", "series"),
}

PARAMETERS: Final = (ANYWHERE, *IN_FIELDS, MODALITY, FIRST_DATE, LAST_DATE)

#: Modalities that the form offers; others may be written (PS3.3 C.7.3.1.1.1).
MODALITIES: Final = (
    *("BI", "CR", "CT", "DOC", "DX", "ECG", "ES", "GM", "IO", "IVOCT", "IVUS", "KO", "MG", "MR", "NM", "OCT", "OP"),
    *("OPT", "OT", "PR", "PT", "PX", "REG", "RF", "RG", "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "SC", "SEG", "SM"),
    *("SR", "US", "XA", "XC"),
)

#: As the form sends it, or as DICOM writes it.
_DATE: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")


def values_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return what is in the fields of the form, by parameter; those with nothing in them are left out."""
    return {name: value for name in PARAMETERS if (value := query.get(name, "").strip())}


def search_of(values: Mapping[str, str]) -> StudySearch:
    """Return which studies are looked for.

    Args:
        values: as `values_of` gives them.

    Raises:
        BadRequest: a date is none, the last one is before the first one, or there are too many words.
    """
    first, last = _date(values, FIRST_DATE), _date(values, LAST_DATE)
    if first and last and first > last:
        raise BadRequest("from must not be later than to.", parameter=FIRST_DATE)
    words = [*_words(values, ANYWHERE, FIELDS)]
    for name, fields in IN_FIELDS.items():
        words += _words(values, name, fields)
    modalities = folded(values.get(MODALITY, "")).split()
    if len(modalities) > WORDS_MAX or any(len(one) > LONGEST_WORD for one in modalities):
        raise _too_many(MODALITY)
    if modalities:
        words.append(tuple(Word(one, ("modality",), is_whole=True) for one in modalities))
    return StudySearch(tuple(words), first, last)


def _words(values: Mapping[str, str], name: str, fields: tuple[Field, ...]) -> list[tuple[Word, ...]]:
    try:
        return list(words_in(values.get(name, ""), fields))
    except ValueError:
        raise _too_many(name) from None


def _too_many(name: str) -> BadRequest:
    return BadRequest(
        f"{name} must be at most {WORDS_MAX} words of at most {LONGEST_WORD} characters each.", parameter=name
    )


def _date(values: Mapping[str, str], name: str) -> str:
    """Return a date as eight digits, "" where none is given."""
    text = values.get(name, "")
    if not text:
        return ""
    read = _DATE.fullmatch(text)
    try:
        date(*map(int, read.groups() if read else ()))
    except (TypeError, ValueError):
        raise BadRequest(f"{name} must be a date, such as 2026-01-31.", parameter=name) from None
    return text.replace("-", "")
