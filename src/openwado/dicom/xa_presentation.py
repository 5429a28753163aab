"""What XA/XRF states say frame by frame: masks, intensity LUTs, shutters (PS3.3 C.11.19 … C.11.21; PS3.4 N.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from openwado.dicom.display_shutter import read_display_shutter
from openwado.dicom.lookup_tables import read_lookup_table
from openwado.dicom.mask_subtraction import MASK_SUBTRACTION, ShiftedRegion, shift_of, subtraction_of
from openwado.dicom.state_grey_steps import frames_drawn
from openwado.dicom.state_references import applies, frames_applied_to, is_within, ranges_of
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.mask_subtraction import MaskSubtraction
    from openwado.dicom.picture_record import DisplayShutter, LookupTable
    from openwado.dicom.presentation_state import Modality, PresentationState

_APPLICABLE_FRAMES: Final = 0x00286102
_PIXEL_SHIFTS, _SHIFT_FRAMES, _REGIONS, _VERTICES = 0x00289501, 0x00289506, 0x00289502, 0x00289503
_INTENSITY_LUTS, _LUT_FRAMES, _LUT_FUNCTION = 0x00289422, 0x00289507, 0x00289474
_SHUTTERS: Final = 0x00189472
_DISPLAYS, _FRAME_DISPLAYS, _FIRST, _LAST = 0x00289505, 0x00089458, 0x00082142, 0x00082143
_VIEWING_MODE, _FILTER, _MASK_VISIBILITY = 0x00281090, 0x00289411, 0x00289478
#: Regions of a mask, and vertices of all of them.
_REGIONS_MAX, _VERTICES_MAX = 16, 1024
_LEAST_VERTICES: Final = 3


class FrameDisplay(NamedTuple):
    """How a frame is shown (C.11.21).

    Attributes:
        is_subtracted: whether a mask is subtracted, if there is one.
        mask_visibility: of the mask in a subtracted picture, 0 … 1.
        edge_enhancement: strength of the filter that sharpens edges, 0 … 1.
    """

    is_subtracted: bool = True
    mask_visibility: float = 0.0
    edge_enhancement: float = 0.0


def with_xa_steps(
    base: PresentationState, attributes: Attributes, target: tuple[str, int], image_pixel: ImagePixel
) -> PresentationState:
    """Return a state with the steps that come before the VOI LUT: intensity LUT, mask, edge enhancement (N.2.5).

    Args:
        base: the state, with its other grey steps.
        attributes: of the state.
        target: SOP Instance UID and number of the frame.
        image_pixel: of its image.

    Raises:
        NotSupported: the mask, or a table, is of a kind that is not applied.
        CorruptObject: the state contradicts itself.
    """
    display = frame_display(attributes, target)
    item = _mask_item(attributes, target)
    mask = None
    if item is not None and display.is_subtracted:
        mask = _mask(item, target[1], image_pixel.number_of_frames, 1 - display.mask_visibility)
    base = msgspec.structs.replace(base, mask=mask, edge_enhancement=display.edge_enhancement)
    tables = _intensity_luts(_lut_items(attributes), target[0], frames_drawn(base, target[1]), image_pixel)
    others: dict[int, Modality] = {
        number: tables.get(number, base.modality) for number in frames_drawn(base, target[1])
    }
    return msgspec.structs.replace(base, modality=others[target[1]], modality_of_others=others)


def frame_shutter(attributes: Attributes, target: tuple[str, int], image_pixel: ImagePixel) -> DisplayShutter | None:
    """Return the shutter of a frame (C.11.20); None without one."""
    item = next((item for item in attributes.items(_SHUTTERS) if applies(item, *target)), None)
    return None if item is None else read_display_shutter(item, image_pixel)


def frame_display(attributes: Attributes, target: tuple[str, int]) -> FrameDisplay:
    """Return how a frame is shown: the frames of an item are those from its start to its stop trim.

    Raises:
        CorruptObject: a percentage is none.
    """
    whole = next((item for item in attributes.items(_DISPLAYS) if applies(item, *target)), None)
    holders = [attributes] if whole is None else [whole, attributes]
    for item in () if whole is None else whole.items(_FRAME_DISPLAYS):
        first, last = item.integer_string(_FIRST), item.integer_string(_LAST)
        if first is not None and last is not None and first <= target[1] <= last:
            holders.insert(0, item)
            break
    mode = next((text for text in (holder.text(_VIEWING_MODE).upper() for holder in holders) if text), "SUB")
    # Whoever does not know a viewing mode is advised to show the frame as it is (C.8.19.7).
    return FrameDisplay(mode == "SUB", _percentage(holders, _MASK_VISIBILITY), _percentage(holders, _FILTER))


def _percentage(holders: list[Attributes], tag: int) -> float:
    """Return a percentage as a fraction, of the first that says one; 0 if none does."""
    numbers = next((holder.decimals(tag) for holder in holders if holder.value(tag, 1)), (0.0,))
    number = numbers[0] if numbers else None
    if number is None or not 0 <= number <= 100:  # noqa: PLR2004 -- percent
        raise CorruptObject("The presentation state names a percentage that is none.")
    return number / 100


def _mask_item(attributes: Attributes, target: tuple[str, int]) -> Attributes | None:
    """Return the item of the Mask Subtraction Sequence that is about a frame: there is one at most (C.11.19)."""
    for item in attributes.items(MASK_SUBTRACTION):
        if applies(item, *target) and is_within(ranges_of(item, _APPLICABLE_FRAMES), target[1]):
            return item
    return None


def _mask(item: Attributes, frame_number: int, number_of_frames: int, share: float) -> MaskSubtraction | None:
    ranges = ranges_of(item, _APPLICABLE_FRAMES)
    first = ranges[0][0] if len(ranges) == 1 else None
    found = subtraction_of(item, frame_number, number_of_frames, first)
    if found is None:
        return None
    shifts = list(item.items(_PIXEL_SHIFTS))
    if not shifts:
        return msgspec.structs.replace(found, share=share)
    shift = next((each for each in shifts if is_within(ranges_of(each, _SHIFT_FRAMES), frame_number)), None)
    return msgspec.structs.replace(found, share=share, regions=() if shift is None else _regions(shift))


def _regions(shift: Attributes) -> tuple[ShiftedRegion, ...]:
    found: list[ShiftedRegion] = []
    count = 0
    for item in shift.items(_REGIONS):
        numbers = item.integers(_VERTICES, signed=True)
        vertices = tuple(zip(numbers[::2], numbers[1::2], strict=False))
        count += len(vertices)
        if len(found) == _REGIONS_MAX or count > _VERTICES_MAX:
            raise NotSupported(
                "The mask of the presentation state has too many or too intricate regions.",
                parameter="presentationUID",
            )
        if 0 < len(vertices) < _LEAST_VERTICES:
            raise CorruptObject("A region of the mask of the presentation state has no corners.")
        found.append(ShiftedRegion(vertices, shift_of(item)))
    return tuple(found)


def _lut_items(attributes: Attributes) -> Iterator[Attributes]:
    """Yield the items of the Pixel Intensity Relationship LUT Sequence: of the module, or of the items of masks."""
    yield from attributes.items(_INTENSITY_LUTS)
    for item in attributes.items(MASK_SUBTRACTION):
        yield from item.items(_INTENSITY_LUTS)


def _intensity_luts(
    items: Iterator[Attributes], sop_instance_uid: str, wanted: frozenset[int], image_pixel: ImagePixel
) -> dict[int, LookupTable]:
    """Return the tables that take stored values to a space logarithmic to X-ray intensity, by frame (N.2.5.1)."""
    found: dict[int, LookupTable] = {}
    for item in items:
        frames, ranges = frames_applied_to(item, sop_instance_uid), ranges_of(item, _LUT_FRAMES)
        named = (number for number in wanted - found.keys() if frames is None or number in frames)
        new = [number for number in named if is_within(ranges, number)]
        if not new:
            continue
        if item.text(_LUT_FUNCTION).upper() not in ("", "TO_LOG"):
            raise NotSupported(
                "Of pixel intensity relationship LUTs in presentation states TO_LOG ones are applied.",
                parameter="presentationUID",
            )
        table = read_lookup_table(item, signed=image_pixel.pixel_representation == 1)
        if table is None:
            raise CorruptObject("A pixel intensity relationship LUT of the presentation state cannot be read.")
        found |= dict.fromkeys(new, table)
    return found
