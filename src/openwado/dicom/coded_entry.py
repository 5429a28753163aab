"""Coded entries (PS3.3 8.8): what a code sequence says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

_CODE_VALUES: Final = (0x00080100, 0x00080119, 0x00080120)  # short, long, URN
_SCHEME, _MEANING = 0x00080102, 0x00080104


@dataclass(frozen=True, slots=True)
class CodedEntry:
    """A coded concept.

    Attributes:
        value: Code Value (0008,0100), or the long or URN value in its stead.
        scheme: Coding Scheme Designator (0008,0102).
        meaning: Code Meaning (0008,0104).
    """

    value: str
    scheme: str
    meaning: str

    @property
    def words(self) -> str:
        """What people read: the meaning, else the value."""
        return self.meaning or self.value


def first_code(attributes: Attributes, tag: int, character_set: tuple[str, ...]) -> CodedEntry | None:
    """Return the entry in the first item of a code sequence, None where it says nothing.

    Args:
        attributes: of what holds the sequence.
        tag: of the sequence.
        character_set: in force where the item has none of its own (C.12.1.1.2).
    """
    item = attributes.first_item(tag)
    if item is None:
        return None
    character_set = item.character_set() or character_set
    value = next(filter(None, (item.decoded_text(tag, character_set) for tag in _CODE_VALUES)), "")
    meaning = item.decoded_text(_MEANING, character_set)
    return CodedEntry(value, item.text(_SCHEME), meaning) if value or meaning else None
