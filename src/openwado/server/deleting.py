"""Objects deleted over HTTP by those who may: DELETE of a study, a series or an instance, where who asks is known.

The standard has no such transaction of its own; the addresses are those of its Studies service (PS3.18 10.1.1).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from openwado.access.rights import READING
from openwado.access.subject import subject_of
from openwado.deletion import Deleted, delete_and_note, delete_objects
from openwado.errors import Forbidden, NotFound, Unavailable
from openwado.observe.log import event
from openwado.server.asked_by import permission_with, principal_of
from openwado.server.audit_notes import AuditNotes, agent_of
from openwado.server.methods import METHODS, answer_options
from openwado.server.problems import MethodNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from openwado.access.permission import Permission
    from openwado.archive.index import DescribedInstance, Index
    from openwado.archive.store import KeptStore
    from openwado.observe.audit_facts import Agent

_STUDY: Final = "/studies/{study_uid}"
_SERIES: Final = f"{_STUDY}/series/{{series_uid}}"
_INSTANCE: Final = f"{_SERIES}/instances/{{sop_uid}}"

#: What a page below does not answer.
_OTHERS: Final = ["DELETE", "OPTIONS", "PATCH", "POST", "PUT"]

#: As `Allow` lists them; where there is no page, GET is answered 404.
METHODS_AND_DELETE: Final = f"{METHODS}, DELETE"

_logger = logging.getLogger("openwado.server")


class Deleting:
    """The endpoint, plain ASGI.

    Args:
        index: what objects are struck out of.
        kept: where their bytes are.
        audit: where it is noted; None: nowhere.
    """

    def __init__(self, index: Index, kept: KeptStore, audit: AuditNotes | None = None) -> None:
        self._index = index
        self._kept = kept
        self._audit = audit

    def routes(self) -> list[Route]:
        """Return the routes, to stand before those of the page."""
        below = [Route(path, self, methods=_OTHERS) for path in (_SERIES, _INSTANCE)]
        return [Route(_STUDY, self, methods=["DELETE"]), *below]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete what the address names, all of it or nothing.

        Raises:
            NotFound: there is nothing there, as far as who asks may know.
            Forbidden: they may not delete all of it.
            Unavailable: the index cannot be written.
        """
        del receive
        if scope["method"] == "OPTIONS":
            await answer_options(send, METHODS_AND_DELETE)
            return
        if scope["method"] != "DELETE":
            raise MethodNotAllowed(METHODS_AND_DELETE)
        permission = permission_with(scope, "delete")
        if permission is None:
            raise Forbidden("Nothing is deleted over HTTP where it is not known who asks.")
        count = await asyncio.to_thread(self._delete, scope["path_params"], permission, agent_of(scope))
        _logger.warning(event("objects deleted", count=count, user=principal_of(scope).name))
        await send({"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]})
        await send({"type": "http.response.body", "body": b""})

    def _delete(self, names: Mapping[str, str], permission: Permission, agent: Agent) -> int:
        found = self._named(names)
        rights = [permission.rights_on(subject_of(one.indexed.instance, one.description)) for one in found]
        if all(READING.isdisjoint(each) and "delete" not in each for each in rights):
            raise NotFound("There is nothing with these UIDs.")
        if not all("delete" in each for each in rights):
            raise Forbidden("Who asks may not delete all of this; nothing was deleted.")
        uids = [one.indexed.instance.sop_instance_uid for one in found]
        deleted = self._delete_noted(uids, agent)
        if deleted.left:
            _logger.warning(event("bytes of deleted objects are left", count=deleted.left))
        return deleted.objects

    def _delete_noted(self, uids: list[str], agent: Agent) -> Deleted:
        """Delete objects, and note it for the audit trail."""
        if self._audit is None:
            return delete_objects(self._index, self._kept, uids)
        journal = self._audit.journal
        journal.check()
        return delete_and_note(self._index, self._kept, agent, uids, journal.note)

    def _named(self, names: Mapping[str, str]) -> list[DescribedInstance]:
        """Return the objects that an address names and that are there."""
        study, series, sop = (names.get(name, "") for name in ("study_uid", "series_uid", "sop_uid"))
        uids = [sop] if sop else self._index.uids_of(study, series)
        found = [one for uid in uids if (one := self._index.described(uid)) is not None and not one.indexed.gone]
        if len(found) < len(uids) and not sop:
            raise Unavailable("Some of these objects cannot be looked at at the moment. Nothing was deleted.")
        parents = {(one.indexed.instance.study_instance_uid, one.indexed.instance.series_instance_uid) for one in found}
        return found if all(one[0] == study and series in ("", one[1]) for one in parents) else []
