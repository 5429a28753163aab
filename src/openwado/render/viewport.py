"""The part of an image that is shown, and how large: region, rows, columns (PS3.18 legacy 8.2.2-8.2.4; 9.2, 9.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openwado.errors import BadRequest
from openwado.render.rendering_choices import STANDARD_CHOICES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.picture_record import Picture
    from openwado.render.rendering_choices import RenderingChoices

Region = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax as fractions of an image's width and height."""

_HALF = Fraction(1, 2)

LONGEST_SIDE = 65535
"""No picture is made with more rows or columns: no DICOM image has more (PS3.3 C.7.6.3)."""

LARGEST_PICTURE = 1 << 28
"""Pixels beyond which no picture is made, whatever a caller allows."""

SQUARE = Fraction(1, 1000)
"""Pixels whose aspect ratio differs from 1 by no more than this are square (RR-22)."""

LARGEST_ASPECT = 1000
"""An aspect ratio beyond this, or below its inverse, is a broken header and not corrected."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Where an image is cut, and how large the piece is drawn.

    Attributes:
        source_rows, source_columns: size of the image that the box counts in.
        left, top, right, bottom: the box in pixels of the image, right and bottom excluded.
        rows, columns: size of the picture.
    """

    source_rows: int
    source_columns: int
    left: int
    top: int
    right: int
    bottom: int
    rows: int
    columns: int


def resolve_viewport(  # noqa: PLR0913 -- one argument a parameter of the request
    picture: Picture,
    *,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    choices: RenderingChoices = STANDARD_CHOICES,
    max_output_pixels: int = LARGEST_PICTURE,
) -> Viewport:
    """Decide what is shown of an image and how large.

    With rows or columns the piece is made as large as fits, its aspect ratio kept and the shape of its pixels corrected
    (RR-22); without both there is one pixel for each pixel of the piece.

    Raises:
        BadRequest: rows or columns is below 1, or the picture would be larger than is made (REQ-URI-8.2.2-5).
    """
    aspect = picture.pixel_aspect if choices.correct_pixel_aspect else None
    size = picture.image_pixel.rows, picture.image_pixel.columns
    viewport = _resolved(size, region, (rows, columns), aspect)
    parameter = "columns" if rows is None and columns is not None else "rows"
    check_size(viewport.rows, viewport.columns, max_output_pixels, parameter)
    return viewport


@lru_cache(maxsize=1024)
def _resolved(
    source: tuple[int, int],
    region: Region | None,
    box: tuple[int | None, int | None],
    pixel_aspect: tuple[float, float] | None,
) -> Viewport:
    """Decide as `resolve_viewport`: exact fractions take their time, and the images of a series are all alike."""
    source_rows, source_columns = source
    xmin, ymin, xmax, ymax = region or (0.0, 0.0, 1.0, 1.0)
    left, right = pixel_edges(xmin, xmax, source_columns)
    top, bottom = pixel_edges(ymin, ymax, source_rows)
    rows, columns = fitted_size(bottom - top, right - left, *box, vertical_stretch(pixel_aspect))
    return Viewport(source_rows, source_columns, left, top, right, bottom, rows, columns)


def output_size(  # noqa: PLR0913 -- as `resolve_viewport`
    picture: Picture,
    *,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    choices: RenderingChoices = STANDARD_CHOICES,
    max_output_pixels: int = LARGEST_PICTURE,
) -> tuple[int, int]:
    """Return rows and columns of the picture that a request makes, without making it.

    Raises:
        BadRequest: as `resolve_viewport`.
    """
    viewport = resolve_viewport(
        picture, region=region, rows=rows, columns=columns, choices=choices, max_output_pixels=max_output_pixels
    )
    return viewport.rows, viewport.columns


def pixel_edges(low: float, high: float, size: int) -> tuple[int, int]:
    """Return first pixel and the one after the last for a stretch of an axis given in fractions (9.3).

    Neighbouring stretches neither overlap nor leave a gap; none is empty.
    """
    start = min(math.floor(_decimal(low) * size + _HALF), size - 1)
    stop = min(math.floor(_decimal(high) * size + _HALF), size)
    return start, max(stop, start + 1)


