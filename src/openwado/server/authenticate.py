"""Middleware: who asks has to be known before anything is looked at (RFC 9110 11; PS3.18 8.5: 401)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from starlette._utils import get_route_path

from openwado.access.api_key import PREFIX
from openwado.access.credentials import InvalidCredentials, read_authorization
from openwado.access.link import SIGNATURE, without_signature
from openwado.access.password import read_basic
from openwado.access.principal import Principal
from openwado.errors import Gone, Unauthorized, Unavailable, WadoError
from openwado.server.asked_by import KEPT_UNTIL, PERMISSION, PRINCIPAL, REFUSED, TRIED, KeptUntil, permission_with
from openwado.server.callers import peer_of
from openwado.server.cors import add_vary
from openwado.server.methods import is_store
from openwado.server.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.access.authentication import Authentication
    from openwado.access.credentials import Credentials
    from openwado.access.permission import Permission
    from openwado.access.rights import Right

#: What everybody may ask: whether the server works, what its pages look like, and its manual. No patient is in it.
PUBLIC: Final = frozenset({"/health", "/ready", "/docs"})
PUBLIC_FOLDERS: Final = ("/static/", "/docs/")

#: What is told about the server itself.
OBSERVED: Final[dict[str, Right]] = {"/metrics": "observe"}

#: Passwords that are tried at the same time: each try takes memory and a core.
_TRIES: Final = 2

#: Seconds for which a token, or a password, is not checked again.
_TOKEN_SECONDS, _PASSWORD_SECONDS = 60.0, 300.0

#: What a signed link is known by.
_SIGNED: Final = f"{SIGNATURE}=".encode()

#: Passwords that may wait to be tried; more are told to come again.
_WAITING: Final = 64

_Caller = tuple[Principal, "Permission"]


class Authenticate:
    """The middleware.

    Args:
        app: what is asked.
        authentication: what is taken.
        wado_path: where signed links lead.
        count_use: counts a use of a link (its number, when it expires, and now; seconds since 1970) and returns how
            many there are; called in a thread.
    """

    def __init__(
        self,
        app: ASGIApp,
        authentication: Authentication,
        *,
        wado_path: str,
        count_use: Callable[[str, int, int], int],
    ) -> None:
        self._app = app
        self._taken = authentication
        self._wado_path = wado_path
        self._count_use = count_use
        self._known_tokens, self._known_passwords = Remembered[_Caller](), Remembered[_Caller]()
        self._tries = asyncio.Semaphore(_TRIES)
        self._waiting = 0
        fields = (authentication.proxies.user_field, authentication.proxies.roles_field)
        self._vary = b", ".join((b"Authorization", *filter(None, fields)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            Unauthorized: it is not known who asks.
            Forbidden, Gone: a link does not allow it (any more).
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, signed = get_route_path(scope), self._signed_query(scope)
        if path in PUBLIC or path.startswith(PUBLIC_FOLDERS) or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        try:
            state[PRINCIPAL], state[PERMISSION] = await self._caller(scope, path, signed)
        except WadoError as error:
            if scope["method"] != "POST" or not is_store(path):
                raise
            state[REFUSED] = error  # its endpoint says it, while the client may still send a large body
        if path in OBSERVED:
            permission_with(scope, OBSERVED[path])

        async def send_with_vary(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = list(message["headers"])
                add_vary(message["headers"], self._vary)
            await send(message)

        await self._app(scope, receive, send_with_vary)

    def _signed_query(self, scope: Scope) -> str:
        """Return the query of a signed link, "" for others; nobody after us, such as a log, sees the signature."""
        if not self._taken.links or _SIGNED not in scope["query_string"]:
            return ""
        query: str = scope["query_string"].decode("latin-1")
        scope["query_string"] = without_signature(query).encode("latin-1")
        return query

    async def _caller(self, scope: Scope, path: str, signed: str) -> _Caller:
        """Return who asks, and what they may do."""
        fields = [value for name, value in scope["headers"] if name == b"authorization"]
        if signed and path == self._wado_path:
            return await self._by_link(scope, signed)
        try:
            credentials = read_authorization(fields)
            caller = await self._by_credentials(scope, credentials) if credentials else self._by_connection(scope)
        except InvalidCredentials as error:
            raise self._unauthorized(scope, str(error), was_sent=True) from error
        if caller is None:
            raise self._unauthorized(scope, "Sign in to see this: the server has to know who asks.", was_sent=False)
        return caller

    async def _by_link(self, scope: Scope, signed: str) -> _Caller:
        """Take a signed link; what comes after us sees the request without its signature."""
        now = int(time.time())
        link = self._taken.links.read(signed, now)
        if link.uses and await asyncio.to_thread(self._count_use, link.link_id, link.expires, now) > link.uses:
            raise Gone("This link has been used as often as it may be.")
        scope["query_string"] = link.query.encode("latin-1")
        scope["state"][KEPT_UNTIL] = KeptUntil(0 if link.uses else link.expires)
        return Principal(f"{link.key_id}/{link.link_id}", "link"), link.permission

    async def _by_credentials(self, scope: Scope, credentials: Credentials) -> _Caller:
        if credentials.scheme == "basic" and self._taken.passwords:
            return await self._by_password(scope, credentials.value)
        if credentials.scheme != "bearer":
            raise InvalidCredentials("This scheme of authentication is not taken here.")
        if credentials.value.startswith(PREFIX) and self._taken.api_keys:
            row = self._taken.api_keys.find(credentials.value, time.time())
            return self._permitted(Principal(row.name, "key", frozenset(row.roles)))
        if not self._taken.tokens:
            raise InvalidCredentials("The token is not known.")
        return await self._by_token(credentials.value)

    async def _by_token(self, token: str) -> _Caller:
        now = time.time()
        known = self._known_tokens.find(token, now)
        if known is not None:
            return known
        read = self._taken.tokens.read(token, may_fetch=False)
        if read is None:
            read = await asyncio.to_thread(self._taken.tokens.read, token, may_fetch=True)
        if read is None:
            raise InvalidCredentials("The token is signed with a key that is not known.")
        principal, until = read
        caller = self._permitted(principal)
        self._known_tokens.keep(token, caller, min(until, now + _TOKEN_SECONDS))
        return caller

    async def _by_password(self, scope: Scope, value: str) -> _Caller:
        if not self._is_secure(scope):
            raise InvalidCredentials("A password is taken over TLS only: ask by https, and choose another one.")
        now = time.time()
        known = self._known_passwords.find(value, now)
        if known is not None:
            return known
        name, password = read_basic(value)
        if self._waiting >= _WAITING:
            raise Unavailable("Too many passwords are being checked. Try again.", retry_after=5)
        self._waiting += 1
        try:
            async with self._tries:
                row = await asyncio.to_thread(self._taken.passwords.find, name, password)
        finally:
            self._waiting -= 1
        caller = self._permitted(Principal(row.name, "password", frozenset(row.roles)))
        self._known_passwords.keep(value, caller, now + _PASSWORD_SECONDS)
        return caller

    def _by_connection(self, scope: Scope) -> _Caller | None:
        """Return who asks by where the request comes from: a proxy that says it, or a client with a certificate."""
        proxies = self._taken.proxies
        if proxies.user_field and proxies.include(peer_of(scope)):
            if any(name == proxies.user_field for name, _ in scope["headers"]):
                scope["state"][TRIED] = ("proxy", "")
            principal = proxies.principal(scope["headers"])
            if principal is not None:
                return self._permitted(principal)
        secured = scope.get("extensions", {}).get("tls", {})
        chain = secured.get("client_cert_chain") or ()
        if self._taken.certificates and chain:
            scope["state"][TRIED] = ("certificate", secured.get("client_cert_name") or "")
            row = self._taken.certificates.find(chain[0], time.time())
            return self._permitted(Principal(row.name, "certificate", frozenset(row.roles)))
        return None

    def _permitted(self, principal: Principal) -> _Caller:
        return principal, self._taken.policy.permission_of(principal)

    def _is_secure(self, scope: Scope) -> bool:
        """Say whether a request has come over TLS: here, or to a proxy that says so."""
        if scope.get("scheme") == "https":
            return True
        said = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        return said == [b"https"] and self._taken.proxies.include(peer_of(scope))

    def _unauthorized(self, scope: Scope, public: str, *, was_sent: bool) -> Unauthorized:
        challenges = self._taken.challenges(secure=self._is_secure(scope))
        if was_sent:  # RFC 6750 3.1
            challenges = tuple(
                f'{one}, error="invalid_token", error_description="{public}"' if one.startswith("Bearer") else one
                for one in challenges
            )
        return Unauthorized(public, challenges=challenges)
