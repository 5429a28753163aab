"""How an object is shown at first, and the small whole picture beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from openwado.protocol.media import DICOM
from openwado.render.viewport import fitted_size, vertical_stretch
from openwado.server.page_tiles import can_be_drawn, document_type

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance
    from openwado.dicom.picture_record import Picture
    from openwado.server.composer_state import State

#: Larger pictures are asked for in this size at first.
SCREEN: Final = 1600
#: Sizes to choose, pixels.
SIZES: Final = (256, 512, 1024, SCREEN)
#: The box of the small whole picture that a region is drawn on.
OVERVIEW: Final = 200
#: What the whole picture has in common with the part of it that is shown.
_SHARED: Final = ("windowCenter", "windowWidth", "presentationUID", "presentationSeriesUID")


def start_state(instance: Instance) -> State:
    """Return what is asked for where the page's address says nothing: what people see of an object at once."""
    if not can_be_drawn(instance):
        return {"contentType": document_type(instance) or DICOM}
    frame = {"frameNumber": "1"} if instance.number_of_frames > 1 else {}
    return {"contentType": "image/jpeg", **_screen_box(instance.picture), **frame}


def overview_state(instance: Instance, state: State) -> State:
    """Return what shows the whole of a picture small, in the same window, or under the same presentation state."""
    shown = {name: state[name] for name in _SHARED if name in state}
    frame = {"frameNumber": state.get("frameNumber", "1")} if instance.number_of_frames > 1 else {}
    return {"contentType": "image/jpeg", "rows": str(OVERVIEW), "columns": str(OVERVIEW), **shown, **frame}


def overview_size(instance: Instance) -> tuple[int, int]:
    """Return width and height of the small whole picture, pixels, where no presentation state changes them."""
    picture = instance.picture
    if picture is None:
        return OVERVIEW, OVERVIEW
    pixel, stretch = picture.image_pixel, vertical_stretch(picture.pixel_aspect)
    height, width = fitted_size(pixel.rows, pixel.columns, OVERVIEW, OVERVIEW, stretch)
    return width, height


def _screen_box(picture: Picture | None) -> State:
    """Return the rows and columns to ask for at first: of large pictures, and of pixels that are no squares (RR-22)."""
    if picture is None:
        return {}
    rows, columns = picture.image_pixel.rows, picture.image_pixel.columns
    stretch = vertical_stretch(picture.pixel_aspect)
    longest = max(math.ceil(rows * stretch), columns)
    if stretch == 1 and longest <= SCREEN:
        return {}
    side = str(min(longest, SCREEN))
    return {"rows": side, "columns": side}
