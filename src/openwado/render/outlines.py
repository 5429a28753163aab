"""Outlines of figures from their points in the picture (PS3.3 C.10.5.1.2; RR-41), and what of them is near it.

All of it is done with points of the picture, pixels: outlines are then as fine as the picture shows, and no finer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from openwado.render.spatial_transformation import Point

#: Pixels by which the chords of an outline may miss its curve.
_FLATNESS: Final = 0.03
_ROUND_POINTS: Final = (16, 4096)
_CURVE_STEPS: Final = (4, 64)
_CIRCLE_POINTS: Final = 2
_AXES_POINTS: Final = 4


def polyline(points: Sequence[Point]) -> list[Point]:
    """Return the points themselves."""
    return list(points)


def interpolated(points: Sequence[Point]) -> list[Point]:
    """Return a curve through all points: Catmull-Rom, closed where the last one is the first."""
    if len(points) < 3:  # noqa: PLR2004 -- a line
        return list(points)
    is_closed = points[0] == points[-1]
    before = points[-2] if is_closed else points[0]
    after = points[1] if is_closed else points[-1]
    array = np.array([before, *points, after], float)
    p0, p1, p2, p3 = array[:-3], array[1:-2], array[2:-1], array[3:]
    longest = float(np.abs(p2 - p1).max())
    t = np.linspace(0, 1, _bounded(math.sqrt(longest / _FLATNESS), _CURVE_STEPS), endpoint=False)[None, :, None]
    a, b, c = (2 * p1)[:, None], (p2 - p0)[:, None], (2 * p0 - 5 * p1 + 4 * p2 - p3)[:, None]
    d = (3 * p1 - p0 - 3 * p2 + p3)[:, None]
    curve = 0.5 * (a + b * t + c * t**2 + d * t**3)
    return [*map(tuple, curve.reshape(-1, 2).tolist()), points[-1]]


def circle(points: Sequence[Point]) -> list[Point]:
    """Return a circle by its centre and a point on it: round in the picture, whatever the shape of its units is."""
    if len(points) < _CIRCLE_POINTS:
        return []
    radius = math.dist(points[0], points[1])
    return _round(np.array(points[0]), np.array((radius, 0.0)), np.array((0.0, radius)))


def ellipse(points: Sequence[Point]) -> list[Point]:
    """Return an ellipse by the ends of its major and its minor axis."""
    if len(points) < _AXES_POINTS:
        return []
    ends = np.array(points[:_AXES_POINTS], float)
    return _round(ends[:2].mean(axis=0), (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2)


OUTLINES: Final[dict[str, Callable[[Sequence[Point]], list[Point]]]] = {
    "POLYLINE": polyline,
    "INTERPOLATED": interpolated,
    "CIRCLE": circle,
    "ELLIPSE": ellipse,
}
"""By Graphic Type; POINT has none."""


def stroke_pieces(outline: Sequence[Point], limit: float) -> list[list[Point]]:
    """Return an outline without what is farther away than a limit: lines that lead there keep their direction."""
    points = np.array(outline, float)
    if np.abs(points).max(initial=0) <= limit:
        return [list(outline)]
    starts, steps = points[:-1], np.diff(points, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = np.stack([(-limit - starts) / steps, (limit - starts) / steps])
    still = steps == 0
    outside = (still & (np.abs(starts) > limit)).any(axis=1)
    first = np.where(still, 0.0, edges.min(axis=0)).max(axis=1).clip(0, 1)
    last = np.where(still, 1.0, edges.max(axis=0)).min(axis=1).clip(0, 1)
    pieces = []
    for number in np.flatnonzero((first < last) & ~outside):
        ends = starts[number] + steps[number] * np.array((first[number], last[number]))[:, None]
        pieces.append([(float(x), float(y)) for x, y in ends])
    return pieces


def area_within(outline: Sequence[Point], limit: float) -> list[Point]:
    """Return the outline of what of an area is no farther away than a limit (Sutherland-Hodgman)."""
    points = list(outline)
    for axis in (0, 1):
        for sign in (-1, 1):
            if points and max(sign * point[axis] for point in points) > limit:
                points = _cut(points, axis, sign, limit)
    return points


def _cut(points: list[Point], axis: int, sign: int, limit: float) -> list[Point]:
    kept: list[Point] = []
    for before, point in zip([points[-1], *points[:-1]], points, strict=True):
        depths = limit - sign * before[axis], limit - sign * point[axis]
        if (depths[0] >= 0) != (depths[1] >= 0):
            share = depths[0] / (depths[0] - depths[1])
            kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
        if depths[1] >= 0:
            kept.append(point)
    return kept


def _round(center: NDArray[np.float64], major: NDArray[np.float64], minor: NDArray[np.float64]) -> list[Point]:
    radius = max(float(np.hypot(*major)), float(np.hypot(*minor)))
    count = _bounded(math.pi * math.sqrt(radius / (2 * _FLATNESS)), _ROUND_POINTS)
    angles = np.linspace(0, 2 * math.pi, count, endpoint=False)[:, None]
    return list(map(tuple, (center + major * np.cos(angles) + minor * np.sin(angles)).tolist()))


def _bounded(number: float, bounds: tuple[int, int]) -> int:
    return math.ceil(min(max(number, bounds[0]), bounds[1]))
