"""How much of a frame a picture can do without: rows that need not be read, details that a codec need not decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.frame_extent import FrameExtent
from openwado.render.viewport import cut_edges
from openwado.render.voi_lut import ActualRange

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.render.presentation import Presentation

#: Parts of a pixel of the picture: by no more than one of them may an edge of the piece move.
EDGE_PARTS = 32


def extent_of(presentation: Presentation, image_pixel: ImagePixel, margin: int | None) -> FrameExtent:
    """Return what of a frame is needed to draw the picture.

    All of it where the range that a frame uses decides on its greys, and where overlay planes may be bits of its cells.

    Args:
        presentation: what was decided for the picture.
        image_pixel: of the frame.
        margin: how many times the rows and columns of the picture have to be left of the piece that is shown, at the
            least; None where the frame's codec decodes nothing at a fraction.
    """
    voi = presentation.voi_lut
    needs_all = (
        isinstance(voi, ActualRange)
        or (voi is None and image_pixel.element != "PixelData")  # floats have no possible range
        or any(plane.embedded for plane in presentation.overlay_planes)
    )
    if needs_all:
        return FrameExtent()
    viewport = presentation.viewport
    rows = (viewport.top, viewport.bottom)
    is_all = rows == (0, viewport.source_rows)
    halvings = 0 if margin is None else _halvings(presentation, image_pixel, margin)
    return FrameExtent(halvings, None if is_all else rows)


def _halvings(presentation: Presentation, image_pixel: ImagePixel, margin: int) -> int:
    """Return how often rows and columns may be halved before the picture is drawn.

    Where every stored value counts that is 0: averages must not be taken over padding, indexes and labels.
    """
    mixes = (
        presentation.is_interpolated
        and presentation.padding is None
        and presentation.palette_color_lut is None
        and image_pixel.bits_allocated > 1
    )
    if not mixes:
        return 0
    viewport = presentation.viewport
    axes = (
        (viewport.top, viewport.bottom, viewport.source_rows, viewport.rows),
        (viewport.left, viewport.right, viewport.source_columns, viewport.columns),
    )
    spare = min((stop - start) // (margin * wanted) for start, stop, _, wanted in axes)
    halvings = max(0, spare.bit_length() - 1)
    while halvings and not all(_keeps_edges(*axis, halvings) for axis in axes):
        halvings -= 1
    return halvings


def _keeps_edges(start: int, stop: int, source: int, wanted: int, halvings: int) -> bool:
    """Say whether a stretch of an axis, cut from a reduced frame, begins and ends nearly where it should."""
    edges = cut_edges(start, stop, source, -(-source >> halvings))
    moved = max(abs((edge << halvings) - meant) for edge, meant in zip(edges, (start, stop), strict=True))
    return moved * EDGE_PARTS * wanted <= stop - start
