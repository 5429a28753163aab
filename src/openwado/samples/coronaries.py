"""The arteries of the left heart, seen from the right and from below: tapering tubes that contrast medium fills.

Lengths are in units of `shapes.grid`. The tree is drawn once; a beat of the heart moves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from openwado.samples.shapes import Plane, Point

#: Where the catheter lies in the mouth of the left main stem, and where the heart draws together to.
MOUTH: Point = (-0.38, -0.40)
MIDDLE: Point = (0.10, 0.14)
#: Distance between two points of an axis: a little more than a pixel.
STEP = 0.006
#: Where the narrowing of the anterior descending artery lies, and how long it is: distances from the catheter.
NARROWING, NARROW_LENGTH = 0.83, 0.17

#: Places in the tree: it begins with the catheter's tip, and from the circumflex artery on, all belong to that.
TIP, LEFT_MAIN, ANTERIOR_DESCENDING, CIRCUMFLEX = 0, 1, 2, 7
#: The large vessels: which one they leave, at what share of its length, the points of their axis, and their radius at
#: its start and end.
_VESSELS: tuple[tuple[int, float, tuple[Point, ...], tuple[float, float]], ...] = (
    (TIP, 1.0, ((-0.30, -0.405), (-0.21, -0.395)), (0.025, 0.038)),
    (
        LEFT_MAIN,
        1.0,
        (
            (-0.06, -0.425),
            (0.08, -0.462),
            (0.22, -0.442),
            (0.355, -0.345),
            (0.455, -0.245),
            (0.575, -0.10),
            (0.625, 0.06),
            (0.675, 0.215),
            (0.655, 0.38),
            (0.595, 0.515),
            (0.50, 0.60),
            (0.42, 0.64),
        ),
        (0.037, 0.008),
    ),
    (
        ANTERIOR_DESCENDING,
        0.21,
        ((0.19, -0.345), (0.285, -0.245), (0.345, -0.115), (0.425, 0.00), (0.445, 0.14), (0.49, 0.27), (0.475, 0.41)),
        (0.023, 0.006),
    ),
    (
        ANTERIOR_DESCENDING,
        0.46,
        ((0.545, -0.09), (0.545, 0.04), (0.585, 0.16), (0.565, 0.29), (0.585, 0.38)),
        (0.015, 0.005),
    ),
    (
        ANTERIOR_DESCENDING,
        0.14,
        ((0.06, -0.36), (0.115, -0.235), (0.135, -0.10), (0.205, 0.03), (0.22, 0.13)),
        (0.013, 0.004),
    ),
    (ANTERIOR_DESCENDING, 0.31, ((0.275, -0.27), (0.305, -0.15), (0.305, -0.04), (0.345, 0.08)), (0.011, 0.004)),
    (
        LEFT_MAIN,
        1.0,
        (
            (-0.155, -0.315),
            (-0.135, -0.20),
            (-0.185, -0.075),
            (-0.225, 0.03),
            (-0.315, 0.135),
            (-0.325, 0.27),
            (-0.365, 0.39),
            (-0.32, 0.51),
            (-0.295, 0.61),
        ),
        (0.034, 0.007),
    ),
    (
        CIRCUMFLEX,
        0.19,
        ((-0.065, -0.115), (0.03, -0.02), (0.065, 0.12), (0.145, 0.21), (0.185, 0.345), (0.255, 0.44), (0.265, 0.57)),
        (0.026, 0.006),
    ),
    (
        CIRCUMFLEX,
        0.38,
        ((-0.155, 0.08), (-0.115, 0.20), (-0.045, 0.29), (-0.025, 0.42), (0.045, 0.515), (0.055, 0.63)),
        (0.022, 0.006),
    ),
    (CIRCUMFLEX, 0.58, ((-0.265, 0.27), (-0.195, 0.36), (-0.185, 0.47), (-0.125, 0.56), (-0.12, 0.65)), (0.016, 0.005)),
    (
        CIRCUMFLEX,
        0.10,
        ((-0.205, -0.255), (-0.305, -0.175), (-0.345, -0.06), (-0.425, 0.03), (-0.44, 0.14)),
        (0.012, 0.004),
    ),
)


@dataclass(frozen=True, slots=True)
class Vessel:
    """The axis of one vessel.

    Attributes:
        is_circumflex: whether it belongs to the circumflex artery, which other vessels lie across in the view.
        points: x and y, shape (points, 2).
        radius: at each point.
        distance: of each point from the catheter, as the blood goes.
    """

    is_circumflex: bool
    points: Plane
    radius: Plane
    distance: Plane


def left_coronary_tree() -> list[Vessel]:
    """Return the large vessels, and the twigs that leave them."""
    tree = [Vessel(is_circumflex=False, points=np.array([MOUTH]), radius=np.array([0.02]), distance=np.zeros(1))]
    for parent, share, through, radii in _VESSELS:
        start, distance = _leaving(tree[parent], share)
        is_circumflex = len(tree) >= CIRCUMFLEX
        tree.append(_vessel(np.array([start, *through]), radii, distance, is_circumflex=is_circumflex))
    narrowed = tree[ANTERIOR_DESCENDING]
    share_left = 1 - 0.62 * np.exp(-(((narrowed.distance - NARROWING) / (NARROW_LENGTH / 2)) ** 2))
    tree[ANTERIOR_DESCENDING] = replace(narrowed, radius=narrowed.radius * share_left)
    random = np.random.default_rng(901)
    return tree + [twig for vessel in tree[ANTERIOR_DESCENDING:] for twig in _twigs(vessel, random)]


def _leaving(vessel: Vessel, share: float) -> tuple[Point, float]:
    """Return the point at a share of a vessel's length, and its distance from the catheter."""
    index = round(share * (len(vessel.points) - 1))
    x, y = vessel.points[index]
    return (float(x), float(y)), float(vessel.distance[index])


