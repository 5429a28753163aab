"""What one reading of an object finds out about its pixels: where they are, what they are, the frame table."""

from __future__ import annotations

from struct import iter_unpack
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.elements import Coding
from openwado.dicom.encapsulation import ITEM_HEADER, frame_spans
from openwado.dicom.frames import complete_frames, native_place
from openwado.dicom.functional_groups import read_attributes_of_frames
from openwado.dicom.instance import FrameEntry, PixelLocation
from openwado.dicom.picture import read_picture
from openwado.dicom.picture_record import FrameAttributes, Picture
from openwado.dicom.pixel_location import locate_pixels
from openwado.dicom.pixel_module import Undrawable, read_image_pixel, read_number_of_frames
from openwado.dicom.reader import IMPLICIT_VR_BIG_ENDIAN_PIXELS
from openwado.dicom.stream_syntax import HEADER_BYTES, is_video, transfer_syntax_of
from openwado.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.pixel_location import Located
    from openwado.dicom.reader import Parsed, PixelDataElement, ReadLimits

_EXTENDED_OFFSET_TABLE: Final = 0x7FE00001
#: Transfer syntaxes of native pixel data (PS3.5 A.1 … A.3, A.5, and GE's private one).
NATIVE: Final = frozenset(
    {
        IMPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_VR_BIG_ENDIAN,
        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        IMPLICIT_VR_BIG_ENDIAN_PIXELS,
    }
)
_BY_CODING: Final = {
    Coding(explicit=True, little_endian=True): EXPLICIT_VR_LITTLE_ENDIAN,
    Coding(explicit=False, little_endian=True): IMPLICIT_VR_LITTLE_ENDIAN,
    Coding(explicit=True, little_endian=False): EXPLICIT_VR_BIG_ENDIAN,
    Coding(explicit=False, little_endian=False): EXPLICIT_VR_BIG_ENDIAN,
}


class PixelReading(msgspec.Struct, frozen=True, kw_only=True):
    """What is found out about pixels; fields as in `Instance` and `Reading`.

    Attributes:
        transfer_syntax_uid: as the pixel data show it; "" where they do not contradict what the head says.
        number_of_frames: as in `Instance`.
        location: as in `Instance.pixels`.
        picture: as in `Instance`.
        undrawable: as in `Instance`.
        frames: as in `Reading`.
        frame_attributes: as in `Reading`.
    """

    transfer_syntax_uid: str = ""
    number_of_frames: int = 0
    location: PixelLocation | None = None
    picture: Picture | None = None
    undrawable: str = ""
    frames: tuple[FrameEntry, ...] = ()
    frame_attributes: tuple[FrameAttributes, ...] = ()


NO_PIXELS: Final = PixelReading()


