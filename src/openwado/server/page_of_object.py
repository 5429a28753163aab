"""The page of one object: its picture or document as it is asked for, the composer, its facts, what is beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.access.subject import subject_of
from openwado.dicom.formatting import counted, sop_class_name
from openwado.errors import BadRequest, NotFound
from openwado.server.asked_by import permission_of, rights_of
from openwado.server.composer import Asking
from openwado.server.page_links import origin
from openwado.server.page_lists import neighbours_of, series_asked_for, study_asked_for
from openwado.server.page_object import facts_of
from openwado.server.page_states import States
from openwado.server.page_tiles import can_be_drawn, thumbnail, tile_of, words_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from openwado.archive.index import InstanceRow, SeriesRow, StudyRow
    from openwado.archive.store import Store
    from openwado.seen_index import SeenIndex
    from openwado.server.composer import Composer
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

#: Small pictures of frames below a multi-frame picture.
FRAMES_IN_STRIP = 9
_LONGEST_NUMBER = 9


class PageOfObject:
    """Answers the address of one object.

    Args:
        store: where presentation states are read.
        composer: what is asked for.
        asked: gives the words, the addresses and the index for who asks.
        html: writes a page: the name of a template, the request, words and addresses, and what it shows.
    """

    def __init__(
        self,
        store: Store,
        composer: Composer,
        asked: Callable[[Request], tuple[Wording, Links, SeenIndex]],
        html: Callable[..., Response],
    ) -> None:
        self._states = States(store)
        self._composer = composer
        self._asked = asked
        self._html = html

    def answer(self, request: Request) -> Response:
        """Answer with the page.

        Raises:
            NotFound: no such object in that study and series, or it has not that many frames.
            BadRequest: the frame is no number.
        """
        say, links, index = self._asked(request)
        frame_number = _frame_number(request)
        study, series, row = object_asked_for(index, request)
        instance = row.instance
        last = max(1, instance.number_of_frames)
        if frame_number > last and "frame" in request.query_params:
            raise NotFound(f"There is no frame {frame_number}: this object has {counted(last, 'frame')}.")
        frame_number = min(frame_number, last)
        states = self._states.of(index, links, instance, frame_number) if can_be_drawn(instance) else []
        kind = sop_class_name(instance.sop_class_uid)
        words = words_for(say, row.description, kind)
        rights = rights_of(request.scope, subject_of(instance, row.description))
        pairs = request.query_params.multi_items()
        asking = Asking(
            say=say,
            links=links,
            origin=origin(request.scope),
            pairs=pairs,
            permission=permission_of(request.scope),
            rights=rights,
        )
        view = self._composer.view(asking, row, words, states)
        before, after, neighbours = neighbours_of(index, say, links, row, series.number_of_instances)
        return self._html(
            "object.html",
            request,
            say,
            links,
            study=study,
            series=series,
            series_page=links.series(study.study_instance_uid, series.series_instance_uid),
            title=kind,
            words=words,
            facts=facts_of(say, instance, row.description),
            composer=view,
            attributes=attributes_address(links, row) if rights is None or "native" in rights else "",
            tile=tile_of(say, links, row),
            frame_number=frame_number,
            frames=_frames(links, row, frame_number, view.frame_page) if view and can_be_drawn(instance) else [],
            before=before,
            after=after,
            neighbours=neighbours,
            states=states,
        )


def object_asked_for(index: SeenIndex, request: Request) -> tuple[StudyRow, SeriesRow, InstanceRow]:
    """Return the object that an address names, with its study and series.

    Raises:
        NotFound: there is none, for who asks.
    """
    study = study_asked_for(index, request)
    series = series_asked_for(index, request, study)
    row = index.instance_row(request.path_params["sop_uid"])
    if row is None or row.instance.series_instance_uid != series.series_instance_uid:
        raise NotFound("There is no such object in this series.")
    return study, series, row


def attributes_address(links: Links, row: InstanceRow) -> str:
    """Return the address of the page that lists all attributes of an object."""
    path, mark, query = links.instance(row.instance).partition("?")
    return f"{path}/attributes{mark}{query}"


def _frame_number(request: Request) -> int:
    """Return the frame that is shown, as what is beside it needs it; the composer says what is wrong with others.

    Raises:
        BadRequest: `frame` is no number from 1.
    """
    value = request.query_params.get("frame", "")
    if value and not _is_number(value):
        raise BadRequest("frame has to be a number, counted from 1.", parameter="frame")
    value = value or request.query_params.get("frameNumber", "1")
    return int(value) if _is_number(value) else 1


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER and int(value) > 0


def _frames(
    links: Links, row: InstanceRow, frame_number: int, page: Callable[[int], str]
) -> Sequence[tuple[int, str, str]]:
    """Return number, page and thumbnail of frames all over a multi-frame object, the shown one among them."""
    count = row.instance.number_of_frames
    if count < 2:  # noqa: PLR2004 -- one alone needs no choice
        return []
    steps = min(count, FRAMES_IN_STRIP)
    numbers = [1 + round(step * (count - 1) / (steps - 1)) for step in range(steps)]
    nearest = min(range(steps), key=lambda place: abs(numbers[place] - frame_number))
    numbers[nearest] = frame_number
    return [(number, page(number), thumbnail(links, row.instance, number)) for number in numbers]
