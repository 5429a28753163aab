"""An archive that takes objects in, in a folder of a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from openwado.admission import STANDARD_RULES, Admission, AdmissionRules, TakenIn
from openwado.archive.archive import Archive
from openwado.archive.committer import Committer
from openwado.archive.file_store import FileStore
from openwado.archive.incoming import Incoming
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.stores import Stores
from openwado.importing import Importing
from openwado.ingest import reread

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.tally import Summary


@dataclass
class KeptArchive:
    """Index, store and what takes objects in, wired as the program does it."""

    folder: Path
    rules: AdmissionRules = STANDARD_RULES
    index: SqliteIndex = field(init=False)
    kept: KeptFolder = field(init=False)

    def __post_init__(self) -> None:
        self.index = SqliteIndex(self.folder / "index.sqlite")
        self.kept = KeptFolder(self.folder / "archive")
        self.stores = Stores(FileStore(), self.kept)
        self.admission = Admission(self.index, Committer(self.index), self.stores, self.kept, rules=self.rules)
        self.archive = Archive(self.index, self.stores, partial(reread, self.index, self.stores))

    def take(self, data: bytes) -> TakenIn:
        """Take an object in."""
        with Incoming(self.kept.incoming) as incoming:
            incoming.write(data)
            return self.admission.take_in(incoming)

    def imported(self, *paths: Path, most_bytes: int = 1 << 30) -> Summary:
        """Import files."""
        return Importing(self.admission, self.index, self.kept.incoming, most_bytes=most_bytes).run(paths)

    def bytes_of(self, uid: str) -> bytes:
        """Return the bytes of an object that is there, as a request finds them."""
        with self.archive.open(self.archive.locate_anywhere(uid)) as stored:
            return stored.read_at(0, stored.size)

    def files(self) -> list[Path]:
        """Return all files of the store, also those of objects on their way."""
        return sorted(path for path in (self.folder / "archive").rglob("*") if path.is_file())
