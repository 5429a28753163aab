"""A frame as a presentation state shows it: the state is read, and what it needs of both objects (section 13.4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from openwado.advanced_blending import advanced_picture
from openwado.blending import superimposed
from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import native_entry, object_source
from openwado.dicom.overlay_planes import read_plane_bits
from openwado.dicom.readable import readable
from openwado.dicom.reader import parse
from openwado.dicom.state_reading import read_presentation_state
from openwado.dicom.total_pixel_matrix import in_frame
from openwado.errors import BadRequest, NotSupported
from openwado.protocol.negotiate import LOSSY_TRANSFER_SYNTAXES
from openwado.render.softcopy import Softcopy, drawn_softcopy, finished_softcopy, resolve_softcopy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry
    from openwado.dicom.overlay_planes import PlaneBits
    from openwado.dicom.presentation_state import ActiveOverlay, PresentationState
    from openwado.dicom.source import ByteSource
    from openwado.jobs import PictureJob
    from openwado.render.raster import Raster


def softcopy_raster(
    job: PictureJob, stored: ByteSource, state_bytes: StoredObject, store: Store
) -> tuple[Raster, Softcopy]:
    """Draw a frame by its presentation state.

    Args:
        job: with the record of the state.
        stored: the image's bytes.
        state_bytes: the state's.
        store: where images are that are laid over it.

    Raises:
        WadoError: the state does not apply, or is not to be drawn; or the image cannot be.
    """
    picture, record = job.instance.picture, job.presentation_state
    if picture is None or record is None:
        raise NotSupported(job.instance.undrawable or "This object holds no picture.")
    if job.bit_depth > 8:  # noqa: PLR2004 -- bits
        raise BadRequest("bitDepth is for pictures without presentation state.", parameter="bitDepth")
    with readable("The presentation state"):
        attributes = parse(state_bytes).attributes
        state = read_presentation_state(attributes, record, job.instance, picture.image_pixel, job.frame_number)
    with readable("The image"):
        state = in_frame(state, lambda: parse(stored).attributes, picture.image_pixel, job.frame_number)
    softcopy = resolve_softcopy(
        picture,
        state,
        region=job.region,
        rows=job.rows,
        columns=job.columns,
        max_output_pixels=job.max_output_pixels,
    )
    image_source = object_source(stored, job.instance)
    state_source = object_source(state_bytes, record)
    frame_of = _decoder(job, image_source)
    frame = frame_of(job.frame_number)
    overlays = list(_overlays(job, state, frame, image_source, state_source))
    shutter = None
    if state.bitmap_shutter is not None:
        shutter = next(
            read_plane_bits(state_source, (state.bitmap_shutter.plane,), frame, picture.image_pixel, 1), None
        )
    above = None
    with readable("An image that the presentation state blends, or the state,"):
        if state.blend_steps:
            pixels = advanced_picture(job, frame, parse(stored).attributes, attributes, store)
            return finished_softcopy(pixels, softcopy, overlays, shutter), softcopy
        if state.opacity is not None:
            above = superimposed(job, parse(stored).attributes, attributes, store), state.opacity
    pixels = drawn_softcopy(frame_of, job.frame_number, softcopy, above)
    return finished_softcopy(pixels, softcopy, overlays, shutter), softcopy


def _decoder(job: PictureJob, source: ByteSource) -> Callable[[int], Frame]:
    """Return what decodes a frame by its number; of those that mask subtraction needs few are held at a time."""

    @lru_cache(maxsize=2)
    def frame_of(number: int) -> Frame:
        entry = job.entry if number == job.frame_number else _entry(job, number)
        return decode_frame(source, job.instance, entry)

    return frame_of


def _entry(job: PictureJob, number: int) -> FrameEntry:
    return job.entries[number - 1] if job.entries else native_entry(job.instance, number)


def _overlays(
    job: PictureJob, state: PresentationState, frame: Frame, image_source: ByteSource, state_source: ByteSource
) -> Iterator[tuple[str, PlaneBits]]:
    for overlay in state.overlays:
        source = state_source if overlay.in_state else image_source
        yield from ((overlay.layer, bits) for bits in _bits(job, overlay, frame, source))


def _bits(job: PictureJob, overlay: ActiveOverlay, frame: Frame, source: ByteSource) -> Iterator[PlaneBits]:
    if job.instance.picture is None:
        return iter(())
    return read_plane_bits(
        source,
        (overlay.plane,),
        frame,
        job.instance.picture.image_pixel,
        1 if overlay.in_state else job.frame_number,
        lossy=job.instance.transfer_syntax_uid in LOSSY_TRANSFER_SYNTAXES,
    )
