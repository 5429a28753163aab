"""The makers below the door: jobs in, renditions out, the same in the HTTP process and in a render process."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from openwado.archive.store import UnreadableError
from openwado.dicom.codecs import CODECS, decode_frame
from openwado.dicom.frames import object_source, read_frame
from openwado.dicom.jp2_file import jp2_file
from openwado.dicom.jpeg_interchange import interchange_file
from openwado.dicom.object_wishes import AS_STORED
from openwado.dicom.parts import FileSpan, FramesToEncode
from openwado.dicom.transcode import plan_as_stored, plan_object
from openwado.dicom.transfer_syntaxes import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
from openwado.dicom.treatment import frame_bytes
from openwado.dicom.video_codecs import can_read_video, which_types
from openwado.documents import document_types
from openwado.errors import CorruptObject, NotFound, Unavailable
from openwado.jobs import DocumentJob, FrameJob, Job, MotionJob, ObjectJob, PictureJob, Rendition, VideoJob
from openwado.observe.stages import stage
from openwado.pictures import drawn, drawn_by_state, picture_of, presentation_of, profile_of
from openwado.protocol.category import ObjectCategory
from openwado.render import icc_profile
from openwado.render.animation import ANIMATION_ENCODERS
from openwado.render.encode import LOSSLESS_QUALITY, PICTURE_ENCODERS, encode
from openwado.render.jpeg_quality import gains_nothing
from openwado.render.passage import is_untouched
from openwado.render.samples import BYTE_BITS
from openwado.render.video import video_types
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.instance import Instance
    from openwado.dicom.source import ByteSource
    from openwado.pictures import Drawn
    from openwado.render.presentation import Presentation

T = TypeVar("T")

DICOM = "application/dicom"

#: Transfer syntaxes whose streams may be files of a media type as they are.
PASSED_ON: Mapping[str, frozenset[str]] = MappingProxyType(
    {"image/jpeg": frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})}
)

#: Transfer syntaxes whose streams may be JP2 files, once they have been decoded.
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})

#: The media type of one decoded frame that is part of a DICOM object on its way: never an answer of its own.
FRAME = "application/octet-stream"


def producible_types(instance: Instance, category: ObjectCategory) -> tuple[str, ...]:
    """Return the media types that can be made of an object, best first (PS3.18 ch. 7 of the legacy text).

    A still of a multi-frame object shows its first frame (D-06). Stills stand before what moves, so that a browser that
    takes any image gets one at once; image/gif is not among them, for it moves. Stored video leaves as video only as it
    is (RR-28a).
    """
    if not category.is_image:
        return document_types(instance, category)
    codec = CODECS.get(instance.transfer_syntax_uid)
    if instance.picture is None or codec is None:
        return (DICOM,)
    is_video = codec.form == "video"
    streams = which_types(instance.transfer_syntax_uid) if is_video else video_types()
    if is_video and not can_read_video():
        return (DICOM,) if category is ObjectCategory.SINGLE_FRAME else (DICOM, *streams)
    return image_types(category, streams, is_video=is_video)


def image_types(category: ObjectCategory, streams: tuple[str, ...], *, is_video: bool) -> tuple[str, ...]:
    """Return the media types of an image that can be drawn, best first.

    Args:
        category: of it.
        streams: types of video that it can be had as.
        is_video: whether it is stored as video.
    """
    if category is ObjectCategory.SINGLE_FRAME:
        return (*PICTURE_ENCODERS, DICOM)
    stills = tuple(media_type for media_type in PICTURE_ENCODERS if media_type != "image/gif")
    return (DICOM, *stills, *streams) if is_video else (DICOM, *stills, *ANIMATION_ENCODERS, *streams)


def may_pass(job: PictureJob) -> bool:
    """Say whether the stored frame may be the picture as it is, as far as the record tells; nothing is read for it."""
    instance = job.instance
    return (
        instance.transfer_syntax_uid in PASSED_ON.get(job.media_type, ())
        and job.window is None
        and job.region is None
        and job.bit_depth == BYTE_BITS
        and not job.annotation
        and job.presentation_state is None
        and not instance.deflated
    )


def produce(job: Job, store: Store) -> Rendition:
    """Do a job.

    Raises:
        WadoError: whatever is wrong with the request or the stored object.
    """
    if isinstance(job, ObjectJob) and job.wishes == AS_STORED and job.instance.part10:
        return Rendition(DICOM, (FileSpan(0, job.instance.stamp.size),))  # whoever reads it looks at the stamp
    return _with_stored(job.instance, store, partial(_make, job, store))


def pass_on(job: PictureJob, store: Store) -> Rendition | None:
    """Return the stored frame as the picture, if it is the one asked for; no decoder runs (REQ-URI-8.2.8-5).

    Raises:
        WadoError: the request is wrong, or the stored object cannot be read.
    """
    presentation = presentation_of(job)
    return _with_stored(job.instance, store, partial(_passed_on, job, presentation))


def _with_stored(instance: Instance, store: Store, make: Callable[[StoredObject], T]) -> T:
    """Open the stored object for a maker, and see that it stays the one that the record was read from."""
    try:
        stored = store.open(instance.key)
    except FileNotFoundError as error:
        raise NotFound("The object has just been removed.", detail=str(error)) from error
    except OSError as error:
        raise Unavailable("The object cannot be read at the moment.", retry_after=5, detail=str(error)) from error
    try:
        with stored:
            _verify(stored, instance)
            made = make(stored)
            _verify(stored, instance)
    except UnreadableError as error:
        raise Unavailable("The object cannot be read at the moment.", retry_after=5, detail=str(error)) from error
    return made


def _verify(stored: StoredObject, instance: Instance) -> None:
    """See that the bytes are those that the record was read from, before and after they are used."""
    if stored.stamp() != instance.stamp:
        raise Unavailable("The object is being changed. Try again.", detail=f"{instance.key} changed while in use")


def _make(job: Job, store: Store, stored: StoredObject) -> Rendition:
    match job:
        case MotionJob():
            return _motion(job, stored, store)
        case VideoJob():
            return _video(job, stored)
        case PictureJob():
            state = job.presentation_state
            return _picture(job, stored) if state is None else _by_state(job, state, stored, store)
        case ObjectJob():
            return _object(job, stored)
        case DocumentJob():
            from openwado.document_making import make_document  # noqa: PLC0415 -- heavy: pictures do without

            return make_document(job, stored)
        case FrameJob():
            source = object_source(stored, job.instance)
            return Rendition(FRAME, (frame_bytes(source, job.instance, job.entry, job.treatment),))


def _picture(job: PictureJob, stored: StoredObject) -> Rendition:
    """Read a frame, resolve its presentation, render, encode; or hand the stored frame on."""
    presentation = presentation_of(job)
    if may_pass(job) and (passed := _passed_on(job, presentation, stored)) is not None:
        return passed
    lossless = (job.image_quality or LOSSLESS_QUALITY) >= LOSSLESS_QUALITY
    if job.media_type == "image/jp2" and not job.annotation and lossless:
        stored_file = _jp2_file(job, presentation, object_source(stored, job.instance))
        if stored_file is not None:
            return Rendition(job.media_type, (stored_file,), presentation.warnings)
    made = drawn(job, presentation, stored, with_profile=PICTURE_ENCODERS[job.media_type].carries_icc_profile)
    return _encoded(job, made)


def _encoded(job: PictureJob, made: Drawn) -> Rendition:
    with stage("encode"):
        encoded = encode(made.raster, job.media_type, job.image_quality)
    return Rendition(job.media_type, (encoded,), made.warnings)


def _by_state(job: PictureJob, state: Instance, stored: StoredObject, store: Store) -> Rendition:
    """Draw a frame as a presentation state shows it, write on it, encode."""
    made = _with_stored(state, store, lambda state_bytes: drawn_by_state(job, stored, state_bytes, store))
    return _encoded(job, made)


def _video(job: VideoJob, stored: StoredObject) -> Rendition:
    """Hand on a stored stream (RR-28a)."""
    from openwado.dicom.video_file import video_parts  # noqa: PLC0415 -- heavy: pictures do without

    frame_time = Fraction(job.frame_ms / 1000).limit_denominator(1_000_000) if job.frame_ms else None
    made = video_parts(stored, job.instance, job.media_type, frame_time)
    return Rendition.of_spool(job.media_type, made) if isinstance(made, Spool) else Rendition(job.media_type, made)


def _motion(job: MotionJob, stored: StoredObject, store: Store) -> Rendition:
    """Draw all frames, by themselves or by a presentation state."""
    from openwado.motion import make_motion  # noqa: PLC0415 -- heavy: pictures do without

    state = job.still.presentation_state
    if state is None:
        return make_motion(job, stored, None, store)
    return _with_stored(state, store, lambda state_bytes: make_motion(job, stored, state_bytes, store))


def _passed_on(job: PictureJob, presentation: Presentation, stored: StoredObject) -> Rendition | None:
    """Return the stored frame as a file, if that shows what is asked for.

    With an imageQuality only where encoding again could not save a byte: a client that asks for less gets less, and
    more never means a worse picture (REQ-URI-8.2.8-4).
    """
    picture = picture_of(job)
    image_pixel = picture.image_pixel
    if not is_untouched(presentation, image_pixel):
        return None
    data = read_frame(stored, job.instance, job.entry)
    found = interchange_file(data, image_pixel.photometric_interpretation)
    if found is None or (found.rows, found.columns, found.components) != (
        image_pixel.rows,
        image_pixel.columns,
        image_pixel.samples_per_pixel,
    ):
        return None
    if job.image_quality is not None and not gains_nothing(job.image_quality, found.quantization):
        return None
    profile = profile_of(stored, picture)
    body = icc_profile.embedded_in_jpeg(found.content, profile) if profile else found.content
    return Rendition(job.media_type, (body,), presentation.warnings)


def _jp2_file(job: PictureJob, presentation: Presentation, source: ByteSource) -> bytes | None:
    """Return a stored JPEG 2000 frame, if it can be decoded, as a file, if that shows what is asked for."""
    picture = picture_of(job)
    if job.instance.transfer_syntax_uid not in JPEG_2000 or not is_untouched(presentation, picture.image_pixel):
        return None
    decode_frame(source, job.instance, job.entry)  # what cannot be decoded is not handed on either
    found = jp2_file(read_frame(source, job.instance, job.entry), picture.image_pixel)
    profile = profile_of(source, picture) if found is not None else b""
    return icc_profile.embedded_in_jp2(found, profile) if found is not None and profile else found


def _object(job: ObjectJob, stored: StoredObject) -> Rendition:
    if job.wishes == AS_STORED:
        return Rendition(DICOM, plan_as_stored(stored, job.instance))
    plan = plan_object(stored, job.instance, job.wishes, job.entries, job.lengths)
    if isinstance(plan, FramesToEncode):
        return Rendition(DICOM, (), to_encode=plan)
    if not plan:
        raise CorruptObject("The object is empty.")
    deflated = job.wishes.transfer_syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    return Rendition(DICOM, plan, deflated=deflated)
