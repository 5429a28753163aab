"""The parts of an object while they are collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.native import little_endian
from openwado.dicom.parts import FileSpan

if TYPE_CHECKING:
    from openwado.dicom.block_reader import BlockReader
    from openwado.dicom.parts import Part

#: Values up to this length travel in the plan; longer ones are read when they are sent.
INLINE_MAX: Final = 1 << 15


class PartList:
    """Parts in the order they are sent; neighbours that can be one are joined.

    Args:
        blocks: of the bytes that spans count in.
        inline: whether spans must be read now, because offsets do not count in the stored file (deflated objects).
    """

    def __init__(self, blocks: BlockReader, *, inline: bool) -> None:
        self._blocks = blocks
        self._inline = inline
        self._parts: list[Part | bytearray] = []

    def add(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        if self._parts and isinstance(self._parts[-1], bytearray):
            self._parts[-1] += data
        elif len(data):
            self._parts.append(bytearray(data))

    def add_span(self, offset: int, length: int, swap: int = 1) -> None:
        """Append stored bytes, words reversed; a last incomplete word is filled up with zeros."""
        whole = length - length % swap
        if self._inline or (length <= INLINE_MAX and swap > 1):
            self.add(little_endian(self._blocks.source.read_at(offset, length), swap))
            return
        last = self._parts[-1] if self._parts else None
        if isinstance(last, FileSpan) and last.offset + last.length == offset and last.swap == swap:
            self._parts[-1] = FileSpan(last.offset, last.length + whole, swap)
        elif whole:
            self._parts.append(FileSpan(offset, whole, swap))
        if whole < length:
            self.add(little_endian(self._blocks.source.read_at(offset + whole, length - whole), swap))

    def add_part(self, part: Part) -> None:
        """Append any part."""
        self._parts.append(part)

    def parts(self) -> tuple[Part, ...]:
        """Return the parts."""
        return tuple(bytes(part) if isinstance(part, bytearray) else part for part in self._parts)
