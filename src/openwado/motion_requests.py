"""Requests for moving pictures: which frames are shown, for how long, and how many are too many (RR-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.frame_timing import FrameTiming
from openwado.errors import BadRequest, NotSupported
from openwado.jobs import MotionJob, VideoJob
from openwado.lanes import Lane, check_decoded, picture_lane

if TYPE_CHECKING:
    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance
    from openwado.dicom.instance import Instance
    from openwado.jobs import PictureJob
    from openwado.lanes import RetrieveLimits

#: Parameters that change a picture: a stream that is handed on as it is has none of what they ask for.
CHANGING = (
    *("annotation", "rows", "columns", "region", "windowCenter", "windowWidth", "imageQuality"),
    *("presentationUID", "presentationSeriesUID", "bitDepth"),
)
#: Bits of a level of what moves.
_BITS = 8


def check_motion(instance: Instance, limits: RetrieveLimits) -> None:
    """Refuse what is too much for a moving picture before anything is gathered: millions of frames may be claimed.

    Raises:
        BadRequest: there are more frames than the server makes into one file, or more pixels in them than it decodes.
        NotSupported: one frame has more pixels than that.
    """
    length = (instance.timing or FrameTiming()).length(instance.number_of_frames)
    if length > limits.max_motion_frames:
        raise BadRequest(
            f"A moving picture of this object would have {length} frames, more than the {limits.max_motion_frames} "
            "that this server makes into one: ask for single frames by frameNumber.",
            parameter="contentType",
        )
    if instance.picture is not None:
        check_decoded(instance.picture.image_pixel, length, limits)


def motion_job(
    archive: Archive, located: IndexedInstance, still: PictureJob, limits: RetrieveLimits
) -> tuple[MotionJob, Lane]:
    """Return what to make of all frames of an object.

    Args:
        archive: where its frames are.
        located: the object.
        still: how each frame is drawn.
        limits: how much is made.

    Raises:
        BadRequest: the pictures would be too large.
    """
    picture_lane(still, limits)  # pictures of a size that is made
    if still.bit_depth > _BITS:
        raise BadRequest("bitDepth is for single pictures.", parameter="bitDepth")
    instance = located.instance
    return (
        MotionJob(
            still=still,
            shown=(instance.timing or FrameTiming()).round(instance.number_of_frames),
            frame_attributes=archive.distinct_frame_attributes(located),
            max_bytes=limits.max_motion_bytes,
        ),
        Lane.CODEC,
    )


def video_job(instance: Instance, media_type: str, present: frozenset[str]) -> tuple[VideoJob, Lane]:
    """Return what to make of a stored video stream: the same, as a file that can be played (RR-28a).

    Args:
        instance: the record.
        media_type: that was selected.
        present: names of the request's parameters.

    Raises:
        NotSupported: a parameter asks for other pictures than those that are stored.
    """
    changing = next((name for name in CHANGING if name in present), None)
    if changing is not None:
        raise NotSupported(
            f"This object is stored as video and leaves as it is: leave {changing} out, or name one frame by "
            "frameNumber.",
            parameter=changing,
        )
    frame_ms = instance.timing.frame_ms if instance.timing is not None else 0.0
    return VideoJob(instance, media_type, frame_ms), Lane.CODEC
