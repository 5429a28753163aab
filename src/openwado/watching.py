"""Folders that others write into: what appears there is indexed where it lies, or moved into the archive.

The folders are gone through again and again, since no notice comes from a share of another machine. A file is moved
once it has been the same for two looks, and taken away only when its object is on stable storage.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from openwado.archive.file_store import key_of, path_of, stamp_of
from openwado.archive.folder import FoundFile, roots_of, walk
from openwado.errors import Unavailable
from openwado.importing import DIRECTORY_NAME, Importing
from openwado.ingest import index_paths
from openwado.observe.log import event
from openwado.observe.metrics import TAKEN_IN

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from openwado.admission import Admission, TakenIn
    from openwado.archive.index import Index
    from openwado.archive.stores import Stores
    from openwado.dicom.instance import Stamp

Mode = Literal["in place", "move"]

#: A look may take this part of the time, so that a large folder does not keep a machine busy.
_SHARE: Final = 10

_logger = logging.getLogger("openwado.watch")


class Watching:
    """Watches folders.

    Args:
        folders: existing ones, and single files.
        mode: what becomes of the objects in them.
        index: of the archive.
        stores: of the archive.
        admission: takes objects in that are moved.
        most_bytes: of one object that is moved.
        on_admitted: called with each object that is moved into the archive, by several threads.
    """

    def __init__(  # noqa: PLR0913 -- what is watched, and into what it goes
        self,
        folders: Sequence[Path],
        mode: Mode,
        index: Index,
        stores: Stores,
        admission: Admission,
        *,
        most_bytes: int,
        on_admitted: Callable[[TakenIn], None] | None = None,
    ) -> None:
        self._folders = folders
        self._mode: Mode = mode
        self._index = index
        self._stores = stores
        self._seen: dict[str, Stamp] = {}
        self._left: dict[str, Stamp] = {}
        self._away: set[Path] = set()
        self._importing = Importing(
            admission,
            index,
            stores.kept.incoming,
            most_bytes=most_bytes,
            on_taken=self._taken,
            on_left_out=self._left_out,
            on_admitted=on_admitted,
        )

    def run(self, seconds: float, stopped: threading.Event) -> None:
        """Look again and again.

        Args:
            seconds: between looks at the least.
            stopped: ends this once it is set.
        """
        while not stopped.is_set():
            started = time.monotonic()
            try:
                self.look()
            except Unavailable as error:  # the next look goes on where this one ended
                _logger.warning(event("watched folder: the archive cannot be written", detail=error.detail))
            except OSError as error:
                _logger.warning(event("watched folder cannot be read", detail=str(error)))
            stopped.wait(max(seconds, (time.monotonic() - started) * _SHARE))

    def look(self) -> int:
        """Look once; return how many objects came in.

        Raises:
            Unavailable: the archive cannot be written at the moment.
        """
        folders = self._there()
        if self._mode == "in place":
            summary = index_paths(folders, self._index, self._stores, processes=1)
            found = summary.indexed + summary.updated
            TAKEN_IN.add("watch", "indexed", amount=found)
        else:
            settled = self._settled(folders)
            summary = self._importing.run(settled)
            found = summary.indexed + summary.updated
            for path in settled:  # a ZIP archive stays when its members are taken in
                if path.exists():
                    self._left[key_of(path)] = self._seen[key_of(path)]
        if found:
            _logger.info(event("watched folder", came_in=found, seconds=round(summary.seconds, 3)))
        if summary.gone:
            _logger.warning(event("watched folder: files are gone", files=summary.gone))
        return found

    def _there(self) -> list[Path]:
        """Return the folders that are there; one that is missing, or cannot be looked at, is not taken for empty."""
        away = {folder for folder in self._folders if not os.path.exists(folder)}  # noqa: PTH110 -- whatever keeps us
        for folder in sorted(away - self._away):
            _logger.error(event("watched folder is not there", folder=str(folder)))
        for folder in sorted(self._away - away):
            _logger.info(event("watched folder is there again", folder=str(folder)))
        self._away = away
        return [folder for folder in self._folders if folder not in away]

    def _settled(self, folders: Sequence[Path]) -> list[Path]:
        """Return the files that are what they were at the last look, unless they were left out then."""
        seen, self._seen = self._seen, {}
        settled = []
        for root in roots_of(folders):
            for found in walk(root, set()):
                if not isinstance(found, FoundFile) or found.key.endswith(f"/{DIRECTORY_NAME}"):
                    continue
                self._seen[found.key] = found.stamp
                if seen.get(found.key) == found.stamp and self._left.get(found.key) != found.stamp:
                    settled.append(Path(path_of(found.key)))
        self._left = {key: stamp for key, stamp in self._left.items() if key in self._seen}
        return settled

    def _taken(self, key: str) -> None:
        """Take a file away whose object is in the archive, unless it is another one by now."""
        path = Path(path_of(key))
        with suppress(OSError):
            if stamp_of(path.stat()) == self._seen.get(key):
                path.unlink()

    def _left_out(self, key: str, reason: str) -> None:
        _logger.warning(event("watched folder: left out", file=key, reason=reason))
