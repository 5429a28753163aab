"""Texts in the character sets of the annex (REQ-WEB-8.8.5-2, REQ-URI-8.1.6-4)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.document.encoding import HAS_CHINESE, encoded
from openwado.document.labels import LABELS
from openwado.errors import NotAcceptable
from openwado.protocol.charset import CHARACTER_SETS

SAMPLES = {
    "US-ASCII": "plain",
    "ISO-8859-1": "Gr\u00fc\u00dfe",
    "ISO-8859-2": "\u017b\u00f3\u0142\u0107",
    "ISO-8859-3": "\u0126elu",
    "ISO-8859-4": "\u0100\u010d",
    "ISO-8859-5": "\u0418\u0432\u0430\u043d",
    "ISO-8859-6": "\u0642\u0628\u0627\u0646\u064a",
    "ISO-8859-7": "\u0394\u03b9\u03bf\u03bd",
    "ISO-8859-8": "\u05e9\u05e8\u05d5\u05df",
    "ISO-8859-9": "\u011eaz\u0131",
    "ISO-8859-15": "5 \u20ac",
    "TIS-620": "\u0e19\u0e32\u0e22",
    "ISO-2022-JP": "\u5c71\u7530",
    "ISO-2022-KR": "\uae40\ud76c\uc911",
    "ISO-2022-CN": "\u5f20\u534e",
    "GB18030": "\u738b\U00020000",
    "GBK": "\u738b\u5c0f\u6771",
    "UTF-8": "\U0001fac0",
}


@pytest.mark.parametrize("charset", [row.name for row in CHARACTER_SETS if row.name != "ISO-2022-CN"])
def test_each_set_is_read_back(charset: str) -> None:
    """The bytes are those of the character set: they decode to the text under its IANA name."""
    text = f"a {SAMPLES[charset]}\n{SAMPLES[charset]} b"
    assert b"".join(encoded(iter([text[:3], text[3:]]), charset)).decode(charset) == text


@given(st.lists(st.sampled_from(["ab", "\u5f20", "\u534e\u4e2d", "\n", " "])))
def test_iso_2022_cn(pieces: list[str]) -> None:
    """RFC 1922 3.1: each line names GB 2312 before its first use and is back in ASCII at its end."""
    text = "".join(pieces)
    read = ""
    for line in b"".join(encoded(pieces, "ISO-2022-CN")).splitlines(keepends=True):
        designated = False
        for part in re.split(rb"(\x1b\$\)A|\x0e[^\x0f]*\x0f)", line):
            if part == b"\x1b$)A":
                designated = True
            elif part.startswith(b"\x0e"):
                assert designated
                read += bytes(byte | 0x80 for byte in part[1:-1]).decode("gb2312")
            else:
                read += part.decode("ascii")
    assert read == text


@pytest.mark.parametrize("charset", [row.name for row in CHARACTER_SETS if row.name not in ("UTF-8", "GB18030")])
def test_what_does_not_fit_is_406(charset: str) -> None:
    """REQ-WEB-8.8.5-2: a character that the set does not have makes it unacceptable; nothing is replaced."""
    with pytest.raises(NotAcceptable) as caught:
        list(encoded(["fits", "\U0001fac0"], charset))
    assert caught.value.parameter == "charset"
    assert charset in caught.value.public


def test_our_words_fit() -> None:
    """Chinese words of ours are in every set that is said to have them, English ones in all."""
    for charset in HAS_CHINESE:
        assert b"".join(encoded(LABELS["zh-CN"].values(), charset))
    for row in CHARACTER_SETS:
        for key, word in LABELS["en"].items():
            assert b"".join(encoded([word], row.name)), key
