"""The words of the statement in two languages: sentences of its own by key, and what tables of the program say."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.document.labels import Language

#: Figures in what a table says: they stand there only, and go into the words of the other language.
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_TERMS: Final = "terms"
_PLACES: Final = {"en": 0, "zh-CN": 1}


class Wording:
    """Says things in one language.

    Args:
        language: of all of it.

    Attributes:
        used: keys of sentences and of terms that were asked for.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.used: set[str] = set()

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence.

        Args:
            key: name of its group, a dot, and its own.
            values: what goes into it by name; text of a table has to be a `term` already.

        Raises:
            KeyError: there is none.
        """
        self.used.add(key)
        return sentences()[key][_PLACES[self.language]].format(**values)

    def term(self, text: str) -> str:
        """Return what a table of the program says in English: the same, or in the other language.

        Raises:
            KeyError: nobody has said it in the other language.
        """
        key = _NUMBER.sub("#", text)
        if not key.strip():
            return text
        self.used.add(key)
        if self.language == "en":
            return text
        return terms()[key].format(*_NUMBER.findall(text))

    def yes(self, *, is_so: bool) -> str:
        """Return yes or no."""
        return self("common.yes") if is_so else self("common.no")


@cache
def sentences() -> Mapping[str, tuple[str, str]]:
    """Return the sentences by key: English, Chinese."""
    found: dict[str, tuple[str, str]] = {}
    for name, content in sorted(_files().items()):
        if name != _TERMS:
            for group, rows in content.items():
                found |= {f"{group}.{key}": (row[0], row[1]) for key, row in rows.items()}
    return MappingProxyType(found)


@cache
def terms() -> Mapping[str, str]:
    """Return what tables say in Chinese, by what they say in English with # for each figure."""
    return MappingProxyType({english: str(chinese) for english, chinese in _files()[_TERMS][_TERMS].items()})


def _files() -> dict[str, dict[str, dict[str, Any]]]:
    folder = resources.files("openwado.statement").joinpath("texts")
    files = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return {file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8")) for file in files}
