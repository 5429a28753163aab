"""What kind of object a SOP Class makes (PS3.18 ch. 7 of the legacy text; 8.7.2 of today's)."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from enum import Enum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from openwado.errors import BadRequest

if TYPE_CHECKING:
    from openwado.protocol.request import WadoRequest

Family = Literal["image", "text", "encapsulated", "other"]

#: MPEG-2, H.264 and H.265 transfer syntaxes, with their fragmentable forms (PS3.5 annex A; REQ-WEB-8.7.2-V).
_VIDEO_TRANSFER_SYNTAX = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.10[0-8](?:\.1)?")

_FAMILY_OF_KIND: dict[str, Family] = {"sr": "text", "encapsulated": "encapsulated"}


class ObjectCategory(Enum):
    """The categories that decide which media types an object can be had in (REQ-URI-7.1.1 … 7.4.1).

    An object that is Multi-frame and Video because it is a timed sequence is VIDEO: the legacy text has video inside of
    the Multi-frame category, so both share one list of media types.
    """

    SINGLE_FRAME = "single frame"
    MULTI_FRAME = "multi-frame"
    VIDEO = "video"
    SR = "text: structured report"
    ENCAPSULATED = "text: encapsulated document"
    OTHER = "other"

    @property
    def is_image(self) -> bool:
        """Whether image parameters (section 9) mean anything for it."""
        return self in _IMAGE_CATEGORIES


_IMAGE_CATEGORIES = frozenset({ObjectCategory.SINGLE_FRAME, ObjectCategory.MULTI_FRAME, ObjectCategory.VIDEO})

_CATEGORY_OF_FAMILY = {
    "text": ObjectCategory.SR,
    "encapsulated": ObjectCategory.ENCAPSULATED,
    "other": ObjectCategory.OTHER,
}


@cache
def families() -> dict[str, Family]:
    """Return the family of each SOP Class in `sop_categories.csv`."""
    table = resources.files("openwado.protocol").joinpath("sop_categories.csv").read_text(encoding="utf-8")
    found: dict[str, Family] = {}
    for row in csv.DictReader(table.splitlines()):
        named: Family = "image" if row["wado_family"] == "image" else "other"
        found[row["sop_class_uid"]] = _FAMILY_OF_KIND.get(row["kind"], named)
    return found


def family_of(
    sop_class_uid: str, *, has_pixels: bool, has_encapsulated_document: bool, is_structured_report: bool
) -> Family:
    """Return the family of an object: by its SOP Class, else (unknown and private ones) by what it holds.

    PS3.18 8.7.2; REQ-URI-7-0: the SOP Class decides where it is known, so that a client can predict the category.

    Args:
        sop_class_uid: (0008,0016).
        has_pixels: it holds (7FE0,0010), (7FE0,0008), (7FE0,0009) or (0028,7FE0).
        has_encapsulated_document: it holds (0042,0011).
        is_structured_report: it holds (0040,A730), and (0040,A040) is CONTAINER.
    """
    known = families().get(sop_class_uid)
    if known is not None:
        return known
    if has_encapsulated_document:
        return "encapsulated"
    if is_structured_report and not has_pixels:
        return "text"
    return "image" if has_pixels else "other"


def categorize(
    *, family: str, number_of_frames: int, transfer_syntax_uid: str, time_based: bool, frame_number: int | None
) -> ObjectCategory:
    """Return the category of an object as a request addresses it (REQ-URI-7.1.1 … 7.4.1, REQ-WEB-8.7.2-V).

    Args:
        family: of its SOP Class, see `family_of`.
        number_of_frames: (0028,0008); 0 or 1 where absent.
        transfer_syntax_uid: of the stored object.
        time_based: Frame Increment Pointer names Frame Time or Frame Time Vector, or a frame rate is given.
        frame_number: the frameNumber of the request: that frame alone is a single-frame image.
    """
    if family != "image":
        return _CATEGORY_OF_FAMILY[family]
    if frame_number is not None or number_of_frames <= 1:
        return ObjectCategory.SINGLE_FRAME
    if time_based or _VIDEO_TRANSFER_SYNTAX.fullmatch(transfer_syntax_uid):
        return ObjectCategory.VIDEO
    return ObjectCategory.MULTI_FRAME


def check_frame_number(request: WadoRequest, family: str, number_of_frames: int) -> WadoRequest:
    """Return the request with the frame number that counts for this object: None where it is ignored.

    It is ignored for single-frame images and for what is no image (D-07, D-15); that it was given stays in
    `WadoRequest.present`. Take the request that this returns: the one that was sent may name a frame that is not there.

    Args:
        request: as parsed.
        family: of the object, see `family_of`.
        number_of_frames: of the object.

    Raises:
        BadRequest: the object is a multi-frame image with fewer frames (REQ-URI-8.2.7-2).
    """
    if request.frame_number is None:
        return request
    if family != "image" or number_of_frames <= 1:
        return replace(request, frame_number=None)
    if request.frame_number > number_of_frames:
        raise BadRequest(
            f"frameNumber is too high: this object has {number_of_frames} frames, counted from 1.",
            parameter="frameNumber",
        )
    return request
