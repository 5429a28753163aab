"""Settings from where they stand: read, checked, and printed as one page. Their tables are in `settings/`.

A setting comes from the command line, else from the environment (`OPENWADO_` and its name in capitals), else from a
TOML file, else it has its default. `openwado settings` prints this table; docs/settings.md is that print.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

from openwado.settings.audit import AuditSettings
from openwado.settings.listening import ListeningSettings

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT_PREFIX = "OPENWADO_"

#: First parts of paths that the page and the endpoints of the server use.
_TAKEN = frozenset({"health", "metrics", "ready", "static", "studies"})

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")


class SettingsError(Exception):
    """A setting is unknown or has a value that it cannot have; the message says which and what would be right."""


class Settings(AuditSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one server."""


def load(*, config: Path | None = None, **command_line: object) -> Settings:
    """Merge defaults, a TOML file, the environment and the command line, the last one strongest.

    Args:
        config: the TOML file; each key is a setting's name.
        command_line: settings by name; None means not given.

    Raises:
        SettingsError: a name is unknown or a value cannot be.
    """
    values: dict[str, Any] = {}
    if config is not None:
        values.update(_from_toml(config))
    values.update(_from_environment())
    values.update({name: value for name, value in command_line.items() if value is not None})
    return convert(values)


def convert(values: dict[str, Any]) -> Settings:
    """Check values and return them as settings; text is read as the setting's own type.

    Raises:
        SettingsError: a name is unknown or a value cannot be.
    """
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"Settings: {error}. `openwado settings` lists them all.") from error
    if settings.wado_path.split("/")[1] in _TAKEN:
        raise SettingsError(f"Settings: wado_path cannot be under /{settings.wado_path.split('/')[1]}: that is taken.")
    for origin in settings.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"Settings: cors_origins has {origin!r}; write scheme and host, such as https://viewer.example, or *."
            )
    if "*" in settings.cors_origins and settings.cors_credentials:
        raise SettingsError("Settings: cors_origins * cannot stand beside cors_credentials: name the origins instead.")
    return settings


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
    shown = "(empty)" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)
    return f"| `{field.name}` | `{ENVIRONMENT_PREFIX}{field.name.upper()}` | {shown} | {_description(field)} |"


def _description(field: msgspec.structs.FieldInfo) -> str:
    found = [meta.description for meta in get_args(field.type)[1:] if isinstance(meta, Meta) and meta.description]
    return found[0] if found else ""
