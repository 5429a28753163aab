"""How a frame is shown, decided before any pixel is touched (PS3.4 N.2; section 13.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.render import modality_lut, presentation_lut, voi_lut
from openwado.render.viewport import LARGEST_PICTURE, resolve_viewport
from openwado.render.voi_lut import ActualRange

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import GreyAttributes, Palette, Picture
    from openwado.render.modality_lut import ModalityLut
    from openwado.render.presentation_lut import PresentationLut
    from openwado.render.viewport import Region, Viewport
    from openwado.render.voi_lut import VoiLut

WINDOW_WITHOUT_EFFECT = "windowCenter and windowWidth have no effect on a colour image."

DISPLAY_READY = frozenset({"DX", "MG", "IO", "US", "IVUS", "XA", "RF", "OP", "ES", "GM", "SM", "XC", "DMS"})
"""Modalities whose IODs say that values without VOI LUT are display values over their possible range (RR-20a)."""

DISPLAY_READY_BYTES = frozenset({"OT", "DG", "HC", "DOC", ""})
"""Modalities of secondary captures: so where values are bytes. Deeper ones come from anywhere and would be black."""

BYTE_BITS = 8


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
        warnings: public texts about what was asked for and has no effect.
    """

    viewport: Viewport
    padding: tuple[int, int] | None = None
    modality_lut: ModalityLut | None = None
    voi_lut: VoiLut | ActualRange | None = None
    presentation_lut: PresentationLut | None = None
    palette_color_lut: Palette | None = None
    warnings: tuple[str, ...] = ()


def resolve_presentation(  # noqa: PLR0913 -- one argument a parameter of the request
    picture: Picture,
    grey: GreyAttributes,
    *,
    window: tuple[float, float] | None,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    max_output_pixels: int = LARGEST_PICTURE,
) -> Presentation:
    """Merge what an object says about itself with what a request asks for.

    Args:
        picture: the picture record.
        grey: the grey attributes in force for the frame.
        window: center and width asked for, in values after the Modality LUT (REQ-URI-8.2.5-4).
        region: xmin, ymin, xmax, ymax asked for, fractions of the image.
        rows: most rows asked for.
        columns: most columns asked for.
        max_output_pixels: pixels beyond which no picture is made.

    Raises:
        BadRequest: the window is too narrow for its function, or the picture too large.
    """
    viewport = resolve_viewport(picture, region=region, rows=rows, columns=columns, max_output_pixels=max_output_pixels)
    if not _is_grey(picture.image_pixel):
        return Presentation(
            viewport=viewport,
            palette_color_lut=picture.palette,
            warnings=() if window is None else (WINDOW_WITHOUT_EFFECT,),
        )
    return Presentation(
        viewport=viewport,
        padding=picture.padding,
        modality_lut=modality_lut.chosen(picture, grey),
        voi_lut=_voi_lut(picture, grey, window),
        presentation_lut=presentation_lut.chosen(picture.image_pixel.photometric_interpretation),
        palette_color_lut=picture.palette,
    )


def _is_grey(image_pixel: ImagePixel) -> bool:
    return image_pixel.samples_per_pixel == 1 and image_pixel.photometric_interpretation != "PALETTE COLOR"


def _voi_lut(picture: Picture, grey: GreyAttributes, window: tuple[float, float] | None) -> VoiLut | ActualRange | None:
    """Return the window asked for, else what the object says, else the rule for objects that say nothing (RR-19)."""
    if window is not None:
        return voi_lut.requested(*window, grey.voi_lut_function)
    found = voi_lut.stored(grey)
    if found is not None or _is_display_ready(picture):
        return found
    return ActualRange()


def _is_display_ready(picture: Picture) -> bool:
    """Say whether values without VOI LUT are display values as they are (RR-20a)."""
    image_pixel = picture.image_pixel
    return (
        image_pixel.bits_stored == 1
        or bool(picture.presentation_lut_shape)
        or picture.modality in DISPLAY_READY
        or (picture.modality in DISPLAY_READY_BYTES and image_pixel.bits_stored <= BYTE_BITS)
    )
