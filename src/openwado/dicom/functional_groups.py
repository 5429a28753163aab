"""Multi-frame functional groups (PS3.3 C.7.6.16): what differs from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.dicom.grey_attributes import read_grey_attributes
from openwado.dicom.pixel_module import Undrawable

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import GreyAttributes

_SHARED_GROUPS: Final = 0x52009229
_PER_FRAME_GROUPS: Final = 0x52009230
_PIXEL_MEASURES: Final = 0x00289110
_FRAME_VOI_LUT: Final = 0x00289132
_PIXEL_VALUE_TRANSFORMATION: Final = 0x00289145
#: Longer items are not compared by their bytes: each counts as one of its own.
_COMPARED_MAX: Final = 1 << 14
#: Bytes of all lookup tables of all frames.
_TABLES_MAX: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class FrameGreys:
    """Grey attributes of every frame.

    Attributes:
        first: of frame 1.
        others: the distinct ones that differ from those of frame 1.
        numbers: for each frame 0 for `first`, else the number (from 1) in `others`; empty if all are 0.
    """

    first: GreyAttributes
    others: tuple[GreyAttributes, ...] = ()
    numbers: tuple[int, ...] = ()


def read_frame_greys(attributes: Attributes, image_pixel: ImagePixel) -> FrameGreys:
    """Return the grey attributes of every frame: per frame, else shared, else of the data set (RR-18, RR-19).

    Args:
        attributes: of the data set.
        image_pixel: with the number of frames that are really there.

    Raises:
        Undrawable: lookup tables of all frames together are too large to be kept.
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    shared = attributes.first_item(_SHARED_GROUPS)
    modality = _macro(shared, _PIXEL_VALUE_TRANSFORMATION) or attributes
    voi = _macro(shared, _FRAME_VOI_LUT) or attributes
    distinct = _DistinctGreys()
    known: dict[tuple[object, object], int] = {}
    numbers: list[int] = []
    for group in attributes.items(_PER_FRAME_GROUPS):
        key = (_identity(group, _PIXEL_VALUE_TRANSFORMATION), _identity(group, _FRAME_VOI_LUT))
        if key not in known:
            own_modality = _macro(group, _PIXEL_VALUE_TRANSFORMATION) or modality
            own_voi = _macro(group, _FRAME_VOI_LUT) or voi
            known[key] = distinct.number(read_grey_attributes(own_modality, own_voi, image_pixel))
        numbers.append(known[key])
        if len(numbers) == image_pixel.number_of_frames:
            break
    missing = image_pixel.number_of_frames - len(numbers)
    if missing:
        rest = distinct.number(read_grey_attributes(modality, voi, image_pixel))
        numbers += [rest] * (missing if len(distinct.greys) > 1 else 0)
    first, *others = distinct.greys
    return FrameGreys(first, tuple(others), tuple(numbers) if others else ())


def shared_pixel_measures(attributes: Attributes) -> Attributes | None:
    """Return the shared Pixel Measures item (C.7.6.16.2.1), None if there is none."""
    return _macro(attributes.first_item(_SHARED_GROUPS), _PIXEL_MEASURES)


class _DistinctGreys:
    """Grey attributes that differ from each other, in the order they were met."""

    __slots__ = ("_table_bytes", "greys")

    def __init__(self) -> None:
        self.greys: dict[GreyAttributes, int] = {}
        self._table_bytes = 0

    def number(self, grey: GreyAttributes) -> int:
        """Return the number of grey attributes, from 0.

        Raises:
            Undrawable: they have become too large.
        """
        known = self.greys.get(grey)
        if known is not None:
            return known
        tables = (*grey.voi_luts, *((grey.modality_lut,) if grey.modality_lut else ()))
        self._table_bytes += sum(len(table.entries) for table in tables)
        if self._table_bytes > _TABLES_MAX:
            raise Undrawable("This image cannot be drawn: the lookup tables of its frames are too large.")
        return self.greys.setdefault(grey, len(self.greys))


def _macro(group: Attributes | None, tag: int) -> Attributes | None:
    """Return the one item of a functional group macro."""
    return group.first_item(tag) if group is not None else None


def _identity(group: Attributes, tag: int) -> object:
    """Return what is equal for macros that say the same."""
    element = group.elements.get(tag)
    if element is None:
        return None
    return group.value(tag) if element.length <= _COMPARED_MAX else element.offset
