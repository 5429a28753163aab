"""Section 3: the grammar of the query string (PS3.18 annex A and 8.1 legacy; 8.3)."""

from __future__ import annotations

import pytest

from openwado.errors import BadRequest
from openwado.protocol.media import MediaRange
from openwado.protocol.request import WadoRequest, parse_request

UIDS = {"requestType": "WADO", "studyUID": "1.2.3", "seriesUID": "1.2.3.4", "objectUID": "1.2.3.4.5"}


def query(**changed: str | None) -> str:
    """Return a query of the four required parameters, changed or (None) without some."""
    pairs = {**UIDS, **changed}
    return "&".join(f"{name}={value}" for name, value in pairs.items() if value is not None)


def refusal(text: str) -> BadRequest:
    """Return the refusal of a query, which must be one with a sentence about its parameter."""
    with pytest.raises(BadRequest) as caught:
        parse_request(text)
    error = caught.value
    assert error.public.endswith(".")
    if error.parameter is not None:
        assert error.parameter in error.public
    return error


def test_req_uri_8_1_the_smallest_request() -> None:
    """The four required parameters are enough, and nothing else is assumed."""
    assert parse_request(query()) == WadoRequest(
        study_uid="1.2.3", series_uid="1.2.3.4", object_uid="1.2.3.4.5", present=frozenset(UIDS)
    )


@pytest.mark.parametrize("name", UIDS)
def test_req_uri_8_1_required_parameters(name: str) -> None:
    """REQ-URI-8.1.1-1 … 8.1.4-1: each required parameter that is missing or empty is refused by name."""
    assert refusal(query(**{name: None})).parameter == name
    assert refusal(query(**{name: ""})).parameter == name


def test_req_web_8_3_4_empty_query() -> None:
    """REQ-WEB-8.3-4: a query without any parameter is refused."""
    assert refusal("").parameter == "requestType"


@pytest.mark.parametrize("value", ["wado", "WADO2", "Wado", "WADO%00", "%20WADO"])
def test_req_uri_8_1_1_2_request_type(value: str) -> None:
    """REQ-URI-8.1.1-2: requestType is exactly WADO."""
    assert refusal(query(requestType=value)).parameter == "requestType"


@pytest.mark.parametrize(
    "value",
    ["1.2.x", "1..2", ".1", "1.", "..", "1.2/..", "1." + "2" * 63, "1.2%00", "%201.2", "1,2", "1.2\\3", "²", "1_2"],
)
def test_req_uri_8_1_4_2_malformed_uids(value: str) -> None:
    """REQ-URI-8.1.4-2: a UID is digits and dots, at most 64 characters, without padding."""
    for name in ("studyUID", "seriesUID", "objectUID"):
        refused = refusal(query(**{name: value}))
        assert refused.parameter in (name, None)  # None: raw text outside of ASCII is no parameter's fault


def test_req_uri_8_1_4_2_tolerated_uids() -> None:
    """REQ-URI-8.1.4-2: leading zeros and 64 characters are taken as they are."""
    longest = "1." + "2" * 62
    assert parse_request(query(objectUID="1.02.003")).object_uid == "1.02.003"
    assert parse_request(query(objectUID=longest)).object_uid == longest


def test_req_uri_a_1_1_ampersand_alone_separates() -> None:
    """REQ-URI-A.1-1: `;` is data."""
    request = parse_request(query(contentType="image%2Fjp2;level=1,image%2Fjpeg;q=0.5"))
    assert request.content_type == (
        MediaRange("image", "jp2", (("level", "1"),)),
        MediaRange("image", "jpeg", (), 0.5),
    )
    assert refusal(query(studyUID="1.2.3;rows=5")).parameter == "studyUID"


def test_req_uri_a_1_2_percent_decoding() -> None:
    """REQ-URI-A.1-2: %HH is decoded in names and values; a literal slash is as good as %2F."""
    for written in ("image%2Fpng", "image/png", "%69mage%2fpng"):
        assert parse_request(query(contentType=written)).content_type == (MediaRange("image", "png"),)
    assert parse_request(f"{query(rows=None)}&%72ows=%35").rows == 5


@pytest.mark.parametrize("value", ["%", "%2", "%zz", "1%2", "%u1234"])
def test_req_uri_a_1_2_bad_triplets(value: str) -> None:
    """REQ-URI-A.1-2: a `%` without two hexadecimal digits is refused, in whatever parameter."""
    refusal(query(studyUID=value))
    refusal(query(other=value))


@pytest.mark.parametrize("value", ["%ff", "%C3%28", "%ed%a0%80", "a%80"])
def test_req_uri_a_1_2_bad_utf_8(value: str) -> None:
    """REQ-URI-A.1-2: octets that are no UTF-8 are refused, in names and values."""
    assert refusal(query(charset=value)).parameter == "charset"
    assert refusal(query(other=value)).parameter is None
    refusal(f"{query()}&{value}=1")


