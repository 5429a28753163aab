"""The frames of an image as a moving picture: each drawn as a still is, and shown for its time (RR-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.frames import native_entry
from openwado.errors import BadRequest
from openwado.jobs import Rendition
from openwado.pictures import drawn, drawn_by_state, presentation_of
from openwado.render.animation import ANIMATION_ENCODERS, animate
from openwado.render.video import encode_video
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.archive.store import Store, StoredObject
    from openwado.jobs import MotionJob, PictureJob
    from openwado.render.raster import Raster


def make_motion(job: MotionJob, stored: StoredObject, state_bytes: StoredObject | None, store: Store) -> Rendition:
    """Draw frame after frame, and encode into a spool; of frames and pictures only a few are held at a time.

    Args:
        job: what to make.
        stored: the image's bytes.
        state_bytes: those of the presentation state, if there is one.
        store: where images are that a state lays over it.

    Raises:
        BadRequest: the result would be larger than the server makes.
        Unavailable: there is no room for it.
        WadoError: whatever is wrong with the request or the stored objects.
    """
    frames = _Frames(job, stored, state_bytes, store)
    out = _Bounded(job.max_bytes)
    if job.still.media_type in ANIMATION_ENCODERS:
        for piece in animate(frames.shown(), job.still.media_type, len(job.shown)):
            out.write(piece)
    else:
        encode_video(frames.shown(), job.still.media_type, job.still.image_quality, out)
    return Rendition.of_spool(job.still.media_type, out, tuple(dict.fromkeys(frames.warnings)))


class _Frames:
    """Draws frames, and gathers their warnings."""

    def __init__(self, job: MotionJob, stored: StoredObject, state_bytes: StoredObject | None, store: Store) -> None:
        self._job = job
        self._stored = stored
        self._state_bytes = state_bytes
        self._store = store
        self.warnings: list[str] = []

    def shown(self) -> Iterator[tuple[Raster, float]]:
        """Yield pictures, and how long each is shown, ms."""
        for number, milliseconds in self._job.shown:
            yield self._raster(self._still(number)), milliseconds

    def _still(self, number: int) -> PictureJob:
        still = self._job.still
        entry = still.entries[number - 1] if still.entries else native_entry(still.instance, number)
        attributes = still.frame_attributes
        if entry.attributes:
            attributes = self._job.frame_attributes[entry.attributes - 1]
        elif still.instance.picture is not None:
            attributes = still.instance.picture.frame_attributes
        return msgspec.structs.replace(still, entry=entry, frame_number=number, frame_attributes=attributes)

    def _raster(self, still: PictureJob) -> Raster:
        if self._state_bytes is not None:
            made = drawn_by_state(still, self._stored, self._state_bytes, self._store)
        else:
            made = drawn(still, presentation_of(still), self._stored, with_profile=False)
        self.warnings += made.warnings
        return made.raster


class _Bounded(Spool):
    """Bytes that are not allowed to become too many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, piece: bytes, /) -> int:
        """Take bytes."""
        if self.tell() + len(piece) > self._most:
            raise BadRequest(
                f"The moving picture would be larger than {self._most >> 20} MiB: ask for fewer rows and columns, "
                "for a region, or for video.",
                parameter="contentType",
            )
        return super().write(piece)
