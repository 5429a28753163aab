"""Notes of several threads go into the index together: one sync of the disk serves all that wait for one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.archive.index import Admitted, FileNote, Index, Permission, Policy

#: Notes of one transaction: others wait while it lasts.
MOST_NOTES: Final = 256


class _Waiting:
    """A note and what became of it."""

    __slots__ = ("admitted", "failure", "note", "permission", "policy")

    def __init__(self, note: FileNote, policy: Policy, permission: Permission | None) -> None:
        self.note = note
        self.policy = policy
        self.permission = permission
        self.admitted: Admitted | None = None
        self.failure: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.admitted is not None or self.failure is not None


class Committer:
    """Admits objects to an index.

    Whoever finds nobody at it commits what waits, its own note and those of others; the others wait meanwhile.

    Args:
        index: what is written to.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._waiting: list[_Waiting] = []
        self._mutex = threading.Lock()
        self._turn = threading.Lock()

    def admit(self, note: FileNote, policy: Policy, permission: Permission | None = None) -> Admitted:
        """Admit an object; when this returns, that is on stable storage.

        Args:
            note: of the object.
            policy: what becomes of it if another one holds its SOP Instance UID.
            permission: decides whether it may be stored; None: it may.

        Raises:
            Unavailable: the index cannot be written; the object was not admitted.
            NotPermitted: it may not be stored; the object was not admitted.
        """
        mine = _Waiting(note, policy, permission)
        with self._mutex:
            self._waiting.append(mine)
        while not mine.is_done:
            with self._turn:
                if not mine.is_done:
                    with self._mutex:
                        batch, self._waiting = self._waiting[:MOST_NOTES], self._waiting[MOST_NOTES:]
                    for chosen in ("reject", "replace"):
                        self._commit([waiting for waiting in batch if waiting.policy == chosen], chosen)
        if mine.failure is not None:
            raise mine.failure
        if mine.admitted is None:
            raise LookupError("a note was neither admitted nor refused")
        return mine.admitted

    def _commit(self, batch: Sequence[_Waiting], policy: Policy) -> None:
        if not batch:
            return
        try:
            notes = [waiting.note for waiting in batch]
            found = self._index.admit(notes, policy, [waiting.permission for waiting in batch])
        except Unavailable as error:
            for waiting in batch:
                waiting.failure = error
        except BaseException as error:  # noqa: BLE001 -- whoever waits hears of it
            if len(batch) == 1:
                batch[0].failure = error
                return
            for waiting in batch:  # one odd note is not the others' fault
                self._commit([waiting], policy)
        else:
            for waiting, admitted in zip(batch, found, strict=True):
                waiting.admitted = admitted
