"""Section 6: names of character sets, and the choice among them (PS3.18 8.1.6 and annex legacy; 8.8, annex D)."""

from __future__ import annotations

import pytest

from openwado.errors import BadRequest
from openwado.protocol.charset import (
    CHARACTER_SETS,
    CharsetRange,
    choose_charset,
    defined_terms,
    iana_name,
    matches_stored,
    parse_accept_charset,
    parse_charset,
)

ANNEX = {
    "ISO-8859-1": "ISO_IR 100",
    "ISO-8859-2": "ISO_IR 101",
    "ISO-8859-3": "ISO_IR 109",
    "ISO-8859-4": "ISO_IR 110",
    "ISO-8859-5": "ISO_IR 144",
    "ISO-8859-6": "ISO_IR 127",
    "ISO-8859-7": "ISO_IR 126",
    "ISO-8859-8": "ISO_IR 138",
    "ISO-8859-9": "ISO_IR 148",
    "ISO-8859-15": "ISO_IR 203",
    "TIS-620": "ISO_IR 166",
    "ISO-2022-JP": "ISO 2022 IR 13\\ISO 2022 IR 87",
    "ISO-2022-KR": "ISO 2022 IR 6\\ISO 2022 IR 149",
    "ISO-2022-CN": "ISO 2022 IR 6\\ISO 2022 IR 58",
    "GB18030": "GB18030",
    "GBK": "GBK",
    "UTF-8": "ISO_IR 192",
}
SUPPORTED = ("UTF-8", "ISO-8859-1", "GB18030")


@pytest.mark.parametrize("name", ANNEX)
def test_annex_mapping(name: str) -> None:
    """The annex: each IANA name has its defined terms, and both are known in any case."""
    terms = tuple(ANNEX[name].split("\\"))
    assert defined_terms(name) == defined_terms(name.lower()) == terms
    assert iana_name(ANNEX[name]) == iana_name(ANNEX[name].lower()) == name
    assert matches_stored(name, terms)
    assert not matches_stored(name, ())
    assert [row.name for row in CHARACTER_SETS if matches_stored(row.name, terms)] == [name]


def test_annex_us_ascii() -> None:
    """US-ASCII, which the annex lacks, is the default repertoire: the element is absent, or says ISO_IR 6."""
    assert defined_terms("us-ascii") == ()
    for stored in ((), ("",), ("ISO_IR 6",), ("ISO 2022 IR 6",)):
        assert matches_stored("US-ASCII", stored)
    assert not matches_stored("US-ASCII", ("ISO_IR 192",))


def test_annex_names_that_it_does_not_have() -> None:
    """Unknown names have no defined terms and match nothing."""
    assert iana_name("KOI8-R") is None
    assert defined_terms("KOI8-R") is None
    assert not matches_stored("KOI8-R", ())


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("latin1", ("ISO 2022 IR 100",)),
        ("ISO-2022-JP", ("", "ISO 2022 IR 87")),
        ("ISO-2022-JP", ("ISO 2022 IR 6", "ISO 2022 IR 87")),
        ("ISO-2022-JP", ("ISO 2022 IR 87",)),
        ("ISO-2022-KR", ("", "ISO 2022 IR 149")),
        ("ISO-2022-CN", ("ISO 2022 IR 58",)),
        ("utf8", (" iso_ir 192 ",)),
    ],
)
def test_annex_other_ways_of_storing(name: str, stored: tuple[str, ...]) -> None:
    """The same bytes under other values of (0008,0005) need no conversion."""
    assert matches_stored(name, stored)


def test_req_uri_8_1_6_1_charset() -> None:
    """REQ-URI-8.1.6-1: a comma list of names with optional q; names that nobody knows are kept."""
    assert parse_charset("UTF-8, ISO-8859-1;q=0.5 ,x-mine; q=0") == (
        CharsetRange("utf-8", 1.0),
        CharsetRange("iso-8859-1", 0.5),
        CharsetRange("x-mine", 0.0),
    )


