"""Graphic layers and annotations of presentation states as values (PS3.3 C.10.5, C.10.7; RR-41, RR-42)."""

from __future__ import annotations

from itertools import count
from struct import iter_unpack
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from openwado.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.dicom.attributes import Attributes

_GRAPHIC_ANNOTATIONS, _GRAPHIC_LAYERS = 0x00700001, 0x00700060
_LAYER, _LAYER_ORDER = 0x00700002, 0x00700062
_GREY_VALUE, _RGB_VALUE, _LAB_VALUE = 0x00700066, 0x00700067, 0x00700401
_TEXTS, _GRAPHICS = 0x00700008, 0x00700009
_TEXT: Final = 0x00700006
_BOX_UNITS, _ANCHOR_UNITS, _GRAPHIC_UNITS = 0x00700003, 0x00700004, 0x00700005
_BOX_TOP_LEFT, _BOX_BOTTOM_RIGHT, _JUSTIFICATION = 0x00700010, 0x00700011, 0x00700012
_ANCHOR, _ANCHOR_VISIBLE = 0x00700014, 0x00700015
_GRAPHIC_DATA, _GRAPHIC_TYPE, _FILLED = 0x00700022, 0x00700023, 0x00700024

_TYPES: Final = frozenset({"POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE"})
_POINTS_MAX: Final = 100_000
_OBJECTS_MAX: Final = 10_000
_LAYERS_MAX: Final = 256
_TEXT_MAX: Final = 1024
_GREY: Final = 65535
_FARTHEST: Final = 1e7

Point = tuple[float, float]
Units = Literal["PIXEL", "DISPLAY", "MATRIX"]
"""What a point counts in: pixels of the frame, fractions of the displayed area, pixels of the total pixel matrix."""


class GraphicLayer(msgspec.Struct, frozen=True):
    """A layer: its name, its order (lower ones first), its P-Value, and its CIELab colour if it has one."""

    name: str
    order: int
    grey: int = _GREY
    lab: tuple[int, int, int] | None = None
    rgb: tuple[int, int, int] | None = None


class GraphicObject(msgspec.Struct, frozen=True):
    """A figure: its type, column and row of each point, what they count in, whether it is filled."""

    graphic_type: str
    points: tuple[Point, ...]
    units: Units
    filled: bool


class TextObject(msgspec.Struct, frozen=True):
    """A text.

    Attributes:
        text: with CR LF between lines.
        box: top-left and bottom-right corner, None without one.
        box_units: what they count in.
        justification: LEFT, CENTER or RIGHT.
        anchor: the point that it is about, None without one.
        anchor_units: likewise.
        anchor_visible: whether a line leads to it.
    """

    text: str
    box: tuple[Point, Point] | None = None
    box_units: Units = "PIXEL"
    justification: str = "LEFT"
    anchor: Point | None = None
    anchor_units: Units = "PIXEL"
    anchor_visible: bool = False


class GraphicAnnotation(msgspec.Struct, frozen=True):
    """Figures and texts of one layer."""

    layer: str
    graphics: tuple[GraphicObject, ...] = ()
    texts: tuple[TextObject, ...] = ()


def read_layers(attributes: Attributes) -> tuple[GraphicLayer, ...]:
    """Return the layers in the order in which they are drawn."""
    layers = [
        GraphicLayer(
            name=item.text(_LAYER),
            order=int(item.decimal(_LAYER_ORDER) or 0),
            grey=next(iter(item.integers(_GREY_VALUE)), _GREY),
            lab=_three(item, _LAB_VALUE),
            rgb=_three(item, _RGB_VALUE),
        )
        for item in attributes.items(_GRAPHIC_LAYERS)
    ]
    return tuple(sorted(layers, key=lambda layer: layer.order))


