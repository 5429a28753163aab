"""What must hold of settings beyond what they are: files are there, addresses can be, choices fit together.

Everything is looked at, whatever else is wrong, and all that is found is said at once. Looks that need a setting which
is wrong itself are left out: they would speak of its default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.authentication import authentication_faults, listening_faults
from openwado.config import HINT, SettingsError
from openwado.settings.faults import Fault, numbered, wrong_by_themselves
from openwado.settings.files import why_not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openwado.config import Reading, Settings


def check(reading: Reading, in_use: Settings | None = None) -> Settings:
    """Return settings with which a server can be run: looked at before anything is started, or made.

    Args:
        reading: of the settings.
        in_use: what a running server would use of them, where it keeps some that it has.

    Raises:
        SettingsError: it cannot; all that is wrong is in it, each with its place.
    """
    beyond = faults_beyond(reading)
    if in_use is not None:
        beyond += faults_beyond(replace(reading, settings=in_use))
    reading.refuse([*reading.faults, *beyond], "" if beyond else HINT)
    return reading.settings if in_use is None else in_use


def faults_beyond(reading: Reading, unseen: frozenset[str] = frozenset()) -> list[Fault]:
    """Return all that is wrong with settings beyond what `reading` tells of each by itself.

    Args:
        reading: of the settings.
        unseen: settings at which nobody may look.
    """
    found: list[Fault] = []
    wrong = wrong_by_themselves(reading.faults) | unseen
    for look in _LOOKS:
        if wrong.isdisjoint(look.needs):
            faults = [fault for fault in _found(look, reading.settings) if not fault.is_about(wrong)]
            found += faults
            if look.is_basic:
                wrong |= wrong_by_themselves(faults)
    return [*found, *_of_right_entries(reading)]


def _of_right_entries(reading: Reading) -> list[Fault]:
    """Return what is wrong with entries of lists that have others that cannot be, each by itself."""
    if not reading.entries:
        return []
    rest = {name: tuple(numbers.values()) for name, numbers in reading.entries.items()}
    settings = msgspec.structs.replace(reading.settings, **rest)
    found = [fault for look in _OF_ENTRIES for fault in _found(look, settings)]
    return [
        numbered(fault, reading.entries[fault.setting])
        for fault in found
        if fault.item is not None and fault.setting in reading.entries
    ]


def _found(look: _Look, settings: Settings) -> Iterator[Fault]:
    try:
        yield from look.at(settings)
    except SettingsError as error:
        if not error.faults:
            raise
        yield from error.faults
    except Exception as error:  # noqa: BLE001 -- whatever it is, the others are looked at
        yield Fault(look.about, f"it cannot be looked at: {type(error).__name__}")


@dataclass(frozen=True, slots=True)
class _Look:
    """One look.

    Attributes:
        about: the setting that it is about, first of all.
        at: gives what is wrong, or raises it; makes nothing.
        needs: settings without which there is nothing to look at.
        is_basic: whether others need what it has looked at.
    """

    about: str
    at: Callable[[Settings], Iterable[Fault]]
    needs: frozenset[str] = frozenset()
    is_basic: bool = False


def _data(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import data_path, writes_in_data  # noqa: PLC0415 -- heavy, and only needed here

    folder = data_path(settings)
    if folder.is_dir() and not writes_in_data(settings):
        return
    if why := why_not_written(folder):
        yield Fault("data", f"nothing can be written in {folder}: {why}")


def _index(settings: Settings) -> Iterator[Fault]:
    from openwado.archive.opening import UnknownIndex, sqlite_path  # noqa: PLC0415 -- heavy, and only needed here

    try:
        path = sqlite_path(settings.index) if settings.index else None
    except UnknownIndex as error:
        yield Fault("index", str(error))
        return
    if path is not None and (why := why_not_written(path.parent)):
        yield Fault("index", f"nothing can be written in {path.parent}: {why}")


def _store(settings: Settings) -> Iterator[Fault]:
    from openwado.archive.store_opening import UnknownStore, folder_of  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.bucket import is_installed, not_installed  # noqa: PLC0415 -- as above

    if not settings.store:
        return
    try:
        folder = folder_of(settings.store)
    except UnknownStore as error:
        yield Fault("store", str(error))
        return
    if folder is None and not is_installed():
        yield Fault("store", not_installed())


def _certificates(settings: Settings) -> Iterator[Fault]:
    from openwado.server.connection_options import tls_files  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.server.dicom_tls import dicom_tls_files  # noqa: PLC0415 -- as above
    from openwado.server.tls import tls_faults  # noqa: PLC0415 -- as above

    yield from tls_faults(tls_files(settings))
    if settings.dicom_port:
        yield from tls_faults(dicom_tls_files(settings))


def _dicom(settings: Settings) -> Iterator[Fault]:
    from openwado.server.dicom_options import dicom_faults  # noqa: PLC0415 -- heavy, and only needed here

    if settings.dicom_port:
        yield from dicom_faults(settings)


def _audit(settings: Settings) -> Iterator[Fault]:
    from openwado.audit_wiring import audit_faults  # noqa: PLC0415 -- heavy, and only needed here

    yield from audit_faults(settings)


def _audit_folder(settings: Settings) -> Iterator[Fault]:
    from openwado.audit_wiring import folder_faults  # noqa: PLC0415 -- heavy, and only needed here

    if settings.audit_folder:
        yield from folder_faults(settings)


def _anonymizing(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import burned_in_rules  # noqa: PLC0415 -- heavy, and only needed here

    yield from burned_in_rules(settings)[1]


def _keys(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import kept_keys  # noqa: PLC0415 -- heavy, and only needed here

    for read in kept_keys(settings):
        try:
            read()
        except SettingsError as error:
            yield from error.faults


def _shared_cache(settings: Settings) -> Iterator[Fault]:
    from openwado.cache_wiring import open_shared_cache  # noqa: PLC0415 -- heavy, and only needed here

    open_shared_cache(settings)
    yield from ()


def _sandbox(settings: Settings) -> Iterator[Fault]:
    from openwado.server.sandbox import sandbox_of  # noqa: PLC0415 -- heavy, and only needed here

    sandbox_of(settings)
    yield from ()


def _tracing(settings: Settings) -> Iterator[Fault]:
    from openwado.server.tracing import TracingNotInstalledError, check_installed  # noqa: PLC0415 -- as above

    try:
        if settings.tracing_endpoint:
            check_installed()
    except TracingNotInstalledError as error:
        yield Fault("tracing_endpoint", str(error))


_IN_DATA: Final = frozenset({"data"})

_LOOKS: Final = (
    _Look("data", _data, _IN_DATA, is_basic=True),
    _Look("index", _index),
    _Look("store", _store),
    _Look("access_rules", authentication_faults),
    _Look("host", listening_faults),
    _Look("tls_certificate", _certificates),
    _Look("dicom_port", _dicom),
    _Look("audit", _audit),
    _Look("audit_folder", _audit_folder),
    _Look("burned_in_rules", _anonymizing),
    _Look("data", _keys, _IN_DATA),
    _Look("cache_shared", _shared_cache),
    _Look("render_sandbox", _sandbox),
    _Look("tracing_endpoint", _tracing),
)

#: Those that look at entries of lists.
_OF_ENTRIES: Final = tuple(look for look in _LOOKS if look.at in (authentication_faults, _dicom, _audit, _anonymizing))
