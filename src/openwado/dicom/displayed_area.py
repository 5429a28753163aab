"""Displayed Area Selection of presentation states as a value (PS3.3 C.10.4; RR-40)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

_TOP_LEFT, _BOTTOM_RIGHT = 0x00700052, 0x00700053
_SIZE_MODE, _PIXEL_SPACING, _ASPECT_RATIO, _MAGNIFICATION = 0x00700100, 0x00700101, 0x00700102, 0x00700103
_PIXEL_ORIGIN: Final = 0x00480301
_FARTHEST: Final = 1 << 24
_LARGEST_RATIO: Final = 1e6

SizeMode = Literal["SCALE TO FIT", "TRUE SIZE", "MAGNIFY"]


class DisplayedArea(msgspec.Struct, frozen=True):
    """Displayed Area Selection (C.10.4).

    Attributes:
        top_left: column and row, from 1, of the pixel that ends up there after the spatial transformation.
        bottom_right: likewise; both may lie outside of the image.
        size_mode: how the area is fitted.
        magnification: pixels of the display for each of the image, for MAGNIFY.
        aspect: vertical and horizontal extent of a pixel of the image.
        in_matrix: whether the corners count in the total pixel matrix, where the image has one.
    """

    top_left: tuple[int, int]
    bottom_right: tuple[int, int]
    size_mode: SizeMode
    magnification: float
    aspect: tuple[float, float]
    in_matrix: bool = False


def read_displayed_area(item: Attributes) -> DisplayedArea:
    """Return the area of an item of the sequence.

    Raises:
        CorruptObject: it has no corners.
        NotSupported: it magnifies beyond all measure.
    """
    corners = [item.integers(tag, signed=True)[:2] for tag in (_TOP_LEFT, _BOTTOM_RIGHT)]
    if any(len(corner) != 2 or max(map(abs, corner)) > _FARTHEST for corner in corners):  # noqa: PLR2004 -- two axes
        raise CorruptObject("The displayed area of the presentation state has no corners.")
    mode = item.text(_SIZE_MODE).upper()
    size_mode: SizeMode = "MAGNIFY" if mode == "MAGNIFY" else "TRUE SIZE" if mode == "TRUE SIZE" else "SCALE TO FIT"
    ratio = item.decimal(_MAGNIFICATION) or 1.0
    if ratio > _LARGEST_RATIO:
        raise NotSupported("The presentation state magnifies too much.", parameter="presentationUID")
    return DisplayedArea(
        top_left=(corners[0][0], corners[0][1]),
        bottom_right=(corners[1][0], corners[1][1]),
        size_mode=size_mode,
        magnification=ratio if ratio > 0 else 1.0,
        aspect=_aspect(item),
        in_matrix=item.text(_PIXEL_ORIGIN).upper() == "VOLUME",
    )


def _aspect(item: Attributes) -> tuple[float, float]:
    """Return the shape of a pixel: from the state, never from the image (RR-40)."""
    for tag in (_PIXEL_SPACING, _ASPECT_RATIO):
        numbers = item.decimals(tag)[:2]
        if len(numbers) == 2 and all(number is not None and number > 0 for number in numbers):  # noqa: PLR2004 -- two axes
            return numbers[0] or 1.0, numbers[1] or 1.0
    return 1.0, 1.0
