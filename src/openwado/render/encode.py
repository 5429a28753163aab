"""Display values to the bytes of a picture file, and the table of the media types that can be made."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import imagecodecs

from openwado.errors import BadRequest, NotAcceptable
from openwado.render.adaptive_palette import index_colors
from openwado.render.icc_profile import embedded_in_jp2, embedded_in_jpeg, embedded_in_png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from openwado.render.raster import Raster

DEFAULT_JPEG_QUALITY = 90

FULL_CHROMA_QUALITY = 90
"""From this quality on chroma is kept at full resolution (4:4:4), below it at a quarter (4:2:0) (REQ-URI-8.2.8-7)."""

GIF_HEADER = 2048
"""Bytes that are more than enough for all of a GIF but its pixels."""

LOSSLESS_QUALITY = 100
"""imageQuality at which JP2 is lossless."""


@dataclass(frozen=True, slots=True)
class PictureEncoder:
    """How one media type is made.

    Attributes:
        make: the encoder: a raster and imageQuality (1 … 100, None for the default) to bytes.
        uses_quality: whether imageQuality has an effect.
        longest_side: most rows or columns that the format, or a common reader of it, can have.
        quality_scale: what imageQuality means, for the conformance statement (REQ-URI-8.2.8-4).
        bit_depths: bits of a value that it can have; 16 for grey only (RR-27).
        embed: a file and a checked ICC profile to the file with the profile; None if the format cannot have one.
    """

    make: Callable[[Raster, int | None], bytes]
    uses_quality: bool
    longest_side: int
    quality_scale: str
    bit_depths: tuple[int, ...] = (8,)
    embed: Callable[[bytes, bytes], bytes] | None = None

    @property
    def carries_icc_profile(self) -> bool:
        """Whether the format can have an ICC profile (section 9.8); JP2 has only some, see `embedded_in_jp2`."""
        return self.embed is not None


def encode(raster: Raster, media_type: str, image_quality: int | None) -> bytes:
    """Encode a picture; grey stays grey, and colours keep their ICC profile where the format can have it (RR-16).

    Args:
        raster: the picture.
        media_type: one of `PICTURE_ENCODERS`.
        image_quality: 1 … 100, None for the default; without effect on types that lose nothing (REQ-URI-8.2.8-2).

    Raises:
        NotAcceptable: pictures of this type are not made.
        BadRequest: the format cannot have so many rows or columns, or so many bits.
    """
    encoder = PICTURE_ENCODERS.get(media_type)
    if encoder is None:
        raise NotAcceptable(f"Pictures of type {media_type} are not made.", available=tuple(PICTURE_ENCODERS))
    check_bit_depth(media_type, raster.bits)
    check_size(media_type, raster)
    picture = encoder.make(raster, image_quality)
    if encoder.embed is None or not raster.icc_profile or raster.is_grey:
        return picture
    return encoder.embed(picture, raster.icc_profile)


def check_bit_depth(media_type: str, bits: int) -> None:
    """See that a format has so many bits a value (RR-27).

    Args:
        media_type: one of `PICTURE_ENCODERS`.
        bits: 8 or 16.

    Raises:
        BadRequest: it has not.
    """
    if bits not in PICTURE_ENCODERS[media_type].bit_depths:
        able = " and ".join(name for name, other in PICTURE_ENCODERS.items() if bits in other.bit_depths)
        raise BadRequest(f"bitDepth={bits} is for {able} only.", parameter="bitDepth")


def check_size(media_type: str, raster: Raster) -> None:
    """See that a format can have so many rows and columns.

    Args:
        media_type: one of `PICTURE_ENCODERS`.
        raster: the picture.

    Raises:
        BadRequest: it cannot.
    """
    longest = PICTURE_ENCODERS[media_type].longest_side
    for size, name in zip(raster.pixels.shape, ("rows", "columns"), strict=False):
        if size > longest:
            raise BadRequest(
                f"A picture of type {media_type} has at most {longest} {name}, not {size}: ask for fewer.",
                parameter=name,
            )


def gif_of_indexes(indexes: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None) -> bytes:
    """Return a GIF of one picture: indexes, shape (rows, columns), into a palette, shape (256, 3), else grey levels."""
    # Room for the worst case, 12 bits a pixel: what the library takes by itself is too little for noise.
    room = 2 * indexes.size + GIF_HEADER
    return bytes(imagecodecs.gif_encode(indexes, colormap=palette, out=room))


def jp2_psnr(image_quality: int) -> float:
    """Return the PSNR in dB that imageQuality 1 … 99 asks of JP2: 25.25 … 49.75, about as good as that JPEG quality."""
    return 25 + image_quality / 4


def _jpeg(raster: Raster, image_quality: int | None) -> bytes:
    quality = DEFAULT_JPEG_QUALITY if image_quality is None else image_quality
    subsampling = "444" if quality >= FULL_CHROMA_QUALITY else "420"
    return bytes(imagecodecs.jpeg8_encode(raster.pixels, quality, subsampling=None if raster.is_grey else subsampling))


def _png(raster: Raster, _image_quality: int | None) -> bytes:
    # Run lengths of left differences: on medical pictures five times faster than zlib's search, and no larger.
    return bytes(
        imagecodecs.png_encode(
            raster.pixels,
            imagecodecs.PNG.COMPRESSION.SPEED,
            strategy=imagecodecs.PNG.STRATEGY.RLE,
            filter=imagecodecs.PNG.FILTER.SUB,
        )
    )


def _gif(raster: Raster, _image_quality: int | None) -> bytes:
    pixels: NDArray[Any] = raster.pixels
    return gif_of_indexes(pixels) if raster.is_grey else gif_of_indexes(*index_colors(pixels))


def _jp2(raster: Raster, image_quality: int | None) -> bytes:
    lossless = image_quality is None or image_quality >= LOSSLESS_QUALITY
    level: Any = None if image_quality is None or lossless else jp2_psnr(image_quality)  # a fraction is fine
    return bytes(
        imagecodecs.jpeg2k_encode(
            raster.pixels,
            level,
            codecformat="jp2",
            reversible=lossless,
            numthreads=1,
        )
    )


PICTURE_ENCODERS: Mapping[str, PictureEncoder] = MappingProxyType(
    {
        "image/jpeg": PictureEncoder(
            make=_jpeg,
            uses_quality=True,
            longest_side=65500,  # what libjpeg reads; the format itself allows 65535
            quality_scale=f"libjpeg's scale, default {DEFAULT_JPEG_QUALITY}; chroma 4:4:4 from {FULL_CHROMA_QUALITY} "
            "on, 4:2:0 below",
            embed=embedded_in_jpeg,
        ),
        "image/png": PictureEncoder(
            make=_png,
            uses_quality=False,
            longest_side=1_000_000,
            quality_scale="lossless",
            bit_depths=(8, 16),
            embed=embedded_in_png,
        ),
        "image/gif": PictureEncoder(
            make=_gif,
            uses_quality=False,
            longest_side=65535,
            quality_scale="grey exact; colour exact up to 256 colours, else the nearest of 256",
        ),
        "image/jp2": PictureEncoder(
            make=_jp2,
            uses_quality=True,
            longest_side=1_000_000,
            quality_scale="a PSNR of 25 + imageQuality / 4 dB; lossless without it and at 100",
            bit_depths=(8, 16),
            embed=embedded_in_jp2,
        ),
    }
)
"""Every media type of a picture, and how it is made."""
