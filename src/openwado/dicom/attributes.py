"""Attributes of a data set or item, read from their stored bytes: wrong ones count as absent, nothing raises."""

from __future__ import annotations

from itertools import takewhile
from math import isfinite
from struct import iter_unpack
from typing import TYPE_CHECKING

from openwado.dicom.elements import read_items
from openwado.dicom.specific_character_set import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openwado.dicom.block_reader import BlockReader
    from openwado.dicom.elements import Coding, Element

#: Values of ordinary attributes are cut to this length.
_LONGEST = 1 << 16

_SPECIFIC_CHARACTER_SET = 0x00080005

#: Whole numbers beyond this are no value of any attribute that is read as one.
_GREATEST = 1 << 32

#: Binary numbers by VR: struct code and bytes.
_INTEGER_CODES = {"UL": "I", "SL": "i", "UV": "Q", "SV": "q"}
_FLOAT_CODES = {"FD": "d", "FL": "f", "OD": "d", "OF": "f"}
#: Values Representations of attributes that are read as other numbers than words, where none is written (PS3.5 A.1):
#: displayed areas, magnification, opacity, shifts, lengths of documents, content items, places in a total pixel matrix,
#: samples of a waveform.
_UNWRITTEN_VRS = {
    tag: vr
    for vr, tags in {
        "SL": (0x00700052, 0x00700053, 0x0040A162, 0x0048021E, 0x0048021F),
        "FL": (0x00700103, 0x00700403, 0x00286114, 0x00289411, 0x00289478, 0x00700022),
        "FD": (0x0040A161,),
        "UL": (
            *(0x00420015, 0x0040A163, 0x0040A132, 0x0040DB73, 0x0040A802, 0x0040A803, 0x0040A804, 0x0040A805),
            *(0x00480006, 0x00480007, 0x00209228, 0x003A0010),
        ),
    }.items()
    for tag in tags
}
_TEXT_VRS = frozenset({"IS", "DS", "CS", "LO", "SH", "LT", "ST", "UT", "UC"})


class Attributes:
    """The attributes of one data set or item, by tag.

    Attributes:
        blocks: the bytes.
        elements: where each element is.
        coding: how they are written.
    """

    __slots__ = ("blocks", "coding", "elements")

    def __init__(self, blocks: BlockReader, elements: Mapping[int, Element], coding: Coding) -> None:
        self.blocks = blocks
        self.elements = elements
        self.coding = coding

    def __contains__(self, tag: int) -> bool:
        return tag in self.elements

    def value(self, tag: int, longest: int = _LONGEST) -> bytes:
        """Return a value as stored, cut to `longest` bytes; b"" where absent."""
        element = self.elements.get(tag)
        if element is None or element.length == 0:
            return b""
        return self.blocks.read(element.value_offset, min(element.length, longest))

    def text(self, tag: int) -> str:
        """Return the first value of a string of the default repertoire (CS, UI, IS …), without padding."""
        return self.value(tag).decode("latin-1").partition("\\")[0].strip(" \0\t\r\n")

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return all values of a string of the default repertoire, without padding; () where absent or empty."""
        values = self.value(tag).decode("latin-1").strip("\0")
        return tuple(value.strip(" \0\t\r\n") for value in values.split("\\")) if values.strip() else ()

    def decoded_text(self, tag: int, character_set: tuple[str, ...], longest: int = _LONGEST) -> str:
        """Return a text in Unicode (PS3.5 6.1), without padding, cut to `longest` stored bytes."""
        return decode_text(self.value(tag, longest), character_set)

    def decimals(self, tag: int, longest: int = _LONGEST) -> tuple[float | None, ...]:
        """Return the values of a decimal string (or of floats): None for each that is no finite number.

        Args:
            tag: of the element.
            longest: bytes of floats that are read; strings are cut as other values are.
        """
        code = _FLOAT_CODES.get(self._vr(tag))
        if code:
            return tuple(number if isfinite(number) else None for number in self._numbers(tag, code, longest))
        return tuple(_decimal(text) for text in self.texts(tag))

    def decimal(self, tag: int) -> float | None:
        """Return the first value of a decimal string, None if it is no finite number."""
        return next(iter(self.decimals(tag)), None)

    def integers(self, tag: int, *, signed: bool = False) -> tuple[int, ...]:
        """Return the values of a binary integer element: words, signed if told so, unless its VR says otherwise.

        Numbers beyond 2**32 are left out, with whatever follows them.
        """
        vr = self._vr(tag)
        if vr in _TEXT_VRS:
            numbers: Iterable[float] = (number for number in self.decimals(tag) if number is not None)
        else:
            numbers = self._numbers(tag, _INTEGER_CODES.get(vr) or ("h" if signed else "H"))
        return tuple(int(number) for number in takewhile(lambda number: abs(number) <= _GREATEST, numbers))

    def integer(self, tag: int, *, signed: bool = False) -> int | None:
        """Return the first value of a binary integer element, None if there is none."""
        return next(iter(self.integers(tag, signed=signed)), None)

    def integer_string(self, tag: int) -> int | None:
        """Return the first value of an integer string, None if it is none."""
        element = self.elements.get(tag)
        if element is not None and element.vr in _BINARY_VRS:
            return self.integer(tag)
        number = self.decimal(tag)
        return int(number) if number is not None and number == int(number) else None

    def items(self, tag: int) -> Iterator[Attributes]:
        """Yield the items of a sequence.

        Raises:
            openwado.dicom.block_reader.Unreadable: a limit is exceeded.
        """
        element = self.elements.get(tag)
        if element is not None:
            for elements, coding in read_items(self.blocks, element, self.coding):
                yield Attributes(self.blocks, elements, coding)

    def first_item(self, tag: int) -> Attributes | None:
        """Return the first item of a sequence, None if there is none."""
        return next(self.items(tag), None)

    def character_set(self) -> tuple[str, ...]:
        """Return the values of Specific Character Set (0008,0005)."""
        return self.texts(_SPECIFIC_CHARACTER_SET)

    def _vr(self, tag: int) -> str:
        element = self.elements.get(tag)
        written = element.vr if element is not None else ""
        return _UNWRITTEN_VRS.get(tag, written) if written in ("", "UN") else written

    def _numbers(self, tag: int, code: str, longest: int = _LONGEST) -> Iterator[float]:
        order = "<" if self.coding.little_endian else ">"
        size = {"H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "Q": 8, "q": 8, "d": 8}[code]
        value = self.value(tag, longest)
        for (number,) in iter_unpack(order + code, value[: len(value) // size * size]):
            yield number


_BINARY_VRS = frozenset({"US", "SS", *_INTEGER_CODES})


def _decimal(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