def _vessel(through: Plane, radii: tuple[float, float], distance: float, *, is_circumflex: bool) -> Vessel:
    """Return a vessel whose axis runs smoothly through points, and winds a little."""
    points, length = smooth_curve(through)
    along = np.linspace(0, 1, len(points))
    normal = np.gradient(points, axis=0)[:, ::-1] * (-1, 1) / STEP
    winding = 0.0035 * np.sin(length * along * 34 + 9 * distance) * np.minimum(along * 6, 1)
    radius = radii[0] + (radii[1] - radii[0]) * along**0.8
    return Vessel(is_circumflex, points + winding[:, None] * normal, radius, distance + length * along)


def smooth_curve(through: Plane) -> tuple[Plane, float]:
    """Return points one `STEP` apart on a curve through the given ones (Catmull and Rom), and its length."""
    ends = np.concatenate([2 * through[:1] - through[1:2], through, 2 * through[-1:] - through[-2:-1]])
    before, start, end, after = (ends[at : at + len(through) - 1, None] for at in range(4))
    part = np.linspace(0, 1, 50, endpoint=False)[None, :, None]
    bent = 2 * before - 5 * start + 4 * end - after + part * (3 * (start - end) + after - before)
    curve = start + 0.5 * part * (end - before + part * bent)
    dense = np.concatenate([curve.reshape(-1, 2), through[-1:]])
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    even = np.arange(0, length[-1], STEP)
    return np.stack([np.interp(even, length, column) for column in dense.T], axis=1), float(length[-1])


def _twigs(vessel: Vessel, random: np.random.Generator) -> list[Vessel]:
    """Return the small branches of a vessel, left and right in turn."""
    twigs = []
    side = 1.0
    for first in range(16, len(vessel.points) - 9, 13):
        at = first + int(random.integers(0, 7))
        run, rise = vessel.points[at + 2] - vessel.points[at]
        turn = np.arctan2(rise, run) + side * random.uniform(0.55, 1.0)
        turns = turn - side * random.uniform(0.2, 0.7) * np.array([0.0, 0.5, 1.0])
        steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * random.uniform(0.10, 0.24) / len(turns)
        through = vessel.points[at] + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
        radius = min(0.45 * float(vessel.radius[at]), 0.010)
        distance = float(vessel.distance[at])
        twigs.append(_vessel(through, (radius, 0.003), distance, is_circumflex=vessel.is_circumflex))
        side = -side
    return twigs


def beside_narrowing(tree: list[Vessel]) -> tuple[Point, Point]:
    """Return a point beside each end of the narrowing of the anterior descending artery, outside of it."""
    vessel = tree[ANTERIOR_DESCENDING]
    ends = np.searchsorted(vessel.distance, [NARROWING - NARROW_LENGTH / 2, NARROWING + NARROW_LENGTH / 2])
    run = np.diff(vessel.points[ends], axis=0)[0]
    first, last = vessel.points[ends] + 0.085 * run[::-1] * (1, -1) / np.hypot(*run)
    return (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))


def moved(points: Plane, squeeze: float) -> Plane:
    """Return points after the heart has drawn together, the more the farther they are from the catheter.

    Args:
        points: x and y, shape (points, 2).
        squeeze: 0 at rest, 1 at the height of a beat.
    """
    free = np.clip(np.hypot(*(points - MOUTH).T) / 0.6, 0, 1)[:, None]
    to_middle = np.array(MIDDLE) - points
    turned = to_middle[:, ::-1] * (1, -1)
    return np.asarray(points + squeeze * free * (0.085 * to_middle + 0.045 * turned))


def filled(tree: list[Vessel], front: float, squeeze: float, size: int) -> Plane:
    """Return how much contrast medium lies behind each pixel: lengths, shape (size, size).

    Args:
        tree: from `left_coronary_tree`.
        front: how far from the catheter the medium has come; its last stretch is a thread in the middle of the vessel.
        squeeze: as in `moved`.
        size: rows and columns.
    """
    squares = np.zeros((2, size, size), dtype=np.float32)
    for vessel in tree:
        share = np.clip((front - vessel.distance) / 0.30, 0, 1)
        _draw(squares[int(vessel.is_circumflex)], moved(vessel.points, squeeze), vessel.radius * np.sqrt(share))
    depths = 2 * np.sqrt(squares)
    return np.asarray(np.cbrt(depths[0] ** 3 + depths[1] ** 3), dtype=np.float32)


def _draw(squares: Plane, points: Plane, radius: Plane) -> None:
    """Raise a plane to the squared half depth of balls in a row."""
    size = len(squares)
    unit = size / 2
    for (x, y), reach in zip((points + 1) * unit - 0.5, radius * unit, strict=True):
        left, top = max(int(x - reach), 0), max(int(y - reach), 0)
        window = squares[top : max(int(y + reach) + 2, 0), left : max(int(x + reach) + 2, 0)]
        if reach <= 0 or not window.size:
            continue
        across = np.arange(left, left + window.shape[1]) - x
        down = np.arange(top, top + window.shape[0]) - y
        np.maximum(window, (reach**2 - down[:, None] ** 2 - across**2) / unit**2, out=window)
