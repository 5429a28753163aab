"""The decoders of JPEG, JPEG-LS, JPEG 2000, HTJ2K and JPEG XL frames, one function a library.

A decoder reads the stream's own header first (RR-5) and refuses what no frame of the object can be, so that no library
sees a bomb. Libraries are imported when a decoder runs: whoever draws native frames only never loads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.dicom.decoded_frame import (
    COLOR_COMPONENTS,
    FOUR_COMPONENTS,
    GREY_DIMENSIONS,
    RefusedError,
    check_stream_size,
    component_color,
    decoded_frame,
)
from openwado.dicom.jpeg2000_stream import Jpeg2000Stream, codestream_of, is_ended, read_jpeg2000_stream
from openwado.dicom.jpeg_stream import JpegStream, close_jpeg_stream, read_jpeg_stream, whole_jpeg_stream
from openwado.dicom.jpeg_xl_stream import read_jpeg_xl_stream
from openwado.dicom.swallowed_errors import swallowed_errors
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel

_FILLERS = (b"\x00" * 64, b"\x55" * 64)
#: Bytes that a JPEG stream may have: more than any picture needs, and for profiles and thumbnails beside it.
_LARGEST_JPEG_PIXEL = 8
_LARGEST_JPEG_HEADER = 1 << 20


def decode_jpeg8(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode ISO 10918-1 of 2 … 16 bits with libjpeg-turbo; cosine-transform YCbCr becomes RGB as RR-11 says."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    data, stream = _checked_jpeg(data, image_pixel, jpeg_ls=False)
    if stream.is_hierarchical:
        raise NotSupported("Hierarchical JPEG streams (ISO 10918-1 annex J) cannot be decoded.")
    if stream.is_lossless_arithmetic:
        raise NotSupported("Lossless JPEG streams with arithmetic coding (ISO 10918-1 process 15) cannot be decoded.")
    stored, wanted, photometric = _jpeg_color(stream, image_pixel)

    def decode(closed: bytes) -> NDArray[np.generic]:
        cells: NDArray[np.generic] = imagecodecs.jpeg8_decode(closed, colorspace=stored, outcolorspace=wanted)
        return cells

    if stream.ended:
        cells = decode(data)
    else:
        cells, other = (decode(close_jpeg_stream(data, filler)) for filler in _FILLERS)
        if not np.array_equal(cells, other):
            raise CorruptObject("The JPEG stream of this frame ends before the frame does.")
    return decoded_frame(cells, photometric, image_pixel, precision=stream.precision, lossy=stream.is_lossy)


def decode_jpeg_ls(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode ISO 14495-1 with CharLS."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    data, stream = _checked_jpeg(data, image_pixel, jpeg_ls=True)
    if not stream.ended:  # CharLS would say so after seconds
        raise CorruptObject("The JPEG-LS stream of this frame has no end marker.")
    photometric = component_color(len(stream.component_ids), image_pixel)
    cells = imagecodecs.jpegls_decode(data)
    return decoded_frame(cells, photometric, image_pixel, precision=stream.precision, lossy=stream.is_lossy)


def decode_openjpeg(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode ISO 15444-1 and ISO 15444-15 with OpenJPEG."""
    return _openjpeg(data, image_pixel, truncated=False)


