"""Section 9: how the image parameters are written, and what they need beside them (PS3.18 8.2 legacy; 9.5.1.2)."""

from __future__ import annotations

import pytest

from openwado.errors import BadRequest
from openwado.protocol.request import PresentationReference, Region, Window, parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"


def refused(rest: str, parameter: str) -> None:
    """See that a query is refused because of a parameter."""
    with pytest.raises(BadRequest) as caught:
        parse_request(f"{UIDS}&{rest}")
    assert caught.value.parameter == parameter
    assert parameter in caught.value.public


@pytest.mark.parametrize("name", ["rows", "columns", "frameNumber", "imageQuality"])
@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-1",
        "1.5",
        "1e2",
        "five",
        "",
        "%201",
        "1%20",
        "0x10",
        "1,2",
        "2147483648",
        "0000000000001",
        "٣",
        "NaN",
        "1_0",
    ],
)
def test_req_uri_8_2_2_1_positive_integers(name: str, value: str) -> None:
    """REQ-URI-8.2.2-1, 8.2.7-2, 8.2.8-1, 8.1-0: positive Integer Strings of at most 12 characters, nothing else."""
    with pytest.raises(BadRequest) as caught:
        parse_request(f"{UIDS}&{name}={value}")
    assert caught.value.parameter in (name, None)


def test_req_uri_8_1_0_integer_strings() -> None:
    """REQ-URI-8.1-0: an Integer String may have a sign and leading zeros."""
    request = parse_request(f"{UIDS}&rows=%2B5&columns=000000000007&frameNumber=2147483647")
    assert (request.rows, request.columns, request.frame_number) == (5, 7, 2147483647)


def test_req_uri_8_2_8_1_image_quality() -> None:
    """REQ-URI-8.2.8-1: imageQuality is an integer from 1 to 100."""
    assert parse_request(f"{UIDS}&imageQuality=1").image_quality == 1
    assert parse_request(f"{UIDS}&imageQuality=100").image_quality == 100
    refused("imageQuality=101", "imageQuality")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("40", 40.0),
        ("-1000", -1000.0),
        ("40.5", 40.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.25E-2", 0.0125),
        ("-0", 0.0),
        ("1234567890.12345", 1234567890.12345),
    ],
)
def test_req_uri_8_2_5_2_decimal_strings(written: str, number: float) -> None:
    """REQ-URI-8.2.5-2: windowCenter is a Decimal String: sign, fraction and exponent are allowed."""
    assert parse_request(f"{UIDS}&windowCenter={written}&windowWidth=1").window == Window(number, 1.0)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "1e999",
        "40,5",
        "4 0",
        "0x1p3",
        "1234567890.123456",
        "--1",
        "1e",
        ".",
        "e5",
        "1_0",
    ],
)
def test_req_uri_8_1_0_no_decimal_strings(value: str) -> None:
    """REQ-URI-8.1-0: NaN, Infinity, more than 16 characters and other notations are refused."""
    refused(f"windowCenter={value}&windowWidth=1", "windowCenter")
    refused(f"windowCenter=1&windowWidth={value}", "windowWidth")


@pytest.mark.parametrize("value", ["0", "-1", "-0.0", "1e-999"])
def test_req_uri_8_2_5_3_window_width_is_above_zero(value: str) -> None:
    """REQ-URI-8.2.5-3: no function has a width of zero or less."""
    refused(f"windowCenter=1&windowWidth={value}", "windowWidth")


def test_req_uri_8_2_5_3_narrow_widths_are_for_others_to_judge() -> None:
    """REQ-URI-8.2.5-3: a width below 1 is right for some functions, so the grammar takes it."""
    assert parse_request(f"{UIDS}&windowCenter=1&windowWidth=0.25").window == Window(1.0, 0.25)


def test_req_uri_8_2_5_1_window_both_or_none() -> None:
    """REQ-URI-8.2.5-1: windowCenter and windowWidth come together; the missing one is named."""
    refused("windowCenter=40", "windowWidth")
    refused("windowWidth=400", "windowCenter")


def test_req_uri_8_2_9_1_presentation_both_or_none() -> None:
    """REQ-URI-8.2.9-1: presentationUID and presentationSeriesUID come together; the missing one is named."""
    refused("presentationUID=1.9", "presentationSeriesUID")
    refused("presentationSeriesUID=1.9", "presentationUID")
    request = parse_request(f"{UIDS}&presentationUID=1.9.1&presentationSeriesUID=1.9")
    assert request.presentation == PresentationReference(series_uid="1.9", object_uid="1.9.1")


def test_req_uri_8_2_5_6_no_window_beside_presentation_uid() -> None:
    """REQ-URI-8.2.5-6: windowCenter and windowWidth are refused beside presentationUID."""
    refused("presentationUID=1.9.1&presentationSeriesUID=1.9&windowCenter=1&windowWidth=2", "windowCenter")


