"""The Image Pixel module as an object gives it, put right where only one reading is possible (PS3.3 C.7.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom import image_pixel_tags as tags
from openwado.dicom.image_pixel import BITS_ALLOCATED_MAX, ImagePixel

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import PixelElement


_EXTENT_MAX: Final = 65535
_COLOR_SAMPLES: Final = 3
_FLOAT_BITS: Final = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}

#: Photometric interpretations that can be drawn, by samples per pixel (PS3.3 C.7.6.3.1.2).
PHOTOMETRIC_INTERPRETATIONS: Final = {
    1: frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}),
    3: frozenset(
        {
            "RGB",
            "YBR_FULL",
            "YBR_FULL_422",
            "YBR_PARTIAL_422",
            "YBR_PARTIAL_420",
            "YBR_ICT",
            "YBR_RCT",
            "XYB",
        }
    ),
}


class Undrawable(Exception):  # noqa: N818 -- a state of the object
    """No picture can be made of an object; its text is the public sentence."""


def read_number_of_frames(attributes: Attributes) -> int:
    """Return Number of Frames (0028,0008) as the object says; 1 where it says nothing sensible."""
    return max(1, attributes.integer_string(tags.NUMBER_OF_FRAMES) or 1)


def read_image_pixel(attributes: Attributes, element: PixelElement) -> ImagePixel:
    """Return the Image Pixel module, with the number of frames that the object claims.

    Bits Stored and High Bit that cannot be are taken as Bits Allocated says, a missing Samples per Pixel as 1, a
    missing Photometric Interpretation as MONOCHROME2 or RGB.

    Raises:
        Undrawable: what is left cannot be drawn.
    """
    samples = attributes.integer(tags.SAMPLES_PER_PIXEL)
    samples = 1 if samples is None else samples
    bits_allocated = _FLOAT_BITS.get(element) or attributes.integer(tags.BITS_ALLOCATED)
    bits_stored, high_bit = _stored_bits(attributes, element, bits_allocated or 0)
    return ImagePixel(
        rows=_extent(attributes, tags.ROWS, "Rows"),
        columns=_extent(attributes, tags.COLUMNS, "Columns"),
        samples_per_pixel=_checked_samples(samples),
        photometric_interpretation=_photometric(attributes, samples),
        bits_allocated=_checked_bits(bits_allocated),
        bits_stored=bits_stored,
        high_bit=high_bit,
        pixel_representation=int(attributes.integer(tags.PIXEL_REPRESENTATION) == 1 and element == "PixelData"),
        planar_configuration=int(attributes.integer(tags.PLANAR_CONFIGURATION) == 1 and samples > 1),
        number_of_frames=read_number_of_frames(attributes),
        element=element,
    )


def _extent(attributes: Attributes, tag: int, name: str) -> int:
    extent = attributes.integer(tag)
    if extent is None:
        raise Undrawable(f"This image cannot be drawn: {name} is missing.")
    if not 1 <= extent <= _EXTENT_MAX:
        raise Undrawable(f"This image cannot be drawn: {name} is {extent}.")
    return extent


def _checked_samples(samples: int) -> int:
    if samples not in PHOTOMETRIC_INTERPRETATIONS:
        raise Undrawable(f"This image cannot be drawn: Samples per Pixel is {samples}, not 1 or 3.")
    return samples


def _checked_bits(bits_allocated: int | None) -> int:
    if bits_allocated is None:
        raise Undrawable("This image cannot be drawn: Bits Allocated is missing.")
    if not 1 <= bits_allocated <= BITS_ALLOCATED_MAX:
        raise Undrawable(
            f"This image cannot be drawn: Bits Allocated is {bits_allocated}, not 1 to {BITS_ALLOCATED_MAX}."
        )
    return bits_allocated


def _photometric(attributes: Attributes, samples: int) -> str:
    photometric = " ".join(attributes.text(tags.PHOTOMETRIC_INTERPRETATION).upper().split())
    if not photometric:
        return "RGB" if samples == _COLOR_SAMPLES else "MONOCHROME2"
    known = PHOTOMETRIC_INTERPRETATIONS.get(samples, frozenset())
    if photometric in known:
        return photometric
    if any(photometric in names for names in PHOTOMETRIC_INTERPRETATIONS.values()):
        raise Undrawable(
            f"This image cannot be drawn: Photometric Interpretation is {photometric}, Samples per Pixel {samples}."
        )
    raise Undrawable("This image cannot be drawn: its Photometric Interpretation is not supported.")


def _stored_bits(attributes: Attributes, element: PixelElement, bits_allocated: int) -> tuple[int, int]:
    """Return Bits Stored and High Bit (PS3.5 8.1.1)."""
    bits_stored = attributes.integer(tags.BITS_STORED)
    if element != "PixelData" or bits_stored is None or not 1 <= bits_stored <= bits_allocated:
        bits_stored = bits_allocated
    high_bit = attributes.integer(tags.HIGH_BIT)
    if element != "PixelData" or high_bit is None or not bits_stored - 1 <= high_bit < bits_allocated:
        high_bit = bits_stored - 1
    return bits_stored, high_bit
