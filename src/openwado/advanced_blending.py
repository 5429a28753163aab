"""The picture that an advanced blending state makes of several images, on the grid of the one asked for (RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openwado.blending import nearest, opened, size_of
from openwado.dicom.advanced_blending import advanced_blending
from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import object_source
from openwado.dicom.image_plane import image_plane
from openwado.dicom.state_grey_steps import input_state
from openwado.errors import NotSupported
from openwado.render.advanced_blending import Visible, blended_steps
from openwado.render.blending import laid_over
from openwado.render.softcopy import input_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from openwado.archive.store import Store
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import Instance
    from openwado.jobs import PictureJob

#: Pixels of all images that are blended, each at the size of the picture.
PIXELS_MAX = 1 << 25


def advanced_picture(
    job: PictureJob, frame: Frame, image: Attributes, state: Attributes, store: Store
) -> NDArray[np.uint8]:
    """Blend a frame with the nearest frames of the other inputs.

    Args:
        job: with the frames that may be blended with it.
        frame: the frame itself.
        image: attributes of its object.
        state: attributes of the state.
        store: where the other images are.

    Raises:
        WadoError: an input is not there, cannot be drawn, or does not lie in a plane parallel to the frame's.
    """
    blending = advanced_blending(state)
    own = blending.inputs_with(job.instance, job.frame_number)
    rows, columns = size_of(job)
    if rows * columns * len(blending.inputs) > PIXELS_MAX:
        raise NotSupported("Images as large as these are not blended.", parameter="presentationUID")
    below = image_plane(image, job.frame_number)

    def drawn(number: int) -> Visible:
        item = blending.inputs[number].item
        if number in own:
            return Visible(*_colors(frame, job.instance, job.frame_number, item))
        chosen, plane = nearest([each for each in job.superimposed if each.input_number == number], below, store)
        with opened(chosen, store) as stored:
            other = decode_frame(object_source(stored, chosen.instance), chosen.instance, chosen.entry)
        pixels, present = _colors(other, chosen.instance, chosen.frame_number, item)
        layer = laid_over(pixels, plane, below, (rows, columns), present)
        here = layer.share >= 0.5  # noqa: PLR2004 -- half of a pixel: there is no less padding than all of it
        return Visible(layer.pixels * here[..., None], here)

    return blended_steps(blending.steps, drawn)


def _colors(frame: Frame, instance: Instance, frame_number: int, item: Attributes) -> tuple[NDArray[Any], NDArray[Any]]:
    picture = instance.picture
    if picture is None:
        raise NotSupported("An image to be blended cannot be drawn.")
    state = input_state(item, (instance.sop_instance_uid, frame_number), picture.image_pixel)
    return input_image(frame, picture, state)
