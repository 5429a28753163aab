"""Streams that the standards allow and hardly anybody writes: each is decoded as it says, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest

from odd_streams import lossless_jpeg, subsampled_jpeg2000, with_lines_defined_later
from openwado.dicom.codecs import decode_frame
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker
    from openwado.dicom.frame import Frame

    Cells = NDArray[Any]

#: Streams made with libjpeg-turbo from `SMOOTH`, `SMOOTH_12` and `COLOR`, quality 90.
STREAMS = Path(__file__).parent.parent / "data" / "jpeg"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
JPEG_XL = "1.2.840.10008.1.2.4.112"
HTJ2K = "1.2.840.10008.1.2.4.201"
ARITHMETIC = {
    "extended": "1.2.840.10008.1.2.4.52",
    "spectral": "1.2.840.10008.1.2.4.54",
    "progressive": "1.2.840.10008.1.2.4.56",
}

SMOOTH = np.add.outer(np.arange(24) * 4, np.arange(40) * 3).astype(np.uint8)
SMOOTH_12 = SMOOTH.astype(np.uint16) * 16 + 7
COLOR = np.stack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]], axis=-1)
CHANCE = np.random.default_rng(3)
NOISE = CHANCE.integers(0, 256, (24, 40), dtype=np.uint8)
RGB: dict[str, Any] = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}


def even(stream: bytes) -> bytes:
    """Return a stream of even length, as fragments have."""
    return stream + bytes(len(stream) % 2)


def encoded(codec: str, cells: Cells, **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return cells as a stream."""
    return bytes(getattr(imagecodecs, f"{codec}_encode")(cells, **options))


def decoded(make: ObjectMaker, syntax: str, stream: bytes, **attributes: Any) -> Frame:  # noqa: ANN401 -- values of any VR
    """Return the only frame of an object of 24 rows and 40 columns."""
    stored = make.encapsulated(syntax, [even(stream)], make.data_set(24, 40, **attributes))
    return decode_frame(stored.source, stored.instance, stored.entries[0])


def rgb(ycbcr: Cells) -> Cells:
    """Return 8-bit YBR_FULL as RGB (RR-7)."""
    luma, blue, red = (ycbcr[..., sample].astype(float) for sample in range(3))
    planes = [luma + 1.402 * (red - 128), luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128)]
    return np.clip(np.floor(np.stack([*planes, luma + 1.772 * (blue - 128)], axis=-1) + 0.5), 0, 255)


@pytest.mark.parametrize("process", ARITHMETIC)
@pytest.mark.parametrize(
    ("name", "options", "attributes"),
    [
        ("grey-8", {}, {}),
        ("grey-12", {"bitspersample": 12}, {"BitsAllocated": 16, "BitsStored": 12}),
        ("colour-8", {"colorspace": "RGB", "outcolorspace": "YCBCR", "subsampling": "420"}, RGB),
    ],
)
def test_the_retired_arithmetic_processes_are_decoded(
    make: ObjectMaker, process: str, name: str, options: dict[str, Any], attributes: dict[str, Any]
) -> None:
    """ISO 10918-1 processes 3 to 13 with arithmetic coding give what the same picture with Huffman codes gives."""
    stream = (STREAMS / f"arithmetic-{process}-{name}.jpg").read_bytes()
    pictures: dict[str, Cells] = {"grey-8": SMOOTH, "grey-12": SMOOTH_12, "colour-8": COLOR}
    twin = encoded("jpeg8", pictures[name], level=90, **options)
    frame = decoded(make, ARITHMETIC[process], stream, **attributes)
    assert np.array_equal(frame.cells, imagecodecs.jpeg8_decode(twin))
    assert not {0xC9, 0xCA}.isdisjoint(stream[stream.index(b"\xff\xdb") :])


def test_lossless_planes_one_by_one_with_restarts(make: ObjectMaker) -> None:
    """ISO 10918-1 H: components in scans of their own, starting afresh every other line, are exact."""
    stream = (STREAMS / "lossless-restart-planes-colour-8.jpg").read_bytes()
    assert np.array_equal(decoded(make, JPEG_LOSSLESS, stream, **RGB).cells, COLOR)


