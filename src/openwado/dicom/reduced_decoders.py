"""Decoders that leave out the finest details of a frame, for pictures that do not show them.

JPEG 2000 streams hold an image in several resolutions, each half the next one; a stream of the discrete cosine
transform can be inverted to an eighth, a quarter or a half of its size. Both take a fraction of the time.
A stream that is not whole is left to the decoders of whole frames, which say what is wrong with it. HTJ2K is always
decoded whole: what is broken in the blocks of the finest details would not be found, and OpenJPH is fast.
"""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from openwado.dicom.decoded_frame import COLOR_COMPONENTS, check_stream_size, decoded_frame
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
        margin: how many times the rows and columns of a picture a reduced frame has to have left at least, measured so
            that the picture hardly differs (docs/decisions.md, 2026-11-26).
        decode: the frame's stream, what the object says of it, and how often it may be halved, to cells; None where it
            has to be decoded whole.
    """

    name: str
    margin: int
    decode: Callable[[bytes, ImagePixel, int], Frame | None]


def decode_reduced_jpeg2000(data: bytes, image_pixel: ImagePixel, halvings: int) -> Frame | None:
    """Decode the lower resolutions of a JPEG 2000 stream with OpenJPEG (ISO 15444-1 annex B.5).

    Values of a lower resolution lie where the first of the pixels lies that they stand for, those of a reduced frame in
    the middle of them: each is moved there. Bits above Bits Stored may hold anything (RR-1); averages would carry them
    into the values, so that a reversible stream that has such bits is decoded whole. An irreversible one is clamped.

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
        and not (stream.subsampled or stream.part_2 or stream.high_throughput or stream.displaced)
        and image_pixel.high_bit == image_pixel.bits_stored - 1
        and (stream.precision <= image_pixel.bits_stored or not stream.reversible)
        and stream.signed == (image_pixel.pixel_representation == 1)  # else the whole decoder sorts it out
        and not (stream.signed and stream.precision == _BYTE_BITS)
        and is_whole(codestream)
    )
    if not usable:
        return None
    cells, taken = _opened(codestream, halvings)
    if cells is None:
        return None
    if stream.precision > _BYTE_BITS:  # Pillow shifts values up to 16 bits, signed ones from their lowest
        cells = cells.astype(np.uint16, copy=False) >> (_WORD_BITS - stream.precision)
        if stream.signed:
            cells = (cells.astype(np.int32) - (1 << (stream.precision - 1))).astype(np.int16)
    cells = _centred(cells, taken)
    photometric = jpeg2000_color(stream, image_pixel)
    reduced = _reduced(image_pixel, cells)
    return decoded_frame(cells, photometric, reduced, precision=stream.precision, lossy=True)


def _opened(codestream: bytes, halvings: int) -> tuple[NDArray[Any] | None, int]:
    """Open a stream at the lowest resolution of which Pillow counts the rows and columns as OpenJPEG does.

    Returns:
        its samples, None if there is none; and how often it is halved.
    """
    from PIL import Image  # noqa: PLC0415 -- heavy; whole frames do without

    for wanted in range(halvings, 0, -1):
        image: Any = Image.open(io.BytesIO(codestream))
        image.reduce = wanted
        with suppress(OSError):
            image.load()
            return np.asarray(image), wanted
    return None, 0


def _centred(cells: NDArray[Any], halvings: int) -> NDArray[Any]:
    """Return samples that lie on every 2**halvings-th pixel as samples in the middle of so many pixels.

    They move by less than half of their distance, to a mean of two neighbours; the last row and column stay.
    """
    import cv2  # noqa: PLC0415 -- heavy; whole frames do without

    share = 0.5 - 0.5 ** (halvings + 1)
    for axis in (0, 1):
        following = np.concatenate((np.delete(cells, 0, axis), np.take(cells, [-1], axis)), axis)
        cells = cv2.addWeighted(cells, 1 - share, following, share, 0)
    return cells


def decode_reduced_jpeg(data: bytes, image_pixel: ImagePixel, halvings: int) -> Frame | None:
    """Decode a stream of the discrete cosine transform at a half, a quarter or an eighth with libjpeg-turbo.

    Pillow tells of what libjpeg finds broken, as the decoder of whole frames does; OpenCV gives what it got until then.

    Args:
        data: the frame's stream.
        image_pixel: what the object says.
        halvings: how often rows and columns are halved, at the most.

    Returns:
        The frame, each extent the next whole number above the fraction; None if the stream is not one of 8 bits that
        Pillow takes for what `decoders.decode_jpeg8` does.
    """
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415 -- heavy; whole frames do without

    stream = read_jpeg_stream(data)
    count = len(stream.component_ids)
    check_stream_size(stream.rows, stream.columns, count, image_pixel)
    halvings = min(halvings, DCT_HALVINGS, min(stream.rows, stream.columns).bit_length() - 1)
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
    image: Any = JpegImageFile(io.BytesIO(data))
    image.draft(image.mode, (stream.columns >> halvings, stream.rows >> halvings))
    cells = np.asarray(image)
    photometric = "RGB" if count == COLOR_COMPONENTS else image_pixel.photometric_interpretation
    reduced = _reduced(image_pixel, cells)
    return decoded_frame(cells, photometric, reduced, precision=_BYTE_BITS, lossy=True)


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


RESOLUTIONS = ReducedDecoder("OpenJPEG (PIL.Jpeg2KImagePlugin), lower resolutions", 4, decode_reduced_jpeg2000)
SCALED = ReducedDecoder("libjpeg-turbo (PIL.JpegImagePlugin), 1/2, 1/4, 1/8", 3, decode_reduced_jpeg)
