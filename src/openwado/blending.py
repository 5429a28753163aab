"""The coloured image that a blending presentation state lays over another: which it is, and where it lies (RR-43)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import object_source
from openwado.dicom.image_plane import image_plane, image_planes
from openwado.dicom.presentation_state import superimposed_state
from openwado.dicom.reader import NotAnObject, parse
from openwado.errors import CorruptObject, NotFound, NotSupported, Unavailable
from openwado.render.blending import Layer, distance, laid_over
from openwado.render.softcopy import colored_frame

if TYPE_CHECKING:
    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_plane import ImagePlane
    from openwado.jobs import PictureJob, SuperimposedImage


def superimposed(job: PictureJob, image: Attributes, state: Attributes, store: Store) -> Layer:
    """Draw the image that lies over a frame, on its grid: the nearest plane of the same space, else the only one.

    Args:
        job: with the images that it may be.
        image: attributes of the underlying image.
        state: attributes of the state.
        store: where images are.

    Raises:
        WadoError: none of them is there, or it is not known where it lies.
    """
    below = image_plane(image, job.frame_number)
    chosen, plane = _chosen(job, below, store)
    with _opened(chosen, store) as stored:
        picture = chosen.instance.picture
        if picture is None:
            raise NotSupported("The image that is laid over this one cannot be drawn.")
        target = chosen.instance.sop_instance_uid, chosen.frame_number
        frame = decode_frame(object_source(stored, chosen.instance), chosen.instance, chosen.entry)
        pixels = colored_frame(frame, picture, superimposed_state(state, target, picture.image_pixel))
    return laid_over(pixels, plane, below, _size(job))


def _size(job: PictureJob) -> tuple[int, int]:
    if job.instance.picture is None:
        raise NotSupported(job.instance.undrawable or "This object holds no picture.")
    return job.instance.picture.image_pixel.rows, job.instance.picture.image_pixel.columns


def _chosen(job: PictureJob, below: ImagePlane | None, store: Store) -> tuple[SuperimposedImage, ImagePlane | None]:
    if not job.superimposed:
        raise NotFound("None of the images that the blending presentation state lays over this one is here.")
    planes = []
    for _, group in groupby(job.superimposed, key=lambda candidate: candidate.instance.key):
        candidates = list(group)
        with _opened(candidates[0], store) as stored:
            found = _planes(stored, candidates)
        for candidate, plane in zip(candidates, found, strict=True):
            if below is not None and plane is not None and plane.frame_of_reference == below.frame_of_reference:
                planes.append((distance(below, plane), candidate, plane))
    if planes:
        _, candidate, plane = min(planes, key=lambda found: found[0])
        return candidate, plane
    if len(job.superimposed) == 1:
        return job.superimposed[0], None
    raise NotSupported("Nothing tells which image is to be laid over this one.", parameter="presentationUID")


def _planes(stored: StoredObject, candidates: list[SuperimposedImage]) -> list[ImagePlane | None]:
    """Return the planes of frames of one object."""
    try:
        return image_planes(parse(stored).attributes, [candidate.frame_number for candidate in candidates])
    except NotAnObject as problem:
        raise CorruptObject("An image to be laid over this one cannot be read.", detail=problem.reason) from None


def _opened(candidate: SuperimposedImage, store: Store) -> StoredObject:
    try:
        stored = store.open(candidate.instance.key)
    except FileNotFoundError as error:
        raise NotFound("An image to be laid over this one has just been removed.", detail=str(error)) from error
    except OSError as error:
        raise Unavailable("An image cannot be read at the moment.", retry_after=5, detail=str(error)) from error
    if stored.stamp() != candidate.instance.stamp:
        stored.close()
        raise Unavailable("An object is being changed. Try again.", detail=f"{candidate.instance.key} changed")
    return stored
