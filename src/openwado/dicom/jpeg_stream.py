"""What a JPEG or JPEG-LS stream says about itself (ISO 10918-1 annex B, ISO 14495-1 annex C), read before decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_OF_IMAGE = b"\xff\xd8"
_END_OF_IMAGE = b"\xff\xd9"
_MARKER = 0xFF
_START_OF_SCAN = 0xDA
_APP0 = 0xE0
_APP14 = 0xEE
_JPEG_LS_FRAME = 0xF7
#: Start Of Frame markers: SOF0 … SOF15 without DHT, JPG and DAC, which lie among them.
_FRAMES = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {_JPEG_LS_FRAME}
_LOSSLESS_FRAMES = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_HIERARCHICAL_FRAMES = frozenset({0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF})
_LOSSLESS_ARITHMETIC_FRAME = 0xCB
#: Define Number of Lines: marker and length; entropy-coded data never hold it.
_NUMBER_OF_LINES = b"\xff\xdc\x00\x04"
#: Markers without a segment: TEM, RST0 … RST7, SOI.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_ADOBE_LENGTH = 12
_MAXIMUM_SCANS = 500


@dataclass(frozen=True, slots=True)
class JpegStream:
    """The header of one JPEG or JPEG-LS image.

    Attributes:
        frame_marker: second byte of its Start Of Frame marker: C0 baseline … C3 lossless … F7 JPEG-LS.
        rows: lines of the image.
        columns: samples of a line.
        precision: bits of a sample, 2 … 16.
        component_ids: identifiers of the components, in order.
        sampling: horizontal and vertical sampling factor of each component.
        adobe_transform: colour transform of the Adobe APP14 segment (0 none, 1 YCbCr, 2 YCCK), None without one.
        jfif: whether it has a JFIF APP0 segment.
        near: of JPEG-LS: the greatest error of a sample, 0 if lossless.
        ended: whether the stream closes with an End Of Image marker.
    """

    frame_marker: int
    rows: int
    columns: int
    precision: int
    component_ids: tuple[int, ...]
    sampling: tuple[tuple[int, int], ...]
    adobe_transform: int | None
    jfif: bool
    near: int
    ended: bool

    @property
    def is_jpeg_ls(self) -> bool:
        """Whether it is JPEG-LS (ISO 14495-1)."""
        return self.frame_marker == _JPEG_LS_FRAME

    @property
    def is_lossless_process(self) -> bool:
        """Whether it is coded by prediction (ISO 10918-1 annex H), not by cosine transform."""
        return self.frame_marker in _LOSSLESS_FRAMES

    @property
    def is_hierarchical(self) -> bool:
        """Whether it is coded in several sizes that build on each other (ISO 10918-1 annex J)."""
        return self.frame_marker in _HIERARCHICAL_FRAMES

    @property
    def is_lossless_arithmetic(self) -> bool:
        """Whether it is coded by prediction and arithmetic coding (ISO 10918-1 process 15)."""
        return self.frame_marker == _LOSSLESS_ARITHMETIC_FRAME

    @property
    def is_subsampled(self) -> bool:
        """Whether some components have fewer samples than others."""
        return len(set(self.sampling)) > 1

    @property
    def is_lossy(self) -> bool:
        """Whether samples may differ from those that were encoded."""
        return self.near > 0 if self.is_jpeg_ls else not self.is_lossless_process

    def is_ycbcr(self, photometric_interpretation: str) -> bool:
        """Return whether three components of a cosine-transform process are YCbCr (RR-11).

        Args:
            photometric_interpretation: of the object, for streams that do not say.
        """
        if self.adobe_transform is not None:
            return self.adobe_transform != 0
        if self.jfif:
            return True
        if self.component_ids == tuple(b"RGB"):
            return False
        if self.is_subsampled:  # nobody stores less of green and blue than of red
            return True
        return photometric_interpretation != "RGB"


def read_jpeg_stream(data: bytes) -> JpegStream:
    """Read the header of a JPEG or JPEG-LS stream.

    Args:
        data: the whole stream.

    Raises:
        CorruptObject: it has no header that can be read, or so many scans that only an attack explains them.
    """
    stream = read_jpeg_header(data)
    if not stream.is_jpeg_ls and _count_scans(data) > _MAXIMUM_SCANS:  # CharLS takes as many as there are components
        raise CorruptObject(f"The JPEG stream of this frame has more than {_MAXIMUM_SCANS} scans.")
    return stream


def read_jpeg_header(data: bytes) -> JpegStream:
    """Read the header as `read_jpeg_stream`, for who does not decode: however many scans there are.

    Raises:
        CorruptObject: it has no header that can be read.
    """
    try:
        return _read(data)
    except IndexError as error:
        raise CorruptObject("The JPEG stream of this frame ends within its header.") from error


def whole_jpeg_stream(data: bytes) -> bytes:
    """Return a stream as libraries expect it: what the standard allows and none of them reads is put right.

    Fill bytes before Start Of Image (PS3.5 A.4) are cut off; a number of lines that follows the first scan
    (ISO 10918-1 B.2.5) is written into the frame header.
    """
    if data.startswith(b"\xff\xff"):
        data = b"\xff" + data.lstrip(b"\xff")
    frame = _frame_header(data)
    if not frame or data[frame + 5 : frame + 7] != b"\0\0":
        return data
    lines = data.find(_NUMBER_OF_LINES, frame)
    if lines < 0:
        return data
    return data[: frame + 5] + data[lines + 4 : lines + 6] + data[frame + 7 : lines] + data[lines + 6 :]


def close_jpeg_stream(data: bytes, filler: bytes) -> bytes:
    """Return the stream with an End Of Image marker, and filler bytes where its entropy-coded data stopped.

    Two closings with different fillers decode to the same cells exactly if nothing but the marker was missing.
    """
    return data + filler + _END_OF_IMAGE


def _read(data: bytes) -> JpegStream:
    if data[:2] != _START_OF_IMAGE:
        raise CorruptObject("The compressed stream of this frame is no JPEG stream: it has no Start Of Image marker.")
    frame: tuple[int, bytes] | None = None
    adobe_transform: int | None = None
    jfif = False
    for marker, _, body in read_segments(data):
        if marker in _FRAMES:
            frame = marker, body
        elif marker == _APP0:
            jfif = jfif or body[:5] == b"JFIF\0"
        elif marker == _APP14 and body[:5] == b"Adobe" and len(body) >= _ADOBE_LENGTH:
            adobe_transform = body[11]
        elif marker == _START_OF_SCAN and frame is not None:
            return _stream(frame, body, adobe_transform=adobe_transform, jfif=jfif, ended=_is_ended(data))
    raise CorruptObject("The JPEG stream of this frame has no frame header.")


def _stream(
    frame: tuple[int, bytes], scan: bytes, *, adobe_transform: int | None, jfif: bool, ended: bool
) -> JpegStream:
    marker, body = frame
    return JpegStream(
        frame_marker=marker,
        rows=int.from_bytes(body[1:3], "big"),
        columns=int.from_bytes(body[3:5], "big"),
        precision=body[0],
        component_ids=tuple(body[6 + 3 * number] for number in range(body[5])),
        sampling=tuple(divmod(body[7 + 3 * number], 16) for number in range(body[5])),
        adobe_transform=adobe_transform,
        jfif=jfif,
        near=scan[1 + 2 * scan[0]] if marker == _JPEG_LS_FRAME else 0,
        ended=ended,
    )


def _count_scans(data: bytes) -> int:
    """Return how often the marker of a scan occurs: ten times faster than to count in bytes."""
    cells = np.frombuffer(data, np.uint8)
    return int(np.count_nonzero((cells[:-1] == _MARKER) & (cells[1:] == _START_OF_SCAN)))


def _frame_header(data: bytes) -> int:
    """Return where the frame header's marker is, 0 if there is none that can be found."""
    try:
        return next((place for marker, place, _ in read_segments(data) if marker in _FRAMES), 0)
    except (CorruptObject, IndexError):
        return 0


def read_segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give marker, place of the marker and body of every segment up to the first scan's header."""
    place = 2
    marker = 0
    while marker != _START_OF_SCAN:
        if data[place] != _MARKER:
            raise CorruptObject("The JPEG stream of this frame has something else where a marker must be.")
        marker = data[place + 1]
        if marker == _MARKER:  # a fill byte before a marker
            place += 1
        elif marker in _BARE:
            place += 2
        else:
            length = data[place + 2] << 8 | data[place + 3]
            yield marker, place, data[place + 4 : place + 2 + length]
            place += 2 + max(2, length)


def _is_ended(data: bytes) -> bool:
    """Return whether the stream ends with End Of Image, but for padding (PS3.5 A.4)."""
    return data.rstrip(b"\0").endswith(_END_OF_IMAGE) or _END_OF_IMAGE in data[-64:]
