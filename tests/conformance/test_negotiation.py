"""Section 5.1: which representation is selected, as ISO 17432 reads (PS3.18 8.1.5 legacy; 8.7.8)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from openwado.errors import BadRequest, NotAcceptable
from openwado.protocol.category import ObjectCategory, categorize, check_frame_number
from openwado.protocol.media import parse_accept
from openwado.protocol.negotiate import Representation, check_combination, quality_of, select_representation
from openwado.protocol.request import parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"

STILLS = ("image/jpeg", "image/png", "image/gif", "image/jp2")
CINE_TYPES = ("application/dicom", "image/jpeg", "image/png", "image/gif", "video/mpeg")
SR_TYPES = ("text/html", "text/plain", "application/pdf", "application/dicom")


@dataclass(frozen=True)
class Thing:
    """An object as far as the protocol sees it."""

    family: str
    frames: int = 1
    time_based: bool = False


CT = Thing("image")
CINE = Thing("image", frames=20, time_based=True)
SR = Thing("text", frames=0)
ECG = Thing("other", frames=0)
PDF = Thing("encapsulated", frames=0)


def producible(category: ObjectCategory) -> tuple[str, ...]:
    """Return what a full server makes of an object of a category."""
    return {
        ObjectCategory.SINGLE_FRAME: (*STILLS, "application/dicom"),
        ObjectCategory.MULTI_FRAME: CINE_TYPES,
        ObjectCategory.VIDEO: CINE_TYPES,
        ObjectCategory.SR: SR_TYPES,
        ObjectCategory.ENCAPSULATED: ("application/dicom", "application/pdf", "text/html"),
        ObjectCategory.OTHER: ("application/dicom",),
    }[category]


def answer(thing: Thing, rest: str, accept: str | None, types: tuple[str, ...] | None = None) -> Representation:
    """Parse, categorize, select and check, as the use case does."""
    request = check_frame_number(parse_request(UIDS + rest), thing.family, thing.frames)
    category = categorize(
        family=thing.family,
        number_of_frames=thing.frames,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        time_based=thing.time_based,
        frame_number=request.frame_number,
    )
    representation = select_representation(request, category, types or producible(category), accept)
    check_combination(request, representation)
    return representation


BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
IHE = "application/dicom, image/jpeg, application/text, application/html"


@pytest.mark.parametrize(
    ("thing", "rest", "accept", "expected"),
    [
        pytest.param(CT, "", "*/*", ("image/jpeg", "picture", 1), id="N1"),
        pytest.param(CT, "", None, ("image/jpeg", "picture", 1), id="N2"),
        pytest.param(CINE, "", "*/*", ("application/dicom", "dicom", None), id="N3"),
        pytest.param(CINE, "&contentType=image/gif", "*/*", ("image/gif", "animation", None), id="N4"),
        pytest.param(CINE, "&frameNumber=3", "*/*", ("image/jpeg", "picture", 3), id="N5"),
        pytest.param(
            CT, "&contentType=image/jp2;level=1,image/jpeg;q=0.5", "*/*", ("image/jp2", "picture", 1), id="N6"
        ),
        pytest.param(CT, "&contentType=application/dicom", BROWSER, ("application/dicom", "dicom", None), id="N8"),
        pytest.param(SR, "&contentType=image/jpeg", "*/*", ("text/html", "text", None), id="N11"),
        pytest.param(ECG, "", "*/*", ("application/dicom", "dicom", None), id="N13"),
        pytest.param(PDF, "", "*/*", ("application/dicom", "dicom", None), id="N15"),
        pytest.param(PDF, "&contentType=application/pdf", "*/*", ("application/pdf", "text", None), id="N16"),
        pytest.param(
            CT, "&contentType=image/png;q=0.4,image/jpeg;q=0.8", "*/*", ("image/jpeg", "picture", 1), id="N18"
        ),
        pytest.param(CT, "&contentType=IMAGE/PNG", "*/*", ("image/png", "picture", 1), id="N19"),
        pytest.param(CT, "&contentType=application/dicom", IHE, ("application/dicom", "dicom", None), id="N20"),
        pytest.param(CT, "", "application/dicom, image/jpeg;q=0.5", ("application/dicom", "dicom", None), id="N21"),
        pytest.param(CINE, "&rows=200", "*/*", ("image/jpeg", "picture", 1), id="N22"),
    ],
)
def test_section_5_1_n_table_selected(
    thing: Thing, rest: str, accept: str | None, expected: tuple[str, str, int | None]
) -> None:
    """Rows N1-N24 that select a type select the one of the iso column."""
    representation = answer(thing, rest, accept)
    assert (representation.media_type, representation.kind, representation.frame_number) == expected


def test_section_5_1_n6_without_jpeg_2000() -> None:
    """N6: a server without JP2 sends JPEG."""
    types = ("image/jpeg", "image/png", "application/dicom")
    assert answer(CT, "&contentType=image/jp2;level=1,image/jpeg;q=0.5", "*/*", types).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("thing", "rest", "accept"),
    [
        pytest.param(CT, "&contentType=image/jpeg", "image/png", id="N7"),
        pytest.param(CT, "&contentType=image/tiff", "*/*", id="N10"),
        pytest.param(SR, "&contentType=text/plain", "text/html", id="N12"),
        pytest.param(ECG, "&contentType=image/jpeg", "*/*", id="N14"),
        pytest.param(CT, "&contentType=image/jpeg;q=0", "*/*", id="N23"),
        pytest.param(SR, "&contentType=image/jpeg", "text/plain", id="D-05: Accept excludes text/html"),
        pytest.param(SR, "&contentType=image/jpeg,text/html;q=0", "*/*", id="D-05: contentType excludes text/html"),
        pytest.param(SR, "&contentType=text/plain", "text/plain;q=0, */*", id="q=0 in Accept is not covered"),
        pytest.param(CT, "", "image/tiff", id="Accept names nothing that can be made"),
        pytest.param(CT, "", "*/*;q=0", id="Accept takes nothing"),
        pytest.param(CT, "", "multipart/related; type=application/dicom", id="REQ-URI-6.3.2.2-1"),
        pytest.param(CT, "&contentType=image/jpeg", "multipart/related, image/png", id="not multipart alone"),
    ],
)
def test_section_5_1_n_table_not_acceptable(thing: Thing, rest: str, accept: str) -> None:
    """Rows N1-N24 of 406, and the like: the error lists what can be had."""
    with pytest.raises(NotAcceptable) as caught:
        answer(thing, rest, accept)
    assert caught.value.available
    assert all(media_type in caught.value.public for media_type in caught.value.available)
    assert caught.value.parameter == ("contentType" if rest else "Accept")


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("application/dicom,image/jpeg", id="N9"),
        pytest.param("image/*", id="N17"),
        pytest.param("application/dicom;transfer-syntax=1.2.840.10008.1.2.4.90", id="N24"),
        pytest.param("*/*", id="REQ-WEB-8.3.3.1-1"),
        pytest.param("image/jpeg,application/dicom;q=0", id="D-03 whatever q says"),
        pytest.param("application/dicom;charset=utf-8", id="REQ-URI-9.1.2.2.1-1"),
        pytest.param("image/jpeg;transfer-syntax=1.2.840.10008.1.2.4.50", id="REQ-WEB-8.7.4-3"),
        pytest.param("", id="empty"),
        pytest.param("jpeg", id="no subtype"),
        pytest.param("image/jpeg;q=1.1", id="q above 1"),
        pytest.param("image/jpeg;q=0.1234", id="q with four decimals"),
        pytest.param("image/jpeg;level", id="parameter without value"),
        pytest.param("image/jpeg,", id="empty entry"),
        pytest.param("image/jpeg,image/png;q=.5", id="q without leading digit"),
    ],
)
def test_req_uri_8_1_5_content_type_refused(content_type: str) -> None:
    """Rows N1-N24 of 400 (N9, N17, N24), and what else contentType may not be."""
    with pytest.raises(BadRequest) as caught:
        answer(CT, f"&contentType={content_type}", "*/*")
    assert caught.value.parameter == "contentType"


def test_req_web_8_7_8_1_worked_accept_example() -> None:
    """8.7.8.1: each variant gets the q of its most specific entry (x-latex: `text/*` is more specific than `*/*`)."""
    ranges = parse_accept(
        "text/*;q=0.5, text/html;q=0.4, text/html;level=1, text/html;level=2;q=0.7, image/png, */*;q=0.4"
    )
    found = {
        (name, level): quality_of(name, (("level", level),) if level else (), ranges)
        for name, level in (
            ("text/html", "1"),
            ("text/html", "2"),
            ("text/html", ""),
            ("text/html", "3"),
            ("text/rtf", ""),
            ("text/plain", ""),
            ("text/x-latex", ""),
            ("image/png", ""),
            ("application/pdf", ""),
        )
    }
    assert found == {
        ("text/html", "1"): 1.0,
        ("text/html", "2"): 0.7,
        ("text/html", ""): 0.4,
        ("text/html", "3"): 0.4,
        ("text/rtf", ""): 0.5,
        ("text/plain", ""): 0.5,
        ("text/x-latex", ""): 0.5,
        ("image/png", ""): 1.0,
        ("application/pdf", ""): 0.4,
    }


def test_req_web_8_7_8_1_worked_accept_example_selects_plain_text() -> None:
    """8.7.8.1: a server without levels has html at 0.4 and plain at 0.5, and sends plain."""
    accept = "text/*;q=0.5, text/html;q=0.4, text/html;level=1, text/html;level=2;q=0.7, image/png, */*;q=0.4"
    assert answer(SR, "", accept, ("text/html", "text/plain", "application/dicom")).media_type == "text/plain"


@pytest.mark.parametrize(
    ("accept", "quality"),
    [
        ("text/html;level=1;q=0.3", 0.3),
        ("text/html;level=1;q=0.3, text/*;q=0.9", 0.3),
        ("text/html;level=1;q=0.3, text/html;q=0.2", 0.2),
        ("text/html;q=0.2, text/html;q=0.6", 0.6),
        ("text/*;q=0, */*", 0.0),
        ("image/png", 0.0),
    ],
)
def test_req_uri_8_1_5_3_entries_with_parameters_give_way(accept: str, quality: float) -> None:
    """REQ-URI-8.1.5-3: an entry with unknown parameters fits its type, but less than one without."""
    assert quality_of("text/html", (), parse_accept(accept)) == quality


def test_req_uri_8_1_5_3_contradicted_parameter_does_not_fit() -> None:
    """An entry that asks for another level than the variant has does not fit it."""
    assert quality_of("text/html", (("level", "1"),), parse_accept("text/html;level=2")) == 0


def test_d_01_no_usable_accept_is_anything() -> None:
    """D-01: an absent, empty or wholly invalid Accept counts as `*/*`."""
    for accept in (None, "", "garbage", ",;,", "*/jpeg"):
        assert answer(CT, "", accept).media_type == "image/jpeg"


def test_d_02_entries_not_covered_by_accept_are_dropped() -> None:
    """D-02: of contentType, what Accept does not cover is dropped, though its q is best."""
    rest = "&contentType=image/jp2,image/png;q=0.5"
    assert answer(CT, rest, "image/png, image/jpeg").media_type == "image/png"
    assert answer(CT, rest, "image/jp2;q=0, image/*").media_type == "image/png"


def test_req_web_8_7_8_1_2_scales_of_q_are_not_mixed() -> None:
    """REQ-WEB-8.7.8.1-2: contentType decides, however Accept prefers another of its types."""
    rest = "&contentType=image/png,image/jpeg;q=0.9"
    assert answer(CT, rest, "image/png;q=0.1, image/jpeg").media_type == "image/png"


def test_tie_in_content_type_goes_to_the_default() -> None:
    """Of equal q in contentType, the category's default comes first, then the order of what can be made."""
    assert answer(CT, "&contentType=image/png,image/jpeg", "*/*").media_type == "image/jpeg"
    assert answer(CT, "&contentType=image/jp2,image/png", "*/*").media_type == "image/png"


