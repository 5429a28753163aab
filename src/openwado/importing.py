"""Files copied into the archive: folders, ZIP archives, and what a DICOMDIR names (PS3.10 8).

What was imported is noted by its path, so that a later run over the same files goes on where an earlier one ended.
"""

from __future__ import annotations

import time
import zipfile
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.admission import Refused
from openwado.archive.file_store import key_of, path_of, stamp_of
from openwado.archive.folder import FileCounter, FoundFile, LeftOut, roots_of, walk
from openwado.archive.incoming import Incoming
from openwado.archive.index import FileNote
from openwado.archive.kept_objects import is_kept
from openwado.archive.writer import DUPLICATE
from openwado.dicom.directory_records import referenced_files
from openwado.errors import Unavailable
from openwado.tally import Progress, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import IO

    from openwado.admission import Admission, Outcome, TakenIn
    from openwado.archive.index import Index
    from openwado.tally import Summary

#: Objects under way together: most of the time each waits for the disk.
AT_A_TIME: Final = 8

#: Notes of imported files written together.
_BATCH: Final = 200

_REPORT_SECONDS: Final = 0.25
_PIECE: Final = 1 << 20
_ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")
DIRECTORY_NAME: Final = "DICOMDIR"
_ENCRYPTED_FLAG: Final = 1

NOT_THERE = "named by the DICOMDIR, and not there"
OUTSIDE = "named by the DICOMDIR, and outside its folder"
ENCRYPTED = "encrypted member of a ZIP archive"
DAMAGED_ZIP = "damaged ZIP archive"
TOO_LARGE = "larger than the objects that are taken in"


