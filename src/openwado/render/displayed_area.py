"""The part of a transformed image that a presentation state shows, and how large (PS3.3 C.10.4; RR-40)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.render.stretch import Stretch, stretched
from openwado.render.viewport import LARGEST_PICTURE, check_size, fitted_size, pixel_edges, vertical_stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.displayed_area import DisplayedArea
    from openwado.render.spatial_transformation import Point, SpatialTransformation
    from openwado.render.viewport import Region

Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge, pixels of the transformed image; may lie outside of it."""


@dataclass(frozen=True, slots=True)
class DisplayedView:
    """What becomes the picture.

    Attributes:
        area: the displayed area.
        rows, columns: the region of it that is asked for, and what is made of it; of what MAGNIFY crops, not all.
    """

    area: Box
    rows: Stretch
    columns: Stretch

    def of_image(self, point: Point) -> Point:
        """Return where a point of the transformed image is in the picture: column and row."""
        return (point[0] - self.columns.start) / self.columns.step, (point[1] - self.rows.start) / self.rows.step

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
    """
    box = _box(area, transformation)
    xmin, ymin, xmax, ymax = region or (0.0, 0.0, 1.0, 1.0)
    left, right = pixel_edges(xmin, xmax, box[2] - box[0])
    top, bottom = pixel_edges(ymin, ymax, box[3] - box[1])
    aspect = (1.0, 1.0) if area is None else area.aspect
    stretch = vertical_stretch(aspect[::-1] if transformation.turns_axes else aspect)
    height, width = bottom - top, right - left
    whole = fitted_size(height, width, rows, columns, stretch)
    if area is not None and area.size_mode == "MAGNIFY":
        ratio = Fraction(area.magnification)
        whole = max(1, round(height * stretch * ratio)), max(1, round(width * ratio))
        wanted = min(whole[0], rows or whole[0]), min(whole[1], columns or whole[1])
    else:
        wanted = whole
    check_size(*wanted, max_output_pixels, "columns" if rows is None and columns is not None else "rows")
    return DisplayedView(
        box,
        Stretch(box[1] + top, box[1] + bottom, height / whole[0], wanted[0]),
        Stretch(box[0] + left, box[0] + right, width / whole[1], wanted[1]),
    )


def shown(pixels: NDArray[Any], view: DisplayedView) -> NDArray[Any]:
    """Return the picture of a transformed image; what the image does not have is black."""
    return np.ascontiguousarray(stretched(pixels, view.rows, view.columns))


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
