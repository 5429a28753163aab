"""What compressed streams say of themselves is read before a decoder sees them, whatever bytes they are."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openwado.dicom.jpeg2000_stream import codestream_of, read_jpeg2000_stream
from openwado.dicom.jpeg_stream import read_jpeg_stream
from openwado.dicom.jpeg_xl_stream import JpegXlStream, read_jpeg_xl_stream
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

GREY = np.arange(24 * 40, dtype=np.uint16).reshape(24, 40)
COLOR = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
JPEG_XL_SIGNATURE = b"\xff\x0a"


def encode(codec: str, pixels: NDArray[Any], **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return pixels as a stream."""
    return bytes(getattr(imagecodecs, f"{codec}_encode")(pixels, **options))


def test_a_baseline_header_tells_size_components_and_colour() -> None:
    """SOF0 of a JFIF stream: rows, columns, precision, component identifiers."""
    stream = read_jpeg_stream(encode("jpeg8", COLOR))
    assert (stream.frame_marker, stream.rows, stream.columns, stream.precision) == (0xC0, 24, 40, 8)
    assert stream.component_ids == (1, 2, 3)
    assert stream.jfif
    assert stream.adobe_transform is None
    assert stream.is_lossy
    assert stream.ended


def test_an_adobe_segment_tells_its_transform() -> None:
    """The Adobe APP14 segment of an RGB stream says 0."""
    stream = read_jpeg_stream(encode("jpeg8", COLOR, colorspace="RGB", outcolorspace="RGB"))
    assert stream.adobe_transform == 0
    assert stream.component_ids == tuple(b"RGB")


def test_a_lossless_header_tells_its_precision() -> None:
    """SOF3 of 12 bits."""
    stream = read_jpeg_stream(encode("jpeg8", GREY, lossless=True, bitspersample=12))
    assert (stream.frame_marker, stream.precision) == (0xC3, 12)
    assert stream.is_lossless_process
    assert not stream.is_lossy


def test_a_jpeg_ls_header_tells_its_near_parameter() -> None:
    """SOF55 and the NEAR of its first scan tell lossless from near-lossless."""
    lossless = read_jpeg_stream(encode("jpegls", GREY))
    lossy = read_jpeg_stream(encode("jpegls", GREY, level=3))
    assert lossless.is_jpeg_ls
    assert (lossless.rows, lossless.columns, lossless.near, lossless.is_lossy) == (24, 40, 0, False)
    assert (lossy.near, lossy.is_lossy) == (3, True)


@pytest.mark.parametrize(
    ("adobe", "jfif", "ids", "photometric", "ycbcr"),
    [
        (0, True, (1, 2, 3), "YBR_FULL_422", False),
        (1, False, (82, 71, 66), "RGB", True),
        (None, True, (1, 2, 3), "RGB", True),
        (None, False, (82, 71, 66), "YBR_FULL_422", False),
        (None, False, (0, 1, 2), "RGB", False),
        (None, False, (0, 1, 2), "YBR_FULL_422", True),
        (None, False, (1, 2, 3), "MONOCHROME2", True),
    ],
)
def test_rr_11_adobe_then_jfif_then_ids_then_the_object_decide(
    adobe: int | None,
    jfif: bool,  # noqa: FBT001 -- a table row
    ids: tuple[int, ...],
    photometric: str,
    ycbcr: bool,  # noqa: FBT001 -- a table row
) -> None:
    """RR-11: the Adobe transform, else JFIF, else identifiers R G B, else Photometric Interpretation."""
    data = bytearray(b"\xff\xd8")
    if jfif:
        data += b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    if adobe is not None:
        data += b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0" + bytes([adobe])
    data += b"\xff\xc0\x00\x11\x08\0\x08\0\x08\x03" + b"".join(bytes([number, 0x11, 0]) for number in ids)
    data += b"\xff\xda\x00\x0c\x03" + bytes(9) + b"\xff\xd9"
    assert read_jpeg_stream(bytes(data)).is_ycbcr(photometric) is ycbcr


