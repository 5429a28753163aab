"""Texts of objects leave in the character set that is asked for (PS3.18 8.1.6 legacy; 8.8; PS3.5 6.1)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pydicom
import pytest
from pydicom.charset import decode_bytes
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from openwado.dicom.specific_character_set import decode_text, decode_value, encode_value
from openwado.errors import NotAcceptable
from openwado.protocol.charset import CHARACTER_SETS, defined_terms, object_charset, parse_charset
from written_objects import converted

if TYPE_CHECKING:
    from pathlib import Path

    from dicom.conftest import ObjectMaker

#: A text of each row of the annex (section 6), which not all others can hold.
TEXTS = {
    "US-ASCII": "Buc^Jerome",
    "ISO-8859-1": "Buc^Jérôme",
    "ISO-8859-2": "Wałęsa^Łódź",
    "ISO-8859-3": "Ĉapelo^Ĝojo",
    "ISO-8859-4": "Bērziņš^Ģirts",
    "ISO-8859-5": "Люкceмбypг^Иван",  # noqa: RUF001 -- Cyrillic
    "ISO-8859-6": "قباني^لنزار",
    "ISO-8859-7": "Διονυσιος^Αθηνα",
    "ISO-8859-8": "שרון^דבורה",
    "ISO-8859-9": "Çavuşoğlu^Işık",  # noqa: RUF001 -- Turkish
    "ISO-8859-15": "Œuvre^Žofia",
    "TIS-620": "นามสกุล^ชื่อ",
    "ISO-2022-JP": "山田^太郎",
    "ISO-2022-KR": "홍^길동",
    "ISO-2022-CN": "张^小东",
    "GB18030": "王^小東",
    "GBK": "王^小东",
    "UTF-8": "Wang^XiaoDong é Я 王 𠀀",
}
#: Every VR that Specific Character Set is about, by keyword (PS3.5 6.1.2.2).
KEYWORDS = {
    "SH": "StudyID",
    "LO": "PatientAddress",
    "ST": "AdditionalPatientHistory",
    "LT": "PatientComments",
    "UC": "LongCodeValue",
    "UT": "TextValue",
    "PN": "PatientName",
}
UTF_8 = "ISO_IR 192"


def stored(make: ObjectMaker, character_set: object, syntax: str = ExplicitVRLittleEndian, **texts: object) -> bytes:
    """Return an object without pixels that holds texts."""
    data_set = make.data_set(1, 1)
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        del data_set[keyword]
    del data_set.SamplesPerPixel
    del data_set.PhotometricInterpretation
    if character_set is not None:
        data_set.SpecificCharacterSet = character_set
    for keyword, value in texts.items():
        setattr(data_set, keyword, value)
    return make.file(syntax, data_set)


def read(data: bytes) -> Dataset:
    """Read an object; pydicom warns of what it cannot decode, and warnings are errors here."""
    data_set = pydicom.dcmread(io.BytesIO(data))
    data_set.decode()
    return data_set


def terms_of(data_set: Dataset) -> tuple[str, ...]:
    """Return Specific Character Set, () where it is absent."""
    value = data_set.get("SpecificCharacterSet", ())
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.mark.parametrize("charset", [row.name for row in CHARACTER_SETS])
def test_req_uri_8_1_6_3_every_row_of_the_annex(make: ObjectMaker, tmp_path: Path, charset: str) -> None:
    """REQ-URI-8.1.6-3: all texts of all VRs are in the set that is asked for, which (0008,0005) names."""
    text = TEXTS[charset]
    texts = {keyword: f"{text[:10]} {vr}" for vr, keyword in KEYWORDS.items()}
    texts["StudyDescription"] = text
    made = converted(tmp_path, stored(make, UTF_8, **texts), charset)
    if charset in ("ISO-8859-15", "ISO-2022-CN"):  # pydicom does not read them
        codec = "iso8859_15" if charset == "ISO-8859-15" else "gb2312"
        assert all(value.encode(codec) in made.replace(b"\x1b$)A", b"") for value in texts.values())
        return
    data_set = read(made)
    assert terms_of(data_set) == (defined_terms(charset) or ())
    for keyword, value in texts.items():
        assert str(data_set[keyword].value) == value


@pytest.mark.parametrize("charset", [row.name for row in CHARACTER_SETS])
def test_req_uri_8_1_6_3_and_back(make: ObjectMaker, tmp_path: Path, charset: str) -> None:
    """REQ-URI-8.1.6-3: from every set of the annex texts come to UTF-8 as they were."""
    terms = defined_terms(charset) or ()
    names = f"{TEXTS[charset]}={TEXTS[charset]}={TEXTS[charset]}"
    first = converted(tmp_path, stored(make, UTF_8, PatientName=names, PatientComments=TEXTS[charset]), charset)
    assert all(term.encode() in first for term in terms)
    data_set = read(converted(tmp_path, first, "UTF-8"))
    assert terms_of(data_set) == (UTF_8,)
    assert data_set.PatientName == names
    assert data_set.PatientComments == TEXTS[charset]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_req_uri_8_1_6_3_items_inherit_or_have_their_own(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """REQ-URI-8.1.6-3, C.12.1.1.2: items are read in their own set or the one around them, and all are written anew."""
    inherits, own, inner = Dataset(), Dataset(), Dataset()
    inherits.CodeMeaning = "Größe"
    own.SpecificCharacterSet = "GB18030"
    own.CodeMeaning = "大小"
    inner.CodeMeaning = "内"
    own.PurposeOfReferenceCodeSequence = [inner]
    data = stored(make, "ISO_IR 100", syntax, PatientName="Müller", ProcedureCodeSequence=[inherits, own])
    data_set = read(converted(tmp_path, data, "UTF-8"))
    first, second = data_set.ProcedureCodeSequence
    assert (data_set.PatientName, first.CodeMeaning, second.CodeMeaning) == ("Müller", "Größe", "大小")
    assert second.PurposeOfReferenceCodeSequence[0].CodeMeaning == "内"
    assert "SpecificCharacterSet" not in first
    assert terms_of(second) == (UTF_8,)


def test_c_12_1_1_2_a_trail_byte_is_no_backslash(make: ObjectMaker, tmp_path: Path) -> None:
    """Section 6: in GBK and GB18030 a trail byte may be 5C, which separates no values there (PS3.3 C.12.1.1.2)."""
    text = "乗"
    assert b"\\" in text.encode("gbk")
    for terms in ("GBK", "GB18030"):
        data = stored(make, terms, OtherPatientIDs=None, PatientAddress=text)
        converted_bytes = converted(tmp_path, data, "UTF-8")
        assert text.encode() in converted_bytes
    back = converted(tmp_path, converted_bytes, "GBK")
    assert text.encode("gbk") in back


@pytest.mark.parametrize(
    ("charset", "initial", "switched"),
    [("ISO-2022-JP", b"\x1b(J", b"\x1b$B"), ("ISO-2022-KR", b"", b"\x1b$)C"), ("ISO-2022-CN", b"", b"\x1b$)A")],
)
def test_ps3_5_6_1_2_5_3_states_end_at_delimiters(charset: str, initial: bytes, switched: bytes) -> None:
    """PS3.5 6.1.2.5.3: before each delimiter the first set is active again, and after it nothing else is."""
    word = TEXTS[charset].partition("^")[0]
    terms = defined_terms(charset) or ()
    names = encode_value(f"{word}^{word}={word}\\a^{word}", terms, is_name=True)
    lines = encode_value(f"{word}\r\n{word}\ta", terms, is_name=False)
    assert names is not None
    assert lines is not None
    for value, count in ((names, 4), (lines, 2)):
        assert value.count(switched) == count
        if initial:
            assert value.count(initial) == count
    one = encode_value(word, terms, is_name=True)
    assert one is not None
    assert names.startswith(one.rstrip(b" ") + b"^" + one.rstrip(b" ") + b"=")


def test_ps3_5_6_1_2_5_3_carets_in_texts_end_nothing() -> None:
    """PS3.5 6.1.2.5.3: `^` and `=` are delimiters in names only, and bytes of 2-byte characters are none."""
    terms = ("", "ISO 2022 IR 87")
    text = "十九^春=秋"  # 3D3D, 363F, 3D55: bytes that look like delimiters
    for is_name in (True, False):
        value = encode_value(text, terms, is_name=is_name)
        assert value is not None
        assert decode_value(value, terms, is_name=is_name) == text
        assert decode_text(value, terms) == text


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("US-ASCII", "é"),
        ("ISO-8859-1", "Œ"),
        ("ISO-8859-8", "ü"),
        ("ISO-2022-JP", "é"),
        ("ISO-2022-KR", "é"),
        ("ISO-2022-CN", "東"),
        ("GBK", "𠀀"),
    ],
)
def test_req_web_8_8_5_2_what_does_not_fit_is_refused(
    make: ObjectMaker, tmp_path: Path, charset: str, text: str
) -> None:
    """REQ-WEB-8.8.5-2: a character that the set does not have is 406, and the sentence names the set."""
    with pytest.raises(NotAcceptable, match=charset) as refused:
        converted(tmp_path, stored(make, UTF_8, PatientComments=f"abc {text}"), charset)
    assert refused.value.parameter == "charset"


def test_req_web_8_8_5_2_nested_texts_count_too(make: ObjectMaker, tmp_path: Path) -> None:
    """REQ-WEB-8.8.5-2: one character within an item is enough to refuse."""
    item = Dataset()
    item.CodeMeaning = "大"
    with pytest.raises(NotAcceptable):
        converted(tmp_path, stored(make, UTF_8, ProcedureCodeSequence=[item]), "ISO-8859-1")


@pytest.mark.parametrize(
    ("terms", "value"),
    [(None, b"M\xfcller"), ("ISO_IR 6", b"\xd5\xc5"), ("ISO_IR 999", b"\xd5\xc5"), (UTF_8, b"M\xfcller")],
)
def test_req_web_8_8_5_2_what_cannot_be_read_is_not_guessed(
    make: ObjectMaker, tmp_path: Path, terms: str | None, value: bytes
) -> None:
    """REQ-WEB-8.8.5-2: bytes that are nothing in the stored set, or a set that nobody knows, are 406: no other text."""
    data = stored(make, "ISO_IR 6", PatientName="PLACEHOLDER")
    at = data.index(b"PLACEHOLDER")
    data = data[:at] + value.ljust(11) + data[at + 11 :]
    data = data.replace(b"CS\x08\x00ISO_IR 6", b"CS\x0a\x00" + (terms or "ISO_IR 6").ljust(10).encode())
    with pytest.raises(NotAcceptable, match=r"\(0008,0005\)"):
        converted(tmp_path, data, "ISO-8859-1")


def test_section_6_ascii_drops_specific_character_set(make: ObjectMaker, tmp_path: Path) -> None:
    """Section 6: US-ASCII is the default repertoire, for which (0008,0005) is absent, also in items."""
    item = Dataset()
    item.SpecificCharacterSet = UTF_8
    item.CodeMeaning = "plain"
    data = stored(make, ["", "ISO 2022 IR 87"], PatientName="A^B", ProcedureCodeSequence=[item])
    data_set = read(converted(tmp_path, data, "US-ASCII"))
    assert "SpecificCharacterSet" not in data_set
    assert "SpecificCharacterSet" not in data_set.ProcedureCodeSequence[0]


def test_section_6_code_strings_stay(make: ObjectMaker, tmp_path: Path) -> None:
    """Section 6: VRs that the set is not about keep their bytes, whatever they are."""
    data = stored(make, "ISO_IR 100", PatientName="Müller", Manufacturer="é", BodyPartExamined="PLACEHOLDER")
    data = data.replace(b"PLACEHOLDER", b"G\xd6PLACEHOLD")
    made = converted(tmp_path, data, "UTF-8")
    assert b"G\xd6PLACEHOLD" in made
    assert "Müller".encode() in made


def test_req_uri_8_1_6_3_unknown_vrs_that_are_known_texts(make: ObjectMaker, tmp_path: Path) -> None:
    """REQ-URI-8.1.6-3: a text whose writer called it UN is a text all the same (PS3.5 6.2.2)."""
    data_set = make.data_set(1, 1)
    data_set.SpecificCharacterSet = "ISO_IR 100"
    data_set.add_new(0x00104000, "UN", "Größe ".encode("latin-1"))
    del data_set.Rows
    made = converted(tmp_path, make.file(ExplicitVRLittleEndian, data_set), "UTF-8")
    assert "Größe".encode() in made


def test_texts_behind_the_pixels_are_converted_too(make: ObjectMaker, tmp_path: Path) -> None:
    """REQ-URI-8.1.6-3: all strings, also those behind the pixel data."""
    data_set = make.data_set(1, 2)
    data_set.SpecificCharacterSet = "ISO_IR 100"
    data_set.PixelData = b"\1\2"
    data_set["PixelData"].VR = "OB"
    data_set.add_new(0x7FE10010, "LO", "Ünit")
    made = converted(tmp_path, make.file(ExplicitVRLittleEndian, data_set), "UTF-8")
    assert "Ünit".encode() in made


@pytest.mark.parametrize("length", range(1, 5))
def test_ps3_5_6_2_values_have_even_length(make: ObjectMaker, tmp_path: Path, length: int) -> None:
    """PS3.5 6.2: whatever a character takes, values are filled up to even length with a space."""
    text = "é" * length + "a"
    for terms, charset in (("ISO_IR 100", "UTF-8"), (UTF_8, "ISO-8859-1")):
        made = converted(tmp_path, stored(make, terms, PatientComments=text), charset)
        data_set = pydicom.dcmread(io.BytesIO(made))
        raw = data_set.get_item("PatientComments")
        assert len(raw.value) % 2 == 0
        assert data_set.PatientComments.rstrip() == text


def test_stored_escapes_are_read_as_pydicom_reads_them() -> None:
    """PS3.5 annex H.3.2: the standard's own example of a name in three groups, katakana and kanji."""
    value = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J"
    terms = ("ISO 2022 IR 13", "ISO 2022 IR 87")
    text = "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"
    assert decode_value(value, terms, is_name=True) == text
    encoded = encode_value(text, terms, is_name=True)
    assert encoded is not None
    assert encoded.rstrip(b" ") == value
    assert decode_bytes(value, ["shift_jis", "iso2022_jp"], {0x5E, 0x3D}) == text