@pytest.mark.parametrize(
    ("thing", "accept", "media_type"),
    [
        (CT, "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/jpeg"),
        (CINE, "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/jpeg"),
        (CT, BROWSER, "image/jpeg"),
        (CINE, BROWSER, "application/dicom"),
        (SR, BROWSER, "text/html"),
        (PDF, "application/pdf", "application/pdf"),
        (CT, "image/png", "image/png"),
        (CT, "image/png;q=0.1, */*;q=0.9", "image/jpeg"),
        (CT, "image/png, */*", "image/png"),
        (CT, "image/jpeg;q=0, */*", "image/png"),
        (CINE, "application/dicom;q=0, */*", "image/jpeg"),
        (CT, 'application/dicom; transfer-syntax="*"', "application/dicom"),
        (CT, "multipart/related, image/png", "image/png"),
        (CT, "image/jpg", "image/jpeg"),
    ],
)
def test_d_04_accept_alone(thing: Thing, accept: str, media_type: str) -> None:
    """D-04, REQ-WEB-8.7.7-1: without contentType, Accept decides; `*/*` means the category's default."""
    assert answer(thing, "", accept).media_type == media_type


def test_default_that_cannot_be_made_is_not_acceptable() -> None:
    """A default that this server cannot make for the object is 406, and the rest is offered."""
    with pytest.raises(NotAcceptable) as caught:
        answer(SR, "", "*/*", ("application/dicom",))
    assert caught.value.available == ("application/dicom",)
    assert answer(SR, "", BROWSER, ("application/dicom",)).media_type == "application/dicom"


