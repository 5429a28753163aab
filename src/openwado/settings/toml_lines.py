"""Where the keys of a TOML file stand in it: the parser of the standard library does not say."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A line that may begin a key at the top, or a table: blanks, brackets, the first part of the name.
_KEY: Final = re.compile(
    r"\s*(?P<table>\[{0,2})\s*(?:\"(?P<quoted>[^\"]+)\"|'(?P<literal>[^']+)'|(?P<bare>[\w-]+))\s*[=.\]]"
)


class TomlLines:
    """The lines of one file that the parser has read.

    Args:
        text: of the file.
    """

    def __init__(self, text: str) -> None:
        self._places: dict[str, list[int]] = {}
        at_top = True
        for number, name, is_table in _keys(text):
            at_top = at_top and not is_table
            if is_table or at_top:
                self._places.setdefault(name, []).append(number)

    def of(self, name: str, item: int = 0) -> int | None:
        """Return the line, from 1, of a key at the top.

        Args:
            name: of the key.
            item: of an array of tables: which of them, from 0.
        """
        places = self._places.get(name)
        return None if places is None else places[min(item, len(places) - 1)]


def _keys(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield line, name and whether it is a table, for each statement: a line before which all is whole."""
    lines = text.replace("\r\n", "\n").split("\n")  # no other character ends a line of TOML
    for number, line in enumerate(lines, start=1):
        found = _KEY.match(line)
        if found is not None and _is_whole("\n".join(lines[: number - 1])):
            name = found["quoted"] or found["literal"] or found["bare"]
            yield number, name, bool(found["table"])


def _is_whole(text: str) -> bool:
    """Say whether a statement may begin behind a text: no string and no array is open there."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