def test_five_hundred_scans_are_an_attack() -> None:
    """A progressive stream of thousands of scans keeps a decoder busy for minutes: it is refused."""
    data = encode("jpeg8", COLOR)
    with pytest.raises(CorruptObject, match="scans"):
        read_jpeg_stream(data[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 501 + b"\xff\xd9")


@pytest.mark.parametrize("reversible", [True, False])
def test_a_jpeg_2000_header_tells_size_precision_and_transforms(reversible: bool) -> None:  # noqa: FBT001 -- a table row
    """SIZ and COD: extents, components, precision, sign, component transform, wavelet."""
    level = 0 if reversible else 40
    data = encode("jpeg2k", COLOR, level=level, codecformat="j2k", reversible=reversible, mct=True)
    stream = read_jpeg2000_stream(data)
    assert (stream.rows, stream.columns, stream.components, stream.precision) == (24, 40, 3, 8)
    assert stream.component_transform
    assert stream.reversible is reversible
    assert not stream.signed
    assert not stream.high_throughput


def test_signed_and_high_throughput_streams_say_so() -> None:
    """Ssiz tells the sign, Rsiz that blocks are coded as ISO 15444-15 says."""
    signed = encode("jpeg2k", GREY.astype(np.int16), level=0, codecformat="j2k", reversible=True)
    assert read_jpeg2000_stream(signed).signed
    assert read_jpeg2000_stream(encode("htj2k", COLOR, reversible=True)).high_throughput


@pytest.mark.parametrize("codec", ["jpeg2k", "htj2k"])
def test_step_sizes_of_all_subbands_are_asked_for(codec: str) -> None:
    """ISO 15444-1 A.6.4: without them OpenJPEG draws something else, and OpenJPH reads beyond the segment."""
    options: dict[str, Any] = {"level": 0, "codecformat": "j2k"} if codec == "jpeg2k" else {}
    data = encode(codec, np.zeros((128, 128), np.uint8), reversible=True, **options)
    start = data.index(b"\xff\x5c")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    short = data[: start + 2] + (length - 1).to_bytes(2, "big") + data[start + 4 : start + 1 + length]
    for without in (short + data[start + 2 + length :], data[:start] + data[start + 2 + length :]):
        with pytest.raises(CorruptObject, match="step sizes"):
            read_jpeg2000_stream(without)


def test_what_is_no_marker_ends_no_main_header() -> None:
    """ISO 15444-1 A.4.2: the main header goes on to the first tile-part, segment by segment."""
    data = encode("jpeg2k", COLOR, level=0, codecformat="j2k", reversible=True)
    start = data.index(b"\xff\x5c")
    with pytest.raises(CorruptObject, match="where a marker must be"):
        read_jpeg2000_stream(data[: start + 2] + b"\0\3" + data[start + 4 :])


def test_boxes_around_a_codestream_are_taken_off() -> None:
    """PS3.5 A.4.4 forbids the JP2 format: colour and palette boxes must not steer decoding."""
    boxed = encode("jpeg2k", COLOR, level=0, codecformat="jp2", reversible=True)
    assert read_jpeg2000_stream(codestream_of(boxed)).columns == 40
    with pytest.raises(CorruptObject, match="no codestream"):
        codestream_of(boxed[:40])


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [(38, b"\x40\x00", "components"), (22, b"\0\0\0\1\0\0\0\1", "tiles"), (6, b"\0\0\0\0", "outside")],
)
def test_impossible_jpeg_2000_headers_are_refused(place: int, value: bytes, reason: str) -> None:
    """Thousands of components, a tile a pixel or an empty area never reach a decoder."""
    data = encode("jpeg2k", np.zeros((600, 600), np.uint8), level=0, codecformat="j2k", reversible=True)
    siz = data.index(b"\xff\x51")
    patched = data[: siz + place] + value + data[siz + place + len(value) :]
    with pytest.raises(CorruptObject, match=reason):
        read_jpeg2000_stream(patched)


@pytest.mark.parametrize(
    ("rows", "columns"), [(8, 8), (256, 256), (24, 40), (600, 800), (1080, 1920), (512, 1), (3, 5000), (300, 200)]
)
def test_a_jpeg_xl_header_tells_its_size(rows: int, columns: int) -> None:
    """The size header in all its forms: multiples of eight, aspect ratios, 9 to 30 bits."""
    data = encode("jpegxl", np.zeros((rows, columns), np.uint8), lossless=True)
    assert data.startswith(JPEG_XL_SIGNATURE)
    assert read_jpeg_xl_stream(data) == JpegXlStream(rows, columns, precision=8, xyb=False)


