"""The audit trail on this machine: files that are only appended to, each line chained to the one before.

One process writes it at a time, which a lock sees to. What is appended together is written together and is on stable
storage when `append` returns.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.observe.audit_chain import NOTHING_BEFORE, SUFFIX, Entry, files_of, line_of, read_line
from openwado.observe.audit_journal_file import make_folder
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from openwado.observe.audit_options import TrailOptions

_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC

_logger = logging.getLogger("openwado.audit")


class TrailInUse(Exception):  # noqa: N818 -- a state
    """Another process writes it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is kept: event time, severity for syslog, and XML."""

    time: float
    severity: int
    xml: str


class Trail:
    """Appends to the trail.

    Args:
        folder: of its files; made where it is missing.
        options: how it is kept.

    Attributes:
        taken: by the names of journals, up to where they are in the trail.
        run: which start of the server was told last.
        committed: name of the last file, and its size: what is on stable storage.

    Raises:
        TrailInUse: another process writes it.
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path, options: TrailOptions) -> None:
        make_folder(folder)
        self._folder = folder
        self._options = options
        self._lock = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise TrailInUse from error
        self.taken: dict[str, tuple[int, int]] = {}
        self.run = ""
        self._n, self._digest = 0, NOTHING_BEFORE
        self._name, self._descriptor, self._size, self._begun = "", -1, 0, 0.0
        self.committed = ("", 0)
        try:
            self._resume()
        except BaseException:
            self.close()
            raise

    @property
    def n(self) -> int:
        """Number of the last line."""
        return self._n

    def append(self, messages: Iterable[Written], taken: dict[str, tuple[int, int]], run: str) -> None:
        """Append messages, and how far the journals are in the trail with them.

        Raises:
            OSError: nothing is appended.
        """
        self._rotate_where_due(taken, run)
        entries = [Entry(0, one.time, one.severity, one.xml) for one in messages]
        self._put([*entries, Entry(0, taken=taken, run=run)])
        self.taken, self.run = taken, run

    def remove_old(self, sent_before: str | None) -> None:
        """Remove files whose time is over.

        Args:
            sent_before: name of the file up to which all is sent; None where nothing is sent anywhere.
        """
        if not self._options.keep_seconds:
            return
        for path in files_of(self._folder)[:-1]:
            if time.time() - path.stat().st_mtime < self._options.keep_seconds:
                return
            if sent_before is not None and path.name >= sent_before:
                return
            path.unlink()
            _logger.info(event("audit file removed", file=path.name))

    def close(self) -> None:
        """Let go of it."""
        for descriptor in (self._descriptor, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._lock = -1

    def _resume(self) -> None:
        """Go on where the trail ends; a last line that a crash has cut off was never acknowledged, and goes."""
        files = files_of(self._folder)
        for path in files[-1:]:
            self._descriptor = os.open(path, _FLAGS, 0o600)
            self._size = _whole_size(self._descriptor)
            if os.fstat(self._descriptor).st_size > self._size:
                _logger.warning(event("audit trail was cut off", file=path.name))
                os.ftruncate(self._descriptor, self._size)
            for digest, entry in _entries(path):
                self._n, self._digest = entry.n, digest
                self._begun = self._begun or entry.time
                if entry.taken is not None:
                    self.taken, self.run = entry.taken, entry.run
            self._name, self.committed = path.name, (path.name, self._size)
        if not self._begun:
            self._begun = time.time()

    def _rotate_where_due(self, taken: dict[str, tuple[int, int]], run: str) -> None:
        if self._descriptor >= 0:
            is_large = self._size >= self._options.rotate_bytes
            is_old = self._size and time.time() - self._begun >= self._options.rotate_seconds
            if not (is_large or is_old):
                return
        self._begin_file(self.taken or taken, self.run or run)

    def _begin_file(self, taken: dict[str, tuple[int, int]], run: str) -> None:
        """Begin another file, which says by its first line what it follows."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        name = f"{self._n + 1:012d}-{stamp}{SUFFIX}"
        now = time.time()
        entry = Entry(
            self._n + 1, now, before=self._digest, taken={} if not self._n else taken, run=run if self._n else ""
        )
        line, digest = line_of(entry, self._digest, self._options.key)
        hidden = self._folder / f".{name}"
        descriptor = os.open(hidden, _FLAGS | os.O_TRUNC, 0o600)
        try:
            _write_all(descriptor, line)
            os.fsync(descriptor)
            hidden.rename(self._folder / name)
        except BaseException:
            os.close(descriptor)
            with suppress(OSError):
                hidden.unlink()
            raise
        self._secure_folder()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._size, self._begun = descriptor, len(line), now
        self._n, self._digest = entry.n, digest
        self._name, self.committed = name, (name, len(line))

    def _put(self, entries: list[Entry]) -> None:
        n, digest = self._n, self._digest
        lines = []
        for entry in entries:
            n += 1
            line, digest = line_of(
                Entry(n, entry.time, entry.severity, entry.xml, entry.before, entry.taken, entry.run),
                digest,
                self._options.key,
            )
            lines.append(line)
        data = b"".join(lines)
        try:
            _write_all(self._descriptor, data)
            os.fsync(self._descriptor)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)  # none of it was acknowledged
            raise
        self._size += len(data)
        self._n, self._digest = n, digest
        self.committed = (self._name, self._size)

    def _secure_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _whole_size(descriptor: int) -> int:
    """Return the size of a file up to the end of its last whole line."""
    place = size = os.fstat(descriptor).st_size
    while place:
        start = max(0, place - 65_536)
        end = os.pread(descriptor, place - start, start).rfind(b"\n")
        if end >= 0:
            return start + end + 1
        place = start
    return min(size, 0)


def _entries(path: Path) -> Iterator[tuple[str, Entry]]:
    with path.open("rb") as stream:
        for line in stream:
            try:
                digest, _, entry = read_line(line.rstrip(b"\n"))
            except ValueError:
                _logger.error(event("audit trail has a line that is none", file=path.name))  # noqa: TRY400 -- it may name patients
                continue
            yield digest, entry
