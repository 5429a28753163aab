"""The canonical query and the entity tag made of it (PS3.18 8.4.2, 8.5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openwado.protocol.canonical import canonical_query, rendition_key
from openwado.protocol.category import ObjectCategory, categorize, check_frame_number
from openwado.protocol.charset import parse_charset
from openwado.protocol.grammar import read_decimal, write_decimal
from openwado.protocol.negotiate import Representation, check_combination, select_representation
from openwado.protocol.request import PresentationReference, Region, WadoRequest, Window, parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"
TYPES = {
    ObjectCategory.SINGLE_FRAME: ("image/jpeg", "image/png", "image/gif", "image/jp2", "application/dicom"),
    ObjectCategory.MULTI_FRAME: ("application/dicom", "image/jpeg", "image/png", "image/gif", "video/mpeg"),
    ObjectCategory.SR: ("text/html", "text/plain", "application/dicom"),
}


def understood(query: str, family: str, frames: int, accept: str | None = None) -> tuple[WadoRequest, Representation]:
    """Go the way of a request up to the canonical query."""
    request = check_frame_number(parse_request(query), family, frames)
    category = categorize(
        family=family,
        number_of_frames=frames,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        time_based=False,
        frame_number=request.frame_number,
    )
    representation = select_representation(request, category, TYPES[category], accept)
    check_combination(request, representation)
    return request, representation


def canonical(rest: str, family: str = "image", frames: int = 1, accept: str | None = None) -> str:
    """Return what a canonical query has after the UIDs."""
    query = canonical_query(*understood(UIDS + rest, family, frames, accept))
    assert query.startswith(UIDS + "&contentType=")
    return query.removeprefix(UIDS)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "&contentType=image/jpeg"),
        ("&contentType=image%2Fpng;q=0.3,image/tiff", "&contentType=image/png"),
        ("&rows=+0256&columns=%2B128", "&contentType=image/jpeg&rows=256&columns=128"),
        ("&windowWidth=400.0&windowCenter=4e1", "&contentType=image/jpeg&windowCenter=40&windowWidth=400"),
        ("&region=0.10,.2,5e-1,1.00", "&contentType=image/jpeg&region=0.1,0.2,0.5,1"),
        ("&region=0,0,1,1", "&contentType=image/jpeg"),
        ("&annotation=technique,patient,logo", "&contentType=image/jpeg&annotation=patient,technique"),
        ("&annotation=logo", "&contentType=image/jpeg"),
        ("&imageQuality=080", "&contentType=image/jpeg&imageQuality=80"),
        ("&contentType=image/png&imageQuality=80", "&contentType=image/png"),
        ("&charset=UTF-8", "&contentType=image/jpeg"),
        ("&frameNumber=1", "&contentType=image/jpeg"),
        ("&frameNumber=7", "&contentType=image/jpeg"),
        ("&other=1", "&contentType=image/jpeg"),
        ("&contentType=application/dicom", "&contentType=application/dicom"),
        ("&contentType=application/dicom&transferSyntax=*", "&contentType=application/dicom&transferSyntax=*"),
        ("&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.1", "&contentType=application/dicom"),
        ("&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2", "&contentType=application/dicom"),
        (
            "&transferSyntax=1.2.840.10008.1.2.4.50&imageQuality=5&anonymize=yes&contentType=application/dicom",
            "&contentType=application/dicom&anonymize=yes&transferSyntax=1.2.840.10008.1.2.4.50&imageQuality=5",
        ),
        (
            "&presentationSeriesUID=1.9&presentationUID=1.9.1",
            "&contentType=image/jpeg&presentationUID=1.9.1&presentationSeriesUID=1.9",
        ),
    ],
)
def test_canonical_query_of_a_single_frame_image(rest: str, expected: str) -> None:
    """Fixed order, canonical numbers, and nothing without effect."""
    assert canonical(rest) == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "&contentType=application/dicom"),
        ("&rows=5", "&contentType=image/jpeg&rows=5&frameNumber=1"),
        ("&contentType=image/jpeg", "&contentType=image/jpeg&frameNumber=1"),
        ("&contentType=image/jpeg&frameNumber=1", "&contentType=image/jpeg&frameNumber=1"),
        ("&frameNumber=3", "&contentType=image/jpeg&frameNumber=3"),
        ("&contentType=image/gif&imageQuality=5", "&contentType=image/gif"),
        ("&contentType=video/mpeg&imageQuality=5", "&contentType=video/mpeg&imageQuality=5"),
    ],
)
def test_d_06_canonical_query_of_a_multi_frame_image(rest: str, expected: str) -> None:
    """D-06: a still of a multi-frame image says which frame it shows."""
    assert canonical(rest, frames=9) == expected


@pytest.mark.parametrize(
    ("rest", "accept", "expected"),
    [
        ("&charset=latin1", None, "&contentType=text/html&charset=ISO-8859-1"),
        ("&charset=GBK;q=0.5,utf-8,koi8-r", None, "&contentType=text/html&charset=GBK%3Bq%3D0.5,UTF-8"),
        ("&charset=koi8-r", None, "&contentType=text/html"),
        ("&contentType=text/plain;charset=utf8", None, "&contentType=text/plain%3Bcharset%3DUTF-8"),
        ("", "text/plain", "&contentType=text/plain"),
        ("&frameNumber=3", None, "&contentType=text/html"),
    ],
)
def test_canonical_query_of_a_report(rest: str, accept: str | None, expected: str) -> None:
    """Text keeps what is said about its character set, in canonical names."""
    assert canonical(rest, family="text", frames=0, accept=accept) == expected


def test_canonical_query_with_a_chosen_character_set() -> None:
    """A character set that was chosen by headers too stands for all that was asked for."""
    request, representation = understood(f"{UIDS}&contentType=text/plain;charset=gbk&charset=utf-8", "text", 0)
    query = canonical_query(request, representation, charset="ISO-8859-1")
    assert query == f"{UIDS}&contentType=text/plain&charset=ISO-8859-1"


NUMBERS = st.decimals(0, 1, places=4, allow_nan=False).map(float)
UID = st.from_regex(r"\A1(\.[0-9]{1,5}){1,4}\Z")
CENTERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: read_decimal(f"{number:.6e}"[:16]))


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Draw a query that some object has an answer to, in no order."""
    low_x, high_x = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
    low_y, high_y = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
    groups: list[list[tuple[str, Any]]] = [
        [("rows", draw(st.integers(1, 9999)))],
        [("columns", draw(st.integers(1, 9999)))],
        [("region", f"{low_x:.6f},{low_y:.6f},{high_x:.6f},{high_y:.6f}")],
        [("annotation", draw(st.sampled_from(["patient", "technique,patient", "logo", "logo,+technique"])))],
        [("imageQuality", draw(st.integers(1, 100)))],
        [("charset", draw(st.sampled_from(["UTF-8", "latin1;q=0.5,gbk", '"ISO_IR+100"'])))],
        [("frameNumber", draw(st.integers(1, 9)))],
        draw(
            st.sampled_from(
                [
                    [("windowCenter", write_decimal(draw(CENTERS))), ("windowWidth", draw(st.integers(1, 4000)))],
                    [("presentationUID", draw(UID)), ("presentationSeriesUID", draw(UID))],
                ]
            )
        ),
    ]
    pairs = [pair for group in groups if draw(st.booleans()) for pair in group]
    content_type = draw(st.sampled_from([None, "image/jpeg", "image%2Fpng", "image/gif,image/jp2;q=0.5"]))
    if content_type is not None:
        pairs.append(("contentType", content_type))
    pairs += zip(("studyUID", "seriesUID", "objectUID"), draw(st.tuples(UID, UID, UID)), strict=True)
    shuffled = draw(st.permutations([("requestType", "WADO"), *pairs]))
    return "&".join(f"{name}={value}" for name, value in shuffled)


