"""Texts in the character sets of PS3.18 annex D (REQ-WEB-8.8.5-2, REQ-URI-8.1.6-4)."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from openwado.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Python's names where they are others than IANA's.
_CODECS = {"ISO-2022-JP": "iso2022_jp", "ISO-2022-KR": "iso2022_kr", "US-ASCII": "ascii"}

#: RFC 1922: GB 2312 in the upper half, shifted to and from.
_ISO_2022_CN = "ISO-2022-CN"
_DESIGNATION, _SHIFT_OUT, _SHIFT_IN = b"\x1b$)A", b"\x0e", b"\x0f"
_SEVEN_BITS = bytes(range(128)) * 2

#: Those that have all characters of our own Chinese words.
HAS_CHINESE = frozenset({"UTF-8", "GB18030", "GBK", _ISO_2022_CN})


def encoded(pieces: Iterable[str], charset: str) -> bytes:
    """Return a text as bytes.

    Args:
        pieces: of the text, in order.
        charset: IANA name out of the annex.

    Raises:
        NotAcceptable: it has characters that the character set does not have.
    """
    try:
        if charset == _ISO_2022_CN:
            return b"".join(_iso_2022_cn("".join(pieces)))
        encoder = codecs.getincrementalencoder(_CODECS.get(charset, charset))()
        return b"".join([*map(encoder.encode, pieces), encoder.encode("", final=True)])
    except UnicodeEncodeError:
        raise NotAcceptable(
            f"The document has characters that {charset} does not have; UTF-8 has all of them.", parameter="charset"
        ) from None


def _iso_2022_cn(text: str) -> Iterator[bytes]:
    """Yield a text in ISO-2022-CN: each line says anew what it shifts to, and ends in ASCII (RFC 1922 3.1)."""
    for line in text.splitlines(keepends=True):
        designated = shifted = False
        for character in line:
            is_ascii = character.isascii()
            if is_ascii == shifted:
                yield (_SHIFT_IN if is_ascii else (b"" if designated else _DESIGNATION) + _SHIFT_OUT)
                designated, shifted = designated or not is_ascii, not is_ascii
            yield character.encode("ascii" if is_ascii else "gb2312").translate(None if is_ascii else _SEVEN_BITS)
        if shifted:
            yield _SHIFT_IN
