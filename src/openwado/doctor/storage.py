"""Whether objects can be found and kept: the data folder, the index, the store, caches and their room."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.archive.kept_objects import FIRST_KEY, STOP_KEY
from openwado.assemble import assemble, data_folder
from openwado.cache.shared import open_shared
from openwado.config import SettingsError
from openwado.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.store import KeptStore
    from openwado.assemble import System
    from openwado.config import Settings

_MIB: Final = 1 << 20

#: Room below which a disk is as good as full, and below which it soon will be, MiB.
_FULL_MIB, _LITTLE_MIB = 128, 2048

_ANY_OTHER: Final = 0o077

_ROOT: Final = 0


def of_another_user(settings: Settings) -> Finding | None:
    """Say so where the data folder is not for the user who asks.

    What root makes in another user's folder would be in that user's way. Others may look where they may write: a
    service may have been given a folder by its group, as in a cluster.
    """
    folder = Path(settings.data)
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):  # made, or told among the settings
        return None
    except OSError as error:
        text = f"{folder} cannot be looked at: {error.strerror}."
        return Finding("fault", "data folder", text, "Give it to the user who runs the server, or name another one.")
    owner, asking = status.st_uid, os.geteuid()
    if not settings.data or not stat.S_ISDIR(status.st_mode) or owner == asking:
        return None
    if asking != _ROOT and os.access(folder, os.W_OK | os.X_OK):
        return None
    text = f"{folder} belongs to another user than the one who asks; nothing in it was looked at."
    return Finding("fault", "data folder", text, f"Run this as that user ({owner}).")


def storage(settings: Settings) -> Iterator[Finding]:
    """Look at all that keeps something."""
    try:
        folder = data_folder(settings)
    except SettingsError:  # told among the settings
        return
    yield _folder(folder, "data folder")
    yield _room(folder, settings)
    yield from _keys(folder)
    try:
        system = assemble(settings)
    except SettingsError:  # told among the settings
        return
    except Exception as error:  # noqa: BLE001 -- databases raise what they like
        yield _unusable("It cannot be opened", error)
        return
    try:
        yield _index(system)
        yield _store(system)
        yield from _store_folder(system.store.kept, folder)
    finally:
        system.index.close()
        system.store.kept.close()
    if settings.cache_shared:
        yield _shared(settings)


_DAMAGED_MEND: Final = (
    "Restore it from a backup, or remove it: `openwado index` and `openwado verify --repair` fill a new one."
)
_AWAY_MEND: Final = "See that it may be read and written by who runs the server, has room, and its database answers."
#: What SQLite says of a file that is damaged, or none of its own.
_DAMAGED: Final = ("not a database", "malformed", "disk image")


def _unusable(how: str, error: Exception) -> Finding:
    """Tell of an index that cannot be used, and why; it is removed only where it is damaged."""
    why = getattr(error, "detail", "") or str(error)
    mend = _DAMAGED_MEND if any(words in why for words in _DAMAGED) else _AWAY_MEND
    return Finding("fault", "index", f"{how}: {why}", mend)


def _folder(folder: Path, what: str) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        text = f"{folder} cannot be written: {error.strerror}."
        return Finding("fault", what, text, "Give it to the user who runs the server, or name another one.")
    return Finding("ok", what, f"{folder} can be written.")


def _store_folder(kept: KeptStore, data: Path) -> Iterator[Finding]:
    """Look at a store that is a folder elsewhere than the data folder: objects are written into it."""
    folder = kept.incoming.parent
    try:
        if kept.is_remote or not folder.is_dir() or folder.is_relative_to(data):
            return
    except OSError:  # told of the store
        return
    yield _folder(folder, "store folder")
    free = shutil.disk_usage(folder).free // _MIB
    text = f"{free} MiB are free where the store is."
    if free < _FULL_MIB:
        yield Finding("fault", "store disk", text, "Make room: nothing can be taken in.")
    elif free < _LITTLE_MIB:
        yield Finding("warning", "store disk", text, "Make room before nothing can be taken in.")
    else:
        yield Finding("ok", "store disk", text)


def _room(folder: Path, settings: Settings) -> Finding:
    free = shutil.disk_usage(folder).free // _MIB
    caches = (settings.cache_disk + settings.cache_files) if settings.cache else 0
    text = f"{free} MiB are free where the data folder is; the caches may take {caches} MiB."
    if free < _FULL_MIB:
        return Finding("fault", "disk", text, "Make room: nothing can be taken in.")
    if free < _LITTLE_MIB:
        return Finding("warning", "disk", text, "Make room, or lower cache_disk and cache_files.")
    return Finding("ok", "disk", text)


def _keys(folder: Path) -> Iterator[Finding]:
    for name in ("deidentification.key", "log.key"):
        path = folder / name
        with suppress(OSError):  # none is there, or the folder's fault is told
            if path.stat().st_mode & _ANY_OTHER:
                text = f"{path} can be read by others than its owner."
                yield Finding("warning", "keys", text, f"chmod 600 {path}")


def _index(system: System) -> Finding:
    try:
        count, outdated = system.index.count(), len(system.index.outdated())
    except Exception as error:  # noqa: BLE001 -- databases raise what they like
        return _unusable("It does not answer", error)
    if outdated:
        text = f"{count} objects; {outdated} were read by another version."
        return Finding("warning", "index", text, "Start the server once, or run `openwado index`: they are read again.")
    return Finding("ok", "index", f"{count} objects.")


def _store(system: System) -> Finding:
    kept = system.store.kept
    mend = "See that it is mounted and may be read: store, in docs/settings.md."
    try:
        if not kept.is_remote and _is_other_than_folder(kept.incoming.parent):
            return Finding("fault", "store", f"{kept.incoming.parent} is no folder.", mend)
        found = next(iter(kept.keys()), None)
        if found is not None:
            with kept.open(found[0]) as stored:
                stored.read_at(0, 1)
    except OSError as error:
        return Finding("fault", "store", f"It cannot be read: {error.strerror or error}.", mend)
    if found is None and _keeps_objects(system):
        mend = f"{mend} If the objects are lost: `openwado verify` names them."
        return Finding("fault", "store", "It is empty, and the index has objects that are kept there.", mend)
    return Finding("ok", "store", "An object in it was read." if found else "It is empty.")


def _is_other_than_folder(path: Path) -> bool:
    """Say whether something else than a folder is there; what is missing is made when the first object comes."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _keeps_objects(system: System) -> bool:
    """Say whether the index knows objects that must be in the store; no, where it does not answer, which is told."""
    try:
        files = (system.index.file(key) for key, _ in system.index.looked_at(FIRST_KEY, STOP_KEY))
        return any(file is not None and file.outcome == "indexed" for file in files)
    except Exception:  # noqa: BLE001 -- databases raise what they like
        return False


def _shared(settings: Settings) -> Finding:
    try:
        cache = open_shared(settings.cache_shared)
        cache.get(b"doctor")
        cache.close()
    except Exception as error:  # noqa: BLE001 -- libraries raise what they like
        return Finding("fault", "shared cache", f"It cannot be used: {error}", "See cache_shared in docs/settings.md.")
    return Finding("ok", "shared cache", "It was asked.")
