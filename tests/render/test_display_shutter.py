"""Which pixels a shutter leaves open (PS3.3 C.7.6.11; RR-25)."""

from __future__ import annotations

import numpy as np
import pytest

from openwado.dicom.picture_record import DisplayShutter
from openwado.render.display_shutter import open_part
from openwado.render.viewport import Viewport


def whole(rows: int, columns: int) -> Viewport:
    """Return the viewport of a whole image."""
    return Viewport(rows, columns, 0, 0, columns, rows, rows, columns)


def drawn(shutter: DisplayShutter, rows: int, columns: int) -> list[str]:
    """Return the open pixels of an image as rows of text."""
    return ["".join(".#"[int(is_open)] for is_open in row) for row in open_part(shutter, whole(rows, columns))]


def test_rr_25_the_sides_of_a_polygon_reach_as_far_as_their_lines() -> None:
    """RR-25: open are pixels whose centres are in the polygon or on its outline, and none beside it."""
    flat = DisplayShutter(polygon=((1, 1), (3, 7), (3, 1)))
    assert drawn(flat, 4, 8) == ["#.......", "####....", "#######.", "........"]
    steep = DisplayShutter(polygon=((1, 2), (6, 1), (6, 4)))
    assert drawn(steep, 6, 5) == [".#...", ".#...", ".#...", ".##..", ".##..", "####."]


def test_rr_25_what_a_polygon_goes_round_twice_is_not_open() -> None:
    """RR-25: where a polygon crosses itself, what its outline goes round an even number of times is outside."""
    hourglass = DisplayShutter(polygon=((1, 1), (1, 5), (5, 1), (5, 5)))
    assert drawn(hourglass, 5, 5) == ["#####", ".###.", "..#..", ".###.", "#####"]


@pytest.mark.parametrize(
    "shutter",
    [
        DisplayShutter(rectangle=(3, 9, 2, 7)),
        DisplayShutter(circle=(5, 6, 4)),
        DisplayShutter(polygon=((-3, 4), (8, 15), (12, -2))),
        DisplayShutter(rectangle=(-3, 9, 2, 70), circle=(5, 6, 4), polygon=((1, 1), (9, 11), (7, -30))),
    ],
)
def test_rr_25_pieces_of_a_shuttered_image_tile(shutter: DisplayShutter) -> None:
    """RR-25, section 9.3: each region shows the piece of the shutter that lies on it."""
    everything = open_part(shutter, whole(10, 13))
    for top, bottom, left, right in ((0, 4, 0, 6), (4, 10, 0, 6), (0, 4, 6, 13), (4, 10, 6, 13), (5, 6, 7, 8)):
        piece = open_part(shutter, Viewport(10, 13, left, top, right, bottom, bottom - top, right - left))
        assert np.array_equal(piece, everything[top:bottom, left:right])


def test_rr_25_a_circle_beside_the_image_hides_nothing() -> None:
    """RR-25: whether a round shutter meets the image depends on the shape of its pixels too; one beside it is none."""
    circle = DisplayShutter(circle=(-1, 1, 2))
    assert drawn(circle, 2, 3) == ["#..", "..."]
    flat = open_part(circle, whole(2, 3), (1.0, 2.0))
    assert flat.astype(int).tolist() == [[1, 1, 0], [1, 1, 0]]
    high = open_part(circle, whole(2, 3), (2.0, 1.0))
    assert high.all()
