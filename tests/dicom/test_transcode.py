"""Objects leave as PS3.10 files: unchanged as stored, or element for element in Explicit VR Little Endian."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import msgspec
import numpy as np
import pydicom
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from dcmtk import dcmtk
from openwado.dicom.file_head import IMPLEMENTATION_CLASS_UID
from openwado.dicom.frames import object_source
from openwado.dicom.parts import DecodedFrames, FileSpan, length_of, read_span
from openwado.dicom.transcode import plan_as_stored, plan_explicit_little_endian
from openwado.dicom.treatment import frame_bytes
from openwado.errors import CorruptObject, NotAcceptable, NotSupported
from packed_bits import packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker, Stored
    from openwado.dicom.parts import Part

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"

CHANCE = np.random.default_rng(11)
COLOR = np.stack([np.add.outer(np.arange(8) * 9, np.arange(16) * 5).astype(np.uint8)] * 3, axis=-1)


def sent(stored: Stored, parts: tuple[Part, ...]) -> bytes:
    """Return the parts' bytes as a sender reads them, each of the length that it announced."""
    written = []
    for part in parts:
        if isinstance(part, bytes):
            data = part
        elif isinstance(part, FileSpan):
            data = read_span(stored.source, part, 0, part.length)
        else:
            assert isinstance(part, DecodedFrames)
            frames = [frame_bytes(stored.source, stored.instance, entry) for entry in part.entries]
            assert {len(frame) for frame in frames} == {part.frame_length}
            data = b"".join(frames)
        assert len(data) == length_of(part)
        written.append(data)
    return b"".join(written)


def explicit(stored: Stored) -> Dataset:
    """Return an object as it leaves in Explicit VR Little Endian, read again."""
    data = sent(stored, plan_explicit_little_endian(stored.source, stored.instance, stored.entries))
    read = pydicom.dcmread(io.BytesIO(data))
    assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert read.original_encoding == (False, True)
    return read


def words(*values: int) -> bytes:
    """Return little-endian 16-bit words."""
    return np.array(values, "<u2").tobytes()


@pytest.fixture
def rich(make: ObjectMaker) -> Dataset:
    """Return a data set with every VR, private elements, nested sequences of both kinds of length, and odd texts."""
    data_set = make.data_set(8, 16, BitsAllocated=16, BitsStored=12, PixelRepresentation=1)
    data_set.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    data_set.PatientName = "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce"
    for keyword, value in {
        "PatientAge": "042Y", "StudyDate": "20240102", "StudyTime": "101112.5", "AcquisitionDateTime": "20240102101112",
        "RetrieveAETitle": "SOMEWHERE", "PatientWeight": "70.5", "InstanceNumber": 3, "StudyDescription": "a study",
        "PatientComments": "long text", "AccessionNumber": "A1", "FrameIncrementPointer": 0x00181063,
        "RegionFlags": 70000, "ReferencePixelX0": -70000, "TagAngleSecondAxis": -3, "PhysicalDeltaX": -1.25,
        "RecommendedDisplayFrameRateInFloat": 2.5, "SmallestImagePixelValue": -5, "RetrieveURL": "http://example",
        "LongCodeValue": "code", "TextValue": "text", "ExtendedOffsetTable": b"",
    }.items():  # fmt: skip
        setattr(data_set, keyword, value)
    data_set.add_new(0x00281201, "OW", words(1, 256, 65535, 7))
    data_set.add_new(0x00660040, "OL", np.arange(3, dtype="<u4").tobytes())
    data_set.add_new(0x00660016, "OF", np.arange(3, dtype="<f4").tobytes())
    data_set.add_new(0x00660022, "OD", np.arange(3, dtype="<f8").tobytes())
    data_set.add_new(0x00420011, "OB", b"\x01\x02\x03\x04")
    data_set.add_new(0x00090010, "LO", "MADE UP")
    data_set.add_new(0x00091001, "UN", b"\x01\x02\x03\x04\x05\x06")
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "1", "inner"
    code.add_new(0x00280106, "SS", -7)
    middle = Dataset()
    middle.PurposeOfReferenceCodeSequence = [code, Dataset()]
    outer = Dataset()
    outer.ReferencedSOPInstanceUID = "1.2.3"
    outer.PurposeOfReferenceCodeSequence = [middle]
    data_set.ReferencedImageSequence = [outer]
    data_set.SourceImageSequence = Sequence([outer])
    data_set["SourceImageSequence"].is_undefined_length = True
    data_set["ReferencedImageSequence"][0].is_undefined_length_sequence_item = True
    data_set.ReferencedStudySequence = []
    return data_set


