"""The journals of all processes, read as they grow."""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.observe.audit_facts import decode_fact
from openwado.observe.audit_journal_file import SUFFIX, make_folder
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openwado.observe.audit_facts import Fact

#: Bytes read at once.
_PIECE: Final = 1 << 20

_logger = logging.getLogger("openwado.audit")


@dataclass(slots=True)
class OpenJournal:
    """A file that is being read.

    Attributes:
        path: of it.
        descriptor: of it.
        read: bytes of whole lines that were read.
        told: bytes up to which all facts that stand for themselves are in the trail.
        gathered: bytes up to which those that are gathered are.
        is_unsafe: whether something was read that may not be on stable storage.
    """

    path: Path
    descriptor: int
    read: int = 0
    told: int = 0
    gathered: int = 0
    is_unsafe: bool = False

    def facts(self) -> Iterator[tuple[int, Fact]]:
        """Give the facts that came since, each with the place behind its line."""
        rest = b""
        place = self.read
        while piece := os.pread(self.descriptor, _PIECE, place):
            place += len(piece)
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            for line in lines:
                self.read += len(line) + 1
                self.is_unsafe = True
                if not line:  # somebody saw that the disk takes something
                    continue
                try:
                    fact = decode_fact(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
                    _logger.error(event("audit journal has a line that is none", file=self.path.name, place=self.read))  # noqa: TRY400 -- the line may name patients
                    continue
                yield self.read, fact

    def secure(self) -> None:
        """Have on stable storage what was read."""
        if self.is_unsafe:
            os.fsync(self.descriptor)
            self.is_unsafe = False

    def is_left(self) -> bool:
        """Return whether its writer is gone and all of it is in the trail."""
        if not self.told == self.gathered == self.read or self.has_writer():
            return False
        rest = os.pread(self.descriptor, _PIECE, self.read)
        if rest and b"\n" not in rest:
            _logger.error(event("audit journal ends within a line", file=self.path.name))
        return b"\n" not in rest  # else it wrote with its last breath

    def has_writer(self) -> bool:
        """Return whether its writer lives."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        return False


class Journals:
    """All journals in a folder.

    Args:
        folder: where they are.
        taken: by the names of files, up to where they are in the trail: facts that stand for themselves, and others.
    """

    def __init__(self, folder: Path, taken: dict[str, tuple[int, int]]) -> None:
        make_folder(folder)
        self._folder = folder
        self._taken = dict(taken)
        self._open: dict[str, OpenJournal] = {}

    def look(self) -> list[OpenJournal]:
        """Return all that there are, the oldest first."""
        for name in sorted(path.name for path in self._folder.iterdir()):
            if name.endswith(SUFFIX) and name not in self._open:
                path = self._folder / name
                with suppress(FileNotFoundError):
                    told, gathered = self._taken.pop(name, (0, 0))
                    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                    start = min(told, gathered)
                    self._open[name] = OpenJournal(path, descriptor, start, told, gathered)
        return [self._open[name] for name in sorted(self._open)]

    def rewind(self) -> None:
        """Have everything read again that is not in the trail."""
        for journal in self._open.values():
            journal.read = min(journal.told, journal.gathered)

    def remove_left(self) -> None:
        """Take those away that nobody writes any more and that are wholly in the trail."""
        for name, journal in list(self._open.items()):
            if journal.is_left():
                with suppress(FileNotFoundError):
                    journal.path.unlink()
                os.close(journal.descriptor)
                del self._open[name]

    def close(self) -> None:
        """Let go of them."""
        for journal in self._open.values():
            os.close(journal.descriptor)
        self._open.clear()
