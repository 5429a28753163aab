"""Outlines of figures, and what of them is near the picture (RR-41)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openwado.render.outlines import area_within, circle, ellipse, interpolated, stroke_pieces


@pytest.mark.parametrize("radius", [2.0, 40.0, 3000.0])
def test_rr_41_circles_are_as_round_as_the_picture_shows(radius: float) -> None:
    """RR-41: no chord misses the circle by more than a small part of a pixel, however large it is."""
    outline = np.array(circle([(5.0, 7.0), (5.0, 7.0 + radius)])) - (5.0, 7.0)
    middles = (outline + np.roll(outline, 1, axis=0)) / 2
    assert np.hypot(*outline.T) == pytest.approx(radius)
    assert radius - np.hypot(*middles.T).min() < 0.05


def test_rr_41_ellipses_pass_the_ends_of_their_axes() -> None:
    """RR-41: two ends of the major axis, two of the minor one, in any direction."""
    ends = [(10.0, 10.0), (50.0, 40.0), (36.0, 17.0), (24.0, 33.0)]
    outline = np.array(ellipse(ends))
    for end in ends:
        assert np.hypot(*(outline - end).T).min() < 2
    assert ellipse(ends[:3]) == circle(ends[:1]) == []


def test_rr_41_curves_pass_all_points() -> None:
    """RR-41: an interpolated line goes through each of its points, closed or open."""
    points = [(0.0, 0.0), (30.0, 40.0), (60.0, 0.0), (30.0, -40.0)]
    for line in (points, [*points, points[0]]):
        assert set(line) <= set(interpolated(line))
    assert interpolated(points[:2]) == points[:2]


def test_rr_41_far_points_do_not_bend_lines() -> None:
    """RR-41: what is far outside of the picture is cut off, and what is left keeps its place and direction."""
    near = [(0.0, 0.0), (50.0, 10.0)]
    assert stroke_pieces(near, 100) == [near]
    through = stroke_pieces([(-1e9, -1e9), (1e9, 1e9)], 100)
    assert np.array(through) == pytest.approx(np.array([[(-100, -100), (100, 100)]]))
    assert stroke_pieces([(-1e9, 500.0), (1e9, 500.0)], 100) == []
    steep = stroke_pieces([(0.0, 0.0), (1e6, 2e6), (0.0, 1e9)], 100)
    assert np.array(steep) == pytest.approx(np.array([[(0, 0), (50, 100)]]))


def test_rr_41_areas_are_cut_not_moved() -> None:
    """RR-41: an area that reaches far beyond the picture covers of it what it covered before."""
    square = [(-10.0, -10.0), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0)]
    assert area_within(square, 100) == square
    wedge = [(0.0, 0.0), (1e9, 0.0), (1e9, 1e9)]
    assert _size(area_within(wedge, 100)) == pytest.approx(100 * 100 / 2)
    assert area_within([(1e9, 0.0), (1e9, 5.0), (2e9, 0.0)], 100) == []
    around = [(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]
    assert _size(area_within(around, 100)) == pytest.approx(200 * 200)


def _size(outline: list[tuple[float, float]]) -> float:
    x, y = np.array(outline).T
    return math.fabs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
