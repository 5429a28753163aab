"""The bytes of pictures, read again by another library (PS3.18 legacy 7.1, 8.2.8; section 9.6)."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from openwado.errors import BadRequest, NotAcceptable
from openwado.render.encode import PICTURE_ENCODERS, encode, jp2_psnr
from openwado.render.raster import Raster

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(*, color: bool, size: tuple[int, int] = (97, 131)) -> NDArray[np.uint8]:
    """Return a picture with soft shades, hard edges and noise."""
    rows, columns = size
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(1).normal(0, 6, (rows, columns))
    base = 128 + 90 * np.sin(x / 17) * np.cos(y / 11) + noise
    base[rows // 3 : rows // 2, columns // 3 : columns // 2] = 230
    planes = [base, base * 0.7 + 30, 255 - base] if color else [base]
    return np.ascontiguousarray(np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8).squeeze())


def scene_of_16_bits() -> NDArray[np.uint16]:
    """Return that picture in grey of 16 bits, every bit used."""
    pixels = scene(color=False).astype(np.uint16)
    noise = np.random.default_rng(6).integers(0, 256, pixels.shape, dtype=np.uint16)
    pixels <<= 8
    pixels |= noise
    return pixels


def read(data: bytes) -> NDArray[np.uint8]:
    """Decode with Pillow."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture if picture.mode in ("L", "RGB") else picture.convert("RGB"))


