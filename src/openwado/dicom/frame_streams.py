"""Cells to compressed streams, one function a transfer syntax (PS3.5 8.2, annex A.4).

Bits outside Bits Stored are left out, but for RLE, which packs whole cells. Where two's complement has no place in a
stream (JPEG, JPEG-LS, JPEG XL) the bit patterns are encoded as they are; JPEG 2000 says that it is signed.
"""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame

    Cells = NDArray[Any]

DEFAULT_JPEG_QUALITY: Final = 90

_LOSSLESS_QUALITY: Final = 100
_COLOR_DIMENSIONS: Final = 3
_BYTE_BITS: Final = 8
_EXTENDED_BITS: Final = 12
#: Root mean square error of a quantizer step of 1, as measured for OpenJPH's 9-7 transform.
_ERROR_OF_STEP: Final = 0.4
#: The smallest resolution of RPCL streams is no longer than this (PS3.5 A.4.9).
_SMALLEST_RESOLUTION: Final = 64
_SIZ, _SIZ_COMPONENTS, _SIZ_DEPTHS = b"\xff\x51", 38, 40
#: Segments that the head of a frame has room for (PS3.5 G.5).
RLE_SEGMENTS_MAX: Final = 15
_JPEG_LS_HEADERS: Final = 4096
#: DCMTK misreads streams of fewer bits a sample; where nothing is lost, more do no harm.
_JPEG_LS_BITS_MIN: Final = 8


def patterns_of(frame: Frame) -> Cells:
    """Return the stored bits of each sample, right-aligned, in bytes or words as Bits Stored needs."""
    cells: Cells = frame.cells
    shifted = cells >> (frame.high_bit + 1 - frame.bits_stored)
    masked = shifted & np.array((1 << frame.bits_stored) - 1, frame.cells.dtype)
    return np.ascontiguousarray(masked.astype(np.uint8 if frame.bits_stored <= _BYTE_BITS else np.uint16))


def values_of(frame: Frame) -> Cells:
    """Return the samples as numbers: signed where Pixel Representation says so."""
    patterns = patterns_of(frame)
    if not frame.pixel_representation:
        return patterns
    unused = patterns.itemsize * 8 - frame.bits_stored
    signed = np.dtype(f"i{patterns.itemsize}")
    values: Cells = np.right_shift(np.left_shift(patterns, unused, dtype=patterns.dtype).view(signed), unused)
    return values


