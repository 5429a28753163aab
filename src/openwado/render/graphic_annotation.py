"""Figures and texts of presentation states, at the size of the picture (PS3.3 C.10.5, C.10.7; RR-41, RR-42)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from openwado.render import cielab
from openwado.render.corner_text import cap_height
from openwado.render.display_shutter import P_VALUE_MAXIMUM
from openwado.render.outlines import OUTLINES, area_within, circle, stroke_pieces
from openwado.render.typeface import drawn_line, line_height

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from openwado.dicom.graphic_annotation import GraphicAnnotation, GraphicLayer, GraphicObject, TextObject, Units
    from openwado.render.displayed_area import DisplayedView
    from openwado.render.spatial_transformation import Point, SpatialTransformation

_SUBPIXEL_BITS: Final = 4
#: Pixels from the first one of a picture beyond which nothing is drawn: no picture is as long.
_FARTHEST: Final = 1e5
_LINES_MAX: Final = 100
_SMALLEST_CAPS: Final = 6
#: Rows that are mixed at once.
_BAND: Final = 256
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n|\f")
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_MIDDLE: Final = 128
_EDGE: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Placing:
    """Where points of annotations are in the picture."""

    transformation: SpatialTransformation
    view: DisplayedView

    def point(self, point: Point, units: Units) -> Point:
        """Return column and row in the picture."""
        if units == "DISPLAY":
            return self.view.of_display(point)
        return self.view.of_image(self.transformation.point(point))


def layer_color(layer: GraphicLayer | None) -> tuple[int, int, int]:
    """Return what a layer is drawn in, 0 … 255 (C.10.7.1.1); white without one."""
    if layer is None:
        return _WHITE
    if layer.lab is not None:
        return cielab.to_srgb(layer.lab)
    red, green, blue = (min(max(value, 0), P_VALUE_MAXIMUM) >> 8 for value in layer.rgb or (layer.grey,) * 3)
    return red, green, blue


def layered(names: Iterable[str], layers: Sequence[GraphicLayer]) -> list[tuple[str, tuple[int, int, int]]]:
    """Return the layers that are drawn on, in their order, with their colours; unknown ones last."""
    wanted = list(dict.fromkeys(names))
    known = [(layer.name, layer_color(layer)) for layer in layers if layer.name in wanted]
    return known + [(name, _WHITE) for name in wanted if all(name != layer.name for layer in layers)]


def draw(
    pixels: NDArray[Any], annotations: Sequence[GraphicAnnotation], layers: Sequence[GraphicLayer], placing: Placing
) -> NDArray[Any]:
    """Return a picture with figures and texts, layer upon layer.

    Args:
        pixels: grey or RGB, 8 bits.
        annotations: what is drawn.
        layers: in their order.
        placing: where points are.
    """
    for name, color in layered((annotation.layer for annotation in annotations), layers):
        if pixels.ndim == 2 and len(set(color)) > 1:  # noqa: PLR2004 -- grey
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        coverage, texts = (np.zeros(pixels.shape[:2], np.uint8) for _ in range(2))
        for annotation in annotations:
            if annotation.layer == name:
                for figure in annotation.graphics:
                    _draw_figure(coverage, figure, placing)
                for text in annotation.texts:
                    _draw_text(coverage, texts, text, placing)
        pixels = inked(pixels, coverage, color)
        # letters are thin: an edge of the other end of the scale keeps them legible on any ground
        pixels = inked(pixels, cv2.dilate(texts, _EDGE), _BLACK if max(color) >= _MIDDLE else _WHITE)
        pixels = inked(pixels, texts, color)
    return pixels


def inked(pixels: NDArray[Any], coverage: NDArray[Any], color: tuple[int, int, int]) -> NDArray[Any]:
    """Return a picture with a colour where it is covered, with a share where it is covered in part."""
    left, top, columns, rows = cv2.boundingRect(coverage)
    if not rows:
        return pixels
    mixed = pixels.copy()
    value: Any = np.array(color, np.float32) if pixels.ndim > 2 else np.float32(color[0])  # noqa: PLR2004 -- RGB
    for row in range(top, top + rows, _BAND):  # floats of a whole picture would take many times its memory
        touched = slice(row, min(row + _BAND, top + rows)), slice(left, left + columns)
        share = coverage[touched] / np.float32(255)
        share = share[..., None] if pixels.ndim > 2 else share  # noqa: PLR2004 -- RGB
        mixed[touched] = np.rint(pixels[touched] * (1 - share) + value * share).astype(pixels.dtype)
    return mixed


def _draw_figure(coverage: NDArray[np.uint8], figure: GraphicObject, placing: Placing) -> None:
    thickness = max(1, round(cap_height(*coverage.shape) / 8))
    points = [placing.point(point, figure.units) for point in figure.points]
    if figure.graphic_type == "POINT":
        _fill(coverage, circle([points[0], (points[0][0] + max(2, 2 * thickness), points[0][1])]))
        return
    outline = OUTLINES[figure.graphic_type](points)
    if not outline:
        return
    is_round = figure.graphic_type in ("CIRCLE", "ELLIPSE")
    if figure.filled and (is_round or outline[0] == outline[-1]):
        _fill(coverage, outline)
    _stroke(coverage, [*outline, outline[0]] if is_round else outline, thickness)


def _fill(coverage: NDArray[np.uint8], outline: Sequence[Point]) -> None:
    near = area_within(outline, _FARTHEST)
    if near:
        cv2.fillPoly(coverage, [_fixed(near)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)


def _stroke(coverage: NDArray[np.uint8], line: Sequence[Point], thickness: int) -> None:
    for piece in stroke_pieces(line, _FARTHEST):
        is_closed = piece[0] == piece[-1]
        cv2.polylines(coverage, [_fixed(piece)], is_closed, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(points: Sequence[Point]) -> NDArray[np.int32]:
    """Return points for OpenCV, whose pixel centres are at whole numbers, in sixteenths of a pixel."""
    return np.rint((np.array(points, float) - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _draw_text(lines_of: NDArray[np.uint8], coverage: NDArray[np.uint8], text: TextObject, placing: Placing) -> None:
    lines = _LINE_BREAK.split(text.text)[:_LINES_MAX]
    caps = cap_height(*coverage.shape)
    anchor = None
    if text.anchor is not None:
        anchor = placing.point(text.anchor, text.anchor_units)
    if text.box is not None:
        corners = [placing.point(corner, text.box_units) for corner in text.box]
        (left, top), (right, bottom) = (
            (min(x for x, _ in corners), min(y for _, y in corners)),
            (
                max(x for x, _ in corners),
                max(y for _, y in corners),
            ),
        )
        angle = _reading_angle(corners)
        room = (bottom - top) if angle in (0, 180) else (right - left)
        while caps > _SMALLEST_CAPS and line_height(caps) * len(lines) > room:
            caps -= 1
        block = _block(lines, caps, text.justification)
        turned = np.rot90(block, -angle // 90)
        x, y = _within((left, top, right, bottom), turned.shape, text.justification, angle)
    else:
        turned = _block(lines, caps, "LEFT")
        x, y = (anchor or (0.0, 0.0))[0] + caps, (anchor or (0.0, 0.0))[1] - turned.shape[0] / 2
        left, top, right, bottom = x, y, x + turned.shape[1], y + turned.shape[0]
    _stamp(coverage, turned, round(x), round(y))
    if anchor is not None and text.anchor_visible:
        nearest = min(max(anchor[0], left), right), min(max(anchor[1], top), bottom)
        _stroke(lines_of, [anchor, nearest], max(1, caps // 8))


def _reading_angle(corners: Sequence[Point]) -> int:
    """Return by how much text is turned clockwise: it runs from its top-left to its bottom-right corner."""
    (x0, y0), (x1, y1) = corners
    return {(True, True): 0, (False, True): 90, (False, False): 180, (True, False): 270}[x1 >= x0, y1 >= y0]


def _block(lines: Sequence[str], caps: int, justification: str) -> NDArray[np.uint8]:
    drawn = [drawn_line(line, caps).coverage for line in lines]
    width = max(line.shape[1] for line in drawn)
    block = np.zeros((sum(line.shape[0] for line in drawn), width), np.uint8)
    top = 0
    for line in drawn:
        free = width - line.shape[1]
        left = {"CENTER": free // 2, "RIGHT": free}.get(justification, 0)
        block[top : top + line.shape[0], left : left + line.shape[1]] = line
        top += line.shape[0]
    return block


def _within(
    box: tuple[float, float, float, float], shape: tuple[int, ...], justification: str, angle: int
) -> tuple[float, float]:
    """Return where a block of text starts within its box, along its reading direction as it is justified."""
    left, top, right, bottom = box
    rows, columns = shape[:2]
    share = {"CENTER": 0.5, "RIGHT": 1.0}.get(justification, 0.0)
    along = share if angle in (0, 90) else 1 - share
    if angle in (0, 180):
        return left + along * (right - left - columns), top if angle == 0 else bottom - rows
    return (right - columns if angle == 90 else left), top + along * (bottom - top - rows)  # noqa: PLR2004 -- degrees


def _stamp(coverage: NDArray[np.uint8], block: NDArray[np.uint8], column: int, row: int) -> None:
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + block.shape[0], coverage.shape[0]), min(column + block.shape[1], coverage.shape[1])
    if top < bottom and left < right:
        target = coverage[top:bottom, left:right]
        np.maximum(target, block[top - row : bottom - row, left - column : right - column], out=target)
