"""Objects leave in any transfer syntax there is an encoder for, and say of themselves what they are (TR-1 … TR-6)."""

from __future__ import annotations

import io
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRLittleEndian

from corpus_files import as_read
from dcmtk import run_dcmtk
from openwado.dicom import pixel_parts
from openwado.dicom.frame_encoders import ENCODED, FRAME_ENCODERS
from openwado.dicom.sent_syntax import effective_transfer_syntax, leaves_as
from written_objects import written

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker, Stored
    from openwado.dicom.frame import Frame

CHANCE = np.random.default_rng(5)
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
BASELINE, EXTENDED, JPEG_LOSSLESS = (f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 70))
JPEG_LS, NEAR_LOSSLESS = (f"1.2.840.10008.1.2.4.{end}" for end in (80, 81))
JPEG_2000, JPEG_2000_LOSSY = (f"1.2.840.10008.1.2.4.{end}" for end in (90, 91))
JPEG_XL_LOSSLESS, RECOMPRESSED, JPEG_XL = (f"1.2.840.10008.1.2.4.{end}" for end in (110, 111, 112))
HTJ2K, HTJ2K_RPCL, HTJ2K_LOSSY = (f"1.2.840.10008.1.2.4.{end}" for end in (201, 202, 203))
LOSSLESS = [uid for uid, encoder in FRAME_ENCODERS.items() if not encoder.always_lossy]
STEERED = [uid for uid, encoder in FRAME_ENCODERS.items() if encoder.method]
#: Decoded by OpenJPEG of Pillow, which encodes none of them here.
BY_OPENJPEG = (JPEG_2000, JPEG_2000_LOSSY, HTJ2K, HTJ2K_RPCL, HTJ2K_LOSSY)
DCMTK_DECODERS = {
    RLE: "dcmdrle",
    "1.2.840.10008.1.2.4.57": "dcmdjpeg",
    JPEG_LOSSLESS: "dcmdjpeg",
    JPEG_LS: "dcmdjpls",
    NEAR_LOSSLESS: "dcmdjpls",
}


def numbers(frame: Frame) -> NDArray[np.int64]:
    """Return the samples as numbers."""
    shifted = frame.cells.astype(np.uint64) >> np.uint64(frame.high_bit + 1 - frame.bits_stored)
    values = (shifted & np.uint64((1 << frame.bits_stored) - 1)).astype(np.int64)
    sign = 1 << (frame.bits_stored - 1)
    return (values ^ sign) - sign if frame.pixel_representation else values


def frames_of(data: bytes) -> list[NDArray[np.int64]]:
    """Return all frames of an object as our own decoders read them."""
    found = as_read(data)
    return [numbers(found.frame(number)) for number in range(1, found.picture.image_pixel.number_of_frames + 1)]


def frames_by_others(data: bytes, syntax: str, folder: Path) -> list[NDArray[np.int64]] | None:
    """Return all frames as a reader that is not ours decodes them; None where there is none."""
    if syntax in DCMTK_DECODERS:
        (folder / "made.dcm").write_bytes(data)
        color = ["+cn"] if DCMTK_DECODERS[syntax] == "dcmdjpeg" else []
        run_dcmtk(DCMTK_DECODERS[syntax], *color, folder / "made.dcm", folder / "native.dcm")
        return frames_of((folder / "native.dcm").read_bytes())
    if syntax not in BY_OPENJPEG:
        return None
    data_set = pydicom.dcmread(io.BytesIO(data))
    if data_set.SamplesPerPixel == 1 or data_set.BitsAllocated == 8:
        streams = generate_frames(data_set.PixelData, number_of_frames=int(data_set.get("NumberOfFrames", 1)))
        return [opened_by_pillow(stream, data_set) for stream in streams]
    return None


def opened_by_pillow(stream: bytes, data_set: Dataset) -> NDArray[np.int64]:
    """Return a JPEG 2000 stream as numbers; Pillow stretches precision to whole bytes and shifts what is signed."""
    with Image.open(io.BytesIO(stream)) as image:
        image.load()
        values = np.asarray(image).astype(np.int64)
    width = 16 if image.mode.startswith("I") else 8
    values >>= width - data_set.BitsStored
    return values - (1 << (data_set.BitsStored - 1)) if data_set.PixelRepresentation else values


