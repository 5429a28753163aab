"""Whether bytes are an ICC profile that can go into a picture (PS3.3 C.11.15; ICC.1 7.2, 7.3)."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_profiles import made_profile, matrix_profile, srgb_profile, table_profile
from openwado.render.icc_profile import JPEG_CHUNK, LARGEST, checked, embedded_in_jpeg, embedded_in_png

SRGB = srgb_profile()


def with_bytes(profile: bytes, place: int, new: bytes) -> bytes:
    """Return a profile with some bytes replaced."""
    return profile[:place] + new + profile[place + len(new) :]


@pytest.mark.parametrize(
    "profile", [SRGB, matrix_profile(), table_profile(), made_profile({}), matrix_profile(LARGEST)]
)
def test_a_profile_is_kept_as_it_is(profile: bytes) -> None:
    """RR-16: a profile of RGB pictures is passed on unchanged, byte by byte."""
    assert checked(profile) == profile


@pytest.mark.parametrize("device_class", [b"scnr", b"mntr", b"prtr", b"spac"])
@pytest.mark.parametrize("connection_space", [b"XYZ ", b"Lab "])
def test_classes_that_describe_colours_are_kept(device_class: bytes, connection_space: bytes) -> None:
    """PS3.3 C.11.15.1.1 asks for input profiles with XYZ or Lab; the other device classes describe colours as well."""
    profile = matrix_profile(device_class=device_class, connection_space=connection_space)
    assert checked(profile) == profile


@pytest.mark.parametrize("padding", [1, 2, 1000])
def test_a_profile_ends_where_it_says(padding: int) -> None:
    """ICC.1 7.2.2: bytes after the declared size, as the padding of a DICOM value, are no part of the profile."""
    assert checked(SRGB + bytes(padding)) == SRGB


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        bytes(200),
        SRGB[:131],
        SRGB[:-1],
        with_bytes(SRGB, 0, struct.pack(">I", 131)),
        with_bytes(SRGB, 0, struct.pack(">I", 0xFFFFFFFF)),
        with_bytes(SRGB, 36, b"ascp"),
        matrix_profile(color_space=b"GRAY"),
        matrix_profile(color_space=b"CMYK"),
        matrix_profile(connection_space=b"RGB "),
        matrix_profile(device_class=b"link"),
        matrix_profile(device_class=b"abst"),
        matrix_profile(device_class=b"nmcl"),
        with_bytes(SRGB, 128, struct.pack(">I", 0xFFFFFFFF)),
        with_bytes(SRGB, 128, struct.pack(">I", len(SRGB) // 12)),
        with_bytes(SRGB, 136, struct.pack(">I", 0)),
        with_bytes(SRGB, 136, struct.pack(">II", len(SRGB) - 4, 5)),
        with_bytes(SRGB, 136, struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF)),
        made_profile({struct.pack(">I", number): b"" for number in range(101)}),
        matrix_profile(LARGEST + 1),
    ],
)
def test_what_is_no_usable_profile_is_dropped(profile: bytes) -> None:
    """RR-16: bytes that are broken off, of another kind, with tags outside themselves or too many, are no profile."""
    assert checked(profile) == b""


@given(st.binary(max_size=400))
def test_any_bytes_can_be_checked(data: bytes) -> None:
    """Whatever an object holds as its profile, checking ends and gives a beginning of it or nothing."""
    assert data.startswith(checked(data))


@given(st.dictionaries(st.integers(0, len(SRGB) - 1), st.integers(0, 255), max_size=6), st.integers(0, len(SRGB)))
def test_a_damaged_profile_can_be_checked(changes: dict[int, int], length: int) -> None:
    """A profile with some wrong bytes, or broken off, is kept up to its size or dropped, and checking again agrees."""
    damaged = bytearray(SRGB)
    for place, value in changes.items():
        damaged[place] = value
    data = bytes(damaged[:length])
    kept = checked(data)
    assert kept in (b"", data[: int.from_bytes(data[:4], "big")])
    assert checked(kept) == kept


def jpeg_chunks(data: bytes) -> list[bytes]:
    """Return what the APP2 segments at the beginning of a JPEG hold."""
    place, found = 2, []
    while data[place : place + 2] == b"\xff\xe2":
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        found.append(data[place + 4 : place + 2 + length])
        place += 2 + length
    assert data[place:] == b"\xff\xd9"
    return found


@given(st.integers(1, 4 * JPEG_CHUNK + 3))
def test_chunks_of_a_jpeg_reassemble(size: int) -> None:
    """ICC.1 B.4: the chunks are numbered, know how many they are, fit a segment, and together are the profile."""
    profile = bytes(index * 7 & 255 for index in range(251)) * (size // 251 + 1)
    profile = profile[:size]
    chunks = jpeg_chunks(embedded_in_jpeg(b"\xff\xd8\xff\xd9", profile))
    assert all(len(chunk) <= 65533 for chunk in chunks)
    assert [chunk[:14] for chunk in chunks] == [
        b"ICC_PROFILE\0" + bytes((number, len(chunks))) for number in range(1, len(chunks) + 1)
    ]
    assert b"".join(chunk[14:] for chunk in chunks) == profile


@pytest.mark.parametrize(("size", "chunks"), [(JPEG_CHUNK, 1), (JPEG_CHUNK + 1, 2), (255 * JPEG_CHUNK, 255)])
def test_as_few_chunks_as_can_be(size: int, chunks: int) -> None:
    """ICC.1 B.4: a segment is filled before the next begins, up to the 255 that can be counted."""
    assert len(jpeg_chunks(embedded_in_jpeg(b"\xff\xd8\xff\xd9", bytes(size)))) == chunks


def test_more_than_255_chunks_are_left_out() -> None:
    """ICC.1 B.4: a profile that would need a chunk 256 does not go into a JPEG."""
    assert embedded_in_jpeg(b"\xff\xd8\xff\xd9", bytes(255 * JPEG_CHUNK + 1)) == b"\xff\xd8\xff\xd9"


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 40))
def test_the_chunk_of_a_png_is_whole(part: bytes, times: int) -> None:
    """PNG 5.3, 11.3.2.3: an iCCP chunk has its length, name, method 0, a zlib stream and the check of all that."""
    profile = part * times
    header = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + bytes(13 + 4)
    data = embedded_in_png(header + b"rest", profile)
    assert data.startswith(header)
    assert data.endswith(b"rest")
    chunk = data[len(header) : -len(b"rest")]
    length, kind = struct.unpack(">I4s", chunk[:8])
    assert (length, kind) == (len(chunk) - 12, b"iCCP")
    assert int.from_bytes(chunk[-4:], "big") == zlib.crc32(chunk[4:-4])
    name, method_and_stream = chunk[8:-4].split(b"\0", 1)
    assert 1 <= len(name) <= 79
    assert method_and_stream[0] == 0
    assert zlib.decompress(method_and_stream[1:]) == profile
