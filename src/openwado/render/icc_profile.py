"""The ICC profile of a colour picture: whether it can be used, and into the files that can have it (RR-16)."""

from __future__ import annotations

import struct
import zlib

LARGEST = 1 << 20
"""Bytes of the largest profile that is passed on: a tile of a slide is not to be dwarfed by that of its scanner, and a
common reader of PNG refuses the whole picture for a bigger one."""

LARGEST_DEFLATED = 1 << 16
"""Bytes of the largest profile that is compressed: bigger ones are tables, which take long and hardly get smaller."""

HEADER = 128
"""Bytes before the tag table (ICC.1 7.2)."""

MOST_TAGS = 100
"""Tags of the largest table: colour management libraries read no more."""

DEVICE_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
"""Classes that say what the colours of a picture are: input, display, output, colour space (ICC.1 7.2.5)."""

MATRIX_CLASSES = frozenset({b"scnr", b"mntr"})
"""Classes that a JP2 file can have: input and display (ISO/IEC 15444-1 I.5.3.3)."""

MATRIX_TAGS = frozenset({b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"})
"""Tags of a three-component matrix-based profile (ICC.1 8.3.3)."""

TABLE_TAGS = (b"A2B", b"D2B")
"""Beginnings of the tags that go before the matrix where a profile has them."""

CONNECTION_SPACES = frozenset({b"XYZ ", b"Lab "})

TAG = struct.Struct(">4sII")

BOX = struct.Struct(">I4s")

JPEG_MARKER = b"ICC_PROFILE\0"

JPEG_CHUNK = 65535 - 2 - len(JPEG_MARKER) - 2
"""Bytes of a profile in one APP2 segment: less its length, its name, the chunk's number and how many there are."""

JPEG_CHUNKS = 255


def checked(profile: bytes) -> bytes:
    """Return a profile that can go into a picture file as it is.

    Args:
        profile: the value of ICC Profile (0028,2000), any bytes.

    Returns:
        The profile, cut to the size that it declares; empty if it is none of RGB pictures, is broken off, has tags
        outside itself, or has more than 1 MiB (PS3.3 C.11.15.1.1; ICC.1 7.2, 7.3).
    """
    if not HEADER + 4 <= len(profile) <= LARGEST:
        return b""
    size = int.from_bytes(profile[:4], "big")
    found = profile[:size]
    usable = (
        HEADER + 4 <= size <= len(profile)
        and profile[36:40] == b"acsp"
        and profile[12:16] in DEVICE_CLASSES
        and profile[16:20] == b"RGB "
        and profile[20:24] in CONNECTION_SPACES
        and _tags_are_inside(found)
    )
    return found if usable else b""


def _tags_are_inside(profile: bytes) -> bool:
    count = int.from_bytes(profile[HEADER : HEADER + 4], "big")
    data = HEADER + 4 + count * TAG.size
    return (
        count <= MOST_TAGS
        and data <= len(profile)
        and all(data <= place and place + size <= len(profile) for _, place, size in _tags(profile))
    )


def _tags(profile: bytes) -> list[tuple[bytes, int, int]]:
    """Return the tag table: signature, place and size of each."""
    count = int.from_bytes(profile[HEADER : HEADER + 4], "big")
    return list(TAG.iter_unpack(profile[HEADER + 4 : HEADER + 4 + count * TAG.size]))


def embedded_in_jpeg(picture: bytes, profile: bytes) -> bytes:
    """Put a profile into a JPEG: APP2 segments after the JFIF segment (ICC.1 B.4).

    Args:
        picture: the file.
        profile: what `checked` returned.

    Returns:
        The file with the profile; as it was if 255 segments are too few.
    """
    chunks = [profile[start : start + JPEG_CHUNK] for start in range(0, len(profile), JPEG_CHUNK)]
    if len(chunks) > JPEG_CHUNKS:
        return picture
    place = 2
    if picture[2:4] == b"\xff\xe0":
        place += 2 + int.from_bytes(picture[4:6], "big")
    segments: list[bytes] = []
    for number, chunk in enumerate(chunks, start=1):
        segment = JPEG_MARKER + bytes((number, len(chunks))) + chunk
        segments += (b"\xff\xe2", (len(segment) + 2).to_bytes(2, "big"), segment)
    return b"".join((picture[:place], *segments, picture[place:]))


def embedded_in_png(picture: bytes, profile: bytes) -> bytes:
    """Put a profile into a PNG: an iCCP chunk after IHDR (PNG 11.3.2.3).

    Args:
        picture: the file.
        profile: what `checked` returned.

    Returns:
        The file with the profile.
    """
    level = zlib.Z_BEST_SPEED if len(profile) <= LARGEST_DEFLATED else zlib.Z_NO_COMPRESSION
    name, deflate = b"ICC Profile\0", b"\0"
    body = b"".join((b"iCCP", name, deflate, zlib.compress(profile, level)))
    place = 8 + 12 + int.from_bytes(picture[8:12], "big")
    length, check = (len(body) - 4).to_bytes(4, "big"), zlib.crc32(body).to_bytes(4, "big")
    return b"".join((picture[:place], length, body, check, picture[place:]))


def embedded_in_jp2(picture: bytes, profile: bytes) -> bytes:
    """Put a profile into a JP2 file, in place of the colour space that its header names (ISO/IEC 15444-1 I.5.3.3).

    Args:
        picture: the file.
        profile: what `checked` returned.

    Returns:
        The file with the profile; as it was, sRGB, if the profile is not the restricted kind that JP2 allows: input or
        display, three-component matrix-based.
    """
    if not _is_matrix_based(profile):
        return picture
    start, end = _box(picture, b"jp2h", 0)
    color_start, color_end = _box(picture, b"colr", start + BOX.size)
    restricted, precedence, approximation = 2, 0, 0
    color = bytes((restricted, precedence, approximation)) + profile
    content = b"".join(
        (
            picture[start + BOX.size : color_start],
            BOX.pack(BOX.size + len(color), b"colr"),
            color,
            picture[color_end:end],
        )
    )
    return b"".join((picture[:start], BOX.pack(BOX.size + len(content), b"jp2h"), content, picture[end:]))


def _is_matrix_based(profile: bytes) -> bool:
    signatures = {signature for signature, _, _ in _tags(profile)}
    return (
        profile[12:16] in MATRIX_CLASSES
        and profile[20:24] == b"XYZ "
        and signatures >= MATRIX_TAGS
        and not any(signature.startswith(TABLE_TAGS) for signature in signatures)
    )


def _box(picture: bytes, kind: bytes, place: int) -> tuple[int, int]:
    """Return where the first box of a kind begins and ends; the boxes up to it have lengths of 32 bits."""
    while True:
        length, found = BOX.unpack_from(picture, place)
        if found == kind:
            return place, place + length
        place += length
