"""Names, dates, times and numbers of DICOM as people read them (PS3.5 6.2); what is none of these stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})(?::?(\d{2})(\.\d*)?)?")
_DATE_TIME = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2}(?:\d{2}(?:\d{2}(?:\.\d*)?)?)?)?([+-]\d{4})?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_AGE_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "y"}
#: Han, kana and Hangul: names in these scripts are written without a space or comma between their parts.
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name to show: `main` first, and the same name in another script beside it, "" where there is none."""

    main: str
    beside: str

    @property
    def whole(self) -> str:
        """Both, in one line."""
        return f"{self.main} {self.beside}".strip()


def person_name(value: str) -> PersonName:
    """Read a PN value (PS3.5 6.2.1): alphabetic, ideographic and phonetic groups, separated by "="."""
    groups = [_spelled(group) for group in value.split("=")[:3]]
    distinct = list(dict.fromkeys(name for name in groups if name))
    main = distinct[0] if distinct else ""
    beside = distinct[1] if len(distinct) > 1 else ""
    return PersonName(main, beside)


def _spelled(group: str) -> str:
    """Return one component group (family^given^middle^prefix^suffix) as its script is written."""
    components = [component.strip() for component in group.split("^")[:5]]
    if _EAST_ASIAN.search(group):
        return "".join(components)
    family, given, middle, prefix, suffix = (*components, "", "", "", "", "")[:5]
    names = " ".join(part for part in (prefix, given, middle) if part)
    return ", ".join(part for part in (family, names, suffix) if part)


def date(value: str) -> str:
    """Return a DA value as 2026-01-31."""
    read = _DATE.fullmatch(value.strip())
    return "-".join(read.groups()) if read else value.strip()


def time(value: str) -> str:
    """Return a TM value as 09:30: to the minute."""
    read = _TIME.fullmatch(value.strip())
    return f"{read[1]}:{read[2]}" if read else value.strip()


def exact_time(value: str) -> str:
    """Return a TM value as 09:30:12.5: as exact as it is, but for zeros."""
    read = _TIME.fullmatch(value.strip())
    if not read:
        return value.strip()
    fraction = (read[4] or "").rstrip("0")
    return ":".join(part for part in read.groups()[:3] if part) + (fraction if fraction != "." else "")


def date_time(value: str) -> str:
    """Return a DT value, or one of HL7 (TS), as 2026-01-31 09:30:12 +01:00: as much of it as there is."""
    read = _DATE_TIME.fullmatch(value.strip())
    if not read or not read[2]:
        return value.strip()
    day = "-".join(part for part in read.groups()[:3] if part)
    hour = exact_time(read[4]) if read[4] else ""
    zone = f"{read[5][:3]}:{read[5][3:]}" if read[5] else ""
    return " ".join(part for part in (day, hour, zone) if part)


def age(value: str) -> str:
    """Return an AS value as 44 y; "" of what is none."""
    read = _AGE.fullmatch(value.strip())
    return f"{int(read[1])} {_AGE_UNITS[read[2]]}" if read else ""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 object, 2 objects, 3 series."""
    return f"{grouped(count)} {one if count == 1 else many or one + 's'}"


def grouped(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def sop_class_name(sop_class_uid: str) -> str:
    """Return what a SOP Class is called (PS3.6 annex A), without the word Storage; the UID where it is unknown."""
    return uid_name(sop_class_uid).replace(" Storage", "") or "Unknown kind of object"


def uid_name(uid: str) -> str:
    """Return what a UID is called (PS3.6 annex A); the UID where it is unknown."""
    from pydicom.config import IGNORE  # noqa: PLC0415 -- heavy: whoever sends pictures only does without
    from pydicom.uid import UID  # noqa: PLC0415 -- as above

    return str(UID(uid, validation_mode=IGNORE).name)