def test_a_point_transform_is_undone(make: ObjectMaker) -> None:
    """ISO 10918-1 H.1.2.1: samples were divided by 4 before they were coded, and are multiplied again."""
    stream = (STREAMS / "lossless-point-transform-grey-12.jpg").read_bytes()
    frame = decoded(make, JPEG_LOSSLESS, stream, BitsAllocated=16, BitsStored=12)
    assert np.array_equal(frame.cells, SMOOTH_12 >> 2 << 2)


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_rr_11_a_lossless_stream_with_less_chroma_is_ycbcr(make: ObjectMaker, photometric: str) -> None:
    """RR-11: where the stream itself is subsampled YBR_FULL_422 is no mislabel: two pixels share chroma (RR-8)."""
    blue, red = NOISE[:, 1::2], NOISE[::-1, ::2]
    stream = lossless_jpeg([NOISE, blue, red], [(2, 1), (1, 1), (1, 1)])
    frame = decoded(make, JPEG_LOSSLESS, stream, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    assert frame.photometric_interpretation == "YBR_FULL"
    assert np.array_equal(frame.cells, np.stack([NOISE, blue.repeat(2, 1), red.repeat(2, 1)], axis=-1))


def test_rr_11_a_cosine_stream_with_less_chroma_is_ycbcr(make: ObjectMaker) -> None:
    """RR-11: without any marker, and with RGB in the object, subsampled components can only be YCbCr."""
    options = {"level": 95, "colorspace": "RGB", "outcolorspace": "YCBCR"}
    stream = unmarked(encoded("jpeg8", COLOR, subsampling="422", **options))
    frame = decoded(make, JPEG_BASELINE, stream, **RGB)
    assert np.abs(frame.cells.astype(int) - COLOR).max() <= 16
    full = unmarked(encoded("jpeg8", COLOR, subsampling="444", **options))
    assert np.abs(decoded(make, JPEG_BASELINE, full, **RGB).cells.astype(int) - COLOR).max() > 50


def unmarked(stream: bytes) -> bytes:
    """Return a JPEG stream without its JFIF segment."""
    start = stream.index(b"\xff\xe0")
    return stream[:start] + stream[start + 2 + int.from_bytes(stream[start + 2 : start + 4], "big") :]


@pytest.mark.parametrize(
    ("syntax", "marker", "stream"),
    [
        (JPEG_BASELINE, 0xC0, encoded("jpeg8", SMOOTH, level=100)),
        (JPEG_LOSSLESS, 0xC3, encoded("jpeg8", SMOOTH, lossless=True)),
        (JPEG_LS, 0xF7, encoded("jpegls", SMOOTH)),
    ],
)
def test_lines_may_be_counted_after_the_first_scan(make: ObjectMaker, syntax: str, marker: int, stream: bytes) -> None:
    """ISO 10918-1 B.2.5: a frame header of 0 lines is completed by the DNL segment."""
    later = with_lines_defined_later(stream, marker)
    assert np.array_equal(decoded(make, syntax, later).cells, decoded(make, syntax, stream).cells)


def test_no_lines_and_no_count_of_them_is_corrupt(make: ObjectMaker) -> None:
    """A frame header of 0 lines alone says nothing."""
    stream = bytearray(encoded("jpeg8", SMOOTH))
    place = stream.index(b"\xff\xc0") + 5
    stream[place : place + 2] = b"\0\0"
    with pytest.raises(CorruptObject, match="40 x 0"):
        decoded(make, JPEG_BASELINE, bytes(stream))


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [(JPEG_LOSSLESS, encoded("jpeg8", NOISE, lossless=True)), (JPEG_LS, encoded("jpegls", NOISE))],
)
def test_fill_bytes_may_stand_before_a_stream(make: ObjectMaker, syntax: str, stream: bytes) -> None:
    """PS3.5 A.4: bytes FF may fill up the space before any marker, also before Start Of Image."""
    assert np.array_equal(decoded(make, syntax, b"\xff\xff\xff" + stream).cells, NOISE)


@pytest.mark.parametrize(
    ("marker", "reason"), [(0xC5, "annex J"), (0xC7, "annex J"), (0xCF, "annex J"), (0xCB, "process 15")]
)
def test_processes_that_no_library_decodes_are_refused_by_name(make: ObjectMaker, marker: int, reason: str) -> None:
    """Hierarchical streams and lossless ones with arithmetic coding are 'not supported', not 'corrupt'."""
    stream = bytearray(encoded("jpeg8", SMOOTH, lossless=True))
    stream[stream.index(b"\xff\xc3") + 1] = marker
    with pytest.raises(NotSupported, match=reason):
        decoded(make, JPEG_LOSSLESS, bytes(stream))


def jpeg2000(plane: Cells) -> bytes:
    """Return a plane as a reversible codestream of one resolution."""
    return encoded("jpeg2k", np.ascontiguousarray(plane), level=0, codecformat="j2k", reversible=True, resolutions=1)


