"""What is in a list for a viewer: a study, or one series of it, as far as who asks may have it as DICOM."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.errors import BadRequest, Forbidden
from openwado.seen_index import SeenIndex
from openwado.server.asked_by import permission_of
from openwado.server.page_links import Links, origin
from openwado.server.page_lists import series_asked_for, study_asked_for
from openwado.version import __version__

if TYPE_CHECKING:
    from starlette.requests import Request

    from openwado.access.rights import Rights
    from openwado.archive.index import Index, InstanceRow, SeriesRow, StudyRow

#: Objects of one list, and frames in it: more are in no study that a viewer in a browser would hold.
OBJECTS_MAX: Final = 10_000
FRAMES_MAX: Final = 50_000
_NATIVE: Final[Rights] = frozenset({"native"})


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """A series with those of its objects that may be had."""

    row: SeriesRow
    objects: list[InstanceRow]


@dataclass(frozen=True, slots=True)
class ListedStudy:
    """A study, or a part of it, that a viewer is told of.

    Attributes:
        row: the study as who asks sees it.
        series: those that have objects.
        links: make addresses under the same root.
        origin: scheme and authority by which the client came.
    """

    row: StudyRow
    series: list[ListedSeries]
    links: Links
    origin: str

    @property
    def count(self) -> int:
        """How many objects there are."""
        return sum(len(series.objects) for series in self.series)

    def etag(self, kind: str) -> str:
        """Return the strong entity tag of a list of this kind: all that it is made of."""
        digest = hashlib.blake2b(digest_size=16)
        for text in (__version__, kind, self.origin, self.links.root, self.links.wado_path, repr(self.row)):
            digest.update(f"{text}\n".encode())
        for series in self.series:
            digest.update(f"{series.row.series_instance_uid}\n{series.row.description!r}\n".encode())
            for listed in series.objects:
                digest.update(f"{listed.instance.sop_instance_uid}\n{listed.instance.version}\n".encode())
        return f'"{digest.hexdigest()}"'


def listed_study(index: Index, request: Request, wado_path: str) -> ListedStudy:
    """Return the study, or the series, that an address names.

    Raises:
        NotFound: it is not there, for who asks.
        Forbidden: they may see it, but have nothing of it as DICOM.
        BadRequest: it is more than fits into a list.
    """
    permission = permission_of(request.scope)
    seen = SeenIndex(index, permission)
    study = study_asked_for(seen, request)
    had = SeenIndex(index, permission, _NATIVE)
    rows = had.series(study.study_instance_uid)
    if (wanted := request.path_params.get("series_uid")) is not None:
        series_asked_for(seen, request, study)
        rows = [row for row in rows if row.series_instance_uid == wanted]
    _check_size(sum(row.number_of_instances for row in rows), OBJECTS_MAX, "objects", is_study=wanted is None)
    uid = study.study_instance_uid
    series = [
        ListedSeries(row, objects) for row in rows if (objects := list(had.all_instances(uid, row.series_instance_uid)))
    ]
    if not series:
        raise Forbidden("This may be seen, but not had as DICOM, which is what viewers ask for.")
    frames = sum(max(1, listed.instance.number_of_frames) for one in series for listed in one.objects)
    _check_size(frames, FRAMES_MAX, "frames", is_study=wanted is None)
    links = Links(root=request.scope.get("root_path", "").rstrip("/"), wado_path=wado_path)
    return ListedStudy(study, series, links, origin(request.scope))


def _check_size(count: int, most: int, what: str, *, is_study: bool) -> None:
    if count > most:
        instead = ": ask for one series of it, with /series/ and its UID before the last part of the address"
        raise BadRequest(
            f"A list holds {most} {what} at the most, fewer than there are in this "
            f"{f'study{instead}' if is_study else 'series'}."
        )
