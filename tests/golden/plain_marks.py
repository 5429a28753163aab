"""Figures and texts of presentation states as masks: what has to be drawn, what must not be (PS3.3 C.10.5; RR-41).

Nobody says how a stroke is smoothed, and no clause says what glyphs look like. So a figure has pixels that are inked
fully, pixels that are inked mostly, and pixels that may be touched; a text has places where there has to be ink.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Point = tuple[float, float]

CORE = 0.25
"""Pixels whose centre is so near to a line are inked mostly: strokes of small pictures are a pixel wide."""
REACH = 2.25
"""Nothing is touched farther away from a line than this: a stroke, and a pixel of smoothing."""
DEEP = 6.0
"""A curve through the corners of a convex polygon does not come so far into it."""
CAPS_ROOM = 19
"""Rows of a line of text in small pictures: capitals of 9 pixels (REQ-URI-8.2.1-7), with what is above and below."""


@dataclass(slots=True)
class Marks:
    """What figures or texts do to a picture: all masks of its shape.

    Attributes:
        full: pixels that have the colour.
        mostly: pixels that are nearer to the colour than to what is below.
        touched: pixels of which nothing is known; all others stay.
        inked: each with a pixel in it that is nearly of the colour.
    """

    full: NDArray[np.bool_]
    mostly: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    inked: list[NDArray[np.bool_]] = field(default_factory=list)


def blank(shape: tuple[int, int]) -> Marks:
    """Nothing is drawn."""
    return Marks(np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_))


def figure_marks(kind: str, points: Sequence[Point], shape: tuple[int, int], *, filled: bool) -> Marks:
    """A Graphic Object whose points are column and row of the picture, from the outer corner of its first pixel."""
    if kind == "POINT":
        away = _distance_to_point(points[0], shape)
        return Marks(away <= 1, np.zeros(shape, np.bool_), away <= 4)
    if kind == "CIRCLE":
        radius = math.dist(points[0], points[1])
        away = _distance_to_point(points[0], shape) - radius
        return _closed(np.abs(away), away < 0, filled=filled)
    if kind == "ELLIPSE":
        outline = _ellipse(points)
        return _closed(_distance_to_line(outline, shape)[0], _inside(outline, shape), filled=filled)
    away, at_end = _distance_to_line(points, shape)
    is_closed = tuple(points[0]) == tuple(points[-1])
    if kind == "INTERPOLATED":  # the points are given, what is between them is the server's
        near_points = [_distance_to_point(point, shape) <= 1 for point in points]
        corners = np.array(points)
        room = 0.25 * float(np.ptp(corners, axis=0).max()) + REACH
        touched = _box_mask(corners.min(axis=0) - room, corners.max(axis=0) + room, shape)
        deep = _inside(points, shape) & (away > DEEP) if is_closed else np.zeros(shape, np.bool_)
        none = np.zeros(shape, np.bool_)
        return Marks(deep if filled else none, none, touched & ~deep, near_points)
    marks = _closed(away, _inside(points, shape), filled=filled and is_closed)
    marks.mostly &= ~at_end
    return marks


def text_marks(
    lines: Sequence[str], corners: tuple[Point, Point], shape: tuple[int, int], justification: str = "LEFT"
) -> Marks:
    """A text of capitals H in a box with room for it: read from the first corner to the second, line under line."""
    marks = blank(shape)
    (x0, y0), (x1, y1) = corners
    across = (x1 >= x0) == (y1 >= y0)
    right, down = (1 if x1 >= x0 else -1), (1 if y1 >= y0 else -1)
    length = abs(x1 - x0) if across else abs(y1 - y0)

    def place(along: float, below: float) -> Point:
        """Give the point so far in reading direction, and so far in the direction of the next line."""
        return (x0 + right * along, y0 + down * below) if across else (x0 + right * below, y0 + down * along)

    share = {"LEFT": 0.0, "CENTER": 0.5, "RIGHT": 1.0}[justification]
    for number, line in enumerate(lines):
        widest, narrowest = 12.0 * len(line), 8.0 * len(line)
        top, bottom = number * CAPS_ROOM, (number + 1) * CAPS_ROOM
        start = share * (length - widest)
        marks.touched |= _part((start - 2, top - 1), (start + widest + 2, bottom + 1), place, shape)
        start = share * (length - narrowest)
        for first in (start, start + narrowest - 6):  # both ends of HHH
            marks.inked.append(_part((first, top), (first + 6, bottom), place, shape))
    return marks


def _part(
    first: Point, last: Point, place: Callable[[float, float], Point], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    corners = place(*first), place(*last)
    return _box_mask(np.min(corners, axis=0), np.max(corners, axis=0), shape)


def anchored_marks(anchor: Point, shape: tuple[int, int]) -> Marks:
    """A text of two letters without box: beside its anchor, which it does not cover."""
    marks = blank(shape)
    x, y = anchor
    marks.touched = _box_mask(np.array((x + 1, y - CAPS_ROOM)), np.array((x + 45, y + CAPS_ROOM)), shape)
    marks.inked.append(_box_mask(np.array((x + 2, y - 8)), np.array((x + 24, y + 8)), shape))
    return marks


def _closed(away: NDArray[np.float64], inside: NDArray[np.bool_], *, filled: bool) -> Marks:
    near = away <= REACH
    return Marks(
        full=inside & ~near if filled else np.zeros(away.shape, np.bool_),
        mostly=away <= CORE,
        touched=near | inside if filled else near,
    )


def _centers(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    return columns, rows


def _distance_to_point(point: Point, shape: tuple[int, int]) -> NDArray[np.float64]:
    columns, rows = _centers(shape)
    return np.hypot(columns - point[0], rows - point[1])


def _distance_to_line(points: Sequence[Point], shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far each pixel's centre is from a line, and whether it is near to one of its open ends."""
    columns, rows = _centers(shape)
    nearest = np.full(shape, np.inf)
    for (x0, y0), (x1, y1) in pairwise(points):
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        share = np.clip(((columns - x0) * dx + (rows - y0) * dy) / length, 0, 1) if length else 0.0
        nearest = np.minimum(nearest, np.hypot(columns - x0 - share * dx, rows - y0 - share * dy))
    ends = [_distance_to_point(points[end], shape) <= REACH for end in (0, -1)]
    return nearest, ends[0] | ends[1]


def _ellipse(points: Sequence[Point]) -> list[Point]:
    """The ends of the major axis, then those of the minor one; the picture may be stretched."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[:4]
    middle = (ax + bx) / 2, (ay + by) / 2
    major, minor = ((bx - ax) / 2, (by - ay) / 2), ((dx - cx) / 2, (dy - cy) / 2)
    turns = [math.radians(angle) for angle in range(361)]
    return [
        (
            middle[0] + major[0] * math.cos(turn) + minor[0] * math.sin(turn),
            middle[1] + major[1] * math.cos(turn) + minor[1] * math.sin(turn),
        )
        for turn in turns
    ]


def _inside(points: Sequence[Point], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether a ray to the right crosses a closed line an odd number of times."""
    columns, rows = _centers(shape)
    odd = np.zeros(shape, np.bool_)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        if y0 != y1:
            odd ^= ((rows < y0) != (rows < y1)) & (columns < x0 + (rows - y0) * (x1 - x0) / (y1 - y0))
    return odd


def _box_mask(low: NDArray[np.float64], high: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    columns, rows = _centers(shape)
    within: NDArray[np.bool_] = (columns >= low[0]) & (columns <= high[0]) & (rows >= low[1]) & (rows <= high[1])
    return within
