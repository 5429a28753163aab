"""Lookup tables of objects: descriptors, packings, segments (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5, C.7.9.2)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from openwado.dicom.palette_segments import expand_segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Reading
    from openwado.dicom.picture_record import LookupTable, Palette

DESCRIPTOR, DATA = 0x00283002, 0x00283006


def words(*values: int) -> bytes:
    """Return little-endian words."""
    return struct.pack(f"<{len(values)}H", *(value & 0xFFFF for value in values))


def entries_of(table: LookupTable) -> list[int]:
    """Return the entries of a table."""
    return [int(entry) for entry in np.frombuffer(table.entries, "<u2")]


@pytest.fixture
def read_voi_lut(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> Callable[..., LookupTable | None]:
    """Return a function that reads one VOI LUT out of an image of 16 bits."""

    def read_voi_lut(
        descriptor: bytes, data: bytes, vr: str = "OW", signed: int = 0, **changes: tuple[str, bytes]
    ) -> LookupTable | None:
        sequence = item(element(DESCRIPTOR, "US", descriptor) + element(DATA, vr, data))
        reading = read(
            {
                0x00280100: ("US", 16),
                0x00280101: ("US", 12),
                0x00280102: ("US", 11),
                0x00280103: ("US", signed),
                0x00283010: ("SQ", sequence),
                0x7FE00010: ("OW", bytes(12)),
                **{int(tag, 16): value for tag, value in changes.items()},
            }
        )
        assert reading.instance.picture is not None
        luts = reading.instance.picture.frame_attributes.voi_luts
        return luts[0] if luts else None

    return read_voi_lut


def test_rr_20_voi_lut_of_words(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """A VOI LUT keeps its first value mapped, bits and entries."""
    table = read_voi_lut(words(4, 100, 12), words(0, 1000, 2000, 4095))
    assert table is not None
    assert (table.first_mapped, table.bits, entries_of(table)) == (100, 12, [0, 1000, 2000, 4095])


@pytest.mark.parametrize("vr", ["US", "SS", "OW", "UN"])
def test_lut_data_vr_does_not_matter(read_voi_lut: Callable[..., LookupTable | None], vr: str) -> None:
    """Entries are unsigned words whatever VR they were written with."""
    table = read_voi_lut(words(2, 0, 16), words(1, 65535), vr)
    assert table is not None
    assert entries_of(table) == [1, 65535]


def test_c_11_1_1_zero_entries_mean_65536(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """A descriptor of 0 entries stands for 65536."""
    table = read_voi_lut(words(0, 0, 16), np.arange(65536, dtype="<u2").tobytes())
    assert table is not None
    assert entries_of(table) == list(range(65536))


def test_rr_12_entries_of_eight_bits_may_be_packed(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """As many bytes as entries are entries of 8 bits, with a pad byte or not, also where 16 bits are said."""
    for count in (4, 5):
        for bits in (8, 16):
            table = read_voi_lut(words(count, 0, bits), bytes(range(250, 250 + count)))
            assert table is not None
            assert (table.bits, entries_of(table)) == (8, list(range(250, 250 + count)))


def test_entries_of_eight_bits_in_words(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """Twice as many bytes as entries are words, of 8 bits where the descriptor says so."""
    table = read_voi_lut(words(3, 0, 8), words(0, 128, 255))
    assert table is not None
    assert (table.bits, entries_of(table)) == (8, [0, 128, 255])


def test_entries_wider_than_the_descriptor_widen_the_table(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """Entries are never above the full range of a table."""
    table = read_voi_lut(words(3, 0, 8), words(0, 300, 4095))
    assert table is not None
    assert table.bits == 12


def test_missing_entries_shorten_the_table(read_voi_lut: Callable[..., LookupTable | None]) -> None:
    """A table with fewer entries than said keeps those it has; more are cut off."""
    short = read_voi_lut(words(10, 0, 12), words(1, 2, 3))
    long = read_voi_lut(words(2, 0, 12), words(1, 2, 3))
    assert short is not None
    assert long is not None
    assert (entries_of(short), entries_of(long)) == ([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("descriptor", "data"),
    [
        (b"", words(1, 2)),
        (words(2, 0), words(1, 2)),
        (words(2, 0, 0), words(1, 2)),
        (words(2, 0, 17), words(1, 2)),
        (words(2, 0, 16), b""),
    ],
)
def test_malformed_lut_is_left_out(
    read_voi_lut: Callable[..., LookupTable | None], descriptor: bytes, data: bytes
) -> None:
    """A table without descriptor, entries or sensible bits is as good as absent."""
    assert read_voi_lut(descriptor, data) is None


def test_alternatives_are_bounded(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """Of hundreds of VOI LUTs and windows the first ones are kept."""
    lut = item(element(DESCRIPTOR, "US", words(2, 0, 8)) + element(DATA, "OW", words(1, 2)))
    windows = {0x00281050: ("DS", b"\\".join([b"40"] * 200)), 0x00281051: ("DS", b"\\".join([b"9"] * 200))}
    picture = read({**windows, 0x00283010: ("SQ", lut * 200)}).instance.picture
    assert picture is not None
    assert (len(picture.frame_attributes.voi_luts), len(picture.frame_attributes.windows)) == (64, 64)


@pytest.mark.parametrize("signed", [0, 1])
def test_rr_20_the_first_value_mapped_is_kept_as_a_word(
    read_voi_lut: Callable[..., LookupTable | None], signed: int
) -> None:
    """RR-20: its sign is that of values after the Modality LUT, which is settled when the image is drawn."""
    table = read_voi_lut(words(2, -1000, 12), words(1, 2), signed=signed)
    assert table is not None
    assert table.first_mapped == 64536


def test_rr_18_modality_lut(
    read: Callable[..., Reading], element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """A Modality LUT maps signed values if stored ones are; its output is not negative; a rescale beside it is idle."""
    lut = item(element(DESCRIPTOR, "SS", words(2, -5, 16)) + element(DATA, "OW", words(7, 9)))
    voi = item(element(DESCRIPTOR, "US", words(2, -1000, 12)) + element(DATA, "OW", words(1, 2)))
    changes = {0x00280103: ("US", 1), 0x00283000: ("SQ", lut), 0x00283010: ("SQ", voi)}
    picture = read(changes).instance.picture
    assert picture is not None
    assert picture.frame_attributes.modality_lut is not None
    assert (picture.frame_attributes.modality_lut.first_mapped, entries_of(picture.frame_attributes.modality_lut)) == (
        -5,
        [7, 9],
    )
    assert picture.frame_attributes.voi_luts[0].first_mapped == 64536
    rescale = {0x00281052: ("DS", b"3"), 0x00281053: ("DS", b"2")}
    both = read({**changes, **rescale}).instance.picture
    assert both is not None
    assert both.frame_attributes == picture.frame_attributes
    unusable = read({**changes, **rescale, 0x00283000: ("SQ", item(b""))}).instance.picture
    assert unusable is not None
    assert unusable.frame_attributes.modality_lut is None
    assert (unusable.frame_attributes.rescale_slope, unusable.frame_attributes.rescale_intercept) == (2.0, 3.0)


PALETTE = {
    0x00280004: ("CS", b"PALETTE COLOR"),
    **{tag: ("US", words(3, 0, 16)) for tag in (0x00281101, 0x00281102, 0x00281103)},
    0x00281201: ("OW", words(0, 0x8000, 0xFFFF)),
    0x00281202: ("OW", words(1, 0x8000, 0xFFFF)),
    0x00281203: ("OW", words(2, 0x8000, 0xFFFF)),
}


def read_palette(read: Callable[..., Reading], changes: dict[int, tuple[str, bytes]]) -> Palette:
    """Return the palette of an image with changed palette elements."""
    picture = read({**PALETTE, **changes}).instance.picture
    assert picture is not None
    assert picture.palette is not None
    return picture.palette


def test_rr_12_palette(read: Callable[..., Reading]) -> None:
    """Red, green and blue are read with their descriptors."""
    palette = read_palette(read, {})
    assert [entries_of(table)[0] for table in (palette.red, palette.green, palette.blue)] == [0, 1, 2]
    assert (palette.red.bits, palette.red.first_mapped) == (16, 0)


def test_rr_12_sixteen_bits_that_never_exceed_255_are_eight(read: Callable[..., Reading]) -> None:
    """All three tables count: one of them with wider entries keeps 16 bits for all."""
    narrow = {tag: ("OW", words(0, 100, 255)) for tag in (0x00281201, 0x00281202, 0x00281203)}
    palette = read_palette(read, narrow)
    assert [table.bits for table in (palette.red, palette.green, palette.blue)] == [8, 8, 8]
    palette = read_palette(read, {**narrow, 0x00281203: ("OW", words(0, 256, 65535))})
    assert [table.bits for table in (palette.red, palette.green, palette.blue)] == [16, 16, 16]


def test_missing_descriptors_of_green_and_blue_are_those_of_red(read: Callable[..., Reading]) -> None:
    """The three descriptors are the same by the clause, so one of them is enough."""
    palette = read_palette(read, {0x00281102: ("US", b""), 0x00281103: ("US", b"")})
    assert entries_of(palette.blue) == [2, 0x8000, 0xFFFF]


@pytest.mark.parametrize("tag", [0x00281201, 0x00281203])
def test_unusable_palette_cannot_be_drawn(read: Callable[..., Reading], tag: int) -> None:
    """Without one of its three tables an image of PALETTE COLOR has no picture."""
    instance = read({**PALETTE, tag: ("OW", b"")}).instance
    assert instance.picture is None
    assert instance.undrawable == "This image cannot be drawn: its palette is missing or malformed."
    assert read({**PALETTE, 0x00281101: None}).instance.picture is None


def test_rr_14_supplemental_palette(read: Callable[..., Reading]) -> None:
    """A grey image has a palette only where Pixel Presentation says that it is coloured."""
    grey = {**PALETTE, 0x00280004: ("CS", b"MONOCHROME2")}
    plain, colored = read(grey).instance.picture, read({**grey, 0x00089205: ("CS", b"COLOR")}).instance.picture
    assert plain is not None
    assert colored is not None
    assert plain.palette is None
    assert colored.palette is not None


def test_palette_of_big_endian_object(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Words and bytes packed in words of a big-endian object come out in the order of their values."""
    wide = struct.pack(">3H", 0, 300, 65535)
    changes = {
        **{tag: ("US", struct.pack(">3H", 3, 0, 16)) for tag in (0x00281101, 0x00281102, 0x00281103)},
        **dict.fromkeys((2626049, 2626050, 2626051), ("OW", wide)),
        0x00280004: ("CS", b"PALETTE COLOR"),
    }
    syntax = "1.2.840.10008.1.2.2"
    picture = read(part10(dataset(changes, little=False), syntax)).instance.picture
    assert picture is not None
    assert picture.palette is not None
    assert entries_of(picture.palette.red) == [0, 300, 65535]
    packed = {tag: ("OW", bytes([2, 1, 0, 3])) for tag in (0x00281201, 0x00281202, 0x00281203)}
    picture = read(part10(dataset({**changes, **packed}, little=False), syntax)).instance.picture
    assert picture is not None
    assert picture.palette is not None
    assert entries_of(picture.palette.red) == [1, 2, 3]


