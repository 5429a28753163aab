"""Coded entries (PS3.3 8.8): what a code sequence says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

_CODE_VALUES: Final = (0x00080100, 0x00080119, 0x00080120)  # short, long, URN
_VERSION: Final = 0x00080103
#: Coding Scheme Designator, Code Meaning.
SCHEME, MEANING = 0x00080102, 0x00080104
#: Longest value or meaning that is read, bytes: a URN has no length, and files have meanings beyond theirs.
_LONGEST: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class CodedEntry:
    """A coded concept.

    Attributes:
        value: Code Value (0008,0100), or the long or URN value in its stead.
        scheme: Coding Scheme Designator (0008,0102).
        meaning: Code Meaning (0008,0104).
        version: Coding Scheme Version (0008,0103).
    """

    value: str
    scheme: str
    meaning: str
    version: str = ""

    @property
    def words(self) -> str:
        """What people read: the meaning, else the value."""
        return self.meaning or self.value


def code_value_tag(item: Attributes) -> int | None:
    """Return which of short, long and URN Code Value says something in an item, None for none of them."""
    return next((tag for tag in _CODE_VALUES if item.text(tag)), None)


def read_code(item: Attributes, character_set: tuple[str, ...]) -> CodedEntry | None:
    """Return the entry that an item of a code sequence is, None where it says nothing.

    Args:
        item: of the sequence.
        character_set: in force for it (C.12.1.1.2).
    """
    tag = code_value_tag(item)
    value = item.decoded_text(tag, character_set, _LONGEST) if tag is not None else ""
    meaning = item.decoded_text(MEANING, character_set, _LONGEST)
    if not value and not meaning:
        return None
    scheme, version = (item.decoded_text(tag, character_set) for tag in (SCHEME, _VERSION))
    return CodedEntry(value, scheme, meaning, version)


def first_code(attributes: Attributes, tag: int, character_set: tuple[str, ...]) -> CodedEntry | None:
    """Return the entry in the first item of a code sequence, None where it says nothing.

    Args:
        attributes: of what holds the sequence.
        tag: of the sequence.
        character_set: in force where the item has none of its own (C.12.1.1.2).
    """
    item = attributes.first_item(tag)
    return None if item is None else read_code(item, item.character_set() or character_set)
