"""Figures and texts of presentation states, at the size of the picture (PS3.3 C.10.5, C.10.7; RR-41, RR-42)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from openwado.render import cielab
from openwado.render.corner_text import cap_height
from openwado.render.display_shutter import P_VALUE_MAXIMUM
from openwado.render.typeface import drawn_line, line_height

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from openwado.dicom.graphic_annotation import GraphicAnnotation, GraphicLayer, GraphicObject, TextObject
    from openwado.render.displayed_area import DisplayedView
    from openwado.render.spatial_transformation import Point, SpatialTransformation

_SUBPIXEL_BITS: Final = 4
_STEPS: Final = 16
_ELLIPSE_POINTS: Final = 180
_CIRCLE_POINTS: Final = 2
_AXES_POINTS: Final = 4
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

    def point(self, point: Point, *, in_display: bool) -> Point:
        """Return column and row in the picture."""
        if in_display:
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

    def place(point: Point) -> Point:
        return placing.point(point, in_display=figure.in_display)

    points = figure.points
    if figure.graphic_type == "POINT":
        radius = max(2, 2 * thickness)
        _fill(coverage, [_circle(place(points[0]), radius)])
        return
    if figure.graphic_type == "CIRCLE":  # round in the picture, whatever the shape of its units is
        placed = _circle_outline([place(point) for point in points])
    else:
        placed = [place(point) for point in _OUTLINES[figure.graphic_type](points)]
    if not placed:
        return
    is_closed = figure.graphic_type in ("CIRCLE", "ELLIPSE") or placed[0] == placed[-1]
    if figure.filled and is_closed:
        _fill(coverage, [placed])
    cv2.polylines(coverage, [_fixed(placed)], is_closed, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _polyline(points: Sequence[Point]) -> list[Point]:
    return list(points)


def _interpolated(points: Sequence[Point]) -> list[Point]:
    """Return a curve through all points: Catmull-Rom, closed where the last one is the first."""
    if len(points) < 3:  # noqa: PLR2004 -- a line
        return list(points)
    is_closed = points[0] == points[-1]
    before = points[-2] if is_closed else points[0]
    after = points[1] if is_closed else points[-1]
    array = np.array([before, *points, after], float)
    p0, p1, p2, p3 = array[:-3], array[1:-2], array[2:-1], array[3:]
    t = np.linspace(0, 1, _STEPS, endpoint=False)[None, :, None]
    a, b, c = (2 * p1)[:, None], (p2 - p0)[:, None], (2 * p0 - 5 * p1 + 4 * p2 - p3)[:, None]
    d = (3 * p1 - p0 - 3 * p2 + p3)[:, None]
    curve = 0.5 * (a + b * t + c * t**2 + d * t**3)
    return [*map(tuple, curve.reshape(-1, 2).tolist()), points[-1]]


def _circle_outline(points: Sequence[Point]) -> list[Point]:
    if len(points) < _CIRCLE_POINTS:
        return []
    return _circle(points[0], math.dist(points[0], points[1]))


def _circle(center: Point, radius: float) -> list[Point]:
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_POINTS, endpoint=False)
    return list(zip(center[0] + radius * np.cos(angles), center[1] + radius * np.sin(angles), strict=True))


def _ellipse_outline(points: Sequence[Point]) -> list[Point]:
    """Return an ellipse by the ends of its major and its minor axis."""
    if len(points) < _AXES_POINTS:
        return []
    ends = np.array(points[:_AXES_POINTS], float)
    center = ends[:2].mean(axis=0)
    major, minor = (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_POINTS, endpoint=False)[:, None]
    outline = center + major * np.cos(angles) + minor * np.sin(angles)
    return list(map(tuple, outline.tolist()))


_OUTLINES: Final[dict[str, Callable[[Sequence[Point]], list[Point]]]] = {
    "POLYLINE": _polyline,
    "INTERPOLATED": _interpolated,
    "ELLIPSE": _ellipse_outline,
}


def _fill(coverage: NDArray[np.uint8], outlines: list[list[Point]]) -> None:
    cv2.fillPoly(coverage, [_fixed(outline) for outline in outlines], 255, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(points: Sequence[Point]) -> NDArray[np.int32]:
    """Return points for OpenCV, whose pixel centres are at whole numbers, in sixteenths of a pixel."""
    scaled = (np.array(points, float) - 0.5) * (1 << _SUBPIXEL_BITS)
    limit = float(1 << 26)
    return np.rint(np.clip(scaled, -limit, limit)).astype(np.int32)


def _draw_text(lines_of: NDArray[np.uint8], coverage: NDArray[np.uint8], text: TextObject, placing: Placing) -> None:
    lines = _LINE_BREAK.split(text.text)[:_LINES_MAX]
    caps = cap_height(*coverage.shape)
    anchor = None
    if text.anchor is not None:
        anchor = placing.point(text.anchor, in_display=text.anchor_in_display)
    if text.box is not None:
        corners = [placing.point(corner, in_display=text.box_in_display) for corner in text.box]
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
        line = _fixed([anchor, nearest])
        cv2.polylines(lines_of, [line], False, 255, max(1, caps // 8), cv2.LINE_AA, _SUBPIXEL_BITS)  # noqa: FBT003 -- OpenCV's


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
