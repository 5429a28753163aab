"""Decoders that leave out the finest details of a frame, for pictures that do not show them.

JPEG 2000 and HTJ2K streams hold an image in several resolutions, each half the next one; a stream of the discrete
cosine transform can be inverted to an eighth, a quarter or a half of its size. Both take a fraction of the time.
A stream that is not whole is left to the decoders of whole frames, which say what is wrong with it.
"""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from openwado.dicom.decoded_frame import COLOR_COMPONENTS, decoded_frame
from openwado.dicom.decoders import jpeg2000_color
from openwado.dicom.jpeg2000_stream import codestream_of, is_whole, read_jpeg2000_stream
from openwado.dicom.jpeg_stream import JpegStream, read_jpeg_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel

_BYTE_BITS = 8
_WORD_BITS = 16

#: Halvings that an inverse cosine transform of 8 x 8 can leave out.
DCT_HALVINGS = 3

#: Pixels of the largest frame that Pillow opens without a warning.
_LARGEST = 89_000_000


@dataclass(frozen=True, slots=True)
class ReducedDecoder:
    """How a frame is decoded without its finest details.

    Attributes:
        name: library, function and how, for people.
        decode: the frame's stream, what the object says of it, and how often it may be halved, to cells; None where it
            has to be decoded whole.
    """

    name: str
    decode: Callable[[bytes, ImagePixel, int], Frame | None]


def decode_reduced_jpeg2000(data: bytes, image_pixel: ImagePixel, halvings: int) -> Frame | None:
    """Decode the lower resolutions of a JPEG 2000 or HTJ2K stream with OpenJPEG (ISO 15444-1 annex B.5).

    Args:
        data: the frame's stream.
        image_pixel: what the object says.
        halvings: how often rows and columns are halved, at the most.

    Returns:
        The frame, each extent the next whole number above the fraction; None if the stream is not of a kind for which
        this gives what `decoders.decode_openjpeg` does, as far as it goes.
    """
    codestream = codestream_of(data)
    stream = read_jpeg2000_stream(codestream)
    halvings = min(halvings, stream.levels)
    usable = (
        halvings > 0
        and (stream.rows, stream.columns) == (image_pixel.rows, image_pixel.columns)
        and stream.components in (1, COLOR_COMPONENTS)
        and stream.rows * stream.columns <= _LARGEST
        and _BYTE_BITS <= stream.precision <= (_WORD_BITS if stream.components == 1 else _BYTE_BITS)
        and not (stream.subsampled or stream.part_2)
        and stream.signed == (image_pixel.pixel_representation == 1)  # else the whole decoder sorts it out
        and not (stream.signed and stream.precision == _BYTE_BITS)
        and is_whole(codestream)
    )
    if not usable:
        return None
    cells = _opened(codestream, halvings)
    if cells is None:
        return None
    if stream.precision > _BYTE_BITS:  # Pillow shifts values up to 16 bits, signed ones from their lowest
        cells = cells.astype(np.uint16, copy=False) >> (_WORD_BITS - stream.precision)
        if stream.signed:
            cells = (cells.astype(np.int32) - (1 << (stream.precision - 1))).astype(np.int16)
    photometric = jpeg2000_color(stream, image_pixel)
    reduced = _reduced(image_pixel, cells)
    return decoded_frame(cells, photometric, reduced, precision=stream.precision, lossy=True)


def _opened(codestream: bytes, halvings: int) -> NDArray[Any] | None:
    """Open a stream at the lowest resolution of which Pillow counts the rows and columns as OpenJPEG does."""
    from PIL import Image  # noqa: PLC0415 -- heavy; whole frames do without

    for wanted in range(halvings, 0, -1):
        image: Any = Image.open(io.BytesIO(codestream))
        image.reduce = wanted
        with suppress(OSError):
            image.load()
            return np.asarray(image)
    return None


def decode_reduced_jpeg(data: bytes, image_pixel: ImagePixel, halvings: int) -> Frame | None:
    """Decode a stream of the discrete cosine transform at a half, a quarter or an eighth with libjpeg-turbo.

    Args:
        data: the frame's stream.
        image_pixel: what the object says.
        halvings: how often rows and columns are halved, at the most.

    Returns:
        The frame, each extent the next whole number above the fraction; None if the stream is not one of 8 bits that
        OpenCV takes for what `decoders.decode_jpeg8` does.
    """
    import cv2  # noqa: PLC0415 -- heavy; whole frames do without

    stream = read_jpeg_stream(data)
    count = len(stream.component_ids)
    halvings = min(halvings, DCT_HALVINGS)
    usable = (
        halvings > 0
        and (stream.rows, stream.columns) == (image_pixel.rows, image_pixel.columns)
        and count == image_pixel.samples_per_pixel
        and stream.precision == image_pixel.bits_allocated == _BYTE_BITS
        and not (stream.is_jpeg_ls or stream.is_lossless_process or stream.is_hierarchical)
        and stream.ended
        and (count == 1 or (count == COLOR_COMPONENTS and _is_taken_alike(stream, image_pixel)))
    )
    if not usable:
        return None
    flags = (_GREY_FLAGS if count == 1 else _COLOR_FLAGS)[halvings - 1]
    cells = cv2.imdecode(np.frombuffer(data, np.uint8), getattr(cv2, flags) | cv2.IMREAD_IGNORE_ORIENTATION)
    if cells is None:
        return None
    if count == COLOR_COMPONENTS:
        cells = cv2.cvtColor(cells, cv2.COLOR_BGR2RGB)
    photometric = "RGB" if count == COLOR_COMPONENTS else image_pixel.photometric_interpretation
    reduced = _reduced(image_pixel, cells)
    return decoded_frame(np.asarray(cells), photometric, reduced, precision=_BYTE_BITS, lossy=True)


_GREY_FLAGS = ("IMREAD_REDUCED_GRAYSCALE_2", "IMREAD_REDUCED_GRAYSCALE_4", "IMREAD_REDUCED_GRAYSCALE_8")
_COLOR_FLAGS = ("IMREAD_REDUCED_COLOR_2", "IMREAD_REDUCED_COLOR_4", "IMREAD_REDUCED_COLOR_8")


def _is_taken_alike(stream: JpegStream, image_pixel: ImagePixel) -> bool:
    """Say whether libjpeg, left to itself, takes the components for the colour space that RR-11 says."""
    if stream.jfif:
        taken = True
    elif stream.adobe_transform is not None:
        taken = stream.adobe_transform != 0
    else:
        taken = stream.component_ids != tuple(b"RGB")
    return taken == stream.is_ycbcr(image_pixel.photometric_interpretation)


def _reduced(image_pixel: ImagePixel, cells: NDArray[np.generic]) -> ImagePixel:
    return structs.replace(image_pixel, rows=cells.shape[0], columns=cells.shape[1])


RESOLUTIONS = ReducedDecoder("OpenJPEG (PIL.Jpeg2KImagePlugin), lower resolutions", decode_reduced_jpeg2000)
SCALED = ReducedDecoder("libjpeg-turbo (cv2.imdecode), 1/2, 1/4, 1/8", decode_reduced_jpeg)
