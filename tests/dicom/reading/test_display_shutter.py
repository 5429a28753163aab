"""Display shutters of a record, of the object and of its frames (PS3.3 C.7.6.11, C.7.6.16.2.16; RR-25)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from openwado.dicom.picture_record import ByteSpan, DisplayShutter

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Reading
    from openwado.dicom.picture_record import Picture

SHAPE, VALUE, COLOR = 0x00181600, 0x00181622, 0x00181624
EDGES = (0x00181602, 0x00181604, 0x00181606, 0x00181608)
CENTER, RADIUS, VERTICES = 0x00181610, 0x00181612, 0x00181620

Changes = dict[int, tuple[str, Any]]


def rectangle(*edges: bytes) -> Changes:
    """Return a rectangular shutter: left, right, upper, lower."""
    return {SHAPE: ("CS", b"RECTANGULAR "), **{tag: ("IS", edge) for tag, edge in zip(EDGES, edges, strict=True)}}


def picture_of(reading: Reading) -> Picture:
    """Return the picture record."""
    assert reading.instance.picture is not None
    return reading.instance.picture


def shutter_of(reading: Reading) -> DisplayShutter | None:
    """Return the shutter in force for the first frame."""
    return picture_of(reading).frame_attributes.display_shutter


def test_rr_25_all_shapes_are_read_together(read: Callable[..., Reading]) -> None:
    """RR-25: each shape that is named, with its own attributes, and what covers the rest."""
    shutter = shutter_of(
        read(
            {
                **rectangle(b"1 ", b"3 ", b"1 ", b"2 "),
                SHAPE: ("CS", b"RECTANGULAR\\circular\\POLYGONAL"),
                CENTER: ("IS", b"1\\2 "),
                RADIUS: ("IS", b"2 "),
                VERTICES: ("IS", b"1\\1\\1\\3\\2\\2 "),
                VALUE: ("US", 0x8000),
                COLOR: ("US", struct.pack("<3H", 65535, 32896, 32896)),
            }
        )
    )
    assert shutter == DisplayShutter((1, 3, 1, 2), (1, 2, 2), ((1, 1), (1, 3), (2, 2)), 0x8000, (65535, 32896, 32896))


def test_rr_25_attributes_of_a_shape_that_is_not_named_are_left_alone(read: Callable[..., Reading]) -> None:
    """RR-25: Shutter Shape says which shapes there are."""
    assert shutter_of(read({CENTER: ("IS", b"1\\2 "), RADIUS: ("IS", b"2 ")})) is None
    shutter = shutter_of(
        read({**rectangle(b"1 ", b"3 ", b"1 ", b"2 "), CENTER: ("IS", b"1\\2 "), RADIUS: ("IS", b"2 ")})
    )
    assert shutter == DisplayShutter((1, 3, 1, 2))


@pytest.mark.parametrize(
    "changes",
    [
        rectangle(b"0 ", b"0 ", b"0 ", b"0 "),  # zeros, which mean none
        rectangle(b"4 ", b"9 ", b"1 ", b"2 "),  # right of the image, which has three columns
        rectangle(b"3 ", b"1 ", b"1 ", b"2 "),  # edges the wrong way round
        rectangle(b"x ", b"3 ", b"1 ", b"2 "),
        rectangle(b"1 ", b"3 ", b"1 ", b""),
        rectangle(b"1 ", b"99999999", b"1 ", b"2 "),
        {SHAPE: ("CS", b"CIRCULAR"), CENTER: ("IS", b"1\\1 "), RADIUS: ("IS", b"0 ")},
        {SHAPE: ("CS", b"CIRCULAR"), CENTER: ("IS", b"1 "), RADIUS: ("IS", b"2 ")},
        {SHAPE: ("CS", b"POLYGONAL "), VERTICES: ("IS", b"1\\1\\2\\2 ")},
        {SHAPE: ("CS", b"POLYGONAL "), VERTICES: ("IS", b"11\\1\\12\\2\\13\\1")},
        {SHAPE: ("CS", b"BITMAP"), VALUE: ("US", 0)},
    ],
)
def test_rr_25_a_shape_that_would_hide_everything_or_is_none_is_ignored(
    read: Callable[..., Reading], changes: Changes
) -> None:
    """RR-25: the picture is drawn without it; a black picture would be a wrong one."""
    assert shutter_of(read(changes)) is None


@pytest.mark.parametrize(
    ("value", "color"),
    [
        (("SL", struct.pack("<i", -1)), ("SL", struct.pack("<3i", -1, 0, 0))),
        (("DS", b"1e300 "), ("DS", b"1e300\\0\\0 ")),
        (("UL", struct.pack("<I", 70000)), ("UL", struct.pack("<3I", 0, 70000, 0))),
    ],
)
def test_rr_25_values_that_are_no_words_are_black(
    read: Callable[..., Reading], value: tuple[str, bytes], color: tuple[str, bytes]
) -> None:
    """RR-25: what covers the rest is a word of 16 bits, or three; anything else counts as absent."""
    shutter = shutter_of(read({**rectangle(b"1 ", b"3 ", b"1 ", b"2 "), VALUE: value, COLOR: color}))
    assert shutter == DisplayShutter((1, 3, 1, 2))


def test_rr_25_a_scribble_is_no_polygon(read: Callable[..., Reading]) -> None:
    """RR-25: a polygon that crosses each row of the image hundreds of times would take long, and is none."""

    def polygon(*vertices: str) -> DisplayShutter | None:
        """Read a polygonal shutter."""
        return shutter_of(read({SHAPE: ("CS", b"POLYGONAL "), VERTICES: ("IS", "\\".join(vertices).encode())}))

    assert polygon(*(f"{1 + number % 2}\\{1 + number % 3}" for number in range(400))) is None
    outline = polygon("1\\1", *(f"2\\{1 + number % 3}" for number in range(400)))
    assert outline is not None
    assert len(outline.polygon) == 401


def test_rr_25_a_frame_has_its_own_shutter(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """C.7.6.16.2.16: per frame, else shared, else that of the object; so it is with Pixel Intensity Relationship."""

    def circle(radius: bytes) -> bytes:
        """Return a Frame Display Shutter Sequence."""
        content = element(SHAPE, "CS", b"CIRCULAR") + element(CENTER, "IS", b"1\\2 ") + element(RADIUS, "IS", radius)
        return element(0x00189472, "SQ", item(content))

    def relationship(word: bytes) -> bytes:
        """Return a Frame Pixel Data Properties Sequence."""
        return element(0x00289443, "SQ", item(element(0x00281040, "CS", word)))

    reading = read(
        {
            **rectangle(b"1 ", b"3 ", b"1 ", b"2 "),
            0x00280008: ("IS", b"3 "),
            0x52009229: ("SQ", item(circle(b"1 ") + relationship(b"LIN "))),
            0x52009230: ("SQ", item(circle(b"2 ")) + item(relationship(b"LOG ")) + item(b"")),
            0x7FE00010: ("OB", bytes(18)),
        }
    )
    first = picture_of(reading).frame_attributes
    found = [
        first if not entry.attributes else reading.frame_attributes[entry.attributes - 1] for entry in reading.frames
    ]
    assert [one.display_shutter and one.display_shutter.circle for one in found] == [(1, 2, 2), (1, 2, 1), (1, 2, 1)]
    assert [one.pixel_intensity_relationship for one in found] == ["LIN", "LOG", "LIN"]


# ---------------------------------------------------------------------- what else a picture record has


def test_rr_16_where_the_profile_is(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """RR-16: of colour images only; a slide keeps it in its optical path (C.8.12.5)."""
    profile = ("OB", b"profile!")
    color: Changes = {0x00280002: ("US", 3), 0x00280004: ("CS", b"RGB "), 0x7FE00010: ("OB", bytes(18))}
    path = item(element(0x00282000, "OB", b"path"))
    span = picture_of(read({**color, 0x00282000: profile})).icc_profile
    assert span is not None
    assert span.length == 8
    assert picture_of(read({0x00282000: profile})).icc_profile is None
    palette: Changes = {0x00089205: ("CS", b"COLOR ")}
    for channel in (1, 2, 3):
        palette[0x00281100 | channel] = ("US", struct.pack("<3H", 2, 0, 16))
        palette[0x00281200 | channel] = ("OW", bytes(4))
    assert picture_of(read({0x00282000: profile, **palette})).icc_profile is not None
    assert picture_of(read({**color, 0x00282000: ("OB", b"")})).icc_profile is None
    assert picture_of(read({**color, 0x00480105: ("SQ", item(b"") + path)})).icc_profile == ByteSpan(
        span_of_path(read, color, path), 4
    )


def span_of_path(read: Callable[..., Reading], color: Changes, path: bytes) -> int:
    """Return where a profile in the second item of the Optical Path Sequence has to be: before the pixel data."""
    pixels = read({**color, 0x00480105: ("SQ", bytes.fromhex("feff00e000000000") + path)}).instance.pixels
    assert pixels is not None
    return pixels.element_offset - 4


def test_rr_29_what_is_white_in_a_segmentation(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """RR-29 (C.8.20.2.3): Maximum Fractional Value, or the largest number of a label map's segments."""
    segments = item(element(0x00620004, "US", 3)) + item(element(0x00620004, "US", 17)) + item(b"")
    fractional = picture_of(read({0x00620001: ("CS", b"FRACTIONAL"), 0x0062000E: ("US", 100)}))
    labels = picture_of(read({0x00620001: ("CS", b"LABELMAP"), 0x00620002: ("SQ", segments)}))
    binary = picture_of(read({0x00620001: ("CS", b"BINARY"), 0x0062000E: ("US", 100)}))
    assert [(one.white_value, one.is_label_map) for one in (fractional, labels, binary)] == [
        (100, False),
        (17, True),
        (0, False),
    ]
