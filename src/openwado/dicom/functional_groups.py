"""Multi-frame functional groups (PS3.3 C.7.6.16): what differs from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.dicom.frame_attributes import Holders, read_frame_attributes
from openwado.dicom.pixel_module import Undrawable

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.picture_record import FrameAttributes

_SHARED_GROUPS: Final = 0x52009229
_PER_FRAME_GROUPS: Final = 0x52009230
_PIXEL_MEASURES: Final = 0x00289110
_FRAME_VOI_LUT: Final = 0x00289132
_PIXEL_VALUE_TRANSFORMATION: Final = 0x00289145
_FRAME_DISPLAY_SHUTTER: Final = 0x00189472
_FRAME_PIXEL_DATA_PROPERTIES: Final = 0x00289443
#: The macros that decide how a frame looks, as `Holders` has them.
_MACROS: Final = (_PIXEL_VALUE_TRANSFORMATION, _FRAME_VOI_LUT, _FRAME_DISPLAY_SHUTTER, _FRAME_PIXEL_DATA_PROPERTIES)
#: Longer items are not compared by their bytes: each counts as one of its own.
_COMPARED_MAX: Final = 1 << 14
#: Bytes of all lookup tables and shutters of all frames.
_TABLES_MAX: Final = 64 << 20
#: What a vertex of a shutter counts: two numbers, and the time to read them from text.
_VERTEX_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class AttributesOfFrames:
    """Frame attributes of every frame.

    Attributes:
        first: of frame 1.
        others: the distinct ones that differ from those of frame 1.
        numbers: for each frame 0 for `first`, else the number (from 1) in `others`; empty if all are 0.
    """

    first: FrameAttributes
    others: tuple[FrameAttributes, ...] = ()
    numbers: tuple[int, ...] = ()


def read_attributes_of_frames(attributes: Attributes, image_pixel: ImagePixel) -> AttributesOfFrames:
    """Return the frame attributes of every frame: per frame, else shared, else of the data set (RR-18, RR-19, RR-25).

    Args:
        attributes: of the data set.
        image_pixel: with the number of frames that are really there.

    Raises:
        Undrawable: lookup tables of all frames together are too large to be kept.
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    common = _held(attributes.first_item(_SHARED_GROUPS), Holders(*[attributes] * len(_MACROS)))
    distinct = _DistinctAttributes()
    known: dict[tuple[object, ...], int] = {}
    numbers: list[int] = []
    for group in attributes.items(_PER_FRAME_GROUPS):
        key = tuple(_identity(group, tag) for tag in _MACROS)
        if key not in known:
            known[key] = distinct.number(read_frame_attributes(_held(group, common), image_pixel))
        numbers.append(known[key])
        if len(numbers) == image_pixel.number_of_frames:
            break
    missing = image_pixel.number_of_frames - len(numbers)
    if missing:
        rest = distinct.number(read_frame_attributes(common, image_pixel))
        numbers += [rest] * (missing if len(distinct.numbers) > 1 else 0)
    first, *others = distinct.numbers
    return AttributesOfFrames(first, tuple(others), tuple(numbers) if others else ())


def pixel_measures(attributes: Attributes) -> Attributes | None:
    """Return the shared Pixel Measures item (C.7.6.16.2.1), else that of the first frame; None if there is none."""
    for groups in (_SHARED_GROUPS, _PER_FRAME_GROUPS):
        found = _macro(attributes.first_item(groups), _PIXEL_MEASURES)
        if found is not None:
            return found
    return None


class _DistinctAttributes:
    """Frame attributes that differ from each other, in the order they were met, each with its number from 0."""

    __slots__ = ("_table_bytes", "numbers")

    def __init__(self) -> None:
        self.numbers: dict[FrameAttributes, int] = {}
        self._table_bytes = 0

    def number(self, found: FrameAttributes) -> int:
        """Return the number of frame attributes.

        Raises:
            Undrawable: they have become too large.
        """
        known = self.numbers.get(found)
        if known is not None:
            return known
        tables = (*found.voi_luts, *((found.modality_lut,) if found.modality_lut else ()))
        self._table_bytes += sum(len(table.entries) for table in tables)
        if found.display_shutter is not None:
            self._table_bytes += len(found.display_shutter.polygon) * _VERTEX_BYTES
        if self._table_bytes > _TABLES_MAX:
            raise Undrawable("This image cannot be drawn: the lookup tables or shutters of its frames are too large.")
        return self.numbers.setdefault(found, len(self.numbers))


def _held(group: Attributes | None, otherwise: Holders) -> Holders:
    """Return what holds the attributes: the macros of a functional group; where one is missing, what does otherwise."""
    return Holders(*(_macro(group, tag) or other for tag, other in zip(_MACROS, otherwise, strict=True)))


def _macro(group: Attributes | None, tag: int) -> Attributes | None:
    """Return the one item of a functional group macro."""
    return group.first_item(tag) if group is not None else None


def _identity(group: Attributes, tag: int) -> object:
    """Return what is equal for macros that say the same."""
    element = group.elements.get(tag)
    if element is None:
        return None
    return group.value(tag) if element.length <= _COMPARED_MAX else element.offset