CELLS = CHANCE.integers(-2000, 2000, (8, 16)).astype(np.int16)
TAIL = DataElement(0x7FE10010, "LO", "BEHIND THE PIXELS")


def equal(left: Dataset, right: Dataset, *, except_tags: frozenset[int] = frozenset()) -> None:
    """Assert that two data sets have the same elements with the same values, but for the VR of private ones."""
    tags = {int(element.tag) for element in left if element.tag.element} - except_tags
    assert tags == {int(element.tag) for element in right} - except_tags
    for tag in tags:
        mine, theirs = left[tag], right[tag]
        if mine.VR == "SQ":
            assert len(mine.value) == len(theirs.value)
            for left_item, right_item in zip(mine.value, theirs.value, strict=True):
                equal(left_item, right_item)
        elif theirs.VR == "UN":
            assert mine.VR in ("UN", "LO", "LT")
        else:
            assert (mine.VR, mine.value) == (theirs.VR, theirs.value)


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG_ENDIAN, DEFLATED, ExplicitVRLittleEndian])
def test_req_uri_6_3_1_3_every_element_survives(make: ObjectMaker, rich: Dataset, syntax: str) -> None:
    """REQ-URI-6.3.1.3-1: from any coding each element arrives in Explicit VR Little Endian with its value and VR."""
    before = pydicom.dcmread(io.BytesIO(make.file(ExplicitVRLittleEndian, with_pixels(rich))))
    if syntax == BIG_ENDIAN:
        rich[0x00281201].value = np.frombuffer(rich[0x00281201].value, "<u2").byteswap().tobytes()
        for tag, size in ((0x00660040, 4), (0x00660016, 4), (0x00660022, 8)):
            rich[tag].value = np.frombuffer(rich[tag].value, f"<u{size}").byteswap().tobytes()
    stored = make.native(CELLS.view(np.uint16), with_pixels(rich), syntax)
    after = explicit(stored)
    equal(before, after, except_tags=frozenset({0x7FE00001}))
    assert 0x7FE00001 not in after
    assert np.array_equal(after.pixel_array, CELLS)


def with_pixels(data_set: Dataset) -> Dataset:
    """Return the data set with pixel data and an element behind them."""
    data_set.PixelData = CELLS.astype("<i2").tobytes()
    data_set["PixelData"].VR = "OW"
    data_set.add(TAIL)
    return data_set


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG_ENDIAN])
def test_long_values_are_not_read_into_the_plan(make: ObjectMaker, syntax: str) -> None:
    """Pixel data and long values stay spans of the stored object, swapped when they are sent."""
    cells = CHANCE.integers(0, 65536, (200, 300), dtype=np.uint16)
    data_set = make.data_set(200, 300, BitsAllocated=16)
    data_set.add_new(0x00420011, "OB", bytes(range(256)) * 400)
    data_set["PixelRepresentation"].value = 0
    stored = make.native(cells, data_set, syntax)
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    assert sum(len(part) for part in parts if isinstance(part, bytes)) < 2000
    spans = [part for part in parts if isinstance(part, FileSpan)]
    assert spans[-1].swap == (2 if syntax == BIG_ENDIAN else 1)
    after = explicit(stored)
    assert after.EncapsulatedDocument == bytes(range(256)) * 400
    assert np.array_equal(after.pixel_array, cells)


