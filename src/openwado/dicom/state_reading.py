"""Reading a presentation state: what of it applies to one frame (PS3.3 A.33; RR-30 … RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.advanced_blending import advanced_blending
from openwado.dicom.bitmap_shutter import read_bitmap_shutter, shutter_group
from openwado.dicom.blending import blending_sets, place_in, references_of
from openwado.dicom.display_shutter import read_display_shutter
from openwado.dicom.displayed_area import read_displayed_area
from openwado.dicom.graphic_annotation import read_annotations, read_layers
from openwado.dicom.overlay_planes import GROUPS, read_overlay_planes
from openwado.dicom.presentation_state import ActiveOverlay, PresentationState
from openwado.dicom.state_grey_steps import (
    has_palette,
    palette_of,
    with_frame_modality_luts,
    with_grey_steps,
    with_mask,
)
from openwado.dicom.state_kinds import (
    ADVANCED_BLENDING,
    APPLIED,
    BLENDING,
    COLOR,
    GRAYSCALE,
    PSEUDO_COLOR,
    STORAGE,
    VARIABLE_MODALITY_LUT,
    XA_XRF,
)
from openwado.dicom.state_references import REFERENCED_IMAGES, REFERENCED_SERIES, applies, refers
from openwado.dicom.xa_presentation import frame_shutter, with_xa_steps
from openwado.errors import BadRequest, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import Instance
    from openwado.dicom.picture_record import OverlayPlane

_FLIP, _ROTATION = 0x00700041, 0x00700042
_DISPLAYED_AREAS: Final = 0x0070005A
_ACTIVATION_LAYER: Final = 0x1001
_OVERLAY_ROWS: Final = 0x0010
_ICC_PROFILE: Final = 0x00282000
_ICC_PROFILE_MAX: Final = 4 << 20
_WITHOUT_PROFILE: Final = frozenset({GRAYSCALE, XA_XRF})


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
    kind = state.sop_class_uid
    _check_kind(kind, image_pixel)
    base = _steps(attributes, kind, image, image_pixel, frame_number)
    target = image.sop_instance_uid, frame_number
    area = next((item for item in attributes.items(_DISPLAYED_AREAS) if applies(item, *target)), None)
    planes = {plane.group: plane for plane in read_overlay_planes(attributes, image_pixel) if not plane.embedded}
    shutter = frame_shutter(attributes, target, image_pixel) if kind == XA_XRF else None
    return msgspec.structs.replace(
        base,
        display_shutter=shutter or read_display_shutter(attributes, image_pixel),
        bitmap_shutter=read_bitmap_shutter(attributes, planes),
        overlays=_overlays(attributes, planes, image, shutter_group(attributes)),
        rotation=(attributes.integer(_ROTATION) or 0) % 360 // 90 * 90,
        flip=attributes.text(_FLIP).upper() == "Y",
        displayed_area=None if area is None else read_displayed_area(area),
        icc_profile=attributes.value(_ICC_PROFILE, _ICC_PROFILE_MAX) if kind not in _WITHOUT_PROFILE else b"",
        layers=read_layers(attributes),
        annotations=read_annotations(attributes, lambda holder: applies(holder, *target)),
    )


def _steps(
    attributes: Attributes, kind: str, image: Instance, image_pixel: ImagePixel, frame_number: int
) -> PresentationState:
    """Return what is done to stored values: all that depends on the kind of state (A.33.1 … A.33.8)."""
    target = image.sop_instance_uid, frame_number
    if kind == ADVANCED_BLENDING:
        blending = advanced_blending(attributes)
        blending.inputs_with(image, frame_number)
        return PresentationState(is_grayscale=False, blend_steps=blending.steps)
    if kind == BLENDING:
        sets = blending_sets(attributes)
        place_in(references_of(sets.underlying), *target)
        base = with_grey_steps(PresentationState(is_grayscale=True), sets.underlying, target, image_pixel)
        base = with_mask(base, sets.underlying, frame_number, image_pixel)
        return msgspec.structs.replace(base, opacity=sets.opacity)
    _check_refers(attributes, target)
    base = PresentationState(is_grayscale=kind != COLOR)
    if kind == COLOR:
        return base
    base = with_grey_steps(base, attributes, target, image_pixel)
    if kind == XA_XRF:
        return with_xa_steps(base, attributes, target, image_pixel)
    base = with_mask(base, attributes, frame_number, image_pixel)
    if kind == VARIABLE_MODALITY_LUT:
        base = with_frame_modality_luts(base, attributes, target, image_pixel)
    if kind == PSEUDO_COLOR or (kind == VARIABLE_MODALITY_LUT and has_palette(attributes)):
        base = msgspec.structs.replace(base, palette=palette_of(attributes), presentation_lut=None, is_inverse=False)
    return base


def _check_refers(attributes: Attributes, target: tuple[str, int]) -> None:
    if not any(
        refers(reference, *target)
        for series in attributes.items(REFERENCED_SERIES)
        for reference in series.items(REFERENCED_IMAGES)
    ):
        raise BadRequest(
            "The presentation state does not refer to this image or this frame of it.", parameter="presentationUID"
        )


def _check_kind(kind: str, image_pixel: ImagePixel) -> None:
    if not kind.startswith(STORAGE):
        raise BadRequest("presentationUID names an object that is no presentation state.", parameter="presentationUID")
    if kind not in APPLIED:
        *others, last = APPLIED.values()
        raise NotSupported(
            f"Of the presentation states this server applies {', '.join(others)} and {last} ones.",
            parameter="presentationUID",
        )
    is_grey = image_pixel.samples_per_pixel == 1 and image_pixel.photometric_interpretation != "PALETTE COLOR"
    if kind != ADVANCED_BLENDING and is_grey == (kind == COLOR):
        applicable = "color" if is_grey else "grayscale or pseudo-color"
        raise BadRequest(
            f"A {applicable} presentation state does not apply to this kind of image.", parameter="presentationUID"
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
