"""Signed links for whoever may hand them out: POST to /links with the address of a request, and the link comes back."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import msgspec
from starlette.routing import Route

from openwado.access.link import LinkWish
from openwado.access.subject import subject_of
from openwado.errors import BadRequest, Forbidden, UnsupportedMediaType
from openwado.jobs import MotionJob, PictureJob
from openwado.observe.log import event
from openwado.protocol.request import parse_request
from openwado.server.asked_by import permission_with, principal_of
from openwado.server.audit_notes import AuditNotes, agent_of
from openwado.server.methods import answer_options
from openwado.server.page_links import origin
from openwado.server.problems import MethodNotAllowed
from openwado.server.request_body import RequestBody

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from openwado.access.authentication import Authentication
    from openwado.access.link import Link, LinkKeys
    from openwado.access.permission import Permission
    from openwado.access.rights import Rights
    from openwado.access.subject import Subject
    from openwado.archive.index import Index
    from openwado.archive.store import KeptStore
    from openwado.dicom.instance import Instance
    from openwado.jobs import Job
    from openwado.server.exchange import Preparer
    from openwado.server.lookups import Lookups

LINKS_PATH: Final = "/links"
_METHODS: Final = "OPTIONS, POST"
_JSON: Final = "application/json"
_MOST_BYTES: Final = 1 << 16
_STALL_SECONDS: Final = 20.0
_HOUR: Final = 3600

_logger = logging.getLogger("openwado.server")


@dataclass(frozen=True, slots=True)
class Access:
    """How it is known who asks, and what is needed for that and for what only those may do of whom it is known."""

    authentication: Authentication
    index: Index
    kept: KeptStore


def link_routes(
    access: Access, preparer: Preparer, lookups: Lookups, wado_path: str, audit: AuditNotes | None
) -> list[Route]:
    """Return the route at which links are made; none where there is no key to sign them."""
    taken = access.authentication
    if not taken.links:
        return []
    endpoint = LinkSigning(
        taken.links, preparer, access.index, lookups, wado_path=wado_path, longest=taken.longest_link, audit=audit
    )
    return [Route(LINKS_PATH, endpoint)]


class LinkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for.

    Attributes:
        url: of a WADO request, or its path and query, or its query.
        hours: that the link shall live.
        scope: what may be asked for with it.
        anonymized: whether objects may be had anonymized only.
        uses: requests that it is good for; 0 for any number.
    """

    url: str
    hours: float = 24.0
    scope: Literal["object", "series", "study"] = "object"
    anonymized: bool = False
    uses: int = 0


