"""Display Shutter attributes of a data set or functional group item (PS3.3 C.7.6.11, C.7.6.16.2.16; RR-25)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.picture_record import DisplayShutter

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel

_SHUTTER_SHAPE: Final = 0x00181600
_LEFT_VERTICAL_EDGE: Final = 0x00181602
_RIGHT_VERTICAL_EDGE: Final = 0x00181604
_UPPER_HORIZONTAL_EDGE: Final = 0x00181606
_LOWER_HORIZONTAL_EDGE: Final = 0x00181608
_CENTER_OF_CIRCULAR_SHUTTER: Final = 0x00181610
_RADIUS_OF_CIRCULAR_SHUTTER: Final = 0x00181612
_VERTICES_OF_THE_POLYGONAL_SHUTTER: Final = 0x00181620
_SHUTTER_PRESENTATION_VALUE: Final = 0x00181622
_SHUTTER_PRESENTATION_COLOR: Final = 0x00181624

_RECTANGLE: Final = (_LEFT_VERTICAL_EDGE, _RIGHT_VERTICAL_EDGE, _UPPER_HORIZONTAL_EDGE, _LOWER_HORIZONTAL_EDGE)
_LEAST_VERTICES: Final = 3
_MOST_VERTICES: Final = 512
#: Sides that cross a row of the image, on average over all rows: an outline has few, a scribble would take long.
_MOST_SIDES_A_ROW: Final = 64
_COORDINATE_MAX: Final = 1 << 20
_LAB: Final = 3
_WORD_MAX: Final = 65535


def read_display_shutter(attributes: Attributes, image_pixel: ImagePixel) -> DisplayShutter | None:
    """Return the shutter; None if no shape is named whose own attributes are there and possible.

    A shape that lies outside of the image would hide all of it: some devices write one of zeros, and mean none.

    Args:
        attributes: of the data set, or of a Frame Display Shutter item.
        image_pixel: says how large the image is.
    """
    shapes = {shape.upper() for shape in attributes.texts(_SHUTTER_SHAPE)}
    rows, columns = image_pixel.rows, image_pixel.columns
    rectangle = _rectangle(attributes, rows, columns) if "RECTANGULAR" in shapes else None
    circle = _circle(attributes) if "CIRCULAR" in shapes else None
    polygon = _polygon(attributes, rows, columns) if "POLYGONAL" in shapes else ()
    if rectangle is None and circle is None and not polygon:
        return None
    value = attributes.integer(_SHUTTER_PRESENTATION_VALUE) or 0
    color = attributes.integers(_SHUTTER_PRESENTATION_COLOR)
    return DisplayShutter(
        rectangle=rectangle,
        circle=circle,
        polygon=polygon,
        presentation_value=value if _is_word(value) else 0,
        presentation_color=(color[0], color[1], color[2]) if len(color) == _LAB and all(map(_is_word, color)) else None,
    )


def _rectangle(attributes: Attributes, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    edges = [edge for tag in _RECTANGLE for edge in _coordinates(attributes, tag)[:1]]
    if len(edges) < len(_RECTANGLE):
        return None
    left, right, upper, lower = edges
    return (left, right, upper, lower) if _meets(upper, lower, rows) and _meets(left, right, columns) else None


def _circle(attributes: Attributes) -> tuple[int, int, int] | None:
    """Return the circle; whether it meets the image depends on the shape of pixels: that is seen when it is drawn."""
    numbers = (
        *_coordinates(attributes, _CENTER_OF_CIRCULAR_SHUTTER)[:2],
        *_coordinates(attributes, _RADIUS_OF_CIRCULAR_SHUTTER)[:1],
    )
    if len(numbers) < 3 or numbers[2] <= 0:  # noqa: PLR2004 -- row, column, radius
        return None
    return numbers[0], numbers[1], numbers[2]


def _polygon(attributes: Attributes, rows: int, columns: int) -> tuple[tuple[int, int], ...]:
    numbers = _coordinates(attributes, _VERTICES_OF_THE_POLYGONAL_SHUTTER)
    vertices = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    if not _LEAST_VERTICES <= len(vertices) <= _MOST_VERTICES:
        return ()
    down, across = zip(*vertices, strict=True)
    within = [min(max(row, 0), rows) for row in down]
    crossed = sum(abs(row - other) for row, other in zip(within, within[1:] + within[:1], strict=True))
    if crossed > _MOST_SIDES_A_ROW * rows:
        return ()
    return vertices if _meets(min(down), max(down), rows) and _meets(min(across), max(across), columns) else ()


def _is_word(number: int) -> bool:
    return 0 <= number <= _WORD_MAX


def _meets(low: int, high: int, extent: int) -> bool:
    """Say whether low … high is a stretch that lies at least in part on 1 … extent."""
    return low <= high and high >= 1 and low <= extent


def _coordinates(attributes: Attributes, tag: int) -> tuple[int, ...]:
    """Return the values of an integer string; none if one of them is none, or far outside any image."""
    numbers = attributes.decimals(tag)
    if any(number is None or abs(number) > _COORDINATE_MAX for number in numbers):
        return ()
    return tuple(int(number or 0) for number in numbers)