def test_explicit_elements_are_spans_of_the_stored_object(make: ObjectMaker, rich: Dataset) -> None:
    """What is Explicit VR Little Endian already is not touched, whatever is in it: it is copied in long spans."""
    del rich[0x7FE00001]
    stored = make.encapsulated(JPEG_LS, [bytes(imagecodecs.jpegls_encode(CELLS.view(np.uint16) & 0xFFF))], rich)
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    spans = [part for part in parts if isinstance(part, FileSpan)]
    assert len(spans) == 1
    assert spans[0].length > 500
    assert np.array_equal(explicit(stored).pixel_array & 0xFFF, CELLS.view(np.uint16) & 0xFFF)


def test_malformed_values_pass_through_untouched(make: ObjectMaker) -> None:
    """Wrong numbers, dates, UIDs and texts in no character set are none of our business: bytes stay bytes."""
    values = {
        0x00101030: ("DS", b"seventy "), 0x00080020: ("DA", b"yesterday "), 0x00200013: ("IS", b"1.5 or 2"),
        0x00100010: ("PN", b"\xff\xfe\x80 "), 0x00080005: ("CS", b"NO_SUCH_SET "), 0x00080050: ("SH", b"x" * 40),
        0x0020000E: ("UI", b"1.2..3.x"), 0x00280106: ("US", b"\x01\x02\x03\x04"), 0x00101010: ("AS", b"ODD LENGTH!"),
    }  # fmt: skip
    stored = make.native(np.zeros((8, 16), np.uint8), make.data_set(8, 16), IMPLICIT)
    head = bytearray(stored.source.read_at(0, stored.source.size))
    start = stored.instance.dataset_offset
    elements = {int(element.tag): element for element in pydicom.dcmread(io.BytesIO(head))}
    written = bytes(head[:start])
    for tag in sorted(values.keys() | elements.keys()):
        value = values[tag][1] if tag in values else raw_value(bytes(head), tag)
        written += (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
        written += len(value).to_bytes(4, "little") + value
    broken = make.read(written)
    data = sent(broken, plan_explicit_little_endian(broken.source, broken.instance, broken.entries))
    for tag, (vr, value) in values.items():
        header = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode()
        assert header + len(value).to_bytes(2, "little") + value in data


def raw_value(data: bytes, tag: int) -> bytes:
    """Return the stored bytes of an element."""
    raw = pydicom.dcmread(io.BytesIO(data)).get_item(tag)
    assert raw is not None
    return bytes(raw.value or b"")


def test_req_web_8_7_3_1_values_too_long_for_their_vr_become_un(make: ObjectMaker) -> None:
    """REQ-WEB-8.7.3-1: Implicit VR allows longer values than a 16-bit length; such an element becomes UN."""
    data_set = make.data_set(8, 16)
    data_set.add_new(0x00189073, "FD", [0.5] * 9000)
    data_set.add_new(0x00180040, "IS", "5")
    after = explicit(make.native(np.zeros((8, 16), np.uint8), data_set, IMPLICIT))
    raw = after.get_item(0x00189073)
    assert raw is not None
    assert raw.VR == "UN"
    assert raw.value == np.full(9000, 0.5, "<f8").tobytes()
    assert after.CineRate == 5


@pytest.mark.parametrize(("signed", "vr"), [(0, "US"), (1, "SS")])
def test_pixel_representation_decides_on_us_or_ss_at_its_level(make: ObjectMaker, signed: int, vr: str) -> None:
    """PS3.5 A.1: US or SS by Pixel Representation of the data set or of the item itself."""
    data_set = make.data_set(8, 16, BitsAllocated=16, PixelRepresentation=signed)
    data_set.add_new(0x00280106, vr, 1)
    inner = Dataset()
    inner.PixelRepresentation = 1 - signed
    inner.add_new(0x00280107, "SS" if vr == "US" else "US", 2)
    other = Dataset()
    other.add_new(0x00280107, vr, 3)
    data_set.DarkCurrentSequence = [inner, other]
    after = explicit(make.native(np.zeros((8, 16), np.uint16), data_set, IMPLICIT))
    assert vr == after[0x00280106].VR
    assert [item[0x00280107].VR for item in after.DarkCurrentSequence] == ["SS" if vr == "US" else "US", vr]


def test_tr_5_group_lengths_offset_tables_and_padding_are_left_out(make: ObjectMaker) -> None:
    """TR-5: what was true of the stored encoding only is not written again."""
    data_set = make.data_set(8, 16)
    data_set.add_new(0x00080000, "UL", 100)
    data_set.ExtendedOffsetTable = bytes(8)
    data_set.ExtendedOffsetTableLengths = bytes(8)
    data_set.add_new(0x00287FE0, "UR", "http://example/pixels")
    data_set.add_new(0xFFFCFFFC, "OB", bytes(20))
    signature = Dataset()
    signature.MACIDNumber = 1
    data_set.DigitalSignaturesSequence = [signature]
    cells = CHANCE.integers(0, 256, (8, 16), dtype=np.uint8)
    after = explicit(make.encapsulated(JPEG_LS, [bytes(imagecodecs.jpegls_encode(cells))], data_set))
    for tag in (0x00080000, 0x7FE00001, 0x7FE00002, 0x00287FE0, 0xFFFCFFFC, 0xFFFAFFFA):
        assert tag not in after
    assert np.array_equal(after.pixel_array, cells)


def test_file_meta_is_new_but_for_who_sent_it(make: ObjectMaker) -> None:
    """PS3.10 7.1: UIDs, transfer syntax and implementation are ours; the Source Application Entity Title is kept."""
    stored = make.native(np.zeros((8, 16), np.uint8), make.data_set(8, 16), IMPLICIT)
    data = sent(stored, plan_explicit_little_endian(stored.source, stored.instance, stored.entries))
    meta = pydicom.dcmread(io.BytesIO(data)).file_meta
    assert meta.MediaStorageSOPInstanceUID == "1.2.3.4"
    assert meta.MediaStorageSOPClassUID == stored.instance.sop_class_uid
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.SourceApplicationEntityTitle == "SENDER"
    assert meta.FileMetaInformationGroupLength == data.index(b"\x08\x00\x16\x00UI") - len(bytes(128) + b"DICM") - 12


@pytest.mark.parametrize(
    ("syntax", "encode", "photometric", "now"),
    [
        (JPEG_BASELINE, lambda c: imagecodecs.jpeg8_encode(c, level=100), "YBR_FULL_422", "RGB"),
        (JPEG_2000, lambda c: imagecodecs.jpeg2k_encode(c, level=0, codecformat="j2k", mct=True), "YBR_RCT", "RGB"),
        (JPEG_LS, imagecodecs.jpegls_encode, "YBR_FULL", "YBR_FULL"),
        (JPEG_LS, imagecodecs.jpegls_encode, "YBR_FULL_422", "RGB"),
    ],
)
def test_tr_1_colour_attributes_say_what_is_in_the_file(
    make: ObjectMaker, syntax: str, encode: Callable[[NDArray[Any]], bytes], photometric: str, now: str
) -> None:
    """TR-1: Photometric Interpretation and Planar Configuration are those of the decoded pixels; the UID stays."""
    data_set = make.data_set(8, 16, SamplesPerPixel=3, PhotometricInterpretation=photometric, PlanarConfiguration=1)
    data_set.LossyImageCompression = "01"
    data_set.LossyImageCompressionRatio = "12.5"
    stream = bytes(encode(COLOR))
    after = explicit(make.encapsulated(syntax, [stream + bytes(len(stream) % 2)], data_set))
    assert after.PhotometricInterpretation == now
    assert after.PlanarConfiguration == 0
    assert after.SOPInstanceUID == "1.2.3.4"
    assert (after.LossyImageCompression, after.LossyImageCompressionRatio) == ("01", 12.5)
    cells = np.frombuffer(after.PixelData, np.uint8).reshape(COLOR.shape)
    assert np.abs(cells.astype(int) - COLOR).max() <= 10
    assert after["PixelData"].VR == "OB"


def test_attributes_that_the_stream_contradicts_are_corrected(make: ObjectMaker) -> None:
    """RR-5: rows and bits of the file are those of the decoded frame."""
    cells = CHANCE.integers(0, 4096, (9, 16), dtype=np.uint16)
    stream = bytes(imagecodecs.jpeg8_encode(cells, lossless=True, bitspersample=12))
    stored = make.encapsulated("1.2.840.10008.1.2.4.57", [stream + bytes(len(stream) % 2)], make.data_set(8, 16))
    after = explicit(stored)
    assert (after.Rows, after.Columns, after.BitsAllocated, after.BitsStored, after.HighBit) == (9, 16, 16, 12, 11)
    assert after["PixelData"].VR == "OW"
    assert np.array_equal(after.pixel_array, cells)


def test_frames_are_decoded_when_they_are_sent(make: ObjectMaker) -> None:
    """Of many frames the plan holds the first, which it had to decode, and where the others are."""
    cells = CHANCE.integers(0, 256, (5, 7, 9), dtype=np.uint8)
    streams = [bytes(imagecodecs.jpegls_encode(frame)) for frame in cells]
    streams = [stream + bytes(len(stream) % 2) for stream in streams]
    stored = make.encapsulated(JPEG_LS, streams, make.data_set(7, 9))
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    frames = [part for part in parts if isinstance(part, DecodedFrames)]
    assert [(len(part.entries), part.frame_length) for part in frames] == [(4, 63)]
    after = explicit(stored)
    assert np.array_equal(after.pixel_array, cells)
    assert len(after.PixelData) == 5 * 63 + 1
    assert after.NumberOfFrames == 5


def test_number_of_frames_is_that_of_the_frames_there(make: ObjectMaker) -> None:
    """A file that lost frames says how many it has."""
    cells = CHANCE.integers(0, 256, (3, 8, 16), dtype=np.uint8)
    streams = [bytes(imagecodecs.jpegls_encode(frame)) for frame in cells]
    streams = [stream + bytes(len(stream) % 2) for stream in streams]
    stored = make.encapsulated(JPEG_LS, streams, make.data_set(8, 16))
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries[:2])
    after = pydicom.dcmread(io.BytesIO(sent(stored, parts)))
    assert after.NumberOfFrames == 2
    assert np.array_equal(after.pixel_array, cells[:2])


