"""What holds for every query, whoever wrote it."""

from __future__ import annotations

import string
import time
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from openwado.errors import BadRequest
from openwado.protocol.grammar import read_decimal, write_decimal
from openwado.protocol.media import parse_accept
from openwado.protocol.parameters import PARAMETER_BY_NAME, PARAMETERS
from openwado.protocol.request import parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"

PROPERTY = settings(deadline=None, max_examples=200)

NAMES = st.sampled_from(sorted(PARAMETER_BY_NAME))
FRAGMENTS = st.sampled_from(
    [
        *("image/jpeg", "application/dicom", "*/*", "1.2.3", "*", ",", ";", "q=", "0.5", "1e9", "-", "+", "%", "%2F"),
        *("%00", "%ff", "yes", "WADO", "patient", "UTF-8", '"', "\\", " ", "=", "nan", "inf", "é", "\x00", "\ud800"),
        "9" * 5000,
    ]
)
VALUES = st.one_of(st.text(max_size=20), st.lists(FRAGMENTS, max_size=6).map("".join))


@PROPERTY
@given(st.text())
def test_any_text_is_read_or_refused(query: str) -> None:
    """Arbitrary text is refused with BadRequest, or read."""
    _read_or_refuse(query)


@PROPERTY
@given(st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_any_values_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    """Supported names with arbitrary values are refused with BadRequest, or read; encoded or not."""
    _read_or_refuse(UIDS + "".join(f"&{name}={value}" for name, value in pairs))
    _read_or_refuse(UIDS + "".join(f"&{name}={quote(value, errors='replace')}" for name, value in pairs))


def _read_or_refuse(query: str) -> None:
    try:
        request = parse_request(query)
    except BadRequest as refusal:
        assert refusal.public  # noqa: PT017 -- either outcome is right
        assert refusal.parameter is None or refusal.parameter in PARAMETER_BY_NAME  # noqa: PT017 -- as above
    else:
        assert request.study_uid
        assert {"requestType", "studyUID", "seriesUID", "objectUID"} <= request.present <= set(PARAMETER_BY_NAME)


@PROPERTY
@given(st.text())
def test_any_accept_header_is_read(header: str) -> None:
    """Arbitrary Accept headers are read, and something is always accepted or refused by q."""
    ranges = parse_accept(header)
    assert ranges
    assert all(0 <= entry.q <= 1 for entry in ranges)


DECIMALS = st.from_regex(r"\A[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z").filter(
    lambda text: len(text) <= 16 and text.isascii() and abs(float(text)) < float("inf")
)


@PROPERTY
@given(DECIMALS)
def test_decimals_are_written_as_they_were_read(text: str) -> None:
    """A Decimal String is written back as one of at most 16 characters with the same value."""
    number = read_decimal(text)
    written = write_decimal(number)
    assert len(written) <= 16
    assert set(written) <= set(string.digits + ".-e")
    assert read_decimal(written) == number
    assert write_decimal(read_decimal(written)) == written


def test_decimals_in_their_canonical_form() -> None:
    """Canonical numbers have no trailing zeros and stay readable."""
    written = {
        "40.00": "40",
        "-0": "0",
        ".5": "0.5",
        "1e3": "1000",
        "-1000": "-1000",
        "1E+16": "1e16",
        ".123456789012345": ".123456789012345",
        "1234567890123E99": "1234567890123e99",
        "1.23456789012E-5": "1.23456789012e-5",
        "-.12345678901234": "-.12345678901234",
    }
    assert {text: write_decimal(read_decimal(text)) for text in written} == written


@PROPERTY
@given(st.lists(st.integers(0, 10**14), min_size=4, max_size=4, unique=True).map(sorted))
def test_region_numbers_round_trip(numbers: list[int]) -> None:
    """The four numbers of a region arrive as they were sent."""
    low_x, low_y, high_x, high_y = (number / 10**14 for number in numbers)
    query = ",".join(map(write_decimal, (low_x, low_y, high_x, high_y)))
    region = parse_request(f"{UIDS}&region={query}").region
    assert region is not None
    assert (region.xmin, region.ymin, region.xmax, region.ymax) == (low_x, low_y, high_x, high_y)


def test_hostile_lengths_cost_little() -> None:
    """Long hostile values are refused or read in time that grows with their length only."""
    hostile = ('"' * 60000, "a;" * 30000, '"\\' * 30000, "," * 60000, "9" * 60000, "+" * 60000, "1." * 30000)
    start = time.perf_counter()
    for text in hostile:
        parse_accept(text)
        for parameter in PARAMETERS:
            if not parameter.required:
                _read_or_refuse(f"{UIDS}&{parameter.name}={text}")
    assert time.perf_counter() - start < 5