def decode_lossy_openjpeg(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode as `decode_openjpeg` a stream that may have been cut to a rate: reversible ones may overshoot too."""
    return _openjpeg(data, image_pixel, truncated=True)


def decode_openjph(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode reversible ISO 15444-15 with OpenJPH, which does not clamp irreversible values nor miss a cut-off end."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    codestream, stream = _checked_jpeg2000(data, image_pixel)
    if not (stream.reversible and stream.high_throughput and is_ended(codestream)):
        raise RefusedError("the stream is not complete reversible HTJ2K")
    with swallowed_errors("imagecodecs._htj2k") as errors:
        cells = imagecodecs.htj2k_decode(codestream, planar=False)
    if errors:
        raise RefusedError(errors[0])
    return _jpeg2000_frame(cells, stream, image_pixel, lossy=False)


def decode_recompressed_jpeg(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode the JPEG stream that a JPEG XL one was made of: a picture is the same to the bit before and after.

    Decoders of JPEG XL may round and dither otherwise than those of JPEG do (ISO 18181-3), by up to four shades here.
    """
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    stream = read_jpeg_xl_stream(data)
    check_stream_size(stream.rows, stream.columns, image_pixel.samples_per_pixel, image_pixel)
    room = _LARGEST_JPEG_PIXEL * stream.rows * stream.columns + _LARGEST_JPEG_HEADER
    try:
        jpeg = imagecodecs.jpegxl_decode_jpeg(data, numthreads=1, out=room)
    except (ValueError, MemoryError, imagecodecs.JpegxlError) as error:
        raise RefusedError("the stream gives no JPEG stream back, or not in the memory there is") from error
    return decode_jpeg8(bytes(jpeg), image_pixel)


def decode_jpeg_xl(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode ISO 18181-1 with libjxl; colour comes as RGB, that of a JPEG stream too."""
    return _libjxl(data, image_pixel, lossless=False)


def decode_lossless_jpeg_xl(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode as `decode_jpeg_xl` a stream that keeps what the encoder was given: components may be YCbCr (RR-11)."""
    return _libjxl(data, image_pixel, lossless=True)


def _libjxl(data: bytes, image_pixel: ImagePixel, *, lossless: bool) -> Frame:
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    stream = read_jpeg_xl_stream(data)
    check_stream_size(stream.rows, stream.columns, image_pixel.samples_per_pixel, image_pixel)
    cells = imagecodecs.jpegxl_decode(data)
    components = 1 if cells.ndim == GREY_DIMENSIONS else cells.shape[-1]
    kept = components != COLOR_COMPONENTS or (lossless and not stream.xyb)
    photometric = component_color(components, image_pixel) if kept else "RGB"
    return decoded_frame(cells, photometric, image_pixel, precision=stream.precision, lossy=stream.xyb)


def _checked_jpeg(data: bytes, image_pixel: ImagePixel, *, jpeg_ls: bool) -> tuple[bytes, JpegStream]:
    data = whole_jpeg_stream(data)
    stream = read_jpeg_stream(data)
    if stream.is_jpeg_ls is not jpeg_ls:
        raise RefusedError("the stream is JPEG-LS" if stream.is_jpeg_ls else "the stream is not JPEG-LS")
    check_stream_size(stream.rows, stream.columns, len(stream.component_ids), image_pixel)
    return data, stream


def _checked_jpeg2000(data: bytes, image_pixel: ImagePixel) -> tuple[bytes, Jpeg2000Stream]:
    codestream = codestream_of(data)
    stream = read_jpeg2000_stream(codestream)
    if stream.part_2:
        raise NotSupported("JPEG 2000 streams with the extensions of ISO 15444-2 cannot be decoded.")
    check_stream_size(stream.rows, stream.columns, stream.components, image_pixel)
    return codestream, stream


def _jpeg_color(stream: JpegStream, image_pixel: ImagePixel) -> tuple[str | None, str | None, str]:
    """Return the colour space to decode from, the one to decode to, and what the cells are then."""
    count = len(stream.component_ids)
    if count == COLOR_COMPONENTS:
        if stream.is_lossless_process:
            return "RGB", "RGB", "YBR_FULL" if stream.is_subsampled else component_color(count, image_pixel)
        stored = "YCBCR" if stream.is_ycbcr(image_pixel.photometric_interpretation) else "RGB"
        return stored, "RGB", "RGB"
    unchanged = "CMYK" if count == FOUR_COMPONENTS else None
    return unchanged, unchanged, component_color(count, image_pixel)


def _openjpeg(data: bytes, image_pixel: ImagePixel, *, truncated: bool) -> Frame:
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    codestream, stream = _checked_jpeg2000(data, image_pixel)
    cells = imagecodecs.jpeg2k_decode(codestream, planar=False)
    return _jpeg2000_frame(cells, stream, image_pixel, lossy=truncated or not stream.reversible)


def _jpeg2000_frame(
    cells: NDArray[np.generic], stream: Jpeg2000Stream, image_pixel: ImagePixel, *, lossy: bool
) -> Frame:
    photometric = jpeg2000_color(stream, image_pixel)
    return decoded_frame(cells, photometric, image_pixel, precision=stream.precision, lossy=lossy)


def jpeg2000_color(stream: Jpeg2000Stream, image_pixel: ImagePixel) -> str:
    """Return the colour space of what OpenJPEG and OpenJPH make of a stream (RR-10)."""
    # OpenJPEG's caller turns subsampled components into RGB, whatever they are called
    transformed = (stream.component_transform or stream.subsampled) and stream.components == COLOR_COMPONENTS
    return "RGB" if transformed else component_color(stream.components, image_pixel)
