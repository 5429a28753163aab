"""Files in place and kept objects as one store: the key says where the bytes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.archive.kept_objects import is_kept

if TYPE_CHECKING:
    from openwado.archive.store import KeptStore, Store, StoredObject
    from openwado.dicom.instance import Stamp


class Stores:
    """Implements `Store`.

    Args:
        in_place: has the files that lie where they are.
        kept: has what the archive keeps itself.
    """

    def __init__(self, in_place: Store, kept: KeptStore) -> None:
        self._in_place = in_place
        self.kept = kept

    def stamp(self, key: str) -> Stamp | None:
        """Return size and times of an object, None if it is not there (any more)."""
        return self._of(key).stamp(key)

    def open(self, key: str) -> StoredObject:
        """Open an object for reading.

        Raises:
            FileNotFoundError: it is not there (any more).
            OSError: it cannot be read.
        """
        return self._of(key).open(key)

    def is_remote(self, key: str) -> bool:
        """Return whether reading an object may take longer than from a disk."""
        return is_kept(key) and self.kept.is_remote

    def _of(self, key: str) -> Store:
        return self.kept if is_kept(key) else self._in_place
