"""Objects deleted by command: gone at once, 410 afterwards; their bytes too where the archive keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.archive.index import Index
    from openwado.archive.store import KeptStore

#: Objects of one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion came to: objects that are gone, bytes taken away, and bytes that could not be as yet."""

    objects: int
    erased: int
    left: int


def delete_objects(index: Index, kept: KeptStore, sop_instance_uids: Sequence[str]) -> Deleted:
    """Delete objects.

    They are gone when the index says so; then the bytes of those that the archive keeps are taken away. What lies in
    place stays where it is, and is not served any more. Should this be interrupted, `verification` does the rest.

    Args:
        index: what they are struck out of.
        kept: where their bytes are.
        sop_instance_uids: which; unknown ones do nothing.

    Raises:
        Unavailable: the index cannot be written; what was deleted so far stays so.
    """
    before = index.count()
    erased = left = 0
    for start in range(0, len(sop_instance_uids), _BATCH):
        keys = index.delete(sop_instance_uids[start : start + _BATCH])
        gone = []
        for key in keys:
            try:
                kept.erase(key)
            except OSError:
                left += 1
            else:
                gone.append(key)
        index.erased(gone)
        erased += len(gone)
    return Deleted(before - index.count(), erased, left)