def rle(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as PS3.5 annex G: a segment for each byte of each sample, high bytes first, rows apart."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    cells = frame.cells if frame.cells.ndim == _COLOR_DIMENSIONS else frame.cells[..., None]
    rows, columns, samples = cells.shape
    if samples * cells.itemsize > RLE_SEGMENTS_MAX:
        msg = f"{samples * cells.itemsize} segments"
        raise ValueError(msg)
    planes = np.ascontiguousarray(cells.astype(cells.dtype.newbyteorder(">"), copy=False))
    by_byte = planes.view(np.uint8).reshape(rows, columns, samples * cells.itemsize)
    segments = []
    for number in range(by_byte.shape[-1]):
        plane = np.ascontiguousarray(by_byte[..., number].reshape(-1)).copy().reshape(rows, columns)
        packed = bytes(imagecodecs.packbits_encode(plane, axis=-1))
        segments.append(packed + bytes(len(packed) % 2))
    offsets = np.zeros(16, "<u4")
    offsets[0] = len(segments)
    offsets[1 : len(segments) + 1] = 64 + np.cumsum([0, *map(len, segments[:-1])])
    return offsets.tobytes() + b"".join(segments)


def jpeg_baseline(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 10918-1 process 1."""
    return _jpeg_dct(frame, image_quality, None)


def jpeg_extended(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 10918-1 process 2 (8 bits) or 4 (12 bits)."""
    return _jpeg_dct(frame, image_quality, _EXTENDED_BITS if frame.bits_stored > _BYTE_BITS else None)


def _jpeg_dct(frame: Frame, image_quality: int | None, bits: int | None) -> bytes:
    import imagecodecs  # noqa: PLC0415 -- heavy

    patterns = patterns_of(frame)
    color: dict[str, Any] = {}
    if patterns.ndim == _COLOR_DIMENSIONS:
        stored = "RGB" if frame.photometric_interpretation == "RGB" else "YCBCR"
        subsampling = "444" if patterns.shape[1] % 2 else "422"
        color = {"colorspace": stored, "outcolorspace": "YCBCR", "subsampling": subsampling}
    quality = DEFAULT_JPEG_QUALITY if image_quality is None else image_quality
    return bytes(imagecodecs.jpeg8_encode(patterns, quality, bitspersample=bits, **color))


def jpeg_lossless(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 10918-1 process 14, selection value 1; colour as it is."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    patterns = patterns_of(frame)
    space = "RGB" if patterns.ndim == _COLOR_DIMENSIONS else None
    return bytes(
        imagecodecs.jpeg8_encode(
            patterns,
            lossless=True,
            predictor=1,
            bitspersample=max(frame.bits_stored, 2),
            colorspace=space,
            outcolorspace=space,
        )
    )


def jpeg_ls_lossless(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 14495-1."""
    return _jpeg_ls(frame, 0)


def jpeg_ls(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 14495-1, near-lossless where a quality below 100 is asked for; never nearer for less quality."""
    if not _is_lossy(image_quality):
        return _jpeg_ls(frame, 0)
    levels = 2.0 ** (frame.bits_stored - _BYTE_BITS)
    near = round((_LOSSLESS_QUALITY - (image_quality or 0)) / 8 * levels)
    return _jpeg_ls(frame, min(max(near, 1), 255, ((1 << frame.bits_stored) - 1) // 2))


def _jpeg_ls(frame: Frame, near: int) -> bytes:
    import imagecodecs  # noqa: PLC0415 -- heavy
    import jpeg_ls as charls  # noqa: PLC0415 -- as above

    patterns = patterns_of(frame)
    samples = patterns.shape[2] if patterns.ndim == _COLOR_DIMENSIONS else 1
    interleave = 2 if samples > 1 else 0
    bits = max(frame.bits_stored, 2 if near else _JPEG_LS_BITS_MIN)
    rows, columns = patterns.shape[:2]
    try:
        return bytes(charls.encode_buffer(patterns.tobytes(), rows, columns, samples, bits, near, interleave))
    except RuntimeError:  # noise, or a handful of pixels: its buffer has no room for a stream longer than the cells
        room = 2 * patterns.nbytes + _JPEG_LS_HEADERS
        # this one describes whole bytes: what is near the highest value could come out above Bits Stored
        near = near if bits == patterns.itemsize * 8 else 0
        return bytes(imagecodecs.jpegls_encode(patterns, near, out=room))


def jpeg_2000_lossless(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 15444-1, reversibly."""
    return jpeg_2000(frame, None)


def jpeg_2000(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 15444-1; irreversibly, to a PSNR, where a quality below 100 is asked for."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    lossy = _is_lossy(image_quality)
    values = values_of(frame)
    level: Any = _psnr(image_quality) if lossy else None
    return bytes(
        imagecodecs.jpeg2k_encode(
            values,
            level,
            codecformat="j2k",
            bitspersample=frame.bits_stored,
            reversible=not lossy,
            mct=frame.photometric_interpretation == "RGB",
            resolutions=_resolutions(values, 6),
            numthreads=1,
        )
    )


def htj2k_lossless(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 15444-15, reversibly."""
    return htj2k(frame, None)


def htj2k_rpcl(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 15444-15, reversibly: by resolution, with the lengths of tile parts (PS3.5 A.4.9)."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    longest = max(frame.cells.shape[:2])
    resolutions = max(1, ceil(log2(longest / _SMALLEST_RESOLUTION))) if longest > _SMALLEST_RESOLUTION else 1
    tileparts = imagecodecs.HTJ2K.TILEPART.RESOLUTIONS
    return _reversible_htj2k(frame, tlm=True, tilepart=tileparts, resolutions=resolutions)


def htj2k(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 15444-15; irreversibly, to about a PSNR, where a quality below 100 is asked for.

    The encoder knows 8 and 16 bits a sample. What is irreversible stays so described, and readers clamp to Bits Stored.
    """
    import imagecodecs  # noqa: PLC0415 -- heavy

    if not _is_lossy(image_quality):
        return _reversible_htj2k(frame)
    values = values_of(frame)
    error = ((1 << frame.bits_stored) - 1) / 10 ** (_psnr(image_quality) / 20)
    step = error / _ERROR_OF_STEP / (1 << (values.itemsize * 8))
    return bytes(imagecodecs.htj2k_encode(values, step, reversible=False, rgb=_is_rgb(frame)))


def _reversible_htj2k(frame: Frame, **options: Any) -> bytes:  # noqa: ANN401 -- of the library
    """Encode with Bits Stored bits a sample, which the encoder does not know: only the level shift depends on it."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    values = values_of(frame)
    width, bits = values.itemsize * 8, frame.bits_stored
    if not frame.pixel_representation and bits < width:
        values = values + np.array((1 << (width - 1)) - (1 << (bits - 1)), values.dtype)
    stream = bytearray(imagecodecs.htj2k_encode(values, reversible=True, rgb=_is_rgb(frame), **options))
    siz = stream.index(_SIZ)
    components = int.from_bytes(stream[siz + _SIZ_COMPONENTS : siz + _SIZ_DEPTHS], "big")
    for number in range(components):
        place = siz + _SIZ_DEPTHS + 3 * number
        stream[place] = (stream[place] & 0x80) | (bits - 1)
    return bytes(stream)


def jpeg_xl_lossless(frame: Frame, _image_quality: int | None) -> bytes:
    """Encode as ISO 18181-1, losslessly."""
    return jpeg_xl(frame, None)


def jpeg_xl(frame: Frame, image_quality: int | None) -> bytes:
    """Encode as ISO 18181-1; to a perceptual distance where a quality below 100 is asked for."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    patterns = patterns_of(frame)
    options: dict[str, Any] = {"lossless": True}
    if _is_lossy(image_quality):
        options = {"lossless": False, "distance": 0.1 + 0.09 * (_LOSSLESS_QUALITY - (image_quality or 0))}
    bits = frame.bits_stored if patterns.itemsize > 1 else None
    return bytes(imagecodecs.jpegxl_encode(patterns, effort=4, bitspersample=bits, numthreads=1, **options))


def jpeg_xl_of_jpeg(stream: bytes) -> bytes:
    """Pack a JPEG stream anew, so that it can be had back to the bit."""
    import imagecodecs  # noqa: PLC0415 -- heavy

    return bytes(imagecodecs.jpegxl_encode_jpeg(stream, usecontainer=True))


def _is_lossy(image_quality: int | None) -> bool:
    return image_quality is not None and image_quality < _LOSSLESS_QUALITY


def _psnr(image_quality: int | None) -> float:
    """Return what imageQuality 1 … 99 asks for, dB."""
    return 25 + (image_quality or 0) / 4


def _is_rgb(frame: Frame) -> bool:
    return frame.cells.ndim == _COLOR_DIMENSIONS and frame.photometric_interpretation == "RGB"


def _resolutions(values: Cells, most: int) -> int:
    """Return as many resolutions as a picture has room for: each halves it."""
    return max(1, min(most, int(log2(min(values.shape[:2]))) + 1))
