"""Drawings of waveforms as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from openwado.document.waveform_drawing import PIXELS_PER_MM, Strokes, caps_pixels
from openwado.errors import RenderFailed
from openwado.render.typeface import drawn_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.document.waveform_drawing import Drawing, Page, Text

#: Rows between pages.
_GAP: Final = 32
_GAP_GREY: Final = 200
#: Bits behind the point of coordinates.
_SHIFT: Final = 6
#: Pixels of white around letters.
_GROUND: Final = 3


def png_of(drawing: Drawing) -> bytes:
    """Return a drawing as one PNG in RGB: its pages above each other, `PIXELS_PER_MM` pixels to a millimetre.

    Raises:
        RenderFailed: it could not be written.
    """
    pages = [_pixels(page) for page in drawing.pages]
    columns = max(page.shape[1] for page in pages)
    gap = np.full((_GAP, columns, 3), _GAP_GREY, np.uint8)
    parts = [part for page in pages for part in (page, gap)][:-1]
    is_written, written = cv2.imencode(".png", np.concatenate(parts)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not is_written:
        raise RenderFailed("The drawing could not be written as PNG.")
    return written.tobytes()


def _pixels(page: Page) -> NDArray[np.uint8]:
    """Return a page, shape (rows, columns, 3)."""
    shape = (round(page.height * PIXELS_PER_MM), round(page.width * PIXELS_PER_MM), 3)
    pixels: NDArray[Any] = np.full(shape, 255, np.uint8)
    for mark in page.marks:
        if isinstance(mark, Strokes):
            _stroke(pixels, mark)
        else:
            _write(pixels, mark)
    return pixels


def _stroke(pixels: NDArray[np.uint8], strokes: Strokes) -> None:
    thickness = max(1, round(strokes.width * PIXELS_PER_MM))
    scale = PIXELS_PER_MM * (1 << _SHIFT)
    lines = [np.rint(line * scale).astype(np.int32).reshape(-1, 1, 2) for line in strokes.lines]
    cv2.polylines(
        pixels, lines, isClosed=False, color=strokes.ink.value, thickness=thickness, lineType=cv2.LINE_AA, shift=_SHIFT
    )


def _write(pixels: NDArray[np.uint8], text: Text) -> None:
    if not text.words.strip():
        return
    line = drawn_line(text.words, caps_pixels(text.size))
    coverage = np.pad(line.coverage, _GROUND)
    top = round(text.y * PIXELS_PER_MM) - line.baseline - _GROUND
    left = round(text.left * PIXELS_PER_MM) - _GROUND
    rows, columns = pixels.shape[:2]
    above, before = max(-top, 0), max(-left, 0)
    coverage = coverage[above : rows - top, before : columns - left]
    part = pixels[max(top, 0) :, max(left, 0) :][: coverage.shape[0], : coverage.shape[1]]
    if text.has_ground:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _GROUND + 1, 2 * _GROUND + 1))
        _cover(part, cv2.dilate(coverage, kernel), (255, 255, 255))
    _cover(part, coverage, text.ink.value)


def _cover(part: NDArray[np.uint8], coverage: NDArray[Any], colour: tuple[int, int, int]) -> None:
    ink = coverage[..., None].astype(np.float32) / 255
    part[...] = np.rint(part * (1 - ink) + np.array(colour, np.float32) * ink).astype(np.uint8)
