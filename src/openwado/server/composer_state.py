"""What the address of an object's page asks for, in the parameters of WADO, and the WADO URL that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from openwado.server.composer_offer import CONTROLLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openwado.dicom.instance import Instance

#: The order in which parameters are written. frameNumber stands last, since Cornerstone cuts an address from "&frame"
#: on; requestType first, since OHIF knows WADO URLs by it.
WRITTEN: Final = (*(name for name in CONTROLLED if name != "frameNumber"), "frameNumber")

#: What pages have always called the frame that they show.
FRAME: Final = "frame"

#: Characters that stay as they are in a query: of media types, lists, and transferSyntax=*.
READABLE: Final = "/,*"

#: Parameters that hold a list, and may come one by one from a form.
_LISTS: Final = frozenset({"annotation"})

State = dict[str, str]


def asked_state(pairs: Iterable[tuple[str, str]]) -> State | None:
    """Return what an address asks for, as parameters that are not empty; None where it asks for nothing of its own.

    A frame alone is nothing of its own: it is shown as objects are shown at first.

    Args:
        pairs: of the query; what is no parameter of a picture or object is passed over.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        known = "frameNumber" if name == FRAME else name
        if known in CONTROLLED:
            given.setdefault(known, []).append(value)
    if not given.keys() - {"frameNumber"}:
        return None
    return {
        name: ",".join(filter(None, given[name])) if name in _LISTS else given[name][-1]
        for name in WRITTEN
        if any(given.get(name, ()))
    }


def wado_query(instance: Instance, state: Mapping[str, str]) -> str:
    """Return the query of the WADO request that a state is (PS3.18 9.1.2)."""
    pairs = {
        "requestType": "WADO",
        "studyUID": instance.study_instance_uid,
        "seriesUID": instance.series_instance_uid,
        "objectUID": instance.sop_instance_uid,
        **{name: state[name] for name in WRITTEN if state.get(name)},
    }
    return urlencode(pairs, safe=READABLE)


def page_query(state: Mapping[str, str], start: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of the page's own address that bring a state back.

    Args:
        state: what is asked for.
        start: what is asked for where the address says nothing.
    """
    said = {name: state[name] for name in WRITTEN if state.get(name)}
    if said == dict(start):
        return {}
    if said.keys() <= {"frameNumber"}:
        return {"contentType": "", **said}  # left out, and not what is asked for at first
    frame_number = said.get("frameNumber")
    if frame_number is not None and said == {**start, "frameNumber": frame_number}:
        return {"frameNumber": frame_number}
    return said
