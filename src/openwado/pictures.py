"""One frame of an image as a raster: drawn by itself or by a presentation state, with words on it if asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openwado.annotation import annotated
from openwado.dicom.codecs import codec_of, decode_frame
from openwado.dicom.frames import object_source
from openwado.dicom.overlay_planes import read_plane_bits
from openwado.errors import NotSupported
from openwado.observe.stages import stage
from openwado.protocol.negotiate import LOSSY_TRANSFER_SYNTAXES
from openwado.render import icc_profile
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.reduction import extent_of
from openwado.softcopy import softcopy_raster

if TYPE_CHECKING:
    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.picture_record import Picture
    from openwado.dicom.source import ByteSource
    from openwado.jobs import PictureJob
    from openwado.render.presentation import Presentation
    from openwado.render.raster import Raster
    from openwado.render.softcopy import Softcopy


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, and texts for `Warning: 299`."""

    raster: Raster
    warnings: tuple[str, ...] = ()


def picture_of(job: PictureJob) -> Picture:
    """Return the picture record of the image that a job draws.

    Raises:
        NotSupported: it has none.
    """
    if job.instance.picture is None:
        raise NotSupported(job.instance.undrawable or "This object holds no picture.")
    return job.instance.picture


def presentation_of(job: PictureJob) -> Presentation:
    """Decide how a frame is drawn without a presentation state.

    Raises:
        WadoError: the request is wrong, or there is no picture.
    """
    return resolve_presentation(
        picture_of(job),
        job.frame_attributes,
        window=job.window,
        region=job.region,
        rows=job.rows,
        columns=job.columns,
        bit_depth=job.bit_depth,
        choices=job.choices,
    )


def drawn(job: PictureJob, presentation: Presentation, stored: ByteSource, *, with_profile: bool) -> Drawn:
    """Decode a frame and draw it.

    Args:
        job: what to draw.
        presentation: as `presentation_of` returned it.
        stored: the image's bytes.
        with_profile: whether the ICC profile of a colour image goes along.

    Raises:
        WadoError: whatever is wrong with the stored object.
    """
    picture = picture_of(job)
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
    with stage("render"):
        raster = render(frame, presentation, planes)
    if not raster.is_grey and with_profile:
        raster = replace(raster, icc_profile=profile_of(source, picture))
    return _written_on(job, raster, presentation, stored, presentation.warnings)


def drawn_by_state(job: PictureJob, stored: ByteSource, state_bytes: StoredObject, store: Store) -> Drawn:
    """Draw a frame as a presentation state shows it.

    Args:
        job: what to draw.
        stored: the image's bytes.
        state_bytes: those of the state.
        store: where images are that are laid over it.

    Raises:
        WadoError: the state does not apply, or something is wrong with a stored object.
    """
    raster, softcopy = softcopy_raster(job, stored, state_bytes, store)
    return _written_on(job, raster, softcopy, stored, ())


def profile_of(source: ByteSource, picture: Picture) -> bytes:
    """Read the profile of a colour image as it is: it is handed on, never applied (RR-16)."""
    span = picture.icc_profile
    if span is None or span.length > icc_profile.LARGEST:
        return b""
    return icc_profile.checked(source.read_at(span.offset, span.length))


def _written_on(
    job: PictureJob, raster: Raster, shown: Presentation | Softcopy, stored: ByteSource, warnings: tuple[str, ...]
) -> Drawn:
    if not job.annotation:
        return Drawn(raster, warnings)
    frame_and_count = job.frame_number, job.instance.number_of_frames
    raster, warning = annotated(raster, job.annotation, shown, stored, frame_and_count)
    return Drawn(raster, (*warnings, warning) if warning else warnings)