@pytest.mark.parametrize(("rows", "columns"), [(8, 16), (7, 9)])
def test_rr_2_frames_of_single_bits_are_packed_without_gaps(make: ObjectMaker, rows: int, columns: int) -> None:
    """RR-2: frames of Bits Allocated 1 follow each other bit by bit, whether or not they end on a byte."""
    bits = CHANCE.integers(0, 2, (3, rows, columns), dtype=np.uint8)
    streams = [
        bytes(imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k", reversible=True, bitspersample=1))
        for frame in bits
    ]
    streams = [stream + bytes(len(stream) % 2) for stream in streams]
    after = explicit(make.encapsulated(JPEG_2000, streams, make.data_set(rows, columns, BitsAllocated=1)))
    assert after.BitsAllocated == 1
    assert np.array_equal(after.pixel_array, bits)
    assert len(after.PixelData) == -(-bits.size // 16) * 2


@pytest.mark.parametrize(("bits", "width"), [(4, 8), (12, 16), (24, 32), (40, 64)])
def test_tr_1_decoded_cells_of_any_width_leave_in_whole_words(make: ObjectMaker, bits: int, width: int) -> None:
    """TR-1: what was packed into a compressed frame leaves in cells of 8 … 64 bits, and Bits Allocated says so."""
    cells = CHANCE.integers(0, 1 << bits, (2, 7, 9), dtype=np.uint64)
    streams = [zlib.compress(packed(frame, bits), wbits=-15) for frame in cells]
    streams = [stream + bytes(len(stream) % 2) for stream in streams]
    stored = make.encapsulated(DEFLATED_FRAME, streams, make.data_set(7, 9, BitsAllocated=bits))
    after = explicit(stored)
    assert (after.BitsAllocated, after.BitsStored, after.HighBit) == (width, bits, bits - 1)
    assert np.array_equal(np.frombuffer(after.PixelData, f"<u{width // 8}", cells.size), cells.ravel())


def test_encapsulated_icons_are_decoded_too(make: ObjectMaker) -> None:
    """PS3.5 A.4: an icon of an encapsulated object may be encapsulated itself, which native syntaxes do not allow."""
    cells = CHANCE.integers(0, 256, (8, 16), dtype=np.uint8)
    icon = make.data_set(4, 4)
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"):
        delattr(icon, keyword)
    stream = bytes(imagecodecs.jpegls_encode(cells[:4, :4]))
    icon.PixelData = encapsulate([stream + bytes(len(stream) % 2)])
    icon["PixelData"].is_undefined_length = True
    data_set = make.data_set(8, 16)
    data_set.IconImageSequence = [icon]
    stream = bytes(imagecodecs.jpegls_encode(cells))
    after = explicit(make.encapsulated(JPEG_LS, [stream + bytes(len(stream) % 2)], data_set))
    assert after.IconImageSequence[0].PixelData == cells[:4, :4].tobytes()
    assert np.array_equal(after.pixel_array, cells)


def test_an_icon_that_cannot_be_decoded_is_left_out(make: ObjectMaker) -> None:
    """PS3.3 C.7.6.1: an icon is optional: a broken one costs the icon, not the image."""
    cells = CHANCE.integers(0, 256, (8, 16), dtype=np.uint8)
    icon = Dataset()
    icon.Rows = icon.Columns = 4
    icon.PixelData = encapsulate([b"no stream!"])
    icon["PixelData"].VR = "OB"
    icon["PixelData"].is_undefined_length = True
    data_set = make.data_set(8, 16)
    data_set.IconImageSequence = [icon]
    stream = bytes(imagecodecs.jpegls_encode(cells))
    after = explicit(make.encapsulated(JPEG_LS, [stream + bytes(len(stream) % 2)], data_set))
    assert "IconImageSequence" not in after
    assert np.array_equal(after.pixel_array, cells)


def test_objects_without_pixels_are_recoded_too(make: ObjectMaker, rich: Dataset) -> None:
    """A report or plan in Implicit VR leaves in Explicit VR, element by element."""
    del rich[0x7FE00001]
    before = pydicom.dcmread(io.BytesIO(make.file(ExplicitVRLittleEndian, rich)))
    equal(before, explicit(make.stored(IMPLICIT, rich)))


def test_an_object_that_breaks_off_is_not_passed_off_as_whole(make: ObjectMaker, rich: Dataset) -> None:
    """A treatment plan cut off within its beams must not arrive as a plan without them."""
    del rich[0x7FE00001]
    stored = make.read(make.file(IMPLICIT, rich)[:-3])
    with pytest.raises(NotAcceptable, match="breaks off"):
        plan_explicit_little_endian(stored.source, stored.instance, stored.entries)


def test_d_19_native_pixel_data_beyond_4_gib_are_refused(make: ObjectMaker) -> None:
    """D-19: a length that 32 bits cannot say is 406 with what to ask for instead."""
    stream = bytes(imagecodecs.jpegls_encode(np.zeros((1024, 1024), np.uint16)))
    data_set = make.data_set(1024, 1024, BitsAllocated=16)
    stored = make.encapsulated(JPEG_LS, [stream + bytes(len(stream) % 2)], data_set)
    longest = 0xFFFFFFFE // (2 << 20)
    plan_explicit_little_endian(stored.source, stored.instance, stored.entries * longest)
    with pytest.raises(NotAcceptable, match=r"transferSyntax=\*"):
        plan_explicit_little_endian(stored.source, stored.instance, stored.entries * (longest + 1))


def test_tr_4_video_is_never_decompressed(make: ObjectMaker) -> None:
    """TR-4: a video object is 406 unless the stored stream may be sent."""
    data_set = make.data_set(8, 16, SamplesPerPixel=3, PhotometricInterpretation="YBR_PARTIAL_420", NumberOfFrames=9)
    stored = make.encapsulated("1.2.840.10008.1.2.4.102", [bytes(64)], data_set)
    with pytest.raises(NotAcceptable, match=r"transferSyntax=\*"):
        plan_explicit_little_endian(stored.source, stored.instance, stored.entries)


def test_referenced_pixel_data_are_refused(make: ObjectMaker) -> None:
    """REQ-URI-8.2.11-7: pixel data behind a JPIP URL are not here to be sent."""
    data_set = make.data_set(8, 16)
    data_set.add_new(0x00287FE0, "UR", "http://example/pixels")
    stored = make.stored("1.2.840.10008.1.2.4.94", data_set)
    with pytest.raises(NotAcceptable, match="referenced"):
        plan_explicit_little_endian(stored.source, stored.instance, stored.entries)


def test_frames_that_nobody_decodes_are_not_supported(make: ObjectMaker) -> None:
    """An unknown transfer syntax is refused before anything is sent."""
    stored = make.encapsulated("1.2.840.10008.1.2.4.66", [bytes(64)], make.data_set(8, 16))
    with pytest.raises(NotSupported):
        plan_explicit_little_endian(stored.source, stored.instance, stored.entries)


def test_a_deep_nest_of_sequences_is_refused(make: ObjectMaker) -> None:
    """Sequences nested a thousand times end in an error of ours, not of the interpreter's stack."""
    data_set = make.data_set(8, 16)
    stored = make.native(np.zeros((8, 16), np.uint8), data_set, IMPLICIT)
    data = stored.source.read_at(0, stored.source.size)
    nest = b""
    for _ in range(1000):
        item = b"\xfe\xff\x00\xe0" + len(nest).to_bytes(4, "little") + nest
        nest = b"\x08\x00\x15\x11" + len(item).to_bytes(4, "little") + item
    at = data.index(b"\x20\x00\x0d\x00")
    deep = make.read(data[:at] + nest + data[at:])
    with pytest.raises(CorruptObject, match="nested"):
        plan_explicit_little_endian(deep.source, deep.instance, deep.entries)


def test_as_stored_a_part_10_file_is_not_touched(make: ObjectMaker, rich: Dataset) -> None:
    """REQ-URI-8.2.11-6: transferSyntax=* gives the stored file, byte for byte."""
    stored = make.native(CELLS.view(np.uint16), rich)
    parts = plan_as_stored(stored.source, stored.instance)
    assert parts == (FileSpan(0, stored.source.size),)


@pytest.mark.parametrize("cut", ["preamble", "meta"])
def test_req_uri_6_3_1_1_as_stored_a_bare_data_set_gets_its_file_meta(make: ObjectMaker, cut: str) -> None:
    """REQ-URI-6.3.1-1: what leaves is a PS3.10 file, also where preamble or file meta were lacking."""
    whole = make.native(CELLS.view(np.uint16), make.data_set(8, 16, BitsAllocated=16), IMPLICIT)
    data = whole.source.read_at(0, whole.source.size)
    start = 132 if cut == "preamble" else whole.instance.dataset_offset
    bare = make.read(data[start:])
    assert not bare.instance.part10
    written = sent(bare, plan_as_stored(bare.source, bare.instance))
    read = pydicom.dcmread(io.BytesIO(written))
    assert read.file_meta.TransferSyntaxUID == IMPLICIT
    assert read.file_meta.get("SourceApplicationEntityTitle") == ("SENDER" if cut == "preamble" else None)
    assert written.endswith(data[whole.instance.dataset_offset :])


def test_as_stored_does_not_read_the_data_set(make: ObjectMaker) -> None:
    """The plain lane plans an object as stored from its record and a few bytes of file meta."""
    whole = make.native(CELLS.view(np.uint16), make.data_set(8, 16, BitsAllocated=16), IMPLICIT)
    garbled = msgspec.structs.replace(whole.instance, part10=False)
    head = whole.source.read_at(0, whole.instance.dataset_offset)

    class Headed:
        size = whole.source.size

        def read_at(self, offset: int, length: int) -> bytes:
            return (head + b"\xff" * (self.size - len(head)))[offset : offset + length]

    parts = plan_as_stored(Headed(), garbled)
    assert parts[1] == FileSpan(len(head), whole.source.size - len(head))


def test_deflated_objects_are_inflated_into_the_plan(make: ObjectMaker, rich: Dataset) -> None:
    """A deflated data set has no spans that could be sent: all of it is bytes."""
    stored = make.native(CELLS.view(np.uint16), rich, DEFLATED)
    assert stored.instance.deflated
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    assert all(isinstance(part, bytes) for part in parts)
    assert object_source(stored.source, stored.instance).size == stored.instance.inflated_size


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG_ENDIAN, DEFLATED, JPEG_LS])
def test_dcmtk_reads_what_we_write(make: ObjectMaker, rich: Dataset, syntax: str, tmp_path: Path) -> None:
    """An independent reader takes the file as DICOM, and finds the same elements as in what it converted itself."""
    if syntax == JPEG_LS:
        stored = make.encapsulated(syntax, [bytes(imagecodecs.jpegls_encode(CELLS.view(np.uint16) & 0xFFF))], rich)
    else:
        stored = make.native(CELLS.view(np.uint16), rich, syntax)
    ours, original, theirs = tmp_path / "ours.dcm", tmp_path / "original.dcm", tmp_path / "theirs.dcm"
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    ours.write_bytes(sent(stored, parts))
    original.write_bytes(stored.source.read_at(0, stored.source.size))
    tested = subprocess.run([dcmtk("dcmftest"), str(ours)], capture_output=True, text=True, check=False)
    assert (tested.returncode, tested.stdout.split(":")[0]) == (0, "yes")
    if syntax == JPEG_LS:
        assert dumped(ours)
        return
    subprocess.run([dcmtk("dcmconv"), "+te", str(original), str(theirs)], check=True, capture_output=True)
    mine, yours = dumped(ours), dumped(theirs)
    assert mine.keys() ^ yours.keys() <= {"(7fe0,0001)"}
    different = {tag for tag in mine.keys() & yours.keys() if mine[tag] != yours[tag]}
    # DCMTK takes US or SS in an item for unsigned without looking at the data set around it (PS3.5 A.1)
    assert different <= ({"(0028,0106)"} if syntax == IMPLICIT else set())


#: File meta of each writer's own, and delimiters.
OWN_ELEMENTS = frozenset(
    {"(0002,0000)", "(0002,0012)", "(0002,0013)", "(0002,0016)", "(fffe,e000)", "(fffe,e00d)", "(fffe,e0dd)"}
)


def dumped(path: Path) -> dict[str, list[str]]:
    """Return dcmdump's lines of a file by tag, without lengths and comments; errors and warnings fail the test."""
    ran = subprocess.run(
        [dcmtk("dcmdump"), "+L", "-q", str(path)], capture_output=True, text=True, check=True, encoding="latin-1"
    )
    assert not ran.stderr
    lines: dict[str, list[str]] = {}
    for line in ran.stdout.splitlines():
        found = re.match(r"\s*(\([0-9a-f]{4},[0-9a-f]{4}\)) (\w\w .*?)\s*# ", line)
        if found and found[1] not in OWN_ELEMENTS:
            value = re.sub(r"\(Sequence with .*?\)|with (un)?defined length|\(.*? length.*?\)", "", found[2])
            lines.setdefault(found[1], []).append(value)
    return lines
