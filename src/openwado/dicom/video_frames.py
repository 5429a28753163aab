"""Single pictures of a stored video stream, by their number in the order in which they are shown (RR-28a).

Only the group of pictures that a picture is in is decoded, and the one before it, which its first ones may refer to.
Wherever that does not tell for sure which picture it is, all before it are decoded and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openwado.dicom.decoded_frame import COLOR_COMPONENTS, RefusedError, check_stream_size, component_color
from openwado.dicom.video_codecs import video_codec
from openwado.dicom.video_color import grey_frame, rgb_frame
from openwado.dicom.video_reading import open_video, video_library
from openwado.dicom.video_stream import read_video
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream as Track

    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import Instance
    from openwado.dicom.source import ByteSource
    from openwado.dicom.video_codecs import VideoCodec
    from openwado.dicom.video_stream import VideoStream

    #: A coded picture, and its number from 0 in the order of the stream.
    Coded = tuple[int, Packet[Track]]

#: Bytes of coded pictures that wait until it is known from which of them on to decode.
_WAITING_MAX: Final = 1 << 26
#: What the decoder must not do: show pictures whose bytes are missing or wrong as if nothing were.
_STRICT: Final = {"err_detect": "crccheck+buffer+explode"}


def decode_video_frame(source: ByteSource, instance: Instance, frame_number: int) -> Frame:
    """Decode one picture of a video object.

    Args:
        source: the stored bytes.
        instance: the object's record.
        frame_number: from 1, in the order in which the pictures are shown.

    Returns:
        The picture as RGB of 8 bits; as grey where the object says that it is.

    Raises:
        BadRequest: the stream holds fewer pictures (REQ-URI-8.2.7-2).
        CorruptObject: the stream cannot be read, or the picture not be decoded without guessing.
        NotSupported: this is no video that can be read here.
    """
    codec = video_codec(instance.transfer_syntax_uid)
    if codec is None or instance.picture is None:
        raise NotSupported(instance.undrawable or "This object holds no video stream.")
    image_pixel = instance.picture.image_pixel
    stream = read_video(source, instance)
    wanted = frame_number - 1
    if wanted < 0:
        raise BadRequest("Frames are counted from 1.", parameter="frameNumber")
    try:
        picture = _in_its_group(stream, codec, image_pixel, wanted)
    except RefusedError:
        picture = _counted(stream, codec, image_pixel, wanted)
    check_stream_size(picture.height, picture.width, COLOR_COMPONENTS, image_pixel)
    if image_pixel.samples_per_pixel == 1:
        return grey_frame(picture, component_color(1, image_pixel))
    return rgb_frame(picture)


def _in_its_group(stream: VideoStream, codec: VideoCodec, image_pixel: ImagePixel, wanted: int) -> VideoFrame:
    """Return a picture, decoded from the key picture before its group on.

    All pictures that are coded before a key picture are shown before those coded after it, and before itself: so the
    number of a key picture in the order of the stream is that of the first picture of its group as it is shown.

    Raises:
        RefusedError: that cannot be relied on in this stream.
    """
    with open_video(stream, codec) as (container, track):
        _prepare(track, image_pixel)
        first = _sought(container, track, wanted) if stream.container == "mp4" else 0
        numbered = _numbered(container, track, first, whole=stream.whole)
        start, end, coded = _group(numbered, wanted, whole=stream.whole)
        shown = start
        for number, picture in _decoded(track, coded, start):
            if codec.elementary == "h264" and picture.interlaced_frame:
                raise RefusedError("fields may be coded one by one")
            if start <= number < end:
                if shown == wanted:
                    return picture
                shown += 1
    raise RefusedError("pictures are missing")


def _counted(stream: VideoStream, codec: VideoCodec, image_pixel: ImagePixel, wanted: int) -> VideoFrame:
    """Return a picture by decoding and counting all before it."""
    shown = 0
    with open_video(stream, codec) as (container, track):
        _prepare(track, image_pixel)
        for _, picture in _decoded(track, _numbered(container, track, 0, whole=stream.whole), 0, whole=stream.whole):
            if shown == wanted:
                return picture
            shown += 1
    raise _no_such_frame(wanted, shown)


def _prepare(track: Track, image_pixel: ImagePixel) -> None:
    """Look at the size that the stream says before anything is decoded, and tell the decoder how to work (RR-5)."""
    context = track.codec_context
    check_stream_size(context.height, context.width, COLOR_COMPONENTS, image_pixel)
    context.thread_count = 1
    context.options = {**_STRICT, "max_pixels": str(8 * max(image_pixel.rows * image_pixel.columns, 1 << 12))}


def _sought(container: InputContainer, track: Track, wanted: int) -> int:
    """Go to the key picture before the group of a picture by the index of an MP4 file, and return its number."""
    keys = [0, 0]
    for number, entry in enumerate(track.index_entries):
        if number > wanted:
            break
        if entry.is_keyframe:
            keys = [keys[1], number]
    if keys[0]:
        container.seek(track.index_entries[keys[0]].timestamp, stream=track)
    return keys[0]


def _numbered(container: InputContainer, track: Track, first: int, *, whole: bool) -> Iterator[Coded]:
    """Give the coded pictures from a place on, of which the first has this number; not the last of a cut-off stream."""
    held: Packet[Track] | None = None
    number = first
    for packet in container.demux(track):
        if not packet.size:
            continue
        if first and held is None and packet.dts != track.index_entries[first].timestamp:
            raise RefusedError("the index leads elsewhere")
        if held is not None:
            yield number, held
            number += 1
        held = packet
    if held is not None and whole:
        yield number, held


def _group(numbered: Iterable[Coded], wanted: int, *, whole: bool) -> tuple[int, int, list[Coded]]:
    """Return where the group of a picture starts and ends, and the coded pictures of it and of the one before.

    Args:
        numbered: the coded pictures.
        wanted: number of the picture.
        whole: whether the last of them is the last of the stream.

    Raises:
        BadRequest: there are fewer.
        RefusedError: the groups are too long to be kept, or the group is cut off: a picture that is missing may be
            shown before others that are not.
    """
    before: list[Coded] = []
    group: list[Coded] = []
    waiting, end = 0, 0
    for number, packet in numbered:
        if packet.is_keyframe and group:
            if number > wanted:
                return group[0][0], number, before + group
            waiting -= sum(earlier.size for _, earlier in before)
            before, group = group, []
        group.append((number, packet))
        waiting, end = waiting + packet.size, number + 1
        if waiting > _WAITING_MAX:
            raise RefusedError("the groups are long")
    if not whole:
        raise RefusedError("pictures of the last group are missing")
    if end <= wanted:
        raise _no_such_frame(wanted, end)
    return group[0][0], end, before + group


def _decoded(
    track: Track, coded: Iterable[Coded], start: int, *, whole: bool = True
) -> Iterator[tuple[int, VideoFrame]]:
    """Give decoded pictures as they are shown, each with the number that it was coded with.

    Errors in pictures before `start` are passed over: those that are wanted may not need them, and if they do they
    raise one themselves.
    """
    context: Any = track.codec_context
    errors = video_library().FFmpegError
    for number, packet in coded:
        packet.pts = packet.dts = number
        try:
            pictures = context.decode(packet)
        except errors as error:
            if number < start:
                continue
            raise _undecodable(str(error)) from error
        yield from _checked(pictures, start)
    if whole:  # else one that is missing may be shown before those that still wait
        yield from _checked(context.decode(None), start)


def _checked(pictures: Iterable[VideoFrame], start: int) -> Iterator[tuple[int, VideoFrame]]:
    for picture in pictures:
        number = picture.pts
        if number is None:
            raise RefusedError("pictures cannot be told apart")
        if picture.is_corrupt and number >= start:
            raise _undecodable("the decoder says that it is corrupt")
        yield number, picture


def _undecodable(detail: str) -> CorruptObject:
    return CorruptObject("The video stream of this object cannot be decoded as far as this frame.", detail=detail)


def _no_such_frame(wanted: int, count: int) -> BadRequest:
    return BadRequest(
        f"There is no frame {wanted + 1}: the video stream of this object holds {count}.", parameter="frameNumber"
    )