def effective(request: WadoRequest, representation: Representation) -> WadoRequest:
    """Return a request with what has no effect on its result left out."""
    lossless = representation.media_type in ("image/png", "image/gif")
    return replace(
        request,
        content_type=None,
        charset=None,
        annotation=request.annotation or None,
        region=None if request.region == Region(0.0, 0.0, 1.0, 1.0) else request.region,
        frame_number=representation.frame_number,
        image_quality=None if lossless else request.image_quality,
        present=frozenset(),
        warnings=(),
    )


@settings(deadline=None, max_examples=200)
@given(queries(), st.sampled_from([1, 9]))
def test_canonical_query_has_the_same_effect(query: str, frames: int) -> None:
    """A canonical query is read as a request of the same effect, and is its own canonical query."""
    request, representation = understood(query, "image", frames)
    text = canonical_query(request, representation)
    again, same = understood(text, "image", frames)
    assert (same.media_type, same.kind, same.frame_number) == (
        representation.media_type,
        representation.kind,
        representation.frame_number,
    )
    assert effective(again, same) == effective(request, representation)
    assert canonical_query(again, same) == text
    assert re.fullmatch(r"[A-Za-z0-9=&./,%_-]+", text)


def tag_of(
    version: str,
    request: WadoRequest,
    representation: Representation,
    *,
    renderer_version: str,
    charset: str | None = None,
) -> str:
    """Return the entity tag of what a request asks for."""
    query = canonical_query(request, representation, charset=charset)
    return rendition_key(version, query, renderer_version=renderer_version)


