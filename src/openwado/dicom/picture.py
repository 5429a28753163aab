"""The picture record of an image: all that its default picture needs besides pixels (PS3.3 C.7.6, C.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.functional_groups import shared_pixel_measures
from openwado.dicom.instance import GreyAttributes, Palette, Picture
from openwado.dicom.lookup_tables import read_palette
from openwado.dicom.pixel_module import Undrawable

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel

_MODALITY: Final = 0x00080060
_PIXEL_PRESENTATION: Final = 0x00089205
_PIXEL_PADDING_VALUE: Final = 0x00280120
_PIXEL_PADDING_RANGE_LIMIT: Final = 0x00280121
_PIXEL_ASPECT_RATIO: Final = 0x00280034
_PIXEL_SPACING: Final = 0x00280030
_IMAGER_PIXEL_SPACING: Final = 0x00181164
_NOMINAL_SCANNED_PIXEL_SPACING: Final = 0x00182010
_PIXEL_INTENSITY_RELATIONSHIP: Final = 0x00281040
_LOSSY_IMAGE_COMPRESSION: Final = 0x00282110
_PRESENTATION_LUT_SHAPE: Final = 0x20500020

_SUPPLEMENTAL: Final = frozenset({"COLOR", "MIXED"})


def read_picture(attributes: Attributes, image_pixel: ImagePixel, grey: GreyAttributes) -> Picture:
    """Return the picture record.

    Args:
        attributes: of the data set.
        image_pixel: its Image Pixel module.
        grey: the grey attributes of its first frame.

    Raises:
        Undrawable: palette colours without a usable palette.
    """
    return Picture(
        image_pixel=image_pixel,
        grey=grey,
        palette=_palette(attributes, image_pixel),
        padding=_padding(attributes, image_pixel),
        presentation_lut_shape=attributes.text(_PRESENTATION_LUT_SHAPE).upper(),
        pixel_aspect=_pixel_aspect(attributes),
        pixel_intensity_relationship=attributes.text(_PIXEL_INTENSITY_RELATIONSHIP).upper(),
        modality=attributes.text(_MODALITY).upper(),
        lossy=attributes.text(_LOSSY_IMAGE_COMPRESSION) == "01",
    )


def _palette(attributes: Attributes, image_pixel: ImagePixel) -> Palette | None:
    """Return the palette of PALETTE COLOR images and the supplemental one of coloured grey ones (RR-12, RR-14)."""
    signed = image_pixel.pixel_representation == 1
    if image_pixel.photometric_interpretation == "PALETTE COLOR":
        palette = read_palette(attributes, signed=signed)
        if palette is None:
            raise Undrawable("This image cannot be drawn: its palette is missing or malformed.")
        return palette
    if image_pixel.samples_per_pixel == 1 and attributes.text(_PIXEL_PRESENTATION).upper() in _SUPPLEMENTAL:
        return read_palette(attributes, signed=signed)
    return None


def _padding(attributes: Attributes, image_pixel: ImagePixel) -> tuple[int, int] | None:
    """Return the range of stored values that are no image data (C.7.5.1.1.2; RR-17).

    Their sign is that of the stored values, whatever VR they were written with: only so the bits can match.
    """
    if image_pixel.element != "PixelData" or image_pixel.samples_per_pixel != 1:
        return None
    signed = image_pixel.pixel_representation == 1
    value = attributes.integer(_PIXEL_PADDING_VALUE, signed=signed)
    if value is None:
        return None
    limit = attributes.integer(_PIXEL_PADDING_RANGE_LIMIT, signed=signed)
    limit = value if limit is None else limit
    return min(value, limit), max(value, limit)


def _pixel_aspect(attributes: Attributes) -> tuple[float, float] | None:
    """Return vertical and horizontal extent of a pixel (RR-22)."""
    measures = shared_pixel_measures(attributes)
    places = [
        (attributes, _PIXEL_ASPECT_RATIO),
        (attributes, _PIXEL_SPACING),
        (measures, _PIXEL_SPACING),
        (attributes, _IMAGER_PIXEL_SPACING),
        (attributes, _NOMINAL_SCANNED_PIXEL_SPACING),
    ]
    for holder, tag in places:
        values = holder.decimals(tag) if holder is not None else ()
        if len(values) >= 2:  # noqa: PLR2004 -- row and column
            vertical, horizontal = values[:2]
            if vertical is not None and horizontal is not None and vertical > 0 and horizontal > 0:
                return vertical, horizontal
    return None
