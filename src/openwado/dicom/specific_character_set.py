"""Texts of an object as Unicode (PS3.5 6.1, PS3.3 C.12.1.1.2)."""

from __future__ import annotations

import threading
import warnings
from typing import Final

from openwado.dicom.iso_2022 import ESCAPE, decode_extended, encode_extended

#: Where a state of ISO 2022 ends (PS3.5 6.1.2.5.3).
_TEXT_DELIMITERS: Final = "\\\r\n\t\f"
_NAME_DELIMITERS: Final = _TEXT_DELIMITERS + "^="

#: What pydicom calls the default repertoire, and all that it does not know: it lets all of Latin 1 pass.
_DEFAULT: Final = "iso8859"
#: What pydicom does not know: Latin 9, alone and under code extensions.
_LATIN_9: Final = frozenset({"ISO_IR 203", "ISO 2022 IR 203"})

#: pydicom tells of malformed character sets by warnings, whose filters belong to the whole process.
_quiet = threading.Lock()


def decode_text(value: bytes, character_set: tuple[str, ...]) -> str:
    """Return a stored text as Unicode, without padding; what cannot be decoded becomes U+FFFD.

    Args:
        value: the stored bytes. Components of a name are separated by "=".
        character_set: the values of Specific Character Set.
    """
    if value.isascii() and ESCAPE not in value:
        return value.decode("ascii").strip(" \0\r\n\t")
    try:
        text = decode_extended(value, python_encodings(character_set)[0], _NAME_DELIMITERS)
    except (ValueError, LookupError):  # the name of one of Python's codecs that is not for texts
        text = value.decode("latin-1")
    return text.strip(" \0\r\n\t")


def python_encodings(character_set: tuple[str, ...]) -> list[str]:
    """Return Python's names of character sets; unknown ones count as the default repertoire.

    Args:
        character_set: the values of Specific Character Set.
    """
    from pydicom.charset import convert_encodings  # noqa: PLC0415 -- heavy; most texts do without

    with _quiet, warnings.catch_warnings(action="ignore"):
        found = convert_encodings(list(character_set) or [""])
    if character_set and character_set[0].strip() in _LATIN_9:
        found[0] = "iso8859_15"
    return found


def decode_value(value: bytes, character_set: tuple[str, ...], *, is_name: bool) -> str:
    """Return a whole stored value as Unicode, spaces and delimiters kept; what cannot be decoded becomes U+FFFD.

    Bytes beyond the default repertoire are not guessed, nor those of a set that nobody knows.

    Args:
        value: the stored bytes.
        character_set: the values of Specific Character Set.
        is_name: whether the VR is PN, in which `^` and `=` end a state of ISO 2022 (PS3.5 6.1.2.5.3).
    """
    try:
        return decode_extended(value, _strict_first(character_set), _delimiters(is_name=is_name))
    except (ValueError, LookupError):
        return "\ufffd"


def encode_value(text: str, character_set: tuple[str, ...], *, is_name: bool) -> bytes | None:
    """Return a text as a stored value of even length; None if it does not fit the character set.

    Args:
        text: the whole value, with its delimiters.
        character_set: the values of Specific Character Set, of a row of the annex; () for the default repertoire.
        is_name: whether the VR is PN.
    """
    try:
        if len(character_set) > 1:
            value = encode_extended(text, character_set, _delimiters(is_name=is_name))
        else:
            value = text.encode(_strict_first(character_set))
    except UnicodeError:
        return None
    return value + b" " * (len(value) % 2)


def _strict_first(character_set: tuple[str, ...]) -> str:
    found = python_encodings(character_set)[0]
    return "ascii" if found == _DEFAULT else found


def _delimiters(*, is_name: bool) -> str:
    return _NAME_DELIMITERS if is_name else _TEXT_DELIMITERS
