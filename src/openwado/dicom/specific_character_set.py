"""Texts of an object as Unicode (PS3.5 6.1, PS3.3 C.12.1.1.2)."""

from __future__ import annotations

import threading
import warnings

_ESCAPE = b"\x1b"
_DELIMITERS = {ord(character) for character in "^=\\\r\n\t\f"}

#: pydicom tells of malformed character sets by warnings, whose filters belong to the whole process.
_quiet = threading.Lock()


def decode_text(value: bytes, character_set: tuple[str, ...]) -> str:
    """Return a stored text as Unicode, without padding; what cannot be decoded becomes U+FFFD.

    Args:
        value: the stored bytes. Components of a name are separated by "=".
        character_set: the values of Specific Character Set.
    """
    if value.isascii() and _ESCAPE not in value:
        return value.decode("ascii").strip(" \0\r\n\t")
    from pydicom.charset import decode_bytes  # noqa: PLC0415 -- heavy; most texts do without

    encodings = python_encodings(character_set)
    with _quiet, warnings.catch_warnings(action="ignore"):
        try:
            parts = [decode_bytes(part, encodings, _DELIMITERS) for part in value.split(b"=")]
        except (ValueError, LookupError):
            parts = [value.decode("latin-1")]
    return "=".join(parts).strip(" \0\r\n\t")


def python_encodings(character_set: tuple[str, ...]) -> list[str]:
    """Return Python's names of character sets; unknown ones count as the default repertoire.

    Args:
        character_set: the values of Specific Character Set.
    """
    from pydicom.charset import convert_encodings  # noqa: PLC0415 -- heavy; most texts do without

    with _quiet, warnings.catch_warnings(action="ignore"):
        return convert_encodings(list(character_set) or [""])