@pytest.mark.parametrize(
    ("charset", "header", "held", "chosen"),
    [
        (None, None, (UTF_8,), None),
        (None, "*", (UTF_8,), None),
        (None, "utf-8", ("ISO_IR 100",), "UTF-8"),
        ("utf-8", None, ("ISO_IR 100",), "UTF-8"),
        ("UTF-8", None, (UTF_8,), None),
        ("iso-8859-1,utf-8", None, ("ISO_IR 100",), None),
        ("iso-8859-1,utf-8", None, (UTF_8,), None),
        ("iso-8859-1,utf-8", None, ("GB18030",), "UTF-8"),
        ("iso-8859-1;q=0.5,utf-8", None, ("ISO_IR 100",), "UTF-8"),
        ("utf-8;q=0", None, ("ISO_IR 100",), None),
        ("klingon", None, ("ISO_IR 100",), None),
        ("klingon,utf-8;q=0.1", None, ("ISO_IR 100",), "UTF-8"),
        ("utf-8", "iso-8859-1", ("ISO_IR 100",), None),
        ("utf-8", "utf-8;q=0, *", ("ISO_IR 100",), None),
        ("gbk,gb18030", "gb18030", (UTF_8,), "GB18030"),
        (None, "iso-8859-1,utf-8;q=0.7,*;q=0.7", ("ISO_IR 100",), None),
        (None, "iso-8859-1,utf-8;q=0.7,*;q=0.7", ("GB18030",), "ISO-8859-1"),
        (None, "utf-8,*", ("GB18030",), None),
        ("ISO_IR 192", None, ("ISO_IR 100",), "UTF-8"),
        ('"ISO 2022 IR 6\\ISO 2022 IR 149"', None, (UTF_8,), "ISO-2022-KR"),
        ("us-ascii", None, (), None),
        ("us-ascii", None, ("ISO_IR 6",), None),
    ],
)
def test_req_web_8_8_5_1_the_choice(
    charset: str | None, header: str | None, held: tuple[str, ...], chosen: str | None
) -> None:
    """REQ-WEB-8.8.5-1, REQ-URI-8.1.6-2: the best q of charset, then of Accept-Charset; on a tie what is stored."""
    ranges = None if charset is None else parse_charset(charset)
    assert object_charset(ranges, header, held) == chosen
