"""Renditions in a bucket, shared by all servers that name it: asked before something is made, told when it was.

Whatever goes wrong, there is only no cache: a bucket that fails is left alone for a while. Nothing is ever taken out
here: the bucket's own rules say how long objects in it live.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import time
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from openwado.bucket import BucketError, NotInBucketError, Patience, open_bucket
from openwado.cache.kept import Kept
from openwado.cache.writing import WritingThread
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.bucket import Bucket

#: Raised when what stands before the bytes changes: what another version wrote is not found.
FORMAT: Final = 1

#: Bytes of the largest rendition that is shared; larger ones take longer to fetch than anybody would wait.
LARGEST: Final = 1 << 24

#: Bytes that stand before those of a rendition, at the most.
_MOST_HEAD: Final = 1 << 16

#: Seconds for which a bucket that has failed is not asked.
PAUSE_SECONDS: Final = 30.0

#: Making something takes a second at most, as a rule: longer nobody waits for a cache.
PATIENCE: Final = Patience(connect=0.5, silence=1, request=5, retry=0, retries=0)

# Bytes of the head that follows, and what changes with any byte of it or of the rendition.
_PREFIX: Final = struct.Struct(">II")

_logger = logging.getLogger("openwado.cache")


def open_shared(url: str) -> SharedCache:
    """Return the cache in the bucket that a URL names.

    Raises:
        BucketUrlError: it names none.
    """
    return SharedCache(open_bucket(url, PATIENCE, PATIENCE))


class _Head(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What stands before the bytes; key: that they are of, should two have one name."""

    key: bytes
    media_type: str
    warnings: tuple[str, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Head).decode


class SharedCache:
    """Reads in the thread that asks, writes in a thread of its own.

    Args:
        bucket: where renditions are, under `cache/`.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._writing: WritingThread[tuple[bytes, Kept]] = WritingThread(self._write_all, "shared-renditions")
        self._left_alone_until = 0.0

    def get(self, key: bytes) -> Kept | None:
        """Return what is kept under a key; waits for the bucket."""
        if self._is_left_alone():
            return None
        try:
            data, _ = self._bucket.get(_name_of(key), 0, _PREFIX.size + _MOST_HEAD + LARGEST)
        except NotInBucketError:
            return None
        except BucketError as error:
            self._fail(error)
            return None
        kept = _kept_of(key, data)
        if kept is None:
            _logger.warning(event("shared rendition damaged", rendition=_name_of(key)))
        return kept

    def put(self, key: bytes, kept: Kept) -> None:
        """Keep a rendition, soon; one that is too large, or in a file, is not."""
        if isinstance(kept.body, bytes) and len(kept.body) <= LARGEST and not self._is_left_alone():
            self._writing.put((key, kept), kept.size, None)

    def close(self) -> None:
        """Write what waits."""
        self._writing.close()

    def _write_all(self, entries: Sequence[tuple[bytes, Kept]]) -> None:
        for key, kept in entries:
            if self._is_left_alone() or not isinstance(kept.body, bytes):
                continue
            head = _encode(_Head(key, kept.media_type, kept.warnings))
            if len(head) > _MOST_HEAD:
                continue
            prefix = _PREFIX.pack(len(head), crc32(kept.body, crc32(head)))
            try:
                self._bucket.put(_name_of(key), b"".join((prefix, head, kept.body)))
            except BucketError as error:
                self._fail(error)

    def _is_left_alone(self) -> bool:
        return time.monotonic() < self._left_alone_until

    def _fail(self, error: BucketError) -> None:
        self._left_alone_until = time.monotonic() + PAUSE_SECONDS
        _logger.warning(event("shared renditions left alone", seconds=PAUSE_SECONDS, detail=str(error)))


def _name_of(key: bytes) -> str:
    digest = hashlib.sha256(key).hexdigest()
    return f"cache/{FORMAT}/{digest[:2]}/{digest}"


def _kept_of(key: bytes, data: bytes) -> Kept | None:
    """Return what was written, None where that is no longer what is there."""
    if len(data) < _PREFIX.size:
        return None
    length, check_sum = _PREFIX.unpack_from(data)
    start = _PREFIX.size + length
    encoded, body = data[_PREFIX.size : start], data[start:]
    if len(encoded) != length or crc32(body, crc32(encoded)) != check_sum:
        return None
    try:
        head = _decode(encoded)
    except msgspec.DecodeError:
        return None
    return Kept(head.media_type, body, head.warnings) if head.key == key else None