@dataclass(frozen=True, slots=True)
class _Source:
    """One object to be imported.

    Attributes:
        key: of the file, and of the member of a ZIP archive behind it.
        file: the file as it is, None for a member.
        incoming: the bytes of a member.
    """

    key: str
    file: FoundFile | None = None
    incoming: Incoming | None = None


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one object: an outcome, or why it was left out; note: of its file, for later runs."""

    key: str
    outcome: Outcome | None
    reason: str = ""
    sop_instance_uid: str = ""
    size: int = 0
    note: FileNote | None = None


class Importing:
    """Imports files.

    Args:
        admission: what takes objects in.
        index: where imported files are noted.
        folder: where objects are gathered.
        most_bytes: of one object.
        on_progress: called several times a second.
        on_taken: called with the key of each file when what it holds is in the archive.
        on_left_out: called with the key of each file that is left out, or member of one, and the reason.
        on_admitted: called with each object that is taken in, by several threads.
    """

    def __init__(  # noqa: PLR0913 -- what takes in, what notes, and who is told
        self,
        admission: Admission,
        index: Index,
        folder: Path,
        *,
        most_bytes: int,
        on_progress: Callable[[Progress], None] | None = None,
        on_taken: Callable[[str], None] | None = None,
        on_left_out: Callable[[str, str], None] | None = None,
        on_admitted: Callable[[TakenIn], None] | None = None,
    ) -> None:
        self._admission = admission
        self._on_admitted = on_admitted
        self._index = index
        self._folder = folder
        self._most_bytes = most_bytes
        self._on_progress = on_progress
        self._on_taken = on_taken
        self._on_left_out = on_left_out
        self._notes: list[FileNote] = []
        self._tally = Tally()
        self._reported = 0.0

    def run(self, paths: Iterable[Path]) -> Summary:
        """Import files and folders. When this is interrupted, what was taken in so far stays.

        Raises:
            Unavailable: the archive cannot be written.
        """
        started = time.monotonic()
        self._tally = Tally()
        roots = roots_of(paths)
        counter = FileCounter(roots) if self._on_progress else None
        waiting: deque[Future[_Done]] = deque()
        try:
            with ThreadPoolExecutor(AT_A_TIME, "import") as pool:
                try:
                    for source in self._sources(roots):
                        waiting.append(pool.submit(self._take_in, source))
                        while len(waiting) >= 2 * AT_A_TIME:
                            self._count(waiting.popleft().result(), counter)
                    while waiting:
                        self._count(waiting.popleft().result(), counter)
                finally:
                    pool.shutdown(cancel_futures=True)
        finally:
            if counter is not None:
                counter.close()
            self._write_notes()
        return self._tally.summary(time.monotonic() - started)

    def _sources(self, roots: Iterable[str]) -> Iterator[_Source]:
        visited: set[tuple[int, int]] = set()
        for root in roots:
            for found in chain(walk(root, visited), files_of_directory(root)):
                if isinstance(found, LeftOut):
                    self._leave_out(found.key, found.reason)
                elif self._was_imported(found):
                    self._tally.unchanged += 1
                    self._taken(found.key)
                elif _is_zip(found.key):
                    yield from self._members(found)
                else:
                    yield _Source(found.key, found)

    def _was_imported(self, found: FoundFile) -> bool:
        """Say whether what a file holds is in the archive already, by the note that an earlier run left."""
        file = self._index.file(found.key)
        return (
            file is not None
            and file.outcome in ("duplicate", "replaced")
            and file.stamp == found.stamp
            and is_kept(self._index.holder(file.sop_instance_uid) or "")
        )

    def _members(self, found: FoundFile) -> Iterator[_Source]:
        try:
            with zipfile.ZipFile(path_of(found.key)) as archive:
                for member in archive.infolist():
                    if member.is_dir() or Path(member.filename).name == DIRECTORY_NAME:
                        continue
                    key = f"{found.key}!{member.filename}"
                    if member.flag_bits & _ENCRYPTED_FLAG:
                        self._leave_out(key, ENCRYPTED)
                    elif member.file_size > self._most_bytes:
                        self._leave_out(key, TOO_LARGE)
                    elif (incoming := self._member(archive, member, key)) is not None:
                        yield _Source(key, incoming=incoming)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            self._leave_out(found.key, DAMAGED_ZIP)
        except OSError as error:
            self._leave_out(found.key, _phrase(error))

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, key: str) -> Incoming | None:
        """Return the bytes of a member; None, and a count, where it cannot be read."""
        incoming = Incoming(self._folder)
        try:
            with archive.open(member) as stream:
                self._gather(stream, incoming)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, _TooLargeError) as error:
            self._leave_out(key, TOO_LARGE if isinstance(error, _TooLargeError) else DAMAGED_ZIP)
            incoming.close()
            return None
        except BaseException:
            incoming.close()
            raise
        return incoming

    def _take_in(self, source: _Source) -> _Done:
        incoming = source.incoming or Incoming(self._folder)
        with incoming:
            try:
                if source.incoming is None:
                    with Path(path_of(source.key)).open("rb") as stream:
                        self._gather(stream, incoming)
                taken = self._admission.take_in(incoming)
                if self._on_admitted is not None:
                    self._on_admitted(taken)
            except Refused as refused:
                return _Done(source.key, None, refused.reason)
            except _TooLargeError:
                return _Done(source.key, None, TOO_LARGE)
            except OSError as error:
                return _Done(source.key, None, _phrase(error))
            uid = taken.instance.sop_instance_uid
            note = None
            if source.file is not None:
                note = FileNote(source.key, source.file.stamp, "duplicate", DUPLICATE, sop_instance_uid=uid)
            return _Done(source.key, taken.outcome, "", uid, incoming.size, note)

    def _gather(self, stream: IO[bytes], incoming: Incoming) -> None:
        while piece := stream.read(_PIECE):
            if incoming.size + len(piece) > self._most_bytes:
                raise _TooLargeError
            try:
                incoming.write(piece)
            except OSError as error:
                raise Unavailable("The object cannot be stored.", retry_after=30, detail=str(error)) from error

    def _count(self, done: _Done, counter: FileCounter | None) -> None:
        if done.outcome is None:
            self._leave_out(done.key, done.reason)
        else:
            self._tally.take(done.key, done.sop_instance_uid, done.size, done.outcome)
        if done.note is not None:
            self._notes.append(done.note)
            if len(self._notes) >= _BATCH:
                self._write_notes()
        if self._on_progress and counter and time.monotonic() - self._reported >= _REPORT_SECONDS:
            self._reported = time.monotonic()
            self._on_progress(Progress(self._tally.done, counter.total, self._tally.bytes))

    def _write_notes(self) -> None:
        """Note files whose objects are in the archive: only now may their owners take them away."""
        notes, self._notes = self._notes, []
        if notes:
            self._index.write(notes)
        for note in notes:
            self._taken(note.key)

    def _leave_out(self, key: str, reason: str) -> None:
        self._tally.skip(key, reason)
        if self._on_left_out is not None:
            self._on_left_out(key, reason)

    def _taken(self, key: str) -> None:
        if self._on_taken is not None:
            self._on_taken(key)


class _TooLargeError(Exception):
    """An object has more bytes than are taken in."""


def files_of_directory(root: str) -> Iterator[FoundFile | LeftOut]:
    """Give the files that a DICOMDIR names, if that is what a root is; none for anything else (PS3.10 8.5)."""
    path = Path(path_of(root))
    if path.name != DIRECTORY_NAME or not path.is_file():
        return
    for components in referenced_files(path):
        file = path.parent.joinpath(*components)
        key = key_of(file)
        try:
            inside = file.resolve().is_relative_to(path.parent.resolve())
            status = file.stat()
        except FileNotFoundError:
            yield LeftOut(key, NOT_THERE)
        except OSError as error:
            yield LeftOut(key, _phrase(error))
        else:
            yield FoundFile(key, stamp_of(status)) if inside else LeftOut(key, OUTSIDE)


def _is_zip(key: str) -> bool:
    try:
        with Path(path_of(key)).open("rb") as stream:
            return stream.read(len(_ZIP_STARTS[0])) in _ZIP_STARTS
    except OSError:
        return False


def _phrase(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
