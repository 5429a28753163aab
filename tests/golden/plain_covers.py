"""Overlay planes and display shutters by the letter of RR-23 … RR-25: one pixel at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from golden.plain_color import Color, srgb_of_lab
from golden.plain_grey import macro
from golden.plain_samples import cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

Vertex = tuple[int, int]


def overlay_mask(dataset: Dataset, frame_number: int) -> NDArray[np.bool_]:
    """RR-23: where type G planes of the 16 groups are set, shape (rows, columns) of the image."""
    mask = np.zeros((dataset.Rows, dataset.Columns), np.bool_)
    for group in range(0x6000, 0x6020, 2):
        if (group, 0x0040) not in dataset or dataset[group, 0x0040].value != "G":
            continue
        own = (group, 0x3000) in dataset
        points = _own_points(dataset, group, frame_number) if own else _embedded_points(dataset, group, frame_number)
        for row, column in points:
            if 0 <= row < dataset.Rows and 0 <= column < dataset.Columns:  # larger or beyond: clip
                mask[row, column] = True
    return mask


def _own_points(dataset: Dataset, group: int, frame_number: int) -> Iterator[tuple[int, int]]:
    """RR-23: bits least significant first, continuous across rows and frames; the origin counts from 1."""
    rows, columns = dataset[group, 0x0010].value, dataset[group, 0x0011].value
    top, left = dataset[group, 0x0050].value
    plane = _plane_number(dataset, group, frame_number)
    if plane is None:
        return
    row_of_bits = int.from_bytes(dataset[group, 0x3000].value, "little")
    for row in range(rows):
        for column in range(columns):
            if (row_of_bits >> (plane * rows + row) * columns + column) & 1:
                yield top - 1 + row, left - 1 + column


def _plane_number(dataset: Dataset, group: int, frame_number: int) -> int | None:
    """RR-23: n frames from Image Frame Origin (default 1); neither attribute: it applies to all frames."""
    if (group, 0x0015) not in dataset and (group, 0x0051) not in dataset:
        return 0
    count = int(dataset[group, 0x0015].value) if (group, 0x0015) in dataset else 1
    origin = int(dataset[group, 0x0051].value) if (group, 0x0051) in dataset else 1
    plane = frame_number - origin
    return plane if 0 <= plane < count else None


def _embedded_points(dataset: Dataset, group: int, frame_number: int) -> Iterator[tuple[int, int]]:
    """RR-24: (cell >> Overlay Bit Position) & 1, before masking; not inside of the stored bits."""
    position = dataset[group, 0x0102].value
    if dataset[group, 0x0100].value != dataset.BitsAllocated:
        return
    if dataset.HighBit - dataset.BitsStored < position <= dataset.HighBit:
        return
    cells = cells_of(dataset, frame_number)
    bits = [cell >> position & 1 for cell in cells]
    if dataset.PixelRepresentation == 1 and bits == [cell >> dataset.HighBit & 1 for cell in cells]:
        return  # RR-1: unused high bits may hold copies of the sign: those are no overlay
    for place, bit in enumerate(bits):
        if bit:
            yield place // dataset.Columns, place % dataset.Columns


def shutter_mask(dataset: Dataset, frame_number: int) -> NDArray[np.bool_]:
    """RR-25: what is covered: only what all shapes leave open stays visible; coordinates count from 1.

    A choice of ours: a shape that lies beside the image would hide all of it, so it is none. Some devices write zeros.
    """
    shutter = macro(dataset, frame_number, "FrameDisplayShutterSequence")
    covered = np.zeros((dataset.Rows, dataset.Columns), np.bool_)
    names = shutter.get("ShutterShape", [])
    for name in [names] if isinstance(names, str) else names:
        top, bottom, left, right = _EXTENTS[name](shutter, dataset)
        if top > min(bottom, dataset.Rows) or left > min(right, dataset.Columns) or bottom < 1 or right < 1:
            continue
        for place in np.ndindex(covered.shape):
            if not _SHAPES[name](shutter, place[0] + 1, place[1] + 1, dataset):
                covered[place] = True
    return covered


def shutter_grey(dataset: Dataset, frame_number: int, white: int) -> int:
    """RR-25: Shutter Presentation Value is a 16-bit P-Value (>> 8 for 8 bit); absent: black."""
    value = int(macro(dataset, frame_number, "FrameDisplayShutterSequence").get("ShutterPresentationValue", 0))
    return value >> 8 if white == 255 else value


def shutter_color(dataset: Dataset, frame_number: int) -> Color:
    """RR-25, RR-37: the CIELab value on colours; absent: black."""
    lab = macro(dataset, frame_number, "FrameDisplayShutterSequence").get("ShutterPresentationColorCIELabValue")
    return srgb_of_lab((lab[0], lab[1], lab[2])) if lab else (0, 0, 0)


def _in_rectangle(shutter: Dataset, row: int, column: int, _dataset: Dataset) -> bool:
    """RR-25: left <= column <= right; the edge is visible."""
    across = shutter.ShutterLeftVerticalEdge <= column <= shutter.ShutterRightVerticalEdge
    down = shutter.ShutterUpperHorizontalEdge <= row <= shutter.ShutterLowerHorizontalEdge
    return bool(across and down)


def _in_circle(shutter: Dataset, row: int, column: int, dataset: Dataset) -> bool:
    """RR-25: the radius counts pixels along the row direction, so vertical distances are scaled by the aspect."""
    center_row, center_column = shutter.CenterOfCircularShutter
    down = (row - center_row) * pixel_aspect(dataset)
    across = column - center_column
    return bool(down * down + across * across <= int(shutter.RadiusOfCircularShutter) ** 2)


def pixel_aspect(dataset: Dataset) -> float:
    """RR-22: vertical over horizontal extent of a pixel."""
    measures = macro(dataset, 1, "PixelMeasuresSequence")
    for holder, name in (
        (dataset, "PixelAspectRatio"),
        (dataset, "PixelSpacing"),
        (measures, "PixelSpacing"),
        (dataset, "ImagerPixelSpacing"),
        (dataset, "NominalScannedPixelSpacing"),
    ):
        if name in holder:
            vertical, horizontal = holder[name].value
            return float(vertical) / float(horizontal)
    return 1.0


def _in_polygon(shutter: Dataset, row: int, column: int, _dataset: Dataset) -> bool:
    """RR-25: pairs of row and column, implicitly closed; the outline itself is visible, as that of a rectangle."""
    numbers = [int(number) for number in shutter.VerticesOfThePolygonalShutter]
    vertices = list(zip(numbers[::2], numbers[1::2], strict=True))
    inside = False
    for start, end in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if _is_on(start, end, row, column):
            return True
        if (start[0] <= row) != (end[0] <= row):  # the side crosses this row: is it to the left of the pixel?
            side = (column - start[1]) * (end[0] - start[0]) - (end[1] - start[1]) * (row - start[0])
            inside ^= side > 0 if end[0] > start[0] else side < 0
    return inside


def _is_on(start: Vertex, end: Vertex, row: int, column: int) -> bool:
    """Whether a pixel's centre is on the side from one vertex to the next."""
    if (column - start[1]) * (end[0] - start[0]) != (end[1] - start[1]) * (row - start[0]):
        return False
    between_rows = min(start[0], end[0]) <= row <= max(start[0], end[0])
    return between_rows and min(start[1], end[1]) <= column <= max(start[1], end[1])


