"""The makers below the door: jobs in, renditions out, the same in the HTTP process and in a render process."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from openwado.annotation import annotated
from openwado.dicom.codecs import CODECS, codec_of, decode_frame
from openwado.dicom.frames import object_source, read_frame
from openwado.dicom.jp2_file import jp2_file
from openwado.dicom.jpeg_interchange import interchange_file
from openwado.dicom.object_wishes import AS_STORED
from openwado.dicom.overlay_planes import read_plane_bits
from openwado.dicom.parts import FileSpan, FramesToEncode
from openwado.dicom.transcode import plan_as_stored, plan_object
from openwado.dicom.transfer_syntaxes import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
from openwado.dicom.treatment import frame_bytes
from openwado.documents import document_types, make_document
from openwado.errors import CorruptObject, NotFound, NotSupported, Unavailable
from openwado.jobs import DocumentJob, FrameJob, Job, ObjectJob, PictureJob, Rendition
from openwado.protocol.category import ObjectCategory
from openwado.protocol.negotiate import LOSSY_TRANSFER_SYNTAXES
from openwado.render import icc_profile
from openwado.render.encode import LOSSLESS_QUALITY, PICTURE_ENCODERS, encode
from openwado.render.jpeg_quality import gains_nothing
from openwado.render.passage import is_untouched
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.reduction import extent_of
from openwado.render.samples import BYTE_BITS
from openwado.softcopy import softcopy_raster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.instance import Instance
    from openwado.dicom.picture_record import Picture
    from openwado.dicom.source import ByteSource
    from openwado.render.presentation import Presentation
    from openwado.render.raster import Raster
    from openwado.render.softcopy import Softcopy

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

    A still of a multi-frame object shows its first frame (D-06); image/gif of one would be an animation, which is not
    made yet.
    """
    if not category.is_image:
        return document_types(instance, category)
    codec = CODECS.get(instance.transfer_syntax_uid)
    if instance.picture is None or codec is None or codec.form == "video":
        return (DICOM,)
    if category is ObjectCategory.SINGLE_FRAME:
        return (*PICTURE_ENCODERS, DICOM)
    stills = tuple(media_type for media_type in PICTURE_ENCODERS if media_type != "image/gif")
    return (DICOM, *stills)


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
    presentation = _presentation(job)
    return _with_stored(job.instance, store, partial(_passed_on, job, presentation))


def _with_stored(instance: Instance, store: Store, make: Callable[[StoredObject], T]) -> T:
    """Open the stored object for a maker, and see that it stays the one that the record was read from."""
    try:
        stored = store.open(instance.key)
    except FileNotFoundError as error:
        raise NotFound("The object has just been removed.", detail=str(error)) from error
    except OSError as error:
        raise Unavailable("The object cannot be read at the moment.", retry_after=5, detail=str(error)) from error
    with stored:
        _verify(stored, instance)
        made = make(stored)
        _verify(stored, instance)
    return made


def _verify(stored: StoredObject, instance: Instance) -> None:
    """See that the bytes are those that the record was read from, before and after they are used."""
    if stored.stamp() != instance.stamp:
        raise Unavailable("The object is being changed. Try again.", detail=f"{instance.key} changed while in use")


def _make(job: Job, store: Store, stored: StoredObject) -> Rendition:
    match job:
        case PictureJob() if job.presentation_state is not None:
            return _by_state(job, job.presentation_state, stored, store)
        case PictureJob():
            return _picture(job, stored)
        case ObjectJob():
            return _object(job, stored)
        case DocumentJob():
            return make_document(job, stored)
        case FrameJob():
            source = object_source(stored, job.instance)
            return Rendition(FRAME, (frame_bytes(source, job.instance, job.entry, job.treatment),))


def _presentation(job: PictureJob) -> Presentation:
    return resolve_presentation(
        _picture_of(job),
        job.frame_attributes,
        window=job.window,
        region=job.region,
        rows=job.rows,
        columns=job.columns,
        bit_depth=job.bit_depth,
        choices=job.choices,
    )


