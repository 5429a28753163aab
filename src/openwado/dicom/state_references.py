"""Which images and frames a presentation state, or an item of it, is about (PS3.3 C.11.11, Table 10-3; RR-31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

STUDY_INSTANCE_UID, SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E
REFERENCED_SERIES, REFERENCED_IMAGES, REFERENCED_INSTANCES = 0x00081115, 0x00081140, 0x0008114A
REFERENCED_INSTANCE, REFERENCED_FRAMES = 0x00081155, 0x00081160
#: Pairs of a range of frames that are looked at.
_PAIRS_MAX: Final = 1024


def applies(holder: Attributes, sop_instance_uid: str, frame_number: int) -> bool:
    """Say whether an item is about a frame: it names no images, or this one."""
    references = list(holder.items(REFERENCED_IMAGES))
    return not references or any(refers(reference, sop_instance_uid, frame_number) for reference in references)


def refers(reference: Attributes, sop_instance_uid: str, frame_number: int) -> bool:
    """Say whether a reference is to a frame."""
    if reference.text(REFERENCED_INSTANCE) != sop_instance_uid:
        return False
    frames = frames_of(reference)
    return not frames or frame_number in frames


def frames_of(reference: Attributes) -> tuple[int, ...]:
    """Return the frames that a reference names, from 1; () for all."""
    return tuple(int(number) for number in reference.decimals(REFERENCED_FRAMES) if number is not None)


def frames_applied_to(holder: Attributes, sop_instance_uid: str) -> frozenset[int] | None:
    """Return the frames of an image that an item is about: none if it names other images only; None for all."""
    references = list(holder.items(REFERENCED_IMAGES))
    found = [frames_of(each) for each in references if each.text(REFERENCED_INSTANCE) == sop_instance_uid]
    if not references or () in found:
        return None
    return frozenset(number for frames in found for number in frames)


def ranges_of(holder: Attributes, tag: int) -> tuple[tuple[int, int], ...]:
    """Return ranges of frames, each from its first to its last frame, both included (C.7.6.10); () without any."""
    numbers = holder.integers(tag)[: 2 * _PAIRS_MAX]
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def is_within(ranges: tuple[tuple[int, int], ...], frame_number: int) -> bool:
    """Say whether a frame is in one of some ranges: where there is none it is."""
    return not ranges or any(first <= frame_number <= last for first, last in ranges)