class LinkSigning:
    """The endpoint, plain ASGI.

    Args:
        keys: sign the links.
        preparer: understands requests.
        index: where objects are described.
        lookups: where both are asked.
        wado_path: of the WADO service.
        longest: seconds that a link may live.
        audit: where it is noted who makes links; None: nowhere.
    """

    def __init__(  # noqa: PLR0913 -- what signs, and what says whether it may be signed
        self,
        keys: LinkKeys,
        preparer: Preparer,
        index: Index,
        lookups: Lookups,
        *,
        wado_path: str,
        longest: int,
        audit: AuditNotes | None = None,
    ) -> None:
        self._keys = keys
        self._preparer = preparer
        self._index = index
        self._lookups = lookups
        self._wado_path = wado_path
        self._longest = longest
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the link.

        Raises:
            WadoError: whatever is wrong.
        """
        if scope["method"] == "OPTIONS":
            await answer_options(send, _METHODS)
            return
        if scope["method"] != "POST":
            raise MethodNotAllowed(_METHODS)
        permission = permission_with(scope, "sign")
        asked = await _read(RequestBody(scope, receive, most_bytes=_MOST_BYTES, stall_seconds=_STALL_SECONDS), scope)
        wish = self._wish(asked, scope.get("root_path", "") + self._wado_path)
        bound = await self._lookups.run(partial(self._bound, wish, permission))
        link = self._keys.sign(bound)
        self._note(scope, self._keys.read(link, time.time()), bound.scope)
        body = msgspec.json.encode(
            {
                "url": f"{origin(scope)}{scope.get('root_path', '')}{self._wado_path}?{link}",
                "expires": datetime.fromtimestamp(wish.expires, UTC).isoformat(),
            }
        )
        headers = [
            (b"content-type", _JSON.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _wish(self, asked: LinkRequest, path: str) -> LinkWish:
        seconds = asked.hours * _HOUR
        if not 1 <= seconds <= self._longest:
            raise BadRequest(f"hours is more than 0, and {self._longest // _HOUR} at the most.", parameter="hours")
        if asked.uses < 0:
            raise BadRequest("uses is a number of requests, or 0 for any number.", parameter="uses")
        return LinkWish(
            query=query_of(asked.url, path),
            expires=int(time.time() + seconds),
            scope=asked.scope,
            anonymized=asked.anonymized,
            uses=asked.uses,
        )

    def _bound(self, wish: LinkWish, permission: Permission | None) -> LinkWish:
        """Return a wish, bound to what who asks may hand on: other objects, added later or hidden now, are not in it.

        Raises:
            WadoError: there is no such object, or who asks may not have it, or not hand it on.
        """
        own = self._keys.read(self._keys.sign(wish), time.time())
        prepared = self._preparer.prepare(own.query, None, None, None, permission)
        self._preparer.prepare(own.query, None, None, None, own.permission)
        if permission is None:
            return wish
        shown = _shown(prepared.job) if wish.scope == "object" else (prepared.instance,)
        subjects = tuple(map(self._subject, shown))
        needed: Rights = frozenset({own.permission.allows, "sign"})
        names: frozenset[str] = frozenset()
        for right in needed - permission.everywhere:
            held = (
                permission.attributes if wish.scope == "object" else permission.held_by(right, wish.scope, subjects[0])
            )
            if held is None or not all(right in permission.rights_on(subject) for subject in subjects):
                raise Forbidden(
                    f"A link to this {wish.scope} cannot be made by who asks: no rule gives the right to hand it on."
                )
            names |= held
        return replace(wish, bound_by=names, like=subjects)

    def _subject(self, instance: Instance) -> Subject:
        described = self._index.described(instance.sop_instance_uid)
        if described is None:
            raise Forbidden("The object has just been removed.")
        return subject_of(described.indexed.instance, described.description)

    def _note(self, scope: Scope, link: Link, reach: str) -> None:
        """Tell who has made a link, so that those who use it can be traced back to them.

        Raises:
            Unavailable: it cannot be noted for the audit trail, and must be.
        """
        until = datetime.fromtimestamp(link.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {
            "link": f"{link.key_id}/{link.link_id}",
            "scope": reach,
            "allows": link.permission.allows,
            "expires": until,
            "uses": link.uses,
        }
        _logger.info(event("link made", user=principal_of(scope).name, **told))
        if self._audit is not None:
            told["study"] = link.permission.study_uid
            text = f"A signed link was made: {', '.join(f'{name} {value}' for name, value in told.items())}."
            self._audit.link_made(agent_of(scope), text)


def _shown(job: Job) -> tuple[Instance, ...]:
    """Return the objects that an answer shows or is: with a presentation state, it and what it blends too."""
    picture = job.still if isinstance(job, MotionJob) else job
    if not isinstance(picture, PictureJob) or picture.presentation_state is None:
        return (job.instance,)
    blended = {one.instance.sop_instance_uid: one.instance for one in picture.superimposed}
    return (picture.instance, picture.presentation_state, *blended.values())


def query_of(url: str, path: str) -> str:
    """Return the query of a WADO request, from its address, or its path and query, or the query alone.

    Raises:
        BadRequest: it is the address of something else, or no request.
    """
    parts = urlsplit(url)
    query = parts.query if "?" in url else url
    if "?" in url and parts.path != path:
        raise BadRequest(f"Links are made for addresses of {path} only.", parameter="url")
    parse_request(query)
    return query


async def _read(body: RequestBody, scope: Scope) -> LinkRequest:
    kinds = [value.partition(b";")[0].strip().lower() for name, value in scope["headers"] if name == b"content-type"]
    if kinds != [_JSON.encode()]:
        raise UnsupportedMediaType(f"Send {_JSON}.", parameter="Content-Type")
    body.check_announced()
    pieces = []
    while piece := await body.next_piece():
        pieces.append(piece)
    try:
        return msgspec.json.decode(b"".join(pieces), type=LinkRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not understood: {error}.") from error
