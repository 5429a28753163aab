"""Settings from where they stand: read, checked, and printed as one page. Their tables are in `settings/`.

A setting comes from the command line, else from the environment (`OPENWADO_` and its name in capitals), else from a
TOML file, else it has its default. `openwado settings` prints this table; docs/settings.md is that print.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from ipaddress import ip_network
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

from openwado.settings.audit import AuditSettings
from openwado.settings.faults import Fault, meant, read_settings
from openwado.settings.listening import ListeningSettings
from openwado.settings.restarting import NEEDS_RESTART
from openwado.settings.toml_lines import TomlLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "OPENWADO_"

#: Carries the settings from the command to the processes that it starts.
SETTINGS_VARIABLE = "OPENWADO_SETTINGS_JSON"

#: What the table says of settings that a running server does not take up.
_RESTART = " *Needs a restart.*"

#: First parts of paths that the page and the endpoints of the server use.
_TAKEN = frozenset({"health", "links", "metrics", "ready", "statement", "static", "studies"})

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")


class SettingsError(Exception):
    """Settings are unknown or have values that they cannot have; the message says which and what would be right."""


class Settings(AuditSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one server."""


def load(*, config: Path | None = None, **command_line: object) -> Settings:
    """Merge defaults, a TOML file, the environment and the command line, the last one strongest.

    Args:
        config: the TOML file; each key is a setting's name.
        command_line: settings by name; None means not given.

    Raises:
        SettingsError: names are unknown or values cannot be; it lists all of them, each with its place.
    """
    values: dict[str, Any] = {}
    places: dict[str, Callable[[Fault], str]] = {}
    if config is not None:
        text = _text_of(config)
        values.update(_from_toml(config, text))
        lines = TomlLines(text)
        places.update(dict.fromkeys(values, lambda fault: _in_file(config, lines, fault)))
    for source, found in (
        ("the environment", _from_environment()),
        ("the command line", {name: value for name, value in command_line.items() if value is not None}),
    ):
        values.update(found)
        places.update(dict.fromkeys(found, lambda _, source=source: source))
    return convert(values, places)


def convert(values: dict[str, Any], places: Mapping[str, Callable[[Fault], str]] = MappingProxyType({})) -> Settings:
    """Check values and return them as settings; text is read as the setting's own type.

    Args:
        values: by name.
        places: say where a setting stands that has a fault.

    Raises:
        SettingsError: names are unknown or values cannot be; it lists all of them.
    """
    settings, faults = read_settings(values, Settings, CHECKS)
    if not faults:
        return settings
    said = []
    for fault in faults:
        place = places.get(fault.setting)
        said.append(f"{fault.setting}{f' ({place(fault)})' if place is not None else ''}: {fault.text}")
    if len(said) == 1:
        raise SettingsError(f"Settings: {said[0]}. `openwado settings` lists them all.")
    lines = "".join(f"\n  {line}" for line in said)
    raise SettingsError(f"Settings: {len(said)} faults. `openwado settings` lists them all.{lines}")


def _wado_path(settings: Settings) -> Iterator[Fault]:
    first = settings.wado_path.split("/")[1]
    if first in _TAKEN:
        yield Fault("wado_path", f"it cannot be under /{first}: that is taken")


def _origins(settings: Settings) -> Iterator[Fault]:
    for number, origin in enumerate(settings.cors_origins):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            right = "write scheme and host, such as https://viewer.example, or *"
            yield Fault("cors_origins", f"{origin!r} is no origin; {right}", number)
    if "*" in settings.cors_origins and settings.cors_credentials:
        yield Fault("cors_origins", "* cannot stand beside cors_credentials: name the origins instead")


def _networks(settings: Settings) -> Iterator[Fault]:
    for name in ("metrics_readers", "request_id_proxies"):
        for number, text in enumerate(getattr(settings, name)):
            try:
                if text != "*":
                    ip_network(text, strict=False)
            except ValueError:
                yield Fault(name, f"{text!r} is no address and no network such as 192.0.2.0/24", number)


#: What must hold beyond each setting's own type.
CHECKS: tuple[Callable[[Settings], Iterable[Fault]], ...] = (_wado_path, _origins, _networks)


def unknown_variables() -> list[str]:
    """Return what to say about variables of the environment that look like settings and are none."""
    known = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.__struct_fields__} | {SETTINGS_VARIABLE}
    return [
        f"{name} in the environment is no setting and has no effect{meant(name, sorted(known)) or '.'}"
        for name in sorted(os.environ)
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known
    ]


def _in_file(config: Path, lines: TomlLines, fault: Fault) -> str:
    line = lines.of(fault.setting, fault.item or 0)
    return f"{config}, line {line}" if line is not None else str(config)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error


def _from_toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error


def _from_environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = os.environ.get(ENVIRONMENT_PREFIX + name.upper())
        if text is not None:
            values[name] = _from_text(name, text)
    return values


def _from_text(name: str, text: str) -> object:
    kind = get_type_hints(Settings)[name]
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    if getattr(kind, "__origin__", None) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        return words.get(text.strip().lower(), text)
    return text


def settings_page() -> str:
    """Return the table of all settings as Markdown; docs/settings.md is this text."""
    lines = [
        "# Settings",
        "",
        "This page is printed by `openwado settings`.",
        "",
        "Each setting may stand in a TOML file (`openwado serve --config FILE`), in the environment or, where there is",
        "an option for it, on the command line. The command line wins over the environment, that over the file.",
        "A running server reads them again on SIGHUP (docs/monitoring.md), but for those that need a restart.",
    ]
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    groups = [group for group in reversed(Settings.__mro__[1:]) if issubclass(group, ListeningSettings)]
    for group in groups:
        lines += ["", f"## {group.title}", "", str(group.__doc__), ""]
        lines += ["| setting | environment | default | what it does |", "|---|---|---|---|"]
        lines += [_row(fields[name]) for name in group.__annotations__ if name in fields]
    return "\n".join(lines) + "\n"


def _row(field: msgspec.structs.FieldInfo) -> str:
    default = field.default
    text = _description(field) + (_RESTART if field.name in NEEDS_RESTART else "")
    shown = "(empty)" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)
    return f"| `{field.name}` | `{ENVIRONMENT_PREFIX}{field.name.upper()}` | {shown} | {text} |"


def description_of(name: str) -> str:
    """Return what a setting does, as its table says it."""
    return next(_description(field) for field in msgspec.structs.fields(Settings) if field.name == name)


def _description(field: msgspec.structs.FieldInfo) -> str:
    found = [meta.description for meta in get_args(field.type)[1:] if isinstance(meta, Meta) and meta.description]
    return found[0] if found else ""
