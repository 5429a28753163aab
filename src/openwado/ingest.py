"""Objects in: read, noted in the index, and kept true to their files."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec

from openwado.archive.comparison import compare, is_missing
from openwado.archive.folder import FileCounter, roots_of
from openwado.archive.index import FileNote
from openwado.archive.kept_objects import is_kept
from openwado.archive.reader_pool import Answer, PoolLimits, ReaderPool
from openwado.dicom.instance import Stamp
from openwado.dicom.reader import DEFAULT_LIMITS, NotAnObject, ReadLimits
from openwado.dicom.record import read_record
from openwado.machine import cores
from openwado.protocol.category import family_of
from openwado.tally import Progress, Tally

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from openwado.archive.index import Index
    from openwado.archive.store import Store
    from openwado.dicom.instance import Reading
    from openwado.dicom.source import ByteSource
    from openwado.tally import Summary

NOT_THERE = "not there any more"
OUT_OF_MEMORY = "unreadable: out of memory"

#: The stamp in the note of a file that could not even be opened: such a note is no news about the file.
NOT_LOOKED_AT = Stamp(-1, 0, 0, 0)

_INLINE = 16  # as few files as this are read here: starting processes would take longer
_BATCH = 500  # notes of one transaction
_BATCH_SECONDS = 0.5

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(FileNote)


def read_file(store: Store, key: str, limits: ReadLimits = DEFAULT_LIMITS) -> FileNote:
    """Read one file for the index. Whatever is wrong with it becomes the note's reason; nothing is raised.

    Args:
        store: where it is.
        key: what the store knows it by.
        limits: how far reading goes.
    """
    try:
        with store.open(key) as stored:
            stamp = stored.stamp()  # before reading: what is written meanwhile makes the record stale, never wrong
            return note_of(stored, key, stamp, limits)
    except FileNotFoundError:
        return FileNote(key, NOT_LOOKED_AT, "skipped", NOT_THERE)
    except OSError as error:
        return FileNote(key, NOT_LOOKED_AT, "skipped", (error.strerror or type(error).__name__).lower())


def note_of(source: ByteSource, key: str, stamp: Stamp, limits: ReadLimits = DEFAULT_LIMITS) -> FileNote:
    """Read an object for the index. Whatever is wrong with it becomes the note's reason.

    Args:
        source: its bytes.
        key: what the store knows it by, or will.
        stamp: of the bytes.
        limits: how far reading goes.

    Raises:
        OSError: the bytes cannot be read.
    """
    try:
        reading = _with_family(read_record(source, key, stamp, limits))
    except NotAnObject as verdict:
        return FileNote(key, stamp, "skipped", verdict.reason)
    except OSError:
        raise
    except MemoryError:
        return FileNote(key, stamp, "skipped", OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 -- one odd file may not end a run over a million others
        return FileNote(key, stamp, "skipped", f"unreadable: {type(error).__name__} while reading it")
    return FileNote(key, stamp, "indexed", "", reading, reading.instance.sop_instance_uid)


def reread(index: Index, store: Store, key: str, limits: ReadLimits = DEFAULT_LIMITS) -> None:
    """Read one file again and write to the index what it is now, and what follows for duplicates of what it was.

    Raises:
        Unavailable: the index cannot be written.
    """
    _take_in(index, store, [_decoder.decode(_look(store, limits, key))])
    _settle(index, store, limits, {key})


def read_again(  # noqa: PLR0913 -- as index_paths
    keys: Iterable[str],
    index: Index,
    store: Store,
    *,
    processes: int = 0,
    limits: ReadLimits = DEFAULT_LIMITS,
    pool_limits: PoolLimits | None = None,
) -> None:
    """Read what the archive keeps under these keys again: another version of the program has read it before.

    Args:
        keys: in any order.
        index: what is written to.
        store: where the bytes are.
        processes: how many read; 0 means one per processor core.
        limits: how far reading one object goes.
        pool_limits: what reading one object may cost.

    Raises:
        Unavailable: the index cannot be written.
    """
    reader = _Reader(store, limits, processes or cores(), pool_limits or PoolLimits())
    with closing(reader.read_all(iter(keys))) as arrivals:
        for notes in arrivals:
            _take_in(index, store, notes)


def index_paths(  # noqa: PLR0913 -- who to tell and what to spend are separate wishes
    paths: Sequence[str | os.PathLike[str]],
    index: Index,
    store: Store,
    *,
    processes: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    limits: ReadLimits = DEFAULT_LIMITS,
    pool_limits: PoolLimits | None = None,
) -> Summary:
    """Bring the index up to date about files and folders, which are only ever read.

    Only what is new or has changed is read. Of several files with one SOP Instance UID the first in the order of keys
    is indexed, unless one of them is indexed already. When this is interrupted, what was written so far stays.

    Args:
        paths: files and folders.
        index: what is written to.
        store: where keys made of paths are files.
        processes: how many read; 0 means one per processor core.
        on_progress: called several times a second.
        limits: how far reading one file goes.
        pool_limits: what reading one file may cost.

    Raises:
        Unavailable: the index cannot be written.
    """
    started = time.monotonic()
    run = _Run(index, store, roots_of(paths), on_progress)
    reader = _Reader(store, limits, processes or cores(), pool_limits or PoolLimits())
    with closing(run), closing(reader.read_all(run.keys_to_read())) as arrivals:
        for notes in arrivals:
            run.take_in(notes)
        run.write()
        _settle(index, store, limits, set())
        run.report()
    return run.tally.summary(time.monotonic() - started)


def _with_family(reading: Reading) -> Reading:
    facts, instance = reading.facts, reading.instance
    family = family_of(
        instance.sop_class_uid,
        has_pixels=facts.has_pixels,
        has_encapsulated_document=facts.has_encapsulated_document,
        is_structured_report=facts.is_structured_report,
    )
    return msgspec.structs.replace(reading, instance=msgspec.structs.replace(instance, family=family))


def _look(store: Store, limits: ReadLimits, key: str) -> bytes:
    """Read one file into a note as it travels between processes: what cannot be written down shows here."""
    note = read_file(store, key, limits)
    try:
        return _encoder.encode(note)
    except (UnicodeEncodeError, OverflowError) as error:
        reason = f"unreadable: {type(error).__name__} while keeping it"
        return _encoder.encode(replace(note, outcome="skipped", reason=reason, reading=None, sop_instance_uid=""))


def _take_in(index: Index, store: Store, notes: Sequence[FileNote]) -> list[FileNote]:
    """Write notes and return them as they came out; what could not be opened is no news, what is gone is forgotten.

    Not so what the archive itself keeps: a store that is away loses no object.
    """
    gone = [note.key for note in notes if note.reason == NOT_THERE and not is_kept(note.key)]
    if gone:
        index.forget(gone)
    looked_at = [note for note in notes if note.stamp != NOT_LOOKED_AT]
    others = [note for note in notes if note.stamp == NOT_LOOKED_AT]
    written = index.write(looked_at)
    pairs = zip(looked_at, written, strict=True)
    return others + [_take_over(index, store, note, out) if out.outcome == "duplicate" else out for note, out in pairs]


def _take_over(index: Index, store: Store, note: FileNote, out: FileNote) -> FileNote:
    """Write a duplicate once more if the file that came first is no longer there: it was renamed, most likely."""
    holder = index.holder(note.sop_instance_uid)
    if holder is None or is_kept(holder) or not is_missing(store, holder):
        return out
    index.forget([holder])
    return index.write([note])[0]


def _settle(index: Index, store: Store, limits: ReadLimits, tried: set[str]) -> None:
    """Read duplicates whose object has lost its file: the first of them, in the order of keys, takes its place."""
    while successors := [key for key in index.successors() if key not in tried]:
        for key in successors:
            _take_in(index, store, [_decoder.decode(_look(store, limits, key))])
        tried.update(successors)


class _Reader:
    """Reads files: in processes, or here where there are only a few."""

    def __init__(self, store: Store, limits: ReadLimits, processes: int, pool_limits: PoolLimits) -> None:
        self._store = store
        self._look = partial(_look, store, limits)
        self._processes = processes
        self._pool_limits = pool_limits

    def read_all(self, keys: Iterator[str]) -> Generator[list[FileNote]]:
        """Give notes in the order of the keys, as they come."""
        first = list(islice(keys, _INLINE))
        if len(first) < _INLINE:
            yield from ([_decoder.decode(self._look(key))] for key in first)
            return
        with ReaderPool(self._look, processes=self._processes, limits=self._pool_limits, preload=(__name__,)) as pool:
            for answers in pool.read_all(chain(first, keys)):
                yield [self._note(answer) for answer in answers]

    def _note(self, answer: Answer) -> FileNote:
        if answer.data is not None:
            return _decoder.decode(answer.data)
        try:
            stamp = self._store.stamp(answer.key)
        except OSError:
            stamp = None
        return FileNote(answer.key, stamp or NOT_LOOKED_AT, "skipped", answer.reason)


class _Run:
    """One run over files and folders: what is to be read, what was, and what came of it."""

    def __init__(
        self, index: Index, store: Store, roots: list[str], on_progress: Callable[[Progress], None] | None
    ) -> None:
        self.tally = Tally()
        self._index = index
        self._store = store
        self._roots = roots
        self._on_progress = on_progress
        self._counter = FileCounter(roots) if on_progress else None
        self._changed: set[str] = set()
        self._pending: list[FileNote] = []
        self._written = self._reported = time.monotonic()

    def keys_to_read(self) -> Iterator[str]:
        """Give the keys of files that are new or have changed; forget those that are gone."""
        visited: set[tuple[int, int]] = set()
        for root in self._roots:
            for finding in compare(root, self._index, self._store, visited):
                if time.monotonic() - self._reported >= _BATCH_SECONDS:  # many unchanged files may come in a row
                    self.report()
                match finding.state:
                    case "new":
                        yield finding.key
                    case "changed":
                        self._changed.add(finding.key)
                        yield finding.key
                    case "unchanged":
                        self.tally.unchanged += 1
                    case "left out":
                        self.tally.skip(finding.key, finding.reason)
                    case "missing":
                        self._index.forget([finding.key])
                        self.tally.gone += 1

    def take_in(self, notes: Sequence[FileNote]) -> None:
        """Keep notes until there are enough for a transaction, or until they have waited long enough."""
        self._pending += notes
        if len(self._pending) >= _BATCH or time.monotonic() - self._written >= _BATCH_SECONDS:
            self.write()
            self.report()

    def write(self) -> None:
        """Write the notes that wait."""
        notes, self._pending = self._pending, []
        for note in _take_in(self._index, self._store, notes) if notes else ():
            self.tally.count(note, changed=note.key in self._changed)
            self._changed.discard(note.key)
        self._written = time.monotonic()

    def report(self) -> None:
        """Say how far it is."""
        self._reported = time.monotonic()
        if self._on_progress and self._counter:
            self._on_progress(Progress(self.tally.done, self._counter.total, self.tally.bytes))

    def close(self) -> None:
        """Stop counting."""
        if self._counter:
            self._counter.close()
