"""Addresses of the objects that a document refers to: WADO queries of the server that it comes from (REQ-TXT-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from openwado.document.model import Document, Place, Reference

#: Side of the box that small pictures fit into, pixels.
THUMBNAIL = 320


def object_address(place: Place, reference: Reference, media_type: str) -> str:
    """Return the address of a referenced object.

    It is relative, a query alone, so that it holds behind every proxy.
    """
    return _query(place, reference, media_type)


def picture_address(document: Document, place: Place, reference: Reference, *, small: bool) -> str:
    """Return the address of the picture of a reference: its first frame, under its presentation state where it is here.

    Args:
        document: that refers to it.
        place: where it is.
        reference: what is referred to.
        small: whether it is to fit into the box of small pictures.
    """
    more: dict[str, str | int] = {}
    state = document.references.get(reference.presentation_state)
    if state is not None and state.here and state.study_instance_uid == place.study_instance_uid:
        more = {"presentationSeriesUID": state.series_instance_uid, "presentationUID": reference.presentation_state}
    if small:
        more |= {"rows": THUMBNAIL, "columns": THUMBNAIL}
    frame = shown_frame(place, reference)
    if frame is not None:
        more["frameNumber"] = frame
    return _query(place, reference, "image/jpeg", **more)


def shown_frame(place: Place, reference: Reference) -> int | None:
    """Return the frame that a picture of a reference shows, None of an object of one frame."""
    if place.number_of_frames <= 1:
        return None
    return next((frame for frame in reference.frames if 1 <= frame <= place.number_of_frames), 1)


def _query(place: Place, reference: Reference, media_type: str, **more: str | int) -> str:
    query: dict[str, str | int] = {
        "requestType": "WADO",
        "studyUID": place.study_instance_uid,
        "seriesUID": place.series_instance_uid,
        "objectUID": reference.sop_instance_uid,
        "contentType": media_type,
        **more,
    }
    return f"?{urlencode(query, safe='/')}"
