"""The Store transaction of the Studies service, STOW-RS (PS3.18 10.5): POST of whole objects to /studies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from openwado.access.subject import subject_of
from openwado.dicom.acceptable_uid import is_acceptable_uid
from openwado.errors import BadRequest, WadoError
from openwado.observe.log import event
from openwado.protocol import store_response
from openwado.protocol.grammar import read_uid
from openwado.protocol.store_request import read_store_body
from openwado.protocol.store_response import FailedInstance, StoredInstance
from openwado.server.asked_by import permission_with
from openwado.server.audit_notes import agent_of
from openwado.server.methods import METHODS, answer_options
from openwado.server.page_links import Links, origin
from openwado.server.page_wording import wording_of_problem
from openwado.server.problems import MethodNotAllowed, NoSuchPath, accept_of, answer_of, as_problem
from openwado.server.render_ticket import ClientGone
from openwado.server.request_body import RequestBody
from openwado.server.stow_parts import Failed, Parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from openwado.access.permission import Permission
    from openwado.admission import MayStore, TakenIn
    from openwado.dicom.instance import Instance
    from openwado.server.audit_notes import AuditNotes
    from openwado.server.options import ServerOptions
    from openwado.server.stow_intake import Intake, Received

#: Where objects are sent to: to any study, or to one.
STUDIES_PATH, STUDY_PATH = "/studies", "/studies/{study_uid}"

SWITCHED_OFF = "This server takes no objects in over HTTP. To switch it on: openwado serve --stow, or the setting stow."

_logger = logging.getLogger("openwado.server")


class Stow:
    """The endpoint, plain ASGI.

    Args:
        intake: takes objects in; None where that is switched off.
        options: limits.
        has_page: whether addresses of studies show a page.
        has_delete: whether studies are deleted there.
        audit: where it is noted what is taken in from whom; None: nowhere.
    """

    def __init__(
        self,
        intake: Intake | None,
        options: ServerOptions,
        *,
        has_page: bool,
        has_delete: bool = False,
        audit: AuditNotes | None = None,
    ) -> None:
        self._intake = intake
        self._audit = audit
        self._options = options
        self._has_page = has_page
        self._has_delete = has_delete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: with the Store Instances Response Module, or with what is wrong with all of it."""
        methods = self._methods(scope)
        if scope["method"] == "OPTIONS":
            await answer_options(send, methods)
            return
        if scope["method"] in ("GET", "HEAD") and self._intake is None:
            raise NoSuchPath("There is nothing at this address.")
        try:
            body = RequestBody(
                scope,
                receive,
                most_bytes=self._options.stow.max_request_bytes,
                stall_seconds=self._options.stall_seconds,
            )
            try:
                if scope["method"] != "POST":
                    raise MethodNotAllowed(methods)
                may_store = _may_store(permission_with(scope, "store"))
                if self._intake is None:
                    raise MethodNotAllowed(methods, SWITCHED_OFF)
                status, headers, text = await self._store(scope, body, self._intake, may_store)
            except WadoError as error:
                answer = answer_of(as_problem(error), accept_of(scope), wording_of_problem(scope))
                status, headers, text = answer.status, answer.headers, answer.body
            await body.answered(send, {"type": "http.response.start", "status": status, "headers": headers}, text)
        except ClientGone:
            _logger.info(event("store request broken off"))

    def _methods(self, scope: Scope) -> str:
        """Return the methods of this address, as `Allow` lists them."""
        shown = METHODS if self._has_page and scope["path_params"] else "OPTIONS"
        if self._has_delete and scope["path_params"]:
            shown += ", DELETE"
        return shown if self._intake is None else f"{shown}, POST"

    async def _store(
        self, scope: Scope, body: RequestBody, intake: Intake, may_store: MayStore | None
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Return status, header fields and body of the answer.

        Raises:
            WadoError: nothing in the request is looked at, or it is none.
        """
        study_uid = scope["path_params"].get("study_uid", "")
        if study_uid and not is_acceptable_uid(study_uid):
            raise BadRequest("The Study Instance UID in the path is none: digits and dots, 64 at the most.")
        form = store_response.negotiate(accept_of(scope))
        kind = read_store_body(_fields(scope, b"content-type"), _fields(scope, b"content-encoding"))
        body.check_announced()
        if self._audit is not None:
            self._audit.journal.check()
        parts = Parts(kind, study_uid, intake.folder, self._options.stow.max_object_bytes)
        received = await intake.receive(body, parts, may_store, self._noting(scope))
        return self._answer(scope, form, received)

    def _noting(self, scope: Scope) -> Callable[[TakenIn | Failed], None]:
        """Return what notes for the audit trail what became of an object."""
        audit, agent, encrypted = self._audit, agent_of(scope), scope["scheme"] == "https"

        def note(one: TakenIn | Failed) -> None:
            if audit is None:
                return
            if not isinstance(one, Failed):
                audit.received(agent, one, "STOW-RS", encrypted=encrypted)
            elif not one.retry_after:
                audit.refused(agent, one.cause, "STOW-RS")

        return note

    def _answer(self, scope: Scope, form: str, received: Received) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        taken = [one for one in received.results if not isinstance(one, Failed)]
        failed = [one for one in received.results if isinstance(one, Failed)]
        if received.broken is not None:
            if not taken:
                raise received.broken
            failed.append(Failed("out of resources"))  # what was not read
        if not received.results:
            raise BadRequest("The request has no parts: each object is a part between boundaries.")
        links = Links(scope.get("root_path", ""), self._options.wado_path)
        studies = {one.instance.study_instance_uid for one in taken}
        study_url = ""
        if self._has_page and len(studies) == 1:
            study_url = origin(scope) + links.study(studies.pop())
        module = store_response.response_module(
            study_url,
            [_stored(one, origin(scope) + links.root + self._options.wado_path) for one in taken],
            [_named(one) for one in failed],
        )
        text = store_response.WRITERS[form](module)
        headers = [
            (b"content-type", form.encode()),
            (b"content-length", b"%d" % len(text)),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
            (b"x-content-type-options", b"nosniff"),
        ]
        status = _status(taken, failed)
        if status == UNAVAILABLE:
            headers.append((b"retry-after", b"%d" % max(one.retry_after for one in failed)))
        return status, headers, text


OK, ACCEPTED, BAD_REQUEST, FORBIDDEN, CONFLICT, UNAVAILABLE = 200, 202, 400, 403, 409, 503


def _status(taken: list[TakenIn], failed: list[Failed]) -> int:
    """Return the status of an answer (table 10.5.3-1)."""
    if taken:
        return ACCEPTED if failed or any(one.contradicts for one in taken) else OK
    if any(one.retry_after for one in failed):
        return UNAVAILABLE
    if all(one.cause == "not authorized" for one in failed):
        return FORBIDDEN
    return BAD_REQUEST if all(one.cause == "unreadable" for one in failed) else CONFLICT


def _may_store(permission: Permission | None) -> MayStore | None:
    """Return what says whether an object may be stored; None where all may be."""
    if permission is None or "store" in permission.everywhere:
        return None
    return lambda instance, description: "store" in permission.rights_on(subject_of(instance, description))


def _fields(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for field, value in scope["headers"] if field == name]


def _stored(taken: TakenIn, service: str) -> StoredInstance:
    instance = taken.instance
    url = f"{service}?{urlencode(_retrieval(instance), safe='/*')}" if _is_retrievable(instance) else ""
    return StoredInstance(instance.sop_class_uid, instance.sop_instance_uid, url, warning=taken.contradicts)


def _is_retrievable(instance: Instance) -> bool:
    """Return whether WADO may ask for an object: archives hold UIDs that are none, and no request can name them."""
    try:
        for uid in (instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid):
            read_uid(uid)
    except ValueError:
        return False
    return True


def _retrieval(instance: Instance) -> dict[str, str]:
    """Return the parameters that have the very bytes of an object sent (PS3.18 9.1.2)."""
    return {
        "requestType": "WADO",
        "studyUID": instance.study_instance_uid,
        "seriesUID": instance.series_instance_uid,
        "objectUID": instance.sop_instance_uid,
        "contentType": "application/dicom",
        "transferSyntax": "*",
    }


def _named(failed: Failed) -> FailedInstance:
    """Return a failure with its UIDs if they may be named: what stands there may be anything."""
    if is_acceptable_uid(failed.sop_class_uid) and is_acceptable_uid(failed.sop_instance_uid):
        return FailedInstance(failed.cause, failed.sop_class_uid, failed.sop_instance_uid)
    return FailedInstance(failed.cause)
