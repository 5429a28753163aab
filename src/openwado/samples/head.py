"""A head that nobody has: its tissues in an axial section, as masks in the order in which they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from openwado.samples.shapes import cover, depth_in_ellipse, ellipse, grid, noise

if TYPE_CHECKING:
    from openwado.samples.shapes import Plane

#: Half width, half length and the shape's narrowing towards the forehead, at the widest level.
HEAD_WIDTH, HEAD_LENGTH, NARROWING = 0.70, 0.88, 0.10
#: Up to here the halves of the brain hang together in the middle.
CORPUS_CALLOSUM = 0.45
#: Twice as many furrows run from the brain's surface inwards, all around.
FURROWS = 15


@dataclass(frozen=True, slots=True)
class HeadSection:
    """One axial section.

    Attributes:
        layers: tissue names and their masks; later ones cover earlier ones.
        brain_depth: depth below the brain's surface, negative outside.
    """

    layers: tuple[tuple[str, Plane], ...]
    brain_depth: Plane

    def paint(self, values: dict[str, float], background: float) -> Plane:
        """Return a plane with each tissue at its value; tissues without a value are left out."""
        plane = np.full(self.brain_depth.shape, background, dtype=np.float32)
        for tissue, mask in self.layers:
            if tissue in values:
                plane += mask * (np.float32(values[tissue]) - plane)
        return plane


def head_section(size: int, level: float) -> HeadSection:
    """Draw a section of `size` squared pixels.

    Args:
        size: rows and columns.
        level: height above the widest section, in units of the head's half height, 0 … 0.9.
    """
    x, y = grid(size, size)
    scale = float(np.sqrt(1 - level**2))
    outer = _head_depth(x, y, scale)
    skull = outer - np.float32(0.042) - np.float32(0.006) * _waves(x, y)
    brain = skull - np.float32(0.066)
    soft = 3.0 / size
    layers = [
        ("skin", cover(outer, soft)),
        ("fat", cover(outer - 0.014, soft)),
        ("compact bone", cover(skull, soft)),
        ("spongy bone", cover(skull - 0.017, 0.012) * cover(0.034 - (skull - 0.008), 0.012)),
        ("fluid", cover(brain + 0.012, soft)),
        *_brain(x, y, brain, level, soft),
    ]
    return HeadSection(layers=tuple(layers), brain_depth=brain)


def _head_depth(x: Plane, y: Plane, scale: float) -> Plane:
    """Return depth below the skin: an egg, narrow end towards the forehead (up)."""
    widened = x / (1 + np.float32(NARROWING) * y)
    return depth_in_ellipse(widened, y, (0.0, -0.01), (HEAD_WIDTH * scale, HEAD_LENGTH * (0.25 + 0.75 * scale)))


def _waves(x: Plane, y: Plane) -> Plane:
    angle = np.arctan2(y, x)
    return np.asarray(np.sin(3 * angle + 0.4) + 0.6 * np.sin(7 * angle + 1.9), dtype=np.float32)


@cache
def _wandering(size: int, number: int) -> Plane:
    """Return noise that bends furrows: one pair for their course, one for their depth."""
    return noise(size, size, size * (0.035, 0.035, 0.05, 0.05)[number], seed=40 + number)


def _between(size: int, number: int, level: float) -> Plane:
    """Return noise that changes smoothly with the level."""
    turn = level * 2.6
    first, second = _wandering(size, number), _wandering(size, number + 1)
    return np.asarray(first * np.cos(turn) + second * np.sin(turn), dtype=np.float32)


def _brain(x: Plane, y: Plane, depth: Plane, level: float, soft: float) -> list[tuple[str, Plane]]:
    size = x.shape[0]
    flat = y * np.float32(0.8)
    bends = 2.2 * _between(size, 0, level) + 13 * depth
    down, across = np.gradient(bends, 2 / size)
    turn = FURROWS / (x * x + flat * flat + np.float32(1e-3))
    slope = np.hypot(down + np.float32(0.8) * x * turn, across - flat * turn)
    ridge = np.abs(np.sin(FURROWS * np.arctan2(flat, x) + bends)) / (slope + np.float32(1.0))
    reach = np.float32(0.15) + np.float32(0.05) * _between(size, 2, level)
    inward = np.clip(depth / np.maximum(reach, 0.05), 0, 1.6)
    furrow_width = np.float32(0.013) * (1 - inward) * (np.float32(0.75) + np.float32(0.45) * _between(size, 2, level))
    midline = np.abs(x + np.float32(0.012) * np.sin(5 * y)) - np.float32(0.006)
    away = np.abs(y + 0.02) > (0.30 if level < CORPUS_CALLOSUM else -1)
    fissure = np.where(away, midline, np.float32(1.0))
    to_fluid = np.minimum(
        np.minimum(depth, ridge - furrow_width + np.float32(0.06) * np.maximum(inward - 1, 0)), fissure
    )
    ribbon = np.float32(0.030) + np.float32(0.005) * _between(size, 0, level)
    layers = [
        ("grey matter", cover(depth, soft)),
        ("white matter", cover(to_fluid - ribbon, 0.022)),
        ("fluid", np.asarray(cover(depth, soft) * cover(-to_fluid, 0.012), dtype=np.float32)),
        ("falx", _falx(x, y, depth, level)),
    ]
    if level < 0.52:  # noqa: PLR2004 -- above it there are no ventricles
        layers += _deep_structures(x, y, level)
    return layers + _lesion(x, y, depth, level)


def _falx(x: Plane, y: Plane, depth: Plane, level: float) -> Plane:
    line = np.float32(0.0042) - np.abs(x + np.float32(0.012) * np.sin(5 * y))
    there = cover(np.abs(y + 0.02) - (0.34 - 0.3 * max(level - 0.3, 0)), 0.05) if level < 0.6 else np.ones_like(x)  # noqa: PLR2004 -- above the corpus callosum it runs through
    return np.asarray(cover(line, 0.006) * there * cover(depth + 0.02, 0.02), dtype=np.float32)


def _deep_structures(x: Plane, y: Plane, level: float) -> list[tuple[str, Plane]]:
    """Return nuclei, ventricles and their plexus, which close with height."""
    open_ = float(np.sqrt(max(1 - level / 0.52, 0.0)))
    side = np.abs(x)
    nuclei = [
        ("nuclei", ellipse(side, y, (0.165, -0.06), (0.052 * open_, 0.15 * open_), turn=0.35, softness=0.02)),
        ("nuclei", ellipse(side, y, (0.080, 0.085), (0.062 * open_, 0.10 * open_), turn=-0.45, softness=0.02)),
        ("nuclei", ellipse(side, y, (0.105, -0.20), (0.040 * open_, 0.075 * open_), turn=0.25, softness=0.02)),
    ]
    bend = side - np.float32(0.048) - np.float32(1.25) * (y + np.float32(0.10)) ** 2
    taper = np.sqrt(np.clip(1 - ((y + np.float32(0.22)) / np.float32(0.19)) ** 2, 0, 1))
    front = cover(0.047 * open_ * taper - np.abs(bend), 0.014) * cover(0.19 - np.abs(y + 0.22), 0.02)
    body = side - np.float32(0.052) - np.float32(0.80) * (y + np.float32(0.10)) ** 2
    middle = cover(0.020 * open_ + 0.012 - np.abs(body), 0.014) * cover(0.25 - np.abs(y - 0.02), 0.05)
    back = ellipse(side, y, (0.150, 0.285), (0.046 * open_ + 0.004, 0.125 * open_ + 0.004), turn=-0.30, softness=0.014)
    shown = [front, back] if level < 0.22 else [front, middle, back]  # noqa: PLR2004 -- the bodies lie above the thalami
    ventricles = [("fluid", np.asarray(mask, dtype=np.float32)) for mask in shown]
    third = cover(0.010 - np.abs(x), 0.008) * cover(0.10 - np.abs(y - 0.04), 0.03) * np.float32(level < 0.2)  # noqa: PLR2004 -- the third ventricle lies low
    plexus = ellipse(side, y, (0.155, 0.30), (0.016, 0.040), turn=-0.3, softness=0.02) * np.float32(level < 0.3)  # noqa: PLR2004 -- as the third ventricle
    return [*nuclei, *ventricles, ("fluid", np.asarray(third, dtype=np.float32)), ("plexus", plexus)]


def _lesion(x: Plane, y: Plane, depth: Plane, level: float) -> list[tuple[str, Plane]]:
    """Return a ball with a swelling around it: its section grows and shrinks from slice to slice."""
    height = (level - 0.34) / 0.30
    radius = 0.105 * float(np.sqrt(max(1 - height * height, 0.0)))
    if radius == 0:
        return []
    size = x.shape[0]
    ragged = np.float32(0.018) * _between(size, 2, level) + np.float32(0.012) * _between(size, 0, level)
    away = np.hypot(x - 0.31, (y + 0.07) * np.float32(0.85)) + ragged
    swelling = cover(radius * 1.75 + 0.01 - away - ragged, 0.05) * cover(depth - 0.03, 0.03)
    return [
        ("swelling", np.asarray(swelling, dtype=np.float32)),
        ("lesion rim", cover(radius - away, 0.018)),
        ("lesion", cover(radius * 0.72 - away, 0.03)),
    ]


def head_rest(size: int) -> Plane:
    """Return the mask of the curved shell that a head lies in."""
    x, y = grid(size, size)
    shell = np.abs(np.hypot(x, y + 0.10) - np.float32(1.02)) - np.float32(0.010)
    return np.asarray(cover(-shell, 0.008) * cover(y - 0.42, 0.02), dtype=np.float32)
