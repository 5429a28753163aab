"""The coloured image that a blending presentation state lays over another: which it is, and where it lies (RR-43)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import object_source
from openwado.dicom.image_plane import image_plane, image_planes
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.state_grey_steps import superimposed_state
from openwado.errors import CorruptObject, NotFound, NotSupported, Unavailable
from openwado.render.blending import Layer, distance, laid_over
from openwado.render.softcopy import colored_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    chosen, plane = nearest(job.superimposed, below, store)
    with opened(chosen, store) as stored:
        picture = chosen.instance.picture
        if picture is None:
            raise NotSupported("The image that is laid over this one cannot be drawn.")
        target = chosen.instance.sop_instance_uid, chosen.frame_number
        frame = decode_frame(object_source(stored, chosen.instance), chosen.instance, chosen.entry)
        pixels = colored_frame(frame, picture, superimposed_state(state, target, picture.image_pixel))
    return laid_over(pixels, plane, below, size_of(job))


def size_of(job: PictureJob) -> tuple[int, int]:
    """Return rows and columns of the image that a picture is asked of.

    Raises:
        NotSupported: it holds no picture.
    """
    if job.instance.picture is None:
        raise NotSupported(job.instance.undrawable or "This object holds no picture.")
    return job.instance.picture.image_pixel.rows, job.instance.picture.image_pixel.columns


def nearest(
    candidates: Sequence[SuperimposedImage], below: ImagePlane | None, store: Store
) -> tuple[SuperimposedImage, ImagePlane | None]:
    """Return the frame that is nearest to a plane, and its own: of the same space, else the only one there is.

    Args:
        candidates: among which it is.
        below: the plane.
        store: where they are.

    Raises:
        NotFound: there is none, or it has gone.
        NotSupported: nothing tells which it is.
    """
    if not candidates:
        raise NotFound("None of the images that the presentation state blends with this one is here.")
    planes = []
    for _, group in groupby(candidates, key=lambda candidate: candidate.instance.key):
        members = list(group)
        with opened(members[0], store) as stored:
            found = _planes(stored, members)
        for candidate, plane in zip(members, found, strict=True):
            if below is not None and plane is not None and plane.frame_of_reference == below.frame_of_reference:
                planes.append((distance(below, plane), candidate, plane))
    if planes:
        _, candidate, plane = min(planes, key=lambda found: found[0])
        return candidate, plane
    if len(candidates) == 1:
        return candidates[0], None
    raise NotSupported("Nothing tells which image is to be blended with this one.", parameter="presentationUID")


def _planes(stored: StoredObject, candidates: list[SuperimposedImage]) -> list[ImagePlane | None]:
    """Return the planes of frames of one object."""
    try:
        return image_planes(parse(stored).attributes, [candidate.frame_number for candidate in candidates])
    except NotAnObject as problem:
        raise CorruptObject("An image to be blended with this one cannot be read.", detail=problem.reason) from None


def opened(candidate: SuperimposedImage, store: Store) -> StoredObject:
    """Open the object of a frame.

    Raises:
        NotFound: it has gone.
        Unavailable: it cannot be read, or is another one now.
    """
    try:
        stored = store.open(candidate.instance.key)
    except FileNotFoundError as error:
        raise NotFound("An image to be blended with this one has just been removed.", detail=str(error)) from error
    except OSError as error:
        raise Unavailable("An image cannot be read at the moment.", retry_after=5, detail=str(error)) from error
    if stored.stamp() != candidate.instance.stamp:
        stored.close()
        raise Unavailable("An object is being changed. Try again.", detail=f"{candidate.instance.key} changed")
    return stored
