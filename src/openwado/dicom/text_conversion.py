"""Texts of an object in another character set (PS3.18 8.1.6 legacy, 8.8; PS3.5 6.1, PS3.3 C.12.1.1.2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from openwado.dicom.explicit_element import explicit_element
from openwado.dicom.revision import Verdict
from openwado.dicom.specific_character_set import decode_value, encode_value
from openwado.errors import NotAcceptable

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.revision import Change, Scope

SPECIFIC_CHARACTER_SET: Final = 0x00080005

#: VRs that Specific Character Set is about (PS3.5 6.1.2.2).
TEXT_VRS: Final = frozenset({"SH", "LO", "ST", "LT", "UC", "UT", "PN"})


class TextConversion:
    """A scope that converts texts.

    Args:
        name: of the target, for people.
        stored: the values of Specific Character Set that are in force.
        target: those that will be; () for the default repertoire.
    """

    __slots__ = ("_name", "_stored", "_target")

    def __init__(self, name: str, stored: tuple[str, ...], target: tuple[str, ...]) -> None:
        self._name = name
        self._stored = stored
        self._target = target

    def inner(self, attributes: Attributes) -> Scope:
        """Return the same for an item, which may have a character set of its own, or inherits (C.12.1.1.2)."""
        return TextConversion(self._name, attributes.character_set() or self._stored, self._target)

    def change(self, tag: int, vr: str) -> Change:
        """Convert texts; name the new set wherever one is named."""
        if tag == SPECIFIC_CHARACTER_SET:
            return partial(_named, self._target) if self._target else Verdict.DROPPED
        return partial(self._converted, vr) if vr in TEXT_VRS else Verdict.KEPT

    def _converted(self, vr: str, value: bytes) -> bytes:
        if value.isascii() and b"\x1b" not in value:
            return value
        text = decode_value(value, self._stored, is_name=vr == "PN")
        if "\ufffd" in text:
            raise NotAcceptable(
                "This object holds text that is not in the character set that it names (0008,0005), so it cannot be "
                "converted. Leave charset out to have it as it is.",
                parameter="charset",
            )
        converted = encode_value(text, self._target, is_name=vr == "PN")
        if converted is None:
            raise NotAcceptable(
                f"Not every character of this object can be written in {self._name}. Leave charset out to have it as "
                "it is, or ask for UTF-8.",
                parameter="charset",
            )
        return converted


def character_set_element(target: tuple[str, ...]) -> dict[int, bytes]:
    """Return Specific Character Set as an element by tag; nothing for the default repertoire."""
    if not target:
        return {}
    return {SPECIFIC_CHARACTER_SET: explicit_element(SPECIFIC_CHARACTER_SET, "CS", _named(target, b""))}


def _named(target: tuple[str, ...], _value: bytes) -> bytes:
    value = "\\".join(target).encode()
    return value + b" " * (len(value) % 2)
