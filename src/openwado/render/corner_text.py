"""Texts in the corners of a picture, letters at its edges, a scale: drawn last, at the picture's own size (9.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from openwado.render.typeface import Line, drawn_line, fitted_line, line_height

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Height of capitals: so many pixels at least, so much of the shorter side, and no more (REQ-URI-8.2.1-7).
SMALLEST_CAPS, CAPS_PART, LARGEST_CAPS = 9, 0.022, 24
#: Most of the width that a block may take.
WIDEST: Final = 0.40
#: Most of the height that a block may take: two stand above each other.
HIGHEST: Final = 0.46
#: Shorter side below which only the patient is named.
SMALLEST_WITH_TECHNIQUE: Final = 96
#: Fewer columns than so many heights of a capital hold no name.
NARROWEST: Final = 4

TECHNIQUE_LEFT_OUT = "annotation: the picture is too small for more than the patient; the rest was left out."
ALL_LEFT_OUT = "annotation: the picture is too small for any text, which was left out."
LINES_LEFT_OUT = "annotation: the picture is too small for all lines; the rest was left out."

#: Lengths of a scale, mm: the longest that fits is drawn.
_LENGTHS: Final = (500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
_SCALE_PART: Final = 0.3


@dataclass(frozen=True, slots=True)
class CornerTexts:
    """What is written where, in the order of importance within a block.

    Attributes:
        top_left: who it is.
        top_right, bottom_left, bottom_right: how it was made.
        left, right, top, bottom: letters at the middle of the edges.
        millimetres_per_pixel: of the picture, vertically, for the scale; None: none is drawn.
    """

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()
    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""
    millimetres_per_pixel: float | None = None


def cap_height(rows: int, columns: int) -> int:
    """Return the height of capitals for a picture, pixels."""
    return round(min(max(SMALLEST_CAPS, CAPS_PART * min(rows, columns)), LARGEST_CAPS))


def fitting(texts: CornerTexts, rows: int, columns: int) -> tuple[CornerTexts, str]:
    """Return what of the texts a picture has room for, and a warning about what was left out, "" if nothing was."""
    caps = cap_height(rows, columns)
    if WIDEST * columns < NARROWEST * caps or HIGHEST * rows < line_height(caps):
        return CornerTexts(), ALL_LEFT_OUT if texts != CornerTexts() else ""
    whole = texts if min(rows, columns) >= SMALLEST_WITH_TECHNIQUE else CornerTexts(top_left=texts.top_left)
    most = _most_lines(rows, caps)
    kept = replace(
        whole,
        top_left=whole.top_left[:most],
        top_right=whole.top_right[:most],
        bottom_left=whole.bottom_left[:most],
        bottom_right=whole.bottom_right[:most],
    )
    if kept == texts:
        return kept, ""
    if kept == CornerTexts():
        return kept, ALL_LEFT_OUT
    return kept, TECHNIQUE_LEFT_OUT if kept == whole else LINES_LEFT_OUT


def _most_lines(rows: int, caps: int) -> int:
    """Return how many lines a block may have."""
    return int(HIGHEST * rows) // line_height(caps)


def draw(pixels: NDArray[Any], texts: CornerTexts) -> NDArray[Any]:
    """Write on a picture, white with a dark edge, so that it can be read on any ground.

    Args:
        pixels: grey or RGB, 8 or 16 bits.
        texts: as `fitting` returns them.

    Returns:
        A new picture; the same one where there is nothing to write.
    """
    if texts == CornerTexts():
        return pixels
    coverage = coverage_of(texts, *pixels.shape[:2])
    thickness = max(1, round(cap_height(*pixels.shape[:2]) / 12))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * thickness + 1, 2 * thickness + 1))
    edge = cv2.dilate(coverage, kernel)
    white = np.float32(np.iinfo(pixels.dtype).max)
    touched = np.divmod(np.flatnonzero(edge), edge.shape[1])  # few of its pixels, however large it is
    ink, ground = (part[touched] / np.float32(255) for part in (coverage, edge))
    if pixels.ndim > 2:  # noqa: PLR2004 -- rows, columns, samples
        ink, ground = ink[..., None], ground[..., None]
    written = pixels.copy()
    written[touched] = np.rint(pixels[touched] * (1 - ground) * (1 - ink) + white * ink).astype(pixels.dtype)
    return written


def coverage_of(texts: CornerTexts, rows: int, columns: int) -> NDArray[np.uint8]:
    """Return how much of each pixel text covers, 0 … 255; no two texts overlap, none leaves the picture."""
    coverage = np.zeros((rows, columns), np.uint8)
    caps = cap_height(rows, columns)
    margin = max(2, caps // 2)
    widest = int(WIDEST * columns) - margin
    for block, is_right, is_bottom in (
        (texts.top_left, False, False),
        (texts.top_right, True, False),
        (texts.bottom_left, False, True),
        (texts.bottom_right, True, True),
    ):
        lines = [fitted_line(text, caps, widest) for text in block[: _most_lines(rows, caps)]]
        _place_block(coverage, lines, margin, is_right=is_right, is_bottom=is_bottom)
    _place_letters(coverage, texts, caps, margin)
    if texts.millimetres_per_pixel is not None:
        _place_scale(coverage, texts.millimetres_per_pixel, caps, margin)
    return coverage


def _place_block(
    coverage: NDArray[np.uint8], lines: list[Line], margin: int, *, is_right: bool, is_bottom: bool
) -> None:
    rows, columns = coverage.shape
    height = sum(line.coverage.shape[0] for line in lines)
    top = rows - margin - height if is_bottom else margin
    for line in lines:
        left = columns - margin - line.width if is_right else margin
        _place(coverage, line.coverage, top, left)
        top += line.coverage.shape[0]


def _place(coverage: NDArray[np.uint8], text: NDArray[np.uint8], top: int, left: int) -> None:
    rows, columns = text.shape
    top, left = max(top, 0), max(left, 0)
    target = coverage[top : top + rows, left : left + columns]
    np.maximum(target, text[: target.shape[0], : target.shape[1]], out=target)


def _place_letters(coverage: NDArray[np.uint8], texts: CornerTexts, caps: int, margin: int) -> None:
    rows, columns = coverage.shape
    for text, at in ((texts.left, "left"), (texts.right, "right"), (texts.top, "top"), (texts.bottom, "bottom")):
        if not text:
            continue
        line = drawn_line(text, caps)
        height, width = line.coverage.shape
        top, left = (rows - height) // 2, (columns - width) // 2
        place = {
            "left": (top, margin),
            "right": (top, columns - margin - width),
            "top": (margin, left),
            "bottom": (rows - margin - height, left),
        }[at]
        if width <= columns // 5 and not _covers(coverage, place, line.coverage.shape):
            _place(coverage, line.coverage, *place)


def _covers(coverage: NDArray[np.uint8], place: tuple[int, int], shape: Iterable[int]) -> bool:
    (top, left), (height, width) = place, shape
    return bool(coverage[max(top, 0) : top + height, max(left, 0) : left + width].any())


def _place_scale(coverage: NDArray[np.uint8], millimetres_per_pixel: float, caps: int, margin: int) -> None:
    """Draw an upright bar of a round length at the right edge, below its middle, with its length in words above it."""
    rows, columns = coverage.shape
    if not isfinite(millimetres_per_pixel) or millimetres_per_pixel <= 0:
        return
    line, right = line_height(caps), columns - margin
    top = rows // 2 + line // 2 + 2
    for length in _LENGTHS:
        if length > _SCALE_PART * rows * millimetres_per_pixel:
            continue
        height = round(length / millimetres_per_pixel)
        label = drawn_line(f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm", caps)  # noqa: PLR2004 -- mm of a cm
        whole = (line + height + caps // 2, max(label.width, caps))
        if height <= caps:
            return
        if top + whole[0] > rows - margin or _covers(coverage, (top, right - whole[1]), whole):
            continue
        _place(coverage, label.coverage, top, right - label.width)
        stroke = max(1, caps // 8)
        bar = coverage[top + line : top + line + height, right - caps // 2 : right]
        bar[:, -stroke:] = bar[:stroke] = bar[-stroke:] = 255
        return
