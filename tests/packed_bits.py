"""Cells of any width written bit by bit, as PS3.5 8.1.1 says: an encoder for tests that knows nothing of decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def packed(cells: NDArray[Any] | Iterable[int], bits: int, first_bit: int = 0) -> bytes:
    """Return cells without gaps, from the least significant bit of the first byte on."""
    number, place = 0, first_bit
    for cell in map(int, getattr(cells, "flat", cells)):
        number |= (cell & ((1 << bits) - 1)) << place
        place += bits
    return number.to_bytes(-(-place // 8), "little")
