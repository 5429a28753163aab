"""The Basic Application Level Confidentiality Profile as a table: what becomes of each attribute (PS3.15 table E.1-1).

`confidentiality_profile.csv` holds the table of PS3.15 2024c, options included; the Basic Profile's column is read.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Action = Literal["D", "Z", "X", "U"]

#: Where the type of an attribute in its IOD would decide, what breaks none (PS3.15 E.1.1).
_WHATEVER_THE_TYPE: Final[Mapping[str, Action]] = MappingProxyType(
    {"D": "D", "Z": "Z", "X": "X", "U": "U", "X/Z": "Z", "Z/D": "D", "X/D": "D", "X/Z/D": "D", "X/Z/U*": "U"}
)

#: Not in the table, and known to tell who somebody is (AN-5): IDs' issuers, dates of other calendars, HL7 identifiers.
GAPS: Final[Mapping[int, Action]] = MappingProxyType(
    dict.fromkeys((0x00100024, 0x00080051, 0x00100033, 0x00100034, 0x00100035, 0x0040E001), "X")
)

#: Rows for one attribute; those for whole groups are in `is_dropped_group`.
_ONE_TAG: Final = re.compile("[0-9A-F]{8}")

#: Where one of the choices breaks IODs: this sequence may be missing, but not be empty (PS3.3 C.7.2.1).
_CHOICES: Final[Mapping[int, Action]] = MappingProxyType({0x00081110: "X"})

#: UIDs that say of what kind something is, and not which: private ones stay like registered ones (AN-4).
KINDS: Final = frozenset(
    {
        *(0x00080016, 0x0008001A, 0x0008001B, 0x00080062, 0x0008010C, 0x0008010D, 0x00080117, 0x00080118),
        *(0x00081150, 0x0008115A, 0x00083002, 0x00041510, 0x00041512, 0x0004151A, 0x00203306),
    }
)

#: Groups that repeat: curves and overlays go as a whole, for what is left of a plane is none (AN-7).
_REPEATING: Final = frozenset({0x50, 0x60})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        tag: eight hexadecimal digits, with x for any; or which group is meant.
        keyword: of the attribute, or what it is.
        vr: "" where there is none.
        basic: what the Basic Profile asks for, in the letters of PS3.15 table E.1-1.
    """

    tag: str
    keyword: str
    vr: str
    basic: str


@lru_cache(maxsize=1)
def profile_table() -> tuple[Row, ...]:
    """Return the table of the standard."""
    text = resources.files("openwado.dicom").joinpath("confidentiality_profile.csv").read_text(encoding="utf-8")
    return tuple(Row(row["tag"], row["keyword"], row["vr"], row["basic"]) for row in csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def profile() -> Mapping[int, Action]:
    """Return the action for each attribute of the table by tag."""
    listed = {int(row.tag, 16): _WHATEVER_THE_TYPE[row.basic] for row in profile_table() if _ONE_TAG.fullmatch(row.tag)}
    return MappingProxyType({**GAPS, **listed, **_CHOICES})


def is_dropped_group(tag: int) -> bool:
    """Say whether all of an element's group goes: private ones, curves and overlays."""
    group = tag >> 16
    return bool(group & 1) or group >> 8 in _REPEATING
