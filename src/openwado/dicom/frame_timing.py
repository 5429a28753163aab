"""When the frames of a multi-frame image are shown: the Cine Module as a value (PS3.3 C.7.6.5; RR-28).

What says when frames were *acquired* (Actual Frame Duration, Effective Duration, Frame Acquisition DateTime) and how
long after the Content Time or a trigger the first one was (Frame Delay, Image Trigger Delay) has no part in this: none
of it is a time of display.
"""

from __future__ import annotations

import struct
from functools import partial
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.attributes import Attributes

_FRAME_INCREMENT_POINTER: Final = 0x00280009
_FRAME_TIME: Final = 0x00181063
_FRAME_TIME_VECTOR: Final = 0x00181065
_RECOMMENDED_DISPLAY_FRAME_RATE: Final = 0x00082144
_CINE_RATE: Final = 0x00180040
_PREFERRED_PLAYBACK_SEQUENCING: Final = 0x00181244
_START_TRIM: Final = 0x00082142
_STOP_TRIM: Final = 0x00082143

_SWEEPING: Final = 1
_SECOND_MS: Final = 1000.0

DEFAULT_FRAME_MS: Final = 100.0
"""Milliseconds that a frame is shown where the object says nothing: ten frames a second."""

SHORTEST_MS: Final = 1.0
"""Least milliseconds of a frame: what is given as shorter lasts this long."""

LONGEST_MS: Final = 60_000.0
"""Most milliseconds of a frame: what is given as longer lasts this long."""

#: Bytes of a decimal string with its separator (PS3.5 6.2), and increments that are read of a vector.
_DECIMAL_BYTES: Final = 17
_INCREMENTS_MAX: Final = 1 << 16
_FLOAT_BYTES: Final = 4