def test_req_uri_8_2_9_9_what_goes_beside_presentation_uid() -> None:
    """REQ-URI-8.2.9-9, D-08, D-09: region, size, quality, annotation and frameNumber may stand beside it."""
    rest = "region=0,0,0.5,0.5&rows=5&columns=5&imageQuality=5&annotation=patient&frameNumber=2&charset=UTF-8"
    request = parse_request(f"{UIDS}&presentationUID=1.9.1&presentationSeriesUID=1.9&contentType=image/png&{rest}")
    assert request.frame_number == 2
    assert request.region == Region(0.0, 0.0, 0.5, 0.5)


@pytest.mark.parametrize(("rest", "name"), [("anonymize=yes", "anonymize"), ("transferSyntax=*", "transferSyntax")])
def test_req_uri_8_2_9_9_what_never_goes_beside_presentation_uid(rest: str, name: str) -> None:
    """REQ-URI-8.2.9-9: parameters of DICOM results are refused beside a presentation state."""
    refused(f"presentationUID=1.9.1&presentationSeriesUID=1.9&{rest}", name)


@pytest.mark.parametrize("value", ["0,0,1,1", "0.3,0.4,0.5,0.5", "0.0,.25,1.00,5e-1", "%2B0.1,0,0.2,1"])
def test_req_uri_8_2_4_1_regions(value: str) -> None:
    """REQ-URI-8.2.4-1: xmin,ymin,xmax,ymax as four decimals."""
    region = parse_request(f"{UIDS}&region={value}").region
    assert region is not None
    written = [float(number.replace("%2B", "")) for number in value.split(",")]
    assert [region.xmin, region.ymin, region.xmax, region.ymax] == written


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0,0,1",
        "0,0,1,1,1",
        "0,0,0,1",
        "0,0,0.0,0.0",
        "0.5,0,0.5,1",
        "0.6,0,0.5,1",
        "0,0.6,1,0.5",
        "-0.1,0,1,1",
        "0,0,1.01,1",
        "0,0,1,2",
        "a,b,c,d",
        "0,,1,1",
        "nan,0,1,1",
        "0;0;1;1",
        "0,0,1,%201",
    ],
)
def test_req_uri_8_2_4_1_no_regions(value: str) -> None:
    """REQ-URI-8.2.4-1: wrong count, order or range is refused."""
    refused(f"region={value}", "region")


def test_req_uri_8_2_1_1_annotation() -> None:
    """REQ-URI-8.2.1-1: any order, duplicates harmless."""
    assert parse_request(f"{UIDS}&annotation=technique,patient,patient").annotation == ("patient", "technique")
    assert parse_request(UIDS).annotation is None


@pytest.mark.parametrize(
    "value", ["", ",", "patient,", "patient,,technique", "pat ient", "<b>", "a" * 65, "patient;technique"]
)
def test_d_14_malformed_annotation(value: str) -> None:
    """D-14: an empty or malformed list is refused."""
    refused(f"annotation={value}", "annotation")


def test_d_14_unknown_annotation_keywords() -> None:
    """D-14, REQ-URI-8.2.1-5: unknown words are ignored and named in a warning; names are case-sensitive."""
    request = parse_request(f"{UIDS}&annotation=Patient,technique,logo")
    assert request.annotation == ("technique",)
    assert request.warnings == ("annotation: keywords that are not known here were ignored: Patient, logo",)
    alone = parse_request(f"{UIDS}&annotation=logo")
    assert alone.annotation == ()
    assert "annotation" in alone.present


def test_d_14_warnings_stay_short() -> None:
    """A warning does not echo more than 64 characters of a client's text."""
    words = ",".join(f"word{number}" for number in range(100))
    (warning,) = parse_request(f"{UIDS}&annotation={words}").warnings
    assert warning == "annotation: keywords that are not known here were ignored: 100 of them"


@pytest.mark.parametrize("value", ["no", "YES", "Yes", "true", "", "1"])
def test_req_uri_8_1_7_1_anonymize(value: str) -> None:
    """REQ-URI-8.1.7-1: yes is the only value."""
    refused(f"anonymize={value}", "anonymize")
    assert parse_request(f"{UIDS}&anonymize=yes").anonymize


@pytest.mark.parametrize("value", ["", "**", "1.2.840.10008.1.2.1,1.2.840.10008.1.2.5", "JPEG", "1.2.*", "*,1.2"])
def test_req_uri_8_2_11_5_transfer_syntax(value: str) -> None:
    """REQ-URI-8.2.11-5, D-12: one UID or `*`, else refused."""
    refused(f"transferSyntax={value}", "transferSyntax")
