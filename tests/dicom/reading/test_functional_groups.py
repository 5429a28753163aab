"""What differs from frame to frame: Pixel Value Transformation, Frame VOI LUT (PS3.3 C.7.6.16.2.9, C.7.6.16.2.10)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Reading
    from openwado.dicom.picture_record import FrameAttributes

SHARED, PER_FRAME = 0x52009229, 0x52009230
TRANSFORMATION, FRAME_VOI = 0x00289145, 0x00289132


@pytest.fixture
def groups(element: Callable[..., bytes], item: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that writes one functional group item."""

    def groups(
        slope: float | None = None, center: float | None = None, extra: bytes = b"", *, undefined: bool = False
    ) -> bytes:
        content = extra
        if center is not None:
            window = element(0x00281050, "DS", f"{center}".encode()) + element(0x00281051, "DS", b"100")
            content += element(FRAME_VOI, "SQ", item(window, undefined=undefined), undefined=undefined)
        if slope is not None:
            rescale = element(0x00281052, "DS", b"0") + element(0x00281053, "DS", f"{slope}".encode())
            content += element(TRANSFORMATION, "SQ", item(rescale, undefined=undefined), undefined=undefined)
        return item(content, undefined=undefined)

    return groups


def frames_of(count: int, **changes: tuple[str, bytes]) -> dict[int, tuple[str, bytes]]:
    """Return the changes that make an image of several frames."""
    return {
        0x00280008: ("IS", str(count).encode()),
        0x7FE00010: ("OB", bytes(6 * count)),
        **{int(tag, 16): value for tag, value in changes.items()},
    }


def greys_of(reading: Reading) -> list[FrameAttributes]:
    """Return the frame attributes of every frame."""
    picture = reading.instance.picture
    assert picture is not None
    every = (picture.frame_attributes, *reading.frame_attributes)
    return [every[entry.attributes] for entry in reading.frames] or [
        picture.frame_attributes
    ] * picture.image_pixel.number_of_frames


@pytest.mark.parametrize("undefined", [True, False])
def test_rr_18_rr_19_frames_have_grey_attributes_of_their_own(
    read: Callable[..., Reading], groups: Callable[..., bytes], *, undefined: bool
) -> None:
    """Each frame's own macros are in force; distinct ones are numbered; frame 1 is in the picture record."""
    slopes = [1.5, 2.5, 1.5, 3.5]
    per_frame = b"".join(groups(slope, 40, undefined=undefined) for slope in slopes)
    reading = read({**frames_of(4), PER_FRAME: ("SQ", per_frame)})
    assert [grey.rescale_slope for grey in greys_of(reading)] == slopes
    assert [entry.attributes for entry in reading.frames] == [0, 1, 0, 2]
    assert len(reading.frame_attributes) == 2
    pixels = reading.instance.pixels
    assert pixels is not None
    assert [(entry.offset - pixels.offset, entry.length) for entry in reading.frames] == [
        (0, 6),
        (6, 6),
        (12, 6),
        (18, 6),
    ]


def test_equal_frames_need_no_table(read: Callable[..., Reading], groups: Callable[..., bytes]) -> None:
    """Frames that say the same in different bytes share the picture record."""
    per_frame = groups(1.0, 40) + groups(1, 40.0)
    reading = read({**frames_of(2), PER_FRAME: ("SQ", per_frame)})
    assert reading.frames == ()
    assert reading.frame_attributes == ()


