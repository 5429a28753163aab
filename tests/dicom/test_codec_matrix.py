"""Every transfer syntax that can be made here, by bits, sign and colour: exact if lossless, within a bound if not."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest

from dcmtk import run_dcmtk
from openwado.dicom.codecs import CODECS, decode_frame
from packed_bits import packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from dicom.conftest import ObjectMaker, Stored
    from openwado.dicom.frame import Frame

    Cells = NDArray[Any]
    Encoder = Callable[["Cells", "Layout"], bytes]

ROWS, COLUMNS = 23, 38
JPEG = "1.2.840.10008.1.2.4."


@dataclass(frozen=True)
class Layout:
    """How stored values are laid out in cells, and what they mean."""

    allocated: int
    stored: int
    high: int
    signed: bool
    photometric: str

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return 3 if self.photometric in ("RGB", "YBR_FULL") else 1

    @property
    def cell_type(self) -> str:
        """Unsigned integer of a cell."""
        return "u1" if self.allocated <= 8 else "u2"

    def values(self) -> Cells:
        """Return stored values at random, the smallest and the greatest among them."""
        low, high = (
            (-(1 << self.stored - 1), (1 << self.stored - 1) - 1) if self.signed else (0, (1 << self.stored) - 1)
        )
        shape = (ROWS, COLUMNS, 3) if self.samples == 3 else (ROWS, COLUMNS)
        values = np.random.default_rng(self.stored).integers(low, high, shape, endpoint=True)
        values.flat[:2] = low, high
        return values

    def cells(self, values: Cells, *, garbage: bool = False) -> Cells:
        """Return values at their place in cells; garbage: the unused bits hold something (RR-1)."""
        shift = self.high + 1 - self.stored
        used = ((1 << self.stored) - 1) << shift
        cells = (values << shift) & used
        if garbage:
            cells = cells | (np.random.default_rng(1).integers(0, 1 << self.allocated, values.shape) & ~used)
        return cells.astype(self.cell_type)

    def data_set(self, make: ObjectMaker) -> Dataset:
        """Return the attributes."""
        attributes: dict[str, Any] = {
            "BitsAllocated": self.allocated,
            "BitsStored": self.stored,
            "HighBit": self.high,
            "PixelRepresentation": int(self.signed),
            "SamplesPerPixel": self.samples,
            "PhotometricInterpretation": self.photometric,
        }
        if self.photometric == "PALETTE COLOR":
            for color in ("Red", "Green", "Blue"):
                attributes[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
                attributes[f"{color}PaletteColorLookupTableData"] = bytes(512)
        return make.data_set(ROWS, COLUMNS, **attributes)


def encode(codec: str, cells: Cells, **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return cells as a stream."""
    return bytes(getattr(imagecodecs, f"{codec}_encode")(np.ascontiguousarray(cells), **options))


def narrow(values: Cells, bits: int) -> Cells:
    """Return values as the narrowest cells that encoders take for so many bits, signed if some are negative."""
    return values.astype(("i" if values.min() < 0 else "u") + ("1" if bits <= 8 else "2"))


def lossless_jpeg(predictor: int) -> Encoder:
    """Return an encoder of whole cells, or of Bits Stored where they are the lowest."""

    def encoder(values: Cells, layout: Layout) -> bytes:
        colors = {"colorspace": "RGB", "outcolorspace": "RGB"} if layout.samples == 3 else {}
        options: dict[str, Any] = {"predictor": predictor, "bitspersample": max(2, layout.high + 1), **colors}
        return encode("jpeg8", narrow(layout.cells(values), layout.high + 1), lossless=True, **options)

    return encoder


def jpeg_ls(values: Cells, layout: Layout) -> bytes:
    """Encode whole cells."""
    return encode("jpegls", layout.cells(values, garbage=True))


def jpeg_2000(values: Cells, layout: Layout) -> bytes:
    """Encode values with their sign where they are the lowest bits, else whole cells."""
    options = {"level": 0, "codecformat": "j2k", "reversible": True, "mct": layout.photometric == "RGB"}
    cells = values if layout.high + 1 == layout.stored else layout.cells(values)
    return encode("jpeg2k", narrow(cells, layout.high + 1), bitspersample=layout.high + 1, **options)


def high_throughput(values: Cells, layout: Layout) -> bytes:
    """Encode values with their sign where they are the lowest bits, else whole cells."""
    cells = values if layout.high + 1 == layout.stored else layout.cells(values)
    return encode("htj2k", narrow(cells, layout.high + 1), reversible=True, rgb=layout.photometric == "RGB")


