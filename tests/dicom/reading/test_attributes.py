"""Values read defensively: what is malformed counts as absent."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from openwado.dicom.attributes import Attributes
from openwado.dicom.block_reader import BlockReader
from openwado.dicom.elements import Coding, Span, read_elements
from openwado.dicom.reader import ReadLimits
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

TAG = 0x00281050


def attributes_of(data: bytes, *, explicit: bool = True, little: bool = True) -> Attributes:
    """Return the attributes of a data set."""
    coding = Coding(explicit, little)
    blocks = BlockReader(BytesSource(data), ReadLimits())
    elements, _ = read_elements(blocks, Span(0, len(data), coding))
    return Attributes(blocks, elements, coding)


@pytest.mark.parametrize(
    ("stored", "decimals"),
    [
        (b"40", (40.0,)),
        (b" 40 \\-1.5e2\0", (40.0, -150.0)),
        (b"40\\\\7", (40.0, None, 7.0)),
        (b"abc\\1", (None, 1.0)),
        (b"nan\\inf\\-Infinity\\1e999", (None, None, None, None)),
        (b"1,5", (None,)),
        (b"", ()),
        (b"  ", ()),
        (b"\xff\xfe", (None,)),
    ],
)
def test_decimal_strings(element: Callable[..., bytes], stored: bytes, decimals: tuple[float | None, ...]) -> None:
    """Decimal strings give finite numbers; each other value None."""
    assert attributes_of(element(TAG, "DS", stored)).decimals(TAG) == decimals


@pytest.mark.parametrize(
    ("vr", "stored", "integers"),
    [
        ("US", struct.pack("<2H", 1, 65535), (1, 65535)),
        ("SS", struct.pack("<h", -5), (65531,)),
        ("UL", struct.pack("<I", 70000), (70000,)),
        ("SL", struct.pack("<i", -3), (-3,)),
        ("IS", b"12\\x\\3", (12, 3)),
        ("DS", b"12.0", (12,)),
        ("US", b"\x01", (8193,)),
        ("US", b"", ()),
        ("OW", struct.pack("<H", 9), (9,)),
    ],
)
def test_binary_integers(element: Callable[..., bytes], vr: str, stored: bytes, integers: tuple[int, ...]) -> None:
    """Integers are read by their VR, those of 16 bits by the sign that the caller knows."""
    assert attributes_of(element(TAG, vr, stored)).integers(TAG) == integers


def test_words_are_signed_if_told_so(element: Callable[..., bytes]) -> None:
    """The bits of a word count, not whether it was written as US or SS."""
    for vr in ("US", "SS"):
        attributes = attributes_of(element(TAG, vr, struct.pack(">H", 0xFFFE), little=False), little=False)
        assert attributes.integer(TAG, signed=True) == -2
        assert attributes.integer(TAG) == 0xFFFE
    assert attributes_of(b"").integers(TAG) == ()


@pytest.mark.parametrize(
    ("vr", "stored", "number"),
    [
        ("IS", b"25 ", 25),
        ("IS", b"+3", 3),
        ("DS", b"2.0", 2),
        ("IS", b"2.5", None),
        ("IS", b"1A", None),
        ("IS", b"", None),
        ("US", b"\x07\x00", 7),
    ],
)
def test_integer_strings(element: Callable[..., bytes], vr: str, stored: bytes, number: int | None) -> None:
    """Integer strings give whole numbers, whatever VR they were written with."""
    assert attributes_of(element(TAG, vr, stored)).integer_string(TAG) == number


def test_floats_by_vr(element: Callable[..., bytes]) -> None:
    """Binary floats are read as such, infinity as None."""
    stored = struct.pack("<2d", 1.5, float("inf"))
    assert attributes_of(element(TAG, "FD", stored)).decimals(TAG) == (1.5, None)
    assert attributes_of(element(TAG, "FL", struct.pack("<f", 0.5))).decimal(TAG) == 0.5


def test_strings_lose_padding_only(element: Callable[..., bytes]) -> None:
    """Strings are trimmed of spaces and NULs and split at backslashes."""
    attributes = attributes_of(element(TAG, "CS", b" ORIGINAL\\PRIMARY \\\\X\0"))
    assert attributes.text(TAG) == "ORIGINAL"
    assert attributes.texts(TAG) == ("ORIGINAL", "PRIMARY", "", "X")
    assert attributes_of(b"").text(TAG) == ""
    assert attributes_of(b"").texts(TAG) == ()


def test_long_values_are_cut(element: Callable[..., bytes]) -> None:
    """An ordinary attribute of many megabytes is not loaded whole."""
    attributes = attributes_of(element(TAG, "UT", b"x" * 10_000_000))
    assert len(attributes.text(TAG)) == 1 << 16
    assert len(attributes.value(TAG, 1 << 20)) == 1 << 20


def test_items_of_a_sequence(element: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Items are attributes again; what is no sequence has none."""
    content = b"".join(
        item(element(TAG, "DS", number), undefined=odd) for number, odd in ((b"1 ", True), (b"2 ", False))
    )
    attributes = attributes_of(element(0x00283010, "SQ", content, undefined=True) + element(0x00283011, "SQ", b"junk!"))
    assert [found.decimal(TAG) for found in attributes.items(0x00283010)] == [1.0, 2.0]
    assert list(attributes.items(0x00283011)) == []
    assert attributes.first_item(0x00283012) is None
    assert TAG not in attributes
    assert 0x00283010 in attributes


@pytest.mark.parametrize(
    ("character_set", "stored", "text"),
    [
        (b"", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
        (b"ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
        (b"ISO_IR 192", "Wang^XiaoDong=王^小东".encode(), "Wang^XiaoDong=王^小东"),
        (b"GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"),
        (b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
        (b"ISO_IR 192", b"caf\xe9", "caf\ufffd"),
        (b"undefined", b"caf\xe9", "café"),
        (b"zlib", b"caf\xe9", "café"),
        (b"NO SUCH SET", b"caf\xe9", "café"),
        (b"ISO-IR 100", b"caf\xe9", "café"),
        (b"GB18030\\ISO 2022 IR 87", b"\xcd\xf5", "王"),
    ],
)
def test_ps3_5_6_1_texts_are_decoded(
    element: Callable[..., bytes], character_set: bytes, stored: bytes, text: str
) -> None:
    """Texts become Unicode by their character set; nothing warns and nothing raises."""
    attributes = attributes_of(element(0x00080005, "CS", character_set) + element(0x00100010, "PN", stored))
    assert attributes.decoded_text(0x00100010, attributes.character_set()) == text
