"""Middleware: what requests tell of their senders, and the pages that they see, noted for the audit trail."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from starlette._utils import get_route_path

from openwado.errors import WadoError
from openwado.observe.audit_facts import Agent
from openwado.server.asked_by import TRIED
from openwado.server.audit_notes import agent_of
from openwado.server.problems import kind_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.server.audit_notes import AuditNotes

_UNAUTHORIZED, _FORBIDDEN, _FIRST_ERROR = 401, 403, 400

#: The page that lists studies.
_LIST: Final = "/"

#: How the address of a document in the frame of a page begins and ends (`page_document`).
_STUDIES, _DOCUMENT = "/studies/", "/document"

#: A claimed name is told up to so many characters.
_LONGEST_NAME: Final = 200


class AuditRequests:
    """The middleware; it stands around what proves who asks, and within what makes answers of errors.

    Args:
        app: what is asked.
        notes: where it is noted.
    """

    def __init__(self, app: ASGIApp, notes: AuditNotes) -> None:
        self._app = app
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            Unavailable: what it is about to show cannot be noted, and must be.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answering(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note)
        except WadoError as error:
            self._refused(scope, kind_of(error).status)
            raise

    def _answering(self, scope: Scope, status: int) -> None:
        """Note what an answer shows, before it is sent."""
        if status >= _FIRST_ERROR:
            self._refused(scope, status)
            return
        self._known(scope)
        if scope["method"] != "GET":
            return
        path = get_route_path(scope)
        if path.startswith(_STUDIES) and path.endswith(_DOCUMENT):
            return  # the WADO service, asked through a page: it notes what it has shown
        if study := scope.get("path_params", {}).get("study_uid"):
            self._notes.listed(scope, study)
        elif path == _LIST:
            self._notes.asked(scope)

    def _known(self, scope: Scope) -> None:
        """Note who has proven who they are."""
        agent = agent_of(scope)
        if agent.user:
            self._notes.authenticated(agent, scope["state"]["principal"].method, succeeded=True)

    def _refused(self, scope: Scope, status: int) -> None:
        """Note who has not, and who may not."""
        if status == _UNAUTHORIZED:
            claimed = _claim(scope) or scope["state"].get(TRIED)
            if claimed is not None:  # else nothing was tried: browsers ask before they know that they have to say it
                scheme, name = claimed
                address = agent_of(scope).address
                self._notes.authenticated(
                    Agent(name, address), scheme, succeeded=False, reason="what was sent proves nothing"
                )
            return
        self._known(scope)
        if status == _FORBIDDEN:
            self._notes.alert_restricted(agent_of(scope), f"{scope['method']} {scope['path']} was refused.")


def _claim(scope: Scope) -> tuple[str, str] | None:
    """Return the scheme of what was sent to prove who asks, and the name in it; never the secret."""
    value = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    if value is None:
        return None
    scheme, _, rest = value.decode("latin-1").partition(" ")
    name = ""
    if scheme.lower() == "basic":
        try:
            name = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            name = ""
    known = scheme.lower() if scheme.lower() in ("basic", "bearer", "digest", "negotiate") else "another scheme"
    return known, name[:_LONGEST_NAME]
