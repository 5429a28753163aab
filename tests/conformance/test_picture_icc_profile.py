"""Picture files with an ICC profile, read again by other libraries (RR-16; sections 9.8 and 13.2)."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from made_profiles import MATRIX, made_profile, matrix_profile, srgb_profile, table_profile
from openwado.render.encode import PICTURE_ENCODERS, encode
from openwado.render.icc_profile import LARGEST
from openwado.render.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SRGB = srgb_profile()

PIXELS = np.random.default_rng(21).integers(0, 256, (31, 45, 3), dtype=np.uint8)

WITH_PROFILE = [name for name, encoder in PICTURE_ENCODERS.items() if encoder.carries_icc_profile]


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    """Decode with Pillow."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


def by_opencv(data: bytes) -> NDArray[np.uint8]:
    """Decode with OpenCV."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def by_openjpeg(data: bytes) -> NDArray[np.uint8]:
    """Decode with OpenJPEG."""
    return np.asarray(imagecodecs.jpeg2k_decode(data))


def pillow_profile(data: bytes) -> bytes | None:
    """Return the profile that Pillow finds."""
    with Image.open(io.BytesIO(data)) as picture:
        found: bytes | None = picture.info.get("icc_profile")
        return found


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes of a JP2 file, or of a box: type and content (ISO/IEC 15444-1 I.4)."""
    place = 0
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        end = place + length if length else len(data)
        assert place + 8 <= end <= len(data)
        yield kind, data[place + 8 : end]
        place = end


def jp2_colors(data: bytes) -> list[bytes]:
    """Return the colour specification boxes of a JP2 file whose boxes fill it without a gap."""
    parts = dict(boxes(data))
    assert list(parts) == [b"jP  ", b"ftyp", b"jp2h", b"jp2c"]
    header = list(boxes(parts[b"jp2h"]))
    assert header[0][0] == b"ihdr"
    return [content for kind, content in header if kind == b"colr"]


def test_section_9_8_the_formats_with_profiles() -> None:
    """Section 9.8: JPEG, PNG and JP2 can have a profile, GIF cannot."""
    assert WITH_PROFILE == ["image/jpeg", "image/png", "image/jp2"]


@pytest.mark.parametrize("profile", [SRGB, table_profile(), matrix_profile(200_000), matrix_profile(LARGEST)])
@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png"])
def test_rr_16_the_profile_is_embedded_unchanged(media_type: str, profile: bytes) -> None:
    """RR-16: a reader of the JPEG or PNG finds the very profile of the object."""
    assert pillow_profile(encode(Raster(PIXELS, profile), media_type, None)) == profile


@pytest.mark.parametrize("profile", [SRGB, matrix_profile(), matrix_profile(100_000, device_class=b"mntr")])
@pytest.mark.parametrize("quality", [None, 40])
def test_rr_16_jp2_has_a_restricted_profile(profile: bytes, quality: int | None) -> None:
    """ISO/IEC 15444-1 I.5.3.3: one colour specification box, method 2, precedence and approximation 0, the profile."""
    assert jp2_colors(encode(Raster(PIXELS, profile), "image/jp2", quality)) == [b"\2\0\0" + profile]


@pytest.mark.parametrize(
    "profile",
    [
        table_profile(),
        made_profile({signature: bytes(20) for signature in (*MATRIX, b"A2B0")}),
        made_profile({signature: bytes(20) for signature in (*MATRIX, b"D2B1")}),
        made_profile({signature: bytes(20) for signature in MATRIX[1:]}),
        matrix_profile(device_class=b"prtr"),
        matrix_profile(device_class=b"spac"),
        matrix_profile(connection_space=b"Lab "),
        b"",
    ],
)
def test_rr_16_jp2_has_no_other_profile(profile: bytes) -> None:
    """ISO/IEC 15444-1 I.5.3.3: only three-component matrix-based input or display profiles go in; else it says sRGB."""
    assert jp2_colors(encode(Raster(PIXELS, profile), "image/jp2", None)) == [b"\1\0\0" + struct.pack(">I", 16)]


@pytest.mark.parametrize("media_type", list(PICTURE_ENCODERS))
@pytest.mark.parametrize("quality", [None, 30])
def test_rr_16_pixels_are_the_same_with_a_profile(media_type: str, quality: int | None) -> None:
    """RR-16: nothing is converted; every reader gets the pixels that it gets without the profile."""
    plain, tagged = (encode(Raster(PIXELS, profile), media_type, quality) for profile in (b"", SRGB))
    readers = [by_pillow, *([by_opencv] if media_type != "image/gif" else [])]
    readers += [by_openjpeg] if media_type == "image/jp2" else []
    for read in readers:
        assert np.array_equal(read(tagged), read(plain))


@pytest.mark.parametrize("media_type", list(PICTURE_ENCODERS))
def test_rr_16_grey_pictures_have_no_profile(media_type: str) -> None:
    """RR-16: the profile of RGB values says nothing about grey ones, and is left out."""
    grey = np.ascontiguousarray(PIXELS[..., 0])
    assert encode(Raster(grey, SRGB), media_type, None) == encode(Raster(grey), media_type, None)


def test_section_9_8_gif_has_no_profile() -> None:
    """Section 9.8: a GIF is the same with and without."""
    assert encode(Raster(PIXELS, SRGB), "image/gif", None) == encode(Raster(PIXELS), "image/gif", None)


def test_a_jpeg_stays_jfif() -> None:
    """ICC.1 B.4, JFIF: the JFIF segment is the first, the profile comes next, the rest is as it was."""
    plain = encode(Raster(PIXELS), "image/jpeg", None)
    tagged = encode(Raster(PIXELS, SRGB), "image/jpeg", None)
    first = 4 + int.from_bytes(plain[4:6], "big")
    assert tagged[:first] == plain[:first]
    assert tagged[2:11] == b"\xff\xe0\0\x10JFIF\0"
    assert tagged[first : first + 2] == b"\xff\xe2"
    assert tagged.endswith(plain[first:])


def test_a_png_has_its_profile_before_the_pixels() -> None:
    """PNG 5.6: iCCP is one, after IHDR and before IDAT; the rest is as it was."""
    plain = encode(Raster(PIXELS), "image/png", None)
    tagged = encode(Raster(PIXELS, SRGB), "image/png", None)
    kinds, place = [], 8
    while place < len(tagged):
        length, kind = struct.unpack(">I4s", tagged[place : place + 8])
        kinds.append(kind)
        place += 12 + length
    assert kinds[:3] == [b"IHDR", b"iCCP", b"IDAT"]
    assert kinds.count(b"iCCP") == 1
    assert tagged.startswith(plain[:33])
    assert tagged.endswith(plain[33:])


@pytest.mark.parametrize("media_type", WITH_PROFILE)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_thin_pictures_have_profiles_as_well(media_type: str, size: tuple[int, int]) -> None:
    """A picture of one pixel, row or column with a profile is read by others."""
    pixels = np.ascontiguousarray(PIXELS[: size[0], : size[1]]) if size[0] <= 31 else PIXELS.reshape(-1, 1, 3)[:40]
    data = encode(Raster(pixels, SRGB), media_type, None)
    assert by_pillow(data).shape == (*size, 3)
    assert by_opencv(data).shape == (*size, 3)