def test_per_frame_before_shared_before_top_level(read: Callable[..., Reading], groups: Callable[..., bytes]) -> None:
    """Each macro is taken from the frame, else from the shared groups, else from the data set."""
    top = {0x00281050: ("DS", b"1"), 0x00281051: ("DS", b"10"), 0x00281053: ("DS", b"9")}
    plain = read({**frames_of(2), **top})
    shared = read({**frames_of(2), **top, SHARED: ("SQ", groups(None, 2))})
    mixed = read({**frames_of(2), **top, SHARED: ("SQ", groups(7, 2)), PER_FRAME: ("SQ", groups(8) + groups(None, 3))})

    def summary(reading: Reading) -> list[tuple[float | None, float]]:
        return [(grey.rescale_slope, grey.windows[0].center) for grey in greys_of(reading)]

    assert summary(plain) == [(9, 1)] * 2
    assert summary(shared) == [(9, 2)] * 2
    assert summary(mixed) == [(8, 2), (7, 3)]


def test_fewer_items_than_frames(read: Callable[..., Reading], groups: Callable[..., bytes]) -> None:
    """Frames without an item have what is shared; items without a frame are not looked at."""
    reading = read({**frames_of(3), PER_FRAME: ("SQ", groups(2.0)), SHARED: ("SQ", groups(5.0))})
    assert [grey.rescale_slope for grey in greys_of(reading)] == [2.0, 5.0, 5.0]
    reading = read({**frames_of(1), PER_FRAME: ("SQ", groups(2.0) + groups(3.0))})
    assert [grey.rescale_slope for grey in greys_of(reading)] == [2.0]
    assert reading.frame_attributes == ()


def test_voi_lut_in_a_frame(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """A frame may have a VOI LUT Sequence, and then the windows of the data set are not its own (C.7.6.16.2.10b)."""
    lut = item(element(0x00283002, "US", struct.pack("<3H", 2, 0, 8)) + element(0x00283006, "OW", b"\1\0\2\0"))
    voi = item(element(FRAME_VOI, "SQ", item(element(0x00283010, "SQ", lut))))
    top = {0x00281050: ("DS", b"1"), 0x00281051: ("DS", b"10")}
    (grey,) = greys_of(read({**top, PER_FRAME: ("SQ", voi)}))
    assert grey.windows == ()
    assert grey.voi_luts[0].entries == b"\1\0\2\0"


def test_encapsulated_frames_carry_their_numbers(
    read: Callable[..., Reading], groups: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """Entries of encapsulated frames have the number of their frame attributes too."""
    pixel_data = item(b"") + item(b"\xff\xd8\xff\xe0") + item(b"\xff\xd8\xff\xe1")
    changes = {**frames_of(2), 0x7FE00010: ("OB", pixel_data), PER_FRAME: ("SQ", groups(1.0) + groups(2.0))}
    reading = read(changes, "1.2.840.10008.1.2.4.50")
    assert [entry.attributes for entry in reading.frames] == [0, 1]


def test_lookup_tables_of_all_frames_are_bounded(
    read: Callable[..., Reading],
    element: Callable[..., bytes],
    item: Callable[..., bytes],
    groups: Callable[..., bytes],
) -> None:
    """A VOI LUT that a thousand different rescales would multiply to gigabytes makes the image undrawable."""
    table = item(element(0x00283002, "US", struct.pack("<3H", 0, 0, 16)) + element(0x00283006, "OW", bytes(131072)))
    per_frame = b"".join(groups(1 + number / 1000) for number in range(1000))
    changes = {
        **frames_of(1000),
        0x00283010: ("SQ", table * 8),
        PER_FRAME: ("SQ", per_frame),
    }
    instance = read(changes).instance
    assert instance.picture is None
    assert (
        instance.undrawable == "This image cannot be drawn: the lookup tables or shutters of its frames are too large."
    )
    assert instance.number_of_frames == 1000


def test_shared_pixel_measures_give_the_aspect(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """Pixel Spacing of the shared Pixel Measures is used where the data set has none (C.7.6.16.2.1)."""
    measures = item(element(0x00289110, "SQ", item(element(0x00280030, "DS", b"0.5\\0.25"))))
    picture = read({SHARED: ("SQ", measures)}).instance.picture
    assert picture is not None
    assert picture.pixel_aspect == (0.5, 0.25)
