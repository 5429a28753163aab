"""What attributes are called, and of which VR they are (PS3.6; PS3.5 6.2.2, 7.8)."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from openwado.dicom.explicit_element import LONG_VRS, WORD_BYTES, implicit_vr
from openwado.dicom.specific_character_set import decode_text

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

#: Value Representations that are written as they are called (PS3.5 6.2).
_KNOWN_VRS: Final = frozenset(
    {*LONG_VRS, *WORD_BYTES, *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI")}
)
_PIXEL_REPRESENTATION: Final = 0x00280103
_CREATORS: Final = range(0x10, 0x100)
_ITEM: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")


def tag_text(tag: int) -> str:
    """Return a tag as (300A,00B0)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def attribute_name(attributes: Attributes, tag: int) -> str:
    """Return what an attribute is called: by PS3.6; of a private one by its creator's dictionary; "" where unknown.

    Args:
        attributes: where it is: private tags mean what the creator beside them says (PS3.5 7.8.1).
        tag: of it.
    """
    if not tag >> 16 & 1:
        return _standard_name(tag)
    if tag & 0xFFFF in _CREATORS:
        return "Private Creator"
    return _private_name(tag, private_creator(attributes, tag))


def attribute_keyword(tag: int) -> str:
    """Return the keyword of a standard attribute (PS3.6); "" where it has none."""
    return "" if tag >> 16 & 1 else _keyword(tag)


def chinese_name(keyword: str) -> str:
    """Return what a standard attribute is called in Chinese; "" where no name is known here."""
    return _chinese_names().get(keyword, "")


def private_creator(attributes: Attributes, tag: int) -> str:
    """Return who defines a private attribute; "" where nobody says so, or it is none."""
    block = tag >> 8 & 0xFF
    if not tag >> 16 & 1 or block not in _CREATORS:
        return ""
    return decode_text(attributes.value(tag & 0xFFFF0000 | block, 64), ())


def attribute_vr(attributes: Attributes, tag: int, *, signed: bool) -> str:
    """Return the VR of an attribute: as written, else (also of UN) by the dictionary.

    A private value of unknown VR that begins like an item is a sequence (PS3.5 6.2.2).

    Args:
        attributes: where it is.
        tag: of it, which is there.
        signed: whether Pixel Representation around it is 1.
    """
    element = attributes.elements[tag]
    if element.vr in _KNOWN_VRS and element.vr != "UN":
        return element.vr
    vr = implicit_vr(tag, signed=signed)
    if vr in ("UN", "OB or OW"):
        vr = _private_vr(tag, private_creator(attributes, tag)) or "UN"
    if vr == "UN" and (element.undefined or attributes.value(tag, 4) in _ITEM):
        return "SQ"
    return vr if vr in _KNOWN_VRS else "UN"


def is_signed(attributes: Attributes, *, around: bool) -> bool:
    """Return whether words of unknown sign have one: Pixel Representation, of the data set around where absent."""
    if _PIXEL_REPRESENTATION not in attributes:
        return around
    said = attributes.integer(_PIXEL_REPRESENTATION)
    return around if said is None else said == 1


@cache
def _standard_name(tag: int) -> str:
    from pydicom.datadict import dictionary_description  # noqa: PLC0415 -- heavy; pictures do without

    try:
        return dictionary_description(tag)
    except KeyError:
        return ""


@cache
def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 -- as above

    return keyword_for_tag(tag)


@cache
def _chinese_names() -> dict[str, str]:
    table = resources.files("openwado.document").joinpath("attribute_names_zh.csv").read_text(encoding="utf-8")
    return {row["keyword"]: row["zh-CN"] for row in csv.DictReader(table.splitlines())}


def _private_name(tag: int, creator: str) -> str:
    from pydicom.datadict import private_dictionary_description  # noqa: PLC0415 -- as above

    try:
        return private_dictionary_description(tag, creator).strip()
    except KeyError:
        return ""


def _private_vr(tag: int, creator: str) -> str:
    from pydicom.datadict import private_dictionary_VR  # noqa: PLC0415 -- as above

    try:
        return private_dictionary_VR(tag, creator)
    except KeyError:
        return ""
