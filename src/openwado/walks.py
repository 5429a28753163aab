"""Clients that walk through the frames of an object, or the objects of a series, and what they will ask for next."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from openwado.dicom.instance import Instance

#: Walks that are remembered.
WALKS = 256

#: Places that a step may go on by: several connections of a client do not keep order, and some viewers skip.
LONGEST_STEP = 6


@dataclass(slots=True)
class _Walk:
    """Where a client stands; forward: which way it went there, None at the start."""

    frame_number: int
    object_uid: str
    forward: bool | None = None


class Walks:
    """Remembers where clients stand.

    Args:
        following: gives the SOP Instance UIDs of the next objects of a series: after which one, how many, and whether
            backwards.
        ahead: how many requests are foretold.
    """

    def __init__(self, following: Callable[[str, int, bool], Sequence[str]], ahead: int) -> None:
        self._following = following
        self._ahead = ahead
        self._walks: OrderedDict[tuple[str, ...], _Walk] = OrderedDict()

    def step(self, location: str, instance: Instance, frame_number: int) -> list[str]:
        """Take note of a request, and foretell the next ones.

        Args:
            location: path and canonical query of the request.
            instance: the object asked for.
            frame_number: the frame, from 1.

        Returns:
            Queries in the order in which they will come; none where the client is not seen to walk.
        """
        pairs = location.partition("?")[2].split("&")
        through_frames = instance.number_of_frames > 1
        changing = "frameNumber=" if through_frames else "objectUID="
        walk = self._walk(tuple(pair for pair in pairs if not pair.startswith(changing)))
        before, walk.frame_number = walk.frame_number, frame_number
        previous, walk.object_uid = walk.object_uid, instance.sop_instance_uid
        if through_frames:
            return self._frames(walk, before, instance.number_of_frames, pairs)
        return self._objects(walk, previous, pairs)

    def _walk(self, key: tuple[str, ...]) -> _Walk:
        walk = self._walks.setdefault(key, _Walk(0, ""))
        self._walks.move_to_end(key)
        if len(self._walks) > WALKS:
            self._walks.popitem(last=False)
        return walk

    def _frames(self, walk: _Walk, before: int, count: int, pairs: Iterable[str]) -> list[str]:
        step = walk.frame_number - before
        if not before or not step or abs(step) > LONGEST_STEP:
            return []
        direction = 1 if step > 0 else -1
        ahead = (walk.frame_number + direction * number for number in range(1, self._ahead + 1))
        return [_with(pairs, "frameNumber=", str(number)) for number in ahead if 1 <= number <= count]

    def _objects(self, walk: _Walk, previous: str, pairs: Iterable[str]) -> list[str]:
        current = walk.object_uid
        if not previous or previous == current:
            return []
        if not self._goes(walk, previous, current):
            return []
        ahead = self._following(current, self._ahead, not walk.forward)
        return [_with(pairs, "objectUID=", uid) for uid in ahead]

    def _goes(self, walk: _Walk, previous: str, current: str) -> bool:
        """Say whether one object comes soon after the other, and note which way; the way before is tried first."""
        ways = (False, True) if walk.forward is False else (True, False)
        for forward in ways:
            if current in self._following(previous, LONGEST_STEP, not forward):
                walk.forward = forward
                return True
        walk.forward = None
        return False


def _with(pairs: Iterable[str], name: str, value: str) -> str:
    return "&".join(name + value if pair.startswith(name) else pair for pair in pairs)
