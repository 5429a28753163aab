"""A stored video stream as a file that can be played, its pictures as they are coded (RR-28a).

MPEG-2 leaves as it is stored: elementary, program and transport streams are all files of video/mpeg. MP4 files leave as
they are stored too, or with their index moved to the front; whatever else holds H.264 or H.265 is put into MP4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.mp4_boxes import file_boxes, moved_index, read_index, sample_formats
from openwado.dicom.video_codecs import video_codec, which_types
from openwado.dicom.video_remuxing import remuxed
from openwado.dicom.video_stream import cut, read_video
from openwado.errors import CorruptObject, NotAcceptable, NotSupported
from openwado.spool import Spool

if TYPE_CHECKING:
    from fractions import Fraction

    from openwado.dicom.instance import Instance
    from openwado.dicom.mp4_boxes import Box
    from openwado.dicom.parts import Part
    from openwado.dicom.source import ByteSource
    from openwado.dicom.video_codecs import VideoCodec
    from openwado.dicom.video_stream import VideoStream

#: Containers of MPEG-2 that are files of video/mpeg (RFC 2045 names no one of them).
_MPEG_FILES: Final = frozenset({"mpeg", "program", "transport"})
_QUICKTIME: Final = b"qt  "
#: Bytes copied at once.
_PIECE: Final = 1 << 20


def video_parts(
    source: ByteSource, instance: Instance, media_type: str, frame_time: Fraction | None = None
) -> tuple[Part, ...] | Spool:
    """Return a stored video stream as a file of a media type, its pictures as they are coded.

    Args:
        source: the stored bytes.
        instance: a video object's record.
        media_type: one of `video_codecs.which_types`.
        frame_time: seconds that a picture is shown, as the object says (RR-28), for streams that do not say it.

    Returns:
        Parts, spans of the stored bytes among them, where these are that file; else a spool that holds it.

    Raises:
        NotAcceptable: the stream cannot leave as this type.
        CorruptObject: it cannot be read, or is cut off.
        NotSupported: it is none that is known; it must be put into another container, and is too long for that or the
            library for it is not installed.
        Unavailable: there is no room for it.
    """
    codec = video_codec(instance.transfer_syntax_uid)
    types = which_types(instance.transfer_syntax_uid)
    if codec is None or media_type not in types:
        raise NotAcceptable(f"The stored stream of this object cannot leave as {media_type}.", available=types)
    stream = read_video(source, instance)
    if not stream.whole:
        raise CorruptObject("The stored object ends before its video stream does.")
    if media_type == "video/mpeg":
        if stream.container in _MPEG_FILES:
            return stream.spans
        return remuxed(stream, codec, "mpegts", frame_time)
    if stream.container == "mp4":
        parts = _stored_mp4(stream, codec)
        if parts is not None:
            return parts
    return _index_first(remuxed(stream, codec, "mp4", frame_time))


def _stored_mp4(stream: VideoStream, codec: VideoCodec) -> tuple[Part, ...] | None:
    """Return a stored MP4 file with its index at the front; None if players might not take it for what it is."""
    file = stream.file()
    boxes = list(file_boxes(file))
    if boxes[0].kind != b"ftyp" or file.read_at(boxes[0].offset + boxes[0].header, len(_QUICKTIME)) == _QUICKTIME:
        return None
    kinds = [box.kind for box in boxes]
    if b"moov" not in kinds or b"mdat" not in kinds:
        raise CorruptObject("The MP4 file of this object holds no samples, or no index of them.")
    index = read_index(file, boxes)
    if codec.sample_format not in sample_formats(index):
        return None
    if kinds.index(b"moov") < kinds.index(b"mdat"):
        return stream.spans
    box = boxes[kinds.index(b"moov")]
    return _with_index_first(stream, boxes[0], box, index)


def _with_index_first(stream: VideoStream, start: Box, box: Box, index: bytes) -> tuple[Part, ...] | None:
    """Return a file with its index moved behind its first box; None if that cannot be written."""
    moved = moved_index(index, box, start.end)
    if moved is None:
        return None
    head = cut(stream.spans, 0, start.end)
    samples = cut(stream.spans, start.end, box.offset)
    return (*head, moved, *samples, *cut(stream.spans, box.end, stream.length))


def _index_first(file: Spool) -> Spool:
    """Return a file that was written with its index last, with its index first."""
    boxes = list(file_boxes(file))
    box = next(box for box in boxes if box.kind == b"moov")
    start = boxes[0].end
    moved = moved_index(file.read_at(box.offset, box.size), box, start)
    if moved is None:
        raise NotSupported("The video stream of this object is too long to be put into MP4.")
    written = Spool()
    written.write(file.read_at(0, start))
    written.write(moved)
    for first, stop in ((start, box.offset), (box.end, file.size)):
        for place in range(first, stop, _PIECE):
            written.write(file.read_at(place, min(_PIECE, stop - place)))
    return written
