"""Whether an object is there to its end: the sign of a transfer that was cut off (PS3.5 7.1, A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.elements import SEQUENCE_DELIMITER
from openwado.dicom.encapsulation import ITEM_HEADER

if TYPE_CHECKING:
    from openwado.dicom.instance import PixelLocation
    from openwado.dicom.reader import Parsed

#: Bytes after the last element that are looked at: zeros there are padding.
_LOOKED_AT: Final = 1 << 16


def is_whole(parsed: Parsed, location: PixelLocation | None) -> bool:
    """Return whether no element reaches beyond the end of the object, and encapsulated pixel data are delimited.

    Args:
        parsed: the object.
        location: where its pixel data are, None if there are none.

    Raises:
        OSError: the source cannot be read.
    """
    pixel_data = parsed.pixel_data
    if pixel_data is None:
        rest = parsed.source.read_at(parsed.head_end, min(parsed.source.size - parsed.head_end, _LOOKED_AT))
        return not rest.strip(b"\0")
    if not pixel_data.undefined:
        return not pixel_data.cut_off
    if location is None:
        return True
    last = parsed.source.read_at(location.tail_offset - ITEM_HEADER.size, ITEM_HEADER.size)
    if len(last) < ITEM_HEADER.size:
        return False
    group, number, _ = ITEM_HEADER.unpack(last)
    return bool(group << 16 | number == SEQUENCE_DELIMITER)
