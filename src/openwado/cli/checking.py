"""What must hold of settings beyond what they are: files are there, addresses can be, choices fit together.

Everything is looked at, whatever else is wrong, and all that is found is said at once. Looks that need a setting which
is wrong itself are left out: they would speak of its default.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from openwado.authentication import authentication_faults, listening_faults
from openwado.config import HINT, SettingsError
from openwado.settings.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openwado.config import Reading, Settings


def check(reading: Reading, in_use: Settings | None = None) -> Settings:
    """Return settings with which a server can be run: looked at before anything is started.

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


def faults_beyond(reading: Reading) -> list[Fault]:
    """Return all that is wrong with settings beyond what `reading` tells of each by itself."""
    found: list[Fault] = []
    wrong = {fault.setting for fault in reading.faults}
    for look in _LOOKS:
        if wrong.isdisjoint(look.needs):
            faults = [fault for fault in _found(look, reading.settings) if not fault.is_about(wrong)]
            wrong |= {fault.setting for fault in faults} & _BASIC
            found += faults
    return found


def _found(look: _Look, settings: Settings) -> Iterator[Fault]:
    try:
        yield from look.at(settings)
    except SettingsError as error:
        if not error.faults:
            raise
        yield from error.faults


@dataclass(frozen=True, slots=True)
class _Look:
    """One look.

    Attributes:
        at: gives what is wrong, or raises it.
        needs: settings without which there is nothing to look at.
    """

    at: Callable[[Settings], Iterable[Fault]]
    needs: frozenset[str] = frozenset()


def _data(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import data_folder  # noqa: PLC0415 -- heavy, and only needed here

    folder = data_folder(settings)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Fault("data", f"nothing can be written in {folder}: {error.strerror}")


def _index(settings: Settings) -> Iterator[Fault]:
    from openwado.archive.opening import UnknownIndex, check_index  # noqa: PLC0415 -- heavy, and only needed here

    try:
        if settings.index:
            check_index(settings.index)
    except UnknownIndex as error:
        yield Fault("index", str(error))


def _store(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import stores_of  # noqa: PLC0415 -- heavy, and only needed here

    stores_of(settings)
    yield from ()


def _certificates(settings: Settings) -> Iterator[Fault]:
    from openwado.server.connection_options import tls_files  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.server.dicom_tls import dicom_tls_files  # noqa: PLC0415 -- as above
    from openwado.server.tls import tls_faults  # noqa: PLC0415 -- as above

    for files in (tls_files(settings), dicom_tls_files(settings) if settings.dicom_port else None):
        if files is not None:
            yield from tls_faults(files)


def _dicom(settings: Settings) -> Iterator[Fault]:
    from openwado.server.dicom_options import dicom_faults  # noqa: PLC0415 -- heavy, and only needed here

    yield from dicom_faults(settings)


def _audit(settings: Settings) -> Iterator[Fault]:
    from openwado.audit_wiring import audit_faults  # noqa: PLC0415 -- heavy, and only needed here

    yield from audit_faults(settings)


def _audit_folder(settings: Settings) -> Iterator[Fault]:
    from openwado.audit_wiring import folder_faults  # noqa: PLC0415 -- heavy, and only needed here

    yield from folder_faults(settings)


def _anonymizing(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import burned_in_rules  # noqa: PLC0415 -- heavy, and only needed here

    yield from burned_in_rules(settings)[1]


def _keys(settings: Settings) -> Iterator[Fault]:
    from openwado.assemble import deidentification_key, log_style  # noqa: PLC0415 -- heavy, and only needed here

    for made in (deidentification_key, log_style):
        try:
            made(settings)
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

#: Settings of which a fault that a look has found leaves others without anything to look at.
_BASIC: Final = _IN_DATA

_LOOKS: Final = (
    _Look(_data, _IN_DATA),
    _Look(_index),
    _Look(_store, _IN_DATA),
    _Look(authentication_faults),
    _Look(listening_faults),
    _Look(_certificates),
    _Look(_dicom),
    _Look(_audit),
    _Look(_audit_folder, _IN_DATA | {"audit_folder"}),
    _Look(_anonymizing),
    _Look(_keys, _IN_DATA),
    _Look(_shared_cache),
    _Look(_sandbox),
    _Look(_tracing),
)
