"""Data elements of any coding as parts of an Explicit VR Little Endian data set (PS3.5 7, A.2).

Values are never interpreted: bytes stay as they are but for byte order, and long values are not even read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from openwado.dicom.attributes import Attributes
from openwado.dicom.elements import ITEM_DELIMITER, SEQUENCE_DELIMITER, UNDEFINED_LENGTH, Coding, read_items
from openwado.dicom.explicit_element import WORD_BYTES, dictionary_vr, explicit_header, implicit_vr
from openwado.dicom.image_pixel_tags import PIXEL_REPRESENTATION
from openwado.dicom.native import little_endian
from openwado.dicom.nested_pixel_data import decoded_pixel_elements, holds_encapsulated_pixels
from openwado.dicom.part_list import INLINE_MAX, PartList
from openwado.dicom.revision import Verdict
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openwado.dicom.block_reader import BlockReader
    from openwado.dicom.codecs import Codec
    from openwado.dicom.elements import Element
    from openwado.dicom.revision import Change, Scope

EXPLICIT_LITTLE_ENDIAN: Final = Coding(explicit=True, little_endian=True)

_ICON_IMAGE_SEQUENCE: Final = 0x00880200
#: Not written again: Data Set Trailing Padding, offset tables of encapsulated frames, Pixel Data Provider URL (TR-5).
_DROPPED: Final = frozenset({0xFFFCFFFC, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00287FE0})
#: Besides, where anything else changes: signatures no longer hold (PS3.15 C): MAC Parameters, Digital Signatures.
_SIGNATURES: Final = frozenset({0x4FFE0001, 0xFFFAFFFA})
_NESTING_MAX: Final = 64


class DataSetWriter:
    """Writes data elements of one object in Explicit VR Little Endian.

    Args:
        blocks: of the bytes that elements are in.
        codec: of the object's frames if they are decoded: encapsulated icons then are too; else None.
        signed: whether Pixel Representation of the data set is 1.
        altered: whether values of it change: signatures are then left out (TR-5).
        scope: what becomes of each element; None: all stay.
    """

    def __init__(
        self,
        blocks: BlockReader,
        codec: Codec | None,
        *,
        signed: bool,
        altered: bool = False,
        scope: Scope | None = None,
    ) -> None:
        self._blocks = blocks
        self._codec = codec
        self._signed = signed
        self._altered = altered or codec is not None
        self._scope = scope

    def write(
        self,
        parts: PartList,
        elements: Mapping[int, Element],
        coding: Coding,
        replaced: Mapping[int, bytes],
        added_items: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        """Append the elements of a data set.

        Args:
            parts: what they are appended to.
            elements: in their order.
            coding: how they are written now.
            replaced: whole elements by tag that take the place of stored ones, or come in between (PS3.5 7.1); where
                they are b"", there is none.
            added_items: items that are appended to sequences by tag, or make new ones.

        Raises:
            CorruptObject: sequences are nested too deeply.
            openwado.dicom.block_reader.Unreadable: sequences hold more than the limits allow.
        """
        replaced = dict(replaced)
        for tag, items in added_items.items():
            replaced[tag] = self._with_added_items(tag, elements.get(tag), coding, items)
        due = sorted(replaced)
        for tag, element in elements.items():
            while due and due[0] <= tag:
                parts.add(replaced[due.pop(0)])
            if tag in replaced or self._is_dropped(tag):
                continue
            if self._scope is None:
                self._write_element(parts, tag, element, coding)
            else:
                self._write_revised(parts, tag, element, coding, self._scope)
        for tag in due:
            parts.add(replaced[tag])

    def _is_dropped(self, tag: int) -> bool:
        is_group_length = tag & 0xFFFF == 0
        return is_group_length or tag in _DROPPED or (self._altered and tag in _SIGNATURES)

    def _with_added_items(self, tag: int, element: Element | None, coding: Coding, items: bytes) -> bytes:
        """Return a sequence with items appended to those that it has and keeps."""
        kept = b""
        if element is not None and (self._scope is None or self._scope.change(tag, "SQ") is Verdict.KEPT):
            written = self._items(element, coding, self._scope, signed=self._signed, depth=1, undefined=False)
            kept = b"".join(written)
        return explicit_header(tag, "SQ", len(kept) + len(items)) + kept + items

    def _write_revised(self, parts: PartList, tag: int, element: Element, coding: Coding, scope: Scope) -> None:
        change = self._change(tag, element, coding, scope, signed=self._signed)
        if change is Verdict.KEPT and not self._is_sequence(
            self._vr(tag, element, signed=self._signed), element, coding
        ):
            self._write_element(parts, tag, element, coding)
        elif change is Verdict.KEPT:
            parts.add(self._top_sequence(tag, element, coding))
        elif not isinstance(change, Verdict):
            parts.add(self._changed(tag, element, coding, change, signed=self._signed))

    def _change(self, tag: int, element: Element, coding: Coding, scope: Scope, *, signed: bool) -> Change:
        """Ask a scope; by VR as it is written, known where it is UN, SQ wherever there are items."""
        vr = self._vr(tag, element, signed=signed)
        if self._is_sequence(vr, element, coding):
            return scope.change(tag, "SQ")
        if element.undefined:  # items where the VR knows of none: nobody can say what they are
            return scope.change(tag, "UN")
        if vr == "UN":
            known = dictionary_vr(tag).partition(" ")[0] if not tag >> 16 & 1 else "UN"
            # a sequence whose items are not where they should be: nobody can look into it
            return scope.change(tag, "UN" if known == "SQ" else known)
        return scope.change(tag, "UN" if vr == "SQ" and element.length else vr)

    def _vr(self, tag: int, element: Element, *, signed: bool) -> str:
        vr = element.vr or implicit_vr(tag, signed=signed)
        # where values change, a known sequence is looked into though its writer did not know it (PS3.5 6.2.2)
        return "SQ" if self._scope is not None and vr == "UN" and dictionary_vr(tag) == "SQ" else vr

    def _changed(
        self, tag: int, element: Element, coding: Coding, make: Callable[[bytes], bytes], *, signed: bool
    ) -> bytes:
        """Return an element with another value."""
        vr = self._vr(tag, element, signed=signed)
        if self._is_sequence(vr, element, coding):
            items = make(b"")
            return explicit_header(tag, "SQ", len(items)) + items
        vr, swap = _written(vr, coding)
        stored = self._blocks.read(element.value_offset, element.length)
        value = make(bytes(little_endian(stored, swap)))
        return explicit_header(tag, vr, len(value)) + value

    def _write_element(self, parts: PartList, tag: int, element: Element, coding: Coding) -> None:
        if coding == EXPLICIT_LITTLE_ENDIAN and element.vr and not self._is_encapsulated_icon(tag, element, coding):
            parts.add_span(element.offset, element.value_offset + element.length - element.offset)
            if element.undefined:
                self._write_delimiter(parts, element)
            return
        vr = element.vr or implicit_vr(tag, signed=self._signed)
        if self._is_sequence(vr, element, coding):
            parts.add(self._top_sequence(tag, element, coding))
            return
        vr, swap = _written(vr, coding)
        length = element.length + -element.length % swap
        parts.add(explicit_header(tag, vr, length))
        if element.length > INLINE_MAX:
            parts.add_span(element.value_offset, element.length, swap)
        else:
            parts.add(little_endian(self._blocks.read(element.value_offset, element.length), swap))

    def _write_delimiter(self, parts: PartList, element: Element) -> None:
        """Close a value of undefined length: by its own delimiter, so that spans join, or by one of ours."""
        end = element.value_offset + element.length
        delimiter = _delimiter(SEQUENCE_DELIMITER)
        if self._blocks.read(end, len(delimiter)) == delimiter:
            parts.add_span(end, len(delimiter))
        else:
            parts.add(delimiter)

    def _is_encapsulated_icon(self, tag: int, element: Element, coding: Coding) -> bool:
        if self._codec is None or tag != _ICON_IMAGE_SEQUENCE:
            return False
        return any(holds_encapsulated_pixels(item) for item, _ in read_items(self._blocks, element, coding))

    def _is_sequence(self, vr: str, element: Element, coding: Coding) -> bool:
        """Return whether a value consists of items: one of undefined length does, also as UN (PS3.5 6.2.2)."""
        if element.undefined:
            return vr in ("SQ", "UN")
        if vr != "SQ":
            return False
        start = self._blocks.read(element.value_offset, 4)
        return not element.length or start == (b"\xfe\xff\x00\xe0" if coding.little_endian else b"\xff\xfe\xe0\x00")

    def _top_sequence(self, tag: int, element: Element, coding: Coding) -> bytes:
        """Return a sequence; nothing for an icon that cannot be decoded: the object can do without (PS3.3 C.7.6.1)."""
        try:
            return b"".join(self._sequence(tag, element, coding, self._scope, signed=self._signed, depth=1))
        except (CorruptObject, NotSupported):
            if tag == _ICON_IMAGE_SEQUENCE:
                return b""
            raise

    def _sequence(  # noqa: PLR0913 -- where it is, how it is written and what becomes of it
        self, tag: int, element: Element, coding: Coding, scope: Scope | None, *, signed: bool, depth: int
    ) -> Iterator[bytes]:
        """Yield a sequence, its lengths defined or undefined throughout as its own was."""
        undefined = element.undefined
        written = list(self._items(element, coding, scope, signed=signed, depth=depth, undefined=undefined))
        length = UNDEFINED_LENGTH if undefined else sum(map(len, written))
        yield explicit_header(tag, "SQ", length)
        yield from written
        if undefined:
            yield _delimiter(SEQUENCE_DELIMITER)

    def _items(  # noqa: PLR0913 -- as above
        self, element: Element, coding: Coding, scope: Scope | None, *, signed: bool, depth: int, undefined: bool
    ) -> Iterator[bytes]:
        if depth > _NESTING_MAX:
            raise CorruptObject(f"Sequences of this object are nested more than {_NESTING_MAX} times.")
        for elements, item_coding in read_items(self._blocks, element, coding):
            attributes = Attributes(self._blocks, elements, item_coding)
            inner = scope.inner(attributes) if scope is not None else None
            body = b"".join(self._item(attributes, inner, signed=signed, depth=depth))
            yield _item_header(UNDEFINED_LENGTH if undefined else len(body))
            yield body
            if undefined:
                yield _delimiter(ITEM_DELIMITER)

    def _item(self, attributes: Attributes, scope: Scope | None, *, signed: bool, depth: int) -> Iterator[bytes]:
        item, coding = attributes.elements, attributes.coding
        representation = attributes.integer(PIXEL_REPRESENTATION)
        signed = signed if representation is None else representation == 1
        replaced: Mapping[int, bytes] = {}
        if self._codec is not None and holds_encapsulated_pixels(item):
            replaced = decoded_pixel_elements(self._blocks, item, coding, self._codec)
        for tag, element in item.items():
            change = self._change(tag, element, coding, scope, signed=signed) if scope is not None else Verdict.KEPT
            if change is Verdict.DROPPED:
                continue
            if tag in replaced:
                yield replaced[tag]
            elif not isinstance(change, Verdict):
                yield self._changed(tag, element, coding, change, signed=signed)
            elif tag & 0xFFFF:
                yield from self._nested(tag, element, coding, scope, signed=signed, depth=depth)

    def _nested(  # noqa: PLR0913 -- as above
        self, tag: int, element: Element, coding: Coding, scope: Scope | None, *, signed: bool, depth: int
    ) -> Iterator[bytes]:
        vr = self._vr(tag, element, signed=signed)
        if self._is_sequence(vr, element, coding):
            yield from self._sequence(tag, element, coding, scope, signed=signed, depth=depth + 1)
            return
        vr, swap = _written(vr, coding)
        value = little_endian(self._blocks.read(element.value_offset, element.length), swap)
        yield explicit_header(tag, vr, len(value))
        yield bytes(value)


def _written(vr: str, coding: Coding) -> tuple[str, int]:
    """Return the VR to write a value with that is no sequence, and the bytes of a word to reverse."""
    return "UN" if vr == "SQ" else vr, 1 if coding.little_endian else WORD_BYTES.get(vr, 1)


def _item_header(length: int) -> bytes:
    return b"\xfe\xff\x00\xe0" + length.to_bytes(4, "little")


def _delimiter(tag: int) -> bytes:
    return (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + bytes(4)
