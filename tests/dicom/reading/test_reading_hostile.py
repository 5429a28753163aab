"""Damaged and hostile objects: refused with a reason or read, never anything else."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from openwado.dicom.frames import native_entry, object_source, read_frame
from openwado.dicom.instance import Stamp
from openwado.dicom.reader import NotAnObject
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = (
    "CT_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "image_dfl.dcm",
    "reportsi.dcm",
    "rtplan.dcm",
    "examples_palette.dcm",
    "examples_overlay.dcm",
    "nested_priv_SQ.dcm",
    "liver_1frame.dcm",
    "no_meta_group_length.dcm",
    "ExplVR_BigEndNoMeta.dcm",
    "badVR.dcm",
)
HEAD = 6000
FRAMES_LOOKED_AT = 4


def content_of(name: str) -> bytes:
    """Return one of pydicom's own test files."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path).read_bytes()


CONTENTS = {name: content_of(name) for name in NAMES}


def read_all(data: bytes) -> str:
    """Read an object and its first frames; return the reason if it is refused."""
    source = BytesSource(data)
    try:
        reading = read_record(source, "key", Stamp(len(data), 0, 0, 0))
    except NotAnObject as refused:
        return refused.reason or "no reason"
    instance = reading.instance
    assert instance.picture is None or not instance.undrawable
    if instance.picture is not None:
        assert instance.number_of_frames == instance.picture.image_pixel.number_of_frames >= 1
        inflated = object_source(source, instance)
        for number in range(1, min(instance.number_of_frames, FRAMES_LOOKED_AT) + 1):
            entry = reading.frames[number - 1] if reading.frames else native_entry(instance, number)
            read_frame(inflated, instance, entry)
    return ""


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(NAMES),
    flips=st.lists(st.tuples(st.integers(0, HEAD), st.integers(0, 255)), max_size=12),
    cut=st.none() | st.integers(0, HEAD),
)
def test_flipped_and_cut_objects(name: str, flips: list[tuple[int, int]], cut: int | None) -> None:
    """Random bytes in place of others, and truncation, lead to a record or to a reason; records lead to frames."""
    data = bytearray(CONTENTS[name])
    for place, value in flips:
        data[place % len(data)] = value
    read_all(bytes(data[:cut]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(NAMES),
    place=st.integers(0, HEAD),
    value=st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFE, 0xE000FFFE, 0xE0DDFFFE, 0xE00DFFFE]),
)
def test_special_numbers_in_every_place(name: str, place: int, value: int) -> None:
    """Undefined lengths, delimiters and extreme numbers anywhere do no harm."""
    data = bytearray(CONTENTS[name])
    struct.pack_into("<I", data, place % (len(data) - 4), value)
    read_all(bytes(data))


@settings(max_examples=200, deadline=None)
@given(
    tag=st.sampled_from(
        [0x00280008, 0x00280010, 0x00280100, 0x00281050, 0x00281053, 0x00283010, 0x00281101, 0x00280120]
    ),
    vr=st.sampled_from(["US", "SS", "IS", "DS", "SQ", "UN", "OW", "FD", "UL", "AT", "PN"]),
    value=st.binary(max_size=40),
)
def test_any_value_in_any_attribute(tag: int, vr: str, value: bytes) -> None:
    """Whatever bytes and VR an attribute has, the object is read."""
    head = bytes(128) + b"DICM"
    uids = {0x00080018: b"1.2.3.4\0", 0x0020000D: b"1.2.3\0", 0x0020000E: b"1.2.3.5\0"}
    numbers = {0x00280010: 2, 0x00280011: 3, 0x00280100: 8}
    elements = {key: ("UI", uid) for key, uid in uids.items()}
    elements |= {key: ("US", struct.pack("<H", number)) for key, number in numbers.items()}
    elements |= {0x00280004: ("CS", b"MONOCHROME2 "), tag: (vr, value), 0x7FE00010: ("OB", bytes(6))}
    data = head
    for key, (kind, content) in sorted(elements.items()):
        length = (
            struct.pack("<HI", 0, len(content)) if kind in ("OB", "OW", "SQ", "UN") else struct.pack("<H", len(content))
        )
        data += struct.pack("<HH", key >> 16, key & 0xFFFF) + kind.encode() + length + content
    assert read_all(data) == ""


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_random_bytes_after_a_prefix(data: bytes) -> None:
    """Random bytes behind preamble and prefix, and a random deflated data set, are refused or read."""
    read_all(bytes(128) + b"DICM" + data)
    meta = b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99"
    compressor = zlib.compressobj(wbits=-15)
    read_all(bytes(128) + b"DICM" + meta + compressor.compress(data) + compressor.flush())
    read_all(bytes(128) + b"DICM" + meta + data)


