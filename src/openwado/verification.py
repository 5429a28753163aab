"""Whether everything that the archive keeps is there, byte for byte, and whether index and store know the same.

Both are read side by side in the order of keys, so that the memory this takes does not grow with either.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from openwado.archive.incoming import sweep
from openwado.archive.kept_objects import FIRST_KEY, STOP_KEY, digest_of, is_wanted, kept_stamp, size_of
from openwado.archive.store import MissingObjectError
from openwado.ingest import note_of, reread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.archive.index import Index
    from openwado.archive.stores import Stores

#: What was found of an object. *missing* and *damaged*: it is in the index, and its bytes are not there or are others.
#: *unknown*: it is in the store only. *deleted*: it was deleted, and its bytes are still there. *outdated*: the index
#: has it as another version of this program read it.
State = Literal["sound", "missing", "damaged", "unknown", "deleted", "outdated"]

#: What was done about it. *indexed*: it can be retrieved now; *erased*: its bytes are taken away.
Repair = Literal["", "indexed", "erased", "read again"]

#: Seconds for which an unknown object may be on its way into the index.
UNDER_WAY_SECONDS: Final = 86400.0

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One object that is not sound; unknown ones that are younger than a day may be on their way in."""

    key: str
    state: State
    repair: Repair = ""
    sop_instance_uid: str = ""


@dataclass(slots=True)
class Report:
    """What a run came to: how many objects in each state, how many were mended, bytes read."""

    counts: Counter[State] = field(default_factory=Counter)
    mended: int = 0
    left_behind: int = 0
    bytes: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing is left to be done."""
        return self.counts.total() - self.counts["sound"] == self.mended


class Verification:
    """Reads everything.

    Args:
        index: what is known.
        stores: where the bytes are.
        repairs: whether what can be mended is.
    """

    def __init__(self, index: Index, stores: Stores, *, repairs: bool = False) -> None:
        self._index = index
        self._stores = stores
        self._kept = stores.kept
        self._repairs = repairs
        self.report = Report()

    def run(self, on_progress: Callable[[int], None] | None = None) -> Iterator[Finding]:
        """Give what is not sound, as it is found; `report` has the counts.

        Args:
            on_progress: called with the number of objects that were looked at.

        Raises:
            Unavailable: the index cannot be read or written.
            OSError: the store cannot be listed.
        """
        self.report = Report()
        for done, (key, in_index, put) in enumerate(self._side_by_side(), start=1):
            finding = self._look(key, put, in_index=in_index)
            self.report.counts[finding.state] += 1
            if on_progress is not None:
                on_progress(done)
            if finding.state != "sound":
                self.report.mended += bool(finding.repair)
                yield finding
        if self._repairs:
            self.report.left_behind = sweep(self._kept.incoming)

    def _side_by_side(self) -> Iterator[tuple[str, bool, float | None]]:
        """Give every key, whether the index has it, and when it was put into the store, None if it is not there."""
        known = self._index.looked_at(FIRST_KEY, STOP_KEY)
        there = self._kept.keys()
        indexed, stored = next(known, None), next(there, None)
        while indexed is not None or stored is not None:
            keys = [pair[0] for pair in (indexed, stored) if pair is not None]
            key = min(keys)
            in_index = indexed is not None and indexed[0] == key
            put = stored[1] if stored is not None and stored[0] == key else None
            yield key, in_index, put
            if in_index:
                indexed = next(known, None)
            if put is not None:
                stored = next(there, None)

    def _look(self, key: str, put: float | None, *, in_index: bool) -> Finding:
        file = self._index.file(key) if in_index or put is not None else None  # it may have come in since it was listed
        if file is None:
            return Finding(key, "sound") if put is None else self._unknown(key, put)
        if file.outcome == "deleted":
            return self._deleted(key)
        state = self._state_of_bytes(key)
        uid = file.sop_instance_uid
        if state == "sound" and not self._index.known([key]):
            return self._outdated(key, uid)
        return Finding(key, state, "", uid)

    def _state_of_bytes(self, key: str) -> State:
        digest = hashlib.sha256()
        try:
            with self._kept.open(key) as stored:
                for start in range(0, size_of(key), _PIECE):
                    piece = stored.read_at(start, _PIECE)
                    digest.update(piece)
                    self.report.bytes += len(piece)
        except MissingObjectError:
            return "missing"
        except OSError:
            return "damaged"
        return "sound" if digest.hexdigest() == digest_of(key) else "damaged"

    def _deleted(self, key: str) -> Finding:
        if not self._repairs:
            return Finding(key, "deleted")
        if self._kept.erase(key, partial(is_wanted, self._index, key)):
            self._index.erased([key])
        return Finding(key, "deleted", "erased")

    def _outdated(self, key: str, uid: str) -> Finding:
        if not self._repairs:
            return Finding(key, "outdated", "", uid)
        reread(self._index, self._stores, key)
        return Finding(key, "outdated", "read again", uid)

    def _unknown(self, key: str, put: float) -> Finding:
        """Mend bytes that the index does not know: they get in; where others have the UID by now, in time they go.

        They are there because a process ended before it told the index, or because the index was lost. What is damaged
        stays for somebody to look at.
        """
        if not self._repairs or self._state_of_bytes(key) != "sound":
            return Finding(key, "unknown")
        with self._kept.open(key) as stored:
            note = note_of(stored, key, kept_stamp(key))
        if note.reading is None:
            return Finding(key, "unknown")
        (admitted,) = self._index.admit([note], "reject")
        if admitted.outcome != "conflict":
            return Finding(key, "unknown", "indexed", note.sop_instance_uid)
        if time.time() - put < UNDER_WAY_SECONDS:
            return Finding(key, "unknown", "", note.sop_instance_uid)
        self._kept.erase(key, partial(is_wanted, self._index, key))
        return Finding(key, "unknown", "erased", note.sop_instance_uid)
