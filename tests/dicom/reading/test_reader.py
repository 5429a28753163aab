"""Taking DICOM files apart, with and without what PS3.10 asks for."""

from __future__ import annotations

import io
import struct
import time
import zlib
from typing import TYPE_CHECKING

import pydicom
import pytest
from pydicom.data import get_testdata_file

from openwado.dicom.elements import Coding
from openwado.dicom.reader import NotAnObject, ReadLimits, parse
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


class CountingSource:
    """A source that claims a size, gives zeros after its data and counts what it was asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = data
        self.size = size
        self.asked = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes."""
        length = min(length, self.size - offset)
        self.asked += length
        data = self._data[offset : offset + length]
        return data + bytes(length - len(data))


class BrokenSource:
    """A source that cannot be read."""

    size = 1000

    def read_at(self, offset: int, length: int) -> bytes:
        """Fail."""
        raise OSError(f"no disk for {length} bytes at {offset}")


def reason(data: bytes, limits: ReadLimits | None = None) -> str:
    """Return why bytes are refused."""
    with pytest.raises(NotAnObject) as refused:
        parse(BytesSource(data), limits or ReadLimits())
    return refused.value.reason


def test_ps3_10_7_1_file_is_taken_apart(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """A Part 10 file gives its transfer syntax, its attributes and where data set and pixel data are."""
    data = part10(dataset())
    parsed = parse(BytesSource(data))
    assert parsed.part10
    assert parsed.transfer_syntax_uid == parsed.named_transfer_syntax_uid == EXPLICIT
    assert parsed.media_storage_sop_class_uid == "1.2.840.10008.5.1.4.1.1.7"
    assert data[parsed.dataset_offset :] == dataset()
    assert parsed.attributes.text(0x00080018) == "1.2.3.4"
    assert parsed.pixel_data is not None
    assert data[parsed.pixel_data.element_offset :][:6] == b"\xe0\x7f\x10\x00OB"
    assert data[parsed.pixel_data.value_offset :] == bytes(range(6))
    assert (parsed.pixel_data.length, parsed.pixel_data.tail_offset) == (6, len(data))
    assert parsed.head_end == parsed.pixel_data.element_offset


@pytest.mark.parametrize(
    ("explicit", "little", "found"),
    [(True, True, EXPLICIT), (False, True, IMPLICIT), (True, False, BIG_ENDIAN), (False, False, BIG_ENDIAN)],
)
def test_data_set_without_preamble_is_recognised(
    dataset: Callable[..., bytes], *, explicit: bool, little: bool, found: str
) -> None:
    """A bare data set is read in the coding that its first element shows."""
    parsed = parse(BytesSource(dataset(explicit=explicit, little=little)))
    assert parsed.coding == Coding(explicit, little)
    assert parsed.transfer_syntax_uid == found
    assert parsed.attributes.text(0x00080018) == "1.2.3.4"
    assert not parsed.part10
    assert parsed.dataset_offset == 0


def test_file_meta_without_preamble_is_read(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """A file that starts with its file meta group is read, but is no Part 10 file."""
    parsed = parse(BytesSource(part10(dataset(), preamble=False)))
    assert parsed.transfer_syntax_uid == EXPLICIT
    assert not parsed.part10


@pytest.mark.parametrize(
    ("named", "explicit", "little", "found"),
    [
        ("", False, True, IMPLICIT),
        ("", True, True, EXPLICIT),
        ("", True, False, BIG_ENDIAN),
        (IMPLICIT, True, True, EXPLICIT),
        (EXPLICIT, False, True, IMPLICIT),
        (EXPLICIT, True, False, BIG_ENDIAN),
        (BIG_ENDIAN, True, True, EXPLICIT),
        (BIG_ENDIAN, False, True, IMPLICIT),
        (DEFLATED, True, True, EXPLICIT),
        (JPEG, True, False, BIG_ENDIAN),
    ],
)
def test_transfer_syntax_that_contradicts_the_bytes_gives_way(
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
    *,
    named: str,
    explicit: bool,
    little: bool,
    found: str,
) -> None:
    """The bytes win over file meta, which then does not make it a Part 10 file."""
    parsed = parse(BytesSource(part10(dataset(explicit=explicit, little=little), named)))
    assert parsed.coding == Coding(explicit, little)
    assert (parsed.transfer_syntax_uid, parsed.named_transfer_syntax_uid) == (found, named)
    assert parsed.attributes.text(0x00080018) == "1.2.3.4"
    assert not parsed.part10


def test_compressed_syntax_with_implicit_elements_keeps_its_name(
    dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """The name of a compressed syntax says how pixels are coded, whatever the elements around them look like."""
    parsed = parse(BytesSource(part10(dataset(explicit=False), JPEG)))
    assert parsed.transfer_syntax_uid == JPEG
    assert not parsed.coding.explicit
    assert not parsed.part10


def test_ps3_5_a_5_deflated_data_set_is_inflated(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """Offsets of a deflated object count in the inflated data set; a zlib header in front of it is tolerated."""
    compressor = zlib.compressobj(wbits=-15)
    raw = compressor.compress(dataset()) + compressor.flush()
    for body in (raw, raw + b"\0", zlib.compress(dataset())):
        parsed = parse(BytesSource(part10(body, DEFLATED)))
        assert parsed.deflated
        assert parsed.part10
        assert parsed.inflated_size == parsed.source.size == len(dataset())
        assert parsed.pixel_data is not None
        assert parsed.source.read_at(parsed.pixel_data.value_offset, 100) == bytes(range(6))


def test_deflate_stream_that_starts_like_a_command_set(part10: Callable[..., bytes]) -> None:
    """Stored blocks may start with zeros, which are then no elements of group 0000."""
    block = b"\x08\x00\x18\x00UI\x08\x001.2.3.4\0" * 16
    body = b"\x00" + struct.pack("<HH", 256, 0xFFFF - 256) + block + b"\x03\x00"
    assert len(block) == 256
    assert parse(BytesSource(part10(body, DEFLATED))).attributes.text(0x00080018) == "1.2.3.4"


def test_deflate_bomb_is_refused_at_the_limit(part10: Callable[..., bytes]) -> None:
    """Inflating stops at the limit, whatever the ratio."""
    compressor = zlib.compressobj(wbits=-15)
    body = compressor.compress(bytes(50_000_000)) + compressor.flush()
    assert reason(part10(body, DEFLATED), ReadLimits(inflated_bytes=1_000_000)) == "deflated data set too large"


def test_broken_deflate_stream_is_refused_and_a_short_one_read(
    dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Bytes that are no deflate stream are refused; a stream that ends early gives what it holds."""
    assert reason(part10(b"\xff" * 100, DEFLATED)) == "unreadable: broken deflate stream"
    compressor = zlib.compressobj(level=0, wbits=-15)
    body = compressor.compress(dataset()) + compressor.flush()
    assert parse(BytesSource(part10(body[:-20], DEFLATED))).attributes.text(0x0020000D) == "1.2.3"


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"DICM",
        b"hello, world\n" * 100,
        PNG,
        b"PK\x03\x04" + bytes(200),
        bytes(1000),
        b"\x08\x00\x05\x00zz\x02\x00" + bytes(200),
        b"\x08\x00\xfe\xff\x04\x00\x00\x00" + bytes(200),
        b"\x08\x00\x05\x00\x00\x00\x00\x70" + bytes(200),
        b"\x10\x00\x10\x00PN\x04\x00Name" + bytes(200),
    ],
)
def test_other_files_are_not_dicom(data: bytes) -> None:
    """Texts, pictures, archives and bytes that only look a little like an element are refused."""
    assert reason(data) == "not DICOM"


def test_empty_file_is_refused() -> None:
    """A file without bytes has a reason of its own."""
    assert reason(b"") == "empty file"


def test_huge_file_of_another_kind_is_not_slurped() -> None:
    """A gigabyte that is not DICOM is refused after one block."""
    source = CountingSource(b"PK\x03\x04", 1 << 30)
    with pytest.raises(NotAnObject, match="not DICOM"):
        parse(source)
    assert source.asked <= 1 << 17


def test_pixel_data_are_never_read(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """Of an object of many gigabytes only the head is read."""
    head = part10(dataset({0x7FE00010: ("OB", b"")}))[:-4] + struct.pack("<I", 0xFFFFFFF0)
    source = CountingSource(head, 5 << 30)
    parsed = parse(source)
    assert parsed.pixel_data is not None
    assert parsed.pixel_data.length == 0xFFFFFFF0
    assert source.asked <= 1 << 17


def test_zeros_after_file_meta_are_given_up_soon(part10: Callable[..., bytes]) -> None:
    """A file that goes on with zeros, which look like an endless command set, is not read to its end."""
    source = CountingSource(part10(b""), 1 << 30)
    started = time.monotonic()
    assert parse(source).pixel_data is None
    assert time.monotonic() - started < 5
    assert source.asked < 1 << 20


def test_ps3_10_8_6_directory_is_refused(element: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """A DICOMDIR is known by its SOP Class in file meta or by its directory elements."""
    named = part10(b"").replace(b"1.2.840.10008.5.1.4.1.1.7\0", b"1.2.840.10008.1.3.10\0\0\0\0\0\0")
    assert reason(named) == "DICOMDIR"
    assert reason(part10(element(0x00041130, "CS", b"DISK"))) == "DICOMDIR"


def test_ps3_7_6_3_command_set_is_passed_over(
    element: Callable[..., bytes], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Elements of group 0000 after file meta do not belong to the data set."""
    command = element(0x00000002, "UI", b"1.2.840.10008.1.1", explicit=False)
    parsed = parse(BytesSource(part10(command + dataset())))
    assert parsed.attributes.text(0x00080018) == "1.2.3.4"


def test_icons_are_no_pixel_data(
    element: Callable[..., bytes],
    item: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """Pixel Data inside a sequence is passed over, encapsulated or not; the top level's is found."""
    encapsulated = element(0x7FE00010, "OB", item(b"") + item(b"icon"), undefined=True)
    icons = item(encapsulated, undefined=True) + item(element(0x7FE00010, "OB", b"icon"))
    sequence = element(0x00880200, "SQ", icons, undefined=True)
    without = dataset({0x7FE00010: None})
    assert parse(BytesSource(part10(without + sequence))).pixel_data is None
    parsed = parse(BytesSource(part10(without + sequence + element(0x7FE00010, "OB", b"pixels"))))
    assert parsed.pixel_data is not None
    assert parsed.source.read_at(parsed.pixel_data.value_offset, 6) == b"pixels"


def test_pixel_data_longer_than_the_file_are_cut(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """The length of pixel data is never more than is there."""
    parsed = parse(BytesSource(part10(dataset())[:-4]))
    assert parsed.pixel_data is not None
    assert parsed.pixel_data.length == 2


@pytest.mark.parametrize("tag", [0x7FE00008, 0x7FE00009])
def test_float_pixel_data_are_found(dataset: Callable[..., bytes], part10: Callable[..., bytes], tag: int) -> None:
    """Float and Double Float Pixel Data are pixel data too (C.7.6.24, C.7.6.25)."""
    parsed = parse(BytesSource(part10(dataset({0x7FE00010: None, tag: ("OF", bytes(48))}))))
    assert parsed.pixel_data is not None
    assert parsed.pixel_data.element == {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData"}[tag]


def test_errors_of_the_source_are_not_hidden() -> None:
    """That a store cannot be read is not the object's fault."""
    with pytest.raises(OSError, match="no disk"):
        parse(BrokenSource())


def test_data_set_for_pydicom_holds_what_pydicom_reads() -> None:
    """`Parsed.dataset` equals what pydicom reads itself, nested sequences of undefined length included."""
    for name in ("CT_small.dcm", "rtplan.dcm", "reportsi.dcm", "MR_small_bigendian.dcm", "nested_priv_SQ.dcm"):
        path = get_testdata_file(name, download=False)
        assert isinstance(path, str)
        with open(path, "rb") as file:  # noqa: PTH123 -- pydicom gives a str
            content = file.read()
        theirs = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
        assert list(parse(BytesSource(content)).dataset()) == list(theirs)


def test_data_set_for_pydicom_is_bounded(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """Values that exceed the limit for headers are not loaded for pydicom either."""
    data = part10(dataset({0x00091010: ("OB", bytes(1_000_000))}))
    parsed = parse(BytesSource(data), ReadLimits(header_bytes=200_000))
    with pytest.raises(NotAnObject, match="header too large"):
        parsed.dataset()


def test_data_set_for_pydicom_keeps_undefined_lengths(
    element: Callable[..., bytes], item: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """A sequence of undefined length is written by pydicom as it was stored."""
    content = element(0x00081115, "SQ", item(element(0x00081155, "UI", b"1.2"), undefined=True), undefined=True)
    dataset = parse(BytesSource(part10(content))).dataset()
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    assert buffer.getvalue() == content
    assert dataset.ReferencedSeriesSequence[0].ReferencedSOPInstanceUID == "1.2"
