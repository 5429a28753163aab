"""Index and store as one: from the UIDs of a request to a record whose bytes are there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from openwado.archive.kept_objects import is_kept
from openwado.dicom.frames import native_entry
from openwado.dicom.picture_record import FrameAttributes
from openwado.dicom.stream_syntax import is_video
from openwado.dicom.video_stream import video_entry
from openwado.errors import BadRequest, CorruptObject, Gone, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.archive.index import Index, IndexedInstance
    from openwado.archive.store import Store, StoredObject
    from openwado.dicom.instance import Description, FrameEntry, Instance, Stamp

_NOT_FOUND = "There is no object with these study, series and object UIDs."
_GONE = "The object was here, but has been removed."


class Changed(Unavailable):
    """The object is not the one that was located any more: locating it again shows what it is now."""

    def __init__(self, detail: str) -> None:
        super().__init__("The object is being replaced. Try again.", retry_after=1, detail=detail)


class Archive:
    """Finds objects and sees to it that what the index says of them is still true.

    Args:
        index: what is known of every object.
        store: where the bytes are.
        reread: reads one file again, by its key, and writes to the index what it is now.
        may_see: says whether an object may be known of; None: all of them.
    """

    def __init__(
        self,
        index: Index,
        store: Store,
        reread: Callable[[str], None],
        may_see: Callable[[Instance, Description], bool] | None = None,
    ) -> None:
        self._index = index
        self._store = store
        self._reread = reread
        self._may_see = may_see

    def seen_by(self, may_see: Callable[[Instance, Description], bool]) -> Archive:
        """Return this archive as somebody sees it: what they may not see is not there for them (NotFound)."""
        return Archive(self._index, self._store, self._reread, may_see)

    def description(self, located: IndexedInstance) -> Description:
        """Return the words about an object.

        Raises:
            Changed: the record was replaced since it was located.
        """
        found = self._index.described(located.instance.sop_instance_uid)
        if found is None or found.indexed.instance.version != located.instance.version:
            raise Changed(f"{located.instance.key} was replaced")
        return found.description

    def locate(self, study_uid: str, series_uid: str, object_uid: str) -> IndexedInstance:
        """Return the record of an object whose stored bytes are the ones that the record was read from.

        A file that has changed since is read again first; where one has vanished, a duplicate takes its place.

        Raises:
            NotFound: unknown UID, or known under other parents (REQ-URI-8.1.4-3, -4: one sentence for both).
            Gone: it was removed (REQ-URI-8.1.4-5; PS3.18 8.5).
            Unavailable: the file or the index cannot be read at the moment.
        """
        found = self._find(study_uid, series_uid, object_uid)
        if self._is_fresh(found):
            return found
        if found.gone and is_kept(found.instance.key):
            raise Gone(_GONE)
        self._refresh(found.instance.key)
        found = self._find(study_uid, series_uid, object_uid)
        if self._is_fresh(found):
            return found
        if found.gone or self._stamp(found.instance.key) is None:
            raise Gone(_GONE)
        raise _unreadable(f"{found.instance.key} cannot be read again, or changes faster than it is read")

    def locate_anywhere(self, object_uid: str) -> IndexedInstance:
        """Return the record of an object whose study and series are not known.

        Raises:
            NotFound, Gone, Unavailable: as `locate`.
        """
        found = self._index.find(object_uid)
        if found is None:
            raise NotFound(_NOT_FOUND)
        return self.locate(found.instance.study_instance_uid, found.instance.series_instance_uid, object_uid)

    def recorded(self, object_uid: str) -> IndexedInstance | None:
        """Return what the index says of an object that is there, whether its bytes can be read or not; else None.

        Raises:
            NotFound: it may not be known of.
            Unavailable: the index cannot be read at the moment.
        """
        found = self._seen(object_uid)
        return None if found is None or found.gone else found

    def frame(self, located: IndexedInstance, frame_number: int) -> tuple[FrameEntry, FrameAttributes]:
        """Return where a frame is, and the frame attributes in force for it.

        Args:
            located: the object.
            frame_number: from 1.

        Raises:
            BadRequest: the object has no such frame (REQ-URI-8.2.7-2).
            CorruptObject: its pixel data hold no such frame.
            Changed: the record was replaced since it was located.
        """
        if not 1 <= frame_number <= located.instance.number_of_frames:
            raise BadRequest("The object has no frame with this number.", parameter="frameNumber")
        entry = self._index.frame_entry(located.number, frame_number) or _computed(located, frame_number)
        picture = located.instance.picture
        if entry.attributes:
            try:
                return entry, self._index.frame_attributes(located.number, entry.attributes)
            except LookupError as error:
                raise Changed(str(error)) from error
        return entry, picture.frame_attributes if picture is not None else FrameAttributes()

    def frames(self, located: IndexedInstance) -> tuple[FrameEntry, ...]:
        """Return where all frames are, in order; none for what is no image.

        Raises:
            CorruptObject: the pixel data hold fewer frames than the object says.
        """
        stored = self._index.frame_entries(located.number)
        if stored:
            return stored
        return tuple(_computed(located, number) for number in range(1, located.instance.number_of_frames + 1))

    def distinct_frame_attributes(self, located: IndexedInstance) -> tuple[FrameAttributes, ...]:
        """Return the frame attributes that the entries of an object's frames count from 1; () where they need none.

        Raises:
            Changed: the record was replaced since it was located.
        """
        count = max((entry.attributes for entry in self._index.frame_entries(located.number)), default=0)
        try:
            return tuple(self._index.frame_attributes(located.number, number) for number in range(1, count + 1))
        except LookupError as error:
            raise Changed(str(error)) from error

    def following(self, sop_instance_uid: str, count: int, *, backwards: bool) -> list[str]:
        """Return the SOP Instance UIDs of the next objects of a series, as lists show it; [] at its end.

        Raises:
            Unavailable: the index cannot be read at the moment.
        """
        return self._index.following(sop_instance_uid, count, backwards=backwards)

    def members(self, series_uid: str, count: int) -> list[str]:
        """Return the SOP Instance UIDs of the objects of a series, by instance number: `count` of them at most.

        Raises:
            Unavailable: the index cannot be read at the moment.
        """
        rows = self._index.instances(series_uid, offset=0, limit=count)
        return [row.instance.sop_instance_uid for row in rows]

    def open(self, located: IndexedInstance) -> StoredObject:
        """Open the bytes that the record was read from.

        Raises:
            Gone: they were removed.
            Changed: others are in their place; these have been read by now, so that `locate` finds them.
            Unavailable: the file or the index cannot be read at the moment.
        """
        key = located.instance.key
        try:
            stored = self._store.open(key)
        except FileNotFoundError as error:
            if is_kept(key):
                raise _lost(key) from error
            self._vanished(key)
            raise Gone(_GONE) from error
        except OSError as error:
            raise _unreadable(str(error)) from error
        try:
            stamp = stored.stamp()
        except OSError as error:
            stored.close()
            raise _unreadable(str(error)) from error
        if stamp == located.instance.stamp:
            return stored
        stored.close()
        self._reread(key)
        raise Changed(f"{key} was replaced")

    def _find(self, study_uid: str, series_uid: str, object_uid: str) -> IndexedInstance:
        found = self._seen(object_uid)
        if found is None:
            key = self._index.holder(object_uid)
            if key is not None:  # read by another version of this program
                self._reread(key)
                found = self._seen(object_uid)
                if found is None and is_kept(key) and self._index.holder(object_uid) == key:
                    raise _unreadable(f"{key} cannot be read again after a change of version")
        if found is None or (found.instance.study_instance_uid, found.instance.series_instance_uid) != (
            study_uid,
            series_uid,
        ):
            raise NotFound(_NOT_FOUND)
        return found

    def _seen(self, object_uid: str) -> IndexedInstance | None:
        """Return the record of an object, None where there is none.

        Raises:
            NotFound: it may not be known of; nothing else is done about it, and nothing else said.
        """
        if self._may_see is None:
            return self._index.find(object_uid)
        described = self._index.described(object_uid)
        if described is not None and not self._may_see(described.indexed.instance, described.description):
            raise NotFound(_NOT_FOUND)
        return None if described is None else described.indexed

    def _is_fresh(self, found: IndexedInstance) -> bool:
        return not found.gone and self._stamp(found.instance.key) == found.instance.stamp

    def _refresh(self, key: str) -> None:
        """Bring the index up to date about a file, unless it is so already: what is known to be gone is not read."""
        stamp = self._stamp(key)
        if stamp is None and is_kept(key):
            raise _lost(key)
        if stamp is None:
            self._vanished(key)
        elif self._index.known([key]).get(key) != stamp:
            self._reread(key)

    def _vanished(self, key: str) -> None:
        """Have it written down that a file is gone; where the index cannot be written, it is gone all the same."""
        with suppress(Unavailable):
            for successor in self._index.forget([key]):
                self._reread(successor)

    def _stamp(self, key: str) -> Stamp | None:
        try:
            return self._store.stamp(key)
        except OSError as error:
            raise _unreadable(str(error)) from error


def _unreadable(detail: str) -> Unavailable:
    return Unavailable("The object cannot be read at the moment. Try again.", retry_after=5, detail=detail)


def _lost(key: str) -> Unavailable:
    """Return what it means that bytes which the archive keeps are not there: its store is away, or damaged."""
    detail = f"{key} is in the index, but its bytes are not in the store"
    return Unavailable("The object cannot be read at the moment.", retry_after=30, detail=detail)


def _computed(located: IndexedInstance, frame_number: int) -> FrameEntry:
    pixels = located.instance.pixels
    if is_video(located.instance.transfer_syntax_uid):
        return video_entry(located.instance, frame_number)
    if pixels is None or pixels.encapsulated:
        raise CorruptObject("The pixel data hold no such frame.", detail=f"{located.instance.key} frame {frame_number}")
    return native_entry(located.instance, frame_number)
