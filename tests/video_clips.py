"""Short clips in every container that video objects may hold, and the items that encapsulate them (PS3.5 A.4)."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

ROWS, COLUMNS = 64, 96
COUNT: Final = 40
GROUP: Final = 10
RATE: Final = 25

MPEG2 = "1.2.840.10008.1.2.4.100"
H264 = "1.2.840.10008.1.2.4.102"
H265 = "1.2.840.10008.1.2.4.107"

#: What encodes each transfer syntax, and the library's names of the containers that may hold it.
ENCODERS: Final = {MPEG2: "mpeg2video", H264: "libx264", H265: "libx265"}
FORMS: Final = (
    (MPEG2, "mpeg2video"),
    (MPEG2, "vob"),
    (MPEG2, "mpegts"),
    (H264, "h264"),
    (H264, "mpegts"),
    (H264, "mp4"),
    (H265, "hevc"),
    (H265, "mpegts"),
    (H265, "mp4"),
)


def picture(number: int, rows: int = ROWS, columns: int = COLUMNS) -> NDArray[np.uint8]:
    """Return the picture with a number from 1: it is told by its brightness and by a bar of colour that wanders."""
    cells = np.full((rows, columns, 3), 20 + 5 * (number % COUNT), np.uint8)
    left = 8 + 2 * (number % COUNT)
    cells[rows // 4 : rows // 2, left : left + 16] = (200, 60, 40)
    cells[rows // 2 : rows // 4 * 3, left : left + 16] = (30, 60, 220)
    return cells


@cache
def clip(
    transfer_syntax: str,
    form: str,
    *,
    count: int = COUNT,
    b_frames: int = 2,
    open_groups: bool = True,
    size: tuple[int, int] = (ROWS, COLUMNS),
    matrix: int = 0,
    full_range: bool = False,
    interlaced: bool = False,
    ten_bits: bool = False,
    sound: bool = False,
    noise: bool = False,
    timing: bool = True,
    movflags: str = "",
) -> bytes:
    """Return a clip of `picture`; matrix: MatrixCoefficients to use and to name, 0: BT.601, not named.

    timing: whether H.265 says its rate.
    """
    import av  # noqa: PLC0415 -- an extra

    sink = io.BytesIO()
    with av.open(sink, "w", format=form, options={"movflags": movflags} if movflags else {}) as container:
        track: Any = container.add_stream(ENCODERS[transfer_syntax], rate=RATE)
        track.height, track.width = size
        wide = "yuv420p10le" if ten_bits else "yuv420p"
        track.pix_fmt = wide
        track.gop_size, track.max_b_frames, track.bit_rate = GROUP, b_frames, 4_000_000
        track.options = _options(transfer_syntax, b_frames, open_groups=open_groups, interlaced=interlaced)
        if not timing:
            track.options = {"x265-params": track.options["x265-params"] + ":vui-timing-info=0"}
        context = track.codec_context
        if matrix:
            context.colorspace = matrix
        if full_range:
            context.color_range = 2
        beep: Any = container.add_stream("aac", rate=48000) if sound else None
        for number in range(1, count + 1):
            cells = picture(number, *size)
            if noise:  # which takes many bytes
                cells += np.random.default_rng(number).integers(0, 30, cells.shape, np.uint8)
            rgb = av.VideoFrame.from_ndarray(cells, "rgb24")
            shown = rgb.reformat(
                format=wide, dst_colorspace=matrix or 5, src_color_range=2, dst_color_range=2 if full_range else 1
            )
            shown.pts, shown.time_base = number - 1, Fraction(1, RATE)
            container.mux(track.encode(shown))
        container.mux(track.encode(None))
        if beep is not None:
            _add_sound(container, beep, count)
    return sink.getvalue()


def _options(transfer_syntax: str, b_frames: int, *, open_groups: bool, interlaced: bool) -> dict[str, str]:
    groups = f"keyint={GROUP}:min-keyint={GROUP}:scenecut=0:open-gop={int(open_groups)}:bframes={b_frames}"
    if transfer_syntax == H264:
        fields = ":tff=1" if interlaced else ""
        return {"x264-params": f"{groups}:b-adapt=0{fields}", "crf": "12"}
    if transfer_syntax == H265:
        return {"x265-params": f"log-level=0:pools=1:frame-threads=1:crf=12:{groups}"}
    return {} if open_groups else {"flags": "+cgop", "sc_threshold": "1000000000"}


def _add_sound(container: Any, beep: Any, count: int) -> None:  # noqa: ANN401 -- the library's own
    import av  # noqa: PLC0415 -- an extra

    for place in range(0, 48000 * count // RATE, 1024):
        samples = (np.sin(np.arange(place, place + 1024) / 20) * 0.3).astype(np.float32)
        heard = av.AudioFrame.from_ndarray(samples[np.newaxis].repeat(2, axis=0), "fltp", "stereo")
        heard.sample_rate, heard.pts = 48000, place
        container.mux(beep.encode(heard))
    container.mux(beep.encode(None))


def in_items(fragments: Iterable[bytes], *, table: bool = True) -> bytes:
    """Return the items of encapsulated pixel data, each filled up to an even length."""
    items = [b""] * table + [fragment + bytes(len(fragment) % 2) for fragment in fragments]
    return b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)


def in_pieces(stream: bytes, length: int) -> Sequence[bytes]:
    """Return a stream in fragments of a length."""
    return [stream[place : place + length] for place in range(0, len(stream), length)]
