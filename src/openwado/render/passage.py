"""Whether a picture shows the pixels of a stored stream just as they are (REQ-URI-8.2.8-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.render import lut, value_range
from openwado.render.grey_steps import GreySteps
from openwado.render.photometric import GREY
from openwado.render.samples import BYTE_BITS, SampleFormat
from openwado.render.voi_lut import ActualRange, VoiRange

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.render.presentation import Presentation

_COLOR_SAMPLES = 3

#: Colour images whose streams hold what they say; PALETTE COLOR is none of them.
_COLORS = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"})


def is_untouched(presentation: Presentation, image_pixel: ImagePixel) -> bool:
    """Say whether no step changes a pixel: no region, no other size, nothing drawn over, no grey level moved.

    Args:
        presentation: what was decided for the frame.
        image_pixel: of the object; only images of 8 bits, all of them used, can be untouched.
    """
    viewport = presentation.viewport
    rows, columns = image_pixel.rows, image_pixel.columns
    whole = (viewport.left, viewport.top, viewport.right, viewport.bottom) == (0, 0, columns, rows)
    plain = (
        whole
        and (viewport.rows, viewport.columns) == (rows, columns)
        and image_pixel.bits_allocated == image_pixel.bits_stored == BYTE_BITS
        and image_pixel.pixel_representation == 0
        and presentation.palette_color_lut is None
        and presentation.display_shutter is None
        and presentation.bit_depth == BYTE_BITS
        and not presentation.overlay_planes
    )
    if not plain:
        return False
    if image_pixel.samples_per_pixel == _COLOR_SAMPLES:
        return image_pixel.photometric_interpretation in _COLORS
    return image_pixel.photometric_interpretation in GREY and _keeps_grey(presentation)


def _keeps_grey(presentation: Presentation) -> bool:
    """Say whether every stored value of 8 bits is its own grey level."""
    voi, modality = presentation.voi_lut, presentation.modality_lut
    if isinstance(voi, ActualRange):  # known only once the frame is decoded
        return False
    sample_format = SampleFormat(BYTE_BITS, BYTE_BITS, BYTE_BITS - 1, signed=False)
    if voi is None:
        voi = VoiRange(*value_range.possible(sample_format, modality))
    steps = GreySteps(voi, modality, presentation.presentation_lut, presentation.padding)
    return bool(np.array_equal(lut.table_of(sample_format, steps), np.arange(1 << BYTE_BITS)))