class FrameTiming(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When frames are shown.

    Attributes:
        frame_ms: milliseconds from each frame to the next, `SHORTEST_MS` … `LONGEST_MS`; of frames beyond `increments`
            where there are some.
        increments: from frame 1 to 2, from 2 to 3 …, where they differ: milliseconds, each a little-endian float32.
        sweep: whether they are shown forwards and backwards, not from the start again (0018,1244).
        start: number of the first frame shown, from 1 (0008,2142); 0 for the first.
        stop: number of the last frame shown (0008,2143); 0 for the last.
    """

    frame_ms: float = DEFAULT_FRAME_MS
    increments: bytes = b""
    sweep: bool = False
    start: int = 0
    stop: int = 0

    def durations_ms(self, number_of_frames: int) -> tuple[float, ...]:
        """Return for each frame of the object how long it is shown before the next one, in milliseconds.

        The last one, which nothing follows, is shown as long as the one before it.
        """
        gaps = max(number_of_frames - 1, 0)
        known = min(len(self.increments) // _FLOAT_BYTES, gaps)
        durations = (*struct.unpack_from(f"<{known}f", self.increments), *(self.frame_ms,) * (gaps - known))
        return (*durations, durations[-1] if durations else self.frame_ms)[:number_of_frames]

    def length(self, number_of_frames: int) -> int:
        """Return how many frames one round shows, whatever their number without going through them."""
        return sum(map(len, self._ways(number_of_frames)))

    def order(self, number_of_frames: int) -> tuple[int, ...]:
        """Return the numbers of the frames in the order of one round: trimmed, and back to the second of a sweep.

        Trims that name no frames of the object, or the last before the first, are not followed.
        """
        return tuple(chain.from_iterable(self._ways(number_of_frames)))

    def _ways(self, number_of_frames: int) -> tuple[range, range]:
        """Return the frames on the way there and back."""
        start, stop = self.start or 1, self.stop or number_of_frames
        if not 1 <= start <= stop <= number_of_frames:
            start, stop = 1, number_of_frames
        return range(start, stop + 1), range(stop - 1, start, -1) if self.sweep else range(0)

    def round(self, number_of_frames: int) -> tuple[tuple[int, float], ...]:
        """Return one round: the number of each frame in `order`, and how long it is shown then, in milliseconds.

        On the way back a frame is shown for the time between it and the one before it.
        """
        order, durations = self.order(number_of_frames), self.durations_ms(number_of_frames)
        following = (*order[1:], order[0]) if order else ()
        return tuple(
            (number, durations[number - 1] if after >= number or not self.sweep else durations[number - 2])
            for number, after in zip(order, following, strict=True)
        )


DEFAULT_TIMING: Final = FrameTiming()
"""Of an object that says nothing."""


def read_frame_timing(attributes: Attributes, number_of_frames: int) -> FrameTiming | None:
    """Return when the frames of an image are shown; None if it says nothing about it, or has one frame.

    The first of these that gives a time: what Frame Increment Pointer names of Frame Time and Frame Time Vector;
    Recommended Display Frame Rate; Cine Rate; a Frame Time that no pointer names.

    Args:
        attributes: of the data set.
        number_of_frames: that are really there.
    """
    if number_of_frames <= 1:
        return None
    timing = FrameTiming(
        *_increments(attributes, number_of_frames),
        sweep=attributes.integer(_PREFERRED_PLAYBACK_SEQUENCING) == _SWEEPING,
        start=_trim(attributes, _START_TRIM, number_of_frames),
        stop=_trim(attributes, _STOP_TRIM, number_of_frames),
    )
    return None if timing == DEFAULT_TIMING and not _says_time(attributes) else timing


def _says_time(attributes: Attributes) -> bool:
    """Return whether a time is given that may happen to be the default."""
    return any(
        tag in attributes for tag in (_FRAME_TIME, _FRAME_TIME_VECTOR, _RECOMMENDED_DISPLAY_FRAME_RATE, _CINE_RATE)
    )


def _increments(attributes: Attributes, number_of_frames: int) -> tuple[float, bytes]:
    """Return `frame_ms` and `increments`."""
    words = attributes.integers(_FRAME_INCREMENT_POINTER)
    named = {group << 16 | element for group, element in zip(words[::2], words[1::2], strict=False)}
    if _FRAME_TIME_VECTOR in named and (vector := _vector(attributes, number_of_frames)):
        distinct = set(vector)
        return vector[-1], b"" if len(distinct) == 1 else struct.pack(f"<{len(vector)}f", *vector)
    sources: tuple[tuple[bool, Callable[[], float | None]], ...] = (
        (_FRAME_TIME in named, partial(attributes.decimal, _FRAME_TIME)),
        (True, partial(_period, attributes, _RECOMMENDED_DISPLAY_FRAME_RATE)),
        (True, partial(_period, attributes, _CINE_RATE)),
        (True, partial(attributes.decimal, _FRAME_TIME)),
    )
    given = (read() for applies, read in sources if applies)
    return _bounded(next((time for time in given if time and time > 0), DEFAULT_FRAME_MS)), b""


def _period(attributes: Attributes, tag: int) -> float | None:
    """Return the milliseconds of a frame at a rate in frames per second; None if there is no rate above 0."""
    rate = attributes.decimal(tag)
    return max(_SECOND_MS / rate, SHORTEST_MS) if rate and rate > 0 else None


def _vector(attributes: Attributes, number_of_frames: int) -> tuple[float, ...]:
    """Return the increments between frames of a Frame Time Vector; () if it has none above 0.

    Its first value belongs to the first frame and is 0; where it has one value less than there are frames, and starts
    above 0, that value was left out. An increment that is none takes the place of the one before it.
    """
    wanted = min(number_of_frames, _INCREMENTS_MAX)
    longest = wanted * _DECIMAL_BYTES + 1
    stored = attributes.value(_FRAME_TIME_VECTOR, longest)
    texts = stored.decode("latin-1").split("\\")
    if len(stored) == longest:
        texts.pop()  # it may be cut
    numbers = [_number(text) for text in texts[:wanted]]
    if len(numbers) != number_of_frames - 1 or numbers[0] <= 0:
        numbers = numbers[1:]
    last = next((number for number in numbers if number > 0), 0.0)
    if not last:
        return ()
    increments: list[float] = []
    for number in numbers:
        last = number if number > 0 else last
        increments.append(_bounded(last))
    return tuple(increments)


def _number(text: str) -> float:
    """Return a decimal string as a number; 0 if it is none."""
    try:
        number = float(text.strip(" \0"))
    except ValueError:
        return 0.0
    return number if isfinite(number) else 0.0


def _trim(attributes: Attributes, tag: int, number_of_frames: int) -> int:
    number = attributes.integer_string(tag) or 0
    return number if 1 <= number <= number_of_frames else 0


def _bounded(milliseconds: float) -> float:
    return min(max(milliseconds, SHORTEST_MS), LONGEST_MS)
