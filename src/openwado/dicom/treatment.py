"""One frame as it leaves in an object: decoded, cleaned, encoded (PS3.5 8, PS3.15 E.3.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.dicom.codecs import decode_frame, image_pixel_of
from openwado.dicom.frame_encoders import JPEG_XL_RECOMPRESSION, encode_frame
from openwado.dicom.frame_streams import jpeg_xl_of_jpeg
from openwado.dicom.frames import read_frame
from openwado.dicom.native import native_bytes
from openwado.dicom.parts import NATIVE
from openwado.dicom.pixel_attributes import frame_bits_allocated
from openwado.dicom.stream_metadata import without_metadata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry, Instance
    from openwado.dicom.parts import Cleaning, Treatment
    from openwado.dicom.source import ByteSource


def treated_frame(source: ByteSource, instance: Instance, entry: FrameEntry, treatment: Treatment) -> Frame:
    """Return a frame decoded and cleaned.

    Raises:
        CorruptObject: the frame cannot be read or decoded.
        NotSupported: no decoder for it is here.
    """
    frame = decode_frame(source, instance, entry)
    return frame if treatment.cleaning is None else cleaned(frame, treatment.cleaning)


def frame_bytes(source: ByteSource, instance: Instance, entry: FrameEntry, treatment: Treatment = NATIVE) -> bytes:
    """Return what a frame becomes: native little-endian bytes, samples interleaved; or a stream of even length.

    Args:
        source: the stored bytes.
        instance: the object's record.
        entry: where the frame is.
        treatment: what becomes of it.

    Raises:
        CorruptObject: the frame cannot be read or decoded.
        NotSupported: no decoder for it is here.
        NotAcceptable: the target cannot carry it.
    """
    if treatment.strip:
        return _even(without_metadata(read_frame(source, instance, entry), treatment.transfer_syntax))
    if treatment.transfer_syntax == JPEG_XL_RECOMPRESSION:
        return _even(jpeg_xl_of_jpeg(read_frame(source, instance, entry)))
    frame = treated_frame(source, instance, entry, treatment)
    if treatment.transfer_syntax:
        return _even(encode_frame(frame, treatment.transfer_syntax, treatment.image_quality))
    return native_bytes(frame, frame_bits_allocated(frame, image_pixel_of(instance)))


def cleaned(frame: Frame, cleaning: Cleaning) -> Frame:
    """Return a frame without what is in bits outside Bits Stored, black where it may say who it is (PS3.15 E.3.1).

    Black is the value that is shown so without any window: the lowest, or of MONOCHROME1 the highest; luminance 0.
    """
    if frame.cells.dtype.kind == "f":
        cells: NDArray[Any] = frame.cells.copy()
        black: Any = 0
    else:
        cells = frame.cells & np.array(
            ((1 << frame.bits_stored) - 1) << (frame.high_bit + 1 - frame.bits_stored), frame.cells.dtype
        )
        black = _black(frame)
    visible = np.ones(cells.shape[:2], bool)
    if cleaning.keep:
        visible[:] = False
        for left, top, right, bottom in cleaning.keep:
            visible[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
    for left, top, right, bottom in cleaning.blackout:
        visible[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
    cells[~visible] = black
    return replace(frame, cells=_sign_extended(cells, frame))


def _sign_extended(cells: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Return signed cells with copies of the sign above it, as most are stored: readers are lax about these bits."""
    unused = cells.dtype.itemsize * 8 - frame.bits_stored
    if not frame.pixel_representation or not unused or frame.high_bit + 1 != frame.bits_stored:
        return cells
    signed = np.left_shift(cells, unused, dtype=cells.dtype).view(f"i{cells.dtype.itemsize}")
    extended: NDArray[Any] = np.right_shift(signed, unused, dtype=signed.dtype).view(cells.dtype)
    return extended


def _black(frame: Frame) -> Any:  # noqa: ANN401 -- a cell, or one for each sample
    bits, shift = frame.bits_stored, frame.high_bit + 1 - frame.bits_stored
    if frame.photometric_interpretation.startswith("YBR"):
        middle = 1 << (bits - 1)
        return np.array([0, middle << shift, middle << shift], frame.cells.dtype)
    lowest = 1 << (bits - 1) if frame.pixel_representation else 0
    highest = lowest - 1 if frame.pixel_representation else (1 << bits) - 1
    value = highest if frame.photometric_interpretation == "MONOCHROME1" else lowest
    return np.array(value << shift, frame.cells.dtype)


def _even(stream: bytes) -> bytes:
    return stream + bytes(len(stream) % 2)
