"""A stored JPEG 2000 codestream as a JP2 file (ISO 15444-1 annex I; REQ-URI-8.2.8-5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from openwado.dicom.decoded_frame import COLOR_COMPONENTS
from openwado.dicom.jpeg2000_stream import codestream_of, is_whole, read_jpeg2000_stream
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel

_BYTE_BITS = 8
_BOX = struct.Struct(">I4s")
_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_FILE_TYPE = b"\x00\x00\x00\x14ftypjp2 \x00\x00\x00\x00jp2 "
#: Enumerated colour spaces (I.5.3.3).
_SRGB, _GREY = 16, 17
_WAVELETS = 7


def jp2_file(data: bytes, image_pixel: ImagePixel) -> bytes | None:
    """Return a frame's codestream as a file, untouched.

    Nobody can tell without decoding it that a codestream is sound: this is for one that has been decoded.

    Args:
        data: the stream of the frame.
        image_pixel: what the object says.

    Returns:
        None where a reader of JP2 files would not show the same: another size, other than 8 bits, high throughput
        or extensions, colours that are not RGB.
    """
    try:
        codestream = codestream_of(data)
        stream = read_jpeg2000_stream(codestream)
    except CorruptObject:
        return None
    codestream = codestream.rstrip(b"\0")
    plain = (
        (stream.rows, stream.columns, stream.components)
        == (image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
        and stream.precision == _BYTE_BITS
        and not (stream.signed or stream.subsampled or stream.high_throughput or stream.part_2)
        and is_whole(codestream)
    )
    is_color = stream.components == COLOR_COMPONENTS
    is_rgb = stream.component_transform or image_pixel.photometric_interpretation == "RGB"
    if not plain or (is_color and not is_rgb) or (stream.components > 1 and not is_color):
        return None
    header = struct.pack(">IIHBBBB", stream.rows, stream.columns, stream.components, _BYTE_BITS - 1, _WAVELETS, 0, 0)
    color = struct.pack(">BBBI", 1, 0, 0, _SRGB if is_color else _GREY)
    boxes = _box(b"ihdr", header) + _box(b"colr", color)
    return b"".join((_SIGNATURE, _FILE_TYPE, _box(b"jp2h", boxes), _BOX.pack(8 + len(codestream), b"jp2c"), codestream))


def _box(kind: bytes, content: bytes) -> bytes:
    return _BOX.pack(_BOX.size + len(content), kind) + content
