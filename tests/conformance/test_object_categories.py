"""Section 4: categories and their media types (PS3.18 ch. 7 legacy; 8.7.2)."""

from __future__ import annotations

from collections import Counter

import pytest

from openwado.errors import BadRequest
from openwado.protocol import category as category_module
from openwado.protocol.category import ObjectCategory, categorize, check_frame_number, family_of
from openwado.protocol.media import MEDIA_TYPES, default_media_type, kind_of
from openwado.protocol.request import parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"
NATIVE = "1.2.840.10008.1.2.1"


def family(uid: str, *, pixels: bool = False, document: bool = False, report: bool = False) -> str:
    """Call family_of with fewer words."""
    return family_of(uid, has_pixels=pixels, has_encapsulated_document=document, is_structured_report=report)


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "image"),
        ("1.2.840.10008.5.1.4.1.1.77.1.4.1", "image"),
        ("1.2.840.10008.5.1.4.1.1.88.11", "text"),
        ("1.2.840.10008.5.1.4.1.1.88.59", "text"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "encapsulated"),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", "other"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "other"),
        ("1.2.840.10008.5.1.4.1.1.481.5", "other"),
    ],
)
def test_req_uri_7_0_known_sop_classes(uid: str, expected: str) -> None:
    """REQ-URI-7-0, rule 1: a known SOP Class decides, whatever the object holds or lacks."""
    assert family(uid) == expected
    assert family(uid, pixels=True, document=True, report=True) == expected


def test_rule_4_the_table_has_all_sop_classes() -> None:
    """Rule 4: the table counts 64 image, 22 report, 5 encapsulated and 87 other SOP Classes."""
    assert Counter(category_module.families().values()) == {"image": 64, "text": 22, "encapsulated": 5, "other": 87}


def test_rule_2_unknown_sop_classes() -> None:
    """Rule 2: what an object of an unknown or private SOP Class holds decides, in this order."""
    assert family("1.3.6.1.4.1.1", document=True, pixels=True, report=True) == "encapsulated"
    assert family("1.3.6.1.4.1.1", report=True) == "text"
    assert family("1.3.6.1.4.1.1", report=True, pixels=True) == "image"
    assert family("1.3.6.1.4.1.1", pixels=True) == "image"
    assert family("1.3.6.1.4.1.1") == "other"
    assert family("") == "other"


@pytest.mark.parametrize(
    ("frames", "transfer_syntax", "time_based", "frame_number", "expected"),
    [
        (1, NATIVE, False, None, ObjectCategory.SINGLE_FRAME),
        (0, NATIVE, False, None, ObjectCategory.SINGLE_FRAME),
        (1, NATIVE, True, None, ObjectCategory.SINGLE_FRAME),
        (1, "1.2.840.10008.1.2.4.100", True, None, ObjectCategory.SINGLE_FRAME),
        (9, NATIVE, False, None, ObjectCategory.MULTI_FRAME),
        (9, NATIVE, True, None, ObjectCategory.VIDEO),
        (9, NATIVE, True, 3, ObjectCategory.SINGLE_FRAME),
        (9, "1.2.840.10008.1.2.4.102", False, 3, ObjectCategory.SINGLE_FRAME),
        (9, "1.2.840.10008.1.2.4.90", False, None, ObjectCategory.MULTI_FRAME),
        (9, "1.2.840.10008.1.2.4.109", False, None, ObjectCategory.MULTI_FRAME),
        (9, "1.2.840.10008.1.2.4.1001", False, None, ObjectCategory.MULTI_FRAME),
        *((9, f"1.2.840.10008.1.2.4.{number}", False, None, ObjectCategory.VIDEO) for number in range(100, 109)),
        *((9, f"1.2.840.10008.1.2.4.{number}.1", False, None, ObjectCategory.VIDEO) for number in range(100, 107)),
    ],
)
def test_rule_3_images(
    *, frames: int, transfer_syntax: str, time_based: bool, frame_number: int | None, expected: ObjectCategory
) -> None:
    """Rule 3, REQ-URI-7.1.1, 7.2.1, REQ-WEB-8.7.2-V: frames, frameNumber, syntax and timing make the category."""
    found = categorize(
        family="image",
        number_of_frames=frames,
        transfer_syntax_uid=transfer_syntax,
        time_based=time_based,
        frame_number=frame_number,
    )
    assert found is expected
    assert found.is_image


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("text", ObjectCategory.SR),
        ("encapsulated", ObjectCategory.ENCAPSULATED),
        ("other", ObjectCategory.OTHER),
    ],
)
def test_req_uri_7_3_1_what_is_no_image(named: str, expected: ObjectCategory) -> None:
    """REQ-URI-7.3.1, 7.4.1: frames and frameNumber mean nothing there."""
    for frame_number in (None, 3):
        found = categorize(
            family=named,
            number_of_frames=9,
            transfer_syntax_uid=NATIVE,
            time_based=True,
            frame_number=frame_number,
        )
        assert found is expected
        assert not found.is_image