def _picture_of(job: PictureJob) -> Picture:
    if job.instance.picture is None:
        raise NotSupported(job.instance.undrawable or "This object holds no picture.")
    return job.instance.picture


def _picture(job: PictureJob, stored: StoredObject) -> Rendition:
    """Read a frame, resolve its presentation, render, encode; or hand the stored frame on."""
    picture, presentation = _picture_of(job), _presentation(job)
    if may_pass(job) and (passed := _passed_on(job, presentation, stored)) is not None:
        return passed
    source = object_source(stored, job.instance)
    reduced = codec_of(job.instance).reduced
    wanted = extent_of(presentation, picture.image_pixel, reduced.margin if reduced else None)
    frame = decode_frame(source, job.instance, job.entry, wanted=wanted)
    planes = read_plane_bits(
        source,
        presentation.overlay_planes,
        frame,
        picture.image_pixel,
        job.frame_number,
        lossy=job.instance.transfer_syntax_uid in LOSSY_TRANSFER_SYNTAXES,
    )
    if (
        job.media_type == "image/jp2"
        and not job.annotation
        and (job.image_quality or LOSSLESS_QUALITY) >= LOSSLESS_QUALITY
    ):
        stored_file = _jp2_file(job, presentation, source)
        if stored_file is not None:
            return Rendition(job.media_type, (stored_file,), presentation.warnings)
    raster = render(frame, presentation, planes)
    if not raster.is_grey and PICTURE_ENCODERS[job.media_type].carries_icc_profile:
        raster = replace(raster, icc_profile=_icc_profile(source, picture))
    warnings = presentation.warnings
    if job.annotation:
        frame_and_count = job.frame_number, job.instance.number_of_frames
        raster, warning = annotated(raster, job.annotation, presentation, stored, frame_and_count)
        warnings += (warning,) if warning else ()
    body = encode(raster, job.media_type, job.image_quality)
    return Rendition(job.media_type, (body,), warnings)


def _by_state(job: PictureJob, state: Instance, stored: StoredObject, store: Store) -> Rendition:
    """Draw a frame as a presentation state shows it, write on it, encode."""

    def drawn(state_bytes: StoredObject) -> tuple[Raster, Softcopy]:
        return softcopy_raster(job, stored, state_bytes, store)

    raster, softcopy = _with_stored(state, store, drawn)
    warnings: tuple[str, ...] = ()
    if job.annotation:
        raster, warning = annotated(
            raster, job.annotation, softcopy, stored, (job.frame_number, job.instance.number_of_frames)
        )
        warnings = (warning,) if warning else ()
    return Rendition(job.media_type, (encode(raster, job.media_type, job.image_quality),), warnings)


def _passed_on(job: PictureJob, presentation: Presentation, stored: StoredObject) -> Rendition | None:
    """Return the stored frame as a file, if that shows what is asked for.

    With an imageQuality only where encoding again could not save a byte: a client that asks for less gets less, and
    more never means a worse picture (REQ-URI-8.2.8-4).
    """
    picture = _picture_of(job)
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
    profile = _icc_profile(stored, picture)
    body = icc_profile.embedded_in_jpeg(found.content, profile) if profile else found.content
    return Rendition(job.media_type, (body,), presentation.warnings)


def _jp2_file(job: PictureJob, presentation: Presentation, source: ByteSource) -> bytes | None:
    """Return a stored JPEG 2000 frame, which could be decoded, as a file, if that shows what is asked for."""
    picture = _picture_of(job)
    if job.instance.transfer_syntax_uid not in JPEG_2000 or not is_untouched(presentation, picture.image_pixel):
        return None
    found = jp2_file(read_frame(source, job.instance, job.entry), picture.image_pixel)
    profile = _icc_profile(source, picture) if found is not None else b""
    return icc_profile.embedded_in_jp2(found, profile) if found is not None and profile else found


def _icc_profile(source: ByteSource, picture: Picture) -> bytes:
    """Read the profile of a colour image as it is: it is handed on, never applied (RR-16)."""
    span = picture.icc_profile
    if span is None or span.length > icc_profile.LARGEST:
        return b""
    return icc_profile.checked(source.read_at(span.offset, span.length))


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
