"""The grey steps of a presentation state, or of one set of images in it (PS3.3 C.11.1, C.11.6, C.11.8, C.11.35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.blending import blending_sets
from openwado.dicom.frame_attributes import Holders, read_frame_attributes
from openwado.dicom.lookup_tables import read_lookup_table, read_palette
from openwado.dicom.mask_subtraction import read_mask_subtraction
from openwado.dicom.presentation_state import PresentationState
from openwado.dicom.state_references import applies, frames_applied_to
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.picture_record import FrameAttributes, Palette
    from openwado.dicom.presentation_state import Modality

_SOFTCOPY_VOI: Final = 0x00283110
_VARIABLE_MODALITY_LUT: Final = 0x00283001
_PRESENTATION_LUT, _PRESENTATION_LUT_SHAPE = 0x20500010, 0x20500020
_RED_PALETTE: Final = 0x00281101
#: Where an input of an advanced blending state has its palette.
_PALETTES: Final = 0x00480120


def superimposed_state(attributes: Attributes, target: tuple[str, int], image_pixel: ImagePixel) -> PresentationState:
    """Return what a blending state does to a superimposed frame: its grey steps, then the palette (RR-43).

    Args:
        attributes: of the state.
        target: SOP Instance UID and number of the frame.
        image_pixel: of its image.

    Raises:
        CorruptObject: the state contradicts itself.
    """
    base = PresentationState(is_grayscale=True, palette=palette_of(attributes))
    return with_grey_steps(base, blending_sets(attributes).superimposed, target, image_pixel)


def palette_of(attributes: Attributes) -> Palette:
    """Return the palette of a state.

    Raises:
        CorruptObject: it has no complete one.
    """
    palette = read_palette(attributes, signed=False)
    if palette is None:
        raise CorruptObject("The presentation state has no complete palette.")
    return palette


def with_grey_steps(
    base: PresentationState, attributes: Attributes, target: tuple[str, int], image_pixel: ImagePixel
) -> PresentationState:
    """Return a state with the grey steps that attributes tell.

    Args:
        base: the state.
        attributes: of the state, or of one set of it.
        target: SOP Instance UID and number of the frame.
        image_pixel: of its image.

    Raises:
        CorruptObject: the Presentation LUT cannot be read.
    """
    voi = next((item for item in attributes.items(_SOFTCOPY_VOI) if applies(item, *target)), None)
    said = read_frame_attributes(Holders(attributes, voi or attributes, attributes, attributes), image_pixel)
    lut = attributes.first_item(_PRESENTATION_LUT)
    table = read_lookup_table(lut, signed=False) if lut is not None else None
    if lut is not None and table is None:
        raise CorruptObject("The Presentation LUT of the presentation state cannot be read.")
    windows, tables = (said.windows, said.voi_luts) if voi is not None else ((), ())
    return msgspec.structs.replace(
        base,
        modality=_modality(said),
        window=windows[0] if windows and not tables else None,
        voi_lut_function=said.voi_lut_function if voi is not None else "LINEAR",
        voi_lut=tables[0] if tables else None,
        presentation_lut=table,
        is_inverse=attributes.text(_PRESENTATION_LUT_SHAPE).upper() == "INVERSE",
    )


def with_mask(
    base: PresentationState, attributes: Attributes, frame_number: int, image_pixel: ImagePixel
) -> PresentationState:
    """Return a state with what is subtracted from a frame (C.11.13).

    Raises:
        CorruptObject: the mask is of frames that are not there.
        NotSupported: the mask operation is not applied.
    """
    mask = read_mask_subtraction(attributes, frame_number, image_pixel.number_of_frames)
    return msgspec.structs.replace(base, mask=mask)


def with_frame_modality_luts(
    base: PresentationState, attributes: Attributes, target: tuple[str, int], image_pixel: ImagePixel
) -> PresentationState:
    """Return a state with the Modality LUTs that it has for some frames: of those that are drawn or subtracted.

    Args:
        base: the state, with its grey steps.
        attributes: of the state.
        target: SOP Instance UID and number of the frame.
        image_pixel: of its image.
    """
    wanted = frames_drawn(base, target[1])
    found: dict[int, Modality] = {}
    for item in attributes.items(_VARIABLE_MODALITY_LUT):
        frames = frames_applied_to(item, target[0])
        new = {number for number in wanted - found.keys() if frames is None or number in frames}
        if new:
            said = read_frame_attributes(Holders(item, item, item, item), image_pixel)
            found |= dict.fromkeys(new, _modality(said))
    found = {number: found.get(number, base.modality) for number in wanted}
    return msgspec.structs.replace(base, modality=found[target[1]], modality_of_others=found)


def frames_drawn(state: PresentationState, frame_number: int) -> frozenset[int]:
    """Return the numbers of the frames that a picture is made of: itself, those averaged and those subtracted."""
    mask = state.mask
    return frozenset({frame_number} if mask is None else {frame_number, *mask.contrasts, *mask.masks})


def input_state(item: Attributes, target: tuple[str, int], image_pixel: ImagePixel) -> PresentationState:
    """Return what an advanced blending state does to a frame of one of its inputs, before it is blended (N.2.6).

    Args:
        item: of the input.
        target: SOP Instance UID and number of the frame.
        image_pixel: of its image.

    Raises:
        CorruptObject: the state contradicts itself, or gives a palette to an image that has colours.
    """
    is_grey = image_pixel.samples_per_pixel == 1 and image_pixel.photometric_interpretation != "PALETTE COLOR"
    holder = item.first_item(_PALETTES) or item
    palette = palette_of(holder) if has_palette(holder) else None
    base = PresentationState(is_grayscale=is_grey, palette=palette, is_input=True)
    if is_grey:
        return with_grey_steps(base, item, target, image_pixel)
    if palette is not None:
        raise CorruptObject("The presentation state gives a palette to an image that has colours.")
    return base


def has_palette(attributes: Attributes) -> bool:
    """Say whether a state, or an item of it, has a palette."""
    return _RED_PALETTE in attributes


def _modality(said: FrameAttributes) -> Modality:
    if said.rescale_slope is not None:
        return said.rescale_slope, said.rescale_intercept
    return said.modality_lut
