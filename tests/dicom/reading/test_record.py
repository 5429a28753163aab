"""Objects into instance records (PS3.3; conformance rules of sections 4 and 13)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec
import pytest

from openwado.dicom.instance import ContentFacts, Reading, Stamp
from openwado.dicom.picture_record import StoredWindow
from openwado.dicom.reader import NotAnObject, ReadLimits
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.picture_record import Picture

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
JPEG = "1.2.840.10008.1.2.4.50"
MPEG = "1.2.840.10008.1.2.4.102"
START = b"\xff\xd8\xff\xe0"
CANNOT = "This image cannot be drawn: "


def picture_of(reading: Reading) -> Picture:
    """Return the picture record, which must be there."""
    assert reading.instance.picture is not None
    return reading.instance.picture


def test_record_of_an_image(read: Callable[..., Reading]) -> None:
    """Every field of the record of a plain image is what the object says."""
    reading = read({})
    instance = reading.instance
    assert (instance.study_instance_uid, instance.series_instance_uid) == ("1.2.3", "1.2.3.5")
    assert (instance.sop_instance_uid, instance.sop_class_uid) == ("1.2.3.4", "1.2.840.10008.5.1.4.1.1.7")
    assert (instance.transfer_syntax_uid, instance.part10) == (EXPLICIT, True)
    assert (instance.family, instance.number_of_frames, instance.time_based) == ("image", 1, False)
    assert (instance.key, instance.stamp.modified_ns, instance.undrawable) == ("key", 2, "")
    image_pixel = picture_of(reading).image_pixel
    assert (image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel) == (2, 3, 1)
    assert (image_pixel.bits_allocated, image_pixel.bits_stored, image_pixel.high_bit) == (8, 8, 7)
    assert image_pixel.photometric_interpretation == "MONOCHROME2"
    assert picture_of(reading).modality == "OT"
    assert instance.pixels is not None
    assert (instance.pixels.length, instance.pixels.swap, instance.pixels.encapsulated) == (6, 1, False)
    assert instance.pixels.tail_offset == instance.pixels.offset + 6 == instance.stamp.size
    assert reading.facts == ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)


def test_record_survives_message_pack(read: Callable[..., Reading]) -> None:
    """A reading is the same after it has been in the index."""
    reading = read({0x00281050: ("DS", b"40"), 0x00281051: ("DS", b"400")})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(reading), type=Reading) == reading


@pytest.mark.parametrize(
    ("tag", "name"),
    [(0x00080018, "SOP Instance UID"), (0x0020000D, "Study Instance UID"), (0x0020000E, "Series Instance UID")],
)
def test_objects_without_their_uids_are_refused(read: Callable[..., Reading], tag: int, name: str) -> None:
    """Each of the three UIDs must be there and be fit to be named."""
    for element, reason in (
        (None, f"no {name}"),
        (("UI", b""), f"no {name}"),
        (("UI", b"\0\0"), f"no {name}"),
        (("UI", b"../../x"), f"malformed {name}"),
        (("UI", b"1.2 3"), f"malformed {name}"),
        (("UI", b"1" * 129), f"malformed {name}"),
    ):
        with pytest.raises(NotAnObject) as refused:
            read({tag: element})
        assert refused.value.reason == reason


def test_uids_are_read_leniently(read: Callable[..., Reading]) -> None:
    """Padding, a second value and characters that archives hold in UIDs do no harm."""
    assert read({0x00080018: ("UI", b"1.2.3.4 \0")}).instance.sop_instance_uid == "1.2.3.4"
    assert read({0x00080018: ("UI", b"1.2\\1.3")}).instance.sop_instance_uid == "1.2"
    assert read({0x00080018: ("UI", b"dccc9599-ab_c")}).instance.sop_instance_uid == "dccc9599-ab_c"
    assert read({0x00080016: None}).instance.sop_class_uid == "1.2.840.10008.5.1.4.1.1.7"


def test_description_is_unicode(read: Callable[..., Reading]) -> None:
    """Words for people are decoded, trimmed and bounded; numbers that are none are None."""
    reading = read(
        {
            0x00080005: ("CS", b"ISO_IR 192"),
            0x00100010: ("PN", "Wang^XiaoDong=王^小东".encode()),
            0x00081030: ("LO", b" Thorax \0"),
            0x0008103E: ("UT", b"x" * 5000),
            0x00200011: ("IS", b" 7 "),
            0x00200013: ("IS", b"x"),
        }
    )
    assert reading.description.patient_name == "Wang^XiaoDong=王^小东"
    assert reading.description.study_description == "Thorax"
    assert len(reading.description.series_description) == 1024
    assert (reading.description.series_number, reading.description.instance_number) == (7, None)
    assert reading.instance.specific_character_set == ("ISO_IR 192",)
    assert read({0x00200013: ("IS", b"99999999999")}).description.instance_number is None


def test_version_changes_with_head_and_stamp(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """The digest is that of everything before the pixel data and of the stamp, not of pixels or key."""

    def version(content: bytes, key: str = "key", size: int = 1) -> str:
        return read_record(BytesSource(content), key, Stamp(size, 2, 3, 4)).instance.version

    first = version(part10(dataset()))
    assert len(first) == 32
    assert version(part10(dataset({0x7FE00010: ("OB", b"abcdef")})), "other") == first
    assert version(part10(dataset()), size=2) != first
    assert version(part10(dataset({0x00100020: ("LO", b"other")}))) != first
    assert version(part10(dataset(), EXPLICIT, preamble=False)) != first


def test_rule_2_content_tells_the_family(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """Encapsulated documents, structured reports, images and others are told by what they hold."""
    no_pixels = {0x7FE00010: None}
    document = read({**no_pixels, 0x00420011: ("OB", b"%PDF")})
    assert (document.instance.family, document.facts.has_encapsulated_document) == ("encapsulated", True)
    report = read({**no_pixels, 0x0040A040: ("CS", b"CONTAINER"), 0x0040A730: ("SQ", item(b""))})
    assert (report.instance.family, report.facts.is_structured_report) == ("text", True)
    content_only = read({**no_pixels, 0x0040A730: ("SQ", item(b""))})
    assert (content_only.instance.family, content_only.facts.is_structured_report) == ("other", False)
    with_pixels = read({0x0040A040: ("CS", b"CONTAINER"), 0x0040A730: ("SQ", item(b""))})
    assert (with_pixels.instance.family, with_pixels.facts.is_structured_report) == ("image", False)
    for reading in (document, report, content_only):
        assert reading.instance.number_of_frames == 0
        assert (reading.instance.pixels, reading.instance.picture) == (None, None)
        assert reading.instance.undrawable == ""


def test_rule_2_pixel_data_provider_url(read: Callable[..., Reading]) -> None:
    """An object whose pixel data are elsewhere is an image that cannot be drawn here."""
    instance = read({0x7FE00010: None, 0x00287FE0: ("UR", b"http://x"), 0x00280008: ("IS", b"3")}).instance
    assert (instance.family, instance.pixels, instance.number_of_frames) == ("image", None, 3)
    assert instance.undrawable == "The pixel data of this image are kept elsewhere (Pixel Data Provider URL)."


@pytest.mark.parametrize(
    ("changes", "time_based"),
    [
        ({0x00280009: ("AT", b"\x18\x00\x63\x10")}, True),
        ({0x00280009: ("AT", b"\x18\x00\x65\x10")}, True),
        ({0x00280009: ("AT", b"\x54\x00\x10\x00\x18\x00\x63\x10")}, True),
        ({0x00280009: ("AT", b"\x54\x00\x10\x00\x20\x00\x13\x00")}, False),
        ({0x00280009: ("AT", b"")}, False),
        ({0x00180040: ("IS", b"25")}, True),
        ({0x00082144: ("IS", b"30")}, True),
        ({0x00180040: ("IS", b"")}, False),
        ({0x00181063: ("DS", b"40")}, False),
    ],
)
def test_rule_3_time_based(
    read: Callable[..., Reading], changes: dict[int, tuple[str, bytes]], *, time_based: bool
) -> None:
    """Frames can be played if a pointer names a frame time, or a rate is given."""
    assert read(changes).instance.time_based == time_based


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({0x00280010: None}, "Rows is missing."),
        ({0x00280010: ("US", 0)}, "Rows is 0."),
        ({0x00280011: ("UL", struct.pack("<I", 70000))}, "Columns is 70000."),
        ({0x00280100: None}, "Bits Allocated is missing."),
        ({0x00280100: ("US", 65)}, "Bits Allocated is 65, not 1 to 64."),
        ({0x00280002: ("US", 4)}, "Samples per Pixel is 4, not 1 or 3."),
        ({0x00280002: ("US", 0)}, "Samples per Pixel is 0, not 1 or 3."),
        ({0x00280004: ("CS", b"RGB")}, "Photometric Interpretation is RGB, Samples per Pixel 1."),
        ({0x00280002: ("US", 3)}, "Photometric Interpretation is MONOCHROME2, Samples per Pixel 3."),
        ({0x00280004: ("CS", b"ARGB")}, "its Photometric Interpretation is not supported."),
        ({0x7FE00010: ("OB", b"12345")}, ""),
        ({0x7FE00010: ("OB", b"1234")}, "its pixel data are shorter than one frame."),
        ({0x7FE00010: ("OB", b"")}, "its pixel data are shorter than one frame."),
    ],
)
def test_what_cannot_be_drawn_says_why(
    read: Callable[..., Reading], changes: dict[int, tuple[str, bytes] | None], sentence: str
) -> None:
    """An image that cannot be drawn has a record with a sentence instead of a picture, and at least one frame."""
    instance = read(changes).instance
    assert instance.family == "image"
    assert instance.pixels is not None
    assert instance.number_of_frames == 1
    assert instance.undrawable == (CANNOT + sentence if sentence else "")
    assert (instance.picture is None) == bool(sentence)


def test_malformed_numbers_are_put_right(read: Callable[..., Reading]) -> None:
    """Values of the Image Pixel module that cannot be are taken as the others imply."""
    image_pixel = picture_of(read({0x00280101: ("US", 0), 0x00280102: ("US", 40)})).image_pixel
    assert (image_pixel.bits_stored, image_pixel.high_bit) == (8, 7)
    image_pixel = picture_of(read({0x00280101: ("US", 6), 0x00280102: None})).image_pixel
    assert (image_pixel.bits_stored, image_pixel.high_bit) == (6, 5)
    image_pixel = picture_of(read({0x00280101: ("US", 6), 0x00280102: ("US", 7)})).image_pixel
    assert (image_pixel.bits_stored, image_pixel.high_bit) == (6, 7)
    image_pixel = picture_of(read({0x00280101: ("US", 6), 0x00280102: ("US", 3)})).image_pixel
    assert image_pixel.high_bit == 5
    image_pixel = picture_of(read({0x00280103: ("US", 9), 0x00280006: ("US", 1), 0x00280002: None})).image_pixel
    assert (image_pixel.pixel_representation, image_pixel.planar_configuration) == (0, 0)
    image_pixel = picture_of(read({0x00280004: None, 0x00280010: ("IS", b"2")})).image_pixel
    assert (image_pixel.photometric_interpretation, image_pixel.rows) == ("MONOCHROME2", 2)


def test_color_images(read: Callable[..., Reading]) -> None:
    """Three samples without a Photometric Interpretation are RGB; planes are kept in mind."""
    changes = {0x00280002: ("US", 3), 0x00280006: ("US", 1), 0x7FE00010: ("OB", bytes(18))}
    image_pixel = picture_of(read({**changes, 0x00280004: None})).image_pixel
    assert (image_pixel.photometric_interpretation, image_pixel.planar_configuration) == ("RGB", 1)
    image_pixel = picture_of(read({**changes, 0x00280004: ("CS", b" ybr_full ")})).image_pixel
    assert image_pixel.photometric_interpretation == "YBR_FULL"


def test_subsampled_images_that_are_not(read: Callable[..., Reading]) -> None:
    """RR-8: YBR_FULL_422 has two samples a pixel; where there are three it is YBR_FULL after all."""
    changes = {0x00280002: ("US", 3), 0x00280004: ("CS", b"YBR_FULL_422"), 0x00280011: ("US", 4)}
    half = picture_of(read({**changes, 0x7FE00010: ("OB", bytes(16))})).image_pixel
    full = picture_of(read({**changes, 0x7FE00010: ("OB", bytes(24))})).image_pixel
    assert (half.photometric_interpretation, full.photometric_interpretation) == ("YBR_FULL_422", "YBR_FULL")


@pytest.mark.parametrize(
    ("claimed", "length", "present"),
    [(b"3", 18, 3), (b"3", 16, 2), (b"2", 60, 2), (b"1000000000", 12, 2), (b"1A", 60, 1), (b"-4", 6, 1), (b"0", 6, 1)],
)
def test_number_of_frames_is_what_is_there(
    read: Callable[..., Reading], claimed: bytes, length: int, present: int
) -> None:
    """No more frames than claimed, and no more than are complete."""
    reading = read({0x00280008: ("IS", claimed), 0x7FE00010: ("OW", bytes(length))})
    assert reading.instance.number_of_frames == picture_of(reading).image_pixel.number_of_frames == present


def test_last_frame_may_lack_padding(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """A file that ends before the pad byte, or before unused bits, holds all frames; before a cell it does not."""
    changes = {0x00280008: ("IS", b"3"), 0x00280010: ("US", 1), 0x7FE00010: ("OB", bytes(9))}
    data = part10(dataset(changes))

    def frames(content: bytes) -> int:
        return read_record(BytesSource(content), "", Stamp(0, 0, 0, 0)).instance.number_of_frames

    assert [frames(data), frames(data[:-1]), frames(data[:-2])] == [3, 3, 2]


def test_grey_attributes(read: Callable[..., Reading]) -> None:
    """Rescale, windows and function are read; pairs that make no window are left out."""
    grey = picture_of(
        read(
            {
                0x00281052: ("DS", b"-1024"),
                0x00281053: ("DS", b"1.0"),
                0x00281050: ("DS", b"40\\x\\50\\60\\70"),
                0x00281051: ("DS", b"400\\100\\0\\0.5"),
            }
        )
    ).frame_attributes
    assert (grey.rescale_slope, grey.rescale_intercept) == (1.0, -1024.0)
    assert grey.windows == (StoredWindow(40.0, 400.0),)
    assert grey.voi_lut_function == "LINEAR"


def test_rr_20_usable_widths_depend_on_the_function(read: Callable[..., Reading]) -> None:
    """LINEAR needs a width of 1 (C.11.2.1.2), the others more than 0 (C.11.2.1.3)."""
    windows = {0x00281050: ("DS", b"1\\2\\3"), 0x00281051: ("DS", b"1\\0.5\\0")}
    for function, centers in (
        (b"LINEAR", [1.0]),
        (b"linear_exact", [1.0, 2.0]),
        (b"SIGMOID", [1.0, 2.0]),
        (b"OTHER", [1.0]),
    ):
        grey = picture_of(read({**windows, 0x00281056: ("CS", function)})).frame_attributes
        assert [window.center for window in grey.windows] == centers


@pytest.mark.parametrize(
    ("slope", "intercept", "rescale"),
    [
        (b"2", None, (2.0, 0.0)),
        (None, b"-5", (1.0, -5.0)),
        (b"0", b"-5", (None, 0.0)),
        (b"x", b"-5", (None, 0.0)),
        (b"nan", b"0", (None, 0.0)),
        (b"-0.5", b"x", (-0.5, 0.0)),
        (b"5e-6", b"0", (5e-6, 0.0)),
        (None, None, (None, 0.0)),
    ],
)
def test_rr_18_rescale(
    read: Callable[..., Reading], slope: bytes | None, intercept: bytes | None, rescale: tuple[float | None, float]
) -> None:
    """A slope is never 0; an intercept alone has a slope of 1; malformed ones do nothing."""
    changes = {tag: value and ("DS", value) for tag, value in ((0x00281053, slope), (0x00281052, intercept))}
    grey = picture_of(read(changes)).frame_attributes
    assert (grey.rescale_slope, grey.rescale_intercept) == rescale


@pytest.mark.parametrize(
    ("signed", "vr", "value", "limit", "padding"),
    [
        (0, "US", 255, None, (255, 255)),
        (1, "SS", 0xF830, None, (-2000, -2000)),
        (1, "US", 0xF830, None, (-2000, -2000)),
        (0, "SS", 0xF830, None, (63536, 63536)),
        (0, "US", 10, 20, (10, 20)),
        (0, "US", 20, 10, (10, 20)),
        (1, "SS", 0, 0xFFFF, (-1, 0)),
        (0, "US", None, 10, None),
    ],
)
def test_rr_17_padding(
    read: Callable[..., Reading],
    *,
    signed: int,
    vr: str,
    value: int | None,
    limit: int | None,
    padding: tuple[int, int] | None,
) -> None:
    """Padding is a range of stored values, signed as these are."""
    changes: dict[int, tuple[str, bytes | int] | None] = {0x00280103: ("US", signed)}
    for tag, number in ((0x00280120, value), (0x00280121, limit)):
        changes[tag] = (vr, struct.pack("<H", number)) if number is not None else None
    assert picture_of(read(changes)).padding == padding


@pytest.mark.parametrize(
    ("changes", "aspect"),
    [
        ({}, None),
        ({0x00280034: ("IS", b"2\\1")}, (2.0, 1.0)),
        ({0x00280034: ("IS", b"2\\1"), 0x00280030: ("DS", b"0.5\\0.7")}, (2.0, 1.0)),
        ({0x00280034: ("IS", b"0\\1"), 0x00280030: ("DS", b"0.5\\0.7")}, (0.5, 0.7)),
        ({0x00280030: ("DS", b"0.5"), 0x00181164: ("DS", b"0.1\\0.2")}, (0.1, 0.2)),
        ({0x00182010: ("DS", b"3\\4")}, (3.0, 4.0)),
        ({0x00280030: ("DS", b"x\\4")}, None),
    ],
)
def test_rr_22_pixel_aspect(
    read: Callable[..., Reading], changes: dict[int, tuple[str, bytes]], aspect: tuple[float, float] | None
) -> None:
    """Pixel Aspect Ratio, else the first spacing that makes sense."""
    assert picture_of(read(changes)).pixel_aspect == aspect


def test_other_picture_attributes(read: Callable[..., Reading]) -> None:
    """Shape, intensity relationship, modality and lossy compression are kept in upper case."""
    changes = {
        0x20500020: ("CS", b"inverse "),
        0x00281040: ("CS", b"LOG "),
        0x00080060: ("CS", b"xa"),
        0x00282110: ("CS", b"01"),
    }
    picture = picture_of(read(changes))
    assert (picture.presentation_lut_shape, picture.frame_attributes.pixel_intensity_relationship) == ("INVERSE", "LOG")
    assert (picture.modality, picture.lossy) == ("XA", True)
    assert not picture_of(read({})).lossy


def test_float_pixel_data(read: Callable[..., Reading]) -> None:
    """RR-3: float cells have no Bits Stored and no integer padding."""
    changes = {0x7FE00010: None, 0x7FE00009: ("OD", bytes(48)), 0x00280103: ("US", 1), 0x00280120: ("US", 5)}
    picture = picture_of(read(changes))
    image_pixel = picture.image_pixel
    assert (image_pixel.bits_allocated, image_pixel.bits_stored, image_pixel.high_bit) == (64, 64, 63)
    assert (image_pixel.pixel_representation, image_pixel.element) == (0, "DoubleFloatPixelData")
    assert picture.padding is None


def encapsulated(item: Callable[..., bytes], *fragments: bytes) -> bytes:
    """Return encapsulated pixel data with an empty Basic Offset Table."""
    return item(b"") + b"".join(map(item, fragments))


def test_encapsulated_image(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """Frames, location and tail of encapsulated pixel data are found."""
    content = encapsulated(item, START, START + b"12")
    reading = read({0x00280008: ("IS", b"2"), 0x7FE00010: ("OB", content)}, JPEG)
    pixels = reading.instance.pixels
    assert pixels is not None
    assert pixels.encapsulated
    assert [(entry.offset - pixels.offset, entry.length) for entry in reading.frames] == [(0, 12), (12, 14)]
    assert pixels.length == 26
    assert pixels.tail_offset == reading.instance.stamp.size
    assert reading.instance.part10


def test_rr_6_extended_offset_table_of_an_object(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """The Extended Offset Table (7FE0,0001) divides fragments into frames."""
    changes = {
        0x00280008: ("IS", b"2"),
        0x7FE00001: ("OV", struct.pack("<2Q", 0, 24)),
        0x7FE00010: ("OB", encapsulated(item, b"1111", b"1112", b"2222")),
    }
    reading = read(changes, JPEG)
    assert [entry.length for entry in reading.frames] == [24, 12]


def test_encapsulated_frames_that_are_not_there(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """Number of Frames is what fragments give; fragments that nothing assigns make no picture."""
    reading = read({0x00280008: ("IS", b"5"), 0x7FE00010: ("OB", encapsulated(item, START, START))}, JPEG)
    assert reading.instance.number_of_frames == len(reading.frames) == 2
    assert picture_of(reading).image_pixel.number_of_frames == 2
    content = encapsulated(item, b"1111", b"2222", b"3333")
    instance = read({0x00280008: ("IS", b"2"), 0x7FE00010: ("OB", content)}, JPEG).instance
    assert instance.undrawable == CANNOT + "its fragments cannot be told apart into frames."
    assert (instance.picture, instance.number_of_frames) == (None, 2)
    instance = read({0x7FE00010: ("OB", encapsulated(item))}, JPEG).instance
    assert instance.undrawable == CANNOT + "its pixel data are empty."
    assert instance.number_of_frames == 1


def test_encapsulated_frames_of_an_undrawable_image(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """Frames are found also where the Image Pixel module makes no sense."""
    content = encapsulated(item, START, START)
    reading = read({0x00280008: ("IS", b"2"), 0x00280010: None, 0x7FE00010: ("OB", content)}, JPEG)
    assert len(reading.frames) == 2
    assert reading.instance.undrawable == CANNOT + "Rows is missing."


def test_stored_video(read: Callable[..., Reading], item: Callable[..., bytes]) -> None:
    """A video stream is one stream, whatever the number of its frames; each can be drawn."""
    reading = read({0x00280008: ("IS", b"250"), 0x7FE00010: ("OB", encapsulated(item, bytes(100)))}, MPEG)
    assert (reading.instance.number_of_frames, reading.frames, reading.instance.undrawable) == (250, (), "")
    assert reading.instance.picture is not None
    assert reading.instance.picture.image_pixel.number_of_frames == 250


def test_native_pixels_under_a_compressed_syntax(read: Callable[..., Reading]) -> None:
    """The bytes win: the record has the syntax that is there, and the file is not Part 10 as it stands."""
    instance = read({}, JPEG).instance
    assert (instance.transfer_syntax_uid, instance.part10) == (EXPLICIT, False)
    assert instance.picture is not None
    assert instance.pixels is not None
    assert not instance.pixels.encapsulated


def test_short_pixels_under_a_compressed_syntax(read: Callable[..., Reading]) -> None:
    """A stream without items is no native frame: the syntax stays, and there is no picture."""
    instance = read({0x7FE00010: ("OB", START)}, JPEG).instance
    assert (instance.transfer_syntax_uid, instance.part10) == (JPEG, True)
    assert instance.undrawable == CANNOT + "its pixel data are shorter than one frame."


def test_native_pixels_of_undefined_length(
    read: Callable[..., Reading],
    element: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """Native values of undefined length reach to the delimiter, or to the end."""
    head = dataset({0x00280010: ("US", 4), 0x7FE00010: None})
    with_delimiter = element(0x7FE00010, "OB", bytes(range(12)), undefined=True)
    for pixel_data in (with_delimiter, with_delimiter[:-8]):
        instance = read(part10(head + pixel_data)).instance
        assert instance.pixels is not None
        assert (instance.pixels.length, instance.picture is not None) == (12, True)
        assert instance.pixels.tail_offset == instance.stamp.size


def test_items_under_a_native_syntax(
    read: Callable[..., Reading],
    item: Callable[..., bytes],
    element: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """Items under a native syntax are recognised, with defined length too, and their codec is told."""
    stream = bytes.fromhex("ffd8ffc0000b080002000301011100ffda0008010100003f0000ffd9")
    content = encapsulated(item, stream)
    delimiter = b"\xfe\xff\xdd\xe0\0\0\0\0"
    for value, undefined in ((content, True), (content, False), (content + delimiter, False)):
        pixel_data = element(0x7FE00010, "OB", value, undefined=undefined)
        reading = read(part10(dataset({0x7FE00010: None}) + pixel_data))
        assert reading.instance.transfer_syntax_uid == JPEG
        assert not reading.instance.part10
        assert reading.instance.pixels is not None
        assert reading.instance.pixels.tail_offset == reading.instance.stamp.size
        assert len(reading.frames) == 1
    instance = read({0x7FE00010: ("OB", encapsulated(item, b"abcd"))}).instance
    assert instance.undrawable == CANNOT + "nothing says how its pixel data are compressed."
    assert instance.transfer_syntax_uid == EXPLICIT


def test_native_pixels_that_look_like_an_item(
    read: Callable[..., Reading],
    item: Callable[..., bytes],
    element: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """Values that start like an item are native if they have the length of the frames, or no items fill them."""
    head = dataset({0x00280010: ("US", 3), 0x00280011: ("US", 4), 0x7FE00010: None})
    for value in (item(bytes(4)), item(bytes(4)) + bytes(100)):
        instance = read(part10(head + element(0x7FE00010, "OB", value))).instance
        assert instance.pixels is not None
        assert not instance.pixels.encapsulated
        assert instance.picture is not None


def test_implicit_object(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """An object without VRs gives the same picture."""
    changes = {0x00281050: ("DS", b"40"), 0x00281051: ("DS", b"400"), 0x00280120: ("US", 3)}
    implicit = read(part10(dataset(changes, explicit=False), IMPLICIT))
    assert picture_of(implicit) == picture_of(read(changes))
    assert implicit.instance.transfer_syntax_uid == IMPLICIT


def test_limits_hold_while_values_are_read(
    dataset: Callable[..., bytes], part10: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """A limit that is met after the elements have been found refuses the object too."""
    groups = item(item(b"")) * 30
    data = part10(dataset({0x52009230: ("SQ", groups), 0x00280008: ("IS", b"100"), 0x7FE00010: ("OB", bytes(600))}))
    with pytest.raises(NotAnObject, match="too many elements"):
        read_record(BytesSource(data), "", Stamp(0, 0, 0, 0), ReadLimits(headers=30))
    content = encapsulated(item, *[START] * 20)
    data = part10(dataset({0x7FE00010: ("OB", content)}), JPEG)
    with pytest.raises(NotAnObject, match="too many fragments"):
        read_record(BytesSource(data), "", Stamp(0, 0, 0, 0), ReadLimits(fragments=10))
