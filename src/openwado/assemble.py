"""Settings to a running system: the only place where things are wired.

What draws pictures is imported where it is first needed: the command only looks at the index, and stays small.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs

from openwado.archive.file_store import FileStore
from openwado.archive.opening import UnknownIndex, open_index
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.store_opening import UnknownStore, open_store
from openwado.archive.stores import Stores
from openwado.bucket_url import is_bucket_url
from openwado.config import SETTINGS_VARIABLE, Settings, SettingsError, convert, of_fault, refuse
from openwado.machine import cores
from openwado.observe.log import LogStyle
from openwado.settings.faults import Fault, read_rows
from openwado.version import __version__
from openwado.walks import Walks

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.admission import Admission
    from openwado.archive.archive import Archive
    from openwado.archive.index import Index, Policy
    from openwado.dicom.deidentification import BurnedInRule, Deidentification
    from openwado.jobs import Job, Rendition
    from openwado.render.rendering_choices import RenderingChoices
    from openwado.retrieve import Retriever

_MIB = 1 << 20

#: Characters of a key that was kept, at the least; those that are made have 64.
_SHORTEST_KEY = 16

#: What to do where a kept key is lost: pseudonyms have to stay the same, hashes in logs are for looking something up.
_LOST_KEY = {
    "deidentification": "restore it from a backup",
    "log": "restore it from a backup, or remove it: a new one is made, and the hashes in older logs are others",
}

#: Raised by hand whenever pictures may look different for the same request, so that no cache keeps the old ones.
RENDERER_VERSION = f"{__version__}/7"


@dataclass(frozen=True)
class System:
    """One process's parts, wired."""

    settings: Settings
    index: Index
    store: Stores

    @cached_property
    def archive(self) -> Archive:
        """Index and store as one."""
        from openwado.archive.archive import Archive  # noqa: PLC0415 -- as said above
        from openwado.ingest import reread  # noqa: PLC0415 -- as said above

        return Archive(self.index, self.store, partial(reread, self.index, self.store))

    @cached_property
    def admission(self) -> Admission:
        """What takes objects in."""
        from openwado.admission import Admission, AdmissionRules  # noqa: PLC0415 -- as said above
        from openwado.archive.committer import Committer  # noqa: PLC0415 -- as said above

        policy: Policy = "replace" if self.settings.duplicates == "replace" else "reject"
        rules = AdmissionRules(policy, self.settings.accept_contradictory_meta)
        return Admission(self.index, Committer(self.index), self.store, self.store.kept, rules=rules)

    @cached_property
    def retriever(self) -> Retriever:
        """What prepares answers."""
        return retriever_of(self.settings, self.archive)


