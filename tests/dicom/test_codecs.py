"""Frames of every transfer syntax become the cells that were encoded, and hostile ones an error."""

from __future__ import annotations

import random
import re
import struct
import tracemalloc
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import UID

from openwado.dicom.codecs import CODECS, decode_frame
from openwado.errors import CorruptObject, NotSupported
from packed_bits import packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker, Stored
    from openwado.dicom.frame import Frame

    Cells = NDArray[Any]

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_LOSSY = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
JPEG_XL = "1.2.840.10008.1.2.4.112"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K = "1.2.840.10008.1.2.4.203"
RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"

CHANCE = np.random.default_rng(7)
SMOOTH = np.add.outer(np.arange(24) * 4, np.arange(40) * 3).astype(np.uint8)
GREY = CHANCE.integers(0, 256, (24, 40), dtype=np.uint8)
COLOR = np.stack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]], axis=-1)
SIGNED = CHANCE.integers(-2048, 2048, (24, 40)).astype(np.int16)
RGB: dict[str, Any] = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
TWELVE_BITS: dict[str, Any] = {"BitsAllocated": 16, "BitsStored": 12}


def encode(codec: str, cells: Cells, **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return cells as a stream of even length, as fragments have."""
    stream = bytes(getattr(imagecodecs, f"{codec}_encode")(cells, **options))
    return stream + bytes(len(stream) % 2)


def jpeg2000(cells: Cells, **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return cells as a reversible codestream."""
    return encode("jpeg2k", cells, **{"level": 0, "codecformat": "j2k", "reversible": True, "mct": False} | options)


def rle(planes: list[bytes]) -> bytes:
    """Return byte planes as literal runs (PS3.5 G)."""
    segments = []
    for plane in planes:
        runs = b"".join(
            bytes([len(run) - 1]) + run for run in (plane[at : at + 128] for at in range(0, len(plane), 128))
        )
        segments.append(runs + bytes([128]) * (len(runs) % 2))
    starts = [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    return struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(segments))) + b"".join(segments)


def decoded(stored: Stored, number: int = 1) -> Frame:
    """Return a frame of a stored object."""
    return decode_frame(stored.source, stored.instance, stored.entries[number - 1])


def values(frame: Frame) -> Cells:
    """Return stored values as RR-1 reads them from cells."""
    width = frame.cells.dtype.itemsize * 8
    cells = frame.cells << np.array(width - 1 - frame.high_bit, frame.cells.dtype)
    kind = "i" if frame.pixel_representation else "u"
    shifted: Cells = cells.view(f"{kind}{width // 8}") >> (width - frame.bits_stored)
    return shifted


def test_every_codec_has_the_name_of_its_transfer_syntax_and_a_decoder() -> None:
    """The table names each syntax once, and names who decodes it, unless it is video."""
    assert len({codec.name for codec in CODECS.values()}) == len(CODECS)
    for uid, codec in CODECS.items():
        assert UID(uid).is_valid
        assert bool(codec.decoders) is (codec.form != "video")
        assert all(decoder.name for decoder in codec.decoders)


