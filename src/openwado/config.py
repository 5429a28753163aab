"""Settings from where they stand: read, checked, and printed as one page. Their tables are in `settings/`.

A setting comes from the command line, else from the environment (`OPENWADO_` and its name in capitals), else from a
TOML file, else it has its default. `openwado settings` prints this table; docs/settings.md is that print.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

import msgspec
from msgspec import Meta

from openwado.settings.audit import AuditSettings
from openwado.settings.checks import CHECKS
from openwado.settings.faults import Fault, faults_of, numbered, question, read_settings, right_entries
from openwado.settings.listening import ListeningSettings
from openwado.settings.restarting import NEEDS_RESTART
from openwado.settings.toml_lines import TomlLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

ENVIRONMENT_PREFIX = "OPENWADO_"

#: Carries the settings from the command to the processes that it starts.
SETTINGS_VARIABLE = "OPENWADO_SETTINGS_JSON"

#: What the table says of settings that a running server does not take up.
_RESTART = " *Needs a restart.*"

#: User and password in an address, and the field of a table that a fault is about.
_PASSWORD: Final = re.compile(r"//[^/\s@']*@")
_FIELD: Final = re.compile(r"\w+\[[0-9]+\]\.(?P<name>\w+): ")

#: What is said of a field that there is not.
_UNKNOWN: Final = ("there is no such", "it is no attribute", "it is neither a text")

#: For whoever has to mend names and values.
HINT = "`openwado settings` lists them all."


class SettingsError(Exception):
    """Settings are unknown or have values that they cannot have; the message says which and what would be right.

    Attributes:
        faults: each by itself, where it is about settings.
    """

    def __init__(self, text: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(text)
        self.faults = tuple(faults)


class Settings(AuditSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one server."""


_DEFAULTS = Settings()


#: Says where the setting stands that has a fault.
Place = Callable[[Fault], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings as they were read.

    Attributes:
        settings: where a value cannot be, the default stands instead.
        faults: all that is wrong with names and values.
        places: say where a setting stands, by name; the others have their defaults.
        entries: those that can be of lists that have others that cannot, by their number, by setting.
    """

    settings: Settings
    faults: tuple[Fault, ...]
    places: Mapping[str, Place]
    entries: Mapping[str, Mapping[int, object]] = field(default_factory=dict)

    def placed(self, fault: Fault) -> str:
        """Return a fault as a sentence, with the place where its setting stands."""
        place = self.places.get(fault.setting)
        text = _PASSWORD.sub("//…@", fault.text) + _of_another_place(fault)
        return f"{fault.setting}{f' ({place(fault)})' if place is not None else ''}: {text}"

    def refuse(self, faults: Iterable[Fault], hint: str = "") -> None:
        """Refuse settings that have faults.

        Args:
            faults: all of them; what is said of two alike is said once.
            hint: sentence for whoever has to mend them.

        Raises:
            SettingsError: there are some.
        """
        told = {self.placed(fault): fault for fault in faults}
        ending = f" {hint}" if hint else ""
        if len(told) == 1:
            raise SettingsError(f"Settings: {next(iter(told))}.{ending}", list(told.values()))
        if told:
            lines = "".join(f"\n  {line}" for line in told)
            raise SettingsError(f"Settings: {len(told)} faults.{ending}{lines}", list(told.values()))

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Say where the settings stand that turn out to be wrong within the block."""
        try:
            yield
        except SettingsError as error:
            self.refuse(error.faults)
            raise


def _of_another_place(fault: Fault) -> str:
    """Return a hint, where a setting stands below a table and is taken for a field of it."""
    named = _FIELD.match(fault.text)
    is_unknown = any(words in fault.text for words in _UNKNOWN)
    if named is None or not is_unknown or named["name"] not in Settings.__struct_fields__:
        return ""
    return f"; the setting {named['name']} would stand above the first table"


def of_fault(fault: Fault) -> SettingsError:
    """Return what is raised for one fault."""
    return SettingsError(f"Settings: {fault.setting}: {fault.text}.", [fault])


def refuse(faults: Iterable[Fault]) -> None:
    """Refuse settings that have faults, wherever they stand.

    Raises:
        SettingsError: there are some; it lists all of them.
    """
    Reading(_DEFAULTS, (), {}).refuse(faults)


def load(*, config: Path | None = None, **command_line: object) -> Settings:
    """Merge defaults, a TOML file, the environment and the command line, the last one strongest.

    Args:
        config: the TOML file; each key is a setting's name.
        command_line: settings by name; None means not given.

    Raises:
        SettingsError: names are unknown or values cannot be; it lists all of them, each with its place.
    """
    reading = read(config=config, **command_line)
    reading.refuse(reading.faults, HINT)
    return reading.settings


def read(*, config: Path | None = None, **command_line: object) -> Reading:
    """Merge settings as `load` does, and say what is wrong with them.

    Raises:
        SettingsError: the file cannot be read, or is not TOML.
    """
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
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
    return _read(values, places)


def convert(values: dict[str, Any]) -> Settings:
    """Check values and return them as settings; text is read as the setting's own type.

    Raises:
        SettingsError: names are unknown or values cannot be; it lists all of them.
    """
    reading = _read(values, {})
    reading.refuse(reading.faults, HINT)
    return reading.settings


def _read(values: dict[str, Any], places: Mapping[str, Place]) -> Reading:
    settings, faults = read_settings(values, Settings, CHECKS)
    typed = faults_of(values, Settings)
    entries = right_entries({name: values[name] for name in Settings.__struct_fields__ if name in values}, typed)
    if entries:  # what is wrong with these is told as well
        rest = {name: list(numbers.values()) for name, numbers in entries.items()}
        others = read_settings(rest, Settings, CHECKS)[1]
        faults += [numbered(fault, entries[fault.setting]) for fault in others if fault.item is not None]
    return Reading(settings, tuple(faults), places, entries)


def unknown_variables() -> list[str]:
    """Return what to say about variables of the environment that look like settings and are none."""
    known = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.__struct_fields__} | {SETTINGS_VARIABLE}
    return [
        f"{name} in the environment is no setting and has no effect{question(name, sorted(known))}."
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
        except (ValueError, RecursionError):
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