def test_req_uri_a_1_2_plus_is_a_space() -> None:
    """REQ-URI-A.1-2: `+` is a space: dropped at the ends, kept inside."""
    request = parse_request(query(rows="+5+", annotation="technique,+patient", charset="ISO_IR+100"))
    assert request.rows == 5
    assert request.annotation == ("patient", "technique")
    assert request.charset is not None
    assert [entry.name for entry in request.charset] == ["iso_ir 100"]


def test_req_uri_a_1_2_plus_inside_a_media_type() -> None:
    """REQ-URI-A.1-2: between the characters of a media type a `+` is read back as one; elsewhere it is a space."""
    request = parse_request(query(contentType="image/svg+xml,+image/png+;+q=0.5+"))
    assert request.content_type == (MediaRange("image", "svg+xml"), MediaRange("image", "png", (), 0.5))
    encoded = parse_request(query(contentType="image%2Fsvg%2Bxml%2C+image%2Fpng"))
    assert encoded.content_type == (MediaRange("image", "svg+xml"), MediaRange("image", "png"))


def test_req_uri_a_1_2_plus_in_numbers() -> None:
    """A `+` that belongs to a number counts, whether encoded or not."""
    request = parse_request(query(windowCenter="%2B40", windowWidth="1e+3"))
    assert request.window is not None
    assert (request.window.center, request.window.width) == (40, 1000)
    assert refusal(query(windowCenter="4+0", windowWidth="1")).parameter == "windowCenter"


def test_req_web_8_3_1_2_names_are_case_sensitive() -> None:
    """REQ-WEB-8.3.1-2: a name in another case is another, unknown name."""
    assert refusal("RequestType=WADO&studyUID=1&seriesUID=1&objectUID=1").parameter == "requestType"
    assert parse_request(query(Rows="5")).rows is None


def test_req_uri_9_1_2_1_1_any_order() -> None:
    """REQ-URI-9.1.2.1-1: the order of parameters means nothing."""
    text = query(rows="5", contentType="image/png")
    assert parse_request("&".join(reversed(text.split("&")))) == parse_request(text)


def test_req_web_8_3_1_unknown_parameters_are_ignored() -> None:
    """REQ-WEB-8.3-1: unknown names are ignored, whatever they hold and how often; a warning counts them."""
    request = parse_request(f"{query()}&useOrig=true&redir=%00&redir=&frame&=x&&imageAnnotation=patient")
    assert request.present == frozenset(UIDS)
    assert request.annotation is None  # D-16
    assert request.warnings == ("query parameters that are not known here were ignored: 6",)


@pytest.mark.parametrize(
    "twice", ["rows=5", "anonymize=yes", "transferSyntax=1.2", "frameNumber=1", "studyUID=1.2.3", "%73tudyUID=1.2.3"]
)
def test_req_web_8_3_3_parameter_given_twice(twice: str) -> None:
    """REQ-WEB-8.3-3: a supported parameter given twice is refused, even with the same value."""
    refused = refusal(f"{query()}&{twice}&{twice}")
    assert refused.parameter == twice.partition("=")[0].replace("%73", "s")


@pytest.mark.parametrize("control", ["%00", "%0A", "%7F", "%C2%85"])
def test_req_uri_8_1_0_no_padding(control: str) -> None:
    """REQ-URI-8.1-0: NUL and other control characters are no part of any value."""
    for name, value in (("objectUID", "1.2"), ("rows", "5"), ("contentType", "image/png"), ("annotation", "patient")):
        assert refusal(query(**{name: value + control})).parameter == name


def test_raw_text_outside_of_ascii_is_refused() -> None:
    """A query is ASCII: anything else has to come percent-encoded."""
    for text in ("\x00", "é", "\udc80", "\n"):
        assert refusal(query() + "&other=" + text).parameter is None


def test_refusals_echo_nothing() -> None:
    """No refusal repeats what the client wrote."""
    for name in (*UIDS, "contentType", "charset", "anonymize", "rows", "region", "transferSyntax", "annotation"):
        assert "zqx" not in refusal(query(**{name: "zqx<b>"})).public
    assert parse_request(query(zqx="1")).warnings == ("query parameters that are not known here were ignored: 1",)


def test_what_viewers_send() -> None:
    """Queries of viewers in use are read."""
    viewer = parse_request(query(contentType="application%2Fdicom", transferSyntax="*"))
    assert viewer.transfer_syntax == "*"
    thumbnail = parse_request(
        query(contentType="image/jpeg", imageQuality="80", rows="256", columns="256", session="a1")
    )
    assert (thumbnail.rows, thumbnail.columns, thumbnail.image_quality) == (256, 256, 80)
    assert parse_request(query(contentType="image/jpg")).content_type == (MediaRange("image", "jpeg"),)
    assert parse_request(query(transferSyntax="1.2.840.100008.1.2")).transfer_syntax == "1.2.840.100008.1.2"
    assert refusal(query(frameNumber="0")).parameter == "frameNumber"