@pytest.mark.parametrize(
    ("syntax", "stream", "cells"),
    [
        (JPEG_LOSSLESS_SV1, encode("jpeg8", GREY, lossless=True, predictor=1), GREY),
        (JPEG_LOSSLESS, encode("jpeg8", GREY, lossless=True, predictor=6), GREY),
        (JPEG_LS, encode("jpegls", GREY), GREY),
        (JPEG_2000_LOSSLESS, jpeg2000(GREY), GREY),
        (JPEG_2000, jpeg2000(GREY), GREY),
        ("1.2.840.10008.1.2.4.92", jpeg2000(GREY), GREY),
        (JPEG_XL_LOSSLESS, encode("jpegxl", GREY, lossless=True), GREY),
        (JPEG_XL, encode("jpegxl", GREY, lossless=True), GREY),
        (HTJ2K_LOSSLESS, encode("htj2k", GREY, reversible=True), GREY),
        ("1.2.840.10008.1.2.4.202", encode("htj2k", GREY, reversible=True), GREY),
        (HTJ2K, encode("htj2k", GREY, reversible=True), GREY),
        (RLE, rle([GREY.tobytes()]), GREY),
        (DEFLATED_FRAME, zlib.compress(GREY.tobytes(), wbits=-15), GREY),
        (ENCAPSULATED_UNCOMPRESSED, GREY.tobytes(), GREY),
    ],
)
def test_lossless_frames_are_exact(make: ObjectMaker, syntax: str, stream: bytes, cells: Cells) -> None:
    """Whatever was encoded without loss comes back to the bit."""
    frame = decoded(make.encapsulated(syntax, [stream], make.data_set(24, 40)))
    assert np.array_equal(frame.cells, cells)
    assert frame.cells.dtype == np.uint8
    assert frame.photometric_interpretation == "MONOCHROME2"


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_LOSSLESS, encode("jpeg8", SIGNED.view(np.uint16) & 0xFFF, lossless=True, bitspersample=12)),
        (JPEG_LOSSLESS, encode("jpeg8", SIGNED.view(np.uint16), lossless=True, bitspersample=16)),
        (JPEG_LS, encode("jpegls", SIGNED.view(np.uint16) & 0xFFF)),
        (JPEG_2000_LOSSLESS, jpeg2000(SIGNED)),
        (JPEG_2000_LOSSLESS, jpeg2000(SIGNED.view(np.uint16) & 0xFFF, bitspersample=12)),
        (HTJ2K_LOSSLESS, encode("htj2k", SIGNED, reversible=True)),
        (RLE, rle([(SIGNED.view(np.uint16) >> 8).astype(np.uint8).tobytes(), SIGNED.astype(np.uint8).tobytes()])),
    ],
)
def test_rr_1_signed_values_survive_streams_without_sign(make: ObjectMaker, syntax: str, stream: bytes) -> None:
    """RR-1: JPEG lossless and JPEG-LS know no sign: their patterns are read as Bits Stored says, and filled up."""
    data_set = make.data_set(24, 40, **TWELVE_BITS, PixelRepresentation=1)
    frame = decoded(make.encapsulated(syntax, [stream], data_set))
    assert frame.cells.dtype == np.uint16
    assert np.array_equal(values(frame), SIGNED)
    assert np.array_equal(frame.cells.view(np.int16), SIGNED)


def test_rr_5_a_signed_stream_of_an_unsigned_object_keeps_its_patterns(make: ObjectMaker) -> None:
    """RR-5: where only the stream is signed, its bit patterns are what was encoded."""
    data_set = make.data_set(24, 40, **TWELVE_BITS)
    frame = decoded(make.encapsulated(JPEG_2000_LOSSLESS, [jpeg2000(SIGNED)], data_set))
    assert np.array_equal(values(frame), SIGNED.view(np.uint16) & 0xFFF)


def test_twelve_bit_extended_jpeg(make: ObjectMaker) -> None:
    """JPEG Extended of 12 bits is decoded at its precision."""
    cells = (SMOOTH.astype(np.uint16) << 4) + 7
    stream = encode("jpeg8", cells, level=100, bitspersample=12)
    frame = decoded(make.encapsulated(JPEG_EXTENDED, [stream], make.data_set(24, 40, **TWELVE_BITS)))
    assert np.abs(frame.cells.astype(int) - cells).max() <= 2
    assert (frame.bits_stored, frame.high_bit) == (12, 11)


def test_rr_5_a_stream_of_more_bits_than_the_object_allocates_wins(make: ObjectMaker) -> None:
    """RR-5: a 12-bit stream in an object of 8 bits gives 12-bit cells, and the frame says so."""
    cells = GREY.astype(np.uint16) * 16
    frame = decoded(
        make.encapsulated(
            JPEG_LOSSLESS, [encode("jpeg8", cells, lossless=True, bitspersample=12)], make.data_set(24, 40)
        )
    )
    assert np.array_equal(frame.cells, cells)
    assert (frame.bits_stored, frame.high_bit) == (12, 11)


def test_lossy_values_beyond_bits_stored_are_clamped_not_wrapped(make: ObjectMaker) -> None:
    """A 10-bit image in 12-bit JPEG overshoots 1023: masking would turn the brightest pixels black."""
    cells = np.where(GREY > 127, 1023, 0).astype(np.uint16)
    stream = encode("jpeg8", cells, level=60, bitspersample=12)
    raw = imagecodecs.jpeg8_decode(stream)
    assert raw.max() > 1023
    data_set = make.data_set(24, 40, BitsAllocated=16, BitsStored=10)
    frame = decoded(make.encapsulated(JPEG_EXTENDED, [stream], data_set))
    assert np.array_equal(values(frame), np.minimum(raw, 1023))