def grey(make: ObjectMaker, bits: int, shape: tuple[int, ...] = (5, 7), **attributes: Any) -> Stored:  # noqa: ANN401 -- of any VR
    """Return an object of noise, with the lowest and the highest value in it, the bits around them set too."""
    allocated = attributes.setdefault("BitsAllocated", 8 if bits <= 8 else 16)
    high_bit = attributes.setdefault("HighBit", bits - 1)
    values = CHANCE.integers(0, 1 << bits, shape)
    values.reshape(-1)[[0, -1]] = 0, (1 << bits) - 1
    cells = values << (high_bit + 1 - bits)
    if attributes.get("PixelRepresentation") and high_bit == bits - 1:
        cells |= np.where(values >> (bits - 1), (1 << allocated) - (1 << bits), 0)  # as signed numbers are mostly kept
    if len(shape) == 3:
        attributes["NumberOfFrames"] = shape[0]
    data_set = make.data_set(shape[-2], shape[-1], BitsStored=bits, **attributes)
    return make.native(cells.astype(f"u{allocated // 8}"), data_set)


def color(make: ObjectMaker, shape: tuple[int, int] = (6, 8), **attributes: Any) -> Stored:  # noqa: ANN401 -- of any VR
    """Return a colour object of soft shades, planar or interleaved."""
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns]
    cells = np.stack([40 + x * 5 + y, 80 + y * 4, 150 - x * 3 - y], axis=-1).astype(np.uint8)
    attributes = {"PhotometricInterpretation": "RGB", "PlanarConfiguration": 0} | attributes
    if attributes["PlanarConfiguration"]:
        cells = np.moveaxis(cells, -1, 0)
    if attributes["PhotometricInterpretation"] == "YBR_FULL_422":
        pairs = cells.reshape(rows, columns // 2, 2, 3)
        cells = np.concatenate([pairs[..., 0], pairs[..., 1, 0, None], pairs[..., 0, 1:]], axis=-1)[..., :4]
    return make.native(np.ascontiguousarray(cells), make.data_set(rows, columns, SamplesPerPixel=3, **attributes))


def soft(make: ObjectMaker, bits: int = 8, **attributes: Any) -> Stored:  # noqa: ANN401 -- of any VR
    """Return a grey object of soft shades with a little noise, large enough for quality to matter."""
    y, x = np.mgrid[0:96, 0:96]
    values = (0.5 + 0.3 * np.sin(x / 9) * np.cos(y / 7) + CHANCE.normal(0, 0.02, x.shape)) * ((1 << bits) - 1)
    cells = np.clip(values, 0, (1 << bits) - 1).astype(np.uint8 if bits <= 8 else np.uint16)
    return make.native(cells, make.data_set(96, 96, BitsAllocated=cells.itemsize * 8, BitsStored=bits, **attributes))


def stored_bytes(stored: Stored) -> bytes:
    """Return the stored object."""
    return stored.source.read_at(0, stored.source.size)


def check_exact(stored: Stored, syntax: str, folder: Path) -> Dataset:
    """Assert that an object arrives to the bit by our decoder and by another one; return it."""
    assert effective_transfer_syntax(syntax, stored.instance) == syntax
    data = written(folder, stored, syntax)
    want = frames_of(stored_bytes(stored))
    for got in filter(None, (frames_of(data), frames_by_others(data, syntax, folder))):
        assert len(got) == len(want)
        for theirs, ours in zip(got, want, strict=True):
            np.testing.assert_array_equal(theirs, ours)
    read = pydicom.dcmread(io.BytesIO(data))
    assert read.file_meta.TransferSyntaxUID == syntax
    assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID == stored.instance.sop_instance_uid
    assert "LossyImageCompression" not in read
    return read


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("bits", range(1, 17))
def test_tr1_every_bits_stored(make: ObjectMaker, tmp_path: Path, syntax: str, signed: int, bits: int) -> None:
    """TR-1: stored values of 1 … 16 bits, with and without sign, arrive to the bit, under the same UID."""
    signed = signed if bits > 1 else 0  # one bit has no sign
    read = check_exact(grey(make, bits, PixelRepresentation=signed), syntax, tmp_path)
    assert (read.BitsStored, read.HighBit, read.PixelRepresentation) == (bits, bits - 1, signed)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("place", [(8, 7, 16), (8, 15, 16), (12, 15, 16), (10, 12, 16), (5, 6, 8), (12, 11, 32)])
def test_tr1_high_bit_and_width_of_cells(
    make: ObjectMaker, tmp_path: Path, syntax: str, place: tuple[int, int, int]
) -> None:
    """TR-1: values anywhere in their cells arrive; Bits Allocated and High Bit say where they are now."""
    bits, high_bit, allocated = place
    stored = grey(make, bits, HighBit=high_bit, BitsAllocated=allocated)
    read = check_exact(stored, syntax, tmp_path)
    if syntax == RLE:
        assert (read.BitsAllocated, read.HighBit) == (allocated, high_bit)
    else:
        assert (read.BitsAllocated, read.HighBit) == (8 if bits <= 8 else 16, bits - 1)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (3, 5), (3, 1, 3), (2, 4, 4), (65, 130)])