@pytest.mark.parametrize(
    ("pixels", "options", "precision", "xyb"),
    [
        (COLOR, {"distance": 1.0}, 8, True),
        (GREY, {"distance": 1.0}, 16, True),
        (GREY, {"lossless": True, "bitspersample": 10}, 10, False),
        (GREY, {"lossless": True, "bitspersample": 12}, 12, False),
        (GREY, {"lossless": True, "bitspersample": 14}, 14, False),
        (GREY.astype(np.float32), {"lossless": True}, 32, False),
    ],
)
def test_a_jpeg_xl_header_tells_its_precision_and_whether_colours_were_transformed(
    pixels: NDArray[Any],
    options: dict[str, Any],
    precision: int,
    xyb: bool,  # noqa: FBT001 -- a table row
) -> None:
    """The bit depth in all its forms, and XYB."""
    stream = read_jpeg_xl_stream(encode("jpegxl", pixels, **options))
    assert stream == JpegXlStream(24, 40, precision, xyb)


def test_a_jpeg_xl_header_of_defaults_and_one_with_everything() -> None:
    """ISO 18181-1 D.3: defaults are XYB of 8 bits; orientation, intrinsic size and preview stand before the depth."""
    size = [(0, 1), (0, 2), (32, 9), (0, 3), (0, 2), (54, 9)]
    assert read_jpeg_xl_stream(header([*size, (1, 1)])) == JpegXlStream(33, 55, precision=8, xyb=True)
    small = [(1, 1), (2, 5), (1, 3)]
    preview = [(1, 1), (1, 1), (2, 2), (7, 5), (0, 3), (0, 2)]
    extra = [(0, 1), (1, 1), (4, 3), (1, 1), *small, *preview, (0, 1)]
    depth = [(0, 1), (3, 2), (13, 6), (1, 1), (0, 2), (1, 1)]
    assert read_jpeg_xl_stream(header([*size, *extra, *depth])) == JpegXlStream(33, 55, precision=14, xyb=True)


def header(fields: list[tuple[int, int]]) -> bytes:
    """Return a JPEG XL codestream's first bytes from values and their numbers of bits, LSB first."""
    bits = place = 0
    for value, count in fields:
        bits |= value << place
        place += count
    return JPEG_XL_SIGNATURE + bits.to_bytes(64, "little")


def test_a_jpeg_xl_container_is_looked_into() -> None:
    """The codestream of a container is in its jxlc box, or starts in its first jxlp box."""
    data = encode("jpegxl", np.zeros((33, 55), np.uint8), lossless=True)
    signature = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
    whole = (len(data) + 8).to_bytes(4, "big") + b"jxlc" + data
    part = (len(data) + 12).to_bytes(4, "big") + b"jxlp" + bytes(4) + data
    expected = JpegXlStream(33, 55, precision=8, xyb=False)
    assert read_jpeg_xl_stream(signature + whole) == expected
    assert read_jpeg_xl_stream(signature + part) == expected
    with pytest.raises(CorruptObject):
        read_jpeg_xl_stream(signature)


SEEDS = (
    encode("jpeg8", COLOR),
    encode("jpegls", GREY),
    encode("jpeg2k", COLOR, level=0, codecformat="j2k", reversible=True),
    encode("jpeg2k", COLOR, level=0, codecformat="jp2", reversible=True),
    encode("jpegxl", COLOR, lossless=True),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 400), st.randoms(use_true_random=False))
def test_any_bytes_give_a_header_or_corrupt_object(seed: bytes, length: int, chance: random.Random) -> None:
    """Streams with bytes changed and cut off anywhere raise nothing but CorruptObject."""
    data = bytearray(seed[:length])
    for _ in range(min(len(data), 5)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    for read in (read_jpeg_stream, lambda given: read_jpeg2000_stream(codestream_of(given)), read_jpeg_xl_stream):
        with contextlib.suppress(CorruptObject):
            read(bytes(data))
