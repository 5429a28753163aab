"""Overlay planes of an image: what they say of themselves, and the bits of one frame (PS3.3 C.9.2; RR-23, RR-24)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openwado.dicom.native import little_endian
from openwado.dicom.picture_record import OverlayPlane
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.source import ByteSource

_log = logging.getLogger(__name__)

#: The repeating group: 6000 … 601E, even numbers only.
GROUPS: Final = range(0x6000, 0x6020, 2)

_ROWS: Final = 0x0010
_COLUMNS: Final = 0x0011
_NUMBER_OF_FRAMES: Final = 0x0015
_OVERLAY_TYPE: Final = 0x0040
_OVERLAY_ORIGIN: Final = 0x0050
_IMAGE_FRAME_ORIGIN: Final = 0x0051
_BITS_ALLOCATED: Final = 0x0100
_BIT_POSITION: Final = 0x0102
_OVERLAY_DATA: Final = 0x3000

_EXTENT_MAX: Final = 65535
_WORD: Final = 2
#: Bits of a plane that are unpacked at a time: a plane may be much wider than its image.
_BAND_BITS: Final = 1 << 22
_BYTE_VRS: Final = frozenset({"OB", "UN"})


@dataclass(frozen=True, slots=True)
class PlaneBits:
    """The part of an overlay plane that lies on its image, for one frame.

    Attributes:
        top, left: row and column of the image, from 0, that the first bit belongs to.
        bits: shape (rows, columns); True where the overlay is.
    """

    top: int
    left: int
    bits: NDArray[np.bool_]


def read_overlay_planes(attributes: Attributes, image_pixel: ImagePixel) -> tuple[OverlayPlane, ...]:
    """Return the overlay planes of an image; what cannot be one is left out and logged, never an error.

    Args:
        attributes: of the data set.
        image_pixel: its Image Pixel module.
    """
    planes = []
    for group in GROUPS:
        base = group << 16
        if base | _ROWS not in attributes and base | _OVERLAY_DATA not in attributes:
            continue
        plane = _plane(attributes, base, image_pixel)
        if isinstance(plane, str):
            _log_skipped(group, plane)
        else:
            planes.append(plane)
    return tuple(planes)


def read_plane_bits(  # noqa: PLR0913 -- the frame, and what it is of
    source: ByteSource,
    planes: Iterable[OverlayPlane],
    frame: Frame,
    image_pixel: ImagePixel,
    frame_number: int,
    *,
    lossy: bool = False,
) -> Iterator[PlaneBits]:
    """Yield the bits of overlay planes that belong to a frame, cut to the image: one plane at a time is in memory.

    Args:
        source: the bytes that the planes' offsets count in.
        planes: which ones.
        frame: the decoded frame, whose cells hold the embedded ones.
        image_pixel: says how large the image is.
        frame_number: from 1.
        lossy: whether the pixel data are compressed so that embedded bits are not what they were (RR-24).
    """
    size = (image_pixel.rows, image_pixel.columns)
    for plane in planes:
        if not plane.embedded:
            bits = _own(source, plane, size, frame_number)
        elif lossy:
            bits = "embedded in lossily compressed pixel data"
        else:
            bits = _embedded(frame, plane) if frame.cells.shape == size else "embedded in pixel data of another size"
        if isinstance(bits, PlaneBits):
            yield bits
        elif bits is not None:
            _log_skipped(plane.group, bits)


def _plane(attributes: Attributes, base: int, image_pixel: ImagePixel) -> OverlayPlane | str:
    """Return the plane of a group, or why there is none."""
    rows, columns = attributes.integer(base | _ROWS) or 0, attributes.integer(base | _COLUMNS) or 0
    if not (1 <= rows <= _EXTENT_MAX and 1 <= columns <= _EXTENT_MAX):
        return "rows or columns missing"
    origin = attributes.integers(base | _OVERLAY_ORIGIN, signed=True)
    top, left = origin[:2] if len(origin) > 1 else (1, 1)
    data = attributes.elements.get(base | _OVERLAY_DATA)
    embedded = data is None or data.length == 0
    bit_position = attributes.integer(base | _BIT_POSITION) or 0
    frames = min(max(1, attributes.integer_string(base | _NUMBER_OF_FRAMES) or 1), image_pixel.number_of_frames)
    frame_origin = attributes.integer(base | _IMAGE_FRAME_ORIGIN)
    repeats = base | _NUMBER_OF_FRAMES not in attributes and frame_origin is None
    if embedded:
        reason = _why_not_embedded(attributes.integer(base | _BITS_ALLOCATED), bit_position, image_pixel)
    else:
        frames = min(frames, data.length * 8 // (rows * columns)) if data is not None else 0
        reason = "" if frames else "data too short"
    if reason:
        return reason
    return OverlayPlane(
        group=base >> 16,
        rows=rows,
        columns=columns,
        top=top,
        left=left,
        is_roi=attributes.text(base | _OVERLAY_TYPE).upper() == "R",
        number_of_frames=frames,
        image_frame_origin=0 if repeats else max(1, frame_origin or 1),
        embedded=embedded,
        bit_position=bit_position if embedded else 0,
        offset=0 if data is None else data.value_offset,
        length=0 if data is None else data.length,
        swap=1 if attributes.coding.little_endian or data is None or data.vr in _BYTE_VRS else _WORD,
    )


def _why_not_embedded(bits_allocated: int | None, bit_position: int, image_pixel: ImagePixel) -> str:
    """Return why no plane can be embedded in the unused bits of the pixel cells, "" if it can (RR-24)."""
    if image_pixel.element != "PixelData" or image_pixel.samples_per_pixel != 1:
        return "no data, and the pixels cannot hold it"
    if bits_allocated is not None and bits_allocated != image_pixel.bits_allocated:
        return "no data"
    lowest_used = image_pixel.high_bit + 1 - image_pixel.bits_stored
    if bit_position >= image_pixel.bits_allocated or lowest_used <= bit_position <= image_pixel.high_bit:
        return "embedded in a bit of the stored values"
    return ""


def _log_skipped(group: int, reason: str) -> None:
    _log.info(event("overlay.skipped", group=f"{group:04X}", reason=reason))


def _own(source: ByteSource, plane: OverlayPlane, size: tuple[int, int], frame_number: int) -> PlaneBits | str | None:
    """Read the rows of a plane with data of its own that lie on the image; bits go on across rows and frames.

    Returns:
        None if no part of it belongs to the frame, or why it cannot be read.
    """
    frame = frame_number - plane.image_frame_origin if plane.image_frame_origin else 0
    if not 0 <= frame < plane.number_of_frames:
        return None
    rows, columns = size
    first, last = max(0, 1 - plane.top), min(plane.rows, rows + 1 - plane.top)
    near, far = max(0, 1 - plane.left), min(plane.columns, columns + 1 - plane.left)
    if first >= last or near >= far:
        return None
    shown = np.empty((last - first, far - near), np.uint8)
    band = max(1, _BAND_BITS // plane.columns)
    for top in range(first, last, band):
        count = min(band, last - top)
        bits = _bits(source, plane, (frame * plane.rows + top) * plane.columns, count * plane.columns)
        if bits.size < count * plane.columns:
            return "data too short"
        shown[top - first : top - first + count] = bits.reshape(count, plane.columns)[:, near:far]
    return PlaneBits(plane.top - 1 + first, plane.left - 1 + near, shown.view(np.bool_))


def _bits(source: ByteSource, plane: OverlayPlane, start: int, count: int) -> NDArray[np.uint8]:
    """Read bits of a plane, each as a byte; whole words, for they may have to be swapped."""
    word_bits = 8 * plane.swap
    first_word, skipped = divmod(start, word_bits)
    words = -(-(skipped + count) // word_bits)
    length = min(words * plane.swap, plane.length - first_word * plane.swap)
    data = little_endian(source.read_at(plane.offset + first_word * plane.swap, length), plane.swap)
    return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[skipped : skipped + count]


def _embedded(frame: Frame, plane: OverlayPlane) -> PlaneBits | str:
    """Take a plane out of the unused bits of the cells (RR-24), or say why there is none."""
    if frame.cells.dtype.kind != "u" or plane.bit_position >= frame.cells.dtype.itemsize * 8:
        return "embedded in a bit that the cells do not have"
    bits = _bit(frame.cells, plane.bit_position)
    if frame.pixel_representation == 1 and np.array_equal(bits, _bit(frame.cells, frame.high_bit)):
        return "embedded where only copies of the sign are"
    return PlaneBits(0, 0, bits)


def _bit(cells: NDArray[Any], position: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (cells >> position & 1).astype(np.bool_)
    return found