def high_throughput(plane: Cells) -> bytes:
    """Return a plane as a reversible high-throughput codestream."""
    return encoded("htj2k", np.ascontiguousarray(plane), reversible=True, resolutions=2)


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL", "YBR_FULL_422"])
@pytest.mark.parametrize(("syntax", "encode"), [(JPEG_2000, jpeg2000), (HTJ2K, high_throughput)])
@pytest.mark.parametrize("step", [1, 2])
def test_rr_10_jpeg_2000_with_less_chroma_is_converted_once(
    make: ObjectMaker, syntax: str, encode: Callable[[Cells], bytes], step: int, photometric: str
) -> None:
    """RR-10: OpenJPEG makes RGB of subsampled components; whatever they were called, they are not converted again."""
    blue, red = SMOOTH[::step, ::2] // 2 + 60, SMOOTH[::-1][::step, ::2] // 2 + 60
    stream = subsampled_jpeg2000([encode(SMOOTH), encode(blue), encode(red)], [(1, 1), (2, step), (2, step)])
    frame = decoded(make, syntax, stream, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    ycbcr = [SMOOTH, *(chroma.repeat(step, 0).repeat(2, 1) for chroma in (blue, red))]
    assert frame.photometric_interpretation == "RGB"
    assert np.abs(frame.cells - rgb(np.stack(ycbcr, axis=-1))).max() <= 1


@pytest.mark.parametrize("bits", [17, 20, 24])
def test_jpeg_2000_of_more_than_16_bits(make: ObjectMaker, bits: int) -> None:
    """PS3.5 table 8.2.4-1: JPEG 2000 goes beyond 16 bits; Bits Allocated may be 24 there."""
    cells = CHANCE.integers(0, 1 << bits, (24, 40), dtype=np.uint32)
    stream = encoded("jpeg2k", cells, level=0, codecformat="j2k", reversible=True, bitspersample=bits)
    frame = decoded(make, JPEG_2000, stream, BitsAllocated=-(-bits // 8) * 8, BitsStored=bits)
    assert frame.cells.dtype == np.uint32
    assert np.array_equal(frame.cells, cells)


def test_lossy_jpeg_xl_beyond_bits_stored_is_clamped_not_wrapped(make: ObjectMaker) -> None:
    """A 12-bit image coded as XYB of 16 bits overshoots 4095: masking would turn the brightest pixels black."""
    cells = np.where(NOISE > 127, 4095, 0).astype(np.uint16)
    stream = encoded("jpegxl", cells, distance=2)
    raw = imagecodecs.jpegxl_decode(stream)
    assert raw.max() > 4095
    frame = decoded(make, JPEG_XL, stream, BitsAllocated=16, BitsStored=12)
    assert np.array_equal(frame.cells, np.minimum(raw, 4095))


@pytest.mark.parametrize(
    ("syntax", "photometric", "options", "now"),
    [
        (JPEG_XL_LOSSLESS, "YBR_FULL", {"lossless": True}, "YBR_FULL"),
        (JPEG_XL_LOSSLESS, "RGB", {"lossless": True}, "RGB"),
        (JPEG_XL_LOSSLESS, "YBR_FULL_422", {"lossless": True}, "RGB"),
        (JPEG_XL_LOSSLESS, "YBR_FULL", {"distance": 0.1}, "RGB"),
        (JPEG_XL, "XYB", {"distance": 0.1}, "RGB"),
        (JPEG_XL, "YBR_FULL", {"lossless": True}, "RGB"),
    ],
)
def test_rr_11_colours_of_jpeg_xl(
    make: ObjectMaker, syntax: str, photometric: str, options: dict[str, Any], now: str
) -> None:
    """RR-11: lossless components are what the object says; whatever the codec transforms comes back as RGB."""
    stream = encoded("jpegxl", COLOR, **options)
    frame = decoded(make, syntax, stream, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    assert frame.photometric_interpretation == now
    assert np.array_equal(frame.cells, imagecodecs.jpegxl_decode(stream))


def test_an_animation_is_no_frame(make: ObjectMaker) -> None:
    """A JPEG XL animation could hold any number of pictures: it is refused before any is decoded."""
    stream = encoded("jpegxl", np.stack([SMOOTH] * 3)[..., None], lossless=True, photometric="gray")
    with pytest.raises(CorruptObject, match="animation"):
        decoded(make, JPEG_XL, stream)