def test_req_uri_8_2_7_2_frame_number_beyond_the_last() -> None:
    """REQ-URI-8.2.7-2: on a multi-frame image a number above the number of frames is refused."""
    assert check_frame_number(parse_request(f"{UIDS}&frameNumber=9"), "image", 9).frame_number == 9
    with pytest.raises(BadRequest, match=r"frameNumber .* 9 frames") as caught:
        check_frame_number(parse_request(f"{UIDS}&frameNumber=10"), "image", 9)
    assert caught.value.parameter == "frameNumber"


@pytest.mark.parametrize(("named", "frames"), [("image", 1), ("text", 0), ("other", 0), ("encapsulated", 0)])
def test_d_07_d_15_frame_number_where_it_is_ignored(named: str, frames: int) -> None:
    """D-07, D-15 as ISO 17432 reads: on single-frame images and non-images it is ignored, but known as given."""
    for number in (1, 7):
        request = check_frame_number(parse_request(f"{UIDS}&frameNumber={number}"), named, frames)
        assert request.frame_number is None
        assert "frameNumber" in request.present


#: Section 5, legacy column, by row: single frame, multi-frame, video, SR, encapsulated, other; D default, M shall …
LEGACY = {
    "application/dicom": "MDDMDD",
    "image/jpeg": "D-----",
    "image/gif": "Soo---",
    "image/png": "S-----",
    "image/jp2": "S-----",
    "image/jph": "------",
    "image/jxl": "------",
    "video/mpeg": "-oo---",
    "video/mp4": "------",
    "video/H265": "------",
    "text/html": "---D--",
    "text/plain": "---M--",
    "text/xml": "---S--",
    "application/pdf": "---S--",
    "text/rtf": "---S--",
    "application/x-hl7-cda-level-one+xml": "---S--",
    "model/stl": "------",
    "model/obj": "------",
    "model/mtl": "------",
}
LETTER = {"default": "D", "shall": "M", "should": "S", "may": "o", None: "-"}


def test_section_5_media_types_by_category() -> None:
    """Section 5: the media type table is the legacy column of the specification."""
    found = {row.name: "".join(LETTER[row.legacy.get(category)] for category in ObjectCategory) for row in MEDIA_TYPES}
    assert found == LEGACY


def test_d_04_d_18_defaults() -> None:
    """D-04, D-18 as ISO 17432 reads: every category has one default."""
    assert [default_media_type(category) for category in ObjectCategory] == [
        "image/jpeg",
        "application/dicom",
        "application/dicom",
        "text/html",
        "application/dicom",
        "application/dicom",
    ]


@pytest.mark.parametrize(
    ("media_type", "category", "kind"),
    [
        ("application/dicom", ObjectCategory.SR, "dicom"),
        ("image/gif", ObjectCategory.SINGLE_FRAME, "picture"),
        ("image/gif", ObjectCategory.VIDEO, "animation"),
        ("image/jxl", ObjectCategory.MULTI_FRAME, "animation"),
        ("image/png", ObjectCategory.MULTI_FRAME, "picture"),
        ("video/H265", ObjectCategory.VIDEO, "video"),
        ("video/h265", ObjectCategory.VIDEO, "video"),
        ("application/pdf", ObjectCategory.ENCAPSULATED, "text"),
        ("model/stl", ObjectCategory.ENCAPSULATED, "text"),
        ("image/webp", ObjectCategory.SINGLE_FRAME, "picture"),
        ("video/webm", ObjectCategory.VIDEO, "video"),
        ("application/json", ObjectCategory.SR, "text"),
    ],
)
def test_kind_of_result(media_type: str, category: ObjectCategory, kind: str) -> None:
    """A media type is one kind of result in a category; types outside of the table go by their top-level type."""
    assert kind_of(media_type, category) == kind
