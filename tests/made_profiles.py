"""ICC profiles for tests: of a colour management library, and built by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import ImageCms

if TYPE_CHECKING:
    from collections.abc import Mapping

MATRIX = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")


def srgb_profile() -> bytes:
    """Return a display profile of sRGB, three-component matrix-based."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def made_profile(
    tags: Mapping[bytes, bytes],
    *,
    device_class: bytes = b"scnr",
    color_space: bytes = b"RGB ",
    connection_space: bytes = b"XYZ ",
) -> bytes:
    """Return an input profile of any tags: a header, the table, and the data of each (ICC.1 7.2, 7.3)."""
    start = 132 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    data = b""
    for signature, value in tags.items():
        table += struct.pack(">4sII", signature, start + len(data), len(value))
        data += value
    header = struct.pack(
        ">I4sI4s4s4s12s4s88x",
        start + len(data),
        b"none",
        0x02400000,
        device_class,
        color_space,
        connection_space,
        bytes(12),
        b"acsp",
    )
    return header + table + data


def matrix_profile(size: int = 0, **header: bytes) -> bytes:
    """Return a three-component matrix-based profile with at least so many bytes."""
    tags = {signature: signature + bytes(16) for signature in MATRIX}
    room = max(0, size - len(made_profile({**tags, b"priv": b""})))
    return made_profile({**tags, b"priv": (bytes(range(1, 252)) * (room // 251 + 1))[:room]}, **header)


def table_profile() -> bytes:
    """Return a profile whose colours come of a look-up table, as many scanners of slides write it."""
    return made_profile({b"A2B0": b"mft2" + bytes(60)}, connection_space=b"Lab ")
