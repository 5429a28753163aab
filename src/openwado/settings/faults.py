"""What is wrong with settings: all of it at once, each with the place where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    S = TypeVar("S", bound=msgspec.Struct)

#: How msgspec says where in a value it found a fault.
_PLACE: Final = re.compile(r"\.? - at `\$\.?(?P<place>[^`]*)`$")
_ITEM: Final = re.compile(r"\w+\[(?P<item>[0-9]+)\]")

_HOW_ALIKE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        setting: that has it.
        text: what is wrong, or what would be right.
        item: of a list: which entry, from 0; None: the whole value.
        beside: other settings that it is about. Where one of them is wrong by itself, this may not be a fault at all.
        meant: of a name that is no setting, the one that may be meant.
    """

    setting: str
    text: str
    item: int | None = None
    beside: tuple[str, ...] = ()
    meant: str = ""

    def is_about(self, settings: Collection[str]) -> bool:
        """Say whether it is about one of these settings."""
        return self.setting in settings or any(name in settings for name in self.beside)


def wrong_by_themselves(faults: Iterable[Fault]) -> frozenset[str]:
    """Return the settings whose values cannot be, whatever the others are, and those that were misspelt."""
    return frozenset(name for fault in faults if not fault.beside for name in (fault.setting, fault.meant) if name)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of a setting that is a list of tables; each field has a default."""

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with its fields, beyond their types; `setting` names the field."""
        return iter(())


def faults_of(values: Mapping[str, object], kind: type[S]) -> list[Fault]:
    """Return what is wrong with each value by itself.

    Args:
        values: by name of the setting.
        kind: the table of settings, each of which has a default.
    """
    known = kind.__struct_fields__
    found = [_unknown(name, known) for name in values if name not in known]
    for name, value in values.items():
        if name in known:
            found += _of_value(name, value, kind)
    return found


def _of_value(name: str, value: object, kind: type[msgspec.Struct]) -> list[Fault]:
    """Return what is wrong with a value; of a list, with each of its entries that is wrong by itself."""
    entries = value if isinstance(value, list) else []
    found = [
        _of_error(name, text.replace(f"{name}[0]", f"{name}[{number}]"))
        for number, entry in enumerate(entries)
        if (text := _text_of({name: [entry]}, kind))
    ]
    text = "" if found else _text_of({name: value}, kind)
    return [*found, _of_error(name, text)] if text else found


def _text_of(values: Mapping[str, object], kind: type[msgspec.Struct]) -> str:
    try:
        msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def read_settings(
    values: Mapping[str, object], kind: type[S], checks: Sequence[Callable[[S], Iterable[Fault]]]
) -> tuple[S, list[Fault]]:
    """Return settings, and all that is wrong with them; where a value cannot be, they have the default instead.

    Args:
        values: by name of the setting.
        kind: the table of settings.
        checks: what must hold beyond each value's own type; asked of what is left when faulty values are left out.
    """
    faults = faults_of(values, kind)
    settings = _without(faults, values, kind)
    wrong = wrong_by_themselves(faults)
    faults += [fault for check in checks for fault in check(settings) if not fault.is_about(wrong)]
    return _without(faults, values, kind), faults


def right_entries(values: Mapping[str, object], faults: Iterable[Fault]) -> dict[str, dict[int, object]]:
    """Return the entries that can be of lists that have others that cannot, by their number, by setting."""
    wrong: dict[str, set[int | None]] = {}
    for fault in faults:
        wrong.setdefault(fault.setting, set()).add(fault.item)
    found = {}
    for name, items in wrong.items():
        value = values.get(name)
        if isinstance(value, list) and None not in items and len(items) < len(value):
            found[name] = {number: entry for number, entry in enumerate(value) if number not in items}
    return found


def numbered(fault: Fault, entries: Mapping[int, object]) -> Fault:
    """Return a fault of one of these entries as one of the list that they are taken from."""
    number = list(entries)[fault.item or 0]
    text = fault.text.replace(f"{fault.setting}[{fault.item}]", f"{fault.setting}[{number}]")
    return Fault(fault.setting, text, number)


def _without(faults: Iterable[Fault], values: Mapping[str, object], kind: type[S]) -> S:
    wrong = wrong_by_themselves(faults)
    return msgspec.convert({name: value for name, value in values.items() if name not in wrong}, kind, strict=False)


def read_rows(
    setting: str, tables: Iterable[Mapping[str, object]], kind: type[S], unique: str = ""
) -> tuple[tuple[S, ...], list[Fault]]:
    """Return the entries of a list of tables, and all that is wrong with them.

    Args:
        setting: that has the list.
        tables: these.
        kind: of an entry; each field has a default.
        unique: field by which entries are told apart; "": they need not be.
    """
    rows: list[S] = []
    faults: list[Fault] = []
    for number, table in enumerate(tables):
        row, found = read_settings(table, kind, (_of_row,))
        value = getattr(row, unique) if unique else ""
        if value and any(getattr(other, unique) == value for other in rows):
            found.append(Fault(unique, f"{value!r} stands there twice"))
        faults += [_of_entry(setting, number, fault) for fault in found]
        rows.append(row)
    return tuple(rows), faults


def _of_row(row: msgspec.Struct) -> Iterator[Fault]:
    return row.faults() if isinstance(row, Row) else iter(())


def missing(row: Row, *fields: str) -> Iterator[Fault]:
    """Give a fault for each of these fields that is empty."""
    return (Fault(field, "it is missing") for field in fields if not getattr(row, field))


def refuse_rows(rows: Iterable[Row], unique: str = "") -> None:
    """Refuse entries that nobody has looked at yet.

    Args:
        rows: these.
        unique: as for `read_rows`.

    Raises:
        ValueError: something is wrong with one of them.
    """
    values = set()
    for row in rows:
        for fault in row.faults():
            raise ValueError(f"{fault.setting}: {fault.text}")
        if unique and getattr(row, unique) in values:
            raise ValueError(f"{unique}: {getattr(row, unique)!r} stands there twice")
        if unique:
            values.add(getattr(row, unique))


def _of_entry(setting: str, number: int, fault: Fault) -> Fault:
    return Fault(setting, f"{setting}[{number}].{fault.setting}: {fault.text}", number)


def _unknown(name: str, known: Sequence[str]) -> Fault:
    return Fault(name, f"there is no such setting{question(name, known)}", meant=alike(name, known))


def alike(name: str, known: Sequence[str]) -> str:
    """Return the name that may be meant by another one, "" where none is alike."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=_HOW_ALIKE)), "")


def question(name: str, known: Sequence[str]) -> str:
    """Return a question for the name that may be meant, "" where none is alike."""
    found = alike(name, known)
    return f" (is {found} meant?)" if found else ""


def _of_error(name: str, text: str) -> Fault:
    place = _PLACE.search(text)
    inside = place["place"] if place is not None else name
    item = _ITEM.match(inside)
    words = _PLACE.sub("", text)
    where = f"{inside}: " if inside != name else ""
    return Fault(name, f"{where}{words[:1].lower()}{words[1:]}", None if item is None else int(item["item"]))
