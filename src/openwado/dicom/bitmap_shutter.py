"""Bitmap Display Shutter of presentation states as a value (PS3.3 C.7.6.15; RR-37)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.picture_record import OverlayPlane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.dicom.attributes import Attributes

_SHUTTER_SHAPE, _SHUTTER_GROUP, _SHUTTER_VALUE, _SHUTTER_COLOR = 0x00181600, 0x00181623, 0x00181622, 0x00181624


class BitmapShutter(msgspec.Struct, frozen=True):
    """What a plane of the state's own covers: with which P-Value, and CIELab colour if it says one."""

    plane: OverlayPlane
    value: int
    color: tuple[int, int, int] | None


def shutter_group(attributes: Attributes) -> int | None:
    """Return the group of overlays that is the shutter, None without one."""
    return attributes.integer(_SHUTTER_GROUP) if "BITMAP" in attributes.texts(_SHUTTER_SHAPE) else None


def read_bitmap_shutter(attributes: Attributes, planes: Mapping[int, OverlayPlane]) -> BitmapShutter | None:
    """Return the shutter of a state, None without one.

    Args:
        attributes: of the state.
        planes: its overlay planes by group.
    """
    plane = planes.get(shutter_group(attributes) or 0)
    if plane is None:
        return None
    color = attributes.integers(_SHUTTER_COLOR)
    lab = (color[0], color[1], color[2]) if len(color) == 3 else None  # noqa: PLR2004 -- L*, a* and b*
    return BitmapShutter(plane, attributes.integer(_SHUTTER_VALUE) or 0, lab)