def test_rr_13_segmented_palette(read: Callable[..., Reading]) -> None:
    """Segments are expanded to as many entries as the descriptor says, else the palette is unusable."""
    segments = words(0, 2, 0, 100, 1, 4, 500)
    changes: dict[int, tuple[str, bytes] | None] = {
        **PALETTE,
        **{tag: ("US", words(6, 0, 16)) for tag in (0x00281101, 0x00281102, 0x00281103)},
        **dict.fromkeys((2626049, 2626050, 2626051)),
        **dict.fromkeys((2626081, 2626082, 2626083), ("OW", segments)),
    }
    picture = read(changes).instance.picture
    assert picture is not None
    assert picture.palette is not None
    assert entries_of(picture.palette.green) == [0, 100, 200, 300, 400, 500]
    assert read({**changes, 0x00281222: ("OW", segments[:-2])}).instance.picture is None


def test_rr_13_segmented_palette_of_bytes(read: Callable[..., Reading]) -> None:
    """Segments of entries of 8 bits are bytes."""
    changes: dict[int, tuple[str, bytes] | None] = {
        **PALETTE,
        **{tag: ("US", words(4, 0, 8)) for tag in (0x00281101, 0x00281102, 0x00281103)},
        **dict.fromkeys((2626049, 2626050, 2626051)),
        **{tag: ("OW", bytes([0, 2, 0, 10, 1, 2, 30, 0])) for tag in (0x00281221, 0x00281222, 0x00281223)},
    }
    picture = read(changes).instance.picture
    assert picture is not None
    assert picture.palette is not None
    assert (picture.palette.red.bits, entries_of(picture.palette.red)) == (8, [0, 10, 20, 30])


