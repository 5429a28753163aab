"""Attributes by their keywords, values as JSON has them: what viewers written in JavaScript call naturalized (PS3.6).

One value stands for itself, several are a list; numbers are numbers, names of persons have their component groups by
name (PS3.18 F.2.2), sequences are lists of such objects. Binary data, tags as values and private attributes are left
out.
"""

from __future__ import annotations

from functools import cache
from math import isfinite
from struct import iter_unpack
from typing import TYPE_CHECKING, Final

from openwado.dicom.explicit_element import LONG_VRS, WORD_BYTES, implicit_vr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.attributes import Attributes

Natural = str | int | float | list["Natural"] | dict[str, "Natural"]

#: Binary numbers by VR, as `struct` has them; and numbers that are written out.
_BINARY: Final = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_WRITTEN_OUT: Final = frozenset({"DS", "IS"})
#: Texts of one value, in which a backslash is a character like others (PS3.5 6.2).
_UNDIVIDED: Final = frozenset({"LT", "ST", "UT", "UR"})
_DIVIDED: Final = frozenset({"AE", "AS", "CS", "DA", "DT", "LO", "SH", "TM", "UC", "UI"})
_KNOWN: Final = (LONG_VRS | WORD_BYTES.keys() | _WRITTEN_OUT | _UNDIVIDED | _DIVIDED | {"PN"}) - {"UN"}
_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_PIXEL_REPRESENTATION: Final = 0x00280103
#: Bytes of one value that are read.
_LONGEST: Final = 1 << 16
#: Whole numbers up to here are such in JavaScript too.
_GREATEST_WHOLE: Final = 1 << 53


class Naturalizer:
    """Turns attributes of one data set into values, as many as are allowed.

    Args:
        attributes: of the data set.
        values: how many it makes at most, those in items counted.
        depth: sequences inside one another that it looks into.
    """

    def __init__(self, attributes: Attributes, *, values: int, depth: int = 16) -> None:
        self._attributes = attributes
        self._left = values
        self._depth = depth
        self._signed = attributes.integer(_PIXEL_REPRESENTATION) == 1

    def values(self, tags: Iterable[int]) -> dict[str, Natural]:
        """Return those of some attributes that are there and have a value.

        A sequence that would make too many values is left out whole, and whatever follows it as far as need be.

        Raises:
            openwado.dicom.block_reader.Unreadable: a limit of reading is exceeded.
        """
        return self._dataset(self._attributes, tags, self._attributes.character_set(), 0) or {}

    def _dataset(
        self, found: Attributes, tags: Iterable[int], character_set: tuple[str, ...], depth: int
    ) -> dict[str, Natural] | None:
        """Return values by keyword; None where there are too many."""
        made: dict[str, Natural] = {}
        for tag in tags:
            keyword = keyword_of(tag) if tag in found else ""
            if not keyword:
                continue
            before = self._left
            value = self._value(found, tag, character_set, depth)
            if self._left < 0:
                if depth:
                    return None
                self._left = before
            elif value is not None:
                made[keyword] = value
        return made

    def _value(self, found: Attributes, tag: int, character_set: tuple[str, ...], depth: int) -> Natural | None:
        self._left -= 1
        vr = found.elements[tag].vr
        if vr not in _KNOWN:
            vr = implicit_vr(tag, signed=self._signed)
        if vr == "SQ":
            return self._items(found, tag, character_set, depth + 1)
        several: list[Natural]
        if vr in _WRITTEN_OUT:
            several = [_number(number) for number in found.decimals(tag) if number is not None]
        elif vr in _BINARY:
            several = _binary(found, tag, _BINARY[vr])
        elif vr == "PN":
            several = [
                natural_name(name) for name in found.decoded_text(tag, character_set, _LONGEST).split("\\") if name
            ]
        elif vr in _UNDIVIDED:
            several = [found.decoded_text(tag, character_set, _LONGEST)]
        elif vr in _DIVIDED:
            several = [text.strip(" ") for text in found.decoded_text(tag, character_set, _LONGEST).split("\\")]
        else:
            return None
        self._left -= len(several) // 16
        if not any(value != "" for value in several):
            return None
        return several[0] if len(several) == 1 else several

    def _items(self, found: Attributes, tag: int, character_set: tuple[str, ...], depth: int) -> Natural | None:
        if depth > self._depth:
            return None
        items: list[Natural] = []
        for item in found.items(tag):
            own = item.character_set() or character_set
            made = self._dataset(item, sorted(item.elements), own, depth)
            if made is None:
                return None
            items.append(made)
        return items or None


@cache
def keyword_of(tag: int) -> str:
    """Return the keyword of an attribute, "" of those that are in no standard."""
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 -- heavy; pictures do without

    return "" if tag >> 16 & 1 else keyword_for_tag(tag)


def natural_name(name: str) -> Natural:
    """Return the name of a person, its component groups separated by "=", as an object of them (PS3.18 F.2.2)."""
    groups = zip(_GROUPS, name.split("="), strict=False)
    return {group: text.strip(" ") for group, text in groups if text.strip(" ")}


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) <= _GREATEST_WHOLE else number


def _binary(found: Attributes, tag: int, code: str) -> list[Natural]:
    """Return binary numbers; those that are none in JSON are left out."""
    order = "<" if found.coding.little_endian else ">"
    size = {"H": 2, "h": 2, "I": 4, "i": 4, "f": 4}.get(code, 8)
    value = found.value(tag, _LONGEST)
    numbers = (number for (number,) in iter_unpack(order + code, value[: len(value) // size * size]))
    return [number for number in numbers if isfinite(number)]