def test_d_06_still_of_a_multi_frame_image_is_its_first_frame() -> None:
    """D-06: a still-image type asked of a multi-frame object without frameNumber gives frame 1."""
    representation = answer(CINE, "&contentType=image/png", "*/*")
    assert (representation.kind, representation.frame_number) == ("picture", 1)
    assert representation.category is ObjectCategory.VIDEO


def test_req_uri_8_2_7_1_gif_of_one_frame_is_a_picture() -> None:
    """REQ-URI-8.2.7-1: with frameNumber a GIF holds that frame alone."""
    representation = answer(CINE, "&contentType=image/gif&frameNumber=7", "*/*")
    assert (representation.kind, representation.frame_number) == ("picture", 7)


@pytest.mark.parametrize(
    "accept",
    [
        'multipart/related; type="application/octet-stream"; transfer-syntax="*"',
        'multipart/related; type="application/dicom", multipart/related;q=0.5, garbage',
        "multipart/*",
    ],
)
def test_accept_of_multipart_alone_is_set_aside_beside_content_type(accept: str) -> None:
    """Viewers send Accept headers meant for other services: beside contentType such a header does not count."""
    assert answer(CINE, "&contentType=application/dicom", accept).media_type == "application/dicom"


@pytest.mark.parametrize(
    "rest",
    [
        "&rows=200",
        "&columns=200",
        "&region=0,0,0.5,0.5",
        "&windowCenter=40&windowWidth=400",
        "&annotation=patient",
        "&presentationUID=1.9.1&presentationSeriesUID=1.9",
        "&imageQuality=50",
    ],
)
def test_section_11_picture_parameters_ask_for_a_picture(rest: str) -> None:
    """Section 11: without contentType, a picture-only parameter selects image/jpeg of a multi-frame image."""
    for accept in (None, "*/*", BROWSER, "application/dicom, image/jpeg;q=0.5"):
        assert answer(CINE, rest, accept).media_type == "image/jpeg"
    assert answer(CINE, rest, "image/gif").kind == "animation"


def test_section_11_picture_parameters_where_only_dicom_is_accepted() -> None:
    """Section 11: a client that takes application/dicom only is told which parameter is in the way."""
    with pytest.raises(BadRequest) as caught:
        answer(CINE, "&rows=200", "application/dicom")
    assert caught.value.parameter == "rows"


def test_charset_parameter_of_the_selected_text_type() -> None:
    """REQ-WEB-8.8.5-1: the charset parameter of the selected media type is handed on, for text only."""
    assert answer(SR, "&contentType=text/plain;charset=ISO-8859-1", "*/*").charset == "ISO-8859-1"
    assert answer(SR, "", "text/html;charset=utf-8").charset == "utf-8"
    assert answer(SR, "&contentType=text/plain", "text/plain;charset=utf-8").charset is None
    assert answer(CT, "&contentType=image/jpeg;charset=utf-8", "*/*").charset is None
