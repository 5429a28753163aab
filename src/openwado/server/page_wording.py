"""The words of the web page in each of its languages, and how a request says which one it wants.

What an object says stays as it is: names, descriptions, numbers. So do proper names of the standard, such as those of
SOP Classes, and media types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from openwado.dicom import formatting
from openwado.errors import BadRequest
from openwado.protocol.language import LANGUAGES, choose_language, named_language
from openwado.server import (
    page_wording_composer,
    page_wording_lists,
    page_wording_object,
    page_wording_problems,
)
from openwado.server.request_fields import request_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

#: The query parameter that names a language.
PARAMETER: Final = "lang"

#: What each language calls itself.
OWN_NAMES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "zh-CN": "中文"})

#: Between the words for one and those for several, where a language has both: chosen by the value n.
EITHER: Final = "|"

_ROWS = (
    *page_wording_lists.ROWS,
    *page_wording_object.ROWS,
    *page_wording_composer.ROWS,
    *page_wording_problems.ROWS,
)

#: By language and key. Values stand between braces, by their names.
WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        language: MappingProxyType({row[0]: row[column] for row in _ROWS})
        for column, language in enumerate(LANGUAGES, start=1)
    }
)

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Wording:
    """Says things in one language.

    Attributes:
        language: one of `LANGUAGES`.
        is_named: whether the address names it, so that links have to name it too.
    """

    language: str
    is_named: bool = False

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key, as plain text; counts have their thousands apart.

        Args:
            key: in the tables.
            values: what stands between braces; n chooses between one and several.

        Raises:
            KeyError: there is no such key, or a value is missing.
        """
        words = WORDS[self.language][key]
        if EITHER in words:
            one, several = words.split(EITHER)
            words = one if values["n"] == 1 else several
        return words.format_map({name: _written(value) for name, value in values.items()}) if values else words

    def table(self, *keys: str) -> dict[str, str]:
        """Return words for a script, by key: as they stand in the table, the values still to be put in."""
        return {key: WORDS[self.language][key] for key in keys}

    def date(self, value: str) -> str:
        """Return a DA value as 2026-01-31, or 2026年1月31日; what is no date as it is."""
        written = formatting.date(value)
        read = _DATE.fullmatch(written) if self.language == "zh-CN" else None
        return f"{read[1]}年{int(read[2])}月{int(read[3])}日" if read else written

    def sex(self, value: str) -> str:
        """Return (0010,0040) in words; what is no code as it is."""
        return self(f"sex {value}") if value in ("M", "F", "O") else value


ENGLISH: Final = Wording(LANGUAGES[0])


def wording_of(scope: Scope) -> Wording:
    """Return the words for a request: in the language that its address names, else that its browser asks for.

    Raises:
        BadRequest: the address names one that there is not.
    """
    named = _named(scope)
    if named is None:
        return Wording(choose_language(request_fields(scope["headers"]).accept_language))
    language = named_language(named)
    if language is None:
        raise BadRequest(f"lang has to be one of {', '.join(LANGUAGES)}.", parameter=PARAMETER)
    return Wording(language, is_named=True)


def wording_of_problem(scope: Scope) -> Wording:
    """Return the words for an error page, for which no address is wrong."""
    language = named_language(_named(scope) or "")
    return Wording(
        language or choose_language(request_fields(scope["headers"]).accept_language), is_named=language is not None
    )


def _named(scope: Scope) -> str | None:
    query: bytes = scope.get("query_string", b"")
    if PARAMETER.encode() not in query:
        return None
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return next((value for name, value in pairs if name == PARAMETER), None)


def _written(value: Any) -> str:  # noqa: ANN401 -- whatever words are made of
    return formatting.grouped(value) if isinstance(value, int) else str(value)
