"""What must hold of settings beyond what they are: files are there, addresses can be, choices fit together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.authentication import authentication_of, check_may_listen
from openwado.config import SettingsError
from openwado.settings.toml_lines import TomlLines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.config import Settings

#: How a fault names its setting.
_NAMED: Final = re.compile(r"Settings: (?P<name>[a-z][a-z0-9_]+)\b")


def check(settings: Settings, config: Path | None) -> None:
    """See whether a server can be run as the settings say, before anything is started.

    Args:
        settings: each of which can be by itself.
        config: the file that they come from, among others.

    Raises:
        SettingsError: it cannot; all that is wrong is in it.
    """
    faults = faults_of(settings, config)
    if len(faults) == 1:
        raise SettingsError(faults[0])
    if faults:
        lines = "".join("\n  " + fault.removeprefix("Settings: ") for fault in faults)
        raise SettingsError(f"Settings: {len(faults)} faults.{lines}")


def faults_of(settings: Settings, config: Path | None) -> list[str]:
    """Return all that is wrong, a sentence or two each, with its line where it stands in the file."""
    lines = TomlLines(config.read_text(encoding="utf-8-sig")) if config is not None else None
    found = []
    for look in _CHECKS:
        try:
            look(settings)
        except SettingsError as error:
            found.append(_placed(str(error), config, lines))
    return found


def _placed(text: str, config: Path | None, lines: TomlLines | None) -> str:
    named = _NAMED.match(text)
    line = lines.of(named["name"]) if named is not None and lines is not None else None
    if named is None or line is None:
        return text
    return f"{text[: named.end()]} ({config}, line {line}){text[named.end() :]}"


def _access(settings: Settings) -> None:
    check_may_listen(settings, authentication_of(settings))


def _connections(settings: Settings) -> None:
    from openwado.server.connection_options import connection_options  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.server.tls import Certificates  # noqa: PLC0415 -- as above

    connections = connection_options(settings)
    if connections.tls is not None:
        Certificates(connections.tls)


def _headers(settings: Settings) -> None:
    from openwado.server.security_headers import security_options  # noqa: PLC0415 -- heavy, and only needed here

    security_options(settings)


def _dicom(settings: Settings) -> None:
    from openwado.server.dicom_options import dicom_options  # noqa: PLC0415 -- only needed where it is wanted

    if settings.dicom_port:
        dicom_options(settings)


def _audit(settings: Settings) -> None:
    from openwado.audit_wiring import audit_options  # noqa: PLC0415 -- heavy, and only needed here

    audit_options(settings)


def _anonymizing(settings: Settings) -> None:
    from openwado.assemble import deidentification_of  # noqa: PLC0415 -- heavy, and only needed here

    deidentification_of(settings)


def _caches(settings: Settings) -> None:
    from openwado.assemble import prepare_rendition_cache  # noqa: PLC0415 -- heavy, and only needed here

    prepare_rendition_cache(settings)


def _tracing(settings: Settings) -> None:
    from openwado.server.tracing import TracingNotInstalledError, check_installed  # noqa: PLC0415 -- as above

    try:
        if settings.tracing_endpoint:
            check_installed()
    except TracingNotInstalledError as error:
        raise SettingsError(str(error)) from error


_CHECKS: Final[tuple[Callable[[Settings], None], ...]] = (
    _access,
    _connections,
    _headers,
    _dicom,
    _audit,
    _anonymizing,
    _caches,
    _tracing,
)
