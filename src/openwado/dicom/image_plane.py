"""Where a frame lies in the patient (PS3.3 C.7.6.2, C.7.6.16.2.3-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes

_FRAME_OF_REFERENCE: Final = 0x00200052
_POSITION, _ORIENTATION, _SPACING = 0x00200032, 0x00200037, 0x00280030
#: mm: steps between pixels are longer, and nothing is farther away.
_SHORTEST, _FARTHEST = 1e-6, 1e6
_LEAST_SINE: Final = 1e-3
_SHARED_GROUPS, _PER_FRAME_GROUPS = 0x52009229, 0x52009230
_PLANE_POSITION, _PLANE_ORIENTATION, _PIXEL_MEASURES = 0x00209113, 0x00209116, 0x00289110


class ImagePlane(msgspec.Struct, frozen=True):
    """The plane of a frame.

    Attributes:
        frame_of_reference: UID of the space.
        position: of the centre of the first pixel, mm.
        right, down: steps to the next column and to the next row, mm.
    """

    frame_of_reference: str
    position: tuple[float, float, float]
    right: tuple[float, float, float]
    down: tuple[float, float, float]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Direction across the plane, of length 1."""
        across = np.cross(self.right, self.down)
        return np.asarray(across / np.linalg.norm(across), np.float64)


def image_plane(attributes: Attributes, frame_number: int) -> ImagePlane | None:
    """Return the plane of a frame, None if the object does not say it.

    Args:
        attributes: of the object.
        frame_number: from 1.
    """
    return image_planes(attributes, (frame_number,))[0]


def image_planes(attributes: Attributes, frame_numbers: Sequence[int]) -> list[ImagePlane | None]:
    """Return the planes of frames, looking through the object once.

    Args:
        attributes: of the object.
        frame_numbers: from 1.
    """
    wanted = frozenset(frame_numbers)
    groups = zip(range(1, max(wanted, default=0) + 1), attributes.items(_PER_FRAME_GROUPS), strict=False)
    own = {number: group for number, group in groups if number in wanted}
    shared = attributes.first_item(_SHARED_GROUPS)
    return [_plane(attributes, own.get(number), shared) for number in frame_numbers]


def _plane(attributes: Attributes, own: Attributes | None, shared: Attributes | None) -> ImagePlane | None:
    def holder(macro: int) -> Attributes:
        for group in (own, shared):
            item = group.first_item(macro) if group is not None else None
            if item is not None:
                return item
        return attributes

    position = _numbers(holder(_PLANE_POSITION), _POSITION, 3)
    cosines = _numbers(holder(_PLANE_ORIENTATION), _ORIENTATION, 6)
    spacing = _numbers(holder(_PIXEL_MEASURES), _SPACING, 2)
    frame_of_reference = attributes.text(_FRAME_OF_REFERENCE)
    if position is None or cosines is None or spacing is None or not frame_of_reference:
        return None
    right, down = np.array(cosines[:3]) * spacing[1], np.array(cosines[3:]) * spacing[0]
    if max(map(abs, position)) > _FARTHEST or not _is_plane(right, down):
        return None
    return ImagePlane(frame_of_reference, _three(position), _three(right), _three(down))


def _is_plane(right: NDArray[np.float64], down: NDArray[np.float64]) -> bool:
    """Say whether two steps are of possible length and not along each other."""
    if max(np.abs(right).max(), np.abs(down).max()) > _FARTHEST:
        return False
    lengths = [float(np.linalg.norm(step)) for step in (right, down)]
    if min(lengths) < _SHORTEST:
        return False
    return float(np.linalg.norm(np.cross(right, down))) > _LEAST_SINE * lengths[0] * lengths[1]


def _numbers(attributes: Attributes, tag: int, count: int) -> tuple[float, ...] | None:
    found = attributes.decimals(tag)
    numbers = tuple(number for number in found if number is not None)
    return numbers if len(numbers) == len(found) == count else None


def _three(numbers: NDArray[np.float64] | tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = (float(number) for number in numbers)
    return x, y, z
