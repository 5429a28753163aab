"""What is known of every object: the interface of every index, and the rows it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from openwado.dicom.instance import Reading, Stamp  # noqa: TC001 -- file notes travel between processes by msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openwado.archive.study_search import StudySearch
    from openwado.dicom.instance import Description, FrameEntry, Instance
    from openwado.dicom.picture_record import FrameAttributes

Outcome = Literal["indexed", "duplicate", "skipped", "replaced", "deleted"]
Policy = Literal["reject", "replace"]


@dataclass(frozen=True, slots=True)
class IndexedInstance:
    """An instance record and the index's own number for it; gone: known to have been removed."""

    number: int
    instance: Instance
    gone: bool = False


@dataclass(frozen=True, slots=True)
class DescribedInstance:
    """An instance record as the index has it, and the words about it."""

    indexed: IndexedInstance
    description: Description


@dataclass(frozen=True, slots=True)
class StudySeries:
    """A series in a list of studies."""

    study_instance_uid: str
    series_instance_uid: str
    description: Description
    number_of_instances: int


@dataclass(frozen=True, slots=True)
class FileNote:
    """What became of a file when it was last looked at.

    Attributes:
        key: the store's key.
        stamp: of the bytes that were looked at.
        outcome: indexed; duplicate (another file with the same SOP Instance UID came first); skipped; replaced (a
            stored object has taken its place); or deleted (by command: what it holds stays gone until it changes).
        reason: one short phrase, the same for the same cause so that it can be counted; "" where indexed.
        reading: for indexed, what was read.
        sop_instance_uid: for all but skipped.
    """

    key: str
    stamp: Stamp
    outcome: Outcome
    reason: str = ""
    reading: Reading | None = None
    sop_instance_uid: str = ""


class Permission(Protocol):
    """Says whether whoever hands an object over may store it."""

    def __call__(
        self, held: tuple[Instance, Description] | None, beside: Sequence[tuple[Description, bool]], /
    ) -> bool:
        """Decide, by what is there when the object goes in.

        Args:
            held: the object that has its SOP Instance UID.
            beside: what the series of its study are like, and those of its Series Instance UID in any; whether each
                is of this UID.
        """


