"""How records stand in a column: the record version, then MessagePack. Another version's record is never decoded."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeVar

import msgspec

from openwado.dicom.instance import RECORD_VERSION, Description, FrameEntry, Instance
from openwado.dicom.picture_record import FrameAttributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

_VERSION = RECORD_VERSION.to_bytes(2, "big")
_encoder = msgspec.msgpack.Encoder()

INSTANCE = msgspec.msgpack.Decoder(Instance)
DESCRIPTION = msgspec.msgpack.Decoder(Description)
FRAME_ATTRIBUTES = msgspec.msgpack.Decoder(FrameAttributes)

#: Frame entries of one row; a look-up reads one row, however many frames there are.
ENTRIES_A_BLOCK = 256

# offset and length: 64 bits each; number of frame attributes: 32 bits; first_bit: 8 bits.
_ENTRY = struct.Struct("<QQIB")
ENTRY_SIZE = _ENTRY.size


def pack(value: msgspec.Struct) -> bytes:
    """Return a record as it is kept."""
    return _VERSION + _encoder.encode(value)


def unpack(blob: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    """Return a kept record; None if another version of the program wrote it, or if it is damaged."""
    if blob[:2] != _VERSION:
        return None
    try:
        return decoder.decode(memoryview(blob)[2:])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def pack_entries(entries: Sequence[FrameEntry]) -> Iterator[tuple[int, bytes]]:
    """Give blocks of entries, each with its number (from 0)."""
    for start in range(0, len(entries), ENTRIES_A_BLOCK):
        block = entries[start : start + ENTRIES_A_BLOCK]
        yield (
            start // ENTRIES_A_BLOCK,
            b"".join(_ENTRY.pack(e.offset, e.length, e.attributes, e.first_bit) for e in block),
        )


def unpack_entries(block: bytes) -> Iterator[FrameEntry]:
    """Give the entries of a block, or of a part of one."""
    for offset, length, attributes, first_bit in _ENTRY.iter_unpack(block):
        yield FrameEntry(offset, length, first_bit, attributes)


def place_of_entry(frame_number: int) -> tuple[int, int]:
    """Return the block of a frame (from 1), and the place of its entry in there as `substr` counts (from 1)."""
    block, place = divmod(frame_number - 1, ENTRIES_A_BLOCK)
    return block, place * ENTRY_SIZE + 1