def test_lossless_bits_above_bits_stored_are_kept(make: ObjectMaker) -> None:
    """RR-24: a lossless stream of whole cells still holds the overlay planes above Bits Stored."""
    cells = GREY.astype(np.uint16) | 0x8000
    stream = encode("jpeg8", cells, lossless=True, bitspersample=16)
    frame = decoded(make.encapsulated(JPEG_LOSSLESS, [stream], make.data_set(24, 40, **TWELVE_BITS)))
    assert np.array_equal(frame.cells, cells)
    assert np.array_equal(values(frame), GREY)


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL", "YBR_FULL_422"])
@pytest.mark.parametrize(
    "options", [{"colorspace": "RGB", "outcolorspace": "YCBCR"}, {"colorspace": "RGB", "outcolorspace": "RGB"}]
)
def test_rr_11_marked_jpeg_is_decoded_by_its_markers(
    make: ObjectMaker, options: dict[str, str], photometric: str
) -> None:
    """RR-11: JFIF means YCbCr, Adobe transform 0 means RGB, whatever the object says; either becomes RGB."""
    stream = encode("jpeg8", COLOR, level=100, **options)
    data_set = make.data_set(24, 40, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    frame = decoded(make.encapsulated(JPEG_BASELINE, [stream], data_set))
    assert frame.photometric_interpretation == "RGB"
    assert np.abs(frame.cells.astype(int) - COLOR).max() <= 10


@pytest.mark.parametrize(("photometric", "options"), [("RGB", "RGB"), ("YBR_FULL_422", "YCBCR")])
def test_rr_11_unmarked_jpeg_is_decoded_as_the_object_says(make: ObjectMaker, photometric: str, options: str) -> None:
    """RR-11: without markers, and with identifiers 0 1 2, Photometric Interpretation decides, not a guess."""
    stream = encode("jpeg8", COLOR, level=100, colorspace="RGB", outcolorspace=options)
    data_set = make.data_set(24, 40, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    frame = decoded(make.encapsulated(JPEG_BASELINE, [unmarked(stream)], data_set))
    assert frame.photometric_interpretation == "RGB"
    assert np.abs(frame.cells.astype(int) - COLOR).max() <= 10


def unmarked(stream: bytes) -> bytes:
    """Return a JPEG stream without application segments, its components numbered 0, 1, 2."""
    start = stream.index(b"\xff\xdb")
    data = bytearray(b"\xff\xd8" + stream[start:])
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    for number in range(3):
        data[frame + 10 + 3 * number] = number
        data[scan + 5 + 2 * number] = number
    return bytes(data)


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_LOSSLESS, encode("jpeg8", COLOR, lossless=True, colorspace="RGB", outcolorspace="RGB")),
        (JPEG_LS, encode("jpegls", COLOR)),
        (RLE, rle([COLOR[..., sample].tobytes() for sample in range(3)])),
        (JPEG_2000_LOSSLESS, jpeg2000(COLOR)),
    ],
)
@pytest.mark.parametrize(("photometric", "now"), [("RGB", "RGB"), ("YBR_FULL", "YBR_FULL"), ("YBR_FULL_422", "RGB")])
def test_rr_11_lossless_components_are_what_the_object_says(
    make: ObjectMaker, syntax: str, stream: bytes, photometric: str, now: str
) -> None:
    """RR-11: untransformed components stay as they are; YBR_FULL_422 without subsampling is a mislabelled RGB."""
    data_set = make.data_set(24, 40, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    frame = decoded(make.encapsulated(syntax, [stream], data_set))
    assert np.array_equal(frame.cells, COLOR)
    assert frame.photometric_interpretation == now


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [(JPEG_2000_LOSSLESS, jpeg2000(COLOR, mct=True)), (HTJ2K_LOSSLESS, encode("htj2k", COLOR, reversible=True))],
)
@pytest.mark.parametrize("photometric", ["YBR_RCT", "YBR_FULL", "RGB"])
def test_rr_10_the_component_transform_is_undone_once(
    make: ObjectMaker, syntax: str, stream: bytes, photometric: str
) -> None:
    """RR-10: the decoder undoes the transform that the stream names; the frame is RGB."""
    data_set = make.data_set(24, 40, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    frame = decoded(make.encapsulated(syntax, [stream], data_set))
    assert np.array_equal(frame.cells, COLOR)
    assert frame.photometric_interpretation == "RGB"


def test_irreversible_htj2k_is_clamped(make: ObjectMaker) -> None:
    """White edges of irreversible HTJ2K overshoot 255: they must stay white, not wrap to black."""
    cells = np.where(GREY > 127, 255, 0).astype(np.uint8)
    stream = encode("htj2k", cells, level=0.05, reversible=False)
    frame = decoded(make.encapsulated(HTJ2K, [stream], make.data_set(24, 40)))
    assert np.abs(frame.cells.astype(int) - cells).max() < 100


def test_rr_4_planar_configuration_is_ignored_for_streams(make: ObjectMaker) -> None:
    """RR-4: Planar Configuration 1 says nothing about a compressed stream."""
    stream = encode("jpegls", COLOR)
    frame = decoded(make.encapsulated(JPEG_LS, [stream], make.data_set(24, 40, **RGB, PlanarConfiguration=1)))
    assert np.array_equal(frame.cells, COLOR)


@pytest.mark.parametrize("planar", [0, 1])
def test_rr_4_deflated_frames_are_native_inside(make: ObjectMaker, planar: int) -> None:
    """RR-4: a deflated frame is laid out as Planar Configuration says once it is inflated."""
    cells = np.moveaxis(COLOR, -1, 0) if planar else COLOR
    stream = zlib.compress(cells.tobytes(), wbits=-15)
    data_set = make.data_set(24, 40, **RGB, PlanarConfiguration=planar)
    assert np.array_equal(decoded(make.encapsulated(DEFLATED_FRAME, [stream + b"\0"], data_set)).cells, COLOR)


def test_a_deflated_bomb_is_not_inflated(make: ObjectMaker) -> None:
    """What a deflated frame holds beyond the frame is never written to memory."""
    stream = zlib.compress(GREY.tobytes() + bytes(1 << 24), wbits=-15)
    frame = decoded(make.encapsulated(DEFLATED_FRAME, [stream], make.data_set(24, 40)))
    assert np.array_equal(frame.cells, GREY)


@pytest.mark.parametrize("bits", [16, 32])
def test_rle_cells_of_several_bytes(make: ObjectMaker, bits: int) -> None:
    """PS3.5 G.2: segments are planes from the most significant byte of the first sample on."""
    cells = CHANCE.integers(0, 1 << bits, (24, 40, 3), dtype=f"u{bits // 8}")
    planes = [
        (cells[..., sample] >> (bits - 8 * place)).astype(np.uint8).tobytes()
        for sample in range(3)
        for place in range(1, bits // 8 + 1)
    ]
    frame = decoded(make.encapsulated(RLE, [rle(planes)], make.data_set(24, 40, **RGB, BitsAllocated=bits)))
    assert np.array_equal(frame.cells, cells)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", [4, 12, 20, 24, 33, 40])
def test_rle_pixels_whose_samples_fill_no_integers(make: ObjectMaker, bits: int, samples: int) -> None:
    """PS3.5 G.2: samples stand one after the other, the first one on top, zero bits above it; segments are bytes."""
    cells = CHANCE.integers(0, 1 << bits, (24, 40, samples), dtype=np.uint64)
    codes = [
        sum(int(cell) << bits * (samples - 1 - at) for at, cell in enumerate(pixel))
        for pixel in cells[:].reshape(-1, samples)
    ]
    count = -(-bits * samples // 8)
    planes = [bytes(code >> 8 * (count - 1 - place) & 0xFF for code in codes) for place in range(count)]
    color = RGB if samples == 3 else {}
    stored = make.encapsulated(RLE, [rle(planes)], make.data_set(24, 40, **color, BitsAllocated=bits))
    assert np.array_equal(decoded(stored).cells, cells if samples == 3 else cells[..., 0])


def test_rle_of_more_segments_than_its_header_names_is_refused(make: ObjectMaker) -> None:
    """PS3.5 G.5: 15 segments at most: three samples of 64 bits are no RLE."""
    data_set = make.data_set(24, 40, **RGB, BitsAllocated=64)
    with pytest.raises(CorruptObject, match="192 bits"):
        decoded(make.encapsulated(RLE, [struct.pack("<16I", 24, *[64] * 15) + bytes(400)], data_set))


def test_rle_runs_beyond_the_frame_are_not_written_to_memory(make: ObjectMaker) -> None:
    """A segment that goes on for 64 MiB behind its plane costs no more than the plane."""
    plane = rle([GREY.tobytes()])
    tracemalloc.start()
    try:
        frame = decoded(make.encapsulated(RLE, [plane + bytes([129, 0]) * (1 << 19)], make.data_set(24, 40)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
    assert np.array_equal(frame.cells, GREY)


def test_rle_segments_with_padding_are_left_to_the_second_decoder(make: ObjectMaker) -> None:
    """Encoders that pad a segment by a run of their own are read segment by segment."""
    stream = rle([COLOR[..., sample].tobytes() + b"\0\0\0" for sample in range(3)])
    frame = decoded(make.encapsulated(RLE, [stream], make.data_set(24, 40, **RGB)))
    assert np.array_equal(frame.cells, COLOR)


@pytest.mark.parametrize(
    ("syntax", "encoder"),
    [
        (RLE, lambda bits: rle([np.packbits(bits, bitorder="little").tobytes()])),
        (DEFLATED_FRAME, lambda bits: zlib.compress(np.packbits(bits, bitorder="little").tobytes(), wbits=-15)),
        (JPEG_2000_LOSSLESS, lambda bits: jpeg2000(bits, bitspersample=1)),
    ],
)
def test_rr_2_frames_of_single_bits(make: ObjectMaker, syntax: str, encoder: Any) -> None:  # noqa: ANN401 -- a lambda
    """RR-2: a compressed frame of Bits Allocated 1 is unpacked to cells of 0 and 1."""
    bits = (GREY[:23, :39] > 99).astype(np.uint8)
    stream = encoder(bits)
    frame = decoded(
        make.encapsulated(syntax, [stream + bytes(len(stream) % 2)], make.data_set(23, 39, BitsAllocated=1))
    )
    assert np.array_equal(frame.cells, bits)
    assert frame.bits_stored == 1


@pytest.mark.parametrize("padding", [b"", b"\0\0\0"])
def test_rle_of_single_bits_in_a_byte_each(make: ObjectMaker, padding: bytes) -> None:
    """PS3.5 G.2: zero bits fill up a pixel of one bit to a byte: such a plane is not taken for packed bits."""
    bits = (GREY > 99).astype(np.uint8)
    stored = make.encapsulated(RLE, [rle([bits.tobytes() + padding])], make.data_set(24, 40, BitsAllocated=1))
    assert np.array_equal(decoded(stored).cells, bits)
    packed_plane = np.packbits(bits, bitorder="little").tobytes() + padding
    stored = make.encapsulated(RLE, [rle([packed_plane])], make.data_set(24, 40, BitsAllocated=1))
    assert np.array_equal(decoded(stored).cells, bits)


@pytest.mark.parametrize("bits", [12, 24])
def test_deflated_frames_of_packed_cells(make: ObjectMaker, bits: int) -> None:
    """A deflated frame holds what a native one does, cells that share bytes too."""
    cells = CHANCE.integers(0, 1 << bits, (23, 39), dtype=np.uint32)
    stream = zlib.compress(packed(cells, bits), wbits=-15)
    data_set = make.data_set(23, 39, BitsAllocated=bits)
    stored = make.encapsulated(DEFLATED_FRAME, [stream + bytes(len(stream) % 2)], data_set)
    assert np.array_equal(decoded(stored).cells, cells)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]
)
def test_native_frames_of_every_coding(make: ObjectMaker, syntax: str) -> None:
    """Implicit, explicit, big-endian and deflated data sets hold the same cells."""
    cells = CHANCE.integers(0, 4096, (3, 5, 7), dtype=np.uint16)
    stored = make.native(cells, make.data_set(5, 7, **TWELVE_BITS, NumberOfFrames=3), syntax)
    assert np.array_equal([decoded(stored, number).cells for number in (1, 2, 3)], cells)


def test_big_endian_bytes_written_as_words(make: ObjectMaker) -> None:
    """PS3.5 7.3: 8-bit cells in OW are swapped by words in Big Endian, also frames of an odd number of bytes."""
    cells = CHANCE.integers(0, 256, (3, 3, 5), dtype=np.uint8)
    data_set = make.data_set(3, 5, NumberOfFrames=3)
    data_set.PixelData = np.frombuffer(cells.tobytes() + b"\0", "<u2").byteswap().tobytes()
    data_set["PixelData"].VR = "OW"
    stored = make.stored("1.2.840.10008.1.2.2", data_set)
    assert np.array_equal([decoded(stored, number).cells for number in (1, 2, 3)], cells)


def test_the_stream_decides_on_the_size_if_it_is_sane(make: ObjectMaker) -> None:
    """RR-5: a stream of one row more than the object says gives a frame of that size."""
    stream = encode("jpegls", GREY)
    assert decoded(make.encapsulated(JPEG_LS, [stream], make.data_set(23, 40))).cells.shape == (24, 40)


def test_a_stream_of_another_process_than_announced_is_decoded(make: ObjectMaker) -> None:
    """RR-5: baseline or JPEG-LS streams under JPEG Lossless are what they are."""
    data_set = make.data_set(24, 40)
    assert np.array_equal(decoded(make.encapsulated(JPEG_LOSSLESS_SV1, [encode("jpegls", GREY)], data_set)).cells, GREY)
    lossy = encode("jpeg8", SMOOTH, level=100)
    frame = decoded(make.encapsulated(JPEG_LOSSLESS_SV1, [lossy], make.data_set(24, 40)))
    assert np.abs(frame.cells.astype(int) - SMOOTH).max() <= 2


def test_a_jpeg_stream_without_its_end_marker_is_complete(make: ObjectMaker) -> None:
    """A stream that lacks nothing but End Of Image is decoded."""
    stream = encode("jpeg8", GREY, lossless=True).rstrip(b"\0")[:-2]
    frame = decoded(make.encapsulated(JPEG_LOSSLESS, [stream + bytes(len(stream) % 2)], make.data_set(24, 40)))
    assert np.array_equal(frame.cells, GREY)


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_BASELINE, encode("jpeg8", GREY)),
        (JPEG_LOSSLESS, encode("jpeg8", GREY, lossless=True)),
        (JPEG_LS, encode("jpegls", GREY)),
        (JPEG_2000_LOSSLESS, jpeg2000(GREY)),
        (HTJ2K_LOSSLESS, encode("htj2k", GREY, reversible=True)),
        (JPEG_XL_LOSSLESS, encode("jpegxl", GREY, lossless=True)),
        (RLE, rle([GREY.tobytes()])),
        (DEFLATED_FRAME, zlib.compress(GREY.tobytes(), wbits=-15)),
    ],
)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_a_stream_that_breaks_off_is_corrupt(make: ObjectMaker, syntax: str, stream: bytes, part: float) -> None:
    """Half a stream is an error, never half a picture."""
    cut = stream[: int(len(stream) * part) // 2 * 2]
    stored = make.encapsulated(syntax, [cut], make.data_set(24, 40))
    with pytest.raises(CorruptObject) as refusal:
        decoded(stored)
    assert refusal.value.public


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_BASELINE, encode("jpeg8", GREY)),
        (JPEG_LS, encode("jpegls", GREY)),
        (JPEG_2000_LOSSLESS, jpeg2000(GREY)),
        (HTJ2K_LOSSLESS, encode("htj2k", GREY, reversible=True)),
        (JPEG_XL_LOSSLESS, encode("jpegxl", GREY, lossless=True)),
    ],
)
@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (24, 400), (60000, 60000)])
def test_a_stream_of_an_absurd_size_never_reaches_a_decoder(
    make: ObjectMaker, syntax: str, stream: bytes, rows: int, columns: int
) -> None:
    """Sizes that differ from the object's by more than a factor of two, or are too big for both, are refused."""
    stored = make.encapsulated(syntax, [stream], make.data_set(rows, columns))
    with pytest.raises(CorruptObject, match="40 x 24"):
        decoded(stored)