def data_folder(settings: Settings) -> Path:
    """Return the folder for index and samples, made if it is missing.

    Raises:
        SettingsError: it cannot be made.
    """
    folder = data_path(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise of_fault(Fault("data", f"the folder {folder} cannot be made: {error}")) from error
    return folder


def data_path(settings: Settings) -> Path:
    """Return where the data folder is, or would be."""
    return Path(settings.data) if settings.data else Path(platformdirs.user_data_dir("openwado", appauthor=False))


def writes_in_data(settings: Settings) -> bool:
    """Say whether a server writes into its data folder, beyond what is there already."""
    folder = data_path(settings)
    keys = ((settings.deidentification_key, "deidentification"), (settings.log_uids, "log"))
    return (
        not settings.index
        or ((settings.stow or bool(settings.dicom_port)) and (not settings.store or is_bucket_url(settings.store)))
        or (settings.cache and bool(settings.cache_disk or settings.cache_files))
        or (settings.audit and not settings.audit_folder)
        or any(not is_given and not (folder / f"{purpose}.key").exists() for is_given, purpose in keys)
    )


def kept_keys(settings: Settings) -> list[Callable[[], object]]:
    """Return what reads the keys that are in the data folder already; it raises SettingsError for a damaged one."""
    folder = data_path(settings)
    readers: dict[str, Callable[[], object]] = {
        "deidentification": lambda: deidentification_key(settings),
        "log": lambda: log_style(settings),
    }
    return [read for purpose, read in readers.items() if (folder / f"{purpose}.key").exists()]


def assemble(settings: Settings) -> System:
    """Wire a system.

    Raises:
        SettingsError: the data folder, the store or the address of the index cannot be used.
    """
    return System(settings, _index_of(settings), stores_of(settings))


def stores_of(settings: Settings) -> Stores:
    """Return where the bytes of objects are: files in place, and what the archive keeps itself.

    Raises:
        SettingsError: the setting names no store.
    """
    try:
        data = data_folder(settings)
        kept = open_store(settings.store or str(data / "archive"), data / "incoming", data / "store.mark")
    except UnknownStore as error:
        raise of_fault(Fault("store", str(error))) from error
    return Stores(FileStore(), kept)


def _index_of(settings: Settings) -> Index:
    if not settings.index:
        return SqliteIndex(data_folder(settings) / "index.sqlite")
    try:
        return open_index(settings.index, seconds=settings.index_timeout)
    except UnknownIndex as error:
        raise of_fault(Fault("index", str(error))) from error


def retriever_of(settings: Settings, archive: Archive) -> Retriever:
    """Wire what prepares answers from an archive."""
    from openwado.lanes import RetrieveLimits  # noqa: PLC0415 -- as said above
    from openwado.protocol.parameters import ANNOTATION_SWITCH  # noqa: PLC0415 -- as said above
    from openwado.retrieve import Retriever  # noqa: PLC0415 -- as said above

    limits = RetrieveLimits(
        max_output_pixels=settings.max_output_pixels,
        plain_lane_pixels=settings.plain_lane_pixels,
        max_motion_frames=settings.max_motion_frames,
        max_motion_bytes=settings.max_motion_size << 20,
        max_decoded_pixels=settings.max_decoded_pixels,
        kept_is_remote=is_bucket_url(settings.store),
    )
    return Retriever(
        archive,
        service_path=settings.wado_path,
        renderer_version=RENDERER_VERSION,
        limits=limits,
        choices=choices_of(settings),
        extensions=frozenset(
            name
            for name, is_on in (
                ("bitDepth", settings.bit_depth_parameter),
                ("explain", settings.explain_parameter),
                (ANNOTATION_SWITCH, settings.annotation_extensions),
            )
            if is_on
        ),
        deidentification=deidentification_of(settings),
    )


def choices_of(settings: Settings) -> RenderingChoices:
    """Return what the settings say where the standard leaves the look of a picture open: by the same names."""
    from openwado.render.rendering_choices import RenderingChoices  # noqa: PLC0415 -- as said above

    return RenderingChoices(**{name: getattr(settings, name) for name in RenderingChoices.__struct_fields__})


def deidentification_of(settings: Settings) -> Deidentification:
    """Return how objects are anonymized: with the key of the settings, or one that is made once and kept (AN-4).

    Raises:
        SettingsError: a rule is none, or the key can neither be read nor made.
    """
    from openwado.dicom.deidentification import Deidentification  # noqa: PLC0415 -- as said above

    rules, faults = burned_in_rules(settings)
    refuse(faults)
    return Deidentification(deidentification_key(settings), rules)


def burned_in_rules(settings: Settings) -> tuple[tuple[BurnedInRule, ...], list[Fault]]:
    """Return where images have text in their pixels, and what is wrong with that."""
    from openwado.dicom.deidentification import BurnedInRule  # noqa: PLC0415 -- as said above

    return read_rows("burned_in_rules", settings.burned_in_rules, BurnedInRule)


def deidentification_key(settings: Settings) -> bytes:
    """Return the key of the hashes that stand for UIDs.

    Raises:
        SettingsError: it can neither be read nor made.
    """
    return settings.deidentification_key.encode() or _kept_key(settings, "deidentification")


def log_style(settings: Settings) -> LogStyle:
    """Return how a process of the server writes its log: the key of its hashes is made once, and kept.

    Raises:
        SettingsError: the key can neither be read nor made.
    """
    key = "" if settings.log_uids else _kept_key(settings, "log").decode("ascii")
    return LogStyle(settings.log_level, settings.log_format, key)


def _kept_key(settings: Settings, purpose: str) -> bytes:
    """Return the secret in a file of the data folder; whoever comes first makes it, at once and whole."""
    path = data_folder(settings) / f"{purpose}.key"
    try:
        if not path.exists():
            with suppress(FileExistsError), tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name) as made:
                made.write(secrets.token_hex(32).encode())
                made.flush()
                os.fsync(made.fileno())
                os.link(made.name, path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise of_fault(Fault("data", f"the key {path} cannot be kept: {error.strerror}")) from error
    if damage := _damage_of(key):
        raise of_fault(Fault("data", f"the key {path} is damaged: {damage}; {_LOST_KEY[purpose]}"))
    return key


def _damage_of(key: bytes) -> str:
    """Return what is wrong with a key that was kept, "" for nothing: what a disk has lost may be of any bytes."""
    if len(key) < _SHORTEST_KEY:
        return f"it has {len(key)} characters"
    return "" if key.isascii() and key.decode("ascii").isprintable() else "it is no text"


def walks_of(settings: Settings, archive: Archive) -> Walks | None:
    """Return what foretells requests, None where nothing is made ahead."""
    if not settings.prefetch:
        return None
    return Walks(lambda uid, count, backwards: archive.following(uid, count, backwards=backwards), settings.prefetch)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of the processes that the command starts: its own, and the settings."""
    return {**os.environ, SETTINGS_VARIABLE: msgspec.json.encode(settings).decode()}


def from_environment() -> System:
    """Wire the system that the command's settings ask for; called in every HTTP process.

    Raises:
        SettingsError: the variable is missing or wrong.
    """
    return assemble(_settings_from_environment())


def _settings_from_environment() -> Settings:
    text = os.environ.get(SETTINGS_VARIABLE)
    if text is None:
        raise SettingsError(f"{SETTINGS_VARIABLE} is not set: start the server by `openwado serve`.")
    return convert(msgspec.json.decode(text))


def producer() -> Callable[[Job], Rendition]:
    """Return what does the jobs of a render process."""
    from openwado.produce import produce  # noqa: PLC0415 -- as said above

    store = stores_of(_settings_from_environment())
    return lambda job: produce(job, store)


def share_of_cores(settings: Settings) -> tuple[int, int]:
    """Return how many HTTP processes there are, and how many render processes each of them has.

    Each counts for itself: an HTTP process waits while a render process works.
    """
    usable = cores()
    workers = settings.workers or usable
    return workers, settings.render_processes or max(1, usable // workers)