def jpeg_xl(values: Cells, layout: Layout) -> bytes:
    """Encode patterns."""
    cells = narrow(layout.cells(values), layout.high + 1)
    return encode("jpegxl", cells, lossless=True, bitspersample=layout.high + 1)


def native(values: Cells, layout: Layout) -> bytes:
    """Encode cells with garbage around the values, single bits packed."""
    if layout.allocated == 1:
        return packed(values, 1)
    cells = layout.cells(values, garbage=True)
    return cells.astype(cells.dtype.newbyteorder("<")).tobytes()


def deflated(values: Cells, layout: Layout) -> bytes:
    """Deflate native cells."""
    return zlib.compress(native(values, layout), wbits=-15)


def rle(values: Cells, layout: Layout) -> bytes:
    """Encode the bytes of cells, the most significant first."""
    if layout.allocated == 1:
        planes = [packed(values, 1)]
    else:
        cells = layout.cells(values, garbage=True).reshape(ROWS, COLUMNS, -1)
        places = range(layout.allocated - 8, -1, -8)
        planes = [
            (cells[..., sample] >> place & 0xFF).astype(np.uint8).tobytes()
            for sample in range(layout.samples)
            for place in places
        ]
    segments = [bytes(imagecodecs.packbits_encode(plane)) for plane in planes]
    segments = [segment + bytes(len(segment) % 2) for segment in segments]
    starts = [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    return struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(segments))) + b"".join(segments)


#: Transfer syntax to its lossless encoder and the smallest Bits Allocated that it carries.
LOSSLESS: dict[str, tuple[Encoder, int]] = {
    f"{JPEG}57": (lossless_jpeg(6), 8),
    f"{JPEG}70": (lossless_jpeg(1), 8),
    f"{JPEG}80": (jpeg_ls, 8),
    f"{JPEG}90": (jpeg_2000, 1),
    f"{JPEG}91": (jpeg_2000, 1),
    f"{JPEG}92": (jpeg_2000, 1),
    f"{JPEG}93": (jpeg_2000, 1),
    f"{JPEG}110": (jpeg_xl, 1),
    f"{JPEG}112": (jpeg_xl, 1),
    f"{JPEG}201": (high_throughput, 8),
    f"{JPEG}202": (high_throughput, 8),
    f"{JPEG}203": (high_throughput, 8),
    "1.2.840.10008.1.2.5": (rle, 1),
    "1.2.840.10008.1.2.8.1": (deflated, 1),
    "1.2.840.10008.1.2.1.98": (native, 1),
    "1.2.840.10008.1.2": (native, 1),
    "1.2.840.10008.1.2.1": (native, 1),
    "1.2.840.10008.1.2.1.99": (native, 1),
    "1.2.840.10008.1.2.2": (native, 1),
}
#: Bits Allocated, Bits Stored, High Bit.
BITS = [(1, 1, 0), (8, 1, 0), (8, 8, 7), (8, 7, 6), (16, 8, 7), (16, 10, 9), (16, 12, 11), (16, 12, 15), (16, 16, 15)]
LAYOUTS = [
    Layout(*bits, signed=signed, photometric=photometric)
    for bits in BITS
    for photometric in ("MONOCHROME2", "RGB", "YBR_FULL", "PALETTE COLOR")
    for signed in (False, True)
    if not (signed and (bits[1] == 1 or photometric != "MONOCHROME2")) and (bits[1] > 1 or photometric == "MONOCHROME2")
]


def stored_object(make: ObjectMaker, syntax: str, stream: bytes, layout: Layout) -> Stored:
    """Return an object of one frame, native or encapsulated as its transfer syntax says."""
    stream += bytes(len(stream) % 2)
    data_set = layout.data_set(make)
    if CODECS[syntax].form == "encapsulated":
        return make.encapsulated(syntax, [stream], data_set)
    big_endian = syntax == "1.2.840.10008.1.2.2" and layout.allocated > 8
    data_set.PixelData = np.frombuffer(stream, "<u2").byteswap().tobytes() if big_endian else stream
    data_set["PixelData"].VR = "OB" if layout.allocated <= 8 and syntax != "1.2.840.10008.1.2" else "OW"
    return make.stored(syntax, data_set)


def only_frame(stored: Stored) -> Frame:
    """Return the frame of an object of one frame."""
    return decode_frame(stored.source, stored.instance, stored.entries[0])


