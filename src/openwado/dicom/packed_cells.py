"""Cells of any width out of a stream of bits (PS3.5 8.1.1): from the least significant bit on, without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Cells = NDArray[Any]

_BYTE = 8


def cell_bytes(bits: int) -> int:
    """Return the bytes of the narrowest unsigned integer that holds a cell of 1 … 64 bits: 1, 2, 4 or 8."""
    return next(size for size in (1, 2, 4, 8) if size * _BYTE >= bits)


def packed_cells(data: bytes | memoryview, count: int, bits: int, first_bit: int) -> Cells:
    """Return cells that follow each other without gaps.

    Args:
        data: at least `first_bit + count * bits` bits.
        count: of cells.
        bits: of a cell, 1 … 64.
        first_bit: where the first cell starts, the least significant bit of the first byte being 0.

    Returns:
        Shape (count,), little-endian unsigned integers of the next wider size; bits above `bits` are 0.
    """
    if bits == 1:
        packed = np.frombuffer(data, np.uint8, -(-(first_bit + count) // _BYTE))
        return np.unpackbits(packed, bitorder="little")[first_bit : first_bit + count]
    if bits % _BYTE == 0 and first_bit % _BYTE == 0:
        return _whole_bytes(np.frombuffer(data, np.uint8, count * bits // _BYTE, first_bit // _BYTE), bits)
    groups = -(-count // _BYTE)  # eight cells fill `bits` bytes
    cells = np.empty((groups, _BYTE), f"<u{cell_bytes(bits)}")
    codes = np.zeros(first_bit // _BYTE + groups * bits + cell_bytes(bits) + 1, np.uint8)
    stored = np.frombuffer(data, np.uint8)[: codes.size]
    codes[: stored.size] = stored
    for place in range(_BYTE):
        cells[:, place] = spaced_cells(codes, groups, bits, first_bit + place * bits, bits)
    return cells.reshape(-1)[:count]


def spaced_cells(codes: NDArray[np.uint8], count: int, bits: int, first_bit: int, stride: int) -> Cells:
    """Return cells that start at the same bit of every `stride` bytes.

    Args:
        codes: bytes up to the end of the last byte that holds a bit of a cell.
        count: of cells.
        bits: of a cell, 1 … 64.
        first_bit: where the first cell starts.
        stride: bytes from one cell to the next.

    Returns:
        As `packed_cells`.
    """
    byte, shift = divmod(first_bit, _BYTE)
    size = cell_bytes(bits)
    cells = (codes[byte::stride][:count] >> shift).astype(f"<u{size}")
    for following in range(1, -(-(shift + bits) // _BYTE)):
        part = codes[byte + following :: stride][:count].astype(cells.dtype)
        cells |= part << (following * _BYTE - shift)
    return cells & ((1 << bits) - 1)


def _whole_bytes(stored: NDArray[np.uint8], bits: int) -> Cells:
    size = cell_bytes(bits)
    if size * _BYTE == bits:
        return stored.view(f"<u{size}")
    cells = np.zeros((stored.size * _BYTE // bits, size), np.uint8)
    cells[:, : bits // _BYTE] = stored.reshape(-1, bits // _BYTE)
    return cells.view(f"<u{size}").reshape(-1)
