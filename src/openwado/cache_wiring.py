"""The cache of renditions from the settings."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Final

from openwado.assemble import data_folder
from openwado.bucket_url import BucketUrlError
from openwado.cache.claims import Claims
from openwado.cache.disk import DiskCache, lacks_room, prepare_file
from openwado.cache.files import FileCache, prepare_folder
from openwado.cache.memory import MemoryCache
from openwado.cache.renditions import RenditionCache
from openwado.cache.shared import SharedCache, open_shared
from openwado.config import of_fault
from openwado.observe.log import event
from openwado.settings.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.config import Settings

_MIB: Final = 1 << 20

_logger = logging.getLogger("openwado.cache")


def rendition_cache(settings: Settings) -> RenditionCache | None:
    """Return one process's cache of renditions, None where none are kept."""
    if not settings.cache:
        return None
    memory = MemoryCache(settings.cache_memory * _MIB)
    path = _renditions_file(settings)
    folder = spool_folder(settings)
    disk = DiskCache(path, settings.cache_disk * _MIB) if settings.cache_disk else None
    files = FileCache(folder, settings.cache_files * _MIB) if folder is not None else None
    claims = Claims(path.with_suffix(".lock")) if disk is not None or files is not None else None
    return RenditionCache(memory, disk, claims, files, open_shared_cache(settings))


def open_shared_cache(settings: Settings) -> SharedCache | None:
    """Return the cache that is shared with other servers, None where there is none.

    Raises:
        SettingsError: the setting names no bucket.
    """
    try:
        return open_shared(settings.cache_shared) if settings.cache_shared else None
    except BucketUrlError as error:
        raise of_fault(Fault("cache_shared", str(error))) from error


def spool_folder(settings: Settings) -> Path | None:
    """Return where large renditions are made: where they are kept, else None, where the system has temporary files."""
    return data_folder(settings) / "renditions" if settings.cache and settings.cache_files else None


def prepare_rendition_cache(settings: Settings) -> None:
    """Make the file and the folder that the processes of a server share; called by the command, before it starts any.

    Raises:
        SettingsError: they cannot be made.
    """
    if settings.cache and settings.cache_disk:
        path = _renditions_file(settings)
        try:
            prepare_file(path, settings.cache_disk * _MIB)
        except (sqlite3.Error, OSError) as error:
            if lacks_room(error, path):  # each process tries again
                _logger.warning(event("rendition cache rests", detail=str(error)))
                return
            text = f"the file for renditions, {path}, cannot be made: {error}; without it: --no-cache, or 0"
            raise of_fault(Fault("cache_disk", text)) from error
    folder = spool_folder(settings)
    if folder is not None:
        try:
            prepare_folder(folder, settings.cache_files * _MIB)
        except OSError as error:
            text = f"the folder for renditions, {folder}, cannot be made: {error}; without it: --no-cache, or 0"
            raise of_fault(Fault("cache_files", text)) from error


def _renditions_file(settings: Settings) -> Path:
    return data_folder(settings) / "renditions.sqlite"
