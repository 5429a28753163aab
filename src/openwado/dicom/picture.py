"""The picture record of an image: all that its default picture needs besides pixels (PS3.3 C.7.6, C.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.functional_groups import pixel_measures
from openwado.dicom.lookup_tables import read_palette
from openwado.dicom.overlay_planes import read_overlay_planes
from openwado.dicom.picture_record import ByteSpan, FrameAttributes, Palette, Picture
from openwado.dicom.pixel_module import Undrawable

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel

_SOP_CLASS_UID: Final = 0x00080016
_MODALITY: Final = 0x00080060
_PIXEL_PRESENTATION: Final = 0x00089205
_PIXEL_PADDING_VALUE: Final = 0x00280120
_PIXEL_PADDING_RANGE_LIMIT: Final = 0x00280121
_PIXEL_ASPECT_RATIO: Final = 0x00280034
_PIXEL_SPACING: Final = 0x00280030
_IMAGER_PIXEL_SPACING: Final = 0x00181164
_NOMINAL_SCANNED_PIXEL_SPACING: Final = 0x00182010
_ICC_PROFILE: Final = 0x00282000
_OPTICAL_PATH_SEQUENCE: Final = 0x00480105
_SEGMENTATION_TYPE: Final = 0x00620001
_SEGMENT_SEQUENCE: Final = 0x00620002
_SEGMENT_NUMBER: Final = 0x00620004
_MAXIMUM_FRACTIONAL_VALUE: Final = 0x0062000E
_LOSSY_IMAGE_COMPRESSION: Final = 0x00282110
_PRESENTATION_LUT_SHAPE: Final = 0x20500020

_SUPPLEMENTAL: Final = frozenset({"COLOR", "MIXED"})
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})


def read_picture(attributes: Attributes, image_pixel: ImagePixel, frame_attributes: FrameAttributes) -> Picture:
    """Return the picture record.

    Args:
        attributes: of the data set.
        image_pixel: its Image Pixel module.
        frame_attributes: of its first frame.

    Raises:
        Undrawable: palette colours without a usable palette.
    """
    palette = _palette(attributes, image_pixel)
    is_grey = image_pixel.photometric_interpretation in _GREY
    return Picture(
        image_pixel=image_pixel,
        frame_attributes=frame_attributes,
        palette=palette,
        padding=_padding(attributes, image_pixel),
        presentation_lut_shape=attributes.text(_PRESENTATION_LUT_SHAPE).upper(),
        pixel_aspect=_pixel_aspect(attributes),
        sop_class_uid=attributes.text(_SOP_CLASS_UID),
        modality=attributes.text(_MODALITY).upper(),
        lossy=attributes.text(_LOSSY_IMAGE_COMPRESSION) == "01",
        overlay_planes=read_overlay_planes(attributes, image_pixel),
        icc_profile=_icc_profile(attributes) if palette is not None or not is_grey else None,
        white_value=_white_value(attributes),
        is_label_map=_segmentation_type(attributes) == "LABELMAP",
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


def _icc_profile(attributes: Attributes) -> ByteSpan | None:
    """Return where the ICC profile of a colour image is (C.11.15); slides keep it by optical path (C.8.12.5)."""
    for holder in (attributes, *attributes.items(_OPTICAL_PATH_SEQUENCE)):
        element = holder.elements.get(_ICC_PROFILE)
        if element is not None and element.length:
            return ByteSpan(element.value_offset, element.length)
    return None


def _white_value(attributes: Attributes) -> int:
    """Return the stored value that is white in a segmentation (C.8.20.2.3), 0 for any other image."""
    match _segmentation_type(attributes):
        case "FRACTIONAL":
            return attributes.integer(_MAXIMUM_FRACTIONAL_VALUE) or 0
        case "LABELMAP":
            return max((item.integer(_SEGMENT_NUMBER) or 0 for item in attributes.items(_SEGMENT_SEQUENCE)), default=0)
        case _:
            return 0


def _segmentation_type(attributes: Attributes) -> str:
    return attributes.text(_SEGMENTATION_TYPE).upper()


def _pixel_aspect(attributes: Attributes) -> tuple[float, float] | None:
    """Return vertical and horizontal extent of a pixel (RR-22)."""
    measures = pixel_measures(attributes)
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
