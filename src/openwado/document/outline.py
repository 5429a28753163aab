"""Spatial coordinates drawn over a picture, as SVG in the image's own pixels (PS3.3 C.18.6.1)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.document.model import Coordinates

#: Points of one outline that are drawn.
_POINTS_MAX = 20_000
_AXES = 4

Point = tuple[float, float]


def outline_svg(outlines: list[Coordinates], rows: int, columns: int) -> str:
    """Return a drawing over the whole of an image; its top left corner is 0, 0.

    Args:
        outlines: in columns and rows of the image.
        rows: of the image.
        columns: of the image.
    """
    mark = max(rows, columns) / 50
    shapes = [shape for outline in outlines for shape in _shapes(outline, mark)]
    both = "".join(f"<{shape} class=edge />" for shape in shapes) + "".join(
        f"<{shape} class=outline />" for shape in shapes
    )
    return f'<svg viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" aria-hidden="true">{both}</svg>'


def _shapes(outline: Coordinates, mark: float) -> Iterator[str]:
    """Yield elements without their brackets; what the graphic type does not fit is left out."""
    numbers = [number if math.isfinite(number) else 0.0 for number in outline.numbers[: 2 * _POINTS_MAX]]
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    match outline.kind.upper():
        case "POINT" | "MULTIPOINT":
            yield from (_cross(x, y, mark) for x, y in points)
        case "POLYLINE" if len(points) > 1:
            yield f'polyline points="{_joined(points)}"'
        case "POLYGON" if len(points) > 1:
            yield f'polygon points="{_joined(points)}"'
        case "CIRCLE" if len(points) > 1:
            (x, y), edge = points[0], points[1]
            yield f'circle cx="{x:g}" cy="{y:g}" r="{math.dist((x, y), edge):g}"'
        case "ELLIPSE" if len(points) >= _AXES:
            yield _ellipse(points)


def _cross(x: float, y: float, mark: float) -> str:
    return f'path d="M{x - mark:g} {y:g}H{x + mark:g}M{x:g} {y - mark:g}V{y + mark:g}"'


def _ellipse(points: list[Point]) -> str:
    """Return an ellipse from the ends of its major and of its minor axis."""
    first, second, third, fourth = points[:_AXES]
    x, y = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
    turn = math.degrees(math.atan2(second[1] - first[1], second[0] - first[0]))
    major, minor = math.dist(first, second) / 2, math.dist(third, fourth) / 2
    return f'ellipse cx="{x:g}" cy="{y:g}" rx="{major:g}" ry="{minor:g}" transform="rotate({turn:g} {x:g} {y:g})"'


def _joined(points: list[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