def peak_of(data: bytes) -> tuple[int, float]:
    """Return the bytes allocated and the seconds taken while an object is read."""
    tracemalloc.start()
    started = time.monotonic()
    read_all(data)
    seconds = time.monotonic() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, seconds


@pytest.mark.parametrize("claim", [0x7FFFFFFE, 0xFFFFFFF0])
def test_claimed_lengths_allocate_nothing(
    element: Callable[..., bytes], dataset: Callable[..., bytes], part10: Callable[..., bytes], claim: int
) -> None:
    """Lengths and counts of gigabytes in a small file take neither memory nor time."""
    changes = {
        0x00280008: ("IS", b"2147483647"),
        0x00280010: ("US", 65535),
        0x00280011: ("US", 65535),
        0x00281201: ("OW", b""),
    }
    data = part10(dataset(changes))
    for tag in (0x00281201, 0x7FE00010):
        header = element(tag, "OW" if tag == 0x00281201 else "OB", b"")[:8]
        place = data.index(header) + 8
        peak, seconds = peak_of(data[:place] + struct.pack("<I", claim) + data[place + 4 :])
        assert peak < 5_000_000
        assert seconds < 5


class FailingSource:
    """A source that raises, or gives fewer bytes than it promised, from a certain read on."""

    def __init__(self, data: bytes, reads: int, failure: BaseException | None) -> None:
        self._data = data
        self._reads = reads
        self._failure = failure
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes as long as all is well."""
        self._reads -= 1
        if self._reads >= 0:
            return self._data[offset : offset + length]
        if self._failure is not None:
            raise self._failure
        return self._data[offset : offset + length][:5]


@pytest.mark.parametrize(
    ("failure", "reasons"),
    [
        (MemoryError(), {"unreadable: out of memory"}),
        (RecursionError(), {"too deeply nested", "unreadable: malformed values"}),
        (OverflowError(), {"unreadable: malformed elements", "unreadable: malformed values"}),
    ],
)
def test_failures_deep_inside_become_reasons(failure: BaseException, reasons: set[str]) -> None:
    """Running out of memory or stack, at whatever read, refuses the object."""
    data = CONTENTS["SC_rgb_rle_2frame.dcm"]
    met = set()
    for reads in range(12):
        try:
            read_record(FailingSource(data, reads, failure), "key", Stamp(0, 0, 0, 0))
        except NotAnObject as refused:
            met.add(refused.reason)
    assert met == reasons


@pytest.mark.parametrize("name", ["SC_rgb_rle_2frame.dcm", "nested_priv_SQ.dcm", "image_dfl.dcm", "reportsi.dcm"])
def test_source_that_ends_before_its_size(name: str) -> None:
    """A source that gives fewer bytes than it promised, from whatever read on, leads to a record or a reason."""
    outcomes = set()
    for reads in range(12):
        try:
            outcomes.add(bool(read_record(FailingSource(CONTENTS[name], reads, None), "key", Stamp(0, 0, 0, 0))))
        except NotAnObject as refused:
            outcomes.add(bool(refused.reason))
    assert outcomes == {True}


def test_millions_of_tiny_frames_make_no_table(dataset: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """A claim of two thousand million frames of one bit gives no more frames than are allowed, and no list of them."""
    changes = {
        0x00280008: ("IS", b"2147483647"),
        0x00280010: ("US", 1),
        0x00280011: ("US", 1),
        0x00280100: ("US", 1),
        0x7FE00010: ("OB", bytes(2_000_000)),
    }
    data = part10(dataset(changes))
    instance = read_record(BytesSource(data), "", Stamp(0, 0, 0, 0)).instance
    assert instance.number_of_frames == 5_000_000
    peak, _ = peak_of(data)
    assert peak < 5_000_000


def test_items_without_content_take_little_memory(item: Callable[..., bytes], part10: Callable[..., bytes]) -> None:
    """Tens of thousands of empty items in a sequence of undefined length are passed over, not built."""
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1115, b"SQ", 0, 0xFFFFFFFF) + item(b"") * 50_000
    peak, _ = peak_of(part10(sequence))
    assert peak < 3_000_000


def test_record_of_a_replaced_object_gives_corrupt_frames() -> None:
    """Reading frames by the record of another object ends in CorruptObject, not in wrong bytes of a stream."""
    data = CONTENTS["SC_rgb_rle_2frame.dcm"]
    reading = read_record(BytesSource(data), "key", Stamp(0, 0, 0, 0))
    for other in (data[:2000], bytes(len(data)), CONTENTS["CT_small.dcm"]):
        with pytest.raises(CorruptObject):
            read_frame(BytesSource(other), reading.instance, reading.frames[1])