def fitted_size(
    height: int, width: int, rows: int | None, columns: int | None, stretch: Fraction = Fraction(1)
) -> tuple[int, int]:
    """Return rows and columns of a picture of a piece of height x width pixels (9.2).

    Args:
        height: of the piece, pixels.
        width: of the piece, pixels.
        rows: most rows, None if free.
        columns: most columns, None if free.
        stretch: height of a pixel over its width; without rows and columns it has no effect.

    Raises:
        BadRequest: rows or columns is below 1.
    """
    for name, value in (("rows", rows), ("columns", columns)):
        if value is not None and value < 1:
            raise BadRequest(f"{name} must be a positive integer.", parameter=name)
    tall = height * stretch
    ratios = []
    if columns is not None:
        ratios.append(Fraction(columns, width))
    if rows is not None:
        ratios.append(rows / tall)
    if not ratios:
        return height, width
    ratio = min(ratios)
    return _nearest(tall * ratio), _nearest(width * ratio)


def vertical_stretch(pixel_aspect: tuple[float, float] | None) -> Fraction:
    """Return by how much an image has to be stretched vertically so that its pixels become square (RR-22)."""
    if pixel_aspect is None or not all(math.isfinite(extent) and extent > 0 for extent in pixel_aspect):
        return Fraction(1)
    stretch = Fraction(pixel_aspect[0]) / Fraction(pixel_aspect[1])
    if abs(stretch - 1) <= SQUARE or not Fraction(1, LARGEST_ASPECT) <= stretch <= LARGEST_ASPECT:
        return Fraction(1)
    return stretch


def cut(cells: NDArray[Any], viewport: Viewport) -> NDArray[Any]:
    """Return the part of an image that is shown, as a view.

    Args:
        cells: shape (rows, columns) or (rows, columns, samples). Where their size is not the one that the box counts in
            (a stream that contradicts its header, an image decoded at reduced size), the box is scaled.
        viewport: the box.
    """
    rows, columns = cells.shape[:2]
    top, bottom = cut_edges(viewport.top, viewport.bottom, viewport.source_rows, rows)
    left, right = cut_edges(viewport.left, viewport.right, viewport.source_columns, columns)
    return cells[top:bottom, left:right]


def within_band(viewport: Viewport, band: tuple[int, int] | None) -> Viewport:
    """Return the viewport that counts in some rows of its image only.

    Args:
        viewport: where the image is cut.
        band: the first of the rows, and the one after the last; None: all of them.
    """
    if band is None:
        return viewport
    first, end = band
    return replace(viewport, source_rows=end - first, top=viewport.top - first, bottom=viewport.bottom - first)


def cut_edges(start: int, stop: int, source: int, size: int) -> tuple[int, int]:
    """Return where a stretch of an axis of `source` pixels begins and ends in `size` cells."""
    if size == source:
        return start, stop
    return pixel_edges(start / source, stop / source, size)


def _decimal(number: float) -> Fraction:
    """Return the decimal that was written, which a binary number only comes near: 0.285 of 100 is 28.5, not less."""
    return Fraction(str(number))


def _nearest(length: Fraction) -> int:
    return max(1, math.floor(length + _HALF))


def check_size(rows: int, columns: int, max_output_pixels: int, parameter: str) -> None:
    """Refuse a picture that is larger than is made, naming a parameter (REQ-URI-8.2.2-5).

    Raises:
        BadRequest: it is.
    """
    limit = min(max_output_pixels, LARGEST_PICTURE)
    if max(rows, columns) > LONGEST_SIDE or rows * columns > limit:
        raise BadRequest(
            f"The picture would have {rows} rows and {columns} columns. At most {limit} pixels and {LONGEST_SIDE} rows "
            "or columns are made: ask for fewer rows or columns, or for a smaller region.",
            parameter=parameter,
        )