def _rectangle_extent(shutter: Dataset, _dataset: Dataset) -> tuple[float, float, float, float]:
    upper, lower = int(shutter.ShutterUpperHorizontalEdge), int(shutter.ShutterLowerHorizontalEdge)
    return upper, lower, int(shutter.ShutterLeftVerticalEdge), int(shutter.ShutterRightVerticalEdge)


def _circle_extent(shutter: Dataset, dataset: Dataset) -> tuple[float, float, float, float]:
    row, column = (int(number) for number in shutter.CenterOfCircularShutter)
    radius = int(shutter.RadiusOfCircularShutter)
    down = radius / pixel_aspect(dataset)
    return (row - down, row + down, column - radius, column + radius) if radius > 0 else (1, 0, 1, 0)


def _polygon_extent(shutter: Dataset, _dataset: Dataset) -> tuple[float, float, float, float]:
    numbers = [int(number) for number in shutter.VerticesOfThePolygonalShutter]
    return min(numbers[::2]), max(numbers[::2]), min(numbers[1::2]), max(numbers[1::2])


_EXTENTS = {"RECTANGULAR": _rectangle_extent, "CIRCULAR": _circle_extent, "POLYGONAL": _polygon_extent}
_SHAPES = {"RECTANGULAR": _in_rectangle, "CIRCULAR": _in_circle, "POLYGONAL": _in_polygon}
