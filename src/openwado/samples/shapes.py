"""Shapes, textures and softness: what every drawing of a sample is made of.

Planes are float32 arrays of shape (rows, columns); a mask holds coverage, 0 (outside) … 1 (inside).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Plane = NDArray[np.floating[Any]]
    Point = tuple[float, float]


def grid(rows: int, columns: int) -> tuple[Plane, Plane]:
    """Return x and y of every pixel's middle, -1 … 1 over the shorter side, x to the right and y downwards."""
    unit = min(rows, columns) / 2
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / unit
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / unit
    return np.broadcast_to(x, (rows, columns)), np.broadcast_to(y[:, None], (rows, columns))


def noise(rows: int, columns: int, scale: float, seed: int) -> Plane:
    """Return smooth noise of mean 0 and standard deviation 1.

    Args:
        rows: of the plane.
        columns: of the plane.
        scale: standard deviation of the smoothing, pixels; 0 is white noise.
        seed: the same seed gives the same plane.
    """
    plane = np.random.default_rng(seed).standard_normal((rows, columns), dtype=np.float32)
    if scale > 0:
        plane = blur(plane, scale)
    return np.asarray((plane - plane.mean()) / plane.std(), dtype=np.float32)


def blur(plane: Plane, scale: float) -> Plane:
    """Return a plane smoothed by a Gaussian with this standard deviation in pixels; edges wrap around."""
    rows, columns = plane.shape
    vertical = np.exp(-2 * (np.pi * scale * np.fft.fftfreq(rows)) ** 2)
    horizontal = np.exp(-2 * (np.pi * scale * np.fft.rfftfreq(columns)) ** 2)
    spectrum = np.fft.rfft2(plane) * vertical[:, None] * horizontal
    return np.fft.irfft2(spectrum, s=plane.shape).astype(np.float32)


def depth_in_ellipse(x: Plane, y: Plane, center: Point, half: Point, turn: float = 0.0) -> Plane:
    """Return how deep each pixel lies inside an ellipse; negative outside, about true length near its edge.

    Args:
        x: from `grid`.
        y: from `grid`.
        center: x and y of the middle.
        half: half axes along x and y before turning.
        turn: radians, clockwise on the picture.
    """
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    across = (x - center[0]) * cosine + (y - center[1]) * sine
    along = (y - center[1]) * cosine - (x - center[0]) * sine
    distance = np.sqrt((across / half[0]) ** 2 + (along / half[1]) ** 2) + np.float32(1e-6)
    slope = np.sqrt((across / half[0] ** 2) ** 2 + (along / half[1] ** 2) ** 2) / distance + np.float32(1e-6)
    return np.asarray((1 - distance) / slope, dtype=np.float32)


def cover(depth: Plane, softness: float) -> Plane:
    """Return the mask of where depth is positive, its edge as wide as softness."""
    part = np.clip(depth / np.float32(softness) + np.float32(0.5), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), dtype=np.float32)


def ellipse(  # noqa: PLR0913 -- where, what, and how soft
    x: Plane,
    y: Plane,
    center: Point,
    half: Point,
    *,
    turn: float = 0.0,
    softness: float = 0.012,
) -> Plane:
    """Return the mask of an ellipse; the arguments are those of `depth_in_ellipse` and `cover`."""
    return cover(depth_in_ellipse(x, y, center, half, turn), softness)


def distance_to_line(x: Plane, y: Plane, start: Point, end: Point) -> Plane:
    """Return each pixel's distance from the straight line between two points."""
    run, rise = end[0] - start[0], end[1] - start[1]
    length = max(run * run + rise * rise, 1e-9)
    along = np.clip(((x - start[0]) * run + (y - start[1]) * rise) / length, 0, 1)
    return np.asarray(np.hypot(x - start[0] - along * run, y - start[1] - along * rise), dtype=np.float32)


def capsule(  # noqa: PLR0913 -- where, what, and how soft
    x: Plane, y: Plane, start: Point, end: Point, width: float, *, softness: float = 0.01
) -> Plane:
    """Return the mask of a thick line with round ends; width is half its thickness."""
    return cover(width - distance_to_line(x, y, start, end), softness)


def tube(distance: Plane, half: float) -> Plane:
    """Return how much bone a ray meets in a tube with a dense shell."""
    inside = np.sqrt(np.clip(1 - (distance / np.float32(half)) ** 2, 0, 1))
    hollow = np.sqrt(np.clip(1 - (distance / np.float32(half * 0.72)) ** 2, 0, 1))
    return np.asarray(inside * 1.5 - hollow * 0.75, dtype=np.float32)
