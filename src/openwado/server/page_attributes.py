"""The page that lists every attribute of an object: made below the door like any document, and put into our frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from starlette.responses import StreamingResponse

from openwado.access.permission import check_right
from openwado.access.subject import subject_of
from openwado.dicom.formatting import sop_class_name
from openwado.jobs import DocumentJob
from openwado.lanes import Lane
from openwado.protocol.canonical import rendition_key
from openwado.retrieve import Prepared
from openwado.server.asked_by import rights_of
from openwado.server.client_watch import ClientWatch
from openwado.server.page_gzip import compressed
from openwado.server.page_of_object import object_asked_for
from openwado.server.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from openwado.document.labels import Language
    from openwado.jobs import Rendition
    from openwado.seen_index import SeenIndex
    from openwado.server.audit_notes import AuditNotes
    from openwado.server.lookups import Lookups
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording
    from openwado.server.renditions import Renditions

#: Where the template has the listing.
PLACE: Final = "<!-- listing -->"
_PIECE: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class ListingMakers:
    """What listings are made with.

    Attributes:
        renditions: gives them.
        renderer_version: part of what they are kept under.
        audit: where it is noted who sees them; None: nowhere.
    """

    renditions: Renditions
    renderer_version: str
    audit: AuditNotes | None = None


class PageOfAttributes:
    """Answers the address below that of an object.

    Args:
        makers: what listings are made with.
        lookups: where the index is asked.
        asked: gives the words, the addresses and the index for who asks.
        html: writes a page, which is not compressed.
    """

    def __init__(
        self,
        makers: ListingMakers,
        lookups: Lookups,
        asked: Callable[[Request], tuple[Wording, Links, SeenIndex]],
        html: Callable[..., Response],
    ) -> None:
        self._makers = makers
        self._lookups = lookups
        self._asked = asked
        self._html = html

    async def answer(self, request: Request) -> Response:
        """Answer with the page.

        Raises:
            NotFound: no such object, for who asks.
            Forbidden: they may not have it as it is: names and all else would be told.
            CorruptObject: it cannot be read.
        """
        page, prepared = await self._lookups.run(partial(self._prepared, request))
        watch = ClientWatch(request.receive)
        try:
            rendition = await self._makers.renditions.get(prepared, watch, Timing())
        finally:
            watch.close()
        if self._makers.audit is not None:
            self._makers.audit.retrieving(request.scope, prepared)
        head, tail = bytes(page.body).split(PLACE.encode())
        headers = {name: value for name, value in page.headers.items() if name != "content-length"}
        answer = StreamingResponse(_pieces(head, rendition, tail), headers=headers)
        return compressed(request, answer)

    def _prepared(self, request: Request) -> tuple[Response, Prepared]:
        say, links, index = self._asked(request)
        study, series, row = object_asked_for(index, request)
        rights = rights_of(request.scope, subject_of(row.instance, row.description))
        if rights is not None:
            check_right(rights, "native")
        page = self._html(
            "attributes.html",
            request,
            say,
            links,
            study=study,
            series=series,
            series_page=links.series(study.study_instance_uid, series.series_instance_uid),
            object_page=links.instance(row.instance),
            title=sop_class_name(row.instance.sop_class_uid),
            number=row.description.instance_number,
            size=row.instance.stamp.size,
        )
        language = cast("Language", say.language)
        job = DocumentJob(row.instance, "text/html", "UTF-8", language, attributes=True)
        key = rendition_key(
            row.instance.version, f"attributes/{language}", renderer_version=self._makers.renderer_version
        )
        return page, Prepared(row.instance, job, Lane.CODEC, "text/html", key, "", ())


def _pieces(head: bytes, rendition: Rendition, tail: bytes) -> Iterator[bytes]:
    yield head
    yield from (part for part in rendition.parts if isinstance(part, bytes))
    if rendition.spool is not None:
        for start in range(0, rendition.spool.size, _PIECE):
            yield rendition.spool.read_at(start, _PIECE)
    yield tail
