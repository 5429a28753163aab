"""Texts in the character sets of PS3.18 annex D (REQ-WEB-8.8.5-2, REQ-URI-8.1.6-4)."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

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


#: Characters encoded at once.
_AT_ONCE: Final = 1 << 16

#: Ends of lines that can be written in it; all are ASCII, so that nothing is shifted behind them.
_LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e")


def encoded(pieces: Iterable[str], charset: str) -> Iterator[bytes]:
    """Yield a text as bytes, some at a time.

    Args:
        pieces: of the text, in order.
        charset: IANA name out of the annex.

    Raises:
        NotAcceptable: it has characters that the character set does not have.
    """
    encoder = _Iso2022Cn() if charset == _ISO_2022_CN else codecs.getincrementalencoder(_CODECS.get(charset, charset))()
    try:
        for text in _joined(pieces):
            yield encoder.encode(text)
        yield encoder.encode("", final=True)
    except UnicodeEncodeError:
        raise NotAcceptable(
            f"The document has characters that {charset} does not have; UTF-8 has all of them.", parameter="charset"
        ) from None


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Yield a text in larger pieces."""
    waiting: list[str] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count >= _AT_ONCE:
            yield "".join(waiting)
            waiting.clear()
            count = 0
    yield "".join(waiting)


class _Iso2022Cn:
    """Writes a text in ISO-2022-CN: each line says anew what it shifts to, and ends in ASCII (RFC 1922 3.1)."""

    def __init__(self) -> None:
        self._designated = self._shifted = False

    def encode(self, text: str, final: bool = False) -> bytes:  # noqa: FBT001, FBT002 -- as Python's encoders have it
        """Return the next characters as bytes."""
        return b"".join(self._pieces(text, final=final))

    def _pieces(self, text: str, *, final: bool) -> Iterator[bytes]:
        for character in text:
            is_ascii = character.isascii()
            if is_ascii == self._shifted:
                yield (_SHIFT_IN if is_ascii else (b"" if self._designated else _DESIGNATION) + _SHIFT_OUT)
                self._designated, self._shifted = True, not is_ascii
            yield character.encode("ascii" if is_ascii else "gb2312").translate(None if is_ascii else _SEVEN_BITS)
            if character in _LINE_ENDS:
                self._designated = False
        if final and self._shifted:
            yield _SHIFT_IN
