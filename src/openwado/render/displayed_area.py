"""The part of a transformed image that a presentation state shows, and how large (PS3.3 C.10.4; RR-40)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openwado.errors import NotSupported
from openwado.render import resample
from openwado.render.viewport import LARGEST_PICTURE, check_size, fitted_size, pixel_edges, vertical_stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.displayed_area import DisplayedArea
    from openwado.render.spatial_transformation import Point, SpatialTransformation
    from openwado.render.viewport import Region

#: Pixels beside a cut that have a share in what is interpolated before it.
_MARGIN: Final = 2

Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge, pixels of the transformed image; may lie outside of it."""


@dataclass(frozen=True, slots=True)
class DisplayedView:
    """What becomes the picture.

    Attributes:
        area: the displayed area.
        box: the region of it that is asked for.
        rows, columns: of the picture that the box becomes, before it is cropped.
        shown_rows, shown_columns: of the picture: what MAGNIFY leaves of that.
    """

    area: Box
    box: Box
    rows: int
    columns: int
    shown_rows: int
    shown_columns: int

    def of_image(self, point: Point) -> Point:
        """Return where a point of the transformed image is in the picture: column and row."""
        left, top, right, bottom = self.box
        return (point[0] - left) * self.columns / (right - left), (point[1] - top) * self.rows / (bottom - top)

    def of_display(self, point: Point) -> Point:
        """Return where a fraction of the displayed area is in the picture (REQ-URI-8.2.9-8)."""
        left, top, right, bottom = self.area
        return self.of_image((left + point[0] * (right - left), top + point[1] * (bottom - top)))


def resolve_view(  # noqa: PLR0913 -- a state and a request
    area: DisplayedArea | None,
    transformation: SpatialTransformation,
    *,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    max_output_pixels: int = LARGEST_PICTURE,
) -> DisplayedView:
    """Decide what is shown and how large (REQ-URI-8.2.9-5 … -7).

    Args:
        area: of the state; None: the whole image, square pixels.
        transformation: of the image.
        region: fractions of the displayed area.
        rows: most rows asked for.
        columns: most columns asked for.
        max_output_pixels: pixels beyond which no picture is made.

    Raises:
        BadRequest: the picture would be too large, or rows or columns is below 1.
        NotSupported: the area is larger than any picture.
    """
    box = _box(area, transformation)
    if (box[2] - box[0]) * (box[3] - box[1]) > LARGEST_PICTURE:
        raise NotSupported("The displayed area of the presentation state is too large.", parameter="presentationUID")
    xmin, ymin, xmax, ymax = region or (0.0, 0.0, 1.0, 1.0)
    left, right = pixel_edges(xmin, xmax, box[2] - box[0])
    top, bottom = pixel_edges(ymin, ymax, box[3] - box[1])
    cut = box[0] + left, box[1] + top, box[0] + right, box[1] + bottom
    aspect = (1.0, 1.0) if area is None else area.aspect
    stretch = vertical_stretch(aspect[::-1] if transformation.turns_axes else aspect)
    height, width = bottom - top, right - left
    if area is not None and area.size_mode == "MAGNIFY":
        ratio = Fraction(area.magnification)
        (bottom, height, shown_rows), (right, width, shown_columns) = (
            _cropped(height, stretch * ratio, rows),
            _cropped(width, ratio, columns),
        )
        cut = cut[0], cut[1], cut[0] + right, cut[1] + bottom
        whole, shown = (height, width), (shown_rows, shown_columns)
    else:
        whole = shown = fitted_size(height, width, rows, columns, stretch)
    check_size(*whole, max_output_pixels, "columns" if rows is None and columns is not None else "rows")
    return DisplayedView(box, cut, *whole, *shown)


def _cropped(extent: int, scale: Fraction, wanted: int | None) -> tuple[int, int, int]:
    """Return how many pixels of an axis are magnified, to how many, and how many of those are shown.

    Of what is cropped nothing is magnified but what reaches into what is left, so that a large ratio costs nothing.
    """
    whole = max(1, round(extent * scale))
    if wanted is None or wanted >= whole:
        return extent, whole, whole
    used = min(extent, math.ceil(wanted / scale) + _MARGIN)
    return used, max(wanted, round(used * scale)), wanted


def shown(pixels: NDArray[Any], view: DisplayedView) -> NDArray[Any]:
    """Return the picture of a transformed image; what the image does not have is black."""
    left, top, right, bottom = view.box
    rows, columns = pixels.shape[:2]
    if left >= 0 and top >= 0 and right <= columns and bottom <= rows:
        piece = pixels[top:bottom, left:right]
    else:
        piece = np.zeros((bottom - top, right - left, *pixels.shape[2:]), pixels.dtype)
        from_left, from_top = max(left, 0), max(top, 0)
        to_right, to_bottom = min(right, columns), min(bottom, rows)
        if from_left < to_right and from_top < to_bottom:
            target = piece[from_top - top : to_bottom - top, from_left - left : to_right - left]
            target[...] = pixels[from_top:to_bottom, from_left:to_right]
    resized = resample.resize(np.ascontiguousarray(piece), view.rows, view.columns)
    return np.ascontiguousarray(resized[: view.shown_rows, : view.shown_columns])


def _box(area: DisplayedArea | None, transformation: SpatialTransformation) -> Box:
    if area is None:
        rows, columns = transformation.size
        return 0, 0, columns, rows
    corners = [
        transformation.point((column - inward, row - inward))
        for column, row in (area.top_left, area.bottom_right)
        for inward in (0, 1)
    ]
    xs, ys = [round(x) for x, _ in corners], [round(y) for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
