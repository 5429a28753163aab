"""The presentation states of a study beside the images that they apply to (REQ-URI-8.2.9-1, -4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.state_kinds import APPLIED
from openwado.dicom.state_label import StateLabel, state_label
from openwado.server.page_tiles import THUMBNAIL

if TYPE_CHECKING:
    from openwado.archive.store import Store
    from openwado.dicom.instance import Instance, Stamp
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links

#: States of a study that are looked into for a page: more are in no study that people read.
STATES_MAX = 40
#: Labels of states that are remembered.
REMEMBERED = 1024
_MODALITY = "PR"


@dataclass(frozen=True, slots=True)
class StateLink:
    """A presentation state that applies to the image on the page.

    Attributes:
        name: what its author calls it.
        series_uid, object_uid: of it, as presentationSeriesUID and presentationUID name it.
        thumbnail: WADO URL of the image under it, small.
        shown: address of the image's page that shows the image under it.
        page: of the state itself.
    """

    name: str
    series_uid: str
    object_uid: str
    thumbnail: str
    shown: str
    page: str


class States:
    """Finds the states of an image.

    Args:
        store: where they are read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._label = lru_cache(maxsize=REMEMBERED)(self._read_label)

    def of(self, index: SeenIndex, links: Links, image: Instance, frame_number: int) -> list[StateLink]:
        """Return the states that refer to a frame of an image and that this server applies."""
        found = []
        for state in _states(index, image.study_instance_uid):
            try:
                label = self._label(state.key, state.stamp)
            except OSError:  # not remembered: it may be there the next time
                continue
            if label is None or not label.refers_to(image, frame_number):
                continue
            named = {"presentationSeriesUID": state.series_instance_uid, "presentationUID": state.sop_instance_uid}
            frame = frame_number if image.number_of_frames > 1 else None
            small = {"rows": THUMBNAIL, "columns": THUMBNAIL}
            found.append(
                StateLink(
                    name=label.name,
                    series_uid=state.series_instance_uid,
                    object_uid=state.sop_instance_uid,
                    thumbnail=links.wado(image, "image/jpeg", frame_number=frame, **small, **named),
                    shown=links.instance(image, frame, contentType="image/jpeg", **named),
                    page=links.instance(state),
                )
            )
        return found

    def _read_label(self, key: str, stamp: Stamp) -> StateLabel | None:
        """Read what a state is called and refers to; the stamp tells whether it is still the same one.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with self._store.open(key) as stored:
                return state_label(parse(stored).attributes) if stored.stamp() == stamp else None
        except (NotAnObject, Unreadable):
            return None


def _states(index: SeenIndex, study_uid: str) -> list[Instance]:
    found: list[Instance] = []
    for series in index.series(study_uid):
        if series.description.modality == _MODALITY and len(found) < STATES_MAX:
            rows = index.instances(study_uid, series.series_instance_uid, offset=0, limit=STATES_MAX - len(found))
            found += [row.instance for row in rows if row.instance.sop_class_uid in APPLIED]
    return found
