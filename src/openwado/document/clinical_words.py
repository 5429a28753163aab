"""Names, dates, identifiers and codes of clinical documents as people read them (HL7 data types; CDA R1 and R2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import date_time, person_name
from openwado.document.labels import label
from openwado.document.model import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.document.labels import Language
    from openwado.document.xml_tree import XmlElement

#: Confidentiality and administrative gender (HL7 vocabulary) to labels.
_CONFIDENTIALITY: Final = {
    "U": "unrestricted",
    "L": "low",
    "M": "moderate",
    "N": "normal",
    "R": "restricted",
    "V": "very restricted",
}
_GENDERS: Final = {"M": "male", "F": "female", "UN": "other", "O": "other"}
#: Parts of names, of R2 and R1, to components of a DICOM name: family, given, prefix, suffix.
_NAME_PARTS: Final = {
    "family": 0,
    "given": 1,
    "prefix": 3,
    "suffix": 4,
    "FAM": 0,
    "GIV": 1,
    "MID": 2,
    "PFX": 3,
    "SFX": 4,
}


def value_of(element: XmlElement | None) -> str:
    """Return an attribute that is the value of an element: value (R2) or V (R1)."""
    return (element.get("value") or element.get("V")) if element is not None else ""


def code_of(element: XmlElement | None) -> Code | None:
    """Return a code (CD, CE); None where it says nothing."""
    if element is None:
        return None
    original = element.find("originalText")
    code = Code(
        meaning=element.get("displayName") or element.get("DN") or (original.text if original is not None else ""),
        value=element.get("code") or element.get("V"),
        scheme=element.get("codeSystemName") or element.get("SN") or element.get("codeSystem") or element.get("S"),
    )
    return code if code.words else None


def coded(element: XmlElement | None) -> str:
    """Return what a code means."""
    code = code_of(element)
    return code.words if code is not None else ""


def when(element: XmlElement | None) -> str:
    """Return a point or an interval of time (TS, IVL_TS)."""
    if element is None:
        return ""
    if value := value_of(element):
        return date_time(value)
    ends = [date_time(value_of(element.find(name))) for name in ("low", "high")]
    return " - ".join(ends) if all(ends) else "".join(ends)


def confidentiality(element: XmlElement | None, language: Language) -> str:
    """Return who may read a document."""
    code = code_of(element)
    if code is None:
        return ""
    return label(_CONFIDENTIALITY[code.value], language) if code.value in _CONFIDENTIALITY else code.words


def gender(element: XmlElement | None, language: Language) -> str:
    """Return an administrative gender."""
    code = code_of(element)
    if code is None:
        return ""
    return label(_GENDERS[code.value], language) if code.value in _GENDERS else code.words


def identifiers(element: XmlElement | None) -> str:
    """Return the identifiers of somebody: extensions where there are any, else roots."""
    if element is None:
        return ""
    found = [
        one.get("extension") or one.get("EX") or one.get("root") or one.get("RT") for one in element.children("id")
    ]
    return ", ".join(dict.fromkeys(filter(None, found)))


def name_of(element: XmlElement | None) -> str:
    """Return the names of a person or an organization."""
    if element is None:
        return ""
    names = (_name(name) for name in element.children("name", "person_name", "organization.nm"))
    return " / ".join(dict.fromkeys(filter(None, names)))


def _name(name: XmlElement) -> str:
    components = [""] * 5
    for part in name.walk():
        place = _NAME_PARTS.get(part.name)
        text = part.text or part.get("V") if place is not None else ""
        if place is not None and text:
            components[place] = f"{components[place]} {text.replace('^', ' ').replace('=', ' ')}".strip()
    if any(components):
        return person_name("^".join(components)).whole
    return name.text or name.get("V")


def addresses(element: XmlElement | None) -> str:
    """Return addresses and numbers to call."""
    return "; ".join(_addresses(element)) if element is not None else ""


def _addresses(element: XmlElement) -> Iterator[str]:
    for address in element.children("addr"):
        parts = (part.text or part.get("V") for part in address.children())
        words = ", ".join(filter(None, parts)) or address.text
        if words:
            yield words
    for number in element.children("telecom"):
        if called := value_of(number):
            yield called.removeprefix("tel:").removeprefix("mailto:")
