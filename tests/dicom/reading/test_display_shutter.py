"""Display shutters as they are read: what cannot be one is none (PS3.3 C.7.6.11; RR-25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openwado.dicom.instance import DisplayShutter

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Reading

SHAPE, LEFT, RIGHT, UPPER, LOWER = 0x00181600, 0x00181602, 0x00181604, 0x00181606, 0x00181608
CENTER, RADIUS, VERTICES, VALUE = 0x00181610, 0x00181612, 0x00181620, 0x00181622


@pytest.fixture
def shutter(read: Callable[..., Reading]) -> Callable[..., DisplayShutter | None]:
    """Return a function that reads the shutter of an image of two rows and three columns."""

    def shutter(shape: str, numbers: dict[int, str], **more: tuple[str, bytes]) -> DisplayShutter | None:
        attributes = {tag: ("IS", text.encode()) for tag, text in numbers.items()}
        picture = read({SHAPE: ("CS", shape.encode()), **attributes, **more}).instance.picture
        assert picture is not None
        return picture.frame_attributes.display_shutter

    return shutter


def test_rr_25_shapes_are_read_as_they_stand(shutter: Callable[..., DisplayShutter | None]) -> None:
    """RR-25: edges as columns and rows, center and vertices as row and column."""
    edges = {LEFT: "1", RIGHT: "2", UPPER: "-1", LOWER: "9"}
    assert shutter("RECTANGULAR", edges) == DisplayShutter(rectangle=(1, 2, -1, 9))
    assert shutter("CIRCULAR", {CENTER: "1\\2", RADIUS: "3"}) == DisplayShutter(circle=(1, 2, 3))
    polygon = ((1, 1), (2, 1), (2, 3))
    assert shutter("POLYGONAL", {VERTICES: "1\\1\\2\\1\\2\\3"}) == DisplayShutter(polygon=polygon)
    both = shutter("RECTANGULAR\\CIRCULAR", edges | {CENTER: "1\\2", RADIUS: "3"})
    assert both == DisplayShutter(rectangle=(1, 2, -1, 9), circle=(1, 2, 3))


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ("RECTANGULAR", {LEFT: "0", RIGHT: "0", UPPER: "0", LOWER: "0"}),  # what some devices write for none
        ("RECTANGULAR", {LEFT: "2", RIGHT: "1", UPPER: "1", LOWER: "2"}),
        ("RECTANGULAR", {LEFT: "1", RIGHT: "2", UPPER: "1"}),
        ("RECTANGULAR", {LEFT: "4", RIGHT: "9", UPPER: "1", LOWER: "2"}),
        ("CIRCULAR", {CENTER: "0\\0", RADIUS: "0"}),
        ("CIRCULAR", {CENTER: "1", RADIUS: "9"}),
        ("POLYGONAL", {VERTICES: "1\\1\\2\\2"}),
        ("POLYGONAL", {VERTICES: "1\\1\\2\\2\\1\\99999999"}),
        ("POLYGONAL", {VERTICES: "9\\9\\9\\8\\8\\9"}),
        ("BITMAP", {LEFT: "1", RIGHT: "2", UPPER: "1", LOWER: "2"}),
    ],
)
def test_rr_25_what_cannot_be_a_shutter_is_none(
    shutter: Callable[..., DisplayShutter | None], shape: str, numbers: dict[int, str]
) -> None:
    """RR-25: a shape without its numbers, or beside the image, does not hide all of the image."""
    assert shutter(shape, numbers) is None


def test_rr_25_a_scribble_is_no_polygon(shutter: Callable[..., DisplayShutter | None]) -> None:
    """RR-25: a polygon that crosses each row of the image hundreds of times would take long, and is none."""
    zigzag = "\\".join(f"{1 + number % 2}\\{1 + number % 3}" for number in range(400))
    assert shutter("POLYGONAL", {VERTICES: zigzag}) is None
    outline = "\\".join(["1\\1", *(f"2\\{1 + number % 3}" for number in range(400))])
    found = shutter("POLYGONAL", {VERTICES: outline})
    assert found is not None
    assert len(found.polygon) == 401
