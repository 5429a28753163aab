"""Items of sequences with the character set in force for them, and the codes in them (PS3.3 8.8, C.12.1.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.coded_entry import read_code
from openwado.document.model import Code

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.coded_entry import CodedEntry

#: Longest text that is read, bytes.
TEXT_MAX: Final = 16 << 20

CharacterSet = tuple[str, ...]


class Source(NamedTuple):
    """An item of a Content Sequence, and the character set in force for it (PS3.3 C.12.1.1.2)."""

    attributes: Attributes
    character_set: CharacterSet

    def text(self, tag: int) -> str:
        """Return a whole text."""
        return self.attributes.decoded_text(tag, self.character_set, TEXT_MAX)

    def inner(self, tag: int) -> Source | None:
        """Return the first item of a sequence."""
        item = self.attributes.first_item(tag)
        return None if item is None else within(item, self.character_set)

    def all(self, tag: int) -> list[Source]:
        """Return the items of a sequence."""
        return [within(item, self.character_set) for item in self.attributes.items(tag)]


def within(item: Attributes, character_set: CharacterSet) -> Source:
    """Return an item with its own character set, else that of what it is in."""
    return Source(item, item.character_set() or character_set)


def item_code(source: Source | None) -> Code | None:
    """Return the code of an item of a code sequence, None where it says nothing (PS3.3 8.8)."""
    found = read_code(source.attributes, source.character_set) if source is not None else None
    return as_code(found) if found is not None else None


def as_code(entry: CodedEntry) -> Code:
    """Return a coded entry as documents have it."""
    return Code(entry.meaning, entry.value, entry.scheme, entry.version)
