"""Objects that are data and nothing else, as a tree of their attributes: plans, states, registrations (PS3.3 A)."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from openwado.dicom.coded_entry import MEANING, SCHEME, code_value_tag, read_code
from openwado.dicom.formatting import sop_class_name
from openwado.dicom.readable import readable
from openwado.dicom.reader import PIXEL_ELEMENTS
from openwado.document.attribute_names import attribute_name, attribute_vr, is_signed, private_creator, tag_text
from openwado.document.attribute_values import attribute_words
from openwado.document.item_source import as_code
from openwado.document.labels import label
from openwado.document.model import Code, Document, Item, Paragraph, Run, Section
from openwado.document.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Node

#: Sequences inside one another that are shown.
DEPTH_MAX: Final = 100
#: Attributes and items that are shown: fewer than a document may have, for each costs a moment to read and to write.
ITEMS_MAX: Final = 200_000
#: Characters of all values together.
CHARACTERS_MAX: Final = 20_000_000

_SOP_CLASS_UID: Final = 0x00080016
_TRAILING_PADDING: Final = 0xFFFCFFFC
#: Bytes of a sequence delimiter, and of the shortest head of an element (PS3.5 7.1.2, 7.5).
_DELIMITER: Final = 8
#: What an item of a sequence is told by: names and labels of beams, regions, doses, layers, texts, channels, segments.
_TELLING: Final = (
    *(0x300A00C2, 0x30060026, 0x30060085, 0x300A0016, 0x300A00B8, 0x00700002, 0x00700006),
    *(0x003A0203, 0x00620005, 0x006A0005, 0x00720206, 0x00720040),
)


def read_attribute_tree(attributes: Attributes, title: str, language: Language = "en") -> Document:
    """Return an object as its attributes, in order, with a summary before them where one is known for its kind.

    Group lengths, padding and pixel data are left out; of other binary data the length is told.

    Args:
        attributes: of the data set.
        title: of the document.
        language: of our own words; names of attributes are those of PS3.6.

    Raises:
        CorruptObject: a sequence cannot be read.
    """
    with readable("This object"):
        tree = AttributeTree(language)
        section = Section(label("attributes", language), tree.of_data_set(attributes))
        shortfalls = tree.shortfalls(breaks_off=breaks_off(attributes))
        nodes: tuple[Node, ...] = (*shortfalls, *summary(attributes, language), section)
    kind = attributes.text(_SOP_CLASS_UID)
    return Document(title=title, kind=sop_class_name(kind) if kind else "", nodes=nodes)


def breaks_off(attributes: Attributes) -> bool:
    """Return whether the bytes end within an element: that one, and what would follow, is missing."""
    if not attributes.elements:
        return False
    last = max(attributes.elements.values(), key=lambda element: element.offset)
    end = last.value_offset + last.length
    if last.undefined:
        if end >= attributes.blocks.size:
            return True
        end += _DELIMITER
    head = attributes.blocks.read(end, _DELIMITER)
    group, number = unpack("<HH" if attributes.coding.little_endian else ">HH", head.ljust(4, b"\0")[:4])
    return len(head) == _DELIMITER and group > 0 and group << 16 | number not in PIXEL_ELEMENTS


class _Inherited:
    """What items take from the data set around them (PS3.5 7.5.3)."""

    __slots__ = ("character_set", "depth", "signed")

    def __init__(self, character_set: tuple[str, ...], signed: bool, depth: int) -> None:  # noqa: FBT001 -- one maker
        self.character_set = character_set
        self.signed = signed
        self.depth = depth

    def inside(self, item: Attributes) -> _Inherited:
        """Return what is in force inside of an item."""
        own = item.character_set()
        return _Inherited(own or self.character_set, is_signed(item, around=self.signed), self.depth + 1)


class AttributeTree:
    """Makes items of attributes, as many as are allowed.

    Args:
        language: of our own words.
        most: attributes and items.
        characters: of all values together.
        folds_codes: whether an item that is a code is that code, instead of its attributes.
    """

    def __init__(
        self,
        language: Language,
        *,
        most: int = ITEMS_MAX,
        characters: int = CHARACTERS_MAX,
        folds_codes: bool = True,
    ) -> None:
        self._language = language
        self._nodes = most
        self._characters = characters
        self._folds_codes = folds_codes
        self._is_deeper = False

    @property
    def is_full(self) -> bool:
        """Whether no more is taken in."""
        return self._nodes <= 0 or self._characters <= 0

    def of_data_set(self, attributes: Attributes) -> tuple[Item, ...]:
        """Return the attributes of a whole data set."""
        inherited = _Inherited(attributes.character_set(), is_signed(attributes, around=False), 0)
        return tuple(self.attributes(attributes, "", inherited))

    def shortfalls(self, *, breaks_off: bool) -> Iterator[Paragraph]:
        """Yield a sentence for each reason why something is missing."""
        reasons = {"breaks off": breaks_off, "cut short": self.is_full, "too deep": self._is_deeper}
        for key in (key for key, holds in reasons.items() if holds):
            yield Paragraph((Run(label(key, self._language), "bold"),))

    def attributes(
        self, found: Attributes, prefix: str, inherited: _Inherited, left_out: Iterable[int] = ()
    ) -> Iterator[Item]:
        """Yield the attributes of a data set or item."""
        number = 0
        for tag in sorted(set(found.elements).difference(left_out)):
            if self.is_full:
                return
            if tag & 0xFFFF and tag != _TRAILING_PADDING:
                number += 1
                yield self._attribute(found, tag, f"{prefix}{number}", inherited)

    def _attribute(self, found: Attributes, tag: int, identifier: str, inherited: _Inherited) -> Item:
        vr = attribute_vr(found, tag, signed=inherited.signed)
        name = self._name(found, tag)
        self._nodes -= 1
        if vr == "SQ":
            return self._sequence(found, tag, Item(value_type=vr, identifier=identifier, name=name), inherited)
        words = attribute_words(found, tag, vr, inherited.character_set, self._language)
        self._characters -= len(words.text) + len(words.stored)
        return Item(value_type=vr, identifier=identifier, name=name, text=words.text, stored=words.stored)

    def _name(self, found: Attributes, tag: int) -> Code:
        name = attribute_name(found, tag)
        if tag >> 16 & 1 and (creator := private_creator(found, tag)):
            name = f"{name} ({creator})" if name else label("private", self._language).format(creator=creator)
        name = name or label("unknown attribute", self._language)
        return Code(name, tag_text(tag), "tag")

    def _sequence(self, found: Attributes, tag: int, sequence: Item, inherited: _Inherited) -> Item:
        if inherited.depth >= DEPTH_MAX:
            self._is_deeper = True
            return replace(sequence, text=label("not shown", self._language))
        items = []
        for number, item in enumerate(found.items(tag), 1):
            if self.is_full:
                break
            items.append(self._item(item, f"{sequence.identifier}.{number}", number, inherited.inside(item)))
        if self._folds_codes and len(items) == 1 and items[0].code is not None:
            return replace(sequence, code=items[0].code, children=items[0].children)
        return replace(sequence, children=tuple(items))

    def _item(self, item: Attributes, identifier: str, number: int, inherited: _Inherited) -> Item:
        self._nodes -= 1
        name = Code(label("item", self._language).format(number=number))
        read = code_of(item, inherited.character_set)
        if read is not None and self._folds_codes:
            code, parts = read
            self._characters -= len(code.meaning) + len(code.value)
            children = tuple(self.attributes(item, f"{identifier}.", inherited, parts))
            return Item(value_type="ITEM", identifier=identifier, name=name, code=code, children=children)
        told = next((tag for tag in _TELLING if tag in item and item.text(tag)), None)
        text = item.decoded_text(told, inherited.character_set)[:200] if told else ""
        if read is not None:
            text = read[0].words
        children = tuple(self.attributes(item, f"{identifier}.", inherited))
        return Item(value_type="ITEM", identifier=identifier, name=name, text=text, children=children)


def code_of(item: Attributes, character_set: tuple[str, ...]) -> tuple[Code, tuple[int, ...]] | None:
    """Return the code that an item is, and the tags that say it; None where it is no code (PS3.3 8.8)."""
    tag, found = code_value_tag(item), read_code(item, character_set)
    if tag is None or found is None or MEANING not in item:
        return None
    return as_code(found), (tag, SCHEME, MEANING)
