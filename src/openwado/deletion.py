"""Objects deleted by command: gone at once, 410 afterwards; their bytes too where the archive keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from openwado.archive.kept_objects import is_wanted
from openwado.deletion_facts import deletion_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from openwado.archive.index import Index
    from openwado.archive.store import KeptStore
    from openwado.observe import audit_facts
    from openwado.observe.audit_facts import Agent

#: Objects of one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion came to: objects that are gone, bytes taken away, and bytes that could not be as yet."""

    objects: int
    erased: int
    left: int


def delete_objects(
    index: Index,
    kept: KeptStore,
    sop_instance_uids: Sequence[str],
    gone_now: Callable[[Sequence[str]], None] = lambda _: None,
) -> Deleted:
    """Delete objects.

    They are gone when the index says so; then the bytes of those that the archive keeps are taken away. What lies in
    place stays where it is, and is not served any more. Should this be interrupted, `verification` does the rest.

    Args:
        index: what they are struck out of.
        kept: where their bytes are.
        sop_instance_uids: which; unknown ones do nothing.
        gone_now: told which are gone, as soon as they are.

    Raises:
        Unavailable: the index cannot be written; what was deleted so far stays so.
    """
    before = index.count()
    erased = left = 0
    for start in range(0, len(sop_instance_uids), _BATCH):
        keys = index.delete(sop_instance_uids[start : start + _BATCH])
        gone_now(sop_instance_uids[start : start + _BATCH])
        gone = []
        for key in keys:
            try:
                if kept.erase(key, partial(is_wanted, index, key)):
                    gone.append(key)
            except OSError:
                left += 1
        index.erased(gone)
        erased += len(gone)
    return Deleted(before - index.count(), erased, left)


def delete_and_note(
    index: Index, kept: KeptStore, agent: Agent, uids: Sequence[str], note: Callable[[audit_facts.Deleted], None]
) -> Deleted:
    """Delete objects, and note those that are gone; also if not all could be.

    Args:
        index: what they are struck out of.
        kept: where their bytes are.
        agent: who deletes them.
        uids: which; unknown ones do nothing.
        note: notes a fact.

    Raises:
        Unavailable: the index cannot be written; what was deleted so far stays so.
    """
    facts = deletion_facts(index, agent, uids)
    gone: set[str] = set()
    try:
        return delete_objects(index, kept, uids, gone.update)
    finally:
        for fact in facts:
            if (part := _part_of(fact, gone)) is not None:
                note(part)


def _part_of(fact: audit_facts.Deleted, gone: AbstractSet[str]) -> audit_facts.Deleted | None:
    """Return a fact as far as it has come to pass, None where nothing has."""
    classes = {name: [uid for uid in uids if uid in gone] for name, uids in fact.classes.items()}
    there = {name: uids for name, uids in classes.items() if uids}
    if not there:
        return None
    return fact if there == fact.classes else replace(fact, classes=there, whole=False)
