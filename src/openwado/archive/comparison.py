"""What has changed in folders since the index last looked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from openwado.archive.folder import LeftOut, folder_prefix, folder_stop, next_key, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.index import Index
    from openwado.archive.store import Store

State = Literal["new", "changed", "unchanged", "missing", "left out"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one file since the last look; reason: why it is left out, else ""."""

    key: str
    state: State
    reason: str = ""


def compare(root: str, index: Index, store: Store, visited: set[tuple[int, int]]) -> Iterator[Finding]:
    """Give every file under a root, and every file that was there and is no longer, sorted by key.

    Index and folders are read side by side, so that the memory this takes does not grow with either. A file counts as
    missing only if the store says that it is not there: one in a folder that cannot be listed does not.

    Args:
        root: key of a file or folder.
        index: what is known; it may be written to meanwhile.
        store: where the files are.
        visited: as `walk` takes it.
    """
    known = chain(
        index.looked_at(root, next_key(root)), index.looked_at(folder_prefix(root), folder_stop(folder_prefix(root)))
    )
    following = next(known, None)
    for found in walk(root, visited):
        while following is not None and following[0] < found.key:
            yield from _missing(following[0], store)
            following = next(known, None)
        if isinstance(found, LeftOut):
            yield Finding(found.key, "left out", found.reason)
        elif following is None or following[0] != found.key:
            yield Finding(found.key, "new")
        else:
            yield Finding(found.key, "unchanged" if following[1] == found.stamp else "changed")
            following = next(known, None)
    while following is not None:
        yield from _missing(following[0], store)
        following = next(known, None)


def is_missing(store: Store, key: str) -> bool:
    """Say whether a file is known not to be there: if the store cannot say, it is not."""
    try:
        return store.stamp(key) is None
    except OSError:
        return False


def _missing(key: str, store: Store) -> Iterator[Finding]:
    if is_missing(store, key):
        yield Finding(key, "missing")