@pytest.mark.parametrize("bits", [8, 16])
def test_tr1_odd_sizes(make: ObjectMaker, tmp_path: Path, syntax: str, shape: tuple[int, ...], bits: int) -> None:
    """TR-1: pictures of any size, frames of an odd number of bytes, and noise that no encoder makes smaller."""
    check_exact(grey(make, bits, shape), syntax, tmp_path)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("shape", [(6, 8), (1, 1), (3, 5)])
def test_tr1_rgb(make: ObjectMaker, tmp_path: Path, syntax: str, planar: int, shape: tuple[int, int]) -> None:
    """TR-1: colour arrives to the bit; a component transform is named (YBR_RCT); samples are interleaved."""
    read = check_exact(color(make, shape, PlanarConfiguration=planar), syntax, tmp_path)
    assert read.PhotometricInterpretation == ("YBR_RCT" if syntax in BY_OPENJPEG else "RGB")
    assert read.PlanarConfiguration == 0


@pytest.mark.parametrize("syntax", [uid for uid in LOSSLESS if uid != JPEG_XL])
@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_tr1_ybr_full(make: ObjectMaker, tmp_path: Path, syntax: str, photometric: str) -> None:
    """TR-1: luminance and chrominance stay what they are, chroma for every pixel: YBR_FULL, never _422."""
    read = check_exact(color(make, PhotometricInterpretation=photometric), syntax, tmp_path)
    assert read.PhotometricInterpretation == "YBR_FULL"


PALETTE: dict[str, Any] = {
    "PhotometricInterpretation": "PALETTE COLOR",
    **{f"{name}PaletteColorLookupTableDescriptor": [16, 0, 8] for name in ("Red", "Green", "Blue")},
    **{f"{name}PaletteColorLookupTableData": bytes(range(16)) for name in ("Red", "Green", "Blue")},
}