def read_annotations(attributes: Attributes, applies: Callable[[Attributes], bool]) -> tuple[GraphicAnnotation, ...]:
    """Return what is drawn on a frame.

    Args:
        attributes: of the state.
        applies: says whether an item is about the frame.

    Raises:
        NotSupported: there are more of them than are drawn, or in more layers: each layer costs as much as a picture.
    """
    character_set = attributes.character_set()
    seen = count(1)  # of all items together
    annotations = tuple(
        GraphicAnnotation(
            layer=item.text(_LAYER),
            graphics=tuple(_graphics(item, seen)),
            texts=tuple(_texts(item, character_set, seen)),
        )
        for item in attributes.items(_GRAPHIC_ANNOTATIONS)
        if applies(item)
    )
    if len({annotation.layer for annotation in annotations}) > _LAYERS_MAX:
        raise NotSupported("The presentation state has too many graphic layers.", parameter="presentationUID")
    return annotations


def _graphics(annotation: Attributes, seen: Iterator[int]) -> Iterator[GraphicObject]:
    for item in _within_limit(annotation.items(_GRAPHICS), seen):
        points = _points(item, _GRAPHIC_DATA)
        graphic_type = item.text(_GRAPHIC_TYPE).upper()
        if points and graphic_type in _TYPES:
            yield GraphicObject(graphic_type, points, _units(item, _GRAPHIC_UNITS), item.text(_FILLED).upper() == "Y")


def _texts(annotation: Attributes, character_set: tuple[str, ...], seen: Iterator[int]) -> Iterator[TextObject]:
    for item in _within_limit(annotation.items(_TEXTS), seen):
        corners = (*_points(item, _BOX_TOP_LEFT)[:1], *_points(item, _BOX_BOTTOM_RIGHT)[:1])
        anchor = next(iter(_points(item, _ANCHOR)), None)
        text = item.decoded_text(_TEXT, item.character_set() or character_set)[:_TEXT_MAX]
        box = (corners[0], corners[1]) if len(corners) == 2 else None  # noqa: PLR2004 -- both
        if text and (box is not None or anchor is not None):
            yield TextObject(
                text=text,
                box=box,
                box_units=_units(item, _BOX_UNITS),
                justification=item.text(_JUSTIFICATION).upper() or "LEFT",
                anchor=anchor,
                anchor_units=_units(item, _ANCHOR_UNITS),
                anchor_visible=item.text(_ANCHOR_VISIBLE).upper() == "Y",
            )


def _within_limit(items: Iterator[Attributes], seen: Iterator[int]) -> Iterator[Attributes]:
    """Yield items as long as there are not more than are drawn: a part of them would say something else than all."""
    for item in items:
        if next(seen) > _OBJECTS_MAX:
            raise _too_many()
        yield item


def _too_many() -> NotSupported:
    return NotSupported("The presentation state has too many figures, points or texts.", parameter="presentationUID")


def _units(item: Attributes, tag: int) -> Units:
    """Return what points count in; in pixels of the frame if it is not said."""
    said = item.text(tag).upper()
    return "DISPLAY" if said == "DISPLAY" else "MATRIX" if said == "MATRIX" else "PIXEL"


def _points(item: Attributes, tag: int) -> tuple[Point, ...]:
    """Return pairs of FL; none if one of them is no point near any picture.

    Raises:
        NotSupported: there are more than are drawn.
    """
    element = item.elements.get(tag)
    if element is not None and element.length > 8 * _POINTS_MAX:
        raise _too_many()
    order = "<" if item.coding.little_endian else ">"
    value = item.value(tag, 8 * _POINTS_MAX)
    points = tuple(iter_unpack(f"{order}ff", value[: len(value) // 8 * 8]))
    if not all(abs(x) < _FARTHEST and abs(y) < _FARTHEST for x, y in points):
        return ()
    return points


def _three(item: Attributes, tag: int) -> tuple[int, int, int] | None:
    values = item.integers(tag)
    return (values[0], values[1], values[2]) if len(values) == 3 else None  # noqa: PLR2004 -- L*, a* and b*
