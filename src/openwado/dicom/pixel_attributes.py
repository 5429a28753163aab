"""The attributes that tell what native pixel data are, once they were decoded (PS3.3 C.7.6.3, PS3.5 8.2; TR-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom import image_pixel_tags as tags
from openwado.dicom.explicit_element import explicit_element
from openwado.errors import NotSupported

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel

PIXEL_DATA: Final = 0x7FE00010

_BYTE: Final = 8
_COLOR_DIMENSIONS: Final = 3


def pixel_data_vr(bits_allocated: int) -> str:
    """Return the VR of native Pixel Data in Explicit VR (PS3.5 A.2)."""
    return "OW" if bits_allocated > _BYTE else "OB"


def frame_bits_allocated(frame: Frame, image_pixel: ImagePixel) -> int:
    """Return Bits Allocated of a decoded frame's native bytes: 1 stays 1, else the width of its cells."""
    single_bits = image_pixel.bits_allocated == 1 and frame.bits_stored == 1
    return 1 if single_bits else frame.cells.dtype.itemsize * 8


def decoded_attributes(frame: Frame, attributes: Attributes, image_pixel: ImagePixel) -> tuple[int, dict[int, bytes]]:
    """Return Bits Allocated and the elements that must change because pixel data were decoded.

    Args:
        frame: the first decoded frame.
        attributes: of the data set, as stored.
        image_pixel: what was read from them.

    Returns:
        Bits Allocated of the native pixel data, and whole elements in Explicit VR Little Endian by tag: those whose
        stored value is another.

    Raises:
        NotSupported: the frame's colour space has no name for native pixel data.
    """
    photometric = frame.photometric_interpretation
    if photometric == "YBR_PARTIAL":
        raise NotSupported("Frames in YBR_PARTIAL_422 cannot be written in Explicit VR Little Endian.")
    bits_allocated = frame_bits_allocated(frame, image_pixel)
    return bits_allocated, _changed(frame, attributes, photometric, bits_allocated, frame.high_bit)


def encoded_attributes(
    frame: Frame, attributes: Attributes, photometric: str, *, keeps_cells: bool
) -> dict[int, bytes]:
    """Return the elements that must change because pixel data are encoded.

    Args:
        frame: the first decoded frame.
        attributes: of the data set, as stored.
        photometric: Photometric Interpretation of the stream.
        keeps_cells: whether whole cells are encoded; else Bits Stored of them, right-aligned in a byte or a word.
    """
    if keeps_cells:
        return _changed(frame, attributes, photometric, frame.cells.dtype.itemsize * 8, frame.high_bit)
    bits_allocated = _BYTE if frame.bits_stored <= _BYTE else 2 * _BYTE
    return _changed(frame, attributes, photometric, bits_allocated, frame.bits_stored - 1)


def _changed(
    frame: Frame, attributes: Attributes, photometric: str, bits_allocated: int, high_bit: int
) -> dict[int, bytes]:
    samples = frame.cells.shape[2] if frame.cells.ndim == _COLOR_DIMENSIONS else 1
    numbers = {
        tags.SAMPLES_PER_PIXEL: samples,
        tags.ROWS: frame.cells.shape[0],
        tags.COLUMNS: frame.cells.shape[1],
        tags.BITS_ALLOCATED: bits_allocated,
        tags.BITS_STORED: frame.bits_stored,
        tags.HIGH_BIT: high_bit,
        tags.PIXEL_REPRESENTATION: frame.pixel_representation,
    }
    if samples > 1:
        numbers[tags.PLANAR_CONFIGURATION] = 0
    changed = {
        tag: explicit_element(tag, "US", number.to_bytes(2, "little"))
        for tag, number in numbers.items()
        if attributes.integer(tag) != number
    }
    if attributes.text(tags.PHOTOMETRIC_INTERPRETATION) != photometric:
        changed |= photometric_element(photometric)
    return changed


def photometric_element(photometric_interpretation: str) -> dict[int, bytes]:
    """Return Photometric Interpretation as an element by tag."""
    value = photometric_interpretation.encode()
    element = explicit_element(tags.PHOTOMETRIC_INTERPRETATION, "CS", value + b" " * (len(value) % 2))
    return {tags.PHOTOMETRIC_INTERPRETATION: element}


def number_of_frames_element(attributes: Attributes, count: int) -> dict[int, bytes]:
    """Return Number of Frames as an element by tag, nothing if the object says the same or need not say it."""
    stored = attributes.integer_string(tags.NUMBER_OF_FRAMES)
    if stored == count or (count == 1 and tags.NUMBER_OF_FRAMES not in attributes):
        return {}
    value = str(count).encode()
    return {tags.NUMBER_OF_FRAMES: explicit_element(tags.NUMBER_OF_FRAMES, "IS", value + b" " * (len(value) % 2))}