@pytest.mark.parametrize("syntax", [RLE, JPEG_LOSSLESS, JPEG_LS, JPEG_2000, JPEG_XL_LOSSLESS, HTJ2K, HTJ2K_RPCL])
def test_tr1_palette(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """TR-1: indices into a palette arrive to the bit where nothing may be lost."""
    read = check_exact(grey(make, 4, **PALETTE), syntax, tmp_path)
    assert read.PhotometricInterpretation == "PALETTE COLOR"


@pytest.mark.parametrize("syntax", [DEFLATED, ExplicitVRLittleEndian])
@pytest.mark.parametrize("source", [RLE, JPEG_LS, JPEG_2000])
def test_tr1_back_to_native(make: ObjectMaker, tmp_path: Path, source: str, syntax: str) -> None:
    """TR-1: decoded again, nothing of the stream's own colour space or layout is left."""
    stored = color(make, PlanarConfiguration=1)
    encoded = written(tmp_path, stored, source)
    read = pydicom.dcmread(io.BytesIO(written(tmp_path, encoded, syntax)))
    assert (read.PhotometricInterpretation, read.PlanarConfiguration) == ("RGB", 0)
    assert read.SOPInstanceUID == stored.instance.sop_instance_uid
    np.testing.assert_array_equal(read.pixel_array, frames_of(stored_bytes(stored))[0])


def test_ps3_5_a_5_deflated(make: ObjectMaker, tmp_path: Path) -> None:
    """PS3.5 A.5: all behind the File Meta Information is deflated without a header, of even length."""
    data = written(tmp_path, grey(make, 12, (3, 9, 9)), DEFLATED)
    start = 144 + int.from_bytes(data[140:144], "little")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    assert inflater.decompress(data[start:]).startswith(b"\x08\x00")
    assert inflater.eof
    assert inflater.unused_data in (b"", b"\0")
    assert len(data) % 2 == 0
    assert pydicom.dcmread(io.BytesIO(data)).pixel_array.shape == (3, 9, 9)


@pytest.mark.parametrize("syntax", [BASELINE, EXTENDED])
@pytest.mark.parametrize(("columns", "photometric"), [(8, "YBR_FULL_422"), (7, "YBR_FULL")])
def test_tr1_lossy_jpeg_is_ybr(make: ObjectMaker, tmp_path: Path, syntax: str, columns: int, photometric: str) -> None:
    """TR-1: lossy JPEG keeps chroma for two pixels at a time, where Columns are even, and says so."""
    data = written(tmp_path, color(make, (6, columns)), syntax)
    read = pydicom.dcmread(io.BytesIO(data))
    assert (read.PhotometricInterpretation, read.PlanarConfiguration) == (photometric, 0)
    assert np.abs(frames_of(data)[0] - frames_of(stored_bytes(color(make, (6, columns))))[0]).max() < 24
    assert np.abs(pixel_array(read).astype(int) - frames_of(data)[0]).max() < 4


@pytest.mark.parametrize("syntax", [JPEG_2000_LOSSY, HTJ2K_LOSSY])
def test_tr1_lossy_jpeg_2000_is_ybr_ict(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """TR-1: the irreversible component transform is named YBR_ICT."""
    data = written(tmp_path, color(make, (32, 32)), syntax, image_quality=80)
    assert pydicom.dcmread(io.BytesIO(data)).PhotometricInterpretation == "YBR_ICT"
    assert np.abs(frames_of(data)[0] - frames_of(stored_bytes(color(make, (32, 32))))[0]).max() < 24


@pytest.mark.parametrize("syntax", STEERED)
def test_tr2_what_is_lossy_says_so(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """TR-2: flag, ratio and method, DERIVED, a UID of its own that is always the same, and where it came from."""
    stored = soft(make, ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], DerivationDescription="Smoothed")
    data = written(tmp_path, stored, syntax, image_quality=50)
    read = pydicom.dcmread(io.BytesIO(data))
    assert read.LossyImageCompression == "01"
    assert read.LossyImageCompressionMethod == FRAME_ENCODERS[syntax].method
    streams = sum(map(len, generate_frames(read.PixelData, number_of_frames=1)))
    assert float(read.LossyImageCompressionRatio) == pytest.approx(96 * 96 / streams, rel=1e-3)
    assert list(read.ImageType) == ["DERIVED", "PRIMARY", "AXIAL"]
    assert read.SOPInstanceUID.startswith("2.25.")
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
    assert read.SourceImageSequence[0].ReferencedSOPInstanceUID == stored.instance.sop_instance_uid
    assert read.SourceImageSequence[0].PurposeOfReferenceCodeSequence[0].CodeValue == "121320"
    assert read.DerivationCodeSequence[0].CodeValue == "113040"
    assert read.DerivationDescription.startswith("Smoothed; Lossy compression")
    assert written(tmp_path, stored, syntax, image_quality=50) == data
    other = pydicom.dcmread(io.BytesIO(written(tmp_path, stored, syntax, image_quality=51)))
    assert other.SOPInstanceUID != read.SOPInstanceUID


@pytest.mark.parametrize("after", [ExplicitVRLittleEndian, DEFLATED, RLE, JPEG_LS, JPEG_2000_LOSSY])
def test_tr2_once_lossy_always_lossy(make: ObjectMaker, tmp_path: Path, after: str) -> None:
    """TR-2: what was lossy once stays so marked, under its UID, though nothing more is lost."""
    first = written(tmp_path, soft(make), BASELINE)
    before, read = (pydicom.dcmread(io.BytesIO(data)) for data in (first, written(tmp_path, first, after)))
    assert read.SOPInstanceUID == before.SOPInstanceUID
    assert (read.LossyImageCompression, read.LossyImageCompressionMethod) == ("01", "ISO_10918_1")


def test_tr2_ratio_and_method_are_appended(make: ObjectMaker, tmp_path: Path) -> None:
    """TR-2: a second lossy step adds its ratio, its method and its source."""
    first = written(tmp_path, soft(make), BASELINE)
    read = pydicom.dcmread(io.BytesIO(written(tmp_path, first, JPEG_2000_LOSSY, image_quality=40)))
    assert list(read.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_15444_1"]
    assert len(read.LossyImageCompressionRatio) == len(read.SourceImageSequence) == 2


def test_tr2_no_loss_of_a_lossy_syntax(make: ObjectMaker, tmp_path: Path) -> None:
    """TR-2: a syntax that may be lossy is lossless at imageQuality 100, and then nothing is said of loss."""
    for syntax in (NEAR_LOSSLESS, JPEG_2000_LOSSY, JPEG_XL, HTJ2K_LOSSY):
        data = written(tmp_path, soft(make, 12), syntax, image_quality=100)
        assert "LossyImageCompression" not in pydicom.dcmread(io.BytesIO(data))


@pytest.mark.parametrize(
    ("stored", "impossible"),
    [
        ({"bits": 12}, {BASELINE}),
        ({"bits": 16}, {BASELINE, EXTENDED}),
        ({"bits": 8, "PixelRepresentation": 1}, {BASELINE, EXTENDED}),
        ({"bits": 20, "BitsAllocated": 32}, set(FRAME_ENCODERS) - {RLE}),
        ({"bits": 8, "BitsAllocated": 64}, set()),
        (PALETTE | {"bits": 4}, {BASELINE, EXTENDED, NEAR_LOSSLESS, JPEG_2000_LOSSY, JPEG_XL, HTJ2K_LOSSY}),
    ],
)
def test_tr3_d11_what_cannot_be_carried_leaves_explicit(
    make: ObjectMaker, stored: dict[str, Any], impossible: set[str]
) -> None:
    """TR-3, D-11: a syntax that cannot carry an object is as good as none: Explicit VR Little Endian."""
    instance = grey(make, **stored).instance
    refused = {uid for uid in ENCODED if effective_transfer_syntax(uid, instance) != uid}
    assert refused == impossible | {RECOMPRESSED}
    assert {effective_transfer_syntax(uid, instance) for uid in refused} == {ExplicitVRLittleEndian}


def test_tr3_floats_packed_bits_and_too_many_segments(make: ObjectMaker) -> None:
    """TR-3: floating-point pixels, packed bits and more than 15 segments of RLE are carried by nothing."""
    floats = make.data_set(2, 2, BitsAllocated=32, FloatPixelData=bytes(16))
    bits = make.data_set(4, 4, BitsAllocated=1, PixelData=bytes(2))
    bits["PixelData"].VR = "OB"
    wide = make.data_set(1, 1, SamplesPerPixel=3, PhotometricInterpretation="RGB", BitsAllocated=64, BitsStored=8)
    for data_set, targets in ((floats, ENCODED), (bits, ENCODED), (wide, (RLE,))):
        if data_set is wide:
            data_set.PixelData = bytes(24)
            data_set["PixelData"].VR = "OW"
        instance = make.stored(ExplicitVRLittleEndian, data_set).instance
        assert {effective_transfer_syntax(uid, instance) for uid in targets} == {ExplicitVRLittleEndian}


@pytest.mark.parametrize("syntax", [NEAR_LOSSLESS, JPEG_XL])
def test_tr3_signed_values_lose_nothing_as_patterns(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """TR-3: where two's complement has no place in a stream, losing a little could turn 0 into -1: nothing is lost."""
    y, x = np.mgrid[0:32, 0:32]
    cells = (np.sin(x / 5) * 3 * y).astype(np.int16)
    cells[0, :2] = 2047, -2048
    data_set = make.data_set(32, 32, BitsAllocated=16, BitsStored=12, PixelRepresentation=1)
    stored = make.native(cells.view(np.uint16), data_set)
    target, quality = leaves_as(syntax, 30, stored.instance, anonymize=False)
    data = written(tmp_path, stored, target, image_quality=quality)
    np.testing.assert_array_equal(frames_of(data)[0], cells)
    assert "LossyImageCompression" not in pydicom.dcmread(io.BytesIO(data))


@pytest.mark.parametrize("syntax", [JPEG_2000_LOSSY, HTJ2K_LOSSY])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_tr6_signed_values_may_lose_where_they_have_a_sign(
    make: ObjectMaker, tmp_path: Path, syntax: str, bits: int
) -> None:
    """TR-6: JPEG 2000 knows signs, so signed values are steered like others."""
    y, x = np.mgrid[0:64, 0:64]
    peak = (1 << (bits - 1)) - 1
    cells = np.rint(np.sin(x / 9) * np.cos(y / 7) * peak).astype(np.int8 if bits <= 8 else np.int16)
    data_set = make.data_set(64, 64, BitsAllocated=cells.itemsize * 8, BitsStored=bits, PixelRepresentation=1)
    stored = make.native(cells.view(f"u{cells.itemsize}"), data_set)
    target, quality = leaves_as(syntax, 60, stored.instance, anonymize=False)
    assert (target, quality) == (syntax, 60)
    data = written(tmp_path, stored, syntax, image_quality=60)
    assert np.sqrt(np.mean((frames_of(data)[0] - cells) ** 2.0)) < (1 << bits) / 80
    assert len(data) < len(stored_bytes(stored))


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, BASELINE, ExplicitVRLittleEndian])
def test_tr5_what_no_longer_holds_goes(make: ObjectMaker, tmp_path: Path, syntax: str) -> None:
    """TR-5: group lengths, offset tables of another stream, signatures of other bytes, trailing padding."""
    data_set = make.data_set(2, 2, PixelData=None)
    del data_set.PixelData
    data_set.add_new(0x00280000, "UL", 100)
    data_set.add_new(0x7FE00001, "OV", bytes(8))
    data_set.add_new(0x7FE00002, "OV", bytes(8))
    data_set.add_new(0x7FE00003, "UV", 99)
    data_set.add_new(0xFFFAFFFA, "SQ", [Dataset()])
    data_set.add_new(0xFFFCFFFC, "OB", bytes(10))
    stream = bytes(imagecodecs.jpegls_encode(np.array([[1, 2], [3, 4]], np.uint8)))
    stored = make.encapsulated("1.2.840.10008.1.2.4.81", [stream], data_set)
    read = pydicom.dcmread(io.BytesIO(written(tmp_path, stored, syntax)))
    assert not {0x00280000, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0xFFFAFFFA, 0xFFFCFFFC} & set(map(int, read.keys()))


@pytest.mark.parametrize("syntax", STEERED)
@pytest.mark.parametrize("bits", [8, 12])
def test_tr6_quality_is_monotone(make: ObjectMaker, tmp_path: Path, syntax: str, bits: int) -> None:
    """TR-6, REQ-URI-8.2.8-4: more imageQuality never gives a smaller PSNR, and hardly ever fewer bytes."""
    bits = min(bits, FRAME_ENCODERS[syntax].bits_stored_max)
    stored = soft(make, bits)
    want = frames_of(stored_bytes(stored))[0]
    errors, sizes = [], []
    for quality in (1, 10, 25, 40, 55, 70, 85, 95, 99, 100):
        data = written(tmp_path, stored, syntax, image_quality=quality)
        errors.append(float(np.mean((frames_of(data)[0] - want) ** 2.0)))
        sizes.append(len(data))
    assert all(later <= earlier * 1.02 + 1e-9 for earlier, later in pairwise(errors)), errors
    assert all(earlier <= later * 1.02 for earlier, later in pairwise(sizes)), sizes
    assert sizes[0] < sizes[-1] / 2
    assert 10 * np.log10(((1 << bits) - 1) ** 2 / errors[4]) > 30


@pytest.mark.parametrize("long", [False, True])
def test_ps3_5_a_4_offset_tables(
    make: ObjectMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, long: bool
) -> None:
    """PS3.5 A.4, C.7.6.3.1.8: offsets of all frames: a basic table, or an extended one where 32 bits do not reach."""
    if long:
        monkeypatch.setattr(pixel_parts, "_BASIC_OFFSETS_REACH", 100)
    stored = grey(make, 8, (4, 9, 7))
    data = written(tmp_path, stored, JPEG_LS)
    read = pydicom.dcmread(io.BytesIO(data))
    value = read.PixelData
    basic = np.frombuffer(value[8 : 8 + int.from_bytes(value[4:8], "little")], "<u4")
    items = value[8 + basic.nbytes :]
    if long:
        offsets = np.frombuffer(read.ExtendedOffsetTable, "<u8")
        lengths = np.frombuffer(read.ExtendedOffsetTableLengths, "<u8")
        assert not basic.size
    else:
        assert "ExtendedOffsetTable" not in read
        offsets, lengths = basic.astype(np.uint64), None
    assert len(offsets) == 4
    for number, offset in enumerate(offsets):
        assert items[int(offset) : int(offset) + 4] == b"\xfe\xff\x00\xe0"
        if lengths is not None:
            assert int.from_bytes(items[int(offset) + 4 : int(offset) + 8], "little") == lengths[number]
    for got, want in zip(frames_of(data), frames_of(stored_bytes(stored)), strict=True):
        np.testing.assert_array_equal(got, want)


def test_icons_are_native_where_the_pixels_are_encoded_anew(make: ObjectMaker, tmp_path: Path) -> None:
    """C.7.6.1.1.6: an icon in the stored transfer syntax would be unreadable in another one, so it is decoded."""
    icon = make.data_set(2, 2)
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"):
        delattr(icon, keyword)
    cells = np.array([[1, 2], [3, 4]], np.uint8)
    stream = bytes(imagecodecs.jpegls_encode(cells))
    icon.PixelData = encapsulate([stream])
    icon["PixelData"].VR = "OB"
    icon["PixelData"].is_undefined_length = True
    stored = make.encapsulated(JPEG_LS, [stream], make.data_set(2, 2, IconImageSequence=[icon]))
    for syntax in (RLE, JPEG_2000, ExplicitVRLittleEndian, DEFLATED):
        read = pydicom.dcmread(io.BytesIO(written(tmp_path, stored, syntax)))
        assert read.IconImageSequence[0].PixelData == b"\1\2\3\4"
        assert frames_of(written(tmp_path, stored, syntax))[0].tolist() == [[1, 2], [3, 4]]


def test_jpeg_xl_recompression_gives_the_jpeg_back(make: ObjectMaker, tmp_path: Path) -> None:
    """TR-1: a JPEG Baseline stream packed anew is had back to the bit (ISO 18181-2 annex A)."""
    first = written(tmp_path, soft(make), BASELINE)
    data = written(tmp_path, first, RECOMPRESSED)
    read, before = (pydicom.dcmread(io.BytesIO(found)) for found in (data, first))
    (stream,), (jpeg,) = (list(generate_frames(found.PixelData, number_of_frames=1)) for found in (read, before))
    assert bytes(imagecodecs.jpegxl_decode_jpeg(stream, numthreads=1)).rstrip(b"\0") == jpeg.rstrip(b"\0")
    assert read.SOPInstanceUID == before.SOPInstanceUID
    np.testing.assert_array_equal(frames_of(data)[0], frames_of(first)[0])


def test_tr_2_frames_of_enhanced_objects_are_derived_too(make: ObjectMaker, tmp_path: Path) -> None:
    """TR-2, PS3.3 C.8.16.1.1: where a frame has a type of its own, that one says DERIVED as well."""
    frame_type, group = Dataset(), Dataset()
    frame_type.FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    group.CTImageFrameTypeSequence = [frame_type]
    data_set = make.data_set(16, 16, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    data_set.SharedFunctionalGroupsSequence = [group]
    stored = make.native(np.arange(256, dtype=np.uint8).reshape(16, 16), data_set)
    data = written(tmp_path, stored, "1.2.840.10008.1.2.4.50")
    read = pydicom.dcmread(io.BytesIO(data))
    kept = read.SharedFunctionalGroupsSequence[0].CTImageFrameTypeSequence[0].FrameType
    assert list(kept) == list(read.ImageType) == ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    lossless = pydicom.dcmread(io.BytesIO(written(tmp_path, stored, "1.2.840.10008.1.2.4.80")))
    assert lossless.SharedFunctionalGroupsSequence[0].CTImageFrameTypeSequence[0].FrameType[0] == "ORIGINAL"
