"""What is kept of all renditions: memory first, then disk; what is in a spool as a file; what others made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.cache.claims import Claims
    from openwado.cache.disk import DiskCache
    from openwado.cache.files import FileCache
    from openwado.cache.kept import Kept
    from openwado.cache.memory import MemoryCache
    from openwado.cache.shared import SharedCache


#: Where a process looks: its memory, a database on disk, and files of their own for what is large.
Place = Literal["memory", "disk", "file"]


@dataclass(frozen=True, slots=True)
class RenditionCache:
    """The cache of one process.

    Attributes:
        memory: of this process alone.
        disk: shared with others; None: nothing is kept on disk.
        claims: on what is being made, shared with others; None: each process makes its own.
        files: large ones, shared with others; None: they are not kept.
        shared: in a bucket, shared with other servers; None: with none.
    """

    memory: MemoryCache
    disk: DiskCache | None = None
    claims: Claims | None = None
    files: FileCache | None = None
    shared: SharedCache | None = None

    def get(self, key: bytes) -> Kept | None:
        """Return what is kept under a key."""
        kept, _ = self.find(key)
        return kept

    def find(self, key: bytes) -> tuple[Kept | None, Place]:
        """Return what is kept under a key, and where it was; without meaning if it is nowhere."""
        kept = self.memory.get(key)
        if kept is not None:
            return kept, "memory"
        if self.disk is not None:
            kept = self.disk.get(key)
            if kept is not None:
                self.memory.put(key, kept)
                return kept, "disk"
        return self.files.get(key) if self.files is not None else None, "file"

    def put(self, key: bytes, kept: Kept) -> None:
        """Keep a rendition."""
        self._put(key, kept, None)

    def claim(self, key: bytes) -> bool:
        """Say whether this process may make a rendition: no other one is at it. Then `keep` or `give_up` follows."""
        return self.claims is None or self.claims.take(key)

    def keep(self, key: bytes, kept: Kept) -> None:
        """Keep a rendition that was claimed; the claim ends when others can find it."""
        self._put(key, kept, None if self.claims is None else lambda: self.give_up(key))

    def give_up(self, key: bytes) -> None:
        """End a claim."""
        if self.claims is not None:
            self.claims.release(key)

    def get_shared(self, key: bytes) -> Kept | None:
        """Return what another server has made; waits for the bucket, so never in an event loop."""
        return self.shared.get(key) if self.shared is not None else None

    def share(self, key: bytes, kept: Kept) -> None:
        """Give a rendition that was made here to other servers, soon."""
        if self.shared is not None:
            self.shared.put(key, kept)

    def close(self) -> None:
        """Write what waits, and let go of everything."""
        if self.disk is not None:
            self.disk.close()
        if self.files is not None:
            self.files.close()
        if self.shared is not None:
            self.shared.close()
        if self.claims is not None:
            self.claims.close()

    def _put(self, key: bytes, kept: Kept, written: Callable[[], None] | None) -> None:
        if isinstance(kept.body, Spool):
            if self.files is not None:
                self.files.put(key, kept, written)
            elif written is not None:
                written()
            return
        self.memory.put(key, kept)
        if self.disk is not None:
            self.disk.put(key, kept, written)
        elif written is not None:
            written()