def stored_values(frame: Frame) -> Cells:
    """Return stored values as RR-1 reads them from cells."""
    cells = frame.cells.astype(np.int64) >> (frame.high_bit + 1 - frame.bits_stored)
    cells &= (1 << frame.bits_stored) - 1
    if frame.pixel_representation:
        cells -= (cells >> (frame.bits_stored - 1)) << frame.bits_stored
    return cells


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_rr_1_lossless_syntaxes_give_back_every_value(make: ObjectMaker, syntax: str, layout: Layout) -> None:
    """RR-1, RR-5: whatever bits, sign and colour a lossless transfer syntax carries, the values are those encoded."""
    encoder, fewest = LOSSLESS[syntax]
    if layout.allocated < fewest:
        layout = Layout(fewest, layout.stored, layout.high, layout.signed, layout.photometric)
    values = layout.values()
    frame = only_frame(stored_object(make, syntax, encoder(values, layout), layout))
    assert np.array_equal(stored_values(frame), values)
    is_converted = f"{JPEG}112" == syntax and layout.photometric == "YBR_FULL"
    assert frame.photometric_interpretation == ("RGB" if is_converted else layout.photometric)
    assert (frame.bits_stored, frame.pixel_representation) == (layout.stored, int(layout.signed))


def smooth(bits: int, samples: int, *, signed: bool = False) -> Cells:
    """Return a picture without edges that uses all of a range."""
    plane = np.add.outer(np.arange(ROWS) * 2, np.arange(COLUMNS)) * ((1 << bits) - 1) // (2 * ROWS + COLUMNS - 3)
    plane -= (1 << bits - 1) * signed
    return np.stack([plane, plane[::-1], plane[:, ::-1]], axis=-1) if samples == 3 else plane


def cosine(values: Cells, bits: int) -> bytes:
    """Encode by cosine transform, colours as YCbCr of full size."""
    colors = {"colorspace": "RGB", "outcolorspace": "YCBCR", "subsampling": "444"} if values.ndim == 3 else {}
    return encode("jpeg8", narrow(values, bits), level=95, bitspersample=bits, **colors)


def near_lossless(values: Cells, bits: int) -> bytes:
    """Encode with an error of 2 at most."""
    return encode("jpegls", narrow(values, bits), level=2)


def irreversible(values: Cells, bits: int) -> bytes:
    """Encode by the 9-7 wavelet, colours by the irreversible component transform."""
    options = {"codecformat": "j2k", "reversible": False, "bitspersample": bits}
    return encode("jpeg2k", narrow(values, bits), level=60 if bits <= 8 else 80, **options)


def irreversible_high_throughput(values: Cells, bits: int) -> bytes:
    """Encode by the 9-7 wavelet in high throughput."""
    return encode("htj2k", narrow(values, bits), level=0.001, reversible=False, rgb=values.ndim == 3)


def lossy_jpeg_xl(values: Cells, bits: int) -> bytes:
    """Encode as XYB."""
    return encode("jpegxl", narrow(values, bits), distance=0.1, bitspersample=bits)


#: Transfer syntax, encoder, bits, samples, sign, and the greatest error in parts of the full range.
LOSSY = [
    (f"{JPEG}50", cosine, 8, 1, False, 1 / 100),
    (f"{JPEG}50", cosine, 8, 3, False, 1 / 40),
    (f"{JPEG}51", cosine, 8, 1, False, 1 / 100),
    (f"{JPEG}51", cosine, 12, 1, False, 1 / 100),
    (f"{JPEG}51", cosine, 12, 3, False, 1 / 40),
    (f"{JPEG}81", near_lossless, 8, 1, False, 2 / 255),
    (f"{JPEG}81", near_lossless, 8, 3, False, 2 / 255),
    (f"{JPEG}81", near_lossless, 12, 1, False, 2 / 4095),
    (f"{JPEG}81", near_lossless, 16, 1, False, 2 / 65535),
    (f"{JPEG}91", irreversible, 8, 1, False, 1 / 100),
    (f"{JPEG}91", irreversible, 8, 3, False, 1 / 100),
    (f"{JPEG}91", irreversible, 12, 1, False, 1 / 200),
    (f"{JPEG}91", irreversible, 12, 1, True, 1 / 200),
    (f"{JPEG}91", irreversible, 16, 1, True, 1 / 200),
    (f"{JPEG}203", irreversible_high_throughput, 8, 1, False, 1 / 100),
    (f"{JPEG}203", irreversible_high_throughput, 8, 3, False, 1 / 100),
    (f"{JPEG}203", irreversible_high_throughput, 16, 1, False, 1 / 100),
    (f"{JPEG}112", lossy_jpeg_xl, 8, 1, False, 1 / 50),
    (f"{JPEG}112", lossy_jpeg_xl, 8, 3, False, 1 / 25),
    (f"{JPEG}112", lossy_jpeg_xl, 12, 1, False, 1 / 50),
]


