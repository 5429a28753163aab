"""What a presentation state has to show of a grey image of 8 bits, from the clauses (PS3.3 C.10; RR-36, RR-39 … RR-42).

Nothing of the product is imported. The image has no other step: what a state does not name is identity (RR-30).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.plain_color import srgb_of_lab
from golden.plain_marks import Marks, anchored_marks, figure_marks, text_marks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from golden.plain_marks import Point

EXACT, ROUNDED, FREE = 255, 254, 0
"""How near a pixel has to come: 255 less the most that a value may be off. ROUNDED is for colours and means."""
MOSTLY = 0.4
"""Part of the way from what is below to the colour of a stroke that a pixel on it may miss."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it has to be.

    Attributes:
        pixels: RGBA, or grey with alpha: alpha is 255 less the most that a value may be off.
        inked: masks, with the colour that one pixel in each has nearly.
    """

    pixels: NDArray[np.uint8]
    inked: tuple[tuple[NDArray[np.bool_], tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class View:
    """Where a part of the transformed image is in the picture: left and top edge, and pixels of it for each pixel."""

    area: tuple[int, int, int, int]
    across: Fraction
    down: Fraction
    rows: int
    columns: int

    def point(self, point: Point) -> Point:
        """Where a point of the transformed image is."""
        return (
            (point[0] - self.area[0]) * float(self.across),
            (point[1] - self.area[1]) * float(self.down),
        )


def shown(image: Dataset, state: Dataset, frame: int, rows: int | None, columns: int | None) -> Shown:
    """Draw a frame."""
    frames = np.frombuffer(image.PixelData, np.uint8)[
        : image.Rows * image.Columns * int(image.get("NumberOfFrames", 1))
    ]
    cells = frames.reshape(-1, image.Rows, image.Columns)[frame - 1]
    turned = _turned(cells, int(state.get("ImageRotation", 0)), state.get("ImageHorizontalFlip", "N"))
    view = _view(image, state, rows, columns)
    values, alpha = _ground(turned, view)
    pixels = np.stack([values] * 3 + [alpha], axis=-1)
    inked: list[tuple[NDArray[np.bool_], tuple[int, ...]]] = []
    is_grey = True
    for layer in _layers(state):
        color = _color(layer)
        is_grey = is_grey and len(set(color)) == 1
        for item in state.GraphicAnnotationSequence:
            if item.GraphicLayer == layer.GraphicLayer:
                for marks in _marks(item, image, state, view, frame):
                    _ink(pixels, marks, color)
                    inked += [(place, color) for place in marks.inked]
    if is_grey:
        pixels = pixels[..., [0, 3]]
    return Shown(pixels.astype(np.uint8), tuple((place, color[:1] if is_grey else color) for place, color in inked))


def _ink(pixels: NDArray[Any], marks: Marks, color: tuple[int, int, int]) -> None:
    """Draw marks: what is not fully inked is free, or near to the colour."""
    step = np.abs(pixels[..., :3].astype(int) - color).max(axis=-1)
    known_below = pixels[..., 3] >= ROUNDED
    mostly = marks.mostly & known_below & ~marks.full
    pixels[marks.touched & ~marks.full & ~mostly] = (0, 0, 0, FREE)
    pixels[mostly, :3] = color
    pixels[mostly, 3] = np.floor(EXACT - MOSTLY * step[mostly]) - 1
    pixels[marks.full] = (*color, EXACT if len(set(color)) == 1 else ROUNDED)


def _layers(state: Dataset) -> list[Dataset]:
    """RR-42: the lowest order first."""
    return sorted(state.get("GraphicLayerSequence", []), key=lambda layer: layer.GraphicLayerOrder)


def _color(layer: Dataset) -> tuple[int, int, int]:
    lab = layer.get("GraphicLayerRecommendedDisplayCIELabValue")
    if lab:
        return srgb_of_lab((lab[0], lab[1], lab[2]))
    return (layer.get("GraphicLayerRecommendedDisplayGrayscaleValue", 65535) // 256,) * 3


def _marks(item: Dataset, image: Dataset, state: Dataset, view: View, frame: int) -> list[Marks]:
    shape = view.rows, view.columns
    found = []

    def place(point: Any, units: str) -> Point:  # noqa: ANN401 -- a value of two numbers
        x, y = float(point[0]), float(point[1])
        if units == "MATRIX":  # rows of tiles, each from the left
            across = -(-image.TotalPixelMatrixColumns // image.Columns)
            x, y = x - (frame - 1) % across * image.Columns, y - (frame - 1) // across * image.Rows
        return _place(image, state, view, (x, y), in_display=units == "DISPLAY")

    for figure in item.get("GraphicObjectSequence", []):
        data = list(figure.GraphicData)
        points = [place(data[at : at + 2], figure.GraphicAnnotationUnits) for at in range(0, len(data), 2)]
        found.append(figure_marks(figure.GraphicType, points, shape, filled=figure.get("GraphicFilled") == "Y"))
    for text in item.get("TextObjectSequence", []):
        found += _text(text, place, shape)
    return found


def _text(text: Dataset, place: Any, shape: tuple[int, int]) -> list[Marks]:  # noqa: ANN401 -- a function
    anchor = None
    if "AnchorPoint" in text:
        anchor = place(text.AnchorPoint, text.AnchorPointAnnotationUnits)
    if "BoundingBoxTopLeftHandCorner" not in text:
        assert anchor is not None
        return [anchored_marks(anchor, shape)]
    corners = [
        place(corner, text.BoundingBoxAnnotationUnits)
        for corner in (text.BoundingBoxTopLeftHandCorner, text.BoundingBoxBottomRightHandCorner)
    ]
    lines = text.UnformattedTextValue.split("\r\n")
    written = text_marks(lines, (corners[0], corners[1]), shape, text.BoundingBoxTextHorizontalJustification)
    if anchor is None or text.AnchorPointVisibility != "Y":
        return [written]
    (left, right), (top, bottom) = (sorted(corner[axis] for corner in corners) for axis in (0, 1))
    nearest = min(max(anchor[0], left), right), min(max(anchor[1], top), bottom)
    line = figure_marks("POLYLINE", [anchor, nearest], shape, filled=False)
    return [line, written]


def _place(image: Dataset, state: Dataset, view: View, point: Point, *, in_display: bool) -> Point:
    """RR-41: pixels of the frame, or fractions of the displayed area as it is turned."""
    left, top, right, bottom = view.area
    if in_display:
        return view.point((left + point[0] * (right - left), top + point[1] * (bottom - top)))
    return view.point(_turned_point(point, image, state))


def _turned(cells: NDArray[Any], rotation: int, flip: str) -> NDArray[Any]:
    """RR-39: clockwise, then left and right change places."""
    for _ in range(rotation // 90):
        height = len(cells)
        cells = np.array([[cells[height - 1 - x, y] for x in range(height)] for y in range(cells.shape[1])])
    return cells[:, ::-1] if flip == "Y" else cells


def _turned_point(point: Point, image: Dataset, state: Dataset) -> Point:
    x, y = point
    width, height = image.Columns, image.Rows
    for _ in range(int(state.get("ImageRotation", 0)) // 90):
        x, y, width, height = height - y, x, height, width
    return (width - x if state.get("ImageHorizontalFlip") == "Y" else x), y


def _view(image: Dataset, state: Dataset, rows: int | None, columns: int | None) -> View:
    """RR-40, REQ-URI-8.2.9-6, -7: corners are numbers of pixels from 1, of the image before it is turned."""
    if "DisplayedAreaSelectionSequence" not in state:
        swapped = int(state.get("ImageRotation", 0)) % 180 == 90
        size = (image.Rows, image.Columns) if swapped else (image.Columns, image.Rows)
        return View((0, 0, *size), Fraction(1), Fraction(1), size[1], size[0])
    item = state.DisplayedAreaSelectionSequence[0]
    corners = [
        _turned_point((column - 0.5, row - 0.5), image, state)
        for column, row in (item.DisplayedAreaTopLeftHandCorner, item.DisplayedAreaBottomRightHandCorner)
    ]
    left, top, right, bottom = (round(edge) for edge in (*np.subtract(corners[0], 0.5), *np.add(corners[1], 0.5)))
    aspect = Fraction(*(int(number) for number in item.PresentationPixelAspectRatio))
    if int(state.get("ImageRotation", 0)) % 180 == 90:
        aspect = 1 / aspect
    if item.PresentationSizeMode == "MAGNIFY":
        across = Fraction(item.PresentationPixelMagnificationRatio)
        down = across * aspect
        size = int((bottom - top) * down), int((right - left) * across)
        shown_rows, shown_columns = min(rows or size[0], size[0]), min(columns or size[1], size[1])
    else:
        ratios = [Fraction(columns, right - left)] if columns else []
        ratios += [rows / ((bottom - top) * aspect)] if rows else []
        across = min(ratios, default=Fraction(1))
        down = across * aspect if ratios else Fraction(1)
        shown_rows, shown_columns = int((bottom - top) * down), int((right - left) * across)
    return View((left, top, right, bottom), across, down, shown_rows, shown_columns)


def _ground(turned: NDArray[Any], view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The image below everything: means of whole blocks; enlarged it is known where all around it is one value."""
    left, top, right, bottom = view.area
    height, width = turned.shape
    whole = np.zeros((bottom - top, right - left), np.int64)  # what the image does not have is black
    for row in range(max(top, 0), min(bottom, height)):
        for column in range(max(left, 0), min(right, width)):
            whole[row - top, column - left] = turned[row, column]
    if view.down == view.across == 1:
        return whole, np.full(whole.shape, EXACT)
    values, alpha = np.zeros((2, view.rows, view.columns), np.int64)
    for row in range(view.rows):
        ys = _taken(row, view.down, len(whole))
        for column in range(view.columns):
            xs = _taken(column, view.across, whole.shape[1])
            part = whole[ys[0] : ys[1], xs[0] : xs[1]]
            is_one = part.min() == part.max()
            is_mean = view.down <= 1 and view.across <= 1
            values[row, column] = np.floor(part.mean() + 0.5) if is_mean or is_one else 0
            alpha[row, column] = EXACT if is_one else ROUNDED if is_mean else FREE
    return values, alpha


def _taken(place: int, ratio: Fraction, size: int) -> tuple[int, int]:
    """Pixels that have a share in one of the picture: those it is the mean of, or four between which it lies."""
    if ratio <= 1:
        assert (1 / ratio).denominator == 1, "only exact integer factors are plain"
        return int(place / ratio), int((place + 1) / ratio)
    middle = int((place + Fraction(1, 2)) / ratio)
    return max(middle - 2, 0), min(middle + 3, size)