@pytest.mark.parametrize(
    ("segments", "entry_bytes", "expanded"),
    [
        ([0, 1, 0, 1, 3, 1], 2, [0, 0, 1, 1]),
        ([0, 1, 9, 1, 3, 0], 2, [9, 6, 3, 0]),
        ([0, 1, 5, 1, 2, 5], 2, [5, 5, 5]),
        ([0, 1, 0, 1, 2, 10, 2, 2, 0, 0], 2, [0, 5, 10, 0, 5, 10]),
        ([0, 1, 0, 1, 2, 10, 2, 1, 6, 0], 2, [0, 5, 10, 10, 10]),
        ([0, 1, 4, 1, 2, 8, 2, 1, 3, 0, 0, 0], 1, [4, 6, 8, 8, 8]),
        ([0, 2, 1, 2, 0], 2, [1, 2]),
        ([1, 2, 10], 2, []),
        ([0, 5, 1], 2, []),
        ([0, 0, 0, 1, 7], 2, []),
        ([0, 1, 1, 7, 1, 1], 2, [1]),
        ([0, 1, 1, 2, 1, 6, 0], 2, [1]),
        ([0, 1, 1, 2, 1], 2, [1]),
        ([0, 1, 1, 2, 1, 0], 2, [1]),
        ([0, 1, 1, 2, 9, 0, 0], 2, [1, 1]),
        ([0, 1, 1, 2, 1, 999, 0], 2, [1]),
    ],
)
def test_c_7_9_2_segments(segments: list[int], entry_bytes: int, expanded: list[int]) -> None:
    """Discrete, linear and indirect segments expand as the clause says; malformed ones end the table."""
    assert expand_segments(segments, 100, entry_bytes=entry_bytes) == expanded


def test_segments_never_expand_beyond_the_table() -> None:
    """A few words that stand for billions of entries give no more than are wanted."""
    assert len(expand_segments([0, 1, 1, *([1, 65535, 9] * 100)], 256, entry_bytes=2)) == 256
    assert len(expand_segments([0, 1, 1, *([2, 65535, 0, 0] * 100)], 256, entry_bytes=2)) <= 256
    assert expand_segments([0, 3, 1, 2, 3, 2, 1, 0, 0], 5, entry_bytes=2) == [1, 2, 3, 1, 2]
