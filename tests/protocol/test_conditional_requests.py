"""Conditional and range requests (RFC 9110 ch. 13 and 14; PS3.18 8.5)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openwado.protocol.conditional import (
    UNSATISFIABLE,
    ByteRange,
    Unsatisfiable,
    if_none_match,
    if_range_matches,
    parse_range,
)

TAG = '"abc"'


@pytest.mark.parametrize(
    "header", [TAG, "*", " * ", 'W/"abc"', '"x", "abc"', '"x",W/"abc",', ',, "a,b" , "abc"', '"x","abc"', '"","abc"']
)
def test_rfc_9110_13_1_2_none_match_names_it(header: str) -> None:
    """If-None-Match names the tag, weakly, in a list, or by `*`."""
    assert if_none_match(header, TAG)


@pytest.mark.parametrize(
    "header",
    [None, "", "abc", '"ABC"', '"abc', 'abc"', '"abcd"', "'abc'", 'w/"abc"', '"x" "abc"', '"x, "abc"', '*, "abc"'],
)
def test_rfc_9110_13_1_2_none_match_does_not_name_it(header: str | None) -> None:
    """Another tag, no field, or what is no list of tags does not match."""
    assert not if_none_match(header, TAG)


def test_rfc_9110_8_8_3_2_weak_comparison() -> None:
    """The comparison of If-None-Match is weak on both sides."""
    assert if_none_match('"abc"', 'W/"abc"')


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, True),
        (TAG, True),
        (f" {TAG} ", True),
        ('W/"abc"', False),
        ('"abd"', False),
        ("Tue, 15 Nov 1994 12:45:26 GMT", False),
        ("", False),
        ("*", False),
    ],
)
def test_rfc_9110_13_1_5_if_range(header: str | None, expected: bool) -> None:  # noqa: FBT001 -- a test's expectation
    """Without If-Range a range counts; with it only for the same strong tag."""
    assert if_range_matches(header, TAG) is expected


def test_rfc_9110_13_1_5_if_range_is_strong() -> None:
    """A weak current tag matches no If-Range."""
    assert not if_range_matches('W/"abc"', 'W/"abc"')


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", ByteRange(0, 10)),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=99-", ByteRange(99, 100)),
        ("bytes=90-1000", ByteRange(90, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-1000", ByteRange(0, 100)),
        ("BYTES=5-5", ByteRange(5, 6)),
        ("bytes= 5-5 ", ByteRange(5, 6)),
        ("bytes=000000000000000000000000-1", ByteRange(0, 2)),
        ("bytes=0-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=100-", UNSATISFIABLE),
        ("bytes=100-200", UNSATISFIABLE),
        ("bytes=" + "9" * 5000 + "-", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=9-0", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("bytes=+1-2", None),
        ("bytes=1-2-3", None),
        ("bytes=٣-٤", None),
        ("bytes 0-9", None),
        ("frames=0-9", None),
    ],
)
def test_rfc_9110_14_2_single_ranges(header: str | None, expected: ByteRange | Unsatisfiable | None) -> None:
    """One range in bytes is cut to size, or unsatisfiable; all else asks for the whole."""
    assert parse_range(header, 100) == expected


def test_rfc_9110_14_1_2_nothing_to_take_a_part_of() -> None:
    """An empty representation is sent whole."""
    assert parse_range("bytes=0-9", 0) is None
    assert parse_range("bytes=-9", 0) is None


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 100))
def test_rfc_9110_14_1_2_ranges_stay_inside(first: int, last: int, size: int) -> None:
    """A satisfiable range is not empty and inside of the representation."""
    found = parse_range(f"bytes={first}-{last}", size)
    if isinstance(found, ByteRange):
        assert (found.start, found.stop) == (first, min(last + 1, size))
        assert found.start < found.stop <= size
    else:
        assert found is (None if last < first else UNSATISFIABLE)


def test_hostile_headers_cost_little() -> None:
    """Long hostile fields are read in time that grows with their length only."""
    start = time.perf_counter()
    for text in ('"' * 60000, '"a",' * 20000 + "x", " \t," * 20000 + "x", "W/" * 30000, "," * 60000 + '"'):
        assert not if_none_match(text, TAG)
        assert parse_range(text, 100) is None
    assert time.perf_counter() - start < 5
