"""How much of a frame's detail a picture can do without: what a codec need not decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.render.voi_lut import ActualRange

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.render.presentation import Presentation

#: What is left of the piece shown has at least so many times the rows and columns of the picture.
MARGIN = 2


def halvings_of(presentation: Presentation, image_pixel: ImagePixel) -> int:
    """Return how often rows and columns of a frame may be halved before the picture is drawn.

    Where every stored value counts that is 0: averages must not be taken over padding, indexes and labels, the range
    that a frame uses is that of all its values, and overlay planes may be bits of the cells.
    """
    mixes = (
        presentation.is_interpolated
        and presentation.padding is None
        and presentation.palette_color_lut is None
        and not isinstance(presentation.voi_lut, ActualRange)
        and not any(plane.embedded for plane in presentation.overlay_planes)
        and image_pixel.bits_allocated > 1
    )
    if not mixes:
        return 0
    viewport = presentation.viewport
    spare = min(
        (viewport.bottom - viewport.top) // (MARGIN * viewport.rows),
        (viewport.right - viewport.left) // (MARGIN * viewport.columns),
    )
    return max(0, spare.bit_length() - 1)