def test_req_web_8_8_1_defined_terms() -> None:
    """REQ-WEB-8.8-1: DICOM defined terms, which hold spaces and backslashes, are names too."""
    (entry, second) = parse_charset('"ISO 2022 IR 6\\ISO 2022 IR 149",ISO_IR 100')
    assert iana_name(entry.name) == "ISO-2022-KR"
    assert iana_name(second.name) == "ISO-8859-1"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "UTF-8,",
        "UTF-8;q=2",
        "UTF-8;q=",
        "UTF-8;q=1;q=1",
        "UTF-8;level=1",
        '"UTF-8',
        '""',
        '" "',
        "ütf",
        "a" * 2000,
    ],
)
def test_req_uri_8_1_6_1_malformed_charset(value: str) -> None:
    """REQ-URI-8.1.6-1: a malformed list is refused."""
    with pytest.raises(BadRequest) as caught:
        parse_charset(value)
    assert caught.value.parameter == "charset"


@pytest.mark.parametrize("value", ["*", "UTF-8,*;q=0.1"])
def test_req_web_8_3_3_2_1_no_wildcard(value: str) -> None:
    """REQ-WEB-8.3.3.2-1: charset takes no wildcard."""
    with pytest.raises(BadRequest, match="wildcard"):
        parse_charset(value)


def test_accept_charset_is_read_tolerantly() -> None:
    """Accept-Charset takes `*`; what is malformed in it is left out."""
    assert parse_accept_charset(None) == parse_accept_charset("") == parse_accept_charset(";;,") == ()
    assert parse_accept_charset("utf-8;q=9, *;q=0.5, gbk") == (CharsetRange("*", 0.5), CharsetRange("gbk", 1.0))


@pytest.mark.parametrize(
    ("charset", "accept_charset", "media_type_charset", "chosen"),
    [
        (None, None, None, None),
        (None, "*", None, None),
        ("ISO-8859-1", None, None, "ISO-8859-1"),
        ("UTF-8;q=0.1,GB18030;q=0.9", None, None, "GB18030"),
        ("KOI8-R,ISO-8859-1;q=0.2", None, None, "ISO-8859-1"),
        ("KOI8-R", None, None, None),
        ("KOI8-R", "GB18030", None, "GB18030"),
        ("UTF-8;q=0", None, None, None),
        ("ISO-8859-1,UTF-8;q=0.5", "UTF-8", None, "UTF-8"),
        ("ISO-8859-1", "GB18030;q=0.3, UTF-8;q=0.2", None, "GB18030"),
        ("ISO-8859-1", "GB18030, *;q=0.1", None, "ISO-8859-1"),
        (None, "ISO-8859-1;q=0.5, *;q=0", None, "ISO-8859-1"),
        (None, "KOI8-R", None, None),
        (None, "ISO-8859-1;q=0.2, *", None, "UTF-8"),
        ("ISO-8859-1", None, "gb18030", "GB18030"),
        ("ISO-8859-1", None, "koi8-r", "ISO-8859-1"),
        ("ISO-8859-1", "ISO-8859-1", "gb18030", "ISO-8859-1"),
        ("latin1", None, None, "ISO-8859-1"),
        ("ISO_IR 100", None, None, "ISO-8859-1"),
    ],
)
def test_req_web_8_8_5_1_choice(
    charset: str | None, accept_charset: str | None, media_type_charset: str | None, chosen: str | None
) -> None:
    """REQ-WEB-8.8.5-1, REQ-URI-8.1.6-2, 6.2.3-1: media type, charset as far as covered, Accept-Charset, own choice."""
    found = choose_charset(
        None if charset is None else parse_charset(charset),
        parse_accept_charset(accept_charset),
        SUPPORTED,
        media_type_charset=media_type_charset,
    )
    assert found == chosen
