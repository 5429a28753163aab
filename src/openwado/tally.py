"""What a run over files and folders comes to: counts while it runs, and a summary of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openwado.archive.index import FileNote

_EXAMPLES = 3
_DUPLICATES = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        done: files that are dealt with.
        total: files that there are; None while they are still being counted.
        bytes: sizes of the files that were read.
    """

    done: int
    total: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Files that were left out for one reason: how many, and the keys of the first few."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run over files and folders came to.

    Attributes:
        seen: files met, whatever became of them.
        indexed: files read that had not been known.
        unchanged: files that are what they were at the last look, so that they were not read.
        updated: files read again because they have changed.
        number_of_duplicates: files read whose SOP Instance UID another file holds.
        duplicates: key and SOP Instance UID of the first hundred of them.
        skipped: files and folders left out, by reason, the most frequent first.
        gone: files that are not there any more.
        bytes: sizes of the files that were read.
        seconds: of time.
    """

    seen: int
    indexed: int
    unchanged: int
    updated: int
    number_of_duplicates: int
    duplicates: tuple[tuple[str, str], ...]
    skipped: tuple[Skipped, ...]
    gone: int
    bytes: int
    seconds: float


class Tally:
    """Counts what became of files."""

    def __init__(self) -> None:
        self.unchanged = 0
        self.gone = 0
        self.bytes = 0
        self._read: Counter[str] = Counter()
        self._duplicates: list[tuple[str, str]] = []
        self._skipped: dict[str, list[str]] = {}
        self._skipped_counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """How many files are dealt with."""
        return self.unchanged + self._read.total() + self._skipped_counts.total()

    def count(self, note: FileNote, *, changed: bool) -> None:
        """Count a file that was read; changed: it had been looked at before."""
        self.bytes += max(0, note.stamp.size)
        if note.outcome == "indexed":
            self._read["updated" if changed else "indexed"] += 1
        elif note.outcome == "duplicate":
            self._read["duplicate"] += 1
            if len(self._duplicates) < _DUPLICATES:
                self._duplicates.append((note.key, note.sop_instance_uid))
        else:
            self.skip(note.key, note.reason)

    def take(self, key: str, sop_instance_uid: str, size: int, outcome: str) -> None:
        """Count an object that is in the archive: "stored", "replaced", or "same" if it was before."""
        self.bytes += size
        if outcome == "same":
            self._read["duplicate"] += 1
            if len(self._duplicates) < _DUPLICATES:
                self._duplicates.append((key, sop_instance_uid))
        else:
            self._read["updated" if outcome == "replaced" else "indexed"] += 1

    def skip(self, key: str, reason: str) -> None:
        """Count a file that was left out."""
        self._skipped_counts[reason] += 1
        examples = self._skipped.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(key)

    def summary(self, seconds: float) -> Summary:
        """Return the counts as a value."""
        return Summary(
            seen=self.done,
            indexed=self._read["indexed"],
            unchanged=self.unchanged,
            updated=self._read["updated"],
            number_of_duplicates=self._read["duplicate"],
            duplicates=tuple(self._duplicates),
            skipped=tuple(
                Skipped(reason, count, tuple(self._skipped[reason]))
                for reason, count in self._skipped_counts.most_common()
            ),
            gone=self.gone,
            bytes=self.bytes,
            seconds=seconds,
        )
