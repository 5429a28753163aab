"""Kept objects in a bucket of an object store: each is one object there, read by ranges, never looked at before."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from openwado.archive.kept_objects import is_well_formed, kept_stamp, size_of
from openwado.archive.store import MissingObjectError, UnreadableError, nobody_wants
from openwado.bucket import Bucket, BucketError, NotInBucketError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from openwado.archive.incoming import Incoming
    from openwado.dicom.instance import Stamp

#: Bytes asked for where fewer are wanted: at first, and by how much more each time that reading just goes on.
FIRST_AHEAD: Final = 1 << 16
_GROWTH: Final = 4
MOST_AHEAD: Final = 1 << 20

_FOLDER: Final = "objects/"
_SUFFIX: Final = ".dcm"


class BucketObject:
    """A kept object, opened; nothing has been asked for yet. Threads may read from it at the same time.

    A read of `FIRST_AHEAD` bytes or more is one request for just these. Smaller ones, as parsing makes them, ask for
    more than they need and are answered from that as long as it lasts.

    Args:
        bucket: where it is.
        key: its key.
    """

    __slots__ = ("_ahead", "_block", "_bucket", "_key", "_name", "_size")

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket = bucket
        self._key = key
        self._name = name_of(key)
        self._size = size_of(key)
        self._block = (0, b"")
        self._ahead = FIRST_AHEAD

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end, none for a place that cannot be.

        Raises:
            MissingObjectError: the bucket has no such object, or one with another size.
            UnreadableError: the bucket does not answer.
        """
        wanted = min(length, self._size - offset)
        if offset < 0 or wanted <= 0:
            return b""
        start, data = self._block
        place = offset - start
        if place >= 0 and place + wanted <= len(data):
            return data[place : place + wanted]
        if wanted >= FIRST_AHEAD:
            return self._get(offset, wanted)
        goes_on = bool(data) and 0 <= place <= len(data)
        self._ahead = min(self._ahead * _GROWTH, MOST_AHEAD) if goes_on else FIRST_AHEAD
        data = self._get(offset, min(self._ahead, self._size - offset))
        self._block = (offset, data)
        return data[:wanted]

    def stamp(self) -> Stamp:
        """Return what stands for size and times: a key never means other bytes."""
        return kept_stamp(self._key)

    def fileno(self) -> None:
        """Return no descriptor: there is no such file."""
        return

    def close(self) -> None:
        """Let go of what was read ahead."""
        self._block = (0, b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, offset: int, length: int) -> bytes:
        try:
            data, size = self._bucket.get(self._name, offset, length)
        except NotInBucketError as error:
            raise MissingObjectError(errno.EIO, "a kept object is missing in the bucket", self._name) from error
        except BucketError as error:
            raise UnreadableError(errno.EIO, str(error), self._name) from error
        if size != self._size or len(data) != length:
            raise MissingObjectError(errno.EIO, f"a kept object has {size} bytes in the bucket", self._name)
        return data


class KeptBucket:
    """Kept objects as `objects/abc/abcdef….size.dcm` in a bucket; implements `KeptStore`.

    Args:
        bucket: theirs alone, or below a prefix of theirs.
        incoming: folder of this machine where objects are gathered before they are put there.
    """

    is_remote = True

    def __init__(self, bucket: Bucket, incoming: Path) -> None:
        self._bucket = bucket
        self.incoming = incoming

    def stamp(self, key: str) -> Stamp:
        """Return what stands for size and times of an object; nothing is looked at."""
        return kept_stamp(key)

    def open(self, key: str) -> BucketObject:
        """Open an object for reading; nothing is looked at.

        Raises:
            OSError: this is no key of a kept object.
        """
        return BucketObject(self._bucket, key)

    def put(self, incoming: Incoming) -> None:
        """Keep an object under its key: when this returns, the bucket has it whole. What is there already is replaced.

        Raises:
            OSError: it cannot be; then nothing has changed.
        """
        name = name_of(incoming.key)
        size = self._bucket.put(name, Path(incoming.path))
        if size != incoming.size:
            raise UnreadableError(errno.EIO, f"the bucket has taken {size} of {incoming.size} bytes", name)

    def is_there(self, key: str) -> bool:
        """Return True: a bucket is not asked for that."""
        del key
        return True

    def erase(self, key: str, is_wanted: Callable[[], bool] = nobody_wants) -> bool:
        """Take an object away, unless it is wanted; it may be gone already.

        Raises:
            OSError: it cannot be.
        """
        if is_wanted():
            return False
        self._bucket.erase(name_of(key))
        return True

    def keys(self) -> Iterator[tuple[str, float]]:
        """Give the key of every object that is there, in order, and when it was put there, seconds since 1970.

        Raises:
            OSError: the bucket cannot be listed.
        """
        for name, time in self._bucket.names(_FOLDER):
            key = f"@{name.removeprefix(_FOLDER).removesuffix(_SUFFIX)}"
            if name.endswith(_SUFFIX) and is_well_formed(key):
                yield key, time

    def close(self) -> None:
        """Let go of everything: connections end with the process."""


def name_of(key: str) -> str:
    """Return what a kept object is called in the bucket.

    Raises:
        OSError: this is no key of one.
    """
    if not is_well_formed(key):
        raise OSError(errno.EINVAL, "no key of a kept object")
    return f"{_FOLDER}{key[1:]}{_SUFFIX}"
