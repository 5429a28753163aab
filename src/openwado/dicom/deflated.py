"""The deflated data set (PS3.5 A.5), inflated within a limit."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from openwado.dicom.source import ByteSource

_CHUNK = 1 << 18
_RAW_DEFLATE = -zlib.MAX_WBITS


def inflate(source: ByteSource, offset: int, limit: int) -> BytesSource:
    """Return the data set that is deflated from `offset` on.

    A stream that ends early gives what it holds; one with a zlib header, against the clause, is read too.

    Args:
        source: the stored bytes.
        offset: of the deflated data set.
        limit: bytes after which inflating stops.

    Raises:
        Unreadable: the bytes are no deflate stream, or hold more than `limit`.
    """
    try:
        return BytesSource(_inflated(source, offset, limit, _RAW_DEFLATE))
    except zlib.error:
        pass
    try:
        return BytesSource(_inflated(source, offset, limit, zlib.MAX_WBITS))
    except zlib.error:
        raise Unreadable("unreadable: broken deflate stream") from None


def _inflated(source: ByteSource, offset: int, limit: int, window_bits: int) -> bytes:
    decompressor = zlib.decompressobj(window_bits)
    chunks: list[bytes] = []
    total = 0
    while not decompressor.eof:
        data = decompressor.unconsumed_tail
        if not data:
            data = source.read_at(offset, _CHUNK)
            offset += len(data)
            if not data:
                break
        chunk = decompressor.decompress(data, limit + 1 - total)
        chunks.append(chunk)
        total += len(chunk)
        if total > limit:
            raise Unreadable("deflated data set too large")
    return b"".join(chunks)