class NotPermitted(Exception):  # noqa: N818 -- a verdict, not a fault
    """Whoever hands an object over may not store it beside what is there; nothing was written."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of an object that the archive was given to keep.

    Attributes:
        outcome: stored (the SOP Instance UID was unknown, or its object gone); same (this key holds it already);
            replaced (another key held it and is struck out); conflict (another key holds it: nothing was written).
        former: for replaced and conflict, that other key.
    """

    outcome: Literal["stored", "same", "replaced", "conflict"]
    former: str = ""


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study as a list shows it."""

    study_instance_uid: str
    description: Description
    modalities: tuple[str, ...]
    number_of_series: int
    number_of_instances: int


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series as a list shows it; representative: the instance in its middle, for a thumbnail."""

    series_instance_uid: str
    description: Description
    number_of_instances: int
    representative: Instance | None


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An object as a list shows it."""

    instance: Instance
    description: Description


class Index(Protocol):
    """Look-up by UID, and the lists for browsing. Objects that are gone appear in `find` only."""

    @property
    def is_remote(self) -> bool:
        """Whether a look-up may take so long that no event loop should wait for it."""

    def find(self, sop_instance_uid: str) -> IndexedInstance | None:
        """Return the record with this SOP Instance UID."""

    def described(self, sop_instance_uid: str) -> DescribedInstance | None:
        """Return the record with this SOP Instance UID, and its description, which belong together."""

    def holder(self, sop_instance_uid: str) -> str | None:
        """Return the key of the file that holds an object, also where its record is another program version's."""

    def frame_entry(self, number: int, frame_number: int) -> FrameEntry | None:
        """Return the stored entry of a frame (from 1) of instance `number`; None if none is stored."""

    def frame_entries(self, number: int) -> tuple[FrameEntry, ...]:
        """Return all stored entries, in order."""

    def frame_attributes(self, number: int, attributes: int) -> FrameAttributes:
        """Return the frame attributes with this number (from 1)."""

    def write(self, notes: Iterable[FileNote]) -> list[FileNote]:
        """Take notes in, in one transaction, and return them as they came out (indexed may become duplicate)."""

    def admit(
        self, notes: Sequence[FileNote], policy: Policy, permissions: Sequence[Permission | None] = ()
    ) -> list[Admitted]:
        """Take in objects that the archive keeps, in one transaction; on return that survives a power cut."""

    def delete(self, sop_instance_uids: Iterable[str]) -> list[str]:
        """Mark objects as gone, for good; return the keys whose bytes may now be removed; survives a power cut."""

    def deleted(self) -> list[str]:
        """Return the keys of objects that the archive keeps whose bytes may be removed, in order."""

    def erased(self, keys: Iterable[str]) -> None:
        """Strike out those of these keys that `deleted` lists: their bytes are removed."""

    def uids_of(self, study_instance_uid: str, series_instance_uid: str = "") -> list[str]:
        """Return the SOP Instance UIDs of all objects of a study, or of one series of it, as lists show them."""

    def known(self, keys: Sequence[str]) -> dict[str, Stamp]:
        """Return the stamp at the last look for those keys that were looked at before with this program's version."""

    def file(self, key: str) -> FileNote | None:
        """Return what became of a file, without what was read; None if nobody looked. A successor is "duplicate"."""

    def outdated(self) -> list[str]:
        """Return the keys of files that were looked at by another version of the program, in order."""

    def looked_at(self, start: str, stop: str) -> Iterator[tuple[str, Stamp | None]]:
        """Give all keys from start up to but without stop, in order, each with what `known` says of it."""

    def forget(self, keys: Iterable[str]) -> list[str]:
        """Mark as gone what these files held; return keys of duplicates that may now take their place."""

    def successors(self) -> list[str]:
        """Return keys of all duplicates (or of a good many) that may take a gone object's place."""

    def forget_missing(self, prefix: str, seen: Iterable[str]) -> list[str]:
        """Forget all under prefix (a folder with its slash, or one key) that was not seen; return as `forget` does."""

    def studies(self, *, offset: int, limit: int, search: StudySearch = ...) -> list[StudyRow]:
        """Return a page of studies, of all or of those that are looked for, newest study date first."""

    def count_studies(self, search: StudySearch = ..., most: int = ...) -> int:
        """Return how many studies there are; of those that are looked for `most` at the most."""

    def study_of(self, series_instance_uid: str) -> str:
        """Return the UID of the study that has a series, the first one if several have; "" where none has."""

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """Return one study."""

    def series(self, study_instance_uid: str) -> list[SeriesRow]:
        """Return the series of a study, by series number."""

    def series_of(self, study_instance_uids: Sequence[str]) -> dict[str, list[SeriesRow]]:
        """Return the series of some studies, by study, as `series` does."""

    def instances(
        self, series_instance_uid: str, *, offset: int, limit: int, study_instance_uid: str = ""
    ) -> list[InstanceRow]:
        """Return a page of the objects of a series, by instance number; of one study, where it is named."""

    def beside(self, study_instance_uid: str, series_instance_uid: str) -> list[tuple[Description, bool]]:
        """Return what the series of a study are like, and those of this UID in any; whether each is of this UID."""

    def following(self, sop_instance_uid: str, count: int, *, backwards: bool) -> list[str]:
        """Return the SOP Instance UIDs of the next objects of a series, as `instances` orders it; [] at its end."""

    def instance_row(self, sop_instance_uid: str) -> InstanceRow | None:
        """Return one object with its description."""

    def studies_with_series(self, *, offset: int, limit: int, search: StudySearch = ...) -> list[StudySeries]:
        """Return the series of a page of studies, as `studies` and `series` order them."""

    def count_use(self, link: str, expires: int, now: int) -> int:
        """Count a use of a signed link, and return how many there are now; forgets links that have expired."""

    def count(self) -> int:
        """Return the number of objects that are there."""

    def left_out(self) -> list[tuple[str, int]]:
        """Return why files are not in it, "" for duplicates, and how many of each; the most frequent first."""

    def example(self) -> Instance | None:
        """Return an object that makes a good first picture: an image, single-frame if there is one."""

    def close(self) -> None:
        """Let go of it."""
