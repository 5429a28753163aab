"""A softcopy presentation state as a value: what of it applies to one frame (PS3.3 A.33, C.10, C.11; RR-30 … RR-43)."""

from __future__ import annotations

import msgspec

from openwado.dicom.advanced_blending import BlendStep
from openwado.dicom.bitmap_shutter import BitmapShutter
from openwado.dicom.displayed_area import DisplayedArea
from openwado.dicom.graphic_annotation import GraphicAnnotation, GraphicLayer
from openwado.dicom.mask_subtraction import MaskSubtraction
from openwado.dicom.picture_record import DisplayShutter, LookupTable, OverlayPlane, Palette, StoredWindow

#: Slope and intercept of a rescale, or a table, or identity (C.11.1).
Modality = tuple[float, float] | LookupTable | None


class ActiveOverlay(msgspec.Struct, frozen=True):
    """An overlay plane that is drawn: of the state itself or of the image (C.11.7), and in which layer."""

    plane: OverlayPlane
    layer: str
    in_state: bool


class PresentationState(msgspec.Struct, frozen=True):
    """What a state does to one frame; what it does not name is identity (RR-30).

    Attributes:
        is_grayscale: whether it has the grey steps.
        modality: Modality LUT, or slope and intercept of a rescale; None: identity.
        modality_of_others: of other frames that take part, where they have their own.
        mask: what is subtracted then.
        edge_enhancement: strength of the filter that sharpens edges then, 0 … 1.
        window, voi_lut_function: of the VOI LUT.
        voi_lut: in its stead.
        presentation_lut: a table; None: see `is_inverse`.
        is_inverse: whether Presentation LUT Shape is INVERSE.
        palette: of a pseudo-color state: what comes after the VOI LUT is scaled to all of its entries.
        icc_profile: of what the colours are.
        opacity: of the coloured image that a blending state lays over this one; None for other states.
        is_input: whether it is what an advanced blending state does to one of its inputs.
        blend_steps: of an advanced blending state: how its inputs are blended.
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
    modality: Modality = None
    modality_of_others: dict[int, Modality] = msgspec.field(default_factory=dict)
    mask: MaskSubtraction | None = None
    edge_enhancement: float = 0.0
    window: StoredWindow | None = None
    voi_lut_function: str = "LINEAR"
    voi_lut: LookupTable | None = None
    presentation_lut: LookupTable | None = None
    is_inverse: bool = False
    palette: Palette | None = None
    icc_profile: bytes = b""
    opacity: float | None = None
    is_input: bool = False
    blend_steps: tuple[BlendStep, ...] = ()
    display_shutter: DisplayShutter | None = None
    bitmap_shutter: BitmapShutter | None = None
    overlays: tuple[ActiveOverlay, ...] = ()
    rotation: int = 0
    flip: bool = False
    displayed_area: DisplayedArea | None = None
    layers: tuple[GraphicLayer, ...] = ()
    annotations: tuple[GraphicAnnotation, ...] = ()
