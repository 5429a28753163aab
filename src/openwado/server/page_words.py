"""Names, dates, sizes and numbers as the web page writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

SEXES = {"M": "male", "F": "female", "O": "other"}

#: How a link to a media type is called.
MEDIA_TYPE_WORDS = {
    "application/dicom": "DICOM",
    "application/pdf": "PDF",
    "image/gif": "GIF",
    "image/jp2": "JPEG 2000",
    "image/jpeg": "JPEG",
    "image/jph": "HTJ2K",
    "image/jxl": "JPEG XL",
    "image/png": "PNG",
    "image/svg+xml": "SVG",
    "model/mtl": "MTL",
    "model/obj": "OBJ",
    "model/stl": "STL",
    "text/html": "HTML",
    "text/plain": "Text",
    "text/rtf": "RTF",
    "text/xml": "XML",
    "video/mp4": "MP4",
    "video/mpeg": "MPEG",
}

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})(?::?\d{2})?(?:\.\d*)?")
#: Han, kana and Hangul: names in these scripts are written without a space or comma between their parts.
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_THOUSAND = 1000


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
    """Return a DA value as 2026-01-31; what is no date, as it is."""
    read = _DATE.fullmatch(value.strip())
    return "-".join(read.groups()) if read else value.strip()


def time(value: str) -> str:
    """Return a TM value as 09:30; what is no time, as it is."""
    read = _TIME.fullmatch(value.strip())
    return f"{read[1]}:{read[2]}" if read else value.strip()


def sex(value: str) -> str:
    """Return (0010,0040) in words."""
    return SEXES.get(value, value)


def size(count: int) -> str:
    """Return a number of bytes, such as 526 kB."""
    if count < _THOUSAND:
        return f"{count} bytes"
    number, unit = float(count), "bytes"
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 -- the unit that the number came down to
        number /= _THOUSAND
        if number < _THOUSAND - 0.5:
            break
    return f"{number:.3g} {unit}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 object, 2 objects, 3 series."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def decimal(value: float) -> str:
    """Return a number without needless digits."""
    return f"{value:.10g}"


def sop_class_name(sop_class_uid: str) -> str:
    """Return what a SOP Class is called (PS3.6 annex A), without the word Storage; the UID where it is unknown."""
    return _name(sop_class_uid).replace(" Storage", "") or "Unknown kind of object"


def transfer_syntax_name(transfer_syntax_uid: str) -> str:
    """Return what a transfer syntax is called (PS3.6 annex A); the UID where it is unknown."""
    return _name(transfer_syntax_uid)


def _name(uid: str) -> str:
    from pydicom.uid import UID  # noqa: PLC0415 -- heavy: whoever sends pictures only does without

    return str(UID(uid).name)


def media_type_word(media_type: str) -> str:
    """Return how a link to a media type is called."""
    return MEDIA_TYPE_WORDS.get(media_type, media_type)
