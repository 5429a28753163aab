"""Values of attributes as people read them, by VR (PS3.5 6.2): long ones are counted, and begin."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isfinite
from struct import calcsize, iter_unpack
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.formatting import age, date, date_time, exact_time, person_name, uid_name
from openwado.dicom.specific_character_set import decode_text
from openwado.document.attribute_names import tag_text
from openwado.document.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language

#: Numbers that are written whole, and how many of more are.
WHOLE_MAX: Final = 160
FIRST: Final = 12
#: Bytes of a text that are read; what is longer says so.
TEXT_MAX: Final = 1 << 20
#: Bytes of unknown VR that are looked at for being a text.
_GLIMPSE: Final = 1024

_NUMBER_CODES: Final = dict(zip(("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"), "HhIiQqfd", strict=True))
_NUMBER_SIZES: Final = {"AT": 4, **{vr: calcsize(f"<{code}") for vr, code in _NUMBER_CODES.items()}}
_NUMBER_STRINGS: Final = frozenset({"DS", "IS"})
_WHOLE_TEXTS: Final = frozenset({"ST", "LT", "UT", "UR"})
_DECODED: Final = frozenset({"SH", "LO", "UC", "PN", *_WHOLE_TEXTS})
_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_LONGEST_NUMBER: Final = 32
#: Decimal exponents of numbers that are written without one.
_PLAIN_EXPONENTS: Final = range(-6, 16)
#: Bytes that are written out.
_FEW: Final = 16
_PRINTABLE: Final = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


class Words(NamedTuple):
    """A value: as people read it, and as it is stored where that is another form, else ""."""

    text: str
    stored: str = ""


def attribute_words(
    attributes: Attributes, tag: int, vr: str, character_set: tuple[str, ...], language: Language
) -> Words:
    """Return the value of an attribute that is no sequence.

    Args:
        attributes: where it is.
        tag: of it, which is there.
        vr: of it.
        character_set: in force for it.
        language: of our own words.
    """
    element = attributes.elements[tag]
    if not element.length:
        return Words("")
    if vr in _NUMBER_SIZES and element.length % _NUMBER_SIZES[vr] == 0:
        return Words(_binary_numbers(attributes, tag, vr, language))
    if vr in _BINARY or vr in _NUMBER_SIZES:
        return Words(_glimpse(attributes, tag, vr, language))
    if vr in _NUMBER_STRINGS:
        return Words(_number_string(attributes.value(tag, element.length), language))
    value = attributes.value(tag, TEXT_MAX)
    text = decode_text(value, character_set) if vr in _DECODED else value.decode("latin-1").strip(" \0\r\n\t")
    words = Words(text) if vr in _WHOLE_TEXTS else _formatted(text, _FORMATS.get(vr))
    if element.length > TEXT_MAX:
        words = Words(f"{words.text} ... {_bytes(element.length, language)}", words.stored)
    return words


def _formatted(text: str, form: Callable[[str], str] | None) -> Words:
    values = [value.strip(" \0") for value in text.split("\\")]
    shown = "; ".join(form(value) if form and value else value for value in values)
    return Words(shown, text if form and shown != text else "")


_FORMATS: Final[Mapping[str, Callable[[str], str]]] = {
    "PN": lambda value: person_name(value).whole or value,
    "DA": date,
    "TM": exact_time,
    "DT": date_time,
    "AS": lambda value: age(value) or value,
    "UI": uid_name,
}


def _binary_numbers(attributes: Attributes, tag: int, vr: str, language: Language) -> str:
    element = attributes.elements[tag]
    code = "HH" if vr == "AT" else _NUMBER_CODES[vr]
    size = _NUMBER_SIZES[vr]
    count = element.length // size
    little = attributes.coding.little_endian or element.vr == "UN"  # PS3.5 6.2.2
    value = attributes.value(tag, size * (count if count <= WHOLE_MAX else FIRST))
    found = iter_unpack(("<" if little else ">") + code, value[: len(value) // size * size])
    if vr == "AT":
        return _listed([tag_text(group << 16 | number) for group, number in found], count, language)
    return _listed([_number(number, vr) for (number,) in found], count, language)


def _number(number: float, vr: str) -> str:
    """Return a number in as many digits as its precision has."""
    if isinstance(number, int):
        return str(number)
    if not isfinite(number):
        return str(number)
    return f"{number:.9g}" if vr == "FL" else repr(number).removesuffix(".0")


def _number_string(value: bytes, language: Language) -> str:
    count = value.count(b"\\") + 1
    written = value.split(b"\\", FIRST if count > WHOLE_MAX else -1)[: FIRST if count > WHOLE_MAX else None]
    return _listed([short_number(number.decode("latin-1")) for number in written], count, language)


def short_number(written: str) -> str:
    """Return a DS or IS without padding, needless zeros or exponent; what is no number, as it is."""
    written = written.strip(" \0")
    try:
        number = Decimal(written) if len(written) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        return written
    if number is None or not number.is_finite() or number.adjusted() not in _PLAIN_EXPONENTS:
        return written
    plain = f"{number:f}"
    return plain.rstrip("0").removesuffix(".") if "." in plain else plain


def _listed(numbers: list[str], count: int, language: Language) -> str:
    listed = ", ".join(numbers)
    if count <= len(numbers):
        return listed
    return label("numbers", language).format(count=str(count), first=listed)


def _glimpse(attributes: Attributes, tag: int, vr: str, language: Language) -> str:
    """Return the length of binary data; what is a text in spite of its VR, as that."""
    element = attributes.elements[tag]
    if vr == "UN" and element.length <= _GLIMPSE:
        value = attributes.value(tag).rstrip(b"\0 ")
        if value and _PRINTABLE.issuperset(value):
            return value.decode("ascii").strip()
    few = f": {attributes.value(tag).hex(' ').upper()}" if element.length <= _FEW else ""
    return _bytes(element.length, language) + few


def _bytes(count: int, language: Language) -> str:
    return f"{count!s} {label('bytes', language)}"
