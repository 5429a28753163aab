"""What is wrong with settings: all of it at once, each with the place where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """

    setting: str
    text: str
    item: int | None = None


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
            try:
                msgspec.convert({name: value}, kind, strict=False)
            except msgspec.ValidationError as error:
                found.append(_of_error(name, str(error)))
    return found


def read_settings(
    values: Mapping[str, object], kind: type[S], checks: Sequence[Callable[[S], Iterable[Fault]]]
) -> tuple[S, list[Fault]]:
    """Return settings, and all that is wrong with them.

    Args:
        values: by name of the setting.
        kind: the table of settings.
        checks: what must hold beyond each value's own type; asked of what is left when faulty values are left out.
    """
    faults = faults_of(values, kind)
    wrong = {fault.setting for fault in faults}
    settings = msgspec.convert({name: value for name, value in values.items() if name not in wrong}, kind, strict=False)
    return settings, [*faults, *(fault for check in checks for fault in check(settings))]


def _unknown(name: str, known: Sequence[str]) -> Fault:
    return Fault(name, f"there is no such setting{meant(name, known)}")


def meant(name: str, known: Sequence[str]) -> str:
    """Return a question for the setting that may be meant, "" where none is alike."""
    alike = get_close_matches(name, known, n=1, cutoff=_HOW_ALIKE)
    return f"; is {alike[0]} meant?" if alike else ""


def _of_error(name: str, text: str) -> Fault:
    place = _PLACE.search(text)
    inside = place["place"] if place is not None else name
    item = _ITEM.match(inside)
    words = _PLACE.sub("", text)
    where = f"{inside}: " if inside != name else ""
    return Fault(name, f"{where}{words[:1].lower()}{words[1:]}", None if item is None else int(item["item"]))
