"""A softcopy presentation state as a value: what of it applies to one frame (PS3.3 A.33, C.10, C.11; RR-30 … RR-42)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.bitmap_shutter import BitmapShutter, read_bitmap_shutter, shutter_group
from openwado.dicom.blending import BLENDING, BLENDING_SEQUENCE, blending_sets, is_underlying, place_in, references_of
from openwado.dicom.display_shutter import read_display_shutter
from openwado.dicom.displayed_area import DisplayedArea, read_displayed_area
from openwado.dicom.frame_attributes import Holders, read_frame_attributes
from openwado.dicom.graphic_annotation import GraphicAnnotation, GraphicLayer, read_annotations, read_layers
from openwado.dicom.lookup_tables import read_lookup_table, read_palette
from openwado.dicom.mask_subtraction import MaskSubtraction, read_mask_subtraction
from openwado.dicom.overlay_planes import GROUPS, read_overlay_planes
from openwado.dicom.picture_record import DisplayShutter, LookupTable, OverlayPlane, Palette, StoredWindow
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import Instance

GRAYSCALE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
COLOR: Final = "1.2.840.10008.5.1.4.1.1.11.2"
PSEUDO_COLOR: Final = "1.2.840.10008.5.1.4.1.1.11.3"
#: The states that are applied.
APPLIED: Final = frozenset({GRAYSCALE, COLOR, PSEUDO_COLOR, BLENDING})
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.11."

_REFERENCED_SERIES, _REFERENCED_IMAGES = 0x00081115, 0x00081140
_SERIES_INSTANCE_UID, _REFERENCED_INSTANCE, _REFERENCED_FRAMES = 0x0020000E, 0x00081155, 0x00081160
_CONTENT_LABEL, _CONTENT_DESCRIPTION = 0x00700080, 0x00700081
_SOFTCOPY_VOI: Final = 0x00283110
_PRESENTATION_LUT, _PRESENTATION_LUT_SHAPE = 0x20500010, 0x20500020
_FLIP, _ROTATION = 0x00700041, 0x00700042
_DISPLAYED_AREAS: Final = 0x0070005A
_ACTIVATION_LAYER: Final = 0x1001
_OVERLAY_ROWS: Final = 0x0010
_ICC_PROFILE: Final = 0x00282000
_ICC_PROFILE_MAX: Final = 4 << 20


class ActiveOverlay(msgspec.Struct, frozen=True):
    """An overlay plane that is drawn: of the state itself or of the image (C.11.7), and in which layer."""

    plane: OverlayPlane
    layer: str
    in_state: bool


class PresentationState(msgspec.Struct, frozen=True):
    """What a state does to one frame; what it does not name is identity (RR-30).

    Attributes:
        is_grayscale: whether it has the grey steps.
        rescale: slope and intercept.
        modality_lut: in their stead.
        mask: what is subtracted then.
        window, voi_lut_function: of the VOI LUT.
        voi_lut: in its stead.
        presentation_lut: a table; None: see `is_inverse`.
        is_inverse: whether Presentation LUT Shape is INVERSE.
        palette: of a pseudo-color state: what comes after the VOI LUT is scaled to all of its entries.
        icc_profile: of what the colours are.
        opacity: of the coloured image that a blending state lays over this one; None for other states.
        display_shutter: by shapes.
        bitmap_shutter: by a plane of the state's own.
        overlays: that are activated.
        rotation: clockwise, 0, 90, 180 or 270 degrees.
        flip: whether it is mirrored after that.
        displayed_area: what of it is shown.
        layers: of graphics, by name.
        annotations: graphics and texts.
    """

    is_grayscale: bool
    rescale: tuple[float, float] | None = None
    modality_lut: LookupTable | None = None
    mask: MaskSubtraction | None = None
    window: StoredWindow | None = None
    voi_lut_function: str = "LINEAR"
    voi_lut: LookupTable | None = None
    presentation_lut: LookupTable | None = None
    is_inverse: bool = False
    palette: Palette | None = None
    icc_profile: bytes = b""
    opacity: float | None = None
    display_shutter: DisplayShutter | None = None
    bitmap_shutter: BitmapShutter | None = None
    overlays: tuple[ActiveOverlay, ...] = ()
    rotation: int = 0
    flip: bool = False
    displayed_area: DisplayedArea | None = None
    layers: tuple[GraphicLayer, ...] = ()
    annotations: tuple[GraphicAnnotation, ...] = ()


class StateLabel(msgspec.Struct, frozen=True):
    """What a state is called, and the images it refers to: their UIDs, and frames, () for all."""

    name: str
    images: tuple[tuple[str, tuple[int, ...]], ...]

    def refers_to(self, sop_instance_uid: str, frame_number: int) -> bool:
        """Say whether it is about a frame."""
        return any(uid == sop_instance_uid and (not frames or frame_number in frames) for uid, frames in self.images)


def state_label(attributes: Attributes) -> StateLabel:
    """Return the label of a state, for people who choose among several.

    Args:
        attributes: of the state.
    """
    character_set = attributes.character_set()
    description = attributes.decoded_text(_CONTENT_DESCRIPTION, character_set)
    sets = [item for item in attributes.items(BLENDING_SEQUENCE) if is_underlying(item)]
    images = tuple(
        (reference.text(_REFERENCED_INSTANCE), _frames_of(reference))
        for holder in (attributes, *sets)
        for series in holder.items(_REFERENCED_SERIES)
        for reference in series.items(_REFERENCED_IMAGES)
    )
    return StateLabel(description or attributes.text(_CONTENT_LABEL) or "Presentation state", images)


def read_presentation_state(
    attributes: Attributes, state: Instance, image: Instance, image_pixel: ImagePixel, frame_number: int
) -> PresentationState:
    """Return what a state does to a frame.

    Args:
        attributes: of the state.
        state: its record.
        image: the image's.
        image_pixel: of the image.
        frame_number: from 1.

    Raises:
        BadRequest: the object is no presentation state, or none of this image and frame (REQ-URI-8.2.9-4).
        NotSupported: of a kind, or with a step, that this server does not apply.
        CorruptObject: it contradicts itself.
    """
    _check_kind(state, image_pixel)
    target = image.sop_instance_uid, frame_number
    sets = blending_sets(attributes) if state.sop_class_uid == BLENDING else None
    if sets is not None:
        place_in(references_of(sets.underlying), *target)
    elif not any(
        _refers(reference, *target)
        for series in attributes.items(_REFERENCED_SERIES)
        for reference in series.items(_REFERENCED_IMAGES)
    ):
        raise BadRequest(
            "The presentation state does not refer to this image or this frame of it.", parameter="presentationUID"
        )
    grayscale = state.sop_class_uid != COLOR
    base = PresentationState(is_grayscale=grayscale)
    if grayscale:
        base = with_grey_steps(base, attributes if sets is None else sets.underlying, target, image_pixel)
    if state.sop_class_uid == PSEUDO_COLOR:
        base = msgspec.structs.replace(base, palette=palette_of(attributes), presentation_lut=None, is_inverse=False)
    elif sets is not None:
        base = msgspec.structs.replace(base, opacity=sets.opacity)
    area = next((item for item in attributes.items(_DISPLAYED_AREAS) if applies(item, *target)), None)
    planes = {plane.group: plane for plane in read_overlay_planes(attributes, image_pixel) if not plane.embedded}
    return msgspec.structs.replace(
        base,
        display_shutter=read_display_shutter(attributes, image_pixel),
        bitmap_shutter=read_bitmap_shutter(attributes, planes),
        overlays=_overlays(attributes, planes, image, shutter_group(attributes)),
        rotation=(attributes.integer(_ROTATION) or 0) % 360 // 90 * 90,
        flip=attributes.text(_FLIP).upper() == "Y",
        displayed_area=None if area is None else read_displayed_area(area),
        icc_profile=attributes.value(_ICC_PROFILE, _ICC_PROFILE_MAX) if state.sop_class_uid != GRAYSCALE else b"",
        layers=read_layers(attributes),
        annotations=read_annotations(attributes, lambda holder: applies(holder, *target)),
    )


def applies(holder: Attributes, sop_instance_uid: str, frame_number: int) -> bool:
    """Say whether an item is about a frame: it names no images, or this one (RR-31)."""
    references = list(holder.items(_REFERENCED_IMAGES))
    return not references or any(_refers(reference, sop_instance_uid, frame_number) for reference in references)


def _refers(reference: Attributes, sop_instance_uid: str, frame_number: int) -> bool:
    if reference.text(_REFERENCED_INSTANCE) != sop_instance_uid:
        return False
    frames = _frames_of(reference)
    return not frames or frame_number in frames


def _frames_of(reference: Attributes) -> tuple[int, ...]:
    return tuple(int(number) for number in reference.decimals(_REFERENCED_FRAMES) if number is not None)


def _check_kind(state: Instance, image_pixel: ImagePixel) -> None:
    if not state.sop_class_uid.startswith(_STORAGE):
        raise BadRequest("presentationUID names an object that is no presentation state.", parameter="presentationUID")
    if state.sop_class_uid not in APPLIED:
        raise NotSupported(
            "Of the presentation states this server applies grayscale, color, pseudo-color and blending ones.",
            parameter="presentationUID",
        )
    is_grey = image_pixel.samples_per_pixel == 1 and image_pixel.photometric_interpretation != "PALETTE COLOR"
    if is_grey == (state.sop_class_uid == COLOR):
        kind = "color" if is_grey else "grayscale or pseudo-color"
        raise BadRequest(
            f"A {kind} presentation state does not apply to this kind of image.", parameter="presentationUID"
        )


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
        CorruptObject: the Presentation LUT cannot be read, or the mask is of frames that are not there.
        NotSupported: the mask operation is not applied.
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
        rescale=None if said.rescale_slope is None else (said.rescale_slope, said.rescale_intercept),
        modality_lut=said.modality_lut,
        mask=read_mask_subtraction(attributes, target[1], image_pixel.number_of_frames),
        window=windows[0] if windows and not tables else None,
        voi_lut_function=said.voi_lut_function if voi is not None else "LINEAR",
        voi_lut=tables[0] if tables else None,
        presentation_lut=table,
        is_inverse=attributes.text(_PRESENTATION_LUT_SHAPE).upper() == "INVERSE",
    )


def _overlays(
    attributes: Attributes, planes: dict[int, OverlayPlane], image: Instance, covering: int | None
) -> tuple[ActiveOverlay, ...]:
    """Return the planes whose group has an activation layer: of the state before those of the image (RR-38)."""
    stored = {plane.group: plane for plane in image.picture.overlay_planes} if image.picture is not None else {}
    found = []
    for group in GROUPS:
        layer = attributes.text(group << 16 | _ACTIVATION_LAYER)
        own = planes.get(group)
        plane = own if group << 16 | _OVERLAY_ROWS in attributes else stored.get(group)
        if layer and plane is not None and group != covering:
            found.append(ActiveOverlay(plane, layer, in_state=own is not None))
    return tuple(found)
