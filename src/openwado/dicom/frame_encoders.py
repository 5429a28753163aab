"""Who encodes what: transfer syntax to encoder and what it can carry, in one table; and one frame to a stream.

The frames of an object that is sent in another transfer syntax (PS3.18 8.2.11; PS3.5 8.2, annex A; TR-1 … TR-3, TR-6).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from openwado.dicom import frame_streams as streams
from openwado.dicom.native import ONLY_IN_STREAMS, UPSAMPLED
from openwado.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import Instance

_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_COLOR: Final = frozenset({"RGB", "YBR_FULL"})
_PALETTE: Final = frozenset({"PALETTE COLOR"})

#: Bits that all the libraries can carry.
_WORD_BITS: Final = 16
_BYTE_BITS: Final = 8

#: imageQuality from which a syntax that may be lossless is.
LOSSLESS_QUALITY: Final = 100


@dataclass(frozen=True, slots=True)
class FrameEncoder:
    """How the frames of one transfer syntax are made.

    Attributes:
        name: of the transfer syntax (PS3.6 table A-1).
        library: what encodes, as its makers call it.
        make: a frame and imageQuality (None: not asked for) to a stream.
        always_lossy: whether each stream loses something; else it does below imageQuality 100.
        method: the value of Lossy Image Compression Method (0028,2114); "" where nothing is ever lost.
        quality_scale: what imageQuality means, for the conformance statement (TR-6).
        bits_stored_max: most bits of a sample.
        photometric: colour spaces of cells that it takes.
        photometric_of: what the stream's Photometric Interpretation is: of the cells, whether lossy, and columns.
        keeps_cells: whether whole cells are written, with bits outside Bits Stored.
        knows_sign: whether streams say that samples are signed: else losing a little could turn 0 into -1 (TR-3).
    """

    name: str
    library: str
    make: Callable[[Frame, int | None], bytes]
    photometric_of: Callable[[str, bool, int], str]
    always_lossy: bool = False
    method: str = ""
    quality_scale: str = "lossless"
    bits_stored_max: int = _WORD_BITS
    photometric: frozenset[str] = _GREY | _COLOR | _PALETTE
    keeps_cells: bool = False
    knows_sign: bool = False

    def is_lossy(self, image_quality: int | None) -> bool:
        """Say whether something is lost; syntaxes that may be lossless are unless a quality below 100 is asked for."""
        if self.always_lossy:
            return True
        return bool(self.method) and image_quality is not None and image_quality < LOSSLESS_QUALITY

    def steered_by(self, image_quality: int | None, pixel_representation: int) -> int | None:
        """Return the imageQuality that acts (TR-6): none where signed values would be lossy as if unsigned (TR-3)."""
        lossy_signed = pixel_representation and not self.knows_sign and self.is_lossy(image_quality)
        return image_quality if self.method and not lossy_signed else None


def _same(photometric: str, lossy: bool, columns: int) -> str:  # noqa: FBT001 -- one of a table of functions
    del lossy, columns
    return photometric


def _jpeg_2000(photometric: str, lossy: bool, columns: int) -> str:  # noqa: FBT001 -- as above
    """Name the component transform, which only RGB takes (PS3.5 8.2.4)."""
    del columns
    if photometric != "RGB":
        return photometric
    return "YBR_ICT" if lossy else "YBR_RCT"


def _jpeg(photometric: str, lossy: bool, columns: int) -> str:  # noqa: FBT001 -- as above
    """Name how chroma is kept: for two pixels at a time, where there is an even number (PS3.3 C.7.6.3.1.2)."""
    del lossy
    if photometric in _GREY:
        return photometric
    return "YBR_FULL" if columns % 2 else "YBR_FULL_422"


def _jpeg_xl(photometric: str, lossy: bool, columns: int) -> str:  # noqa: FBT001 -- as above
    del columns
    return "XYB" if lossy and photometric == "RGB" else photometric


_NO_PALETTE = _GREY | _COLOR
_NEAR = (
    "lossless at 100 and without it; else NEAR = (100 - imageQuality) / 8 per 256 grey levels, at least 1; signed "
    "values: lossless"
)
_XL = "lossless at 100 and without it; else libjxl's distance 0.1 + 0.09 (100 - imageQuality); signed values: lossless"
_PSNR = "lossless at 100 and without it; else a PSNR of about 25 + imageQuality / 4 dB"

#: Transfer syntax UID to encoder: the one place that says what objects can be transcoded to, beside Explicit VR.
FRAME_ENCODERS: Mapping[str, FrameEncoder] = MappingProxyType(
    {
        "1.2.840.10008.1.2.5": FrameEncoder(
            "RLE Lossless", "imagecodecs", streams.rle, _same, bits_stored_max=32, keeps_cells=True
        ),
        "1.2.840.10008.1.2.4.50": FrameEncoder(
            "JPEG Baseline (Process 1)",
            "libjpeg-turbo",
            streams.jpeg_baseline,
            _jpeg,
            always_lossy=True,
            method="ISO_10918_1",
            quality_scale=f"libjpeg's scale, default {streams.DEFAULT_JPEG_QUALITY}",
            bits_stored_max=8,
            photometric=_NO_PALETTE,
        ),
        "1.2.840.10008.1.2.4.51": FrameEncoder(
            "JPEG Extended (Process 2 & 4)",
            "libjpeg-turbo",
            streams.jpeg_extended,
            _jpeg,
            always_lossy=True,
            method="ISO_10918_1",
            quality_scale=f"libjpeg's scale, default {streams.DEFAULT_JPEG_QUALITY}",
            bits_stored_max=12,
            photometric=_NO_PALETTE,
        ),
        "1.2.840.10008.1.2.4.57": FrameEncoder(
            "JPEG Lossless, Non-Hierarchical (Process 14)", "libjpeg-turbo", streams.jpeg_lossless, _same
        ),
        "1.2.840.10008.1.2.4.70": FrameEncoder(
            "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
            "libjpeg-turbo",
            streams.jpeg_lossless,
            _same,
        ),
        "1.2.840.10008.1.2.4.80": FrameEncoder(
            "JPEG-LS Lossless Image Compression", "CharLS", streams.jpeg_ls_lossless, _same
        ),
        "1.2.840.10008.1.2.4.81": FrameEncoder(
            "JPEG-LS Lossy (Near-Lossless) Image Compression",
            "CharLS",
            streams.jpeg_ls,
            _same,
            method="ISO_14495_1",
            quality_scale=_NEAR,
            photometric=_NO_PALETTE,
        ),
        "1.2.840.10008.1.2.4.90": FrameEncoder(
            "JPEG 2000 Image Compression (Lossless Only)", "OpenJPEG", streams.jpeg_2000_lossless, _jpeg_2000
        ),
        "1.2.840.10008.1.2.4.91": FrameEncoder(
            "JPEG 2000 Image Compression",
            "OpenJPEG",
            streams.jpeg_2000,
            _jpeg_2000,
            method="ISO_15444_1",
            knows_sign=True,
            quality_scale=_PSNR,
            photometric=_NO_PALETTE,
        ),
        "1.2.840.10008.1.2.4.110": FrameEncoder("JPEG XL Lossless", "libjxl", streams.jpeg_xl_lossless, _same),
        "1.2.840.10008.1.2.4.112": FrameEncoder(
            "JPEG XL",
            "libjxl",
            streams.jpeg_xl,
            _jpeg_xl,
            method="ISO_18181_1",
            quality_scale=_XL,
            photometric=_GREY | {"RGB"},
        ),
        "1.2.840.10008.1.2.4.201": FrameEncoder(
            "High-Throughput JPEG 2000 Image Compression (Lossless Only)", "OpenJPH", streams.htj2k_lossless, _jpeg_2000
        ),
        "1.2.840.10008.1.2.4.202": FrameEncoder(
            "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
            "OpenJPH",
            streams.htj2k_rpcl,
            _jpeg_2000,
        ),
        "1.2.840.10008.1.2.4.203": FrameEncoder(
            "High-Throughput JPEG 2000 Image Compression",
            "OpenJPH",
            streams.htj2k,
            _jpeg_2000,
            method="ISO_15444_15",
            knows_sign=True,
            quality_scale=_PSNR,
            photometric=_NO_PALETTE,
        ),
    }
)

#: Packs the streams of JPEG Baseline anew, so that they can be had back to the bit (ISO 18181-2 annex A).
JPEG_XL_RECOMPRESSION: Final = "1.2.840.10008.1.2.4.111"
_RECOMPRESSED: Final = "1.2.840.10008.1.2.4.50"

#: Every transfer syntax that objects with frames can be had in besides Explicit VR Little Endian, plain or deflated.
ENCODED: Final = (*FRAME_ENCODERS, JPEG_XL_RECOMPRESSION)


def why_not_encoded(transfer_syntax_uid: str, instance: Instance) -> str:
    """Return why an object cannot be sent in a compressed transfer syntax, as a sentence; "" if it can (TR-3).

    Args:
        transfer_syntax_uid: the one asked for.
        instance: the object's record.
    """
    if transfer_syntax_uid not in ENCODED:
        return "No encoder for this transfer syntax is here."
    if instance.pixels is None or instance.picture is None:
        return "The object holds no frames that could be encoded."
    if transfer_syntax_uid == JPEG_XL_RECOMPRESSION:
        baseline = instance.transfer_syntax_uid == _RECOMPRESSED
        if baseline and instance.picture.image_pixel.photometric_interpretation == "RGB":
            return "Readers take a recompressed JPEG stream for YCbCr, and this one is said to be RGB."
        return "" if baseline else "Only JPEG Baseline streams can be recompressed."
    encoder = FRAME_ENCODERS[transfer_syntax_uid]
    image_pixel = instance.picture.image_pixel
    in_cells = any(plane.embedded for plane in instance.picture.overlay_planes)
    if in_cells and not encoder.keeps_cells:
        return "Bits of the cells hold overlay planes, which would be lost."
    return _why_not_carried(encoder, image_pixel, encapsulated=instance.pixels.encapsulated)


def _why_not_carried(encoder: FrameEncoder, image_pixel: ImagePixel, *, encapsulated: bool) -> str:
    if image_pixel.element != "PixelData":
        return "Floating-point pixels cannot be encoded."
    if image_pixel.bits_allocated == 1 or (encoder.keeps_cells and image_pixel.bits_allocated % _BYTE_BITS):
        return "Packed bits cannot be encoded."
    segments = image_pixel.samples_per_pixel * image_pixel.bits_allocated // _BYTE_BITS
    if encoder.keeps_cells and segments > streams.RLE_SEGMENTS_MAX:
        return f"It carries {streams.RLE_SEGMENTS_MAX} bytes a pixel at most, not {segments}."
    if image_pixel.bits_stored > encoder.bits_stored_max:
        return f"It carries {encoder.bits_stored_max} bits a sample at most, not {image_pixel.bits_stored}."
    if encoder.always_lossy and image_pixel.pixel_representation:
        return "It carries unsigned samples only."
    said = image_pixel.photometric_interpretation
    photometric = "RGB" if said in ONLY_IN_STREAMS else UPSAMPLED.get(said, said)
    if encapsulated and photometric == "YBR_FULL":  # decoding it mostly gives RGB; `encode_frame` sees what it gave
        photometric = "RGB"
    return "" if photometric in encoder.photometric else f"It does not carry {said}."


def encode_frame(frame: Frame, transfer_syntax_uid: str, image_quality: int | None) -> bytes:
    """Return a decoded frame as a stream of a transfer syntax of `FRAME_ENCODERS`.

    Args:
        frame: the frame.
        transfer_syntax_uid: the target.
        image_quality: 1 … 100, None for the default.

    Raises:
        NotAcceptable: the frame turned out to be what the target cannot carry.
    """
    encoder = FRAME_ENCODERS[transfer_syntax_uid]
    if frame.photometric_interpretation not in encoder.photometric:
        raise NotAcceptable(
            f"A frame in {frame.photometric_interpretation} cannot be sent as {encoder.name}.",
            parameter="transferSyntax",
        )
    if frame.bits_stored > encoder.bits_stored_max:
        raise NotAcceptable(
            f"A frame with {frame.bits_stored} bits a sample cannot be sent as {encoder.name}.",
            parameter="transferSyntax",
        )
    if encoder.is_lossy(image_quality) and frame.pixel_representation and not encoder.knows_sign:
        raise NotAcceptable(f"Signed values cannot be sent as lossy {encoder.name}.", parameter="transferSyntax")
    return encoder.make(frame, image_quality)