def read_pixels(parsed: Parsed, limits: ReadLimits) -> PixelReading:
    """Find out where an image's pixels are and how they are drawn.

    Args:
        parsed: an object with pixel data, or with a URL where they are (0028,7FE0).
        limits: how far to go.

    Raises:
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    pixel_data = parsed.pixel_data
    claimed = min(read_number_of_frames(parsed.attributes), limits.fragments)
    if pixel_data is None:
        return PixelReading(
            number_of_frames=claimed,
            undrawable="The pixel data of this image are kept elsewhere (Pixel Data Provider URL).",
        )
    image_pixel, undrawable = _image_pixel(parsed.attributes, pixel_data, claimed)
    located = locate_pixels(parsed, pixel_data, image_pixel, limits.fragments)
    found = PixelReading(
        transfer_syntax_uid=_transfer_syntax(parsed, located),
        number_of_frames=claimed,
        location=located.location,
        undrawable=undrawable,
    )
    try:
        if located.fragments is not None:
            return _encapsulated(parsed, located, found, image_pixel)
        if image_pixel is not None:
            return _native(parsed, located.location, found, image_pixel)
    except Undrawable as problem:
        return msgspec.structs.replace(found, undrawable=str(problem))
    return found


def _image_pixel(
    attributes: Attributes, pixel_data: PixelDataElement, number_of_frames: int
) -> tuple[ImagePixel | None, str]:
    try:
        image_pixel = read_image_pixel(attributes, pixel_data.element)
    except Undrawable as problem:
        return None, str(problem)
    return msgspec.structs.replace(image_pixel, number_of_frames=number_of_frames), ""


def _transfer_syntax(parsed: Parsed, located: Located) -> str:
    """Return the transfer syntax that the pixel data are in if the one in force cannot be it, else ""."""
    if located.fragments is None:
        return "" if parsed.transfer_syntax_uid in NATIVE else _BY_CODING[parsed.coding]
    if parsed.transfer_syntax_uid not in NATIVE or not len(located.fragments.offsets):
        return ""
    return transfer_syntax_of(parsed.source.read_at(located.fragments.offsets[0] + ITEM_HEADER.size, HEADER_BYTES))


def _native(parsed: Parsed, location: PixelLocation, found: PixelReading, image_pixel: ImagePixel) -> PixelReading:
    image_pixel = _believe_length(image_pixel, location)
    complete = complete_frames(location, image_pixel)
    if complete == 0:  # then nothing shows that the pixel data are native
        short = "This image cannot be drawn: its pixel data are shorter than one frame."
        return msgspec.structs.replace(found, transfer_syntax_uid="", undrawable=short)
    image_pixel = msgspec.structs.replace(image_pixel, number_of_frames=min(image_pixel.number_of_frames, complete))
    return _drawn(parsed, found, image_pixel)


def _encapsulated(
    parsed: Parsed, located: Located, found: PixelReading, image_pixel: ImagePixel | None
) -> PixelReading:
    if is_video(parsed.transfer_syntax_uid):
        return _video(parsed, located, found, image_pixel)
    if parsed.transfer_syntax_uid in NATIVE and not found.transfer_syntax_uid:
        raise Undrawable("This image cannot be drawn: nothing says how its pixel data are compressed.")
    if located.fragments is None or not len(located.fragments.offsets):
        raise Undrawable("This image cannot be drawn: its pixel data are empty.")
    spans = frame_spans(parsed.source, located.fragments, found.number_of_frames, _extended_offsets(parsed))
    if spans is None:
        raise Undrawable("This image cannot be drawn: its fragments cannot be told apart into frames.")
    entries = tuple(FrameEntry(start, end - start) for start, end in spans)
    found = msgspec.structs.replace(found, number_of_frames=len(spans), frames=entries)
    if image_pixel is None:
        return found
    return _drawn(parsed, found, msgspec.structs.replace(image_pixel, number_of_frames=len(spans)))


def _video(parsed: Parsed, located: Located, found: PixelReading, image_pixel: ImagePixel | None) -> PixelReading:
    """Return a video object with as many frames as it says: how many its stream has is not counted here.

    It has no frame table (see `video_stream.video_entry`), and one set of frame attributes: its first frame's.
    """
    if located.fragments is None or not len(located.fragments.offsets):
        raise Undrawable("This image cannot be drawn: its pixel data are empty.")
    if image_pixel is None:
        return found
    drawn = _drawn(parsed, found, image_pixel)
    return msgspec.structs.replace(drawn, frames=(), frame_attributes=())


def _drawn(parsed: Parsed, found: PixelReading, image_pixel: ImagePixel) -> PixelReading:
    """Add the picture record, and numbers of frame attributes to the frame table; or why there is none."""
    found = msgspec.structs.replace(found, number_of_frames=image_pixel.number_of_frames)
    try:
        found_attributes = read_attributes_of_frames(parsed.attributes, image_pixel)
        picture = read_picture(parsed.attributes, image_pixel, found_attributes.first)
    except Undrawable as problem:
        return msgspec.structs.replace(found, undrawable=str(problem))
    frames = found.frames
    if found_attributes.numbers and frames:
        pairs = zip(frames, found_attributes.numbers, strict=True)
        frames = tuple(FrameEntry(entry.offset, entry.length, 0, number) for entry, number in pairs)
    elif found_attributes.numbers and found.location is not None:
        frames = tuple(
            native_place(found.location, image_pixel, number, attributes)
            for number, attributes in enumerate(found_attributes.numbers, 1)
        )
    return msgspec.structs.replace(found, picture=picture, frames=frames, frame_attributes=found_attributes.others)


def _believe_length(image_pixel: ImagePixel, location: PixelLocation) -> ImagePixel:
    """Return the module as YBR_FULL where pixel data said to be YBR_FULL_422 hold three samples a pixel after all."""
    if image_pixel.photometric_interpretation != "YBR_FULL_422":
        return image_pixel
    full = msgspec.structs.replace(image_pixel, photometric_interpretation="YBR_FULL")
    needed = -(-full.frame_bits * full.number_of_frames // 8)
    return full if location.length in (needed, needed + needed % 2) else image_pixel


def _extended_offsets(parsed: Parsed) -> list[int]:
    """Return the values of Extended Offset Table (7FE0,0001)."""
    element = parsed.attributes.elements.get(_EXTENDED_OFFSET_TABLE)
    if element is None:
        return []
    value = parsed.attributes.value(_EXTENDED_OFFSET_TABLE, element.length)
    return [offset for (offset,) in iter_unpack("<Q", value[: len(value) // 8 * 8])]
