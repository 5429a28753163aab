"""Where the objects that a report refers to are: its evidence sequences (PS3.3 C.17.2, table 10-3b)."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from openwado.dicom.acceptable_uid import is_acceptable_uid
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.instance import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.attributes import Attributes

#: Current Requested Procedure Evidence, Pertinent Other Evidence (of key object selections too: C.17.6.2).
_SEQUENCES: Final = (0x0040A375, 0x0040A385)
_STUDY_INSTANCE_UID: Final = 0x0020000D
_SERIES_INSTANCE_UID: Final = 0x0020000E
_REFERENCED_SERIES: Final = 0x00081115
_REFERENCED_SOP: Final = 0x00081199
_REFERENCED_SOP_INSTANCE_UID: Final = 0x00081155

_CONTENT: Final = 0x0040A730
#: Content items that are looked at for references, and how deep they are.
_CONTENT_ITEMS_MAX: Final = 200_000
_DEPTH_MAX: Final = 100

#: SOP Instance UIDs that a record keeps.
UIDS_MAX: Final = 2000


def read_evidence(attributes: Attributes) -> tuple[Evidence, ...]:
    """Return the evidence of a report by series, in order: the first `UIDS_MAX` objects; what is malformed is left out.

    What its content refers to without naming it as evidence, as many writers do, comes last, under empty UIDs of study
    and series.

    Args:
        attributes: of the data set.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    with suppress(Unreadable):  # what was read so far is right
        for study, series, uid in islice(_references(attributes), UIDS_MAX):
            found.setdefault((study, series), {})[uid] = None
    placed = frozenset(uid for uids in found.values() for uid in uids)
    with suppress(Unreadable):
        for uid in islice(_mentioned(attributes), UIDS_MAX - len(placed)):
            if uid not in placed:
                found.setdefault(("", ""), {})[uid] = None
    return tuple(Evidence(study, series, tuple(uids)) for (study, series), uids in found.items())


def _mentioned(attributes: Attributes) -> Iterator[str]:
    """Yield what content items refer to, and the presentation states that they name (C.18.3, C.18.4)."""
    waiting = [(attributes, 0)]
    for _ in range(_CONTENT_ITEMS_MAX):
        if not waiting:
            return
        item, depth = waiting.pop()
        for reference in item.items(_REFERENCED_SOP):
            for named in (reference, *reference.items(_REFERENCED_SOP)):
                uid = named.text(_REFERENCED_SOP_INSTANCE_UID)
                if is_acceptable_uid(uid):
                    yield uid
        if depth < _DEPTH_MAX:
            waiting += [(child, depth + 1) for child in item.items(_CONTENT)]


def _references(attributes: Attributes) -> Iterator[tuple[str, str, str]]:
    for tag in _SEQUENCES:
        for study in attributes.items(tag):
            for series in study.items(_REFERENCED_SERIES):
                for reference in series.items(_REFERENCED_SOP):
                    uids = (
                        study.text(_STUDY_INSTANCE_UID),
                        series.text(_SERIES_INSTANCE_UID),
                        reference.text(_REFERENCED_SOP_INSTANCE_UID),
                    )
                    if all(is_acceptable_uid(uid) for uid in uids):
                        yield uids
