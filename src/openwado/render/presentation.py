"""How a frame is shown, decided before any pixel is touched (PS3.4 N.2; section 13.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from openwado.render import modality_lut, overlay_plane, presentation_lut, voi_lut
from openwado.render.display_ready import is_display_ready
from openwado.render.rendering_choices import STANDARD_CHOICES
from openwado.render.samples import BYTE_BITS
from openwado.render.viewport import LARGEST_PICTURE, resolve_viewport
from openwado.render.voi_lut import ActualRange, VoiRange

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.picture_record import DisplayShutter, FrameAttributes, OverlayPlane, Palette, Picture
    from openwado.render.modality_lut import ModalityLut
    from openwado.render.presentation_lut import PresentationLut
    from openwado.render.rendering_choices import RenderingChoices
    from openwado.render.viewport import Region, Viewport
    from openwado.render.voi_lut import VoiLut

WINDOW_WITHOUT_EFFECT = "windowCenter and windowWidth have no effect on a colour image."

DEPTH_WITHOUT_EFFECT = "bitDepth has no effect on a picture with colours."


@dataclass(frozen=True, slots=True)
class Presentation:
    """Everything that decides how a frame is shown: one field a step, in the order in which they act (PS3.4 N.2).

    Attributes:
        viewport: the part of the image and the size of the picture.
        padding: lowest and highest stored value that is no image data (RR-17); None: all of it is.
        modality_lut: stored values to values of the modality (RR-18); None: identity.
        voi_lut: values of the modality to display values (RR-19, RR-20); None: identity over the possible range.
        presentation_lut: polarity (RR-21); None: identity.
        palette_color_lut: colours of a PALETTE COLOR image, or of the upper values of a grey one (RR-12, RR-14).
        display_shutter: what of the image may be seen (RR-25); None: all of it.
        pixel_aspect: vertical and horizontal extent of a pixel, for round shutters; None: square.
        overlay_planes: those that are drawn (RR-23).
        bit_depth: bits of a grey level, 8 or 16 (RR-27).
        is_interpolated: whether there is something between two values, so that resampling may mix them.
        warnings: public texts about what was asked for and has no effect.
    """

    viewport: Viewport
    padding: tuple[int, int] | None = None
    modality_lut: ModalityLut | None = None
    voi_lut: VoiLut | ActualRange | None = None
    presentation_lut: PresentationLut | None = None
    palette_color_lut: Palette | None = None
    display_shutter: DisplayShutter | None = None
    pixel_aspect: tuple[float, float] | None = None
    overlay_planes: tuple[OverlayPlane, ...] = ()
    bit_depth: int = 8
    is_interpolated: bool = True
    warnings: tuple[str, ...] = ()


def resolve_presentation(  # noqa: PLR0913 -- one argument a parameter of the request
    picture: Picture,
    frame_attributes: FrameAttributes,
    *,
    window: tuple[float, float] | None,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    bit_depth: int = 8,
    choices: RenderingChoices = STANDARD_CHOICES,
    max_output_pixels: int = LARGEST_PICTURE,
) -> Presentation:
    """Merge what an object says about itself with what a request asks for.

    Args:
        picture: the picture record.
        frame_attributes: in force for the frame.
        window: center and width asked for, in values after the Modality LUT (REQ-URI-8.2.5-4).
        region: xmin, ymin, xmax, ymax asked for, fractions of the image.
        rows: most rows asked for.
        columns: most columns asked for.
        bit_depth: bits of a grey level asked for, 8 or 16; colours have 8.
        choices: what the server decides where the standard leaves it open.
        max_output_pixels: pixels beyond which no picture is made.

    Raises:
        BadRequest: the window is too narrow for its function, or the picture too large.
    """
    viewport = resolve_viewport(
        picture, region=region, rows=rows, columns=columns, choices=choices, max_output_pixels=max_output_pixels
    )
    is_grey = _is_grey(picture.image_pixel)
    warnings = []
    if window is not None and not is_grey:
        warnings.append(WINDOW_WITHOUT_EFFECT)
    if bit_depth > BYTE_BITS and (not is_grey or picture.palette is not None):
        warnings.append(DEPTH_WITHOUT_EFFECT)
        bit_depth = BYTE_BITS
    return Presentation(
        viewport=viewport,
        padding=picture.padding if is_grey else None,
        modality_lut=modality_lut.chosen(picture, frame_attributes) if is_grey else None,
        voi_lut=_voi_lut(picture, frame_attributes, window, choices) if is_grey else None,
        presentation_lut=presentation_lut.chosen(
            picture.image_pixel.photometric_interpretation,
            picture.presentation_lut_shape,
            shape_wins=choices.presentation_lut_shape_wins,
        )
        if is_grey
        else None,
        palette_color_lut=picture.palette,
        display_shutter=frame_attributes.display_shutter if choices.apply_display_shutters else None,
        pixel_aspect=picture.pixel_aspect,
        overlay_planes=overlay_plane.chosen(picture.overlay_planes) if choices.draw_overlays else (),
        bit_depth=bit_depth,
        is_interpolated=not picture.is_label_map,
        warnings=tuple(warnings),
    )


def _is_grey(image_pixel: ImagePixel) -> bool:
    return image_pixel.samples_per_pixel == 1 and image_pixel.photometric_interpretation != "PALETTE COLOR"


def _voi_lut(
    picture: Picture,
    frame_attributes: FrameAttributes,
    window: tuple[float, float] | None,
    choices: RenderingChoices,
) -> VoiLut | ActualRange | None:
    """Return the window asked for, else what the object says, else the rule for objects that say nothing (RR-19)."""
    if frame_attributes.voi_lut_function == "LINEAR" and picture.image_pixel.element != "PixelData":
        # The half and the one of LINEAR are those of whole numbers: a map of 0.0 … 1.0 would become a threshold.
        frame_attributes = structs.replace(frame_attributes, voi_lut_function="LINEAR_EXACT")
    if window is not None:
        return voi_lut.requested(*window, frame_attributes.voi_lut_function)
    signed = can_be_negative(picture.image_pixel, modality_lut.chosen(picture, frame_attributes))
    found = voi_lut.stored(frame_attributes, signed=signed, prefer_window=choices.prefer_window)
    if found is None and picture.white_value > 0:
        return VoiRange(0, picture.white_value)
    if found is not None or is_display_ready(picture):
        return found
    return ActualRange()


def can_be_negative(image_pixel: ImagePixel, modality: ModalityLut | None) -> bool:
    """Say whether values after the Modality LUT that takes part in display can be below 0 (RR-20)."""
    if image_pixel.element != "PixelData":
        return True
    lowest = -(1 << (image_pixel.bits_stored - 1)) if image_pixel.pixel_representation else 0
    ends = float(lowest), float(lowest + (1 << image_pixel.bits_stored) - 1)
    return modality_lut.possible_range(*ends, modality)[0] < 0