@pytest.mark.parametrize(("rows", "columns"), [(60000, 60000), (1000, 1000)])
def test_rle_too_short_for_its_frame_is_refused_before_anything_is_allocated(
    make: ObjectMaker, rows: int, columns: int
) -> None:
    """No byte of RLE gives more than 64: a short stream cannot fill a big frame."""
    stored = make.encapsulated(RLE, [rle([GREY.tobytes()])], make.data_set(rows, columns))
    with pytest.raises(CorruptObject, match=r"too short|60000 x 60000"):
        decoded(stored)


def test_rle_with_other_segments_than_the_object_needs_is_refused(make: ObjectMaker) -> None:
    """PS3.5 G.2: as many segments as bytes of a pixel."""
    stored = make.encapsulated(RLE, [rle([GREY.tobytes()])], make.data_set(24, 40, BitsAllocated=16))
    with pytest.raises(CorruptObject, match="1 segments instead of 2"):
        decoded(stored)


def entry_of(stored: Stored) -> Any:  # noqa: ANN401 -- a frame entry
    """Return an entry for the whole pixel data."""
    from openwado.dicom.instance import FrameEntry  # noqa: PLC0415 -- used here only

    assert stored.instance.pixels is not None
    return FrameEntry(stored.instance.pixels.offset, stored.instance.pixels.length)


