"""Who decodes what: transfer syntax to name and decoders, in one table; and one frame to cells."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from openwado.dicom.decoded_frame import RefusedError
from openwado.dicom.decoders import (
    decode_jpeg8,
    decode_jpeg_ls,
    decode_jpeg_xl,
    decode_lossless_jpeg_xl,
    decode_lossy_openjpeg,
    decode_openjpeg,
    decode_openjph,
    decode_recompressed_jpeg,
)
from openwado.dicom.deflated_frame import decode_deflated_frame, decode_deflated_frame_by_zlib
from openwado.dicom.frame_extent import WHOLE
from openwado.dicom.frames import object_source, read_frame
from openwado.dicom.native import native_frame
from openwado.dicom.native_reading import read_native
from openwado.dicom.reduced_decoders import RESOLUTIONS, SCALED
from openwado.dicom.rle import decode_rle, decode_rle_by_segment
from openwado.dicom.undecoded import UNDECODED
from openwado.dicom.video_frames import decode_video_frame
from openwado.errors import CorruptObject, NotSupported, WadoError
from openwado.observe.stages import remark, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.frame import Frame
    from openwado.dicom.frame_extent import FrameExtent
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import FrameEntry, Instance, PixelLocation
    from openwado.dicom.reduced_decoders import ReducedDecoder
    from openwado.dicom.source import ByteSource

Form = Literal["native", "encapsulated", "video"]


@dataclass(frozen=True, slots=True)
class Decoder:
    """One way to decode a compressed frame.

    Attributes:
        library: what decodes, as its makers call it.
        function: how it is called from here.
        decode: the frame's stream and what the object says of it, to cells.
    """

    library: str
    function: str
    decode: Callable[[bytes, ImagePixel], Frame]

    @property
    def name(self) -> str:
        """Library and function, for people."""
        return f"{self.library} ({self.function})"


@dataclass(frozen=True, slots=True)
class Codec:
    """What is done with the frames of a transfer syntax.

    Attributes:
        name: of the transfer syntax (PS3.6 table A-1).
        form: native, encapsulated frame by frame, or one video stream.
        decoders: tried in this order until one can; none for video, which `video_frames` decodes.
        limit: what of it they do not decode, for people; "" if nothing is known.
        reduced: decodes a frame at a fraction of its size, None where that is not possible.
    """

    name: str
    form: Form
    decoders: tuple[Decoder, ...] = ()
    limit: str = ""
    reduced: ReducedDecoder | None = None


_TURBO = Decoder("libjpeg-turbo", "imagecodecs.jpeg8_decode", decode_jpeg8)
_CHARLS = Decoder("CharLS", "imagecodecs.jpegls_decode", decode_jpeg_ls)
_OPENJPEG = Decoder("OpenJPEG", "imagecodecs.jpeg2k_decode", decode_openjpeg)
_OPENJPEG_LOSSY = Decoder("OpenJPEG", "imagecodecs.jpeg2k_decode", decode_lossy_openjpeg)
_OPENJPH = Decoder("OpenJPH", "imagecodecs.htj2k_decode", decode_openjph)
_LIBJXL = Decoder("libjxl", "imagecodecs.jpegxl_decode", decode_jpeg_xl)
_LIBJXL_LOSSLESS = Decoder("libjxl", "imagecodecs.jpegxl_decode", decode_lossless_jpeg_xl)
_LIBJXL_TO_JPEG = Decoder("libjxl", "imagecodecs.jpegxl_decode_jpeg, jpeg8_decode", decode_recompressed_jpeg)
_RLE = Decoder("imagecodecs", "imagecodecs.dicomrle_decode", decode_rle)
_RLE_SEGMENTS = Decoder("imagecodecs", "imagecodecs.packbits_decode", decode_rle_by_segment)
_LIBDEFLATE = Decoder("libdeflate", "imagecodecs.deflate_decode", decode_deflated_frame)
_ZLIB = Decoder("zlib", "zlib.decompressobj", decode_deflated_frame_by_zlib)
_NO_EXTENSIONS = "only streams without the extensions of ISO 15444-2"

_NUMPY = Decoder("numpy", "numpy.frombuffer", native_frame)

_JPEG = (_TURBO, _CHARLS)
_JPEG_LS = (_CHARLS, _TURBO)
_JPEG_2000 = (_OPENJPEG,)
_JPEG_2000_LOSSY = (_OPENJPEG_LOSSY,)
_HTJ2K = (_OPENJPH, _OPENJPEG)
_HTJ2K_LOSSY = (_OPENJPH, _OPENJPEG_LOSSY)

#: Transfer syntax UID to codec: the one place that says what can be decoded, and by whom.
CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "1.2.840.10008.1.2": Codec("Implicit VR Little Endian", "native", (_NUMPY,)),
        "1.2.840.10008.1.2.1": Codec("Explicit VR Little Endian", "native", (_NUMPY,)),
        "1.2.840.10008.1.2.1.98": Codec(
            "Encapsulated Uncompressed Explicit VR Little Endian", "encapsulated", (_NUMPY,)
        ),
        "1.2.840.10008.1.2.1.99": Codec("Deflated Explicit VR Little Endian", "native", (_NUMPY,)),
        "1.2.840.10008.1.2.2": Codec("Explicit VR Big Endian (retired)", "native", (_NUMPY,)),
        "1.2.840.113619.5.2": Codec("Implicit VR Little Endian, big-endian pixels (private)", "native", (_NUMPY,)),
        "1.2.840.10008.1.2.4.50": Codec("JPEG Baseline (Process 1)", "encapsulated", _JPEG, reduced=SCALED),
        "1.2.840.10008.1.2.4.51": Codec("JPEG Extended (Process 2 & 4)", "encapsulated", _JPEG, reduced=SCALED),
        "1.2.840.10008.1.2.4.52": Codec("JPEG Extended (Process 3 & 5) (retired)", "encapsulated", _JPEG),
        "1.2.840.10008.1.2.4.53": Codec(
            "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (retired)", "encapsulated", _JPEG
        ),
        "1.2.840.10008.1.2.4.54": Codec(
            "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (retired)", "encapsulated", _JPEG
        ),
        "1.2.840.10008.1.2.4.55": Codec(
            "JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (retired)", "encapsulated", _JPEG
        ),
        "1.2.840.10008.1.2.4.56": Codec(
            "JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (retired)", "encapsulated", _JPEG
        ),
        "1.2.840.10008.1.2.4.57": Codec("JPEG Lossless, Non-Hierarchical (Process 14)", "encapsulated", _JPEG),
        "1.2.840.10008.1.2.4.70": Codec(
            "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
            "encapsulated",
            _JPEG,
        ),
        "1.2.840.10008.1.2.4.80": Codec("JPEG-LS Lossless Image Compression", "encapsulated", _JPEG_LS),
        "1.2.840.10008.1.2.4.81": Codec("JPEG-LS Lossy (Near-Lossless) Image Compression", "encapsulated", _JPEG_LS),
        "1.2.840.10008.1.2.4.90": Codec(
            "JPEG 2000 Image Compression (Lossless Only)", "encapsulated", _JPEG_2000, reduced=RESOLUTIONS
        ),
        "1.2.840.10008.1.2.4.91": Codec(
            "JPEG 2000 Image Compression", "encapsulated", _JPEG_2000_LOSSY, reduced=RESOLUTIONS
        ),
        "1.2.840.10008.1.2.4.92": Codec(
            "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
            "encapsulated",
            _JPEG_2000,
            _NO_EXTENSIONS,
        ),
        "1.2.840.10008.1.2.4.93": Codec(
            "JPEG 2000 Part 2 Multi-component Image Compression", "encapsulated", _JPEG_2000_LOSSY, _NO_EXTENSIONS
        ),
        "1.2.840.10008.1.2.4.110": Codec("JPEG XL Lossless", "encapsulated", (_LIBJXL_LOSSLESS,)),
        "1.2.840.10008.1.2.4.111": Codec("JPEG XL JPEG Recompression", "encapsulated", (_LIBJXL_TO_JPEG, _LIBJXL)),
        "1.2.840.10008.1.2.4.112": Codec("JPEG XL", "encapsulated", (_LIBJXL,)),
        "1.2.840.10008.1.2.4.201": Codec(
            "High-Throughput JPEG 2000 Image Compression (Lossless Only)", "encapsulated", _HTJ2K
        ),
        "1.2.840.10008.1.2.4.202": Codec(
            "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
            "encapsulated",
            _HTJ2K,
        ),
        "1.2.840.10008.1.2.4.203": Codec("High-Throughput JPEG 2000 Image Compression", "encapsulated", _HTJ2K_LOSSY),
        "1.2.840.10008.1.2.5": Codec("RLE Lossless", "encapsulated", (_RLE, _RLE_SEGMENTS)),
        "1.2.840.10008.1.2.8.1": Codec("Deflated Image Frame Compression", "encapsulated", (_LIBDEFLATE, _ZLIB)),
        "1.2.840.10008.1.2.4.100": Codec("MPEG2 Main Profile / Main Level", "video"),
        "1.2.840.10008.1.2.4.100.1": Codec("Fragmentable MPEG2 Main Profile / Main Level", "video"),
        "1.2.840.10008.1.2.4.101": Codec("MPEG2 Main Profile / High Level", "video"),
        "1.2.840.10008.1.2.4.101.1": Codec("Fragmentable MPEG2 Main Profile / High Level", "video"),
        "1.2.840.10008.1.2.4.102": Codec("MPEG-4 AVC/H.264 High Profile / Level 4.1", "video"),
        "1.2.840.10008.1.2.4.102.1": Codec("Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", "video"),
        "1.2.840.10008.1.2.4.103": Codec("MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "video"),
        "1.2.840.10008.1.2.4.103.1": Codec(
            "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "video"
        ),
        "1.2.840.10008.1.2.4.104": Codec("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", "video"),
        "1.2.840.10008.1.2.4.104.1": Codec(
            "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", "video"
        ),
        "1.2.840.10008.1.2.4.105": Codec("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", "video"),
        "1.2.840.10008.1.2.4.105.1": Codec(
            "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", "video"
        ),
        "1.2.840.10008.1.2.4.106": Codec("MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "video"),
        "1.2.840.10008.1.2.4.106.1": Codec("Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "video"),
        "1.2.840.10008.1.2.4.107": Codec("HEVC/H.265 Main Profile / Level 5.1", "video"),
        "1.2.840.10008.1.2.4.108": Codec("HEVC/H.265 Main 10 Profile / Level 5.1", "video"),
    }
)


def codec_of(instance: Instance) -> Codec:
    """Return what is done with the frames of an object.

    Raises:
        NotSupported: its transfer syntax is none of `CODECS`.
    """
    uid = instance.transfer_syntax_uid
    codec = CODECS.get(uid)
    if codec is None:
        raise NotSupported(f"Pixel data in the transfer syntax {uid} cannot be decoded{why_undecoded(uid)}.")
    return codec


def why_undecoded(transfer_syntax_uid: str) -> str:
    """Return name and reason of a transfer syntax that is known and not decoded, as the end of a sentence; else ""."""
    undecoded = UNDECODED.get(transfer_syntax_uid)
    return f", {undecoded.name}: {undecoded.reason}" if undecoded else ""


def decode_frame(source: ByteSource, instance: Instance, entry: FrameEntry, *, wanted: FrameExtent = WHOLE) -> Frame:
    """Read and decode one frame.

    Args:
        source: the bytes that the entry's offset counts in, as `frames.object_source` returns them; the stored bytes
            of a deflated object are accepted too, and then inflated for this one frame.
        instance: the object's record.
        entry: where the frame is.
        wanted: what of the frame is needed.

    Returns:
        The frame, of the size that its compressed stream has (RR-5), or as little of it as is needed and can be had:
        rows of a native frame, a lower resolution of a compressed one.

    Raises:
        BadRequest: a video stream has fewer pictures than the object says.
        CorruptObject: the frame cannot be read or decoded.
        NotSupported: no decoder for its transfer syntax is here, or the stream uses what none can.
    """
    with stage("decode"):
        return _decoded(source, instance, entry, wanted)


def _decoded(source: ByteSource, instance: Instance, entry: FrameEntry, wanted: FrameExtent) -> Frame:
    codec = codec_of(instance)
    if codec.form == "video":
        remark("decoder", "the video library")
        return decode_video_frame(source, instance, entry.picture_number)
    image_pixel, pixels = image_pixel_of(instance), pixels_of(instance)
    if instance.deflated and source.size != instance.inflated_size:
        source = object_source(source, instance)
    if not pixels.encapsulated:
        remark("decoder", "none: the pixels are stored natively")
        return read_native(source, instance, entry, wanted.rows)
    if codec.form == "native":
        raise CorruptObject(f"The pixel data are encapsulated, which {codec.name} does not allow (PS3.5 A).")
    data = read_frame(source, instance, entry)
    if wanted.halvings and codec.reduced is not None:
        reduced = _reduced(data, codec.reduced, image_pixel, wanted.halvings)
        if reduced is not None:
            remark("decoder", f"{codec.reduced.name}, at 1/{1 << wanted.halvings} of its resolution")
            return reduced
    return decode_stream(data, codec, image_pixel)


def _reduced(data: bytes, decoder: ReducedDecoder, image_pixel: ImagePixel, halvings: int) -> Frame | None:
    """Decode at a fraction, if that is possible; whatever goes wrong, the decoders of whole frames judge."""
    try:
        return decoder.decode(data, image_pixel, halvings)
    except Exception:  # noqa: BLE001 -- libraries raise what they like
        return None


def decode_stream(data: bytes, codec: Codec, image_pixel: ImagePixel) -> Frame:
    """Decode one frame's compressed stream by the first decoder of the codec that can.

    Raises:
        CorruptObject: none can, or the stream contradicts the object.
        NotSupported: the stream uses what none of them can.
    """
    failures = []
    for decoder in codec.decoders:
        try:
            frame = decoder.decode(data, image_pixel)
        except (WadoError, MemoryError):
            raise
        except RefusedError as refusal:
            failures.append(f"{decoder.name}: {refusal}")
        except Exception as error:  # noqa: BLE001 -- libraries raise what they like
            failures.append(f"{decoder.name}: {type(error).__name__}: {error}")
        else:
            remark("decoder", decoder.name)
            return frame
    raise CorruptObject(
        f"The compressed stream of this frame cannot be decoded ({codec.name}).", detail="; ".join(failures)
    )


def image_pixel_of(instance: Instance) -> ImagePixel:
    """Return the Image Pixel module of an object.

    Raises:
        NotSupported: its attributes describe no pixels, or none that can be decoded.
    """
    if instance.picture is None:
        raise NotSupported(instance.undrawable or "This object holds no image.")
    return instance.picture.image_pixel


def pixels_of(instance: Instance) -> PixelLocation:
    """Return where the pixel data of an object are.

    Raises:
        CorruptObject: it has none.
    """
    if instance.pixels is None:
        raise CorruptObject("The object has no pixel data.")
    return instance.pixels