def psnr(original: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    error = np.mean((original.astype(float) - decoded) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def jpeg_segments(data: bytes) -> dict[int, bytes]:
    """Return the marker segments before the scan, the last of each kind."""
    found: dict[int, bytes] = {}
    place = 2
    while data[place + 1] != 0xDA:
        length = struct.unpack(">H", data[place + 2 : place + 4])[0]
        found[data[place + 1]] = data[place + 4 : place + 2 + length]
        place += 2 + length
    return found


@pytest.mark.parametrize("quality", [None, 1, 50, 89, 90, 100])
@pytest.mark.parametrize("color", [False, True])
def test_jpeg_is_baseline(*, color: bool, quality: int | None) -> None:
    """PS3.18 7.1: a JPEG is baseline: SOF0, Huffman, 8 bits, JFIF; grey has one component, colour three."""
    pixels = scene(color=color)
    data = encode(Raster(pixels), "image/jpeg", quality)
    segments = jpeg_segments(data)
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
    assert segments[0xE0].startswith(b"JFIF\0")
    assert not {0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xEE} & set(segments)
    frame = segments[0xC0]
    assert frame[0] == 8
    assert struct.unpack(">HH", frame[1:5]) == pixels.shape[:2]
    assert frame[5] == (3 if color else 1)
    assert segments[0xDB][0] >> 4 == 0  # quantisation values of 8 bits
    assert segments[0xC4][0] & 15 <= 1  # two Huffman tables of a kind at most
    assert data.count(b"\xff\xda") == 1  # one scan: within it an 0xff is never followed by 0xda
    assert read(data).shape == pixels.shape


@pytest.mark.parametrize(("quality", "luma_sampling"), [(None, 0x11), (90, 0x11), (100, 0x11), (89, 0x22), (1, 0x22)])
def test_req_uri_8_2_8_7_chroma_by_quality(quality: int | None, luma_sampling: int) -> None:
    """REQ-URI-8.2.8-7: 4:4:4 from quality 90 on, which is the default, and 4:2:0 below."""
    frame = jpeg_segments(encode(Raster(scene(color=True)), "image/jpeg", quality))[0xC0]
    assert frame[7] == luma_sampling
    assert (frame[10], frame[13]) == (0x11, 0x11)


def test_req_uri_8_2_8_7_the_default_quality_is_90() -> None:
    """REQ-URI-8.2.8-7: no imageQuality means 90."""
    raster = Raster(scene(color=True))
    assert encode(raster, "image/jpeg", None) == encode(raster, "image/jpeg", 90)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/jp2"])
@pytest.mark.parametrize("color", [False, True])
def test_req_uri_8_2_8_4_quality_is_monotone(media_type: str, *, color: bool) -> None:
    """REQ-URI-8.2.8-4: a higher imageQuality never gives a smaller PSNR."""
    pixels = scene(color=color)
    ratios = [psnr(pixels, read(encode(Raster(pixels), media_type, quality))) for quality in (*range(5, 100, 6), 100)]
    assert ratios == sorted(ratios)
    assert ratios[-1] > ratios[0] + 10


def test_req_uri_8_2_8_4_jp2_reaches_the_psnr_that_is_declared() -> None:
    """REQ-URI-8.2.8-4: imageQuality of JP2 is a PSNR, and it is reached within 1.5 dB."""
    pixels = scene(color=False, size=(256, 256))
    for quality in (10, 40, 70, 90):
        ratio = psnr(pixels, read(encode(Raster(pixels), "image/jp2", quality)))
        assert ratio == pytest.approx(jp2_psnr(quality), abs=1.5)


@pytest.mark.parametrize("media_type", ["image/png", "image/gif"])
def test_req_uri_8_2_8_2_quality_has_no_effect_on_what_loses_nothing(media_type: str) -> None:
    """REQ-URI-8.2.8-2: imageQuality acts on lossy types only."""
    raster = Raster(scene(color=False))
    assert encode(raster, media_type, 1) == encode(raster, media_type, None)
    assert not PICTURE_ENCODERS[media_type].uses_quality


@pytest.mark.parametrize(("color", "color_type"), [(False, 0), (True, 2)])
def test_png_is_exact(*, color: bool, color_type: int) -> None:
    """A PNG has 8 bits, colour type 0 or 2, and every value as it was."""
    pixels = scene(color=color)
    data = encode(Raster(pixels), "image/png", None)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, found_type, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    assert (height, width) == pixels.shape[:2]
    assert (depth, found_type, interlace) == (8, color_type, 0)
    assert np.array_equal(read(data), pixels)
    by_opencv = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    assert np.array_equal(by_opencv[..., ::-1] if color else by_opencv, pixels)


def test_gif_keeps_all_grey_levels() -> None:
    """A GIF of a grey picture has all 256 levels exactly."""
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 48)
    data = encode(Raster(pixels), "image/gif", None)
    assert data[:6] in (b"GIF87a", b"GIF89a")
    decoded = read(data)
    assert np.array_equal(decoded[..., 0] if decoded.ndim == 3 else decoded, pixels)


def test_gif_keeps_256_colours_exactly() -> None:
    """A GIF of a picture of no more than 256 colours has them exactly."""
    rng = np.random.default_rng(2)
    palette = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    pixels = palette[rng.integers(0, 256, (60, 70))]
    assert np.array_equal(read(encode(Raster(pixels), "image/gif", None)), pixels)


def test_gif_of_many_colours_is_near() -> None:
    """A GIF of a picture of many colours is within 30 dB of it, and no colour is far off, not even a rare one."""
    pixels = scene(color=True, size=(200, 300))
    pixels[5, 5] = (0, 255, 0)
    decoded = read(encode(Raster(pixels), "image/gif", None))
    assert psnr(pixels, decoded) > 30
    assert np.abs(decoded[5, 5].astype(int) - (0, 255, 0)).max() <= 24


@pytest.mark.parametrize(("kind", "bits", "color_space"), [("grey", 8, 17), ("RGB", 8, 16), ("grey", 16, 17)])
@pytest.mark.parametrize("quality", [None, 40])
def test_req_web_8_7_4_1_jp2_is_a_file_with_boxes(kind: str, bits: int, color_space: int, quality: int | None) -> None:
    """REQ-WEB-8.7.4-1: a JP2 is a file of boxes: signature, file type, header (size, sRGB or grey), codestream."""
    pixels = scene_of_16_bits() if bits == 16 else scene(color=kind == "RGB")
    data = encode(Raster(pixels), "image/jp2", quality)
    found, place = [], 0
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        found.append((name, data[place + 8 : place + length]))
        place += length
        assert length >= 8
        assert place <= len(data)
    (signature, mark), (file_type, brands), (header, inner), (codestream, stream) = found
    assert (signature, mark) == (b"jP  ", b"\r\n\x87\n")
    assert (file_type, brands[:4], brands[8:12]) == (b"ftyp", b"jp2 ", b"jp2 ")
    assert (header, codestream) == (b"jp2h", b"jp2c")
    components = 3 if kind == "RGB" else 1
    image_header = struct.pack(">I4sIIHBBBB", 22, b"ihdr", *pixels.shape[:2], components, bits - 1, 7, 0, 0)
    assert inner == image_header + struct.pack(">I4sBBBI", 15, b"colr", 1, 0, 0, color_space)
    assert stream.startswith(b"\xff\x4f\xff\x51")
    assert stream.endswith(b"\xff\xd9")
    assert stream[42] == bits - 1  # Ssiz of the first component


def test_jp2_is_exact_without_image_quality() -> None:
    """REQ-URI-8.2.8: nothing is lost unless imageQuality asks for it."""
    for color in (False, True):
        pixels = scene(color=color)
        assert np.array_equal(read(encode(Raster(pixels), "image/jp2", None)), pixels)


@pytest.mark.parametrize("size", [(97, 131), (1, 1), (1, 40), (40, 1)])
@pytest.mark.parametrize("media_type", ["image/png", "image/jp2"])
def test_rr_27_16_bits_are_exact(media_type: str, size: tuple[int, int]) -> None:
    """RR-27: a grey picture of 16 bits is a PNG or JP2 of 16 bits, and two other libraries read every value."""
    pixels = np.ascontiguousarray(scene_of_16_bits()[: size[0], : size[1]])
    data = encode(Raster(pixels), media_type, None)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "I;16"
        assert np.array_equal(np.asarray(picture), pixels)
    by_opencv = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    assert by_opencv.dtype == np.uint16
    assert np.array_equal(by_opencv, pixels)
    assert data[24:26] == b"\x10\0" or media_type == "image/jp2"  # 16 bits, colour type grey


def test_rr_27_imagequality_of_16_bits() -> None:
    """REQ-URI-8.2.8-4, RR-27: the declared PSNR of JP2 holds for 16 bits as well, of their full range."""
    pixels = scene_of_16_bits()
    for quality in (10, 40, 70, 90):
        with Image.open(io.BytesIO(encode(Raster(pixels), "image/jp2", quality))) as picture:
            error = np.mean((np.asarray(picture).astype(float) - pixels) ** 2)
        assert 10 * np.log10(65535**2 / error) == pytest.approx(jp2_psnr(quality), abs=1.5)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/gif"])
def test_rr_27_other_formats_have_no_16_bits(media_type: str) -> None:
    """RR-27: 16 bits are for PNG and JP2; for another type they are a bad request, which names the parameter."""
    with pytest.raises(BadRequest) as refused:
        encode(Raster(scene_of_16_bits()), media_type, None)
    assert refused.value.parameter == "bitDepth"
    assert refused.value.public == "bitDepth=16 is for image/png and image/jp2 only."


def test_rr_27_the_table_says_which_types_have_16_bits() -> None:
    """RR-27: every type has 8 bits, PNG and JP2 have 16 as well, and a raster knows what it has."""
    depths = {name: encoder.bit_depths for name, encoder in PICTURE_ENCODERS.items()}
    assert depths == {"image/jpeg": (8,), "image/png": (8, 16), "image/gif": (8,), "image/jp2": (8, 16)}
    assert Raster(scene(color=True)).bits == 8
    assert Raster(scene_of_16_bits()).bits == 16


def test_jp2_at_quality_100_is_lossless() -> None:
    """An imageQuality of 100 is the best there is: no loss."""
    pixels = scene(color=True)
    assert np.array_equal(read(encode(Raster(pixels), "image/jp2", 100)), pixels)
    assert not np.array_equal(read(encode(Raster(pixels), "image/jp2", 99)), pixels)


@pytest.mark.parametrize("media_type", list(PICTURE_ENCODERS))
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3)])
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("quality", [None, 1, 100])
def test_thin_pictures(media_type: str, size: tuple[int, int], *, color: bool, quality: int | None) -> None:
    """A picture of one pixel, row or column is a picture of every type; the frame of a JPEG says its size."""
    pixels = np.random.default_rng(3).integers(0, 256, (*size, 3) if color else size, dtype=np.uint8)
    data = encode(Raster(pixels), media_type, quality)
    assert read(data).shape[:2] == size
    if media_type == "image/jpeg":
        assert struct.unpack(">BHHB", jpeg_segments(data)[0xC0][:6]) == (8, *size, 3 if color else 1)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/gif"])
