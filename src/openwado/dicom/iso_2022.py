"""Several character sets in one text, switched by escapes (PS3.5 6.1.2.5; PS3.3 tables C.12-3 and C.12-4)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ESCAPE: Final = b"\x1b"

_DESIGNATION: Final = re.compile(rb"\$[()]?[@-~]|[()-][@-~]")
#: Back to the first set, which has the Latin letters.
_FIRST: Final = (b"(B", b"(J", b")I")
#: Escape to Python's name. Those of `_PAIRS` hold two bytes a character in G0, and their codec needs the escape.
_CODECS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"-A": "latin_1",
        b"-B": "iso8859_2",
        b"-C": "iso8859_3",
        b"-D": "iso8859_4",
        b"-F": "iso8859_7",
        b"-G": "iso8859_6",
        b"-H": "iso8859_8",
        b"-L": "iso8859_5",
        b"-M": "iso8859_9",
        b"-T": "tis_620",
        b"-b": "iso8859_15",
        b"$)A": "gb2312",
        b"$)C": "euc_kr",
        b"$B": "iso2022_jp",
        b"$(D": "iso2022_jp_2",
    }
)
_PAIRS: Final = frozenset({b"$B", b"$(D"})

#: Second value of Specific Character Set to the escape that it is switched to by.
_SECOND: Final[Mapping[str, bytes]] = MappingProxyType(
    {"ISO 2022 IR 58": b"$)A", "ISO 2022 IR 149": b"$)C", "ISO 2022 IR 87": b"$B"}
)
_KATAKANA: Final = range(0xFF61, 0xFFA0)


def decode_extended(value: bytes, first: str, delimiters: str) -> str:
    """Return a text with escapes as Unicode; what cannot be decoded becomes U+FFFD.

    Args:
        value: the stored bytes.
        first: Python's name of the set that is active at the start and after each delimiter (PS3.5 6.1.2.5.3).
        delimiters: characters after which it is.
    """
    plain, *escaped = value.split(ESCAPE)
    return plain.decode(first, "replace") + "".join(_fragment(piece, first, delimiters) for piece in escaped)


def _fragment(piece: bytes, first: str, delimiters: str) -> str:
    found = _DESIGNATION.match(piece)
    designation = found[0] if found else b""
    rest = piece[len(designation) :]
    if designation in _PAIRS:
        return (ESCAPE + piece).decode(_CODECS[designation], "replace")
    if designation in _FIRST:
        katakana = designation != b"(B"
        return rest.decode("shift_jis" if katakana else first, "replace")
    if designation not in _CODECS:
        return "\ufffd" + rest.decode(first, "replace")
    ends = [at for at in map(rest.find, (character.encode() for character in delimiters)) if at >= 0]
    end = min(ends, default=len(rest))
    return rest[:end].decode(_CODECS[designation], "replace") + rest[end:].decode(first, "replace")


def encode_extended(text: str, character_set: tuple[str, ...], delimiters: str) -> bytes:
    """Return a text as bytes of a single-byte set and a multi-byte one.

    Before each delimiter the first is active again (PS3.5 6.1.2.5.3).

    Args:
        text: the whole value.
        character_set: two values of Specific Character Set: the default repertoire or ISO 2022 IR 13, and a key of
            `_SECOND`.
        delimiters: characters that end a state.

    Raises:
        UnicodeEncodeError: a character is in neither.
    """
    pieces = re.split(f"([{re.escape(delimiters)}])", text)
    return b"".join(_piece(piece, character_set) for piece in pieces)


def _piece(piece: str, character_set: tuple[str, ...]) -> bytes:
    """Return what stands between two delimiters: an escape wherever the set changes."""
    designation = _SECOND[character_set[1]]
    in_first = _roman_and_katakana if character_set[0] == "ISO 2022 IR 13" else _ascii
    back = b"(J" if character_set[0] == "ISO 2022 IR 13" else b"(B"
    written = bytearray()
    switched = False
    for character in piece:
        one = in_first(character)
        if one is None:
            one = _of_second(character, designation)
            if not switched:
                written += ESCAPE + designation
            switched = True
        elif switched and designation in _PAIRS:
            written += ESCAPE + back
            switched = False
        written += one
    if switched and designation in _PAIRS:
        written += ESCAPE + back
    return bytes(written)


def _ascii(character: str) -> bytes | None:
    return character.encode() if character.isascii() else None


def _roman_and_katakana(character: str) -> bytes | None:
    """Return a byte of JIS X 0201, of which backslash and tilde are not sure to be shown as such."""
    if ord(character) in _KATAKANA:
        return bytes([ord(character) - _KATAKANA.start + 0xA1])
    return _ascii(character)


def _of_second(character: str, designation: bytes) -> bytes:
    encoded = character.encode(_CODECS[designation])
    if designation not in _PAIRS:
        return encoded
    opening = ESCAPE + designation
    if not encoded.startswith(opening):
        raise UnicodeEncodeError(_CODECS[designation], character, 0, 1, "not in this set")
    return encoded[len(opening) : len(opening) + 2]
