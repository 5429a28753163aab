"""Frames to the bytes of an animation, one after the other, and the table of the media types that can be made."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from openwado.errors import CorruptObject, NotAcceptable
from openwado.render.animated_gif import animated_gif
from openwado.render.animated_png import animated_png
from openwado.render.encode import check_bit_depth, check_size
from openwado.render.frame_sequence import in_one_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from openwado.render.raster import Raster


@dataclass(frozen=True, slots=True)
class AnimationEncoder:
    """How one media type is made.

    Attributes:
        make: the encoder: frames with milliseconds, and how many there are, to pieces of the file.
        still: the media type of `PICTURE_ENCODERS` whose bounds it has.
    """

    make: Callable[[Iterable[tuple[Raster, float]], int], Iterator[bytes]]
    still: str


def animate(frames: Iterable[tuple[Raster, float]], media_type: str, number_of_frames: int) -> Iterator[bytes]:
    """Yield the pieces of an animation as its frames come; it is played for ever. Two frames are held at most.

    Args:
        frames: in the order they are shown, with the milliseconds that each is shown.
        media_type: one of `ANIMATION_ENCODERS`.
        number_of_frames: how many there are.

    Raises:
        NotAcceptable: animations of this type are not made.
        BadRequest: the format cannot have so many rows or columns, or so many bits.
        CorruptObject: the frames are not of one shape, or are not as many as they should be.
    """
    encoder = ANIMATION_ENCODERS.get(media_type)
    if encoder is None:
        raise NotAcceptable(f"Animations of type {media_type} are not made.", available=tuple(ANIMATION_ENCODERS))
    return encoder.make(_checked(frames, encoder.still, number_of_frames), number_of_frames)


def _checked(
    frames: Iterable[tuple[Raster, float]], still: str, number_of_frames: int
) -> Iterator[tuple[Raster, float]]:
    """Yield frames that go together."""
    count = 0
    for raster, duration_ms in in_one_shape(frames):
        if not count:
            check_bit_depth(still, raster.bits)
            check_size(still, raster)
        count += 1
        if count <= number_of_frames:
            yield raster, duration_ms
    if count != number_of_frames:
        raise CorruptObject(f"This animation should have {number_of_frames} frames, and there are {count}.")


ANIMATION_ENCODERS: Mapping[str, AnimationEncoder] = MappingProxyType(
    {
        "image/gif": AnimationEncoder(make=animated_gif, still="image/gif"),
        "image/apng": AnimationEncoder(make=animated_png, still="image/png"),
    }
)
"""Every media type of an animation, and how it is made. image/apng is an additional media type (section 11)."""