def test_req_web_8_5_3_entity_tag() -> None:
    """REQ-WEB-8.5-3: the tag is strong, short, and the same for all spellings of a request."""
    request, representation = understood(f"{UIDS}&rows=5&contentType=image/jpeg", "image", 1)
    spelled, alike = understood(f"rows=05&x=&{UIDS}&frameNumber=7", "image", 1)
    tag = tag_of("v1", request, representation, renderer_version="1")
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    assert tag == tag_of("v1", spelled, alike, renderer_version="1")


def test_req_web_8_5_3_entity_tag_tells_renditions_apart() -> None:
    """REQ-WEB-8.5-3: stored version, every effective parameter, character set and renderer make another tag."""
    request, representation = understood(UIDS, "image", 9)
    picture = Representation("image/jpeg", "picture", 1, ObjectCategory.MULTI_FRAME)
    text = Representation("text/html", "text", None, ObjectCategory.SR)
    changed = (
        replace(request, rows=5),
        replace(request, columns=5),
        replace(request, window=Window(40.0, 400.0)),
        replace(request, region=Region(0.0, 0.0, 0.5, 0.5)),
        replace(request, annotation=("patient",)),
        replace(request, image_quality=5),
        replace(request, presentation=PresentationReference("1.9", "1.9.1")),
    )
    tags = [
        tag_of("v1", request, representation, renderer_version="1"),
        tag_of("v2", request, representation, renderer_version="1"),
        tag_of("v1", request, representation, renderer_version="2"),
        tag_of("v1", replace(request, anonymize=True), representation, renderer_version="1"),
        tag_of("v1", replace(request, transfer_syntax="*"), representation, renderer_version="1"),
        tag_of("v1", request, replace(picture, frame_number=2), renderer_version="1"),
        tag_of("v1", request, picture, renderer_version="1"),
        tag_of("v1", request, text, renderer_version="1"),
        tag_of("v1", request, text, renderer_version="1", charset="UTF-8"),
        tag_of("v1", replace(request, charset=parse_charset("gbk")), text, renderer_version="1"),
        *(tag_of("v1", other, picture, renderer_version="1") for other in changed),
    ]
    assert len(set(tags)) == len(tags)
