"""Where a frame lies in the total pixel matrix of a tiled image, and what a state says in it (RR-40, RR-41).

PS3.3 C.7.6.17.3 and C.8.12.6.1 say where tiles are, C.10.4 and C.10.5 what counts in the matrix.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.displayed_area import DisplayedArea
    from openwado.dicom.graphic_annotation import GraphicAnnotation, GraphicObject, Point, TextObject, Units
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.presentation_state import PresentationState

_MATRIX_COLUMNS, _MATRIX_ROWS = 0x00480006, 0x00480007
_ORGANIZATION, _CONCATENATION_OFFSET = 0x00209311, 0x00209228
_SHARED_GROUPS, _PER_FRAME_GROUPS, _PLANE_POSITION = 0x52009229, 0x52009230, 0x0048021A
_COLUMN_POSITION, _ROW_POSITION = 0x0048021E, 0x0048021F

Place = tuple[int, int]
"""Columns and rows of the matrix before the first pixel of a frame."""

_AT_ONCE: Final = (0, 0)


def in_frame(
    state: PresentationState, image: Callable[[], Attributes], image_pixel: ImagePixel, frame_number: int
) -> PresentationState:
    """Return a state in which nothing counts in a total pixel matrix any more, but in the frame.

    An image that is not tiled has no such matrix: its frame is all there is, and corners and points count in it.

    Args:
        state: what it does to the frame.
        image: gives the attributes of the image, which are looked at only if need be.
        image_pixel: of the image.
        frame_number: from 1.

    Raises:
        CorruptObject: the image does not say where the frame lies.
        NotSupported: the displayed area shows more of the matrix than the frame.
    """
    area = state.displayed_area
    if not (area is not None and area.in_matrix) and not any(map(_counts_in_matrix, state.annotations)):
        return state
    place = place_of(image(), image_pixel, frame_number)
    if area is not None and area.in_matrix:
        area = _moved_area(area, place or _AT_ONCE)
        if place is not None and image_pixel.number_of_frames > 1 and not _lies_in(area, image_pixel):
            raise NotSupported(
                "Displayed areas of a total pixel matrix are applied only where they lie within the frame.",
                parameter="presentationUID",
            )
    annotations = tuple(_moved(annotation, place or _AT_ONCE) for annotation in state.annotations)
    return replace(state, displayed_area=area, annotations=annotations)


def place_of(image: Attributes, image_pixel: ImagePixel, frame_number: int) -> Place | None:
    """Return where a frame lies; None where the image is not tiled.

    Raises:
        CorruptObject: it is, and does not say where.
    """
    columns, rows = image.integer(_MATRIX_COLUMNS), image.integer(_MATRIX_ROWS)
    if not columns or not rows:
        return None
    if image.text(_ORGANIZATION).upper() == "TILED_FULL":  # row by row, then the next focal plane or optical path
        across, down = -(-columns // image_pixel.columns), -(-rows // image_pixel.rows)
        before = (image.integer(_CONCATENATION_OFFSET) or 0) + frame_number - 1
        row, column = divmod(before % (across * down), across)
        return column * image_pixel.columns, row * image_pixel.rows
    own = next(islice(image.items(_PER_FRAME_GROUPS), frame_number - 1, None), None)
    place = _said(own) or _said(image.first_item(_SHARED_GROUPS))
    if place is None and image_pixel.number_of_frames > 1:
        raise CorruptObject("The image does not say where in its total pixel matrix the frame lies.")
    return place or _AT_ONCE  # a single frame is all of the matrix


def _said(group: Attributes | None) -> Place | None:
    """Return the place that a functional group says: there the first pixel of the matrix has the numbers 1 and 1."""
    position = group.first_item(_PLANE_POSITION) if group is not None else None
    if position is None:
        return None
    column, row = position.integer(_COLUMN_POSITION, signed=True), position.integer(_ROW_POSITION, signed=True)
    return None if column is None or row is None else (column - 1, row - 1)


def _counts_in_matrix(annotation: GraphicAnnotation) -> bool:
    figures = (figure.units for figure in annotation.graphics)
    texts = (units for text in annotation.texts for units in (text.box_units, text.anchor_units))
    return "MATRIX" in figures or "MATRIX" in texts


def _moved(annotation: GraphicAnnotation, place: Place) -> GraphicAnnotation:
    return replace(
        annotation,
        graphics=tuple(_moved_figure(figure, place) for figure in annotation.graphics),
        texts=tuple(_moved_text(text, place) for text in annotation.texts),
    )


def _moved_figure(figure: GraphicObject, place: Place) -> GraphicObject:
    points, units = _moved_points(figure.points, figure.units, place)
    return replace(figure, points=points, units=units)


def _moved_text(text: TextObject, place: Place) -> TextObject:
    box, box_units = _moved_points(text.box or (), text.box_units, place)
    anchor, anchor_units = _moved_points(() if text.anchor is None else (text.anchor,), text.anchor_units, place)
    return replace(
        text,
        box=(box[0], box[1]) if box else None,
        box_units=box_units,
        anchor=anchor[0] if anchor else None,
        anchor_units=anchor_units,
    )


def _moved_points(points: tuple[Point, ...], units: Units, place: Place) -> tuple[tuple[Point, ...], Units]:
    if units != "MATRIX":
        return points, units
    return tuple((x - place[0], y - place[1]) for x, y in points), "PIXEL"


def _moved_area(area: DisplayedArea, place: Place) -> DisplayedArea:
    (left, top), (right, bottom) = area.top_left, area.bottom_right
    return replace(
        area,
        top_left=(left - place[0], top - place[1]),
        bottom_right=(right - place[0], bottom - place[1]),
        in_matrix=False,
    )


def _lies_in(area: DisplayedArea, image_pixel: ImagePixel) -> bool:
    corners = area.top_left, area.bottom_right
    return all(1 <= x <= image_pixel.columns and 1 <= y <= image_pixel.rows for x, y in corners)
