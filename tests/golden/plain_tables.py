"""Look-up tables by the letter of RR-12, RR-13, RR-18 and RR-20."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Table:
    """A table: first value mapped, bits of an entry, entries."""

    first: int
    bits: int
    entries: tuple[int, ...]

    def at(self, value: float) -> int:
        """RR-12: index = clamp(v - first, 0, entries - 1); RR-20: what is no integer goes to the nearest, half up."""
        index = math.floor(value + 0.5) - self.first
        return self.entries[min(max(index, 0), len(self.entries) - 1)]

    @property
    def full_scale(self) -> int:
        """RR-20: what its bits allow, not its own largest entry."""
        return int(2**self.bits - 1)


def sequence_table(item: Dataset, *, signed: bool) -> Table:
    """A Modality or VOI LUT Sequence item."""
    return _table(item.LUTDescriptor, item.LUTData, signed=signed)


def palette_of(dataset: Dataset) -> tuple[Table, Table, Table]:
    """RR-12: red, green and blue; the first value mapped is signed if Pixel Representation says so."""
    signed = dataset.PixelRepresentation == 1
    red, green, blue = (_palette_color(dataset, color, signed=signed) for color in ("Red", "Green", "Blue"))
    if max(*red.entries, *green.entries, *blue.entries) <= 255:
        # RR-12: if bits = 16 but no entry > 255, entries are 8-bit values.
        red, green, blue = (Table(table.first, 8, table.entries) for table in (red, green, blue))
    return red, green, blue


def palette_byte(table: Table, value: float) -> int:
    """RR-12: 16-bit entries fill the full range: 8-bit out = entry >> 8."""
    return table.at(value) >> (table.bits - 8)


def _palette_color(dataset: Dataset, color: str, *, signed: bool) -> Table:
    descriptor = dataset[f"{color}PaletteColorLookupTableDescriptor"].value
    segments = dataset.get(f"Segmented{color}PaletteColorLookupTableData")
    if segments is None:
        return _table(descriptor, dataset[f"{color}PaletteColorLookupTableData"].value, signed=signed)
    count, first, bits = _described(descriptor, signed=signed)
    entries = expanded(list(segments) if bits == 8 else _words(segments), bits)
    assert len(entries) >= count, "RR-13: the expanded length must equal the descriptor's count"
    return Table(first, bits, tuple(entries[:count]))


def _table(descriptor: Any, data: Any, *, signed: bool) -> Table:  # noqa: ANN401 -- what pydicom gives
    count, first, bits = _described(descriptor, signed=signed)
    if isinstance(data, bytes) and len(data) in (count, count + count % 2) and count > 1:
        return Table(first, 8, tuple(data[:count]))  # RR-12: byte length = entries -> 8-bit packed
    return Table(first, bits, tuple(_words(data)[:count]))


def _described(descriptor: Any, *, signed: bool) -> tuple[int, int, int]:  # noqa: ANN401 -- what pydicom gives
    """RR-12: entries (0 -> 65536), first value mapped (signed where the clause says so), bits."""
    count, first, bits = (int(number) % 65536 for number in descriptor)
    return count or 65536, first - 65536 if signed and first >= 32768 else first, bits


def _words(data: Any) -> list[int]:  # noqa: ANN401 -- what pydicom gives: bytes, a number, numbers
    if isinstance(data, bytes):
        return [data[place] | data[place + 1] << 8 for place in range(0, len(data) - 1, 2)]
    return [int(word) % 65536 for word in (data if hasattr(data, "__iter__") else [data])]


def expanded(words: list[int], bits: int) -> list[int]:
    """RR-13: the entries that segments of words of the entry size stand for."""
    entries: list[int] = []
    place = 0
    while place + 2 < len(words):  # at most a pad word is left
        place = _copied(words, place, bits, entries) if words[place] == 2 else _segment(words, place, entries)
    return entries


def _segment(words: list[int], place: int, entries: list[int]) -> int:
    """Add a discrete (0) or linear (1) segment; return where the next one is."""
    opcode, count = words[place], words[place + 1]
    if opcode == 0:
        entries += words[place + 2 : place + 2 + count]
        return place + 2 + count
    assert opcode == 1
    start, end = entries[-1], words[place + 2]  # y0 = last entry so far
    entries += [math.floor(start + (end - start) * step / count + 0.5) for step in range(1, count + 1)]
    return place + 3


def _copied(words: list[int], place: int, bits: int, entries: list[int]) -> int:
    """Add an indirect (2) segment: so many segments again, from a byte offset of two 16-bit words, low word first."""
    if bits == 8:
        offset = sum(words[place + 2 + byte] << 8 * byte for byte in range(4))
        after = place + 6
    else:
        offset = (words[place + 2] | words[place + 3] << 16) // 2
        after = place + 4
    for _ in range(words[place + 1]):
        assert words[offset] != 2, "RR-13: copied segments must not be indirect"
        offset = _segment(words, offset, entries)
    return after
