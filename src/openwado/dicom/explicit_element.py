"""Data elements written in Explicit VR Little Endian (PS3.5 7.1.2), and the VR of those that had none."""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import Final

#: VRs whose length takes four bytes (PS3.5 table 7.1-1).
LONG_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
#: Bytes of a word by VR: what is reversed when byte order changes (PS3.5 7.3); all others are single bytes.
WORD_BYTES: Final = {
    **dict.fromkeys(("US", "SS", "OW", "AT"), 2),
    **dict.fromkeys(("UL", "SL", "FL", "OF", "OL"), 4),
    **dict.fromkeys(("FD", "OD", "SV", "UV", "OV"), 8),
}

_SHORT_HEADER: Final = Struct("<HH2sH")
_LONG_HEADER: Final = Struct("<HH2sHI")
_ITEM_HEADER: Final = Struct("<HHI")
#: Longest value with a 16-bit length: the next is odd (REQ-WEB-8.7.3-1).
_SHORT_LENGTH_MAX: Final = 65534

_PRIVATE_CREATORS: Final = range(0x10, 0x100)


def explicit_header(tag: int, vr: str, length: int) -> bytes:
    """Return the head of an element: tag, VR and length.

    Args:
        tag: of the element.
        vr: two letters; a value too long for a 16-bit length becomes UN (PS3.5 6.2.2).
        length: of the value; 0xFFFFFFFF for undefined.
    """
    if vr not in LONG_VRS:
        if length <= _SHORT_LENGTH_MAX:
            return _SHORT_HEADER.pack(tag >> 16, tag & 0xFFFF, vr.encode(), length)
        vr = "UN"
    return _LONG_HEADER.pack(tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)


def explicit_element(tag: int, vr: str, value: bytes) -> bytes:
    """Return a whole element; value: little endian, of even length."""
    return explicit_header(tag, vr, len(value)) + value


def text_element(tag: int, vr: str, text: str) -> bytes:
    """Return a whole element of the default repertoire, padded to even length."""
    value = text.encode("ascii", "replace")
    return explicit_element(tag, vr, value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2))


def item(*elements: bytes) -> bytes:
    """Return an item of a sequence, of defined length (PS3.5 7.5)."""
    body = b"".join(elements)
    return _ITEM_HEADER.pack(0xFFFE, 0xE000, len(body)) + body


def code_item(value: str, scheme: str, meaning: str) -> bytes:
    """Return an item of a code sequence (PS3.3 8.8)."""
    return item(
        text_element(0x00080100, "SH", value),
        text_element(0x00080102, "SH", scheme),
        text_element(0x00080104, "LO", meaning),
    )


def implicit_vr(tag: int, *, signed: bool) -> str:
    """Return the VR of an element that was written without one (PS3.5 A.1, PS3.6).

    Where the dictionary leaves a choice, Pixel Representation decides on US or SS, and words are OW: that is how
    Implicit VR writes them. Private elements and unknown ones are UN (PS3.5 6.2.2), private creators LO.

    Args:
        tag: of the element.
        signed: whether Pixel Representation (0028,0103) of the data set around it is 1.
    """
    if tag >> 16 & 1:
        return "LO" if tag & 0xFFFF in _PRIVATE_CREATORS else "UN"
    vr = dictionary_vr(tag)
    if vr == "US or SS":
        return "SS" if signed else "US"
    return "OW" if "OW" in vr else vr


@cache
def dictionary_vr(tag: int) -> str:
    """Return the VR that PS3.6 names, with its alternatives; "UN" for unknown tags."""
    from pydicom.datadict import dictionary_VR  # noqa: PLC0415 -- heavy; explicit objects do without

    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"