@pytest.mark.parametrize(("axis", "parameter"), [(0, "rows"), (1, "columns")])
def test_formats_that_end_refuse(media_type: str, axis: int, parameter: str) -> None:
    """REQ-URI-8.2.2-5: more rows or columns than a format has is a bad request that names them."""
    limit = PICTURE_ENCODERS[media_type].longest_side
    for extra in (0, 1):
        shape = [1, 1]
        shape[axis] = limit + extra
        raster = Raster(np.zeros(shape, np.uint8))
        if extra:
            with pytest.raises(BadRequest) as refused:
                encode(raster, media_type, None)
            assert refused.value.parameter == parameter
        else:
            assert encode(raster, media_type, None)


@pytest.mark.parametrize("media_type", list(PICTURE_ENCODERS))
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("side", [1, 5, 300])
def test_noise_is_encoded(media_type: str, side: int, *, color: bool) -> None:
    """A picture that cannot be compressed grows, and is encoded all the same."""
    size = (side, side, 3) if color else (side, side)
    pixels = np.random.default_rng(4).integers(0, 256, size, dtype=np.uint8)
    decoded = read(encode(Raster(pixels), media_type, 100))
    assert decoded.shape[:2] == (side, side)
    exact = media_type in ("image/png", "image/jp2") or (media_type == "image/gif" and not color)
    decoded = decoded if decoded.ndim == pixels.ndim else decoded[..., 0]
    assert not exact or np.array_equal(decoded, pixels)


def test_other_media_types_are_not_acceptable() -> None:
    """PS3.18 8.7.8: a type that is not made is refused with the list of those that are."""
    with pytest.raises(NotAcceptable) as refused:
        encode(Raster(np.zeros((1, 1), np.uint8)), "image/webp", None)
    assert refused.value.available == ("image/jpeg", "image/png", "image/gif", "image/jp2")


def test_a_raster_over_read_only_memory_is_encoded() -> None:
    """Frames are often views of bytes that cannot be written to."""
    pixels = np.frombuffer(bytes(range(240)), np.uint8).reshape(8, 10, 3)
    for media_type in PICTURE_ENCODERS:
        assert read(encode(Raster(pixels), media_type, None)).shape == (8, 10, 3)