def test_unknown_and_hierarchical_syntaxes_are_not_supported(make: ObjectMaker) -> None:
    """What no library here decodes is refused by name."""
    for syntax, reason in (("1.2.840.10008.1.2.4.60", "hierarchical JPEG"), ("1.2.826.0.1.3680043.2.1143.1", "")):
        stored = make.encapsulated(syntax, [b"nobody knows"], make.data_set(24, 40))
        with pytest.raises(NotSupported, match=f"{re.escape(syntax)} cannot be decoded.*{reason}"):
            decode_frame(stored.source, stored.instance, entry_of(stored))


def test_part_2_codestreams_are_not_supported(make: ObjectMaker) -> None:
    """Multi-component streams are decoded as long as they use nothing of ISO 15444-2."""
    stream = bytearray(jpeg2000(GREY))
    stream[6] |= 0x80
    stored = make.encapsulated("1.2.840.10008.1.2.4.93", [bytes(stream)], make.data_set(24, 40))
    with pytest.raises(NotSupported, match="15444-2"):
        decoded(stored)


def test_an_object_that_describes_no_pixels_is_not_supported(make: ObjectMaker) -> None:
    """Without Rows there is nothing to decode to."""
    data_set = make.data_set(24, 40)
    del data_set.Rows
    stored = make.encapsulated(JPEG_LS, [encode("jpegls", GREY)], data_set)
    with pytest.raises(NotSupported, match="Rows"):
        decode_frame(stored.source, stored.instance, entry_of(stored))


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_BASELINE, encode("jpeg8", COLOR)),
        (JPEG_LOSSLESS, encode("jpeg8", COLOR, lossless=True, colorspace="RGB", outcolorspace="RGB")),
        (JPEG_LS, encode("jpegls", COLOR)),
        (JPEG_2000_LOSSLESS, jpeg2000(COLOR, mct=True)),
        (HTJ2K_LOSSLESS, encode("htj2k", COLOR, reversible=True)),
        (RLE, rle([COLOR[..., sample].tobytes() for sample in range(3)])),
        (DEFLATED_FRAME, zlib.compress(COLOR.tobytes(), wbits=-15)),
    ],
)
def test_damaged_streams_give_a_frame_or_an_error_of_ours(make: ObjectMaker, syntax: str, stream: bytes) -> None:
    """Bytes changed at random end in a frame, CorruptObject or NotSupported; no library's error or warning leaks."""
    chance = random.Random(syntax)  # noqa: S311 -- not for secrets
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(40):
            damaged = bytearray(stream)
            for _ in range(4):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            stored = make.encapsulated(syntax, [bytes(damaged)], make.data_set(24, 40, **RGB))
            try:
                assert decoded(stored).cells.ndim in (2, 3)
            except (CorruptObject, NotSupported):
                continue