@pytest.mark.parametrize(("syntax", "encoder", "bits", "samples", "signed", "error"), LOSSY)
def test_lossy_syntaxes_stay_within_their_bound(
    make: ObjectMaker,
    *,
    syntax: str,
    encoder: Callable[[Cells, int], bytes],
    bits: int,
    samples: int,
    signed: bool,
    error: float,
) -> None:
    """RR-5: no value of a lossy frame is further from what was encoded than the row says; colours come as RGB."""
    layout = Layout(8 if bits <= 8 else 16, bits, bits - 1, signed, "RGB" if samples == 3 else "MONOCHROME2")
    values = smooth(bits, samples, signed=signed)
    frame = only_frame(stored_object(make, syntax, encoder(values, bits), layout))
    assert np.abs(stored_values(frame) - values).max() <= error * ((1 << bits) - 1)
    assert frame.photometric_interpretation == layout.photometric


def by_dcmtk(make: ObjectMaker, folder: Path, layout: Layout, values: Cells, *encode: str) -> tuple[Frame, Cells]:
    """Return a frame that DCMTK encoded, as it is decoded here, and as DCMTK decodes it."""
    source, coded, decoded = (folder / name for name in ("source.dcm", "coded.dcm", "decoded.dcm"))
    stored = stored_object(make, "1.2.840.10008.1.2.1", layout.cells(values).astype(layout.cell_type).tobytes(), layout)
    source.write_bytes(stored.source.read_at(0, stored.source.size))
    encoder, *options = encode
    run_dcmtk(encoder, *options, source, coded)
    run_dcmtk(encoder.replace("dcmcj", "dcmdj"), coded, decoded)
    return only_frame(make.read(coded.read_bytes())), pydicom.dcmread(decoded).pixel_array


DCMTK_LAYOUTS = [
    Layout(8, 8, 7, signed=False, photometric="MONOCHROME2"),
    Layout(16, 12, 11, signed=True, photometric="MONOCHROME2"),
    Layout(16, 16, 15, signed=False, photometric="MONOCHROME2"),
    Layout(8, 8, 7, signed=False, photometric="RGB"),
]


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("layout", DCMTK_LAYOUTS, ids=str)
def test_lossless_jpeg_of_dcmtk(make: ObjectMaker, tmp_path: Path, layout: Layout, predictor: int) -> None:
    """ISO 10918-1 H: every predictor of another encoder gives back every value."""
    values = layout.values()
    frame, theirs = by_dcmtk(make, tmp_path, layout, values, "dcmcjpeg", "+el", "+sv", str(predictor))
    assert np.array_equal(stored_values(frame), values)
    assert np.array_equal(theirs, values)


@pytest.mark.parametrize("option", ["+eb", "+ee", "+es", "+ep"])
@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (12, 1), (8, 3), (12, 3)])
def test_cosine_jpeg_of_dcmtk(make: ObjectMaker, tmp_path: Path, option: str, bits: int, samples: int) -> None:
    """ISO 10918-1 F, G: baseline, extended, spectral selection and progression equal DCMTK's decoder to the bit."""
    photometric = "RGB" if samples == 3 else "MONOCHROME2"
    layout = Layout(8 if bits == 8 else 16, bits, bits - 1, signed=False, photometric=photometric)
    frame, theirs = by_dcmtk(make, tmp_path, layout, smooth(bits, samples), "dcmcjpeg", option)
    assert np.array_equal(frame.cells, theirs)


@pytest.mark.parametrize("options", [("+il",), ("+is",), ("+in",), ("+rs", "20"), ("+en", "+md", "3")])
@pytest.mark.parametrize("layout", DCMTK_LAYOUTS, ids=str)
def test_jpeg_ls_of_dcmtk(make: ObjectMaker, tmp_path: Path, layout: Layout, options: tuple[str, ...]) -> None:
    """ISO 14495-1: every interleave mode, near-lossless and other coding parameters of another encoder."""
    if "+en" in options:  # which DCMTK does not do with signed values
        layout = Layout(layout.allocated, layout.stored, layout.high, signed=False, photometric=layout.photometric)
    values = smooth(layout.stored, layout.samples, signed=layout.signed)
    frame, theirs = by_dcmtk(make, tmp_path, layout, values, "dcmcjpls", *options)
    assert np.array_equal(stored_values(frame), theirs)
    assert np.abs(theirs - values).max() <= (3 if "+md" in options else 0)
