"""Large renditions on disk, shared by all processes of a server: each a file of its own, all bounded in bytes.

They are made in files without a name in this very folder (`openwado.spool`), and get one when they are whole: nothing
is copied, and no half of a rendition is ever found. Behind its bytes a file says what it is.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import struct
import tempfile
import time
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from openwado.cache.disk import USE_SECONDS
from openwado.cache.kept import Kept
from openwado.cache.writing import WritingThread
from openwado.observe.log import event
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Raised when what stands behind the bytes changes: files of another version are thrown away.
FORMAT: Final = 1

#: End of a file: bytes of the description before it, their check sum, and a mark.
_END: Final = struct.Struct("<II8s")
_MARK: Final = b"openwado"
_LONGEST_DESCRIPTION: Final = 1 << 16

_NAME: Final = re.compile(rf"[0-9a-f]{{40}}\.{FORMAT}")
#: What may be left by a process that was killed while it copied, or by another version.
_LEFT: Final = re.compile(r"copy-.*|[0-9a-f]{40}\.[0-9]+")

_logger = logging.getLogger("openwado.cache")


class _Description(msgspec.Struct, frozen=True, array_like=True):
    """What stands behind the bytes of a rendition."""

    key: bytes
    media_type: str
    warnings: tuple[str, ...]
    size: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Description).decode


class FileCache:
    """Looks in the thread that asks, gives names in a thread of its own. Whatever goes wrong, a rendition is not kept.

    Args:
        folder: made by `prepare_folder`.
        bound: bytes of all files in it.
    """

    def __init__(self, folder: Path, bound: int) -> None:
        self._folder = folder
        self._bound = bound
        self._unwritten: dict[bytes, Kept] = {}
        self._writing: WritingThread[tuple[bytes, Kept, Spool]] = WritingThread(self._write_all, "large renditions")

    def get(self, key: bytes) -> Kept | None:
        """Return what is kept under a key."""
        kept = self._unwritten.get(key)
        if kept is not None:
            return kept
        path = self._folder / _name_of(key)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            kept = _read(descriptor, key)
        except OSError:
            kept = None
        if kept is None:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
        return kept

    def put(self, key: bytes, kept: Kept, written: Callable[[], None] | None = None) -> None:
        """Keep a rendition whose bytes are in a spool, soon; in this process it is found at once.

        Args:
            key: what it is found by.
            kept: the rendition.
            written: called in another thread when others can find it, or when it will not be kept.
        """
        spool = kept.body
        if not isinstance(spool, Spool) or kept.size > self._bound:
            if written is not None:
                written()
            return

        def done() -> None:
            self._unwritten.pop(key, None)
            if written is not None:
                written()

        self._unwritten[key] = kept
        self._writing.put((key, kept, spool), 0, done)

    def close(self) -> None:
        """Keep what waits."""
        self._writing.close()

    def _write_all(self, entries: Sequence[tuple[bytes, Kept, Spool]]) -> None:
        for key, kept, spool in entries:
            try:
                self._write(key, kept, spool)
            except Exception as error:  # noqa: BLE001 -- the thread goes on whatever it is: others wait for it
                _logger.warning(event("large rendition not kept", error=type(error).__name__, detail=str(error)))

    def _write(self, key: bytes, kept: Kept, spool: Spool) -> None:
        descriptor = spool.descriptor
        if descriptor is None:
            return
        described = _encode(_Description(key, kept.media_type, kept.warnings, spool.size))
        behind = described + _END.pack(len(described), crc32(described), _MARK)
        if os.pwrite(descriptor, behind, spool.size) != len(behind):
            raise OSError("no room")
        os.fdatasync(descriptor)  # so that it has its bytes whenever it has its name, also after a power cut
        with _locked(self._folder) as folder:
            _make_room(self._folder, self._bound - spool.size - len(behind))
            _name(descriptor, spool.size + len(behind), folder, self._folder / _name_of(key))


def prepare_folder(folder: Path, bound: int) -> None:
    """Make the folder, for its owner only; throw away what was left in it, and what is beyond the bound.

    Called before any process of the server uses it.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.iterdir():
        if _LEFT.fullmatch(path.name) and not _NAME.fullmatch(path.name):
            path.unlink(missing_ok=True)
    _make_room(folder, bound)


def _name_of(key: bytes) -> str:
    return f"{blake2b(key, digest_size=20).hexdigest()}.{FORMAT}"


def _read(descriptor: int, key: bytes) -> Kept | None:
    """Return what a file holds, None if it is not a whole rendition of this key; note that it is used."""
    status = os.fstat(descriptor)
    start = max(0, status.st_size - _LONGEST_DESCRIPTION)
    last = os.pread(descriptor, _LONGEST_DESCRIPTION, start)
    if len(last) < _END.size:
        return None
    length, check_sum, mark = _END.unpack(last[-_END.size :])
    described = last[: -_END.size][-length:] if length else b""
    if mark != _MARK or len(described) != length or crc32(described) != check_sum:
        return None
    try:
        found = _decode(described)
    except msgspec.DecodeError:
        return None
    if found.key != key or found.size + length + _END.size != status.st_size:
        return None
    if time.time() - status.st_mtime > USE_SECONDS:
        os.utime(descriptor)
    return Kept(found.media_type, Spool.received(descriptor, found.size), found.warnings)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Keep other processes from making room meanwhile; gives a descriptor of the folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks: a little too much may be kept
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _make_room(folder: Path, bound: int) -> None:
    """Throw away what was used longest ago until the files have no more bytes than this."""
    found = []
    for entry in os.scandir(folder):
        if _NAME.fullmatch(entry.name):
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_mtime_ns, status.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= bound:
            return
        Path(path).unlink(missing_ok=True)
        total -= size


def _name(descriptor: int, size: int, folder: int, path: Path) -> None:
    """Give a file a name; where that cannot be done, for it was made elsewhere, give one to a copy of it."""
    try:
        # descriptors of folders, which the paths make no use of: without them links are not followed
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
    except FileExistsError:
        return
    except OSError:
        _name_copy(descriptor, size, path)


def _name_copy(descriptor: int, size: int, path: Path) -> None:
    copy, name = tempfile.mkstemp(prefix="copy-", dir=path.parent)
    try:
        offset = 0
        while offset < size:
            offset += os.sendfile(copy, descriptor, offset, size - offset)
        os.fdatasync(copy)
        Path(name).rename(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    finally:
        os.close(copy)
