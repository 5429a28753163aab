"""Where a job runs: in the HTTP process, or in a render process."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openwado.archive.kept_objects import is_kept
from openwado.dicom.object_wishes import AS_STORED
from openwado.errors import BadRequest, NotSupported
from openwado.jobs import MotionJob, ObjectJob
from openwado.produce import may_pass
from openwado.render.viewport import output_size

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.jobs import Job, PictureJob

#: Media types that are encoded so fast that the HTTP process itself may make them (measured: JP2 costs ten times PNG).
PLAIN_LANE_TYPES = frozenset({"image/jpeg", "image/png"})


#: Bytes of the longest stored frame that the HTTP process hands on.
LONGEST_PASSED_ON = 1 << 22

#: Vertices of the largest shutter that the HTTP process itself draws: each costs as much as a row of the image.
PLAIN_LANE_VERTICES = 64


#: Seconds that each frame of a moving picture adds to the deadline of its job.
SECONDS_A_FRAME = 0.1


def seconds_for(job: Job, deadline_seconds: float) -> float:
    """Return the longest time that a job may take: one of many frames gets more."""
    return deadline_seconds + SECONDS_A_FRAME * len(job.shown) if isinstance(job, MotionJob) else deadline_seconds


class Lane(Enum):
    """Where a job runs.

    STORED: in the HTTP process, if the stored frame turns out to be the answer as it is; else as CODEC.
    """

    PLAIN = "plain"
    STORED = "stored"
    CODEC = "codec"


@dataclass(frozen=True, slots=True)
class RetrieveLimits:
    """Bounds of a request.

    Attributes:
        max_output_pixels: rows times columns of the largest picture made.
        max_motion_frames: pictures of the longest animation or video.
        max_motion_bytes: of the largest one.
        max_decoded_pixels: rows times columns of all frames that one request has decoded.
        plain_lane_pixels: rows times columns of the largest frame and picture handled in the HTTP process.
        kept_is_remote: whether objects that the archive keeps are in a bucket: no HTTP process waits for that.
    """

    max_output_pixels: int
    plain_lane_pixels: int
    max_motion_frames: int = 10_000
    max_motion_bytes: int = 1 << 28
    max_decoded_pixels: int = 4_000_000_000
    kept_is_remote: bool = False


def lane_of(lane: Lane, job: Job, limits: RetrieveLimits) -> Lane:
    """Return where a job runs that would run in `lane` if its object were a file: nothing in a bucket is read there."""
    if not (limits.kept_is_remote and is_kept(job.instance.key)):
        return lane
    unread = isinstance(job, ObjectJob) and job.wishes == AS_STORED and job.instance.part10
    return lane if unread else Lane.CODEC


def check_decoded(image: ImagePixel, frames: int, limits: RetrieveLimits) -> None:
    """Refuse what would have too many pixels decoded.

    Raises:
        BadRequest: fewer frames could be asked for.
        NotSupported: one frame is too large already.
    """
    pixels = image.rows * image.columns
    if pixels > limits.max_decoded_pixels:
        raise NotSupported(
            f"A frame of this object has {image.rows} rows and {image.columns} columns, more than the "
            f"{limits.max_decoded_pixels} pixels that this server decodes for one request."
        )
    if pixels * frames > limits.max_decoded_pixels:
        raise BadRequest(
            f"A moving picture of this object would have {frames} frames of {pixels} pixels each decoded, more than "
            f"the {limits.max_decoded_pixels} pixels that this server decodes for one request: ask for single frames "
            "by frameNumber.",
            parameter="contentType",
        )


def picture_lane(job: PictureJob, limits: RetrieveLimits) -> Lane:
    """Return where a picture is made, from the record alone.

    Raises:
        NotSupported: the object holds no picture, or one of more pixels than are decoded.
        BadRequest: the picture would be too large.
    """
    picture, pixels = job.instance.picture, job.instance.pixels
    if picture is None or pixels is None:  # such an object offers no picture type; the types cannot say so
        raise NotSupported("This object holds no picture.")
    check_decoded(picture.image_pixel, 1, limits)
    if job.presentation_state is not None:
        return Lane.CODEC
    rows, columns = output_size(
        picture,
        region=job.region,
        rows=job.rows,
        columns=job.columns,
        choices=job.choices,
        max_output_pixels=limits.max_output_pixels,
    )
    if may_pass(job) and job.entry.length <= LONGEST_PASSED_ON:
        return Lane.STORED
    bound = limits.plain_lane_pixels
    shutter = job.frame_attributes.display_shutter
    plain = (
        not pixels.encapsulated
        and not job.annotation
        and not job.instance.deflated
        and job.media_type in PLAIN_LANE_TYPES
        and rows * columns <= bound
        and picture.image_pixel.rows * picture.image_pixel.columns <= bound
        and all(plane.rows * plane.columns <= bound for plane in picture.overlay_planes)
        and (shutter is None or len(shutter.polygon) <= PLAIN_LANE_VERTICES)
    )
    return Lane.PLAIN if plain else Lane.CODEC
