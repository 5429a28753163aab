"""What a video stream is kept in, told from its first bytes (PS3.5 8.2.5 … 8.2.10).

ISO 13818-2 (MPEG-2 video), ISO 13818-1 (program and transport streams), ISO 14496-10 and 23008-2 annex B (H.264 and
H.265 byte streams), ISO 14496-12 (MP4).
"""

from __future__ import annotations

from typing import Final, Literal

#: mpeg: an MPEG-2 video elementary stream; program, transport: of MPEG-2 systems; timed transport: a time of four bytes
#: before each packet; annex b: start codes and NAL units of H.264 or H.265; mp4: boxes.
Container = Literal["mpeg", "program", "transport", "timed transport", "annex b", "mp4"]

#: How many bytes tell.
VIDEO_START_BYTES: Final = 1 << 10

_SEQUENCE_HEADER: Final = 0xB3
_PACK_HEADER: Final = 0xBA
#: First NAL units: H.264 slices (1, 5), SEI (6), SPS (7), PPS (8), delimiter (9), prefix (14), subset SPS (15).
_H264_FIRST: Final = frozenset({1, 5, 6, 7, 8, 9, 14, 15})
#: Of H.265: VPS (32), SPS (33), PPS (34), delimiter (35), SEI (39); the type is in other bits there.
_H265_FIRST: Final = frozenset({32, 33, 34, 35, 39})
_SYNC_BYTE: Final = 0x47
_TRANSPORT_PACKET: Final = 188
_TIMED_PACKET: Final = 192
_SYNCS: Final = 3
_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def container_of(start: bytes) -> Container | None:
    """Return what a stream is kept in by its first `VIDEO_START_BYTES` bytes; None if they do not tell."""
    if start[4:8] in _BOXES:
        return "mp4"
    if _has_syncs(start, 0, _TRANSPORT_PACKET):
        return "transport"
    if _has_syncs(start, _TIMED_PACKET - _TRANSPORT_PACKET, _TIMED_PACKET):
        return "timed transport"
    code = _first_start_code(start)
    if code == _PACK_HEADER:
        return "program"
    if code == _SEQUENCE_HEADER:
        return "mpeg"
    first_nal = code is not None and code < 1 << 7 and (code & 0x1F in _H264_FIRST or code >> 1 in _H265_FIRST)
    return "annex b" if first_nal else None


def _has_syncs(start: bytes, first: int, step: int) -> bool:
    """Say whether the first packets of a transport stream, as many as are there, all start with the sync byte."""
    syncs = start[first::step][:_SYNCS]
    return len(start) > step + first and bool(syncs) and not syncs.strip(bytes([_SYNC_BYTE]))


def _first_start_code(start: bytes) -> int | None:
    """Return the byte after the start code that a stream begins with; zeros may stand before it."""
    zeros = len(start) - len(start.lstrip(b"\0"))
    if zeros < 2 or start[zeros : zeros + 1] != b"\x01":  # noqa: PLR2004 -- 00 00 01
        return None
    return start[zeros + 1] if zeros + 1 < len(start) else None
