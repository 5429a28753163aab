"""Overlay planes: bitmaps laid over the image (RR-23, RR-24; PS3.3 C.9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.render.cover import cover, placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from openwado.dicom.overlay_planes import PlaneBits
    from openwado.dicom.picture_record import OverlayPlane
    from openwado.render.viewport import Viewport


def chosen(planes: Iterable[OverlayPlane]) -> tuple[OverlayPlane, ...]:
    """Return the planes that are drawn of an image without presentation state: graphics, not regions of interest."""
    return tuple(plane for plane in planes if not plane.is_roi)


def draw(pixels: NDArray[Any], planes: Iterable[PlaneBits], viewport: Viewport) -> NDArray[Any]:
    """Return a picture with overlay planes in full white.

    Args:
        pixels: display values of the whole output, grey (rows, columns) or RGB (rows, columns, 3).
        planes: the bits that lie on the image; taken one after the other.
        viewport: which piece of the image the picture shows.
    """
    mask = None
    for plane in planes:
        placed_bits = placed(plane.bits, plane.top, plane.left, viewport)
        mask = placed_bits if mask is None else np.logical_or(mask, placed_bits, out=mask)
    if mask is None:
        return pixels
    white = int(np.iinfo(pixels.dtype).max)
    return cover(pixels, mask, (white, white, white))
